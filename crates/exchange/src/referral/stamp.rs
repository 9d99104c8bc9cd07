//! When what stands was said: messages that arrive out of order converge, because of two values the one said later stands.

use crate::time::Timestamp;

/// When a resource of a referral was said, as a whole and in parts.
///
/// A part is a member that was said on its own, by a correction, later than the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The resource, `Type/id`.
    pub what: String,
    /// When the whole was last said.
    pub whole: Timestamp,
    /// Members that were said later, and when. Sorted by name.
    pub members: Vec<(String, Timestamp)>,
}

/// The stamps of a referral's resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stamps(Vec<Stamp>);

impl Stamps {
    /// Puts together what was kept.
    #[must_use]
    pub fn of(stamps: Vec<Stamp>) -> Stamps {
        Stamps(stamps)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Stamp] {
        &self.0
    }

    fn get(&self, what: &str) -> Option<&Stamp> {
        self.0.iter().find(|stamp| stamp.what == what)
    }

    /// When the whole of a resource was last said.
    #[must_use]
    pub fn whole(&self, what: &str) -> Option<Timestamp> {
        self.get(what).map(|stamp| stamp.whole)
    }

    /// Whether a whole that was said at a moment stands against what is there. Of two with the same time the one that
    /// arrives later stands: clocks of senders are coarse.
    #[must_use]
    pub fn takes_whole(&self, what: &str, at: Timestamp) -> bool {
        self.get(what).is_none_or(|stamp| stamp.whole <= at)
    }

    /// Whether a member that was said at a moment stands against what is there.
    #[must_use]
    pub fn takes_member(&self, what: &str, member: &str, at: Timestamp) -> bool {
        let Some(stamp) = self.get(what) else { return true };
        let said = stamp.members.iter().find(|(name, _)| name == member).map_or(stamp.whole, |(_, said)| *said);
        said.max(stamp.whole) <= at
    }

    /// The members that were said later than a whole of that moment, and so outlive it.
    #[must_use]
    pub fn members_after(&self, what: &str, at: Timestamp) -> Vec<&str> {
        let members = self.get(what).into_iter().flat_map(|stamp| &stamp.members);
        members.filter(|(_, said)| *said > at).map(|(name, _)| name.as_str()).collect()
    }

    /// Remembers that a whole was said. Members that were said before it are part of it now.
    pub fn put_whole(&mut self, what: &str, at: Timestamp) {
        match self.0.iter_mut().find(|stamp| stamp.what == what) {
            Some(stamp) => {
                stamp.whole = at;
                stamp.members.retain(|(_, said)| *said > at);
            }
            None => self.0.push(Stamp { what: what.to_owned(), whole: at, members: Vec::new() }),
        }
    }

    /// Remembers that a member was said on its own.
    pub fn put_member(&mut self, what: &str, member: &str, at: Timestamp) {
        if self.get(what).is_none() {
            self.0.push(Stamp { what: what.to_owned(), whole: Timestamp(i64::MIN), members: Vec::new() });
        }
        let Some(stamp) = self.0.iter_mut().find(|stamp| stamp.what == what) else { return };
        match stamp.members.binary_search_by(|(name, _)| name.as_str().cmp(member)) {
            Ok(found) => stamp.members[found].1 = at,
            Err(place) => stamp.members.insert(place, (member.to_owned(), at)),
        }
    }

    /// Forgets a resource that is no longer part of the referral. A late copy of it is stopped by the stamp of the message
    /// that left it out.
    pub fn forget(&mut self, what: &str) {
        self.0.retain(|stamp| stamp.what != what);
    }
}

#[cfg(test)]
mod tests {
    use super::Stamps;
    use crate::time::Timestamp;

    fn said() -> Stamps {
        let mut stamps = Stamps::default();
        stamps.put_whole("A/1", Timestamp(20));
        stamps.put_member("A/1", "priority", Timestamp(40));
        stamps
    }

    #[test]
    fn what_was_said_before_does_not_stand_against_what_is_there() {
        let stamps = said();
        assert!(!stamps.takes_whole("A/1", Timestamp(19)));
        assert!(!stamps.takes_member("A/1", "priority", Timestamp(39)));
        assert!(!stamps.takes_member("A/1", "note", Timestamp(19)));
    }

    #[test]
    fn of_two_that_were_said_at_once_the_later_to_arrive_stands() {
        let stamps = said();
        assert!(stamps.takes_whole("A/1", Timestamp(20)) && stamps.takes_member("A/1", "priority", Timestamp(40)));
    }

    #[test]
    fn a_member_outlives_an_older_whole_and_no_newer_one() {
        let mut stamps = said();
        assert_eq!(stamps.members_after("A/1", Timestamp(30)), ["priority"]);
        assert!(stamps.members_after("A/1", Timestamp(40)).is_empty());
        stamps.put_whole("A/1", Timestamp(30));
        assert_eq!(stamps.members_after("A/1", Timestamp(30)), ["priority"]);
        stamps.put_whole("A/1", Timestamp(50));
        assert!(stamps.takes_member("A/1", "priority", Timestamp(50)));
        assert!(!stamps.takes_member("A/1", "priority", Timestamp(49)));
    }

    #[test]
    fn what_is_not_known_or_was_forgotten_may_be_said_at_any_time() {
        let mut stamps = said();
        assert_eq!((stamps.whole("A/1"), stamps.whole("B/1")), (Some(Timestamp(20)), None));
        assert!(stamps.takes_whole("B/1", Timestamp(i64::MIN)));
        stamps.forget("A/1");
        assert!(stamps.takes_whole("A/1", Timestamp(1)) && stamps.all().is_empty());
    }
}

//! How many call one partner at the same time, and whether anybody should.

use baton_exchange::{
    delivery::{Chance, Endpoint, Health, Pace},
    time::Timestamp,
};

/// How many attempts to one partner are made at the same time.
const WORKERS_MAX: u32 = 2;

/// The way to one partner.
#[derive(Debug, Default)]
pub(super) struct Lane {
    workers: u32,
    /// Something became due while all workers were busy: the first that is done looks again.
    is_missed: bool,
    health: Health,
}

impl Lane {
    /// Lets one more worker in, if there is a place and the partner is not left alone just now.
    pub(super) fn enter(&mut self, now: Timestamp) -> bool {
        if !self.health.is_open(now) {
            return false;
        }
        // one attempt is enough to see whether it is back
        let most = if self.health.is_ailing() { 1 } else { WORKERS_MAX };
        if self.workers >= most {
            self.is_missed = true;
            return false;
        }
        self.workers += 1;
        true
    }

    /// Whether the worker that found nothing may go. If not, it looks again.
    pub(super) fn leave(&mut self) -> bool {
        if std::mem::take(&mut self.is_missed) {
            return false;
        }
        self.workers -= 1;
        true
    }

    /// The worker goes whatever is due.
    pub(super) fn quit(&mut self) {
        self.workers -= 1;
    }

    /// Whether the partner is in an outage.
    pub(super) fn is_ailing(&self) -> bool {
        self.health.is_ailing()
    }

    /// Whether the worker may go on with the next notice.
    pub(super) fn may_go_on(&self, now: Timestamp) -> bool {
        let most = if self.health.is_ailing() { 1 } else { WORKERS_MAX };
        self.health.is_open(now) && self.workers <= most
    }

    /// Takes in what an attempt showed. True when an outage is over.
    pub(super) fn learn(&mut self, endpoint: Endpoint, now: Timestamp, pace: &Pace, chance: Chance) -> bool {
        let was_ailing = self.health.is_ailing();
        self.health = self.health.after(endpoint, now, pace, chance);
        was_ailing && !self.health.is_ailing()
    }

    /// What was learned of it so far counts no more: it is told elsewhere.
    pub(super) fn forget_health(&mut self) {
        self.health = Health::default();
    }

    /// Until when the partner is left alone.
    pub(super) fn closed_until(&self) -> Option<Timestamp> {
        self.health.closed_until()
    }
}

#[cfg(test)]
mod tests {
    use super::{Chance, Endpoint, Lane, Pace, Timestamp};

    const PACE: Pace = Pace { first: 1_000_000, cap: 3_600_000_000, give_up: 7_200_000_000 };
    const NOW: Timestamp = Timestamp(0);

    fn ailing() -> Lane {
        let mut lane = Lane::default();
        for _ in 0..3 {
            lane.learn(Endpoint::Ailing(None), NOW, &PACE, Chance(u32::MAX));
        }
        lane
    }

    #[test]
    fn two_call_a_partner_and_no_third() {
        let mut lane = Lane::default();
        assert_eq!([lane.enter(NOW), lane.enter(NOW), lane.enter(NOW)], [true, true, false]);
        assert!(!lane.leave(), "the third was turned away, so the first looks again");
        assert!(lane.leave() && lane.enter(NOW));
    }

    #[test]
    fn a_partner_in_an_outage_is_left_alone_and_then_called_by_one() {
        let mut lane = ailing();
        assert!(!lane.enter(NOW));
        let later = lane.closed_until().unwrap();
        assert_eq!([lane.enter(later), lane.enter(later)], [true, false]);
    }

    #[test]
    fn the_end_of_an_outage_is_told_once() {
        let mut lane = ailing();
        let mut learn = || lane.learn(Endpoint::Well, NOW, &PACE, Chance(0));
        assert_eq!([learn(), learn()], [true, false]);
    }
}

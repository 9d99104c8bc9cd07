//! How often a password may be guessed: for one account from one address, and from one address for all accounts. Nobody can lock
//! somebody else out who comes from elsewhere. Each process counts for itself.
//! Source: OWASP ASVS 5.0, 6.3.1; spec of security, T42.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use baton_exchange::time::Timestamp;

use crate::limit::{origin, site};

/// How long a wrong guess counts.
pub(crate) const WINDOW_SECS: i64 = 900;
/// How many wrong guesses for one account from one address.
pub(crate) const OF_ACCOUNT_MAX: u32 = 5;
/// How many from one address for all accounts: many people may sit behind one.
pub(crate) const OF_ADDRESS_MAX: u32 = 50;
/// How many from one site with IPv6, which has 65536 networks of those that count as an address.
pub(crate) const OF_SITE_MAX: u32 = 200;
/// How many counts are kept. When there are more, the oldest go: whoever fills them closes nobody out.
pub(crate) const COUNTS_MAX: usize = 50_000;

/// Wrong guesses.
#[derive(Default)]
pub(crate) struct Guesses(Mutex<HashMap<Counted, Count>>);

/// Whether somebody may guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// They may, and it counts as wrong until it turns out to be right.
    Taken,
    /// They may not from now on.
    Closes,
    /// They may not, as was said before.
    Closed,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Counted {
    Site(IpAddr),
    Address(Option<IpAddr>),
    Account(Option<IpAddr>, String),
}

struct Count {
    wrong: u32,
    since: Timestamp,
    /// Whether it was said that there were too many.
    is_said: bool,
}

impl Guesses {
    /// Takes a guess, unless there were too many.
    pub(super) fn take(&self, address: Option<IpAddr>, login: &str, now: Timestamp) -> Guess {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = counted(address, login);
        for (counted, max) in &all {
            let Some(count) = counts.get_mut(counted).filter(|count| count.counts(now) && count.wrong >= *max) else {
                continue;
            };
            let was_said = std::mem::replace(&mut count.is_said, true);
            return if was_said { Guess::Closed } else { Guess::Closes };
        }
        if counts.len() + all.len() > COUNTS_MAX {
            make_room(&mut counts, now);
        }
        for (counted, _) in all {
            let count = counts.entry(counted).or_insert(Count::new(now));
            if !count.counts(now) {
                *count = Count::new(now);
            }
            count.wrong += 1;
        }
        Guess::Taken
    }

    /// The guess was right.
    pub(super) fn right(&self, address: Option<IpAddr>, login: &str) {
        self.take_back(address, login);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&Counted::Account(address.map(origin), login.to_owned()));
    }

    /// The guess was not looked at.
    pub(super) fn take_back(&self, address: Option<IpAddr>, login: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (counted, _) in counted(address, login) {
            if let Some(count) = counts.get_mut(&counted) {
                count.wrong = count.wrong.saturating_sub(1);
            }
        }
    }
}

/// What a guess counts for, and how often it may.
fn counted(address: Option<IpAddr>, login: &str) -> Vec<(Counted, u32)> {
    let site = address.and_then(site).map(|site| (Counted::Site(site), OF_SITE_MAX));
    let address = address.map(origin);
    let others =
        [(Counted::Account(address, login.to_owned()), OF_ACCOUNT_MAX), (Counted::Address(address), OF_ADDRESS_MAX)];
    others.into_iter().chain(site).collect()
}

/// Forgets what counts no more, or else the oldest tenth, so that this is not done for each guess.
fn make_room(counts: &mut HashMap<Counted, Count>, now: Timestamp) {
    counts.retain(|_, count| count.counts(now));
    if counts.len() < COUNTS_MAX - COUNTS_MAX / 10 {
        return;
    }
    let mut ages: Vec<(Timestamp, Counted)> =
        counts.iter().map(|(counted, count)| (count.since, counted.clone())).collect();
    ages.sort_by_key(|(since, _)| *since);
    for (_, counted) in ages.iter().take(COUNTS_MAX / 10) {
        counts.remove(counted);
    }
}

impl Count {
    fn new(now: Timestamp) -> Count {
        Count { wrong: 0, since: now, is_said: false }
    }

    fn counts(&self, now: Timestamp) -> bool {
        self.since <= now && now < self.since.plus_secs(WINDOW_SECS)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        COUNTS_MAX, Guess, Guesses, IpAddr, OF_ACCOUNT_MAX, OF_ADDRESS_MAX, OF_SITE_MAX, Timestamp, WINDOW_SECS,
    };

    fn address(number: u32) -> Option<IpAddr> {
        Some(IpAddr::from(number.to_be_bytes()))
    }

    fn takes(guesses: &Guesses, from: Option<IpAddr>, login: &str, now: Timestamp) -> bool {
        guesses.take(from, login, now) == Guess::Taken
    }

    fn taken(guesses: &Guesses, tries: u32, from: u32, login: impl Fn(u32) -> String, now: Timestamp) -> usize {
        (0..tries).filter(|number| takes(guesses, address(from), &login(*number), now)).count()
    }

    /// Threat: T42
    #[test]
    fn one_account_is_guessed_a_few_times_and_its_owner_comes_in_from_elsewhere() {
        let (guesses, now) = (Guesses::default(), Timestamp(0));
        assert_eq!(taken(&guesses, 1000, 1, |_| "ada".to_owned(), now), OF_ACCOUNT_MAX as usize);
        assert!(takes(&guesses, address(2), "ada", now) && takes(&guesses, address(1), "bob", now));
        assert!(!takes(&guesses, address(1), "ada", now.plus_secs(WINDOW_SECS - 1)));
        assert!(takes(&guesses, address(1), "ada", now.plus_secs(WINDOW_SECS)));
    }

    /// Threat: T42
    #[test]
    fn many_accounts_are_not_guessed_from_one_address() {
        let guesses = Guesses::default();
        let login = |number: u32| format!("user-{number}");
        assert_eq!(taken(&guesses, 1000, 1, login, Timestamp(0)), OF_ADDRESS_MAX as usize);
    }

    /// Threat: T42
    #[test]
    fn that_there_were_too_many_is_news_once() {
        let (guesses, now) = (Guesses::default(), Timestamp(0));
        for begin in [now, now.plus_secs(WINDOW_SECS)] {
            assert_eq!(taken(&guesses, OF_ACCOUNT_MAX, 1, |_| "ada".to_owned(), begin), OF_ACCOUNT_MAX as usize);
            let said = [0; 3].map(|_| guesses.take(address(1), "ada", begin));
            assert_eq!(said, [Guess::Closes, Guess::Closed, Guess::Closed]);
        }
    }

    /// Threat: T42
    #[test]
    fn a_network_of_ipv6_counts_as_one_address() {
        let guesses = Guesses::default();
        let taken = (0..1000_u32).filter(|number| {
            let address = format!("2001:db8::{number:x}").parse().expect("an address");
            takes(&guesses, Some(address), "ada", Timestamp(0))
        });
        assert_eq!(taken.count(), OF_ACCOUNT_MAX as usize);
        for other in ["2001:db8:0:1::1", "::ffff:192.0.2.1", "192.0.2.2"] {
            assert!(takes(&guesses, Some(other.parse().expect("an address")), "ada", Timestamp(0)), "{other}");
        }
    }

    /// Threat: T42
    #[test]
    fn all_networks_of_a_site_together_guess_so_often_and_no_more() {
        let guesses = Guesses::default();
        let from = |text: String| Some(text.parse().expect("an address"));
        let taken = (0..1000_u32).filter(|number| {
            takes(&guesses, from(format!("2001:db8:0:{number:x}::1")), &format!("user-{number}"), Timestamp(0))
        });
        assert_eq!(taken.count(), OF_SITE_MAX as usize);
        assert!(takes(&guesses, from("2001:db8:1::1".to_owned()), "ada", Timestamp(0)));
    }

    #[test]
    fn who_is_right_may_go_on_and_what_was_not_looked_at_counts_for_nothing() {
        let (guesses, now) = (Guesses::default(), Timestamp(0));
        let from = Some("2001:db8::1".parse().expect("an address"));
        for _ in 0..OF_SITE_MAX + 1 {
            assert!(takes(&guesses, from, "ada", now));
            guesses.right(from, "ada");
            assert!(takes(&guesses, from, "bob", now));
            guesses.take_back(from, "bob");
        }
    }

    /// Threat: T42
    #[test]
    fn memory_for_guesses_is_bounded_and_the_oldest_make_room() {
        let (guesses, now) = (Guesses::default(), Timestamp(0));
        let half = COUNTS_MAX as u32 / 2;
        let at = |number: u32| Timestamp(i64::from(number));
        let all = (0..half * 2).filter(|number| takes(&guesses, address(*number), "ada", at(*number))).count();
        assert_eq!(all, half as usize * 2, "nobody is closed out");
        assert!(guesses.0.lock().unwrap().len() <= COUNTS_MAX);
        let last = half * 2 - 1;
        assert_eq!(taken(&guesses, 100, last, |_| "ada".to_owned(), at(last)), OF_ACCOUNT_MAX as usize - 1);
        assert!(takes(&guesses, address(half * 2), "ada", now.plus_secs(2 * WINDOW_SECS)));
        assert!(guesses.0.lock().unwrap().len() < COUNTS_MAX);
    }
}

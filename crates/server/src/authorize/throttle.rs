//! How often a password may be guessed: for one account from one address, and from one address for all accounts. Nobody can lock
//! somebody else out who comes from elsewhere. Each process counts for itself.
//! Source: OWASP ASVS 5.0, 6.3.1; spec of security, T42.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use baton_exchange::time::Timestamp;

/// How long a wrong guess counts.
pub(crate) const WINDOW_SECS: i64 = 900;
/// How many wrong guesses for one account from one address.
pub(crate) const OF_ACCOUNT_MAX: u32 = 5;
/// How many from one address for all accounts: many people may sit behind one.
pub(crate) const OF_ADDRESS_MAX: u32 = 50;
/// How many counts are kept. When there are more, nobody who is not counted yet may guess.
pub(crate) const COUNTS_MAX: usize = 50_000;

/// Wrong guesses.
#[derive(Default)]
pub(crate) struct Guesses(Mutex<HashMap<Counted, Count>>);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Counted {
    Address(Option<IpAddr>),
    Account(Option<IpAddr>, String),
}

struct Count {
    wrong: u32,
    since: Timestamp,
}

impl Guesses {
    /// Takes a guess, which counts as wrong until it turns out to be right. False when there were too many.
    pub(super) fn take(&self, address: Option<IpAddr>, login: &str, now: Timestamp) -> bool {
        let address = address.map(network);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = [
            (Counted::Account(address, login.to_owned()), OF_ACCOUNT_MAX),
            (Counted::Address(address), OF_ADDRESS_MAX),
        ];
        if counts.len() + all.len() > COUNTS_MAX {
            counts.retain(|_, count| count.counts(now));
        }
        let is_full = counts.len() + all.len() > COUNTS_MAX;
        let has_room = |(counted, max): &(Counted, u32)| match counts.get(counted) {
            Some(count) => !count.counts(now) || count.wrong < *max,
            None => !is_full,
        };
        if !all.iter().all(has_room) {
            return false;
        }
        for (counted, _) in all {
            let count = counts.entry(counted).or_insert(Count { wrong: 0, since: now });
            if !count.counts(now) {
                *count = Count { wrong: 0, since: now };
            }
            count.wrong += 1;
        }
        true
    }

    /// The guess was right.
    pub(super) fn right(&self, address: Option<IpAddr>, login: &str) {
        let address = address.map(network);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.remove(&Counted::Account(address, login.to_owned()));
        if let Some(count) = counts.get_mut(&Counted::Address(address)) {
            count.wrong = count.wrong.saturating_sub(1);
        }
    }
}

/// What counts as one address: with IPv6 everybody has a whole network of 64 bits.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address @ IpAddr::V4(_) => address,
    }
}

impl Count {
    fn counts(&self, now: Timestamp) -> bool {
        self.since <= now && now < self.since.plus_secs(WINDOW_SECS)
    }
}

#[cfg(test)]
mod tests {
    use super::{COUNTS_MAX, Guesses, IpAddr, OF_ACCOUNT_MAX, OF_ADDRESS_MAX, Timestamp, WINDOW_SECS};

    fn address(number: u32) -> Option<IpAddr> {
        Some(IpAddr::from(number.to_be_bytes()))
    }

    fn taken(guesses: &Guesses, tries: u32, from: u32, login: impl Fn(u32) -> String, now: Timestamp) -> usize {
        (0..tries).filter(|number| guesses.take(address(from), &login(*number), now)).count()
    }

    /// Threat: T42
    #[test]
    fn one_account_is_guessed_a_few_times_and_its_owner_comes_in_from_elsewhere() {
        let (guesses, now) = (Guesses::default(), Timestamp(0));
        assert_eq!(taken(&guesses, 1000, 1, |_| "ada".to_owned(), now), OF_ACCOUNT_MAX as usize);
        assert!(guesses.take(address(2), "ada", now) && guesses.take(address(1), "bob", now));
        assert!(!guesses.take(address(1), "ada", now.plus_secs(WINDOW_SECS - 1)));
        assert!(guesses.take(address(1), "ada", now.plus_secs(WINDOW_SECS)));
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
    fn a_network_of_ipv6_counts_as_one_address() {
        let guesses = Guesses::default();
        let taken = (0..1000_u32).filter(|number| {
            let address = format!("2001:db8::{number:x}").parse().expect("an address");
            guesses.take(Some(address), "ada", Timestamp(0))
        });
        assert_eq!(taken.count(), OF_ACCOUNT_MAX as usize);
        for other in ["2001:db8:0:1::1", "::ffff:192.0.2.1", "192.0.2.2"] {
            assert!(guesses.take(Some(other.parse().expect("an address")), "ada", Timestamp(0)), "{other}");
        }
    }

    #[test]
    fn who_is_right_may_go_on() {
        let (guesses, now) = (Guesses::default(), Timestamp(0));
        for _ in 0..200 {
            assert!(guesses.take(address(1), "ada", now));
            guesses.right(address(1), "ada");
        }
    }

    #[test]
    fn memory_for_guesses_is_bounded_and_old_ones_make_room() {
        let (guesses, now) = (Guesses::default(), Timestamp(0));
        let half = COUNTS_MAX as u32 / 2;
        let all = (0..half + 3).filter(|number| guesses.take(address(*number), "ada", now)).count();
        assert_eq!(all, half as usize);
        assert!(guesses.take(address(70_000), "ada", now.plus_secs(WINDOW_SECS)));
    }
}

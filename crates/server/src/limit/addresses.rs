//! Who calls without saying who it is, by its address. Memory for them is bounded.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
};

use baton_exchange::time::Timestamp;

use super::{
    Wait,
    bucket::{Bucket, Rate},
};

/// How many addresses are remembered. All others together are then counted as one.
pub(super) const ADDRESSES_MAX: usize = 16_384;
/// How often room is looked for at most: to look at all addresses for each request would be an attack in itself.
const LOOK_EVERY_MICROS: i64 = 1_000_000;

/// What is left for each address.
pub(super) struct Addresses {
    rate: Rate,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    buckets: HashMap<IpAddr, Bucket>,
    /// For those for whom there is no room.
    others: Option<Bucket>,
    looked: Option<Timestamp>,
}

impl Addresses {
    pub(super) fn new(rate: Rate) -> Addresses {
        Addresses { rate, known: Mutex::default() }
    }

    /// Counts a request from an address.
    pub(super) fn take(&self, from: IpAddr, now: Timestamp) -> Result<(), Wait> {
        let (rate, from) = (self.rate, origin(from));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = known.buckets.get_mut(&from) {
            return bucket.take(rate, now);
        }
        known.make_room(rate, now);
        let fresh = Bucket::new(rate, now);
        match known.buckets.len() < ADDRESSES_MAX {
            true => known.buckets.entry(from).or_insert(fresh).take(rate, now),
            false => known.others.get_or_insert(fresh).take(rate, now),
        }
    }

    /// Whether a request from an address would be let through. Counts nothing.
    pub(super) fn look(&self, from: IpAddr, now: Timestamp) -> Result<(), Wait> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.bucket(&origin(from)).map_or(Ok(()), |bucket| bucket.look(self.rate, now))
    }
}

impl Known {
    /// What is left for an address; nothing when nothing was taken from it yet.
    fn bucket(&self, from: &IpAddr) -> Option<Bucket> {
        let others = || self.others.filter(|_| self.buckets.len() >= ADDRESSES_MAX);
        self.buckets.get(from).copied().or_else(others)
    }

    /// Forgets whoever has had a rest.
    fn make_room(&mut self, rate: Rate, now: Timestamp) {
        let is_due = self.looked.is_none_or(|looked| now.0.saturating_sub(looked.0).abs() >= LOOK_EVERY_MICROS);
        if self.buckets.len() >= ADDRESSES_MAX && is_due {
            self.looked = Some(now);
            self.buckets.retain(|_, bucket| !bucket.is_full(rate, now));
        }
    }
}

/// Whom an address stands for: an IPv6 network of 64 bits belongs to one customer, who may use all of its addresses.
pub(crate) fn origin(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(first_bits(address, 64)),
    }
}

/// What is given to one site with IPv6: 48 bits. Source: RFC 6177.
pub(crate) fn site(address: IpAddr) -> Option<IpAddr> {
    match address.to_canonical() {
        IpAddr::V6(address) => Some(IpAddr::V6(first_bits(address, 48))),
        IpAddr::V4(_) => None,
    }
}

fn first_bits(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - bits)))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{ADDRESSES_MAX, Addresses, IpAddr, Rate, Timestamp, origin};

    const RATE: Rate = Rate { per_sec: 1, burst: 2 };
    const SECOND: i64 = 1_000_000;

    fn number(number: usize) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).expect("it fits")))
    }

    fn may(addresses: &Addresses, from: IpAddr, now: i64) -> bool {
        addresses.take(from, Timestamp(now)).is_ok()
    }

    #[test]
    fn each_address_is_counted_by_itself() {
        let addresses = Addresses::new(RATE);
        assert_eq!([0; 3].map(|_| may(&addresses, number(1), 0)), [true, true, false]);
        assert_eq!([0; 3].map(|_| may(&addresses, number(2), 0)), [true, true, false]);
        assert!(may(&addresses, number(1), SECOND));
    }

    #[test]
    fn to_look_whether_one_more_may_come_counts_nothing() {
        let addresses = Addresses::new(RATE);
        let look = |now| addresses.look(number(1), Timestamp(now)).is_ok();
        assert!(look(0) && look(0) && addresses.known.lock().unwrap().buckets.is_empty());
        assert_eq!([0; 2].map(|_| may(&addresses, number(1), 0)), [true; 2]);
        assert!(!look(0) && look(SECOND) && look(SECOND));
        assert!(may(&addresses, number(1), SECOND));
    }

    /// Threat: T90
    #[test]
    fn memory_for_addresses_is_bounded_and_those_who_rested_make_room() {
        let addresses = Addresses::new(RATE);
        assert!((0..ADDRESSES_MAX).all(|it| may(&addresses, number(it), 0)));
        let next = [0, 1, 2].map(|more| may(&addresses, number(ADDRESSES_MAX + more), 0));
        assert_eq!(next, [true, true, false], "who has no room shares it");
        assert_eq!(addresses.known.lock().unwrap().buckets.len(), ADDRESSES_MAX);
        assert!(may(&addresses, number(0), 0), "who is known goes on");
        assert!(may(&addresses, number(ADDRESSES_MAX), SECOND));
        assert_eq!(addresses.known.lock().unwrap().buckets.len(), 2, "the one that asked twice, and the new one");
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let of = |text: &str| origin(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}

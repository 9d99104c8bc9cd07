//! Refusals of who proved nothing, of which the audit gets a line: few for an address, for a site, and for all together.
//!
//! Each line is a durable write that stays for ever, so that the rate of requests is far too much for them; who mistypes a secret, or tries a
//! system against this one, stays below.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use baton_exchange::time::Timestamp;

use super::{
    Wait,
    addresses::{Addresses, site},
    bucket::{Bucket, Rate},
};

/// How often somebody from one address is refused with a line.
pub(super) const OF_ADDRESS: Rate = Rate { per_sec: 5, burst: 5_000 };
/// How often all from one site with IPv6 are, which has 65536 networks of those that count as an address.
pub(super) const OF_SITE: Rate = Rate { per_sec: 10, burst: 10_000 };
/// How often all are, wherever they come from: many addresses are cheap.
pub(super) const OF_ALL: Rate = Rate { per_sec: 20, burst: 20_000 };

/// What is left of them.
pub(super) struct Refused {
    addresses: Addresses,
    sites: Addresses,
    all: Mutex<Option<Bucket>>,
}

impl Refused {
    pub(super) fn new() -> Refused {
        Refused { addresses: Addresses::new(OF_ADDRESS), sites: Addresses::new(OF_SITE), all: Mutex::default() }
    }

    /// Counts one. An address that has used up its own takes nothing from its site, and that nothing from others; nor can a site fill
    /// the memory for addresses, after which all others would count as one.
    pub(super) fn take(&self, from: IpAddr, now: Timestamp) -> Result<(), Wait> {
        self.addresses.look(from, now)?;
        if let Some(site) = site(from) {
            self.sites.take(site, now)?;
        }
        self.addresses.take(from, now)?;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        all.get_or_insert_with(|| Bucket::new(OF_ALL, now)).take(OF_ALL, now)
    }
}

#[cfg(test)]
mod tests {
    use super::{IpAddr, OF_ADDRESS, OF_ALL, OF_SITE, Refused, Timestamp};

    const SECOND: i64 = 1_000_000;

    /// How many of so many tries have a line.
    fn taken(refused: &Refused, tries: u32, now: i64, from: impl Fn(u32) -> String) -> u32 {
        let from = |number| from(number).parse::<IpAddr>().expect("an address");
        let taken = (0..tries).filter(|number| refused.take(from(*number), Timestamp(now)).is_ok());
        u32::try_from(taken.count()).expect("it is no more than the tries")
    }

    /// Threat: T90
    #[test]
    fn an_address_has_its_lines_and_takes_none_of_the_others_beyond() {
        let refused = Refused::new();
        assert_eq!(taken(&refused, 10 * OF_ALL.burst, 0, |_| "192.0.2.1".to_owned()), OF_ADDRESS.burst);
        assert_eq!(taken(&refused, 10, 0, |_| "192.0.2.2".to_owned()), 10);
        assert_eq!(taken(&refused, 10, SECOND, |_| "192.0.2.1".to_owned()), OF_ADDRESS.per_sec);
    }

    /// Threat: T90
    #[test]
    fn all_networks_of_a_site_together_have_so_many_lines_and_no_more() {
        let refused = Refused::new();
        let network = |number: u32| format!("2001:db8:0:{:x}::1", number % 0x1_0000);
        assert_eq!(taken(&refused, 2 * OF_ALL.burst, 0, network), OF_SITE.burst);
        assert_eq!(taken(&refused, 10, 0, |_| "2001:db8:1::1".to_owned()), 10, "another site goes on");
        assert_eq!(taken(&refused, 100, SECOND, network), OF_SITE.per_sec);
    }

    /// Threat: T90
    #[test]
    fn all_addresses_together_have_so_many_lines_and_no_more() {
        let refused = Refused::new();
        let address = |number: u32| IpAddr::from(number.to_be_bytes()).to_string();
        assert_eq!(taken(&refused, OF_ALL.burst + 1, 0, address), OF_ALL.burst);
        assert_eq!(taken(&refused, 10, 0, |number| format!("2001:db8:{number:x}::1")), 0, "from wherever it comes");
        assert_eq!(taken(&refused, 100, SECOND, address), OF_ALL.per_sec);
    }
}

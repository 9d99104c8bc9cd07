//! Which addresses may be called: the public ones; private ones where the configuration says so; all others never.
//!
//! Source: IANA IPv4 and IPv6 Special-Purpose Address Registries; for IPv6 only 2000::/3 is given to the public internet.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether private addresses may be called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// They may not.
    #[default]
    Refused,
    /// They may: for tests, demos, and partners in one's own network.
    Allowed,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Of the public internet.
    Public,
    /// Loopback, private, shared (CGNAT) or unique local.
    Private,
    /// Never one system's own address, or another address in disguise. Link-local is among them, because machines in a
    /// cloud hand out their credentials there.
    Never,
}

use Standing::{Never, Private, Public};

/// Blocks of IPv4 that are not public; the first that holds an address counts.
const V4: &[(Ipv4Addr, u32, Standing)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, Never),    // this network; 0.0.0.0 reaches this host
    (Ipv4Addr::new(10, 0, 0, 0), 8, Private), // private use
    (Ipv4Addr::new(100, 64, 0, 0), 10, Private), // shared address space, CGNAT
    (Ipv4Addr::new(127, 0, 0, 0), 8, Private), // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16, Never), // link-local
    (Ipv4Addr::new(172, 16, 0, 0), 12, Private), // private use
    (Ipv4Addr::new(192, 0, 0, 0), 24, Never), // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24, Never), // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24, Never), // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16, Private), // private use
    (Ipv4Addr::new(198, 18, 0, 0), 15, Never), // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24, Never), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24, Never), // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4, Never),  // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4, Never),  // reserved, broadcast
];

/// Blocks of IPv6; the first that holds an address counts, and what is in none is refused. So are therefore ::/96
/// (IPv4-compatible), `::ffff:0:0/96` (IPv4-mapped), `64:ff9b::/96` and `64:ff9b:1::/48` (NAT64), `fe80::/10` (link-local),
/// `fec0::/10` (site-local) and `ff00::/8` (multicast).
const V6: &[(Ipv6Addr, u32, Standing)] = &[
    (Ipv6Addr::LOCALHOST, 128, Private),                         // loopback
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, Private),    // unique local
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, Never),     // protocol assignments, Teredo among them
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, Never), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, Never),     // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, Never),     // documentation
    (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3, Public),
];

/// Looks an address up.
#[must_use]
pub fn standing(address: IpAddr) -> Standing {
    match address {
        IpAddr::V4(v4) => {
            let holds = |base: &Ipv4Addr, bits: u32| (v4.to_bits() ^ base.to_bits()) >> (32 - bits) == 0;
            V4.iter().find(|(base, bits, _)| holds(base, *bits)).map_or(Public, |(_, _, standing)| *standing)
        }
        IpAddr::V6(v6) => {
            let holds = |base: &Ipv6Addr, bits: u32| (v6.to_bits() ^ base.to_bits()) >> (128 - bits) == 0;
            V6.iter().find(|(base, bits, _)| holds(base, *bits)).map_or(Never, |(_, _, standing)| *standing)
        }
    }
}

/// Whether an address may be called.
pub(super) fn may_be_called(address: IpAddr, private: PrivateAddresses) -> bool {
    match standing(address) {
        Public => true,
        Private => private == PrivateAddresses::Allowed,
        Never => false,
    }
}

#[cfg(test)]
mod tests;

//! What is shown to us for a while, or once: codes, refresh tokens, numbers of assertions, handles of launches, sessions.
//!
//! What stands behind a ticket, and when it is good, is decided elsewhere; here it is found by its hash, changes only from the
//! version that was seen, and ends with its family.

use crate::time::Timestamp;

/// SHA-256 of what is shown, with its kind. Prints as `…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketKey(pub [u8; 32]);

impl std::fmt::Debug for TicketKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TicketKey(…)")
    }
}

/// All that came of one consent: they end together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Family(pub [u8; 16]);

/// A ticket in one of its versions.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// By what it is found.
    pub key: TicketKey,
    /// From 1. A version is written only on top of the one before.
    pub version: u32,
    /// With what it ends, if it does not end alone.
    pub family: Option<Family>,
    /// What stands behind it.
    pub body: Vec<u8>,
    /// The first moment at which it may be forgotten.
    pub expires: Timestamp,
}

/// Bodies say who somebody is.
impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ticket(…, version {})", self.version)
    }
}

//! `[limits]`: what is too much. docs/limits.md has the table, with the limits that cannot be configured.

use std::time::Duration;

use serde::Deserialize;

use super::Delay;

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a body, also of what a compressed one inflates to.
    pub body_bytes_max: BodyBytes,
    /// Entries of a Bundle.
    pub bundle_entries_max: Entries,
    /// Requests of one partner, in the long run.
    pub requests_per_second: Count,
    /// Requests of one partner, at once after a rest.
    pub requests_burst: Count,
    /// Requests of one partner that are worked on at the same time; more wait for their turn.
    pub requests_at_once: Count,
    /// How long they wait.
    pub requests_wait: Delay,
    /// Requests from one address that name no partner, in the long run.
    pub address_requests_per_second: Count,
    /// Requests from one address that name no partner, at once after a rest.
    pub address_requests_burst: Count,
    /// Logins and questions about apps that are begun from one address, in the long run.
    pub address_logins_per_second: Count,
    /// Logins and questions about apps that are begun from one address, at once after a rest.
    pub address_logins_burst: Count,
    /// Open connections.
    pub connections_max: Count,
    /// Open connections from one address.
    pub address_connections_max: Count,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes_max: BodyBytes(10_485_760),
            bundle_entries_max: Entries(10_000),
            requests_per_second: Count(5_000),
            requests_burst: Count(10_000),
            requests_at_once: Count(128),
            requests_wait: Delay(Duration::from_secs(5)),
            address_requests_per_second: Count(1_000),
            address_requests_burst: Count(20_000),
            address_logins_per_second: Count(5),
            address_logins_burst: Count(2_000),
            connections_max: Count(4_096),
            address_connections_max: Count(256),
        }
    }
}

/// Bytes of a body: 1 to 1 GiB, because a document is held in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct BodyBytes(pub usize);

impl TryFrom<u64> for BodyBytes {
    type Error = String;

    fn try_from(number: u64) -> Result<BodyBytes, String> {
        match usize::try_from(number) {
            Ok(bytes @ 1..=0x4000_0000) => Ok(BodyBytes(bytes)),
            _ => Err(format!("{number} is out of range: 1 to 1073741824 bytes")),
        }
    }
}

/// Entries of a Bundle: 1 to a million.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Entries(pub usize);

impl TryFrom<u64> for Entries {
    type Error = String;

    fn try_from(number: u64) -> Result<Entries, String> {
        match usize::try_from(number) {
            Ok(entries @ 1..=1_000_000) => Ok(Entries(entries)),
            _ => Err(format!("{number} is out of range: 1 to 1000000 entries")),
        }
    }
}

/// A number of things: 1 to a million. None at all would stop the server, which is better done otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Count(pub u32);

impl TryFrom<u64> for Count {
    type Error = String;

    fn try_from(number: u64) -> Result<Count, String> {
        match u32::try_from(number) {
            Ok(count @ 1..=1_000_000) => Ok(Count(count)),
            _ => Err(format!("{number} is out of range: 1 to 1000000")),
        }
    }
}

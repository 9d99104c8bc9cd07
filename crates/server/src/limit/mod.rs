//! How much one client may ask for: how often, how much at once, and by how many connections. So that one takes not all.

mod addresses;
mod bucket;
mod connections;
mod fair;
mod partners;
mod places;
mod refused;
#[cfg(test)]
mod table;

use std::{net::IpAddr, time::Duration};

use baton_exchange::{id::PartnerId, refusal::Refusal, time::Timestamp};
use tokio::sync::OwnedSemaphorePermit;

use self::{addresses::Addresses, bucket::Rate, partners::Partners, refused::Refused};
use crate::config::Limits;

pub(crate) use addresses::{origin, site};
pub use connections::{ConnectionPlace, Connections};
pub use fair::{Fair, Place as Step};
pub use partners::Turn;
pub use places::{Place, Places};

/// What every client may ask for. Partners are counted each on its own, everybody else by the address that it calls from.
pub struct Limiter {
    partners: Partners,
    addresses: Addresses,
    logins: Addresses,
    refused: Refused,
}

impl Limiter {
    /// With the limits of a configuration. The bodies of one partner may take `kib_max` of the memory for bodies.
    #[must_use]
    pub fn of(limits: &Limits, kib_max: u32) -> Limiter {
        let rate = Rate { per_sec: limits.requests_per_second.0, burst: limits.requests_burst.0 };
        let turns = usize::try_from(limits.requests_at_once.0).unwrap_or(usize::MAX);
        let of_address = Rate { per_sec: limits.address_requests_per_second.0, burst: limits.address_requests_burst.0 };
        let logins = Rate { per_sec: limits.address_logins_per_second.0, burst: limits.address_logins_burst.0 };
        Limiter {
            partners: Partners::new(rate, turns, limits.requests_wait.0, kib_max),
            addresses: Addresses::new(of_address),
            logins: Addresses::new(logins),
            refused: Refused::new(),
        }
    }

    /// Counts a request of nobody that is known.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] when there were too many from that address.
    pub fn stranger(&self, from: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        self.addresses.take(from, now).map_err(too_many)
    }

    /// Counts something that a person begins here: it is kept for a while, whoever they are.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] when there were too many from that address.
    pub fn login(&self, from: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        self.logins.take(from, now).map_err(too_many)
    }

    /// Whether a request of nobody that is known would be let through. Counts nothing.
    ///
    /// # Errors
    /// As [`Limiter::stranger`].
    pub fn may_be_stranger(&self, from: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        self.addresses.look(from, now).map_err(too_many)
    }

    /// Counts a refusal that the audit gets a line of, to somebody who has not proved to be known.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] when there were too many to that address, its site, or all strangers: then there is no line.
    pub fn refused(&self, from: IpAddr, now: Timestamp) -> Result<(), Refusal> {
        self.refused.take(from, now).map_err(too_many)
    }

    /// Counts a request of a partner and waits for its turn, which lasts as long as what is given back lives.
    ///
    /// # Errors
    /// [`Refusal::TooManyRequests`] when there were too many, or when no turn came in time.
    pub async fn turn(&self, partner: &PartnerId, now: Timestamp) -> Result<Turn, Refusal> {
        self.partners.turn(partner, now).await.map_err(too_many)
    }

    /// A part of the memory that bodies of a partner may take; none when its other requests have it.
    #[must_use]
    pub fn memory(&self, partner: &PartnerId, kib: u32) -> Option<OwnedSemaphorePermit> {
        self.partners.memory(partner, kib)
    }
}

/// How long until another request is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wait(Duration);

fn too_many(wait: Wait) -> Refusal {
    let secs = wait.0.as_millis().div_ceil(1000).max(1);
    Refusal::TooManyRequests { retry_after_secs: u32::try_from(secs).unwrap_or(u32::MAX) }
}

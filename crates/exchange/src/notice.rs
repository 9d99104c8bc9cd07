//! Something to tell one partner, written in the commit that is its cause. Delivery leases it later.

use crate::{
    id::{ExchangeId, Home, NoticeId, PartnerId, ReferralId},
    time::Timestamp,
};

/// A notice that waits to be delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    /// The same at every attempt, so that receivers can recognise repeats.
    pub id: NoticeId,
    /// Where it lives.
    pub home: Home,
    /// The exchange whose guide words it.
    pub exchange: ExchangeId,
    /// Whom to tell.
    pub partner: PartnerId,
    /// What it is about; notices about one referral to one partner keep their order.
    pub referral: ReferralId,
    /// The event's code.
    pub event: String,
    /// What to send, as compact FHIR JSON.
    pub body: Vec<u8>,
    /// When it was written.
    pub created: Timestamp,
    /// Not before this moment.
    pub due: Timestamp,
}

impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Notice({}, {}, …)", self.id, self.event)
    }
}

/// Proof that a worker holds a notice. A later lease of the same notice makes it worthless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LeaseToken(pub u64);

/// A notice in the hands of one worker until a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What to deliver.
    pub notice: Notice,
    /// Shown when the attempt is reported.
    pub token: LeaseToken,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// When another worker may take it.
    pub until: Timestamp,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// The partner took it: the notice is done.
    Delivered,
    /// Try again, not before this moment.
    Again(Timestamp),
    /// No more attempts: people decide.
    Parked,
}

//! Something to tell one partner, written in the commit that is its cause. Delivery leases it later.

use crate::{
    delivery::Trouble,
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
    /// Not before this moment. It moves when a person has the notice sent again: from here on it is counted when to give up.
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
    /// No more attempts: people decide. This is what went wrong last.
    Parked(Trouble),
}

/// A notice that was given up, as people see it: without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedNotice {
    /// Its name at the partner, too.
    pub id: NoticeId,
    /// The exchange whose guide words it.
    pub exchange: ExchangeId,
    /// Who was not told.
    pub partner: PartnerId,
    /// What it is about.
    pub referral: ReferralId,
    /// The event's code.
    pub event: String,
    /// When it was written.
    pub created: Timestamp,
    /// How many attempts were made.
    pub attempts: u32,
    /// What went wrong at the last one.
    pub trouble: Trouble,
}

/// Which notices an operator wants tried again now, although they were given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resend {
    /// One that is parked.
    One(NoticeId),
    /// All to a partner that are parked.
    ParkedOf(PartnerId),
    /// All that are parked.
    AllParked,
}

/// How many notices one partner has still to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The partner.
    pub partner: PartnerId,
    /// Those that wait for an attempt, for the end of one, or for those before them.
    pub waiting: u64,
    /// Those that were given up.
    pub parked: u64,
    /// When the oldest of all these was written.
    pub oldest: Timestamp,
}

/// Asks for what one partner was told or is to be told, whatever became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldQuestion {
    /// Where the notices live.
    pub home: Home,
    /// Whose they are.
    pub partner: PartnerId,
    /// After this number; 0 for all that is kept.
    pub after: u64,
    /// How many at most.
    pub limit: u32,
}

/// A notice that its partner knows otherwise than by an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Which one.
    pub id: NoticeId,
    /// What it was about.
    pub referral: ReferralId,
    /// Of what it told, in the words of the partner's guide.
    pub event: String,
    /// When it was written.
    pub created: Timestamp,
}

/// What one partner was told or is to be told, oldest first. Each notice has a number in the partner's own count, which it gets
/// once it can be seen: so none is ever found below a number that was given out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Notices with their numbers. Numbers of those that were erased or forgotten are left out.
    pub notices: Vec<(u64, Notice)>,
    /// The highest number that was ever given to a notice of this partner.
    pub last: u64,
}

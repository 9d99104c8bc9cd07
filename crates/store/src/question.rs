//! What can be asked of the store.

use baton_exchange::{
    id::{ExchangeId, Home, PartnerId},
    resource::{IndexKey, StoredResource},
};

/// Asks for one resource.
#[derive(Clone, Debug)]
pub struct ResourceQuestion {
    /// Whose resources are looked at.
    pub home: Home,
    /// FHIR type.
    pub resource_type: String,
    /// Logical id.
    pub id: String,
    /// One version instead of the current one.
    pub version: Option<u32>,
    /// Only if this partner has a part in the referral that it belongs to; nothing where whoever asks sees the whole home.
    pub seen_by: Option<PartnerId>,
}

/// What is at a place where a resource was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Looked {
    /// The resource.
    Found(StoredResource),
    /// It was here and was cleared; whoever asks has, or had, a part in its referral.
    Gone,
    /// Nothing that whoever asks may know of.
    Nothing,
}

impl Looked {
    /// The resource, if it is there.
    #[must_use]
    pub fn found(self) -> Option<StoredResource> {
        match self {
            Looked::Found(resource) => Some(resource),
            Looked::Gone | Looked::Nothing => None,
        }
    }
}

/// Asks for current resources.
#[derive(Clone, Debug)]
pub struct SearchQuestion {
    /// Whose resources are looked at.
    pub home: Home,
    /// FHIR type.
    pub resource_type: String,
    /// Only these logical ids; nothing means any.
    pub ids: Option<Vec<String>>,
    /// For each of these sets, at least one key must fit: sets are "and", keys within a set are "or".
    pub keys: Vec<Vec<IndexKey>>,
    /// Only those of referrals in which this partner has a part; nothing where whoever asks sees the whole home.
    pub seen_by: Option<PartnerId>,
    /// Only what is in at least one of these; none means everything. It is what whoever asks may see, and is looked at last: what
    /// was asked for leads to the resources.
    pub within: Vec<Within>,
}

/// A part of what may be found: ids and keys as in a [`SearchQuestion`], and both have to fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Only these logical ids; nothing means any.
    pub ids: Option<Vec<String>>,
    /// For each of these sets, at least one key must fit.
    pub keys: Vec<Vec<IndexKey>>,
}

impl Within {
    /// With how many values it compares.
    pub(crate) fn values(&self) -> usize {
        self.ids.as_ref().map_or(0, Vec::len) + self.keys.iter().map(|set| set.len() + 1).sum::<usize>()
    }
}

/// How a mark of the clock is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The later of the two stays.
    Raised,
    /// A person says that the one that is written was wrong. What of the notices has a later time than the new one gets that: what
    /// waits is due, leases end, and what was delivered is kept no longer than if the clock had been right.
    Replaced,
}

/// Asks for parked notices.
#[derive(Clone, Debug, Default)]
pub struct ParkedQuestion {
    /// Only of this exchange.
    pub exchange: Option<ExchangeId>,
    /// Only to this partner.
    pub partner: Option<PartnerId>,
}

/// A place in a list to go on from. Opaque to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageToken(pub i64);

/// A part of a list.
#[derive(Clone, Copy, Debug)]
pub struct Page<Place = PageToken> {
    /// How many at most.
    pub size: u32,
    /// Where the last part ended.
    pub after: Option<Place>,
}

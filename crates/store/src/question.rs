//! What can be asked of the store.

use baton_exchange::{
    id::{ExchangeId, Home, PartnerId},
    resource::IndexKey,
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

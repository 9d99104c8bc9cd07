//! How a caller names one pointer: by its id, or by patient and masterIdentifier.
//! Source: NRL "API Update Interaction", conditional update; "API Delete".

use baton_exchange::{
    id::ExchangeId,
    pointer::{MasterKey, PointerId, PointerName, SubjectKey},
};

use super::{
    fault::Fault,
    reference::{Subject, shown},
};

/// One pointer, as a caller names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// By a logical id.
    Id {
        /// As it was written.
        text: String,
        /// Nothing when no pointer ever had an id of that form.
        id: Option<PointerId>,
    },
    /// By its patient and masterIdentifier.
    Master {
        /// The patient.
        subject: Subject,
        /// System and value.
        identifier: (String, String),
    },
}

impl Named {
    /// The pointer with a logical id.
    #[must_use]
    pub fn id(text: &str) -> Named {
        Named::Id { id: PointerId::parse(text), text: text.to_owned() }
    }

    /// What to ask the store for; nothing when there can be no such pointer.
    #[must_use]
    pub fn pointer(&self, exchange: &ExchangeId) -> Option<PointerName> {
        match self {
            Named::Id { id, .. } => id.map(|id| PointerName::id(exchange, id)),
            Named::Master { subject, identifier: (system, value) } => {
                Some(PointerName::master(exchange, subject.key(), MasterKey::of(system, value)))
            }
        }
    }

    /// The patient, where the name has one.
    #[must_use]
    pub fn subject(&self) -> Option<SubjectKey> {
        match self {
            Named::Id { .. } => None,
            Named::Master { subject, .. } => Some(subject.key()),
        }
    }

    /// What is said when there is no such pointer.
    #[must_use]
    pub fn not_found(&self) -> Fault {
        match self {
            Named::Id { text, .. } => Fault::NoSuchId { id: shown(text) },
            Named::Master { subject, identifier: (system, value) } => Fault::NoSuchMaster {
                identifier: shown(&format!("{system}|{value}")),
                number: subject.number().to_owned(),
            },
        }
    }
}

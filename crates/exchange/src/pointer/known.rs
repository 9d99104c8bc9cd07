//! What the store is asked about pointers, and what it says.

use super::{MasterKey, Ods, Pointer, PointerId, SubjectKey};
use crate::id::{ExchangeId, Home};

/// By what a pointer is meant. Removed pointers are found by it too: their masterIdentifiers stay used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PointerName {
    /// The one with this logical id.
    Id {
        /// Where it lives.
        home: Home,
        /// The id.
        id: PointerId,
    },
    /// The patient's with this masterIdentifier.
    Master {
        /// Where the patient's pointers live.
        home: Home,
        /// The patient.
        subject: SubjectKey,
        /// The masterIdentifier.
        master: MasterKey,
    },
}

impl PointerName {
    /// The pointer with a logical id.
    #[must_use]
    pub fn id(exchange: &ExchangeId, id: PointerId) -> PointerName {
        PointerName::Id { home: id.bucket().home(exchange), id }
    }

    /// A patient's pointer with a masterIdentifier.
    #[must_use]
    pub fn master(exchange: &ExchangeId, subject: SubjectKey, master: MasterKey) -> PointerName {
        PointerName::Master { home: super::Bucket::of(subject).home(exchange), subject, master }
    }
}

/// Asks for the current pointers of a patient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerSearch {
    /// Where the patient's pointers live.
    pub home: Home,
    /// The patient.
    pub subject: SubjectKey,
    /// Only those of this custodian.
    pub custodian: Option<Ods>,
    /// Only those to records of this type.
    pub record_type: Option<String>,
}

/// A page of a patient's pointers, in the order in which they were created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PointerPage {
    /// Whether the patient has ever had a pointer: no pointer and no patient are different answers.
    pub is_known: bool,
    /// How many there are on all pages.
    pub total: u64,
    /// Those on this page.
    pub pointers: Vec<Pointer>,
    /// After which of them the next page begins, when there is one.
    pub next: Option<PointerId>,
}

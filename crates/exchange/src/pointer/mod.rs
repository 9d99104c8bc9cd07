//! Entries in a record locator: where a record about a patient can be found, and who answers for that.

mod adopt;
mod create;
mod id;
mod known;
mod organization;
mod remove;
mod replace;
mod view;
mod withdraw;

#[cfg(test)]
mod tests;

pub use adopt::{Adoption, NotAdopted, Stamp, adopt};
pub use create::{Entry, create};
pub use id::{Bucket, PointerId};
pub use known::{PointerName, PointerPage, PointerSearch};
pub use organization::Ods;
pub use remove::remove;
pub use replace::{Target, replace};
pub use view::view;
pub use withdraw::withdraw;

use crate::{
    decision::{Assert, Change},
    id::{Home, short_hash},
    time::Timestamp,
};

/// A patient as pointers are found by: a hash of the number, so that the number itself stands in bodies only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectKey(pub [u8; 16]);

impl SubjectKey {
    /// The key of a patient's number, for example an NHS number.
    #[must_use]
    pub fn of(number: &str) -> SubjectKey {
        SubjectKey(short_hash(&[b"pointer-subject", number.as_bytes()]))
    }
}

impl std::fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SubjectKey(…)")
    }
}

/// A masterIdentifier as it is compared: system and value together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MasterKey(pub [u8; 16]);

impl MasterKey {
    /// The key of a masterIdentifier.
    #[must_use]
    pub fn of(system: &str, value: &str) -> MasterKey {
        MasterKey(short_hash(&[b"master-identifier", system.as_bytes(), value.as_bytes()]))
    }
}

/// Where a pointer is in its life. All but the first are final, and only a removed one is nowhere to be seen.
/// Source: NRL "Pointer Overview", "Pointer Status Transitions".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointerState {
    /// It leads to a record.
    Current,
    /// Another pointer has taken its place.
    Superseded,
    /// It should never have been there.
    EnteredInError,
    /// Its custodian took it away. It is kept so that its masterIdentifier stays used.
    Removed,
}

impl PointerState {
    /// All of them.
    pub const ALL: [PointerState; 4] =
        [PointerState::Current, PointerState::Superseded, PointerState::EnteredInError, PointerState::Removed];

    /// The word in columns and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            PointerState::Current => "current",
            PointerState::Superseded => "superseded",
            PointerState::EnteredInError => "entered-in-error",
            PointerState::Removed => "removed",
        }
    }
}

/// An entry as it is remembered.
#[derive(Clone, PartialEq, Eq)]
pub struct Pointer {
    /// Its logical id.
    pub id: PointerId,
    /// Where its row lives: see [`Bucket::home`].
    pub home: Home,
    /// Whom the record is about.
    pub subject: SubjectKey,
    /// The organisation that answers for it.
    pub custodian: Ods,
    /// The code of the record's type.
    pub record_type: String,
    /// Its masterIdentifier, used up for this patient for ever.
    pub master: Option<MasterKey>,
    /// Where it is in its life.
    pub state: PointerState,
    /// From 1. Each change adds one.
    pub version: u32,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed.
    pub updated: Timestamp,
    /// The resource in this version, as compact FHIR JSON, complete with what the server adds.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Pointer {
    /// Prints no body: it holds personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pointer({}, {}, version {})", self.id, self.state.as_str(), self.version)
    }
}

/// What becomes of a pointer: what was seen of it, and how it is to be written. The body is written anew by whoever knows
/// the resource, before the change is committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointerDecision {
    /// What must still be true.
    pub asserts: Vec<Assert>,
    /// The pointers in their new versions, the one that was asked for first.
    pub pointers: Vec<Pointer>,
}

impl Pointer {
    /// The next version of a pointer, in another state, while it is still at the version that was seen.
    fn moved(self, state: PointerState, now: Timestamp) -> PointerDecision {
        let seen = Assert::PointerAt { home: self.home, id: self.id, version: self.version };
        let moved = Pointer { state, version: self.version + 1, updated: now, ..self };
        PointerDecision { asserts: vec![seen], pointers: vec![moved] }
    }
}

impl PointerDecision {
    /// The changes to commit.
    pub fn into_changes(self) -> (Vec<Assert>, Vec<Change>) {
        (self.asserts, self.pointers.into_iter().map(Change::PutPointer).collect())
    }
}

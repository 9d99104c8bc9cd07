//! A pointer as it is sent: read, held against FHIR and against the profile.
//! Source: NRL "Pointer FHIR Resource" (NRL-DocumentReference-1); docs/dialects/nrl.md, "Data model".

mod coding;
mod content;
mod import;
mod profile;
mod read;
mod target;

use baton_exchange::{
    pointer::{MasterKey, Ods},
    time::Timestamp,
};
use baton_fhir::{finding::Finding, tree::Tree};

pub use import::{Imported, imported};
pub(super) use read::{operation, read};
pub(super) use target::TargetName;

use super::{Locator, outcome::Refused, reference::Subject};

/// A masterIdentifier as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identifier {
    pub(super) system: String,
    pub(super) value: String,
}

impl Identifier {
    pub(super) fn key(&self) -> MasterKey {
        MasterKey::of(&self.system, &self.value)
    }
}

/// A new pointer that follows the profile.
pub struct New {
    pub(super) tree: Tree,
    pub(super) subject: Subject,
    pub(super) author: Ods,
    pub(super) custodian: Ods,
    pub(super) record_type: String,
    pub(super) master: Option<Identifier>,
    pub(super) target: Option<TargetName>,
    /// What was repaired or should be mended.
    pub(super) warnings: Vec<Finding>,
}

/// Why a document is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// A provider makes a new pointer.
    Creation,
    /// An operator takes over pointers that were made before.
    Import,
}

/// Holds a resource against FHIR and the profile.
///
/// # Errors
/// All that is wrong, in the order in which the guide looks at it.
pub(super) fn check(locator: &Locator, mut read: read::Read, purpose: For, now: Timestamp) -> Result<New, Refused> {
    let (mut wrongs, warnings) = read::base(locator, &mut read);
    let parts = profile::check(locator, &read.tree, purpose, now, &mut wrongs);
    match parts {
        Some(parts) if wrongs.is_empty() => Ok(New {
            tree: read.tree,
            subject: parts.subject,
            author: parts.author,
            custodian: parts.custodian,
            record_type: parts.record_type,
            master: parts.master,
            target: parts.target,
            warnings,
        }),
        _ => Err(Refused(wrongs)),
    }
}

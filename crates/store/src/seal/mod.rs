//! Seals: each referral of a shared home has a key of its own, kept in a file beside the database and never in it. When the
//! key is destroyed, nothing that is left of the referral in any file can be read. See docs/decisions/0043.

mod bodies;
mod care;
mod cipher;
mod file;
mod fingerprint;
mod key;
mod keys;
mod layout;
mod proof;
mod secret;
#[cfg(test)]
mod tests;

use baton_exchange::id::{MessageId, ReferralId};

pub(crate) use self::{
    bodies::{Seals, is_to_be_sealed, may_retire, owners, seal, unused},
    care::Care,
    cipher::Cipher,
    file::KeyFile,
    fingerprint::Fingerprint,
    keys::Keys,
    proof::{Proof, Sealed},
    secret::is_sealed,
};
use crate::{StoreError, fatal::end_process};

/// A key that was to be destroyed and may be there still: nothing that was asked of us may be answered as if it were not. The
/// next start destroys it before it serves anything.
pub(crate) fn end_process_while_a_key_stays(error: &StoreError) -> ! {
    tracing::error!("the key of a cleared referral could not be destroyed, the process ends: {error}");
    end_process()
}

/// The codec byte of a sealed body. The body as it is kept elsewhere is inside.
pub(crate) const SEALED: u8 = 4;

/// The place of a key in the file. It is no secret: each sealed body begins with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Slot(pub(crate) u32);

/// Whose key it is: a referral's, or that of a message that waits for its referral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Owner(pub(crate) [u8; 16]);

impl From<ReferralId> for Owner {
    fn from(id: ReferralId) -> Self {
        Owner(id.0)
    }
}

impl From<MessageId> for Owner {
    fn from(id: MessageId) -> Self {
        Owner(id.0)
    }
}

/// What a body is. A sealed body of one kind is not taken for one of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A request and its answer.
    Transcript,
    /// Bodies of resources.
    Parcel,
    /// What a partner is told.
    Notice,
    /// A message without its referral.
    Orphan,
}

impl Kind {
    /// Part of the format.
    fn code(self) -> u8 {
        match self {
            Kind::Transcript => 1,
            Kind::Parcel => 2,
            Kind::Notice => 3,
            Kind::Orphan => 4,
        }
    }
}

/// The bytes of a key as they are in a file.
#[cfg(test)]
pub(crate) fn raw_key(path: &std::path::Path, slot: Slot) -> Vec<u8> {
    let file = std::fs::read(path).unwrap_or_default();
    let start = layout::offset(slot) as usize;
    file[start..][layout::KEY].to_vec()
}

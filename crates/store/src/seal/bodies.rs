//! Seals the bodies of a batch before the writer has it. Batches outside of shared homes pass by untouched.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use baton_exchange::{
    decision::{Batch, Change},
    id::Home,
};

use super::{Cipher, Keys, Kind, Owner, Slot};
use crate::{
    StoreError,
    batch::{Packed, PackedChange},
};

/// What the database has to know about the keys of a batch. It comes before all other changes.
#[derive(Default)]
pub(crate) struct Seals {
    /// Those whose keys so far are to be destroyed.
    pub(crate) retired: Vec<Owner>,
    /// Keys that were there and must still be.
    pub(crate) kept: Vec<(Owner, Slot)>,
    /// New keys.
    pub(crate) put: Vec<(Owner, Slot)>,
}

/// Whether a batch is about referrals on which several partners work. Most batches have the referral, which says so; where
/// there is none, the home does.
pub(crate) fn is_to_be_sealed(batch: &Batch) -> bool {
    let course = batch.changes.iter().find_map(|change| match change {
        Change::PutReferral(referral) => Some(referral.course.is_some()),
        _ => None,
    });
    let is_shared = |change: &Change| match change {
        Change::PutResources { .. } | Change::PutOrphan(_) | Change::Erase { .. } => true,
        Change::PutReceipt(receipt) => receipt.home == Home::shared(&receipt.exchange),
        Change::PutNotice(notice) => notice.home == Home::shared(&notice.exchange),
        Change::PutReferral(_)
        | Change::ReplaceResources { .. }
        | Change::PutNames { .. }
        | Change::DropOrphans { .. }
        | Change::PutPointer(_)
        | Change::AdoptPointer(_)
        | Change::PutAudit(_)
        | Change::Redact(_)
        | Change::Access(_)
        | Change::ForgetExpired(_) => false,
    };
    course.unwrap_or_else(|| batch.changes.iter().any(is_shared))
}

/// Whose bodies are in a batch: their keys are to be looked up. Nobody's where nothing is sealed.
pub(crate) fn owners(batch: &Packed) -> BTreeSet<Owner> {
    if batch.is_sealed { batch.changes.iter().filter_map(owner).collect() } else { BTreeSet::new() }
}

/// Seals all bodies: with the keys that were found, and with new ones for whoever has none or loses it by this batch.
///
/// # Errors
///
/// `Corrupt` when a key is missing, `Unavailable` when no new ones can be made.
pub(crate) async fn seal(
    batch: &mut Packed,
    found: &BTreeMap<Owner, Slot>,
    keys: &Arc<Keys>,
) -> Result<(), StoreError> {
    let retired: Vec<Owner> = batch.changes.iter().filter_map(erased).collect();
    let mut seals = Seals { retired, ..Seals::default() };
    let mut ciphers = BTreeMap::new();
    for owner in owners(batch) {
        let slot = match found.get(&owner).filter(|_| !seals.retired.contains(&owner)) {
            Some(slot) => {
                seals.kept.push((owner, *slot));
                *slot
            }
            None => {
                let slot = keys.claim().await?;
                seals.put.push((owner, slot));
                slot
            }
        };
        ciphers.insert(owner, keys.cipher(slot)?);
    }
    for change in &mut batch.changes {
        let Some(owner) = owner(change) else { continue };
        if let Some(cipher) = ciphers.get(&owner) {
            seal_bodies(change, owner, cipher)?;
        }
    }
    batch.changes.insert(0, PackedChange::PutSeals(seals));
    Ok(())
}

/// The new keys of a batch that was not written.
pub(crate) fn unused(batch: &Packed) -> Vec<Slot> {
    match batch.changes.first() {
        Some(PackedChange::PutSeals(seals)) => seals.put.iter().map(|(_, slot)| *slot).collect(),
        Some(_) | None => Vec::new(),
    }
}

/// Whether keys may have to be destroyed when a batch is written.
pub(crate) fn may_retire(batch: &Packed) -> bool {
    let retires = |change: &PackedChange| match change {
        PackedChange::PutOrphan(_)
        | PackedChange::DropOrphans(_)
        | PackedChange::Erase(_)
        | PackedChange::ForgetExpired(_) => true,
        PackedChange::PutSeals(_)
        | PackedChange::PutReceipt { .. }
        | PackedChange::PutReferral(_)
        | PackedChange::ReplaceResources { .. }
        | PackedChange::PutResources { .. }
        | PackedChange::PutNames { .. }
        | PackedChange::PutPointer(_)
        | PackedChange::AdoptPointer(_)
        | PackedChange::PutNotice(_)
        | PackedChange::PutAudit(_)
        | PackedChange::Redact(_)
        | PackedChange::Access(_) => false,
    };
    batch.changes.iter().any(retires)
}

fn erased(change: &PackedChange) -> Option<Owner> {
    match change {
        PackedChange::Erase(referral) => Some(Owner::from(*referral)),
        _ => None,
    }
}

fn owner(change: &PackedChange) -> Option<Owner> {
    match change {
        PackedChange::PutReceipt { receipt, .. } => Some(receipt.referral.into()),
        PackedChange::ReplaceResources { referral, .. } | PackedChange::PutResources { referral, .. } => {
            Some((*referral).into())
        }
        PackedChange::PutNotice(notice) => Some(notice.referral.into()),
        PackedChange::PutOrphan(orphan) => Some(orphan.id.into()),
        PackedChange::PutSeals(_)
        | PackedChange::PutReferral(_)
        | PackedChange::PutNames { .. }
        | PackedChange::DropOrphans(_)
        | PackedChange::Erase(_)
        | PackedChange::PutPointer(_)
        | PackedChange::AdoptPointer(_)
        | PackedChange::PutAudit(_)
        | PackedChange::Redact(_)
        | PackedChange::Access(_)
        | PackedChange::ForgetExpired(_) => None,
    }
}

fn seal_bodies(change: &mut PackedChange, owner: Owner, cipher: &Cipher) -> Result<(), StoreError> {
    let seal = |kind: Kind, body: &mut Vec<u8>| -> Result<(), StoreError> {
        *body = cipher.seal(kind, owner, body)?;
        Ok(())
    };
    match change {
        PackedChange::PutReceipt { transcript, .. } => seal(Kind::Transcript, &mut transcript.packed),
        PackedChange::ReplaceResources { parcels, .. } | PackedChange::PutResources { parcels, .. } => {
            parcels.iter_mut().try_for_each(|parcel| seal(Kind::Parcel, &mut parcel.packed))
        }
        PackedChange::PutNotice(notice) => seal(Kind::Notice, &mut notice.body),
        PackedChange::PutOrphan(orphan) => seal(Kind::Orphan, &mut orphan.request),
        PackedChange::PutSeals(_)
        | PackedChange::PutReferral(_)
        | PackedChange::PutNames { .. }
        | PackedChange::DropOrphans(_)
        | PackedChange::Erase(_)
        | PackedChange::PutPointer(_)
        | PackedChange::AdoptPointer(_)
        | PackedChange::PutAudit(_)
        | PackedChange::Redact(_)
        | PackedChange::Access(_)
        | PackedChange::ForgetExpired(_) => Ok(()),
    }
}

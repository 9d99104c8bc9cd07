//! A batch on its way into a database: its home found, its bodies compressed. Both are done before the one writer
//! has it, since the writer is what all commits share.

use baton_exchange::{
    access::AccessChange,
    audit::{AuditRecord, Redacted},
    decision::{Assert, Batch, Change},
    id::{Home, MessageId, ReferralId},
    message::{Orphan, Receipt},
    notice::Notice,
    pointer::Pointer,
    referral::Referral,
    resource::{IndexKey, NewResource},
    time::Timestamp,
};

use crate::{
    StoreError, codec,
    seal::{Keys, Kind, Seals, is_to_be_sealed},
};

/// How many expired receipts, and how many expired tokens and orphans, one `ForgetExpired` takes away, so that it delays no one.
pub(crate) const FORGET_MAX: usize = 1_000;

/// How many referrals a message is ever shown, whatever it names and however long their chains are.
pub(crate) const CASES_MAX: usize = 64;

/// How many referrals a name may have that is a name of any of them. One that more have is the number of a chart, or stands in
/// all that a system sends: it leads to nobody, and to look at all who have it would take longer with each of them.
pub(crate) const NAMESAKES_MAX: usize = 16;

/// How many orphans a message is ever shown.
pub(crate) const ORPHANS_MAX: usize = 256;

/// Larger batches are compressed on a thread of their own, so that they hold up no other request.
const INLINE_BYTES_MAX: usize = 128 * 1024;

/// A parcel takes no more bodies beyond this, so that reading one resource never unpacks a huge message. A larger body
/// has a parcel of its own.
const PARCEL_BYTES_MAX: usize = 64 * 1024;

/// What to write. The same as [`Change`], with bodies as they are kept.
pub(crate) enum PackedChange {
    /// What has to be known about the keys of all that follows.
    PutSeals(Seals),
    /// A receipt whose request and answer are in the transcript.
    PutReceipt {
        receipt: Receipt,
        transcript: Transcript,
        /// Whether its home is one that several partners share: only there is it looked for by its referral.
        is_shared: bool,
    },
    PutReferral(Referral),
    ReplaceResources {
        referral: ReferralId,
        at: Timestamp,
        parcels: Vec<Parcel>,
    },
    PutResources {
        referral: ReferralId,
        at: Timestamp,
        parcels: Vec<Parcel>,
        left_out: Vec<(String, String)>,
    },
    PutNames {
        referral: ReferralId,
        names: Vec<IndexKey>,
    },
    /// With its request as it is kept.
    PutOrphan(Orphan),
    DropOrphans(Vec<MessageId>),
    Erase(ReferralId),
    /// With its body as it is kept.
    PutPointer(Pointer),
    /// The same, in whatever version.
    AdoptPointer(Pointer),
    PutNotice(Notice),
    Redact(Vec<Redacted>),
    PutAudit(AuditRecord),
    Access(AccessChange),
    ForgetExpired(Timestamp),
}

/// A request and its answer in one piece: most of the answer repeats the request, and so costs nothing.
pub(crate) struct Transcript {
    /// Where the request ends, before compression.
    pub(crate) request_bytes: usize,
    pub(crate) packed: Vec<u8>,
}

/// Resources whose bodies are in one piece: resources of one message have much in common.
#[derive(Default)]
pub(crate) struct Parcel {
    pub(crate) resources: Vec<PackedResource>,
    /// All bodies, one after the other, compressed.
    pub(crate) packed: Vec<u8>,
}

/// A resource in a parcel.
pub(crate) struct PackedResource {
    pub(crate) resource_type: String,
    pub(crate) id: String,
    /// Sorted, and none twice, since the search index is changed by comparing lists.
    pub(crate) keys: Vec<IndexKey>,
    /// Where its body begins, before compression.
    pub(crate) start: usize,
    pub(crate) bytes: usize,
}

/// A batch that is ready to be written.
pub(crate) struct Packed {
    home: Option<Home>,
    pub(crate) asserts: Vec<Assert>,
    pub(crate) changes: Vec<PackedChange>,
    /// Whether its bodies are sealed before they are written: those of referrals on which several partners work.
    pub(crate) is_sealed: bool,
    /// About how much will be written.
    pub(crate) bytes: usize,
}

impl Packed {
    /// The one home of all that the batch names.
    ///
    /// # Errors
    ///
    /// `Bug` when it names none: only tokens and the forgetting of expired things need no home.
    pub(crate) fn home(&self) -> Result<Home, StoreError> {
        self.home.ok_or_else(|| StoreError::Bug("a batch whose rows have no home".into()))
    }
}

/// Compresses the bodies of a batch.
///
/// # Errors
///
/// `Bug` when the batch names two homes: no commit may need two places.
pub(crate) async fn pack(batch: Batch) -> Result<Packed, StoreError> {
    if batch.changes.iter().map(body_bytes).sum::<usize>() <= INLINE_BYTES_MAX {
        return pack_now(batch);
    }
    let packed = tokio::task::spawn_blocking(move || pack_now(batch)).await;
    packed.map_err(|_| StoreError::Bug("the compression of a batch did not end".into()))?
}

fn pack_now(batch: Batch) -> Result<Packed, StoreError> {
    let (home, is_sealed) = (home_of(&batch)?, is_to_be_sealed(&batch));
    let changes = batch.changes.into_iter().map(pack_change).collect::<Result<Vec<_>, _>>()?;
    let bytes = changes.iter().map(packed_bytes).sum();
    Ok(Packed { home, asserts: batch.asserts, changes, is_sealed, bytes })
}

/// The home that all asserts and changes agree on; nothing when none of them has one.
pub(crate) fn home_of(batch: &Batch) -> Result<Option<Home>, StoreError> {
    let asserts = batch.asserts.iter().filter_map(|assert| match assert {
        Assert::NoReceipt { .. } => None,
        Assert::NoReferral { home, .. }
        | Assert::NoNames { home, .. }
        | Assert::ReferralAt { home, .. }
        | Assert::NoPointer { home, .. }
        | Assert::PointerAt { home, .. } => Some(*home),
    });
    let changes = batch.changes.iter().filter_map(|change| match change {
        Change::PutReceipt(receipt) => Some(receipt.home),
        Change::PutReferral(referral) => Some(referral.home),
        Change::ReplaceResources { home, .. }
        | Change::PutResources { home, .. }
        | Change::PutNames { home, .. }
        | Change::DropOrphans { home, .. }
        | Change::Erase { home, .. } => Some(*home),
        Change::PutOrphan(orphan) => Some(orphan.home),
        Change::PutPointer(pointer) | Change::AdoptPointer(pointer) => Some(pointer.home),
        Change::PutNotice(notice) => Some(notice.home),
        Change::PutAudit(record) => Some(record.home),
        Change::Redact(_) | Change::Access(_) | Change::ForgetExpired(_) => None,
    });
    let mut homes = asserts.chain(changes);
    let first = homes.next();
    if homes.any(|home| Some(home) != first) {
        return Err(StoreError::Bug("a batch that names two homes".into()));
    }
    Ok(first)
}

fn pack_change(change: Change) -> Result<PackedChange, StoreError> {
    Ok(match change {
        Change::PutReceipt(receipt) => pack_receipt(receipt)?,
        Change::PutReferral(referral) => PackedChange::PutReferral(referral),
        Change::ReplaceResources { home: _, referral, at, resources } => {
            PackedChange::ReplaceResources { referral, at, parcels: pack_resources(resources)? }
        }
        Change::PutResources { home: _, referral, at, resources, left_out } => {
            PackedChange::PutResources { referral, at, parcels: pack_resources(resources)?, left_out }
        }
        Change::PutNames { home: _, referral, names } => PackedChange::PutNames { referral, names },
        Change::PutOrphan(mut orphan) => {
            orphan.request = codec::pack(&orphan.request)?;
            PackedChange::PutOrphan(orphan)
        }
        Change::DropOrphans { home: _, ids } => PackedChange::DropOrphans(ids),
        Change::Erase { home: _, referral } => PackedChange::Erase(referral),
        Change::PutPointer(pointer) => PackedChange::PutPointer(pack_pointer(pointer)?),
        Change::AdoptPointer(pointer) => PackedChange::AdoptPointer(pack_pointer(pointer)?),
        Change::PutNotice(mut notice) => {
            notice.body = codec::pack(&notice.body)?;
            PackedChange::PutNotice(notice)
        }
        Change::Redact(lines) => PackedChange::Redact(lines),
        Change::PutAudit(record) => PackedChange::PutAudit(record),
        Change::Access(change) => PackedChange::Access(change),
        Change::ForgetExpired(before) => PackedChange::ForgetExpired(before),
    })
}

fn pack_pointer(pointer: Pointer) -> Result<Pointer, StoreError> {
    Ok(Pointer { body: codec::pack_pointer(&pointer.body)?, ..pointer })
}

fn pack_receipt(mut receipt: Receipt) -> Result<PackedChange, StoreError> {
    let mut transcript = std::mem::take(&mut receipt.request);
    let request_bytes = transcript.len();
    transcript.append(&mut receipt.answer);
    let packed = codec::pack(&transcript)?;
    let is_shared = receipt.home == Home::shared(&receipt.exchange);
    Ok(PackedChange::PutReceipt { receipt, transcript: Transcript { request_bytes, packed }, is_shared })
}

fn pack_resources(resources: Vec<NewResource>) -> Result<Vec<Parcel>, StoreError> {
    let (mut parcels, mut parcel, mut bodies) = (Vec::new(), Parcel::default(), Vec::new());
    for NewResource { resource_type, id, body, mut keys } in resources {
        if !bodies.is_empty() && bodies.len() + body.len() > PARCEL_BYTES_MAX {
            parcels.push(Parcel { packed: codec::pack(&bodies)?, ..std::mem::take(&mut parcel) });
            bodies.clear();
        }
        keys.sort_unstable();
        keys.dedup();
        let (start, bytes) = (bodies.len(), body.len());
        bodies.extend_from_slice(&body);
        parcel.resources.push(PackedResource { resource_type, id, keys, start, bytes });
    }
    if !parcel.resources.is_empty() {
        parcels.push(Parcel { packed: codec::pack(&bodies)?, ..parcel });
    }
    Ok(parcels)
}

/// Takes a transcript apart again: request, answer.
///
/// # Errors
///
/// `Corrupt` when it is not what was written.
pub(crate) fn unpack_transcript(
    keys: &Keys,
    referral: ReferralId,
    request_bytes: i64,
    packed: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let mut request = keys.unpack(Kind::Transcript, referral.into(), packed)?;
    match usize::try_from(request_bytes) {
        Ok(end) if end <= request.len() => {
            let answer = request.split_off(end);
            Ok((request, answer))
        }
        _ => Err(StoreError::Corrupt("a receipt shorter than its request".into())),
    }
}

fn body_bytes(change: &Change) -> usize {
    match change {
        Change::PutReceipt(receipt) => receipt.request.len() + receipt.answer.len(),
        Change::ReplaceResources { resources, .. } | Change::PutResources { resources, .. } => {
            resources.iter().map(|resource| resource.body.len()).sum()
        }
        Change::PutPointer(pointer) | Change::AdoptPointer(pointer) => pointer.body.len(),
        Change::PutNotice(notice) => notice.body.len(),
        Change::PutOrphan(orphan) => orphan.request.len(),
        Change::PutReferral(_)
        | Change::PutNames { .. }
        | Change::DropOrphans { .. }
        | Change::Erase { .. }
        | Change::Redact(_)
        | Change::PutAudit(_)
        | Change::Access(_)
        | Change::ForgetExpired(_) => 0,
    }
}

fn packed_bytes(change: &PackedChange) -> usize {
    match change {
        PackedChange::PutReceipt { transcript, .. } => transcript.packed.len(),
        PackedChange::ReplaceResources { parcels, .. } | PackedChange::PutResources { parcels, .. } => {
            parcels.iter().map(|parcel| parcel.packed.len()).sum()
        }
        PackedChange::PutPointer(pointer) | PackedChange::AdoptPointer(pointer) => pointer.body.len(),
        PackedChange::PutNotice(notice) => notice.body.len(),
        PackedChange::PutOrphan(orphan) => orphan.request.len(),
        PackedChange::PutSeals(_)
        | PackedChange::PutReferral(_)
        | PackedChange::PutNames { .. }
        | PackedChange::DropOrphans(_)
        | PackedChange::Erase(_)
        | PackedChange::Redact(_)
        | PackedChange::PutAudit(_)
        | PackedChange::Access(_)
        | PackedChange::ForgetExpired(_) => 0,
    }
}

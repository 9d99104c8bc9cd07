//! The tree over the audit as columns have it.

use baton_exchange::{
    audit::{Checkpoint, Edge, Growth, Hash, Leaf, Personal, Salt},
    time::Timestamp,
};

use crate::{StoreError, column::count};

/// Bytes of a hash.
const HASH_BYTES: usize = 32;

/// The columns of a checkpoint.
pub(crate) struct CheckpointRow<'r> {
    pub(crate) size: i64,
    pub(crate) at: i64,
    pub(crate) peaks: &'r [u8],
    pub(crate) link: &'r [u8],
    pub(crate) note: &'r str,
}

impl CheckpointRow<'_> {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// `Corrupt` when the tree cannot have that edge at that size.
    pub(crate) fn read(&self) -> Result<Checkpoint, StoreError> {
        let (peaks, rest) = self.peaks.as_chunks::<HASH_BYTES>();
        let edge = Edge::of(count(self.size)?, peaks.iter().copied().map(Hash).collect());
        let edge = edge.filter(|_| rest.is_empty()).ok_or_else(|| damaged("checkpoint"))?;
        Ok(Checkpoint { at: Timestamp(self.at), edge, link: hash(self.link)?, note: self.note.to_owned() })
    }
}

/// Peaks in one column.
pub(crate) fn join_peaks(edge: &Edge) -> Vec<u8> {
    edge.peaks().iter().flat_map(|peak| peak.0).collect()
}

/// A size or a number as its column has it.
pub(crate) fn number(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// Reads the columns of a leaf.
///
/// # Errors
///
/// `Corrupt` when one has the wrong length.
pub(crate) fn leaf(
    number: i64,
    hashes: [&[u8]; 2],
    salt: &[u8],
    withheld: Option<&[u8]>,
) -> Result<(u64, Leaf), StoreError> {
    let [own, link] = hashes;
    let personal = match withheld {
        Some(withheld) => Personal::Dropped(hash(withheld)?),
        None => Personal::Kept(salt.try_into().map(Salt).map_err(|_| damaged("salt"))?),
    };
    Ok((count(number)?, Leaf { hash: hash(own)?, link: hash(link)?, personal }))
}

/// The columns `salt` and `withheld`.
pub(crate) fn personal(leaf: &Leaf) -> (&[u8], Option<&[u8]>) {
    match &leaf.personal {
        Personal::Kept(salt) => (&salt.0, None),
        Personal::Dropped(withheld) => (&[], Some(&withheld.0)),
    }
}

/// The leaves of a growth with their numbers.
pub(crate) fn numbered(growth: &Growth) -> impl Iterator<Item = (u64, &Leaf)> {
    (growth.from + 1..).zip(&growth.leaves)
}

fn hash(bytes: &[u8]) -> Result<Hash, StoreError> {
    bytes.try_into().map(Hash).map_err(|_| damaged("hash"))
}

fn damaged(what: &str) -> StoreError {
    StoreError::Corrupt(format!("a {what} of the audit's tree that cannot be one"))
}

//! How the key file looks: one page of head, then blocks of slots of one size. A slot never crosses a sector, so a disk
//! writes it whole or not at all.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::{Slot, key::Key};
use crate::StoreError;

pub(super) const KEY_BYTES: usize = 32;
pub(super) const SLOT_BYTES: usize = 64;
/// Keys are made in blocks of this many, so that a new referral seldom waits for the disk.
pub(super) const BLOCK_SLOTS: u32 = 256;
pub(super) const BLOCK_BYTES: usize = SLOT_BYTES * BLOCK_SLOTS as usize;
pub(super) const HEAD_BYTES: usize = 4096;

const MAGIC: &[u8; 8] = b"BatonKey";
const VERSION: u32 = 1;
const BLIND: Range<usize> = 16..48;
const HEAD_SUM: Range<usize> = 48..80;

const STATE: Range<usize> = 0..4;
const NUMBER: Range<usize> = 4..8;
pub(super) const KEY: Range<usize> = 8..40;
const SUM: Range<usize> = 40..56;

const LIVING: &[u8; 4] = b"KEY.";
const DESTROYED: &[u8; 4] = b"GONE";

/// What is in a slot.
pub(super) enum Held {
    Key(Key),
    /// There was a key, and it was destroyed.
    Destroyed,
    /// No key was ever finished here.
    Nothing,
}

/// The head of a new file.
pub(super) fn head(blind: &[u8; KEY_BYTES]) -> [u8; HEAD_BYTES] {
    let mut head = [0; HEAD_BYTES];
    head[..8].copy_from_slice(MAGIC);
    head[8..12].copy_from_slice(&VERSION.to_be_bytes());
    head[12..16].copy_from_slice(&(SLOT_BYTES as u32).to_be_bytes());
    head[BLIND].copy_from_slice(blind);
    let sum = Sha256::digest(&head[..HEAD_SUM.start]);
    head[HEAD_SUM].copy_from_slice(&sum);
    head
}

/// The secret in a head, by which search keys are blinded.
///
/// # Errors
///
/// `Corrupt` when it is no head that this program wrote, `Unavailable` when a newer program wrote it.
pub(super) fn blind_of(head: &[u8; HEAD_BYTES]) -> Result<[u8; KEY_BYTES], StoreError> {
    let version = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
    if head[..8] != *MAGIC {
        return Err(StoreError::Corrupt("the key file is the file of another program".into()));
    }
    if version > VERSION {
        return Err(StoreError::Unavailable(format!("the key file has the form {version} of a newer program")));
    }
    let sum = Sha256::digest(&head[..HEAD_SUM.start]);
    if head[HEAD_SUM] != sum[..] || version != VERSION {
        return Err(StoreError::Corrupt("the head of the key file is damaged".into()));
    }
    let mut blind = [0; KEY_BYTES];
    blind.copy_from_slice(&head[BLIND]);
    Ok(blind)
}

/// Where a slot begins in the file.
pub(super) fn offset(slot: Slot) -> u64 {
    HEAD_BYTES as u64 + u64::from(slot.0) * SLOT_BYTES as u64
}

/// Writes a key into a slot.
pub(super) fn put_key(bytes: &mut [u8; SLOT_BYTES], slot: Slot, key: &[u8; KEY_BYTES]) {
    bytes[STATE].copy_from_slice(LIVING);
    bytes[NUMBER].copy_from_slice(&slot.0.to_be_bytes());
    bytes[KEY].copy_from_slice(key);
    bytes[SUM].copy_from_slice(&sum(slot, key));
}

/// A slot whose key is gone, with something in its place.
pub(super) fn destroyed(slot: Slot, filling: &[u8; KEY_BYTES]) -> [u8; SLOT_BYTES] {
    let mut bytes = [0; SLOT_BYTES];
    bytes[STATE].copy_from_slice(DESTROYED);
    bytes[NUMBER].copy_from_slice(&slot.0.to_be_bytes());
    bytes[KEY].copy_from_slice(filling);
    bytes[SUM].copy_from_slice(&filling[..SUM.len()]);
    bytes
}

/// Reads a slot.
///
/// # Errors
///
/// `Corrupt` when it is neither a key nor what is left of one.
pub(super) fn held(bytes: &[u8; SLOT_BYTES], slot: Slot) -> Result<Held, StoreError> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(Held::Nothing);
    }
    let mut key = [0; KEY_BYTES];
    key.copy_from_slice(&bytes[KEY]);
    let key = Key::new(key);
    let is_here = bytes[NUMBER] == slot.0.to_be_bytes();
    if is_here && bytes[STATE] == *DESTROYED {
        return Ok(Held::Destroyed);
    }
    if is_here && bytes[STATE] == *LIVING && bytes[SUM] == sum(slot, key.bytes()) {
        return Ok(Held::Key(key));
    }
    Err(StoreError::Corrupt(format!("slot {} of the key file is damaged", slot.0)))
}

/// By which a damaged key is noticed. It says nothing about the key, and goes with it.
fn sum(slot: Slot, key: &[u8; KEY_BYTES]) -> [u8; 16] {
    let mut sum = [0; 16];
    let whole = Sha256::new().chain_update(b"key").chain_update(slot.0.to_be_bytes()).chain_update(key).finalize();
    sum.copy_from_slice(&whole[..16]);
    sum
}

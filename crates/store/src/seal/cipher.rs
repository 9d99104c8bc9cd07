//! Seals and unseals bodies: AES-256-GCM with a nonce by chance, bound to the owner, the slot and the kind of body.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};

use super::{Kind, Owner, SEALED, Slot, key::Key};
use crate::StoreError;

/// Codec byte, slot, nonce.
const HEAD_BYTES: usize = 1 + SLOT_BYTES + NONCE_LEN;
const SLOT_BYTES: usize = 4;
/// The first bytes of what a seal is bound to. Another form gets another number.
const FORM: &[u8; 7] = b"baton-1";
const BOUND_BYTES: usize = FORM.len() + 1 + 16 + SLOT_BYTES;

/// A key at work.
pub(crate) struct Cipher {
    slot: Slot,
    key: RandomizedNonceKey,
}

impl Cipher {
    pub(super) fn new(slot: Slot, key: &Key) -> Result<Cipher, StoreError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, key.bytes());
        key.map(|key| Cipher { slot, key }).map_err(|_| StoreError::Bug("a key of the wrong length".into()))
    }

    /// The body as it is kept: the codec byte, where the key is, the nonce, and what only the key opens.
    ///
    /// # Errors
    ///
    /// `Bug` when it cannot be sealed, which only happens with bodies of many gigabytes.
    pub(crate) fn seal(&self, kind: Kind, owner: Owner, packed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut sealed = packed.to_vec();
        let nonce = self.key.seal_in_place_append_tag(Aad::from(bound(self.slot, kind, owner)), &mut sealed);
        let nonce = nonce.map_err(|_| StoreError::Bug("a body that could not be sealed".into()))?;
        let mut kept = Vec::with_capacity(HEAD_BYTES + sealed.len());
        kept.push(SEALED);
        kept.extend_from_slice(&self.slot.0.to_be_bytes());
        kept.extend_from_slice(nonce.as_ref());
        kept.append(&mut sealed);
        Ok(kept)
    }

    /// What was sealed.
    ///
    /// # Errors
    ///
    /// `Corrupt` when another key sealed it, for another owner or as another kind of body, or when it was changed.
    pub(super) fn unseal(&self, kind: Kind, owner: Owner, kept: &[u8]) -> Result<Vec<u8>, StoreError> {
        let damaged = || StoreError::Corrupt("a sealed body that its key does not open".into());
        let (head, sealed) = kept.split_at_checked(HEAD_BYTES).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(&head[1 + SLOT_BYTES..]).map_err(|_| damaged())?;
        let mut sealed = sealed.to_vec();
        let bound = Aad::from(bound(self.slot, kind, owner));
        let length = self.key.open_in_place(nonce, bound, &mut sealed).map_err(|_| damaged())?.len();
        sealed.truncate(length);
        Ok(sealed)
    }
}

/// Where the key of a body is; nothing for a body that is not sealed.
///
/// # Errors
///
/// `Corrupt` when the body is too short to be one.
pub(super) fn slot_of(kept: &[u8]) -> Result<Option<Slot>, StoreError> {
    if kept.first() != Some(&SEALED) {
        return Ok(None);
    }
    let slot = kept[1..].first_chunk::<SLOT_BYTES>();
    let slot = slot.ok_or_else(|| StoreError::Corrupt("a sealed body without its head".into()))?;
    Ok(Some(Slot(u32::from_be_bytes(*slot))))
}

fn bound(slot: Slot, kind: Kind, owner: Owner) -> [u8; BOUND_BYTES] {
    let mut bound = [0; BOUND_BYTES];
    let parts = [FORM.as_slice(), &[kind.code()], &owner.0, &slot.0.to_be_bytes()];
    for (place, byte) in bound.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    bound
}

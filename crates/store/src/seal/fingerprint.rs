//! By what a database knows its key file again, so that it is never read, and nothing in it ever cleared, by the keys of another.

use aws_lc_rs::hmac;
use zeroize::Zeroize;

use super::layout::KEY_BYTES;
use crate::StoreError;

/// What is signed. Nothing else is ever signed with the secret itself: search keys are blinded with what is derived of it.
const WORDS: &[u8] = b"baton: the fingerprint of a key file";

/// A digest of the secret in the head of a key file, which is as old as the file and never changes.
///
/// It stands in the database and so in each copy of it, and says nothing to whoever reads it: an HMAC under a key of 256 random
/// bits, which cannot be guessed, neither shows its key nor what else was made with it. The keys of referrals have no part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(crate) fn of(mut secret: [u8; KEY_BYTES]) -> Fingerprint {
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), WORDS);
        secret.zeroize();
        let mut bytes = [0; 32];
        bytes.copy_from_slice(tag.as_ref());
        Fingerprint(bytes)
    }

    /// As it stands in a database.
    ///
    /// # Errors
    ///
    /// `Corrupt` when it has another length.
    pub(crate) fn read(bytes: &[u8]) -> Result<Fingerprint, StoreError> {
        let bytes = bytes.try_into().map_err(|_| StoreError::Corrupt("a fingerprint of the wrong length".into()))?;
        Ok(Fingerprint(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

//! The key of one referral, in memory for as long as one body or one batch takes.

use zeroize::Zeroize;

use super::layout::KEY_BYTES;

/// 256 random bits. They are written over when nobody holds the key any more.
pub(crate) struct Key([u8; KEY_BYTES]);

impl Key {
    pub(super) fn new(bytes: [u8; KEY_BYTES]) -> Key {
        Key(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

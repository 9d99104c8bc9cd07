//! Unsalted hashes: weak pseudonyms, since whoever guesses the text knows it again.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use md5::{Digest, Md5};
use sha2::Sha256;

use super::form::{Form, hex};

/// A hash may have been cut to this length.
const KEPT_BYTES: usize = 16;

/// The hashes of a text, as bytes and in hex.
pub(super) fn of(text: &[u8]) -> Vec<Form> {
    let hashes = [
        ("MD5", Md5::digest(text).to_vec()),
        ("SHA-1", digest(&SHA1_FOR_LEGACY_USE_ONLY, text).as_ref().to_vec()),
        ("SHA-256", Sha256::digest(text).to_vec()),
    ];
    let mut forms = Vec::new();
    for (name, hash) in hashes {
        let kept = &hash[..KEPT_BYTES];
        forms.extend(hex(kept).into_iter().map(|(_, hex)| (name, hex)));
        forms.push((name, kept.to_vec()));
    }
    forms
}

//! A query sealed to a key that this program has not. Source: RFC 9180.

use baton_exchange::audit::Sealed;
use tokio_rustls::rustls::crypto::hpke::{EncapsulatedSecret, HpkePublicKey};

use super::key::{OfficerKey, OpeningKey, suite};
use crate::failure::Failure;

/// How much of a request is sealed. What is longer is refused; what its line keeps is cut, and it is said that it was.
pub const QUERY_BYTES_MAX: usize = 16 * 1024;
/// Sealed queries have lengths in such steps, so that a length does not say what was asked.
const STEP: usize = 256;
/// What the key is used for, so that what is sealed for something else never opens as this.
const USE: &[u8] = b"baton audit query 1";
/// The first byte. Another way to seal gets another.
const FORM: u8 = 1;
/// Bytes of an X25519 key.
const SHARE_BYTES: usize = 32;

/// Why a query stays closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// It is for another officer.
    #[error("sealed to another key, baton-queries-{0:08x}")]
    OtherKey(u32),
    /// It is not what was sealed, or stands in another line.
    #[error("not what was sealed for this line")]
    Changed,
}

/// A query that was opened.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The request: method and address, and behind an empty line a form.
    pub text: String,
    /// Whether there was more of it.
    pub is_cut: bool,
}

/// Seals a request to an officer, so that it opens for nobody else and with nothing else beside it.
///
/// # Errors
/// [`Failure::Bug`] when the key is none.
pub(super) fn seal(officer: &OfficerKey, beside: &[u8], request: &str) -> Result<Sealed, Failure> {
    let key = HpkePublicKey(officer.bytes().to_vec());
    let sealed = suite().seal(USE, beside, &padded(request), &key);
    let (share, text) = sealed.map_err(|error| Failure::Bug(format!("a query could not be sealed: {error}")))?;
    Ok(Sealed([&[FORM], &officer.id()[..], &share.0, &text].concat()))
}

/// One byte for whether it was cut, two for its length, and zeros behind it.
fn padded(request: &str) -> Vec<u8> {
    let kept = &request[..request.floor_char_boundary(QUERY_BYTES_MAX)];
    let length = u16::try_from(kept.len()).unwrap_or(u16::MAX);
    let mut padded = vec![u8::from(kept.len() < request.len())];
    padded.extend(length.to_be_bytes());
    padded.extend(kept.as_bytes());
    padded.resize(padded.len().next_multiple_of(STEP), 0);
    padded
}

fn unpadded(padded: &[u8]) -> Option<Opened> {
    let (&[cut, high, low], rest) = padded.split_first_chunk::<3>()?;
    let text = rest.get(..usize::from(u16::from_be_bytes([high, low])))?;
    Some(Opened { text: String::from_utf8(text.to_vec()).ok()?, is_cut: cut == 1 })
}

impl OpeningKey {
    /// Opens what was sealed for a line.
    ///
    /// # Errors
    /// [`NotOpened`]
    pub fn opened(&self, beside: &[u8], sealed: &Sealed) -> Result<Opened, NotOpened> {
        let (&[FORM, id @ ..], rest) = sealed.0.split_first_chunk::<5>().ok_or(NotOpened::Changed)? else {
            return Err(NotOpened::Changed);
        };
        if id != self.public().id() {
            return Err(NotOpened::OtherKey(u32::from_be_bytes(id)));
        }
        let (share, text) = rest.split_at_checked(SHARE_BYTES).ok_or(NotOpened::Changed)?;
        let share = EncapsulatedSecret(share.to_vec());
        let opened = suite().open(&share, USE, beside, text, self.private());
        opened.ok().and_then(|padded| unpadded(&padded)).ok_or(NotOpened::Changed)
    }
}

#[cfg(test)]
mod tests {
    use super::{NotOpened, OpeningKey, QUERY_BYTES_MAX, Sealed, seal};

    const REQUEST: &str = "GET /n/DocumentReference?subject=9876543210";

    fn key() -> OpeningKey {
        let folder = tempfile::tempdir().expect("a temporary folder");
        OpeningKey::make(&folder.path().join("key")).expect("it can be made")
    }

    fn sealed(key: &OpeningKey, request: &str) -> Sealed {
        seal(key.public(), b"line 1", request).expect("it can be sealed")
    }

    #[test]
    fn what_was_sealed_opens_with_the_key_in_its_line_and_nowhere_else() {
        let (key, other) = (key(), key());
        let closed = sealed(&key, REQUEST);
        let opened = key.opened(b"line 1", &closed).expect("it is what was sealed");
        assert_eq!((opened.text.as_str(), opened.is_cut), (REQUEST, false));
        assert!(matches!(key.opened(b"line 2", &closed), Err(NotOpened::Changed)));
        let id = u32::from_be_bytes(key.public().id());
        assert!(matches!(other.opened(b"line 1", &closed), Err(NotOpened::OtherKey(its)) if its == id));
        assert_ne!(sealed(&key, REQUEST), closed, "the same question does not look the same");
    }

    /// Threat: T116
    #[test]
    fn what_is_sealed_shows_neither_the_text_nor_its_length_and_stays_closed_when_it_is_changed() {
        let key = key();
        let closed = sealed(&key, REQUEST);
        assert!(!closed.0.windows(10).any(|part| part == b"9876543210"));
        assert_eq!(sealed(&key, "GET /n/DocumentReference").0.len(), closed.0.len());
        for place in (0..closed.0.len()).step_by(7) {
            let mut changed = closed.clone();
            changed.0[place] ^= 1;
            assert!(key.opened(b"line 1", &changed).is_err(), "{place}");
            assert!(key.opened(b"line 1", &Sealed(closed.0[..place].to_vec())).is_err(), "{place}");
        }
    }

    #[test]
    fn a_request_of_16_kib_is_sealed_whole_and_one_over_is_cut_with_a_mark() {
        let key = key();
        let opened = |request: &str| {
            let opened = key.opened(b"line 1", &sealed(&key, request)).expect("it is what was sealed");
            (opened.text.len(), opened.is_cut)
        };
        assert_eq!(opened(&"a".repeat(QUERY_BYTES_MAX)), (QUERY_BYTES_MAX, false));
        assert_eq!(opened(&"a".repeat(QUERY_BYTES_MAX + 1)), (QUERY_BYTES_MAX, true));
        // no character is cut in two
        assert_eq!(opened(&format!("a{}", "é".repeat(QUERY_BYTES_MAX / 2))), (QUERY_BYTES_MAX - 1, true));
    }
}

//! The logical id of a pointer, which also tells where the pointer lives.
//! Source: NRL "Pointer FHIR Resource", logical id: a UUID, a hyphen, and twenty characters more.

use crate::id::{ExchangeId, Home, short_hash};

/// How many homes an exchange's pointers are spread over. A power of two, and few: a home must tell next to nothing about
/// the patient, because it is part of an id that stands in URLs.
const HOMES: u16 = 1 << 12;

/// A home of pointers: one of a fixed number, so that both a patient and an id lead to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bucket(u16);

impl Bucket {
    /// The bucket of a patient's pointers.
    #[must_use]
    pub fn of(subject: super::SubjectKey) -> Bucket {
        let [first, second, ..] = subject.0;
        Bucket(u16::from_be_bytes([first, second]) % HOMES)
    }

    /// All buckets.
    pub fn all() -> impl Iterator<Item = Bucket> {
        (0..HOMES).map(Bucket)
    }

    /// Where the pointers of this bucket live.
    #[must_use]
    pub fn home(self, exchange: &ExchangeId) -> Home {
        let digest = short_hash(&[b"pointer-home", exchange.as_str().as_bytes(), &self.0.to_be_bytes()]);
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Home(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

/// The logical id of a pointer: a time-ordered UUID, the bucket in three hexadecimal digits, and seventeen random ones.
/// Clients take it as one opaque word.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PointerId(pub [u8; PointerId::BYTES]);

impl PointerId {
    /// How many bytes it has in columns.
    pub const BYTES: usize = 26;
    /// How many characters it has in documents.
    const CHARS: usize = 36 + 1 + 20;

    /// A new id for a pointer about a patient. `uuid` is time-ordered, `chance` is random.
    #[must_use]
    pub fn new(subject: super::SubjectKey, uuid: [u8; 16], chance: [u8; 10]) -> PointerId {
        let mut bytes = [0; PointerId::BYTES];
        bytes[..16].copy_from_slice(&uuid);
        bytes[16..].copy_from_slice(&chance);
        let [high, low] = Bucket::of(subject).0.to_be_bytes();
        bytes[16] = high << 4 | low >> 4;
        bytes[17] = low << 4 | bytes[17] & 0x0F;
        PointerId(bytes)
    }

    /// Reads an id. Nothing for what no locator has ever given out.
    #[must_use]
    pub fn parse(text: &str) -> Option<PointerId> {
        let text = text.as_bytes();
        let is_hyphen = |at: usize| matches!(at, 8 | 13 | 18 | 23 | 36);
        if text.len() != PointerId::CHARS || (0..text.len()).any(|at| is_hyphen(at) != (text[at] == b'-')) {
            return None;
        }
        let mut digits = text.iter().filter(|byte| **byte != b'-').map(|byte| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        });
        let mut bytes = [0; PointerId::BYTES];
        for byte in &mut bytes {
            *byte = digits.next()?? << 4 | digits.next()??;
        }
        Some(PointerId(bytes))
    }

    /// The bucket that it names.
    #[must_use]
    pub fn bucket(self) -> Bucket {
        let high = self.0[16] >> 4;
        let low = self.0[16] << 4 | self.0[17] >> 4;
        Bucket(u16::from_be_bytes([high, low]))
    }
}

impl std::fmt::Display for PointerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            if matches!(at, 4 | 6 | 8 | 10 | 16) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for PointerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PointerId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, PointerId};
    use crate::pointer::SubjectKey;

    fn subject(first: u8) -> SubjectKey {
        SubjectKey([first; 16])
    }

    #[test]
    fn an_id_leads_to_the_home_of_its_patient() {
        for first in [0, 1, 0x7F, 0xAB, 0xFF] {
            let id = PointerId::new(subject(first), [first; 16], [0xFF; 10]);
            assert_eq!(id.bucket(), Bucket::of(subject(first)));
            assert_eq!(id.bucket().home(&"nrl".into()), Bucket::of(subject(first)).home(&"nrl".into()));
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let id = PointerId::new(
            subject(0xAB),
            *b"\x01\x9a\xbc\xde\xf0\x12\x73\x45\x89\xab\xcd\xef\x01\x23\x45\x67",
            [7; 10],
        );
        let written = id.to_string();
        assert_eq!(written, "019abcde-f012-7345-89ab-cdef01234567-bab70707070707070707");
        assert_eq!(PointerId::parse(&written), Some(id));
    }

    #[test]
    fn other_words_are_no_ids() {
        let id = "019abcde-f012-7345-89ab-cdef01234567-bab70707070707070707";
        let shouted = id.to_uppercase();
        let others = ["", "1", "not an id", &id[1..], &format!("{id}0"), &shouted, &id.replace('-', "0")];
        for other in others {
            assert_eq!(PointerId::parse(other), None, "{other}");
        }
    }

    #[test]
    fn every_patient_is_in_one_of_all_buckets() {
        assert_eq!(Bucket::all().count(), 4096);
        assert!([0, 1, 0x7F, 0xFF].into_iter().all(|first| Bucket::all().any(|one| one == Bucket::of(subject(first)))));
    }

    #[test]
    fn exchanges_share_no_home() {
        let bucket = Bucket::of(subject(1));
        assert_ne!(bucket.home(&"a".into()), bucket.home(&"b".into()));
    }
}

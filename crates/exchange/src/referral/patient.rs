//! How the same patient is recognised from one message to the next.

use crate::id::short_hash;

/// A hash by which the same patient is recognised: of a logical id or of an identifier. Prints as `…`.
///
/// The first byte says what it is the hash of, the others tell nothing about the value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PatientKey(pub [u8; 16]);

const OF_ID: u8 = 1;
const OF_IDENTIFIER: u8 = 2;

impl PatientKey {
    /// The key of a logical id that stays the same from message to message.
    #[must_use]
    pub fn id(id: &str) -> PatientKey {
        PatientKey::tagged(OF_ID, &[b"patient-id", id.as_bytes()])
    }

    /// The key of an identifier; an absent system is the empty text.
    #[must_use]
    pub fn identifier(system: &str, value: &str) -> PatientKey {
        PatientKey::tagged(OF_IDENTIFIER, &[b"patient-identifier", system.as_bytes(), value.as_bytes()])
    }

    fn tagged(kind: u8, parts: &[&[u8]]) -> PatientKey {
        let mut key = short_hash(parts);
        key[0] = kind;
        PatientKey(key)
    }

    fn is_of_id(self) -> bool {
        self.0[0] == OF_ID
    }
}

impl std::fmt::Debug for PatientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientKey(…)")
    }
}

/// Whether two messages are about the same patient.
///
/// Logical ids decide where both messages have one. Where one has none that lasts (a `urn:uuid` is new in each message),
/// an identifier in common is enough. Where nothing can be compared the answer is no: a referral must never come to
/// mean another person.
#[must_use]
pub fn is_same_patient(known: &[PatientKey], now: &[PatientKey]) -> bool {
    let has_id = |keys: &[PatientKey]| keys.iter().any(|key| key.is_of_id());
    let by_id = has_id(known) && has_id(now);
    known.iter().any(|key| key.is_of_id() == by_id && now.contains(key))
}

/// What to remember once a message was found to be about the known patient: what it says, and the logical id from
/// before where it says none that lasts.
pub(super) fn remembered(known: &[PatientKey], now: &[PatientKey]) -> Vec<PatientKey> {
    let mut keys = now.to_vec();
    if !now.iter().any(|key| key.is_of_id()) {
        keys.extend(known.iter().filter(|key| key.is_of_id()));
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::{PatientKey, is_same_patient};

    fn keys(ids: &[&str], identifiers: &[&str]) -> Vec<PatientKey> {
        let identifiers = identifiers.iter().map(|value| PatientKey::identifier("s", value));
        ids.iter().map(|id| PatientKey::id(id)).chain(identifiers).collect()
    }

    #[test]
    fn another_logical_id_is_another_patient_whatever_the_identifiers_say() {
        assert!(!is_same_patient(&keys(&["a"], &["1"]), &keys(&["b"], &["1"])));
    }

    #[test]
    fn nothing_in_common_is_another_patient() {
        assert!(!is_same_patient(&keys(&["a"], &["1"]), &keys(&[], &["2"])));
        assert!(!is_same_patient(&keys(&[], &[]), &keys(&[], &[])));
    }

    #[test]
    fn an_id_is_no_identifier() {
        assert!(!is_same_patient(&[PatientKey::id("a")], &[PatientKey::identifier("", "a")]));
    }

    #[test]
    fn the_same_logical_id_is_the_same_patient() {
        assert!(is_same_patient(&keys(&["a"], &["1"]), &keys(&["a"], &["2"])));
    }

    #[test]
    fn without_a_lasting_id_a_common_identifier_is_enough() {
        assert!(is_same_patient(&keys(&["a"], &["1", "2"]), &keys(&[], &["2", "3"])));
        assert!(is_same_patient(&keys(&[], &["1"]), &keys(&[], &["1"])));
    }
}

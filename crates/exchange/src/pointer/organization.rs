//! Organisations by their code in the Organisation Data Service.
//! Source: NRL "Pointer FHIR Resource", author and custodian.

use std::sync::Arc;

/// The code of an organisation, in upper case: codes are compared without case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ods(Arc<str>);

/// Codes in use have 3 to 5 characters; some room is left.
const CHARS_MAX: usize = 12;

impl Ods {
    /// Reads a code: one to twelve letters and digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Ods> {
        let fits = (1..=CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Ods(text.to_ascii_uppercase().into()))
    }

    /// The code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Ods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Ods;

    #[test]
    fn codes_are_letters_and_digits() {
        for other in ["", "RR8 ", "R-8", "RR8/1", "ABCDEFGHIJKLM", "RÄ8"] {
            assert_eq!(Ods::parse(other), None, "{other}");
        }
    }

    #[test]
    fn codes_are_compared_without_case() {
        assert_eq!(Ods::parse("rr8"), Ods::parse("RR8"));
        assert_eq!(Ods::parse("ABCDEFGHIJKL").map(|ods| ods.to_string()).as_deref(), Some("ABCDEFGHIJKL"));
    }
}

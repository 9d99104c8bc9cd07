//! How the guide names patients and organisations: by fixed addresses that end in a number or a code.
//! Source: NRL "Pointer FHIR Resource", subject, author, custodian; "API Search", parameters.

use baton_exchange::pointer::{Ods, SubjectKey};

use super::{fault::Fault, number::is_nhs_number};

const PATIENT: &str = "https://demographics.spineservices.nhs.uk/STU3/Patient/";
const ORGANIZATION: &str = "https://directory.spineservices.nhs.uk/STU3/Organization/";

/// A patient by NHS number.
#[derive(Clone, PartialEq, Eq)]
pub struct Subject {
    number: String,
}

impl Subject {
    /// Reads the address of a patient.
    ///
    /// # Errors
    /// [`Fault::SubjectForm`] or [`Fault::NhsNumber`].
    pub fn parse(reference: &str) -> Result<Subject, Fault> {
        let number = reference.strip_prefix(PATIENT).filter(|number| !number.is_empty()).ok_or(Fault::SubjectForm)?;
        if is_nhs_number(number) {
            Ok(Subject { number: number.to_owned() })
        } else {
            Err(Fault::NhsNumber { number: shown(number) })
        }
    }

    /// The patient with a number; nothing when it is no NHS number.
    #[must_use]
    pub fn of_number(number: &str) -> Option<Subject> {
        is_nhs_number(number).then(|| Subject { number: number.to_owned() })
    }

    /// The NHS number.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// By which pointers are found.
    #[must_use]
    pub fn key(&self) -> SubjectKey {
        SubjectKey::of(&self.number)
    }
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Subject(…)")
    }
}

/// What an address of an organisation ends in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Organization {
    /// A code.
    Code(Ods),
    /// Nothing that could be a code.
    NoCode,
}

/// Reads the address of an organisation. Nothing when it is another address.
pub(super) fn organization(reference: &str) -> Option<Organization> {
    let code = reference.strip_prefix(ORGANIZATION)?;
    Some(Ods::parse(code).map_or(Organization::NoCode, Organization::Code))
}

/// A caller's text in an answer: the guide wants it quoted, but not a book.
pub(super) fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

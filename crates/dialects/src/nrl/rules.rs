//! Rules of the profile that FHIR does not have, by stable ids. The guide itself names codes and texts, see `texts.toml`.
//! Source: NRL "Pointer FHIR Resource", "Invalid Resource (Create, Supersede)".

use baton_fhir::finding::{Rule, rules};

use super::fault::Fault;

rules! {
    /// The body is there.
    BODY = "nrl-body", Structure, Malformed, "the body is no document";
    /// Elements are as the profile has them.
    ELEMENT = "nrl-element", Invalid, Malformed, "an element is not as the profile has it";
    /// The resource names the profile.
    PROFILE = "nrl-profile", Invalid, Malformed, "the resource does not name the profile";
    /// A masterIdentifier is whole.
    MASTER = "nrl-master", Invalid, Malformed, "a masterIdentifier is incomplete";
    /// New pointers are current.
    STATUS = "nrl-status", Invalid, Malformed, "a new pointer is not current";
    /// Periods start.
    PERIOD = "nrl-period", Invalid, Malformed, "a period has no start";
    /// Patients are named by their address.
    SUBJECT = "nrl-subject", Invalid, Malformed, "the patient is not named by an address of the demographics service";
    /// Numbers of patients check.
    NUMBER = "nrl-number", Invalid, Malformed, "the number of the patient is no NHS number";
    /// Organisations are named by their address.
    ORGANIZATION = "nrl-organization", Invalid, Malformed, "an organisation is not named by an address of the directory";
    /// Organisations are known.
    ORGANIZATION_UNKNOWN = "nrl-organization-unknown", NotFound, Unprocessable, "the directory does not know the organisation as one that keeps pointers";
    /// All else about a request.
    REQUEST = "nrl-request", Invalid, Malformed, "the request is refused";
}

/// The rule that a fault breaks.
pub(super) fn rule(fault: &Fault) -> &'static Rule {
    match fault {
        Fault::BodyUnreadable | Fault::BodyMalformed { .. } => &BODY,
        Fault::Element { .. } | Fault::ElementBecause { .. } => &ELEMENT,
        Fault::Profile => &PROFILE,
        Fault::MasterIncomplete { .. } => &MASTER,
        Fault::StatusNotNew => &STATUS,
        Fault::Period => &PERIOD,
        Fault::SubjectForm | Fault::SubjectFormOfBody => &SUBJECT,
        Fault::NhsNumber { .. } => &NUMBER,
        Fault::OrganizationForm => &ORGANIZATION,
        Fault::OrganizationNotFound { .. } => &ORGANIZATION_UNKNOWN,
        _ => &REQUEST,
    }
}

//! What fills the gaps of a fault's text. A fault that gets a new field gets it here, too: the match has no rest.
//! Source: NRL "Error Handling".

use baton_exchange::refusal::Refusal;

use super::fault::Fault;

impl Fault {
    /// What fills a gap of its text; nothing for a gap that it does not know.
    pub(crate) fn field(&self, gap: &str) -> Option<&str> {
        let fields: &[(&str, &str)] = match self {
            Fault::TokenTimes { expected } => &[("expected", expected)],
            Fault::ClaimMissing { claim } => &[("claim", claim)],
            Fault::ClaimUnexpected { claim, other } => &[("claim", claim), ("other", other)],
            Fault::ClaimDiffers { claim, value, sub } => &[("claim", claim), ("value", value), ("sub", sub)],
            Fault::ClaimForm { claim, value, form } => &[("claim", claim), ("value", value), ("form", form)],
            Fault::SystemUnknown { asid } | Fault::SystemNotSender { asid } => &[("asid", asid)],
            Fault::ReasonWrong { value, expected } | Fault::ScopeWrong { value, expected } => {
                &[("value", value), ("expected", expected)]
            }
            Fault::OrganizationUnknown { ods }
            | Fault::CustodianUnknown { ods }
            | Fault::OrganizationNotFound { ods } => &[("ods", ods)],
            Fault::OrganizationNotTied { asid, ods } => &[("asid", asid), ("ods", ods)],
            Fault::SspHost { url } => &[("url", url)],
            Fault::RecordUnreachable { reason } => &[("reason", reason)],
            Fault::ParameterMissing { name } => &[("name", name)],
            Fault::ParameterInvalid { name } => &[("name", name)],
            Fault::IdAndQuery { verb } => &[("verb", verb)],
            Fault::ParameterUnsupported { name, value } => &[("name", name), ("value", value)],
            Fault::NhsNumber { number }
            | Fault::NhsNumberOfSearch { number }
            | Fault::NhsNumberOfUpdate { number }
            | Fault::PatientUnknown { number } => &[("number", number)],
            Fault::NoSuchId { id } | Fault::IdForm { id } => &[("id", id)],
            Fault::NoSuchMaster { identifier, number } => &[("identifier", identifier), ("number", number)],
            Fault::BodyMalformed { format, reason } => &[("format", format), ("reason", reason)],
            Fault::Element { element } => &[("element", element)],
            Fault::ElementBecause { element, reason } => &[("element", element), ("reason", reason)],
            Fault::MasterIncomplete { element } | Fault::PatchPart { element } => &[("element", element)],
            Fault::Duplicate { value, system } => &[("value", value), ("system", system)],
            Fault::Refusal(refusal) => return refusal_field(refusal, gap),
            Fault::TokenMissing
            | Fault::TokenSections
            | Fault::TokenEmpty
            | Fault::TokenUnreadable
            | Fault::TokenUntrusted
            | Fault::NotThatPatient
            | Fault::FromAsid
            | Fault::ToAsid
            | Fault::Certificate
            | Fault::SspFrom
            | Fault::SspTo
            | Fault::SspTrace
            | Fault::SspInteraction
            | Fault::SspProvider
            | Fault::MediaType
            | Fault::SubjectForm
            | Fault::SubjectFormOfBody
            | Fault::OrganizationForm
            | Fault::IdentifierForm
            | Fault::TypeSystem
            | Fault::TypeCode
            | Fault::BodyUnreadable
            | Fault::Profile
            | Fault::StatusNotNew
            | Fault::Period
            | Fault::PatchValue
            | Fault::NotOwner
            | Fault::Failure
            | Fault::Unavailable => &[],
        };
        fields.iter().find(|(name, _)| *name == gap).map(|(_, value)| *value)
    }
}

fn refusal_field<'r>(refusal: &'r Refusal, gap: &str) -> Option<&'r str> {
    match (refusal, gap) {
        (Refusal::SupersedesOtherCustodian { custodian }, "custodian") => Some(custodian.as_str()),
        (Refusal::MethodNotAllowed { allow }, "allow") => Some(allow),
        (Refusal::ParameterInvalid { name, .. } | Refusal::ParameterUnsupported { name }, "name") => Some(name),
        _ => None,
    }
}

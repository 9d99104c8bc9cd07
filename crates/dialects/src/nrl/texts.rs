//! The table of texts, read once: what each fault and each success is called in each wording.
//! Source: texts.toml beside this file, which names its own.

use std::{collections::BTreeMap, sync::LazyLock};

use baton_exchange::audit::Interaction;
use serde::Deserialize;

use super::{fault::Fault, wording::Wording};
use crate::outcomes::Outcomes;

/// The table.
pub(super) fn texts() -> &'static Texts {
    static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
        toml::from_str(include_str!("texts.toml")).expect("the table is part of the program, and a test reads it")
    });
    &TEXTS
}

/// One row: how something is said.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) status: u16,
    #[serde(default = "error")]
    pub(super) severity: String,
    pub(super) issue: String,
    pub(super) code: String,
    pub(super) display: String,
    pub(super) diagnostics: String,
    /// The code system, where it is not that of the other rows.
    pub(super) system: Option<String>,
    /// The profile of the outcome, where it is not that of the other rows.
    pub(super) profile: Option<String>,
    #[serde(default)]
    wording: BTreeMap<String, Other>,
}

fn error() -> String {
    "error".to_owned()
}

/// What another wording says instead.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    status: Option<u16>,
    severity: Option<String>,
    issue: Option<String>,
    code: Option<String>,
    display: Option<String>,
    diagnostics: Option<String>,
    system: Option<String>,
    profile: Option<String>,
}

impl Row {
    /// The row as a wording has it.
    pub(super) fn in_wording(&self, wording: Wording) -> Row {
        let mut row = Row { wording: BTreeMap::new(), ..self.clone() };
        let Some(other) = wording.name().and_then(|name| self.wording.get(name)) else { return row };
        let other = other.clone();
        let set = |value: &mut String, other: Option<String>| *value = other.unwrap_or_else(|| std::mem::take(value));
        row.status = other.status.unwrap_or(row.status);
        set(&mut row.severity, other.severity);
        set(&mut row.issue, other.issue);
        set(&mut row.code, other.code);
        set(&mut row.display, other.display);
        set(&mut row.diagnostics, other.diagnostics);
        row.system = other.system.or(row.system);
        row.profile = other.profile.or(row.profile);
        row
    }

    /// The wordings that have other texts.
    #[cfg(test)]
    pub(super) fn wordings(&self) -> impl Iterator<Item = &str> {
        self.wording.keys().map(String::as_str)
    }
}

/// A row for each success and each fault, so that a table without one of them cannot be read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Texts {
    pub(super) created: Row,
    pub(super) updated: Row,
    pub(super) removed: Row,
    token_missing: Row,
    token_sections: Row,
    token_empty: Row,
    token_unreadable: Row,
    token_untrusted: Row,
    token_times: Row,
    claim_missing: Row,
    claim_unexpected: Row,
    claim_differs: Row,
    claim_form: Row,
    system_unknown: Row,
    reason_wrong: Row,
    scope_wrong: Row,
    organization_unknown: Row,
    organization_not_tied: Row,
    system_not_sender: Row,
    not_that_patient: Row,
    from_asid: Row,
    to_asid: Row,
    certificate: Row,
    ssp_from: Row,
    ssp_to: Row,
    ssp_trace: Row,
    ssp_interaction: Row,
    ssp_provider: Row,
    ssp_host: Row,
    record_unreachable: Row,
    media_type: Row,
    parameter_missing: Row,
    parameter_invalid: Row,
    id_and_query: Row,
    parameter_unsupported: Row,
    subject_form: Row,
    subject_form_of_body: Row,
    organization_form: Row,
    identifier_form: Row,
    type_system: Row,
    type_code: Row,
    custodian_unknown: Row,
    nhs_number: Row,
    nhs_number_of_search: Row,
    nhs_number_of_update: Row,
    patient_unknown: Row,
    no_such_id: Row,
    id_form: Row,
    no_such_master: Row,
    body_unreadable: Row,
    body_malformed: Row,
    element: Row,
    element_because: Row,
    profile: Row,
    master_incomplete: Row,
    status_not_new: Row,
    period: Row,
    patch_part: Row,
    patch_value: Row,
    organization_not_found: Row,
    duplicate: Row,
    not_owner: Row,
    failure: Row,
    unavailable: Row,
    malformed: Malformed,
    refusal: Outcomes<Row>,
}

/// What the workbench says of an address that it cannot read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Malformed {
    search: String,
    create: String,
    update: String,
    delete: String,
}

impl Texts {
    /// What the workbench says of an address that it cannot read.
    pub(super) fn malformed(&self, interaction: Interaction) -> &str {
        match interaction {
            Interaction::Create => &self.malformed.create,
            Interaction::Update => &self.malformed.update,
            Interaction::Delete => &self.malformed.delete,
            Interaction::Read
            | Interaction::Search
            | Interaction::Retrieve
            | Interaction::Audit
            | Interaction::Export
            | Interaction::Other => &self.malformed.search,
        }
    }

    /// The row of a fault.
    pub(super) fn of(&self, fault: &Fault) -> &Row {
        match fault {
            Fault::TokenMissing => &self.token_missing,
            Fault::TokenSections => &self.token_sections,
            Fault::TokenEmpty => &self.token_empty,
            Fault::TokenUnreadable => &self.token_unreadable,
            Fault::TokenUntrusted => &self.token_untrusted,
            Fault::TokenTimes { .. } => &self.token_times,
            Fault::ClaimMissing { .. } => &self.claim_missing,
            Fault::ClaimUnexpected { .. } => &self.claim_unexpected,
            Fault::ClaimDiffers { .. } => &self.claim_differs,
            Fault::ClaimForm { .. } => &self.claim_form,
            Fault::SystemUnknown { .. } => &self.system_unknown,
            Fault::ReasonWrong { .. } => &self.reason_wrong,
            Fault::ScopeWrong { .. } => &self.scope_wrong,
            Fault::OrganizationUnknown { .. } => &self.organization_unknown,
            Fault::OrganizationNotTied { .. } => &self.organization_not_tied,
            Fault::SystemNotSender { .. } => &self.system_not_sender,
            Fault::NotThatPatient => &self.not_that_patient,
            Fault::FromAsid => &self.from_asid,
            Fault::ToAsid => &self.to_asid,
            Fault::Certificate => &self.certificate,
            Fault::SspFrom => &self.ssp_from,
            Fault::SspTo => &self.ssp_to,
            Fault::SspTrace => &self.ssp_trace,
            Fault::SspInteraction => &self.ssp_interaction,
            Fault::SspProvider => &self.ssp_provider,
            Fault::SspHost { .. } => &self.ssp_host,
            Fault::RecordUnreachable { .. } => &self.record_unreachable,
            Fault::MediaType => &self.media_type,
            Fault::ParameterMissing { .. } => &self.parameter_missing,
            Fault::ParameterInvalid { .. } => &self.parameter_invalid,
            Fault::IdAndQuery { .. } => &self.id_and_query,
            Fault::ParameterUnsupported { .. } => &self.parameter_unsupported,
            Fault::SubjectForm => &self.subject_form,
            Fault::SubjectFormOfBody => &self.subject_form_of_body,
            Fault::OrganizationForm => &self.organization_form,
            Fault::IdentifierForm => &self.identifier_form,
            Fault::TypeSystem => &self.type_system,
            Fault::TypeCode => &self.type_code,
            Fault::CustodianUnknown { .. } => &self.custodian_unknown,
            Fault::NhsNumber { .. } => &self.nhs_number,
            Fault::NhsNumberOfSearch { .. } => &self.nhs_number_of_search,
            Fault::NhsNumberOfUpdate { .. } => &self.nhs_number_of_update,
            Fault::PatientUnknown { .. } => &self.patient_unknown,
            Fault::NoSuchId { .. } => &self.no_such_id,
            Fault::IdForm { .. } => &self.id_form,
            Fault::NoSuchMaster { .. } => &self.no_such_master,
            Fault::BodyUnreadable => &self.body_unreadable,
            Fault::BodyMalformed { .. } => &self.body_malformed,
            Fault::Element { .. } => &self.element,
            Fault::ElementBecause { .. } => &self.element_because,
            Fault::Profile => &self.profile,
            Fault::MasterIncomplete { .. } => &self.master_incomplete,
            Fault::StatusNotNew => &self.status_not_new,
            Fault::Period => &self.period,
            Fault::PatchPart { .. } => &self.patch_part,
            Fault::PatchValue => &self.patch_value,
            Fault::OrganizationNotFound { .. } => &self.organization_not_found,
            Fault::Duplicate { .. } => &self.duplicate,
            Fault::NotOwner => &self.not_owner,
            Fault::Failure => &self.failure,
            Fault::Unavailable => &self.unavailable,
            Fault::Refusal(refusal) => self.refusal.of(refusal),
        }
    }
}

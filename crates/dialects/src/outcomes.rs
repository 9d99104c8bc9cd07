//! Words a refusal as a guide wants it: status, code, rule and text from the guide's table, specifics from the refusal.

use std::borrow::Cow;

use baton_exchange::{
    referral::{Part, Stage},
    refusal::Refusal,
};
use baton_fhir::finding::{Fault, Finding, IssueCode, Rule};
use serde::Deserialize;

use crate::{Dialect, netsmart, ontario};

/// A refusal as it leaves: its HTTP status, and the issues of its OperationOutcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// What the OperationOutcome says. At least one of them refuses.
    pub findings: Vec<Finding>,
}

/// Words a refusal by the table of a guide.
#[must_use]
pub fn refuse(dialect: Dialect, refusal: &Refusal) -> Refused {
    let outcomes = match dialect {
        Dialect::Netsmart => netsmart::outcomes(),
        Dialect::Ontario => ontario::outcomes(),
    };
    let outcome = outcomes.of(refusal);
    let finding = Finding { expression: outcome.expression.clone(), ..Finding::new(outcome.rule, specifics(refusal)) };
    Refused { status: outcome.status, findings: vec![finding] }
}

/// How a guide words one refusal.
#[derive(Debug, Deserialize)]
#[serde(from = "Row")]
pub(crate) struct Outcome {
    pub(crate) status: u16,
    pub(crate) rule: &'static Rule,
    pub(crate) expression: Option<String>,
}

/// A row of the table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    status: u16,
    #[serde(deserialize_with = "issue_code")]
    code: IssueCode,
    rule: String,
    text: String,
    expression: Option<String>,
}

impl From<Row> for Outcome {
    fn from(row: Row) -> Outcome {
        let fault = if row.status == 422 { Fault::Unprocessable } else { Fault::Malformed };
        let rule = lasting_rule(row.rule, row.code, fault, row.text);
        Outcome { status: row.status, rule, expression: row.expression }
    }
}

/// A rule out of a table. Tables are read once, so it may last as long as those that are written in code.
pub(crate) fn lasting_rule(id: String, code: IssueCode, fault: Fault, text: String) -> &'static Rule {
    Box::leak(Box::new(Rule { id: id.leak(), code, fault, text: text.leak() }))
}

fn issue_code<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<IssueCode, D::Error> {
    const CODES: [IssueCode; 17] = [
        IssueCode::Invalid,
        IssueCode::Structure,
        IssueCode::Value,
        IssueCode::Security,
        IssueCode::Expired,
        IssueCode::Forbidden,
        IssueCode::NotSupported,
        IssueCode::Duplicate,
        IssueCode::NotFound,
        IssueCode::Deleted,
        IssueCode::TooLong,
        IssueCode::BusinessRule,
        IssueCode::Conflict,
        IssueCode::Throttled,
        IssueCode::Incomplete,
        IssueCode::Timeout,
        IssueCode::Transient,
    ];
    let name = String::deserialize(deserializer)?;
    let found = CODES.into_iter().find(|code| code.as_str() == name);
    found.ok_or_else(|| serde::de::Error::custom(format!("{name} is no issue code of refusals")))
}

/// A guide's table of refusals: a row for each, so that a table without one of them cannot be read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Outcomes<R> {
    not_authenticated: R,
    token_expired: R,
    missing_scope: R,
    exchange_forbidden: R,
    method_not_allowed: R,
    no_such_route: R,
    operation_not_here: R,
    no_batch: R,
    no_such_resource: R,
    not_acceptable: R,
    unsupported_content_type: R,
    unsupported_encoding: R,
    body_too_large: R,
    body_incomplete: R,
    body_too_slow: R,
    body_not_inflatable: R,
    head_too_large: R,
    request_invalid: R,
    parameter_invalid: R,
    parameter_unsupported: R,
    async_unsupported: R,
    response_url_without_async: R,
    too_many_requests: R,
    message_resubmitted: R,
    envelope_reused: R,
    content_changed: R,
    referral_exists: R,
    unknown_referral: R,
    other_patient: R,
    outdated: R,
    referral_over: R,
    gone: R,
    former_target: R,
    not_your_part: R,
    event_not_yours: R,
    no_such_move: R,
    version_outdated: R,
    several_referrals: R,
    address_mismatch: R,
    paper_elsewhere: R,
    paper_unavailable: R,
    paper_too_large: R,
    paper_harmful: R,
    role_missing: R,
    no_such_pointer: R,
    not_custodian: R,
    not_current: R,
    master_identifier_taken: R,
    supersedes_nothing: R,
    supersedes_other_patient: R,
    supersedes_unidentified: R,
    supersedes_other_identifier: R,
    supersedes_other_custodian: R,
}

impl<R> Outcomes<R> {
    /// The row of a refusal.
    pub(crate) fn of(&self, refusal: &Refusal) -> &R {
        match refusal {
            Refusal::NotAuthenticated { .. } => &self.not_authenticated,
            Refusal::TokenExpired => &self.token_expired,
            Refusal::MissingScope { .. } => &self.missing_scope,
            Refusal::ExchangeForbidden => &self.exchange_forbidden,
            Refusal::MethodNotAllowed { .. } => &self.method_not_allowed,
            Refusal::NoSuchRoute => &self.no_such_route,
            Refusal::OperationNotHere => &self.operation_not_here,
            Refusal::NoBatch => &self.no_batch,
            Refusal::NoSuchResource => &self.no_such_resource,
            Refusal::NotAcceptable { .. } => &self.not_acceptable,
            Refusal::UnsupportedContentType { .. } => &self.unsupported_content_type,
            Refusal::UnsupportedEncoding => &self.unsupported_encoding,
            Refusal::BodyTooLarge { .. } => &self.body_too_large,
            Refusal::BodyIncomplete => &self.body_incomplete,
            Refusal::BodyTooSlow => &self.body_too_slow,
            Refusal::BodyNotInflatable => &self.body_not_inflatable,
            Refusal::HeadTooLarge => &self.head_too_large,
            Refusal::RequestInvalid => &self.request_invalid,
            Refusal::ParameterInvalid { .. } => &self.parameter_invalid,
            Refusal::ParameterUnsupported { .. } => &self.parameter_unsupported,
            Refusal::AsyncUnsupported => &self.async_unsupported,
            Refusal::ResponseUrlWithoutAsync => &self.response_url_without_async,
            Refusal::TooManyRequests { .. } => &self.too_many_requests,
            Refusal::MessageResubmitted => &self.message_resubmitted,
            Refusal::EnvelopeReused => &self.envelope_reused,
            Refusal::ContentChanged => &self.content_changed,
            Refusal::ReferralExists { .. } => &self.referral_exists,
            Refusal::UnknownReferral { .. } => &self.unknown_referral,
            Refusal::OtherPatient => &self.other_patient,
            Refusal::Outdated => &self.outdated,
            Refusal::ReferralOver => &self.referral_over,
            Refusal::Gone => &self.gone,
            Refusal::FormerTarget => &self.former_target,
            Refusal::NotYourPart { .. } => &self.not_your_part,
            Refusal::EventNotYours { .. } => &self.event_not_yours,
            Refusal::NoSuchMove { .. } => &self.no_such_move,
            Refusal::VersionOutdated => &self.version_outdated,
            Refusal::SeveralReferrals => &self.several_referrals,
            Refusal::AddressMismatch => &self.address_mismatch,
            Refusal::PaperElsewhere => &self.paper_elsewhere,
            Refusal::PaperUnavailable { .. } => &self.paper_unavailable,
            Refusal::PaperTooLarge { .. } => &self.paper_too_large,
            Refusal::PaperHarmful => &self.paper_harmful,
            Refusal::RoleMissing => &self.role_missing,
            Refusal::NoSuchPointer => &self.no_such_pointer,
            Refusal::NotCustodian => &self.not_custodian,
            Refusal::NotCurrent => &self.not_current,
            Refusal::MasterIdentifierTaken => &self.master_identifier_taken,
            Refusal::SupersedesNothing => &self.supersedes_nothing,
            Refusal::SupersedesOtherPatient => &self.supersedes_other_patient,
            Refusal::SupersedesUnidentified => &self.supersedes_unidentified,
            Refusal::SupersedesOtherIdentifier => &self.supersedes_other_identifier,
            Refusal::SupersedesOtherCustodian { .. } => &self.supersedes_other_custodian,
        }
    }
}

/// What only this refusal can tell. Empty where the guide's text says it all.
fn specifics(refusal: &Refusal) -> Cow<'static, str> {
    match refusal {
        Refusal::NotAuthenticated { presented: false } => "the header Authorization: Bearer … is missing".into(),
        Refusal::NotAuthenticated { presented: true } => {
            "what the header Authorization shows is no token of this server".into()
        }
        Refusal::MissingScope { needed, granted } => missing_scope(needed, granted).into(),
        Refusal::MethodNotAllowed { allow } => format!("served here: {allow}").into(),
        Refusal::NotAcceptable { accept } => format!("Accept: {}", printable(accept)).into(),
        Refusal::UnsupportedContentType { content_type: None } => "there is no Content-Type".into(),
        Refusal::UnsupportedContentType { content_type: Some(given) } => {
            format!("Content-Type: {}", printable(given)).into()
        }
        Refusal::UnsupportedEncoding => "Content-Encoding may be gzip or identity".into(),
        Refusal::BodyTooLarge { bytes_max } => format!("more than {bytes_max} bytes").into(),
        Refusal::ParameterInvalid { name, expected } => format!("{} has to be {expected}", printable(name)).into(),
        Refusal::ParameterUnsupported { name } => format!("{} is not known here", printable(name)).into(),
        Refusal::TooManyRequests { retry_after_secs } => format!("come back in {retry_after_secs} s").into(),
        Refusal::ReferralExists { request_id } => {
            let id = printable(request_id);
            format!("ServiceRequest {id} is here").into()
        }
        Refusal::UnknownReferral { request_id } => {
            format!("no referral with ServiceRequest id {} was submitted", printable(request_id)).into()
        }
        Refusal::SupersedesOtherCustodian { custodian } => format!("the new pointer names {custodian}").into(),
        Refusal::Gone => "nothing of it is kept but that it was here: there is nothing to read or to change".into(),
        Refusal::FormerTarget => "only the target that it went to may go on with it".into(),
        Refusal::NotYourPart { needed } => not_your_part(*needed).into(),
        Refusal::EventNotYours { event } => {
            format!("{} is not sent by a system with the roles of this client", printable(event)).into()
        }
        Refusal::NoSuchMove { from, to } => no_such_move(*from, *to).into(),
        Refusal::VersionOutdated => "read it again, and send the change with the version that it has now".into(),
        Refusal::SeveralReferrals => "name one by its id, or by an identifier that no other has".into(),
        Refusal::AddressMismatch => "the id or the identifier in the address has to stand in the body, too".into(),
        Refusal::PaperElsewhere => "ask for it at its address, attachment.url, or ask who sent it".into(),
        Refusal::PaperUnavailable { status: Some(status) } => format!("it answered {status}").into(),
        Refusal::PaperUnavailable { status: None } => "it could not be reached: try again later".into(),
        Refusal::PaperTooLarge { bytes_max } => {
            format!("more than {bytes_max} bytes: ask for it at its address, attachment.url").into()
        }
        Refusal::PaperHarmful => {
            "its first bytes are those of a program, or of a page that says it is something else".into()
        }
        Refusal::TokenExpired
        | Refusal::RoleMissing
        | Refusal::NoSuchPointer
        | Refusal::NotCustodian
        | Refusal::NotCurrent
        | Refusal::MasterIdentifierTaken
        | Refusal::SupersedesNothing
        | Refusal::SupersedesOtherPatient
        | Refusal::SupersedesUnidentified
        | Refusal::SupersedesOtherIdentifier
        | Refusal::ExchangeForbidden
        | Refusal::NoSuchRoute
        | Refusal::OperationNotHere
        | Refusal::NoBatch
        | Refusal::NoSuchResource
        | Refusal::BodyIncomplete
        | Refusal::BodyTooSlow
        | Refusal::BodyNotInflatable
        | Refusal::HeadTooLarge
        | Refusal::RequestInvalid
        | Refusal::AsyncUnsupported
        | Refusal::ResponseUrlWithoutAsync
        | Refusal::MessageResubmitted
        | Refusal::EnvelopeReused
        | Refusal::ContentChanged
        | Refusal::OtherPatient
        | Refusal::Outdated
        | Refusal::ReferralOver => "".into(),
    }
}

fn not_your_part(needed: Part) -> &'static str {
    match needed {
        Part::Source => "the source of the referral may do so, and this client is not its source",
        Part::Target => "the target of the referral may do so, and this client is not its target",
        Part::FormerTarget | Part::ThirdParty => "this client has another part in the referral",
    }
}

fn no_such_move(from: Stage, to: Stage) -> String {
    let open: Vec<&str> = Stage::ALL.into_iter().filter(|next| from.may_become(*next)).map(Stage::as_str).collect();
    format!("{} cannot become {}: it may become {}", from.as_str(), to.as_str(), open.join(", "))
}

fn missing_scope(needed: &[String], granted: &[String]) -> String {
    let granted = if granted.is_empty() { "nothing".to_owned() } else { printable(&granted.join(" ")) };
    format!("one of {} is needed; granted: {granted}", needed.join(", "))
}

/// What a caller wrote, short and in plain characters only.
pub(crate) fn printable(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    let plain = |char: char| {
        if char.is_ascii_graphic() || char == ' ' { char } else { '?' }
    };
    text.chars().take(CHARS_MAX).map(plain).collect()
}

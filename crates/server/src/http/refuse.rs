//! A "no" as an answer: what the rules refuse in the guide's words, what the machine could not in the server's.

use baton_dialects::{Dialect, Refused};
use baton_exchange::refusal::Refusal;
use baton_fhir::{definitions::Definitions, finding::Finding, format::Format, json, outcome::outcome, tree::Node, xml};
use hyper::{
    StatusCode,
    header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE},
};

use super::reply::Reply;
use crate::{exchanged::definitions_of, failure::Failure};

/// Why a request has no good answer.
#[derive(Debug)]
pub enum Problem {
    /// The rules say no; the guide finds the words.
    Refusal(Refusal),
    /// The guide has found status and words already.
    Refused(Refused),
    /// The machine could not.
    Failure(Failure),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        Problem::Refusal(refusal)
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        Problem::Refused(refused)
    }
}

impl<F: Into<Failure>> From<F> for Problem {
    fn from(failure: F) -> Problem {
        Problem::Failure(failure.into())
    }
}

/// The answer to a problem, as an OperationOutcome.
#[must_use]
pub fn refuse(problem: &Problem, dialect: Dialect, format: Format, request_id: &str) -> Reply {
    let outcome_reply = |status, findings: &[Finding]| {
        let body = written(outcome(findings).root(), format, definitions_of(dialect));
        Reply::with_body(status, format.media_type(), body)
    };
    match problem {
        Problem::Refusal(refusal) => {
            let refused = baton_dialects::refuse(dialect, refusal);
            with_headers(refusal, outcome_reply(status(refused.status), &refused.findings))
        }
        Problem::Refused(refused) => outcome_reply(status(refused.status), &refused.findings),
        Problem::Failure(failure) => {
            let reply = outcome_reply(failure.status(), &[failure.finding(request_id)]);
            match failure.retry_after_secs() {
                Some(secs) => reply.header(RETRY_AFTER, secs.to_string()),
                None => reply,
            }
        }
    }
}

/// The status of a number that a guide gave.
pub(crate) fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// A resource in a format.
#[must_use]
pub fn written(resource: Node<'_>, format: Format, definitions: &Definitions) -> Vec<u8> {
    written_about(resource, format, definitions, 1024)
}

/// The same, of one that has about so many bytes: what grows takes twice of what it needs.
#[must_use]
pub fn written_about(resource: Node<'_>, format: Format, definitions: &Definitions, about: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(about);
    match format {
        Format::Json => json::write(resource, &mut bytes),
        Format::Xml => xml::write(resource, definitions, &mut bytes),
    }
    bytes
}

/// Adds what HTTP wants beside the outcome. Source: RFC 6750, section 3; RFC 9110.
pub(crate) fn with_headers(refusal: &Refusal, reply: Reply) -> Reply {
    match refusal {
        Refusal::NotAuthenticated { presented: false } => reply.header(WWW_AUTHENTICATE, "Bearer realm=\"baton\""),
        Refusal::NotAuthenticated { presented: true } => {
            reply.header(WWW_AUTHENTICATE, "Bearer realm=\"baton\", error=\"invalid_token\"")
        }
        Refusal::TokenExpired => {
            let challenge = "Bearer realm=\"baton\", error=\"invalid_token\", error_description=\"the token expired\"";
            reply.header(WWW_AUTHENTICATE, challenge)
        }
        Refusal::MissingScope { needed, .. } => {
            let scope = needed.first().map_or("", String::as_str);
            let challenge = format!("Bearer realm=\"baton\", error=\"insufficient_scope\", scope=\"{scope}\"");
            reply.header(WWW_AUTHENTICATE, challenge)
        }
        Refusal::MethodNotAllowed { allow } => reply.header(ALLOW, allow),
        Refusal::TooManyRequests { retry_after_secs } => reply.header(RETRY_AFTER, retry_after_secs.to_string()),
        _ => reply,
    }
}

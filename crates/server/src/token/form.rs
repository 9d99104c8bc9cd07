//! What clients send to the endpoints of OAuth, and what they are told when that is no good.
//! Source: RFC 6749, section 5.2; RFC 6750, section 3.1.

use baton_exchange::refusal::Refusal;
use baton_oauth::grant::{TokenRefusal, check_address};
use hyper::{
    StatusCode,
    header::{ALLOW, CONTENT_TYPE, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde_json::{Value, json};

use crate::http::{
    body::{Inbound, announced},
    dispatch::Asked,
    header::only,
    query::{Parameters, is_form},
    refuse::Problem,
    reply::Reply,
};

/// A token request is small. Source: security.md of the design, time and size limits.
const FORM_BYTES_MAX: usize = 16 * 1024;

const JSON: &str = "application/json";

/// Why a client gets nothing.
pub(super) enum Hindered {
    /// In OAuth's words.
    Refused(TokenRefusal),
    /// It broke a limit of HTTP, or the machine could not.
    Problem(Problem),
}

impl From<TokenRefusal> for Hindered {
    fn from(refusal: TokenRefusal) -> Hindered {
        Hindered::Refused(refusal)
    }
}

impl<P: Into<Problem>> From<P> for Hindered {
    fn from(problem: P) -> Hindered {
        Hindered::Problem(problem.into())
    }
}

/// Reads the form of a request. Its address has no part in it.
pub(super) async fn read(asked: &Asked<'_>, body: &mut Inbound) -> Result<Parameters, Hindered> {
    let headers = &asked.head.headers;
    let (packing, declared) = announced(headers, FORM_BYTES_MAX)?;
    let bytes = body.read(packing, FORM_BYTES_MAX, declared).await?;
    if !is_form(only(headers, &CONTENT_TYPE)) {
        return Err(TokenRefusal::NotAForm.into());
    }
    check_address(asked.query.pairs())?;
    Ok(Parameters::parse(&bytes))
}

/// An answer that nobody keeps.
pub(super) fn reply(status: StatusCode, answer: &Value) -> Reply {
    Reply::with_body(status, JSON, answer.to_string()).header(PRAGMA, "no-cache")
}

/// The answer to who gets nothing; what OAuth has no words for is passed on.
pub(super) fn hindered(hindered: Hindered) -> Result<Reply, Problem> {
    match hindered {
        Hindered::Refused(refusal) => Ok(refused(refusal)),
        Hindered::Problem(Problem::Refusal(Refusal::NotAuthenticated { .. } | Refusal::TokenExpired)) => {
            let answer = json!({ "error": "invalid_token", "error_description": "the bearer token is not good" });
            let challenge = "Bearer realm=\"baton\", error=\"invalid_token\"";
            Ok(reply(StatusCode::UNAUTHORIZED, &answer).header(WWW_AUTHENTICATE, challenge))
        }
        Hindered::Problem(problem) => Err(problem),
    }
}

fn refused(refusal: TokenRefusal) -> Reply {
    let answer = json!({ "error": refusal.code(), "error_description": refusal.to_string() });
    match status(refusal) {
        StatusCode::UNAUTHORIZED => {
            reply(StatusCode::UNAUTHORIZED, &answer).header(WWW_AUTHENTICATE, "Basic realm=\"baton\"")
        }
        other => reply(other, &answer),
    }
}

pub(super) fn status(refusal: TokenRefusal) -> StatusCode {
    if refusal.code() == "invalid_client" { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST }
}

/// A refusal of HTTP's own kind (method, size, pace, rate) in OAuth's shape, because clients of this endpoint read no FHIR.
/// Source: RFC 6749, section 5.2; RFC 6585, section 4.
#[must_use]
pub fn refused_by_http(refusal: &Refusal) -> Option<Reply> {
    let of = |status, error, words: &str| reply(status, &json!({ "error": error, "error_description": words }));
    let (status, words) = match refusal {
        Refusal::TooManyRequests { retry_after_secs: secs } => {
            let words = format!("too many requests come from this address: come back in {secs} s");
            let reply = of(StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable", &words);
            return Some(reply.header(RETRY_AFTER, secs.to_string()));
        }
        Refusal::MethodNotAllowed { allow } => {
            let reply = of(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "ask in another way: see Allow");
            return Some(reply.header(ALLOW, allow));
        }
        Refusal::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 16 kB"),
        Refusal::UnsupportedEncoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "only gzip is understood"),
        Refusal::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "the request took too long to arrive"),
        Refusal::BodyIncomplete | Refusal::BodyNotInflatable => (StatusCode::BAD_REQUEST, "the request cannot be read"),
        _ => return None,
    };
    Some(of(status, "invalid_request", words))
}

//! `POST /oauth/token`. Source: RFC 6749, sections 4.4 and 5; SMART App Launch 2.2, Backend Services.

use baton_exchange::{
    access::{AccessChange, AccessToken, Ticket, TokenHash},
    audit::AuditRecord,
    decision::{Batch, Change},
    refusal::Refusal,
};
use baton_oauth::{
    assertion::AssertionRefusal,
    discovery::{ClientKind, Feature, Served},
    grant::{GrantType, TokenRefusal, token_request},
    scope::granted,
    token::{TOKEN_SECS, token_hash, token_text},
};
use baton_store::Committed;
use hyper::{
    HeaderMap, StatusCode,
    header::{AUTHORIZATION, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE},
};
use serde_json::json;

use super::{
    account,
    prove::{Proved, claimed, proved},
};
use crate::{
    app::App,
    failure::Failure,
    http::{
        body::{Inbound, announced},
        dispatch::Asked,
        query::{Parameters, is_form},
        refuse::Problem,
        reply::Reply,
    },
};

/// A token request is small. Source: security.md of the design, time and size limits.
const FORM_BYTES_MAX: usize = 16 * 1024;

/// What is granted here.
const GRANTS: [GrantType; 1] = [GrantType::ClientCredentials];

/// What clients are told of it, with the scopes that make sense at one exchange.
#[must_use]
pub fn served<'s>(public_url: &'s str, scopes: &'s [&'s str]) -> Served<'s> {
    Served {
        public_url,
        grants: &GRANTS,
        clients: &[ClientKind::Symmetric, ClientKind::Asymmetric],
        features: &[Feature::PermissionV1, Feature::PermissionV2],
        scopes,
    }
}

/// Where tokens are asked for, under the root of the server.
pub(super) const TOKEN_PATH: &str = "/oauth/token";

const JSON: &str = "application/json";

/// Gives a token, or says in OAuth's words why not.
///
/// # Errors
/// A [`Problem`] when the body breaks a limit or the token cannot be remembered.
pub async fn token(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Result<Reply, Problem> {
    let headers = &asked.head.headers;
    let (packing, declared) = announced(headers, FORM_BYTES_MAX)?;
    let bytes = body.read(packing, FORM_BYTES_MAX, declared).await?;
    match grant(app, headers, &bytes, &asked.trace.request_id).await? {
        Ok(reply) => Ok(reply),
        Err(refusal) => Ok(refused(refusal)),
    }
}

async fn grant(
    app: &App,
    headers: &HeaderMap,
    form: &[u8],
    request_id: &str,
) -> Result<Result<Reply, TokenRefusal>, Problem> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if !is_form(text(CONTENT_TYPE)) {
        return Ok(Err(TokenRefusal::NotAForm));
    }
    let parameters = Parameters::parse(form);
    let request = match token_request(&GRANTS, text(AUTHORIZATION), parameters.pairs()) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Proved { client, used } = match proved(app, &request.authentication).await {
        Ok(proved) => proved,
        Err(refusal) => {
            let claimed = claimed(app, &request.authentication);
            app.write_line(account::line(app, claimed.as_ref(), request_id, Some(refusal))).await?;
            return Ok(Err(refusal));
        }
    };
    let Some(scopes) = granted(&client.scopes, request.scope.as_deref()) else {
        app.write_line(account::line(app, Some(&client.partner), request_id, Some(TokenRefusal::NoScope))).await?;
        return Ok(Err(TokenRefusal::NoScope));
    };
    let text = new_token_text()?;
    let token = AccessToken {
        hash: TokenHash(token_hash(&text)),
        partner: client.partner.clone(),
        scopes,
        expires: app.clock.now().plus_secs(TOKEN_SECS),
        family: None,
        context: None,
    };
    let answer = json!({
        "access_token": text,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECS,
        "scope": token.scopes.join(" "),
    });
    let line = account::line(app, Some(&client.partner), request_id, None);
    if remember(app, token, used, line).await? == Committed::Done {
        return Ok(Ok(reply(StatusCode::OK, &answer)));
    }
    // another request with the same assertion was faster, here or elsewhere
    let refusal = TokenRefusal::WrongAssertion(AssertionRefusal::Replayed);
    app.write_line(account::line(app, Some(&client.partner), request_id, Some(refusal))).await?;
    Ok(Err(refusal))
}

fn new_token_text() -> Result<String, Failure> {
    let mut chance = [0; 32];
    getrandom::fill(&mut chance).map_err(|error| Failure::Bug(format!("the system has no randomness: {error}")))?;
    Ok(token_text(chance))
}

/// Writes the token down, so that it survives a restart, with it that the assertion was used, and the line that says so.
async fn remember(
    app: &App,
    token: AccessToken,
    used: Option<Ticket>,
    line: AuditRecord,
) -> Result<Committed, Failure> {
    let mut changes = vec![Change::Access(AccessChange::PutToken(token)), Change::PutAudit(line)];
    changes.extend(used.map(|ticket| Change::Access(AccessChange::PutTicket(ticket))));
    app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await
}

fn reply(status: StatusCode, answer: &serde_json::Value) -> Reply {
    Reply::with_body(status, JSON, answer.to_string()).header(PRAGMA, "no-cache")
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

/// A refusal of HTTP's own kind (method, size, pace) in OAuth's shape, because clients of this endpoint read no FHIR.
#[must_use]
pub fn refused_by_http(refusal: &Refusal) -> Option<Reply> {
    let (status, words) = match refusal {
        Refusal::MethodNotAllowed { .. } => (StatusCode::METHOD_NOT_ALLOWED, "ask with POST"),
        Refusal::BodyTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "the request is larger than 16 kB"),
        Refusal::UnsupportedEncoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "only gzip is understood"),
        Refusal::BodyTooSlow => (StatusCode::REQUEST_TIMEOUT, "the request took too long to arrive"),
        Refusal::BodyIncomplete | Refusal::BodyNotInflatable => (StatusCode::BAD_REQUEST, "the request cannot be read"),
        _ => return None,
    };
    Some(reply(status, &json!({ "error": "invalid_request", "error_description": words })))
}

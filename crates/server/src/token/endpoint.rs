//! `POST /oauth/token`. Source: RFC 6749, sections 4.4 and 5; SMART App Launch 2.2, Backend Services.

use baton_exchange::{
    access::{AccessChange, AccessToken, Ticket, TokenHash},
    audit::AuditRecord,
    decision::{Batch, Change},
};
use baton_oauth::{
    assertion::AssertionRefusal,
    discovery::{ClientKind, Feature, Served},
    grant::{GrantType, TokenRefusal, token_request},
    scope::granted,
    token::{TOKEN_SECS, token_hash, token_text},
};
use baton_store::Committed;
use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde_json::json;

use super::{
    account::Asking,
    form::{Hindered, reply, text},
    prove::{Proved, claimed, proved},
};
use crate::{
    app::App,
    failure::Failure,
    http::{query::Parameters, reply::Reply},
};

/// What is granted here.
const GRANTS: [GrantType; 1] = [GrantType::ClientCredentials];

/// What clients are told of it, with the scopes that make sense at one exchange.
#[must_use]
pub fn served<'s>(public_url: &'s str, scopes: &'s [&'s str]) -> Served<'s> {
    Served {
        public_url,
        grants: &GRANTS,
        clients: &[ClientKind::Symmetric, ClientKind::Asymmetric],
        features: &[Feature::PermissionV1, Feature::PermissionV2, Feature::Introspection, Feature::Revocation],
        scopes,
    }
}

/// Where tokens are asked for, under the root of the server.
pub(super) const TOKEN_PATH: &str = "/oauth/token";

/// Gives a token.
pub(super) async fn token(asking: &mut Asking<'_>, headers: &HeaderMap, form: &Parameters) -> Result<Reply, Hindered> {
    let request = token_request(&GRANTS, text(headers, &AUTHORIZATION), form.pairs())?;
    let app = asking.app;
    asking.by(claimed(app, &request.authentication).as_ref());
    let Proved { client, used } = proved(app, &request.authentication).await?;
    let scopes = granted(&client.scopes, request.scope.as_deref()).ok_or(TokenRefusal::NoScope)?;
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
    match remember(app, token, used, asking.given()).await? {
        Committed::Done => Ok(reply(StatusCode::OK, &answer)),
        // another request with the same assertion was faster, here or elsewhere
        Committed::Outdated => Err(TokenRefusal::WrongAssertion(AssertionRefusal::Replayed).into()),
    }
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

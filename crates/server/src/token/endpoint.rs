//! `POST /oauth/token`. Source: RFC 6749, sections 4.4 and 5; SMART App Launch 2.2, Backend Services.

use baton_exchange::{
    access::{AccessChange, AccessToken, TokenHash},
    decision::Change,
    id::PartnerId,
};
use baton_oauth::{
    code::Shown,
    grant::{Authentication, Grant, TokenRefusal, token_request},
    token::{TOKEN_SECS, token_hash, token_text},
};
use baton_store::Committed;
use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};
use serde_json::{Value, json};

use super::{
    Client, Kind,
    account::Asking,
    code,
    form::{Hindered, reply},
    prove::{claimed, proved, said},
    refresh,
    served::grants,
};
use crate::{
    failure::Failure,
    http::{header::only, query::Parameters, reply::Reply},
};

/// Where tokens are asked for, under the root of the server.
pub(super) const TOKEN_PATH: &str = "/oauth/token";

/// Gives a token.
pub(super) async fn token(asking: &mut Asking<'_>, headers: &HeaderMap, form: &Parameters) -> Result<Reply, Hindered> {
    let request = token_request(grants(asking.is_among_people()), only(headers, &AUTHORIZATION), form.pairs())?;
    let app = asking.app;
    asking.by(claimed(app, &request.authentication));
    let client = match (&request.grant, &request.authentication) {
        (Grant::RefreshToken(token), Authentication::Unnamed) => {
            let owner = refresh::owner(app, token).await?;
            asking.by(said(app, &owner.id));
            owner
        }
        (_, authentication) => proved(asking, authentication).await?,
    };
    if !client.is_public() {
        asking.proved();
    }
    let scope = request.scope.as_deref();
    let answer = match (&request.grant, &client.kind) {
        (Grant::ClientCredentials, Kind::System(partner)) => for_itself(asking, &client, partner, scope).await?,
        (Grant::AuthorizationCode { code, redirect_uri, verifier }, Kind::App(_)) => {
            let shown = Shown { client_id: &client.id, redirect_uri, verifier };
            code::exchange(asking, code, &shown).await?
        }
        (Grant::RefreshToken(token), Kind::App(_)) => refresh::next(asking, token, &client.id, scope).await?,
        (Grant::ClientCredentials, Kind::App(_))
        | (Grant::AuthorizationCode { .. } | Grant::RefreshToken(_), Kind::System(_)) => {
            return Err(TokenRefusal::NotForThisClient.into());
        }
    };
    Ok(reply(StatusCode::OK, &answer))
}

async fn for_itself(
    asking: &mut Asking<'_>,
    client: &Client,
    partner: &PartnerId,
    scope: Option<&str>,
) -> Result<Value, Hindered> {
    let app = asking.app;
    let scopes = client.granted(scope).ok_or(TokenRefusal::NoScope)?;
    let text = new_token_text()?;
    let token = AccessToken {
        hash: TokenHash(token_hash(&text)),
        partner: partner.clone(),
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
    // written down, so that it survives a restart
    let changes = vec![Change::Access(AccessChange::PutToken(token)), Change::PutAudit(asking.given())];
    match asking.commit(changes).await? {
        Committed::Done => Ok(answer),
        Committed::Outdated => Err(Failure::Bug("a new token was outdated".to_owned()).into()),
    }
}

/// A text that nobody can guess.
///
/// # Errors
/// [`Failure::Bug`] when the system has no randomness.
pub(crate) fn new_token_text() -> Result<String, Failure> {
    let mut chance = [0; 32];
    getrandom::fill(&mut chance).map_err(|error| Failure::Bug(format!("the system has no randomness: {error}")))?;
    Ok(token_text(chance))
}

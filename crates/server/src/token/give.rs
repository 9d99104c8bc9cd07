//! Gives an app its tokens for a person. Source: RFC 6749, section 5.1; SMART App Launch 2.2, "Obtain access token";
//! OpenID Connect Core 1.0, section 3.1.3.3.

use baton_exchange::{
    access::{AccessChange, AccessToken, Account, Family, Ticket, TokenHash},
    decision::Change,
};
use baton_oauth::{
    consent::Consent,
    id_token::{LoggedIn, id_token},
    scope::{IdentityScope, Scope},
    token::{USER_TOKEN_SECS, token_hash},
};
use baton_store::Committed;
use serde_json::{Map, Value, json};

use super::{
    account::Asking,
    endpoint::new_token_text,
    form::Hindered,
    kept::{KeptToken, Whose, bytes},
    refresh::Given,
};
use crate::{app::App, failure::Failure};

/// What an app is to get.
pub(super) struct Gift<'g> {
    pub(super) consent: &'g Consent,
    pub(super) whose: &'g Whose,
    pub(super) account: &'g Account,
    /// What the access token holds.
    pub(super) scopes: Vec<String>,
    /// A refresh token, where there is to be one.
    pub(super) refresh: Option<Given>,
    /// Whether an ID token is given with it, and the app's own number in that.
    pub(super) id_token: Option<Option<&'g str>>,
}

/// Writes the tokens down together with what was used up for them, and the line that says so. Nothing when somebody else was faster with that.
///
/// # Errors
/// As [`Asking::commit`].
pub(super) async fn give(
    asking: &mut Asking<'_>,
    gift: Gift<'_>,
    used: Option<Ticket>,
) -> Result<Option<Value>, Hindered> {
    let app = asking.app;
    let mut answer = context_of(gift.consent)?;
    let mut changes: Vec<Change> =
        used.into_iter().map(|ticket| Change::Access(AccessChange::PutTicket(ticket))).collect();
    let text = new_token_text()?;
    changes.push(Change::Access(AccessChange::PutToken(access_token(app, &gift, &text)?)));
    answer.insert("access_token".to_owned(), json!(text));
    answer.insert("token_type".to_owned(), json!("Bearer"));
    answer.insert("expires_in".to_owned(), json!(USER_TOKEN_SECS));
    answer.insert("scope".to_owned(), json!(gift.scopes.join(" ")));
    if let Some(given) = &gift.refresh {
        changes.push(Change::Access(AccessChange::PutTicket(given.ticket.clone())));
        answer.insert("refresh_token".to_owned(), json!(given.text));
    }
    if let Some(nonce) = gift.id_token
        && let Some(text) = identity(app, &gift, nonce).await?
    {
        answer.insert("id_token".to_owned(), json!(text));
    }
    changes.push(Change::PutAudit(asking.given()));
    match asking.commit(changes).await? {
        Committed::Done => Ok(Some(Value::Object(answer))),
        Committed::Outdated => Ok(None),
    }
}

fn access_token(app: &App, gift: &Gift<'_>, text: &str) -> Result<AccessToken, Failure> {
    let is_openid = |scope: &String| scope.parse() == Ok(Scope::Identity(IdentityScope::OpenId));
    let kept = KeptToken {
        client_id: gift.consent.client_id.clone(),
        whose: gift.whose.clone(),
        context: gift.consent.context.clone(),
        told: gift.scopes.iter().any(is_openid),
    };
    Ok(AccessToken {
        hash: TokenHash(token_hash(text)),
        partner: gift.account.partner.clone(),
        scopes: gift.scopes.clone(),
        expires: app.clock.now().plus_secs(USER_TOKEN_SECS),
        family: Some(Family(gift.consent.family.0)),
        context: Some(bytes(&kept)?),
    })
}

fn context_of(consent: &Consent) -> Result<Map<String, Value>, Failure> {
    match serde_json::to_value(&consent.context) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) | Err(_) => Err(Failure::Bug("a launch context is no object".to_owned())),
    }
}

async fn identity(app: &App, gift: &Gift<'_>, nonce: Option<&str>) -> Result<Option<String>, Failure> {
    let fhir_user = fhir_user(app, gift.account, &gift.whose.exchange);
    let user =
        LoggedIn { subject: &gift.account.subject, fhir_user: fhir_user.as_deref(), at: gift.whose.authenticated };
    let now = app.clock.now().secs();
    let claims = id_token(&app.public_url, &gift.consent.client_id, &gift.scopes, &user, nonce, now);
    match claims {
        Some(claims) => Ok(Some(app.signing.sign(&claims).await?)),
        None => Ok(None),
    }
}

/// The address of the resource that stands for a person at an exchange.
pub(super) fn fhir_user(app: &App, account: &Account, exchange: &str) -> Option<String> {
    let reference = account.fhir_user.as_deref()?;
    if reference.contains("://") {
        return Some(reference.to_owned());
    }
    let exchange = app.exchange(&exchange.into())?;
    Some(format!("{}/{reference}", exchange.mount.base))
}

//! `grant_type=refresh_token`. Source: RFC 6749, section 6; RFC 9700, section 4.14; spec of security, T14 and T18 to T20.

use std::sync::Arc;

use baton_exchange::{
    access::{Family, Ticket, TicketKey, may_limit},
    time::Timestamp,
};
use baton_oauth::{
    consent::Consent,
    grant::TokenRefusal,
    refresh::{REFRESH_SECS, RefreshRefusal, RefreshToken, Session, Shown, first, parts, rotate},
    token::token_hash,
};
use serde_json::Value;

use super::{
    Client,
    account::Asking,
    code::end_family,
    endpoint::new_token_text,
    form::Hindered,
    give::{Gift, give},
    kept::{KeptRefresh, Whose, bytes, read, ticket_key},
};
use crate::{app::App, failure::Failure};

/// A refresh token that an app is to get.
pub(super) struct Given {
    /// What it gets.
    pub(super) text: String,
    /// What is remembered of it.
    pub(super) ticket: Ticket,
}

/// The first refresh token of a consent, where there is one at all.
pub(super) fn begun(consent: &Consent, whose: &Whose, now: i64) -> Result<Option<Given>, Failure> {
    let (handle, secret) = (new_token_text()?, new_token_text()?);
    let token = first(consent, token_hash(&secret), now);
    token.map(|token| given((&handle, &secret), 1, token, whose)).transpose()
}

/// Each consent has one ticket, however often it is asked for the next token.
fn given(text: (&str, &str), version: u32, token: RefreshToken, whose: &Whose) -> Result<Given, Failure> {
    let (handle, secret) = text;
    let ticket = Ticket {
        key: place(handle),
        version,
        family: Some(Family(token.consent.family.0)),
        expires: Timestamp(0).plus_secs(token.agreed + REFRESH_SECS),
        body: bytes(&KeptRefresh { token, whose: whose.clone() })?,
    };
    Ok(Given { text: format!("{handle}{secret}"), ticket })
}

/// By what the ticket of a refresh token is found.
pub(super) fn place(text: &str) -> TicketKey {
    ticket_key("refresh", &[parts(text).0])
}

/// The app of a refresh token that comes without a name: one that has nothing to authenticate with. For all others the token is as
/// good as unknown.
pub(super) async fn owner(app: &App, text: &str) -> Result<Arc<Client>, Hindered> {
    let ticket = app.in_time(app.store.ticket(place(text))).await?;
    let kept = ticket.and_then(|ticket| read::<KeptRefresh>(&ticket.body));
    let client = kept.and_then(|kept| app.clients.now().get(&kept.token.consent.client_id).cloned());
    client.filter(|client| client.is_public()).ok_or_else(|| TokenRefusal::WrongGrant.into())
}

/// How often it is tried again when somebody was faster; who comes second sees that the token is used.
const TRIES_MAX: usize = 3;

/// Gives the next tokens, and takes back all of them when one comes a second time.
pub(super) async fn next(
    asking: &mut Asking<'_>,
    text: &str,
    client_id: &str,
    scope: Option<&str>,
) -> Result<Value, Hindered> {
    for _ in 0..TRIES_MAX {
        if let Some(answer) = once(asking, text, client_id, scope).await? {
            return Ok(answer);
        }
    }
    Err(TokenRefusal::WrongGrant.into())
}

async fn once(
    asking: &mut Asking<'_>,
    text: &str,
    client_id: &str,
    scope: Option<&str>,
) -> Result<Option<Value>, Hindered> {
    let app = asking.app;
    let now = app.clock.now();
    let ticket = app.in_time(app.store.ticket(place(text))).await?;
    let Some((ticket, kept)) = ticket.and_then(|ticket| Some((ticket.clone(), read::<KeptRefresh>(&ticket.body)?)))
    else {
        return Err(TokenRefusal::from(RefreshRefusal::Unknown).into());
    };
    asking.of_person(&kept.whose.subject, None);
    let session = session(app, kept.whose.session).await?;
    let ((handle, secret), next) = (parts(text), new_token_text()?);
    let shown = Shown { client_id, secret, scope };
    let references = app.exchange(&kept.whose.exchange.as_str().into()).map(|exchange| exchange.mount.references());
    let decided = |scope: &str| references.is_some_and(|references| may_limit(scope, references).is_ok());
    let rotation = match rotate(Some(kept.token), &shown, session, token_hash(&next), now.secs(), &decided) {
        Ok(rotation) => rotation,
        Err(refusal) => {
            tracing::info!(client.id = client_id, "a refresh token gives no other one: {refusal}");
            let (family, refusal) = (refusal.revokes(), TokenRefusal::from(refusal));
            if let Some(family) = family {
                end_family(asking, family, refusal).await?;
            }
            return Err(refusal.into());
        }
    };
    let whose = kept.whose;
    let Some((account, registered)) = whose.still(app, client_id).await? else {
        return Err(TokenRefusal::WrongGrant.into());
    };
    asking.of_person(&account.subject, Some(&account.partner));
    asking.proved();
    let scopes = registered.still(&rotation.scopes);
    if scopes.is_empty() {
        return Err(TokenRefusal::WrongGrant.into());
    }
    let consent = rotation.next.consent.clone();
    let gift = Gift {
        consent: &consent,
        whose: &whose,
        account: &account,
        scopes,
        refresh: Some(given((handle, &next), ticket.version + 1, rotation.next, &whose)?),
        id_token: None,
    };
    give(asking, gift, None).await
}

/// Whether the session in which the person agreed is still there.
async fn session(app: &App, key: [u8; 32]) -> Result<Session, Hindered> {
    let ticket = app.in_time(app.store.ticket(TicketKey(key))).await?;
    let is_open = ticket.is_some_and(|ticket| app.clock.now() < ticket.expires);
    Ok(if is_open { Session::Open } else { Session::Over })
}

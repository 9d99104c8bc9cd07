//! Who a client is that asks for a token: by its secret, or by an assertion that it signed.
//! Source: RFC 6749, section 2.3; RFC 7523, section 3; SMART App Launch 2.2, "Client Authentication: Asymmetric".

use std::sync::Arc;

use baton_exchange::{
    access::{AccessChange, Ticket},
    audit::Actor,
    decision::Change,
    time::Timestamp,
};
use baton_oauth::{
    assertion::{AssertionRefusal, Expected, SKEW_SECS},
    grant::{Assertion, Authentication, TokenRefusal},
};
use baton_store::Committed;

use super::{
    Client, Kind,
    account::{Asking, Said},
    endpoint::TOKEN_PATH,
    form::Hindered,
    kept::ticket_key,
};
use crate::{app::App, failure::Failure};

/// Finds out who a client is. An assertion is good once: whatever is written next, writes that it was used.
///
/// # Errors
/// A refusal that does not say whether there is such a client.
pub(super) async fn proved(asking: &mut Asking<'_>, shown: &Authentication) -> Result<Arc<Client>, TokenRefusal> {
    let app = asking.app;
    match shown {
        Authentication::Secret(credentials) => {
            let clients = app.clients.now();
            clients.authenticated(credentials).cloned().ok_or(TokenRefusal::WrongCredentials)
        }
        Authentication::Assertion(assertion) => by_assertion(asking, assertion).await.map_err(|refusal| {
            tracing::info!("an assertion is refused: {refusal}");
            TokenRefusal::WrongAssertion(refusal)
        }),
        Authentication::Unnamed => Err(TokenRefusal::NoCredentials),
        Authentication::Public { client_id } => {
            let client = app.clients.now().get(client_id).cloned().filter(|client| client.is_public());
            client.ok_or(TokenRefusal::NoCredentials)
        }
    }
}

/// Who somebody says to be, proved or not, if anybody is registered under that name, disabled or not.
pub(super) fn claimed(app: &App, shown: &Authentication) -> Said {
    let clients = app.clients.now();
    let claimed = match shown {
        Authentication::Secret(credentials) => {
            let known = credentials.client_ids().find(|client_id| clients.is_registered(client_id));
            known.or_else(|| credentials.client_ids().next())
        }
        Authentication::Assertion(assertion) => {
            return assertion.claimed().map(|claimed| said(app, claimed.client_id())).unwrap_or_default();
        }
        Authentication::Public { client_id } => Some(client_id.as_str()),
        Authentication::Unnamed => None,
    };
    claimed.map(|client_id| said(app, client_id)).unwrap_or_default()
}

/// A client as lines of the audit name it.
pub(super) fn said(app: &App, client_id: &str) -> Said {
    let clients = app.clients.now();
    let actor = match clients.get(client_id).map(|client| &client.kind) {
        Some(Kind::App(_)) => Actor::app(client_id),
        Some(Kind::System(_)) | None => Actor::default(),
    };
    Said { partner: clients.partner(client_id).cloned(), actor }
}

async fn by_assertion(asking: &mut Asking<'_>, assertion: &Assertion) -> Result<Arc<Client>, AssertionRefusal> {
    let (app, here) = (asking.app, asking.here);
    let claimed = assertion.claimed()?;
    let known = app.clients.now().get(claimed.client_id()).cloned();
    let Some((client, keys)) = known.and_then(|client| Some((client.clone(), client.keys.clone()?))) else {
        return Err(claimed.of_nobody());
    };
    if !claimed.fits(keys.url()) {
        // it takes as long as for a client that nobody knows: else the time would say who is known
        let _ = claimed.of_nobody();
        return Err(AssertionRefusal::KeyUrl);
    }
    let now = app.clock.now();
    let set = keys.with(claimed.kid(), &app.egress, now).await.unwrap_or_default();
    let token_url = format!("{here}{TOKEN_PATH}");
    let expected = Expected { audiences: &[here, &token_url], key_url: keys.url(), now: now.secs() };
    let verified = claimed.verify(&set, &expected)?;
    asking.used_up(Ticket {
        // the client counts: others may use the same number
        key: ticket_key("assertion", &[&verified.client_id, &verified.jti]),
        version: 1,
        family: None,
        body: Vec::new(),
        // a second one is refused for its age from that second on, and where the clock is behind, a little later
        expires: Timestamp(0).plus_secs(verified.expires.saturating_add(1 + SKEW_SECS)),
    });
    Ok(client)
}

/// Writes what is done for a client, and the line that says so.
///
/// # Errors
/// As [`Asking::commit`]: then nothing is done.
pub(super) async fn settled(asking: &mut Asking<'_>, done: Vec<AccessChange>) -> Result<(), Hindered> {
    let line = Change::PutAudit(asking.given());
    let changes = done.into_iter().map(Change::Access).chain([line]).collect();
    match asking.commit(changes).await? {
        Committed::Done => Ok(()),
        Committed::Outdated => Err(Failure::Bug("what is taken back was outdated".to_owned()).into()),
    }
}

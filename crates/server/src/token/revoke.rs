//! `POST /oauth/revoke`: a client takes back what it has. Source: RFC 7009.

use baton_exchange::{
    access::{AccessChange, TokenHash},
    id::PartnerId,
};
use baton_oauth::{grant::token_question, token::token_hash};
use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};

use super::{
    Kind,
    account::Asking,
    form::Hindered,
    kept::{KeptRefresh, KeptToken, read},
    prove::{claimed, proved, settled},
    refresh::place,
};
use crate::{
    app::App,
    http::{header::only, query::Parameters, reply::Reply},
};

/// Takes a token back. A client that shows a token of somebody else hears the same as for one that nobody knows: that it is
/// good no more, which is all that it may care for (RFC 7009, section 2.2).
pub(super) async fn revoke(asking: &mut Asking<'_>, headers: &HeaderMap, form: &Parameters) -> Result<Reply, Hindered> {
    let question = token_question(only(headers, &AUTHORIZATION), form.pairs())?;
    let app = asking.app;
    asking.by(claimed(app, &question.authentication));
    let client = proved(asking, &question.authentication).await?;
    if !client.is_public() {
        asking.proved();
    }
    let ended = match &client.kind {
        Kind::System(partner) => of_system(app, &question.token, partner).await?,
        Kind::App(_) => of_app(asking, &question.token, &client.id).await?,
    };
    let is_over = !ended.is_empty();
    if !is_over {
        asking.counted()?;
    }
    settled(asking, ended).await?;
    if is_over {
        app.clients.now().tokens.forget_all();
    }
    Ok(Reply::empty(StatusCode::OK))
}

async fn of_system(app: &App, token: &str, partner: &PartnerId) -> Result<Vec<AccessChange>, Hindered> {
    let hash = TokenHash(token_hash(token));
    let known = app.in_time(app.store.token(hash)).await?;
    let is_its_own = known.is_some_and(|token| token.partner == *partner && token.context.is_none());
    Ok(is_its_own.then_some(AccessChange::DropToken(hash)).into_iter().collect())
}

/// An app that takes back one token takes back all that came of the same consent: it is done.
async fn of_app(asking: &mut Asking<'_>, token: &str, client_id: &str) -> Result<Vec<AccessChange>, Hindered> {
    let app = asking.app;
    let known = app.in_time(app.store.token(TokenHash(token_hash(token)))).await?;
    let access = known.and_then(|token| Some((read::<KeptToken>(&token.context?)?, token.family?)));
    let access = access.map(|(kept, family)| (kept.client_id, kept.whose, family));
    let ticket = app.in_time(app.store.ticket(place(token))).await?;
    let refresh = ticket.and_then(|ticket| Some((read::<KeptRefresh>(&ticket.body)?, ticket.family?)));
    let refresh = refresh.map(|(kept, family)| (kept.token.consent.client_id, kept.whose, family));
    let its_own = access.into_iter().chain(refresh).filter(|(owner, ..)| owner == client_id);
    let ended = its_own.map(|(_, whose, family)| {
        asking.of_person(&whose.subject, None);
        AccessChange::EndFamily(family)
    });
    Ok(ended.collect())
}

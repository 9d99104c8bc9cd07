//! `POST /oauth/revoke`: a client takes back what it has. Source: RFC 7009.

use baton_exchange::{
    access::{AccessChange, TokenHash},
    decision::{Batch, Change},
};
use baton_oauth::{grant::token_question, token::token_hash};
use hyper::{HeaderMap, StatusCode, header::AUTHORIZATION};

use super::{
    account::Asking,
    form::{Hindered, text},
    prove::{Proved, claimed, proved, used_up},
};
use crate::http::{query::Parameters, reply::Reply};

/// Takes a token back. A client that shows a token of somebody else hears the same as for one that nobody knows: that it is
/// good no more, which is all that it may care for (RFC 7009, section 2.2).
pub(super) async fn revoke(asking: &mut Asking<'_>, headers: &HeaderMap, form: &Parameters) -> Result<Reply, Hindered> {
    let question = token_question(text(headers, &AUTHORIZATION), form.pairs())?;
    let app = asking.app;
    asking.by(claimed(app, &question.authentication).as_ref());
    let Proved { client, used } = proved(app, &question.authentication).await?;
    used_up(app, used).await?;
    let hash = TokenHash(token_hash(&question.token));
    let known = app.in_time(app.store.token(hash)).await?;
    let mut changes = vec![Change::PutAudit(asking.given())];
    let is_its_own = known.is_some_and(|token| token.partner == client.partner);
    changes.extend(is_its_own.then_some(Change::Access(AccessChange::DropToken(hash))));
    app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
    if is_its_own {
        app.clients.now().tokens.forget(&hash);
    }
    Ok(Reply::empty(StatusCode::OK))
}

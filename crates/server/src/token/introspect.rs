//! `POST /oauth/introspect`: what a token stands for, told to who has a right to know.
//! Source: RFC 7662; SMART App Launch 2.2, "Token Introspection".

use baton_exchange::{
    access::{AccessToken, TokenHash},
    id::PartnerId,
};
use baton_oauth::{
    bearer::{Presented, presented},
    grant::{asked_token, token_question},
    introspect::{Remembered, introspect},
    launch::LaunchContext,
    token::token_hash,
};
use hyper::{StatusCode, header::AUTHORIZATION};
use serde_json::json;

use super::{
    account::Asking,
    form::{Hindered, reply, text},
    prove::{Proved, claimed, proved, used_up},
    verify::{caller, good},
};
use crate::{
    app::App,
    http::{admit::bound_to_its_connection, dispatch::Asked, query::Parameters, reply::Reply},
};

/// Whose tokens somebody may look into.
enum Asker {
    /// Everybody's: it shows a token that it got as a client, as resource servers do.
    Bearer,
    /// Its own, and those that act for its partner.
    Client(PartnerId),
}

/// Looks into a token. What is not good, and what is none of the asker's business, is told in the same bytes.
pub(super) async fn answer(asking: &mut Asking<'_>, asked: &Asked<'_>, form: &Parameters) -> Result<Reply, Hindered> {
    let (app, headers) = (asking.app, &asked.head.headers);
    let (asker, token) = match presented(text(headers, &AUTHORIZATION)) {
        Presented::Token(_) => {
            let caller = caller(app, headers).await?;
            bound_to_its_connection(app, asked, &caller)?;
            asking.by(Some(&caller.partner));
            (Asker::Bearer, asked_token(form.pairs())?)
        }
        Presented::Nothing | Presented::Other => {
            let question = token_question(text(headers, &AUTHORIZATION), form.pairs())?;
            asking.by(claimed(app, &question.authentication).as_ref());
            let Proved { client, used } = proved(app, &question.authentication).await?;
            used_up(app, used).await?;
            (Asker::Client(client.partner.clone()), question.token)
        }
    };
    let now = app.clock.now();
    let known =
        good(app, &app.clients.now(), TokenHash(token_hash(&token))).await?.filter(|token| asker.may_know(token));
    let told = introspect(known.map(|token| remembered(app, token)), now.secs());
    asking.write_given().await?;
    Ok(reply(StatusCode::OK, &json!(told)))
}

impl Asker {
    fn may_know(&self, token: &AccessToken) -> bool {
        match self {
            Asker::Bearer => true,
            Asker::Client(partner) => token.partner == *partner,
        }
    }
}

fn remembered(app: &App, token: AccessToken) -> Remembered {
    Remembered {
        client_id: app.clients.now().id_of(&token.partner).unwrap_or_default().to_owned(),
        scopes: token.scopes,
        expires: token.expires.secs(),
        context: LaunchContext::default(),
        identity: None,
    }
}

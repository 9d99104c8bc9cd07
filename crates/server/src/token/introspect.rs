//! `POST /oauth/introspect`: what a token stands for, told to who has a right to know.
//! Source: RFC 7662; SMART App Launch 2.2, "Token Introspection".

use baton_exchange::{access::TokenHash, id::PartnerId};
use baton_oauth::{
    bearer::{Presented, presented},
    grant::{TokenRefusal, asked_token, token_question},
    introspect::{Identity, Remembered, introspect},
    launch::LaunchContext,
    scope::tells_fhir_user,
    token::token_hash,
};
use hyper::{StatusCode, header::AUTHORIZATION};
use serde_json::json;

use super::{
    Kind,
    account::{Asking, Said},
    form::{Hindered, reply},
    give::fhir_user,
    prove::{claimed, proved, settled},
    verify::{Good, caller, good},
};
use crate::{
    app::App,
    http::{admit::bound_to_its_connection, dispatch::Asked, header::only, query::Parameters, reply::Reply},
};

/// Whose tokens somebody may look into.
enum Asker {
    /// Everybody's: it shows a token that it got as a client, as resource servers do.
    Bearer,
    /// An app's own.
    App(String),
    /// A partner's own, and those of apps that act for it.
    Partner(PartnerId),
}

/// Looks into a token. What is not good, and what is none of the asker's business, is told in the same bytes.
pub(super) async fn answer(asking: &mut Asking<'_>, asked: &Asked<'_>, form: &Parameters) -> Result<Reply, Hindered> {
    let (app, headers) = (asking.app, &asked.head.headers);
    let (asker, token) = match presented(only(headers, &AUTHORIZATION)) {
        Presented::Token(_) => {
            // every request to this place was counted already
            let caller = caller(app, headers, || Ok(())).await?;
            bound_to_its_connection(app, asked, &caller)?;
            asking.by(Said { partner: Some(caller.partner.clone()), actor: caller.actor() });
            asking.proved();
            (Asker::Bearer, asked_token(form.pairs())?)
        }
        Presented::Nothing | Presented::Other => {
            let question = token_question(only(headers, &AUTHORIZATION), form.pairs())?;
            asking.by(claimed(app, &question.authentication));
            let client = proved(asking, &question.authentication).await?;
            if client.is_public() {
                return Err(TokenRefusal::NoCredentials.into());
            }
            asking.proved();
            let asker = match &client.kind {
                Kind::System(partner) => Asker::Partner(partner.clone()),
                Kind::App(_) => Asker::App(client.id.clone()),
            };
            (asker, question.token)
        }
    };
    let hash = TokenHash(token_hash(&token));
    let known = good(app, &app.clients.now(), hash).await?.filter(|good| asker.may_know(good));
    let told = introspect(known.map(|good| remembered(app, good)), app.clock.now().secs());
    settled(asking, Vec::new()).await?;
    Ok(reply(StatusCode::OK, &json!(told)))
}

impl Asker {
    fn may_know(&self, good: &Good) -> bool {
        match self {
            Asker::Bearer => true,
            Asker::App(id) => good.person.as_ref().is_some_and(|(kept, _)| kept.client_id == *id),
            Asker::Partner(partner) => good.token.partner == *partner,
        }
    }
}

fn remembered(app: &App, good: Good) -> Remembered {
    let Good { token, person } = good;
    let (scopes, expires) = (token.scopes, token.expires.secs());
    let Some((kept, account)) = person else {
        let client_id = app.clients.now().id_of(&token.partner).unwrap_or_default().to_owned();
        return Remembered { scopes, client_id, expires, context: LaunchContext::default(), identity: None };
    };
    let fhir_user = fhir_user(app, &account, &kept.whose.exchange).filter(|_| tells_fhir_user(&scopes));
    let identity = Identity { issuer: app.public_url.clone(), subject: kept.whose.subject, fhir_user };
    let identity = kept.told.then_some(identity);
    Remembered { scopes, client_id: kept.client_id, expires, context: kept.context, identity }
}

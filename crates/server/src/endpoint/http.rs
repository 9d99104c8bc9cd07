//! The API: `{path}/$endpoint`, what can be done to it, and `{path}/$catch-up`.

use std::sync::Arc;

use baton_exchange::{
    access::{Caller, Looking, Reach, Writing, may_read, may_write},
    audit::{AuditRecord, Errand, Visit},
    endpoint::Flow,
    refusal::Refusal,
    search::References,
};
use baton_store::Committed;
use hyper::{Method, StatusCode, header::CONTENT_TYPE};
use serde_json::Value;

use super::{Act, Done, act::random, catch_up, changed, notice_of_trial, read, shown, shown_configured, trial_of};
use crate::{
    app::App,
    exchanged::Exchanged,
    failure::Failure,
    http::{
        body::{Inbound, announced},
        dispatch::Asked,
        query::Parameters,
        refuse::Problem,
        reply::{Accounting, Reply},
        route::OwnPlace,
    },
    visit::{self, Of},
};

/// An endpoint is small.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1024;
/// How often a change is tried again when somebody else was faster.
const TRIES_MAX: u32 = 5;
/// By what scopes it is covered: as if endpoints were resources of that type.
const SCOPE: &str = "Endpoint";

/// Answers what is asked of one's own endpoint.
///
/// # Errors
/// A [`Problem`]: the scope, what was sent, nothing there, or the store.
pub async fn answer(
    app: &Arc<App>,
    exchange: &Exchanged,
    caller: &Caller,
    place: OwnPlace,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<Reply, Problem> {
    let is_read = asked.head.method == Method::GET || asked.head.method == Method::HEAD;
    may_look_after(caller, is_read)?;
    if place != OwnPlace::CatchUp && place != OwnPlace::Rotate {
        only(&asked.query, &[])?;
    }
    let own = Own { app, exchange, caller, request_id: &asked.trace.request_id };
    match place {
        OwnPlace::CatchUp if is_read => catch_up::read(app, exchange, caller, asked).await,
        OwnPlace::CatchUp => catch_up::settle(app, exchange, caller, asked).await,
        OwnPlace::Endpoint if is_read => own.show(),
        OwnPlace::Endpoint if asked.head.method == Method::DELETE => own.act(&Act::Delete).await,
        OwnPlace::Endpoint => own.act(&Act::Put(sent(app, asked, body).await?)).await,
        OwnPlace::Test => own.test().await,
        OwnPlace::Pause => own.act(&Act::Turn(Flow::Paused)).await,
        OwnPlace::Resume => own.act(&Act::Turn(Flow::Open)).await,
        OwnPlace::Rotate => own.act(&rotation(&asked.query)?).await,
    }
}

/// An endpoint is the partner's system's own: no person's app looks after it.
fn may_look_after(caller: &Caller, is_read: bool) -> Result<(), Refusal> {
    if !caller.is_system() {
        return Err(Refusal::MissingScope { needed: Vec::new(), granted: caller.scopes.clone() });
    }
    let reach = match is_read {
        true => may_read(caller, SCOPE, Looking::Search, References::OfSender)?,
        false => may_write(caller, SCOPE, Writing::Update, References::OfSender)?,
    };
    // it is no resource that could fit anything
    match reach {
        Reach::All => Ok(()),
        Reach::Parts(_) => Err(Refusal::MissingScope { needed: Vec::new(), granted: caller.scopes.clone() }),
    }
}

async fn sent(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Result<baton_exchange::endpoint::Wanted, Refusal> {
    let (packing, declared) = announced(&asked.head.headers, BODY_BYTES_MAX)?;
    let content_type = asked.header(CONTENT_TYPE);
    if !content_type.is_some_and(|text| text.to_ascii_lowercase().contains("json")) {
        return Err(Refusal::UnsupportedContentType { content_type: content_type.map(str::to_owned) });
    }
    read(&body.read(packing, BODY_BYTES_MAX, declared).await?, app.addresses)
}

/// `what=secret|token` and `drop-old=true`.
fn rotation(query: &Parameters) -> Result<Act, Refusal> {
    only(query, &["what", "drop-old"])?;
    let invalid = |name: &str, expected| Refusal::ParameterInvalid { name: name.to_owned(), expected };
    match (query.get("what"), query.get("drop-old")) {
        (None | Some("secret"), None | Some("false")) => Ok(Act::NewSecret),
        (None | Some("secret"), Some("true")) => Ok(Act::DropOldSecret),
        (Some("token"), None) => Ok(Act::NewToken),
        (Some("token"), Some(_)) => Err(invalid("drop-old", "absent with what=token: the old token goes at once")),
        (None | Some("secret"), Some(_)) => Err(invalid("drop-old", "true or false")),
        (Some(_), _) => Err(invalid("what", "secret or token")),
    }
}

/// No other parameters than these; those that every answer may have are passed over.
pub(super) fn only(query: &Parameters, known: &[&str]) -> Result<(), Refusal> {
    match query.iter().find(|(name, _)| !known.contains(name) && !matches!(*name, "_format" | "_pretty")) {
        Some((name, _)) => Err(Refusal::ParameterUnsupported { name: name.to_owned() }),
        None => Ok(()),
    }
}

pub(super) fn json(status: StatusCode, value: &Value) -> Reply {
    Reply::with_body(status, "application/json", value.to_string())
}

/// The caller's own endpoint.
struct Own<'o> {
    app: &'o Arc<App>,
    exchange: &'o Exchanged,
    caller: &'o Caller,
    request_id: &'o str,
}

impl Own<'_> {
    fn show(&self) -> Result<Reply, Problem> {
        let (mount, partner) = (&self.exchange.mount, &self.caller.partner);
        let registered = shown(&self.app.endpoints.get(&mount.exchange, partner), None);
        let configured = || {
            let told = mount.directory.get(partner).and_then(|registered| registered.told.as_ref());
            told.map(shown_configured)
        };
        let found = registered.or_else(configured).ok_or(Refusal::NoSuchResource)?;
        Ok(json(StatusCode::OK, &found))
    }

    async fn act(&self, act: &Act) -> Result<Reply, Problem> {
        let app = self.app;
        for _ in 0..TRIES_MAX {
            app.in_time(app.endpoints.refresh(app)).await?;
            let known = app.endpoints.get(&self.exchange.mount.exchange, &self.caller.partner);
            let mount = self.exchange.mount_now();
            let done = changed(known, act, &mount.directory, app.clock.now(), random()?)?;
            let reply = match shown(&done.endpoint, done.fresh.as_ref()) {
                None => Reply::empty(StatusCode::NO_CONTENT),
                Some(value) if done.is_new => json(StatusCode::CREATED, &value),
                Some(value) => json(StatusCode::OK, &value),
            };
            let put = app.store.put_endpoint(done.endpoint.clone(), self.line(reply.status));
            if app.in_time(put).await? == Committed::Done {
                self.done(act, &done).await;
                return Ok(reply.accounting(Accounting::Written));
            }
        }
        Err(Failure::Contended(TRIES_MAX).into())
    }

    /// The line of a change, to be written with it.
    fn line(&self, status: StatusCode) -> AuditRecord {
        let (mount, partner) = (&self.exchange.mount, &self.caller.partner);
        let visit = Visit {
            errand: Errand::EndpointChange,
            status: status.as_u16(),
            code: String::new(),
            resource_type: String::new(),
            referrals: Vec::new(),
        };
        let (home, actor) = (visit::home(mount, partner), self.caller.actor());
        let of = Of { home, exchange: &mount.exchange, partner: Some(partner), actor, now: self.app.clock.now() };
        visit::line(&of, self.request_id, visit)
    }

    /// Makes the change felt here at once; other processes see it within two seconds.
    async fn done(&self, act: &Act, done: &Done) {
        let (partner, exchange) = (&self.caller.partner, &self.exchange.mount.exchange);
        let what = match act {
            Act::Put(_) if done.is_new => "registered",
            Act::Put(_) => "changed",
            Act::Delete => "deleted",
            Act::Turn(Flow::Paused) => "paused",
            Act::Turn(Flow::Open) => "resumed",
            Act::NewSecret | Act::DropOldSecret | Act::NewToken => "has other secrets",
        };
        tracing::info!(%partner, %exchange, "endpoint of {partner} {what}");
        if let Err(error) = self.app.endpoints.refresh(self.app).await {
            tracing::warn!("a changed endpoint is not seen yet: {}", crate::log::with_sources(&error));
        }
        self.app.hasten(partner).await;
    }

    async fn test(&self) -> Result<Reply, Problem> {
        let app = self.app;
        let _place = app.trials.take(&self.caller.partner)?;
        app.in_time(app.endpoints.refresh(app)).await?;
        let (exchange, partner) = (&self.exchange.mount.exchange, &self.caller.partner);
        let door = app.delivery.door(partner).ok_or(Refusal::NoSuchResource)?;
        let notice = notice_of_trial(exchange, partner, app.clock.now());
        let told = trial_of(&app.egress, &app.clock, &door, &notice).await;
        let (_, outcome) = told.ok_or(Refusal::NoSuchResource)?;
        Ok(json(StatusCode::OK, &outcome))
    }
}

//! What a person is in the middle of, kept here and not in the browser: the forms name it, and it belongs to one browser.
//! Source: CVE-2026-7571 (a request that is read a second time from the browser); spec of security, T10 and T15.

use baton_exchange::{
    access::{AccessChange, Ticket, TicketKey},
    decision::{Batch, Change},
    refusal::Refusal,
};
use baton_oauth::{
    authorize::{AuthorizeRequest, Prompt},
    launch::LaunchContext,
};
use baton_store::Committed;
use hyper::{StatusCode, header::RETRY_AFTER};
use serde::{Deserialize, Serialize};

use super::{Stopped, page, session::Browser};
use crate::{
    app::App,
    failure::Failure,
    http::dispatch::Asked,
    metrics::Limited,
    token::{bytes, new_token_text, read, ticket_key},
};

/// How long somebody may take for a page.
pub(super) const FLOW_SECS: i64 = 600;

/// Where somebody wants to get.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Aim {
    /// An app wants a code.
    Code(Box<Wanted>),
    /// A page of this server, by its path: made here, never taken from a request.
    Page(String),
}

/// A code that an app wants.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Wanted {
    pub(super) request: AuthorizeRequest,
    pub(super) exchange: String,
    /// Where the app was launched, once that was looked up.
    pub(super) context: Option<LaunchContext>,
}

/// How far somebody has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// They have to log in, or to be asked, first.
    Begun,
    /// They were asked what the app may have. Nothing else leads to an answer.
    Asked,
}

impl Wanted {
    /// The same with what the app is registered for now.
    ///
    /// # Errors
    /// A page for people: when the app was taken out, or sends them nowhere that is known, they are not sent there.
    pub(super) fn still_registered(self, app: &App) -> Result<Wanted, Stopped> {
        let registered = app.registered(&self.request.client_id);
        let registered = registered.filter(|one| one.exchanges.contains(&self.exchange.as_str().into()));
        let scopes = registered.and_then(|registered| {
            registered.app.still_grants(self.request.redirect_uri.as_str(), &self.request.scopes)
        });
        let words = "The app may not ask for this any more. Go back to it and begin again.";
        let scopes = scopes.ok_or_else(|| page::sorry(StatusCode::FORBIDDEN, words))?;
        Ok(Wanted { request: AuthorizeRequest { scopes, ..self.request }, ..self })
    }
}

impl Aim {
    /// The client id of the app that asks, where one does.
    pub(super) fn app(&self) -> Option<&str> {
        match self {
            Aim::Code(wanted) => Some(&wanted.request.client_id),
            Aim::Page(_) => None,
        }
    }

    /// The same for who comes anew: where somebody had launched the app is nothing to them.
    pub(super) fn unlaunched(self) -> Aim {
        match self {
            Aim::Code(wanted) => Aim::Code(Box::new(Wanted { context: None, ..*wanted })),
            Aim::Page(path) => Aim::Page(path),
        }
    }

    /// The same for another person: who remembers the first one has to ask again.
    pub(super) fn for_somebody_else(self) -> Aim {
        let mut aim = self.unlaunched();
        if let Aim::Code(wanted) = &mut aim {
            wanted.request.prompts = vec![Prompt::Login];
        }
        aim
    }
}

/// What is kept of it.
#[derive(Serialize, Deserialize)]
struct Kept {
    aim: Aim,
    stage: Stage,
    browser: [u8; 32],
}

/// What a person is in the middle of.
pub(super) struct Flow {
    /// What the forms name it by: it is their proof, too, that a page of ours made them.
    pub(super) text: String,
    pub(super) aim: Aim,
    pub(super) stage: Stage,
    version: u32,
}

impl Flow {
    /// Begins one in a browser. Anybody may, and it is kept for a while: so an address begins so many and no more.
    pub(super) async fn begin(app: &App, asked: &Asked<'_>, aim: Aim, browser: &Browser) -> Result<Flow, Stopped> {
        counted(app, asked)?;
        Ok(Flow::begin_with(app, aim, browser, Vec::new()).await?)
    }

    /// Begins one together with other changes.
    pub(super) async fn begin_with(
        app: &App,
        aim: Aim,
        browser: &Browser,
        others: Vec<Change>,
    ) -> Result<Flow, Failure> {
        let flow = Flow { text: new_token_text()?, aim, stage: Stage::Begun, version: 1 };
        let change = flow.change(app, browser)?;
        // everything in it is new
        committed(app, others.into_iter().chain([change]).collect()).await?;
        Ok(flow)
    }

    /// Keeps what an app wants until a browser comes with a cookie, or for one.
    pub(super) async fn leave(app: &App, asked: &Asked<'_>, wanted: Wanted) -> Result<String, Stopped> {
        counted(app, asked)?;
        let text = new_token_text()?;
        let expires = app.clock.now().plus_secs(FLOW_SECS);
        let ticket = Ticket { key: left_key(&text), version: 1, family: None, body: bytes(&wanted)?, expires };
        let changes = vec![Change::Access(AccessChange::PutTicket(ticket))];
        app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
        Ok(text)
    }

    /// What was left so. It is nobody's yet, as is the address with which an app asks, and may be read again.
    pub(super) async fn left(app: &App, text: &str) -> Result<Option<Wanted>, Failure> {
        let ticket = app.in_time(app.store.ticket(left_key(text))).await?;
        let ticket = ticket.filter(|ticket| app.clock.now() < ticket.expires);
        Ok(ticket.and_then(|ticket| read(&ticket.body)))
    }

    /// Finds one again, for the browser in which it is.
    pub(super) async fn of(app: &App, text: &str, browser: &Browser) -> Result<Option<Flow>, Failure> {
        let ticket = app.in_time(app.store.ticket(key(text))).await?;
        let Some(ticket) = ticket.filter(|ticket| app.clock.now() < ticket.expires) else { return Ok(None) };
        let kept = read::<Kept>(&ticket.body).filter(|kept| kept.browser == browser.key().0);
        Ok(kept.map(|kept| Flow { text: text.to_owned(), aim: kept.aim, stage: kept.stage, version: ticket.version }))
    }

    /// Goes on in its next version, perhaps in another browser's name, together with other changes. False when somebody else
    /// was faster with any of them.
    pub(super) async fn go_on(&mut self, app: &App, browser: &Browser, others: Vec<Change>) -> Result<bool, Failure> {
        self.version += 1;
        let change = self.change(app, browser)?;
        committed(app, others.into_iter().chain([change]).collect()).await
    }

    /// Ends together with other changes. False when it has ended before.
    pub(super) async fn end(self, app: &App, others: Vec<Change>) -> Result<bool, Failure> {
        let expires = app.clock.now().plus_secs(FLOW_SECS);
        // without a body nobody finds it any more
        let ticket =
            Ticket { key: key(&self.text), version: self.version + 1, family: None, body: Vec::new(), expires };
        let change = Change::Access(AccessChange::PutTicket(ticket));
        committed(app, others.into_iter().chain([change]).collect()).await
    }

    fn change(&self, app: &App, browser: &Browser) -> Result<Change, Failure> {
        let body = bytes(&Kept { aim: self.aim.clone(), stage: self.stage, browser: browser.key().0 })?;
        let expires = app.clock.now().plus_secs(FLOW_SECS);
        let ticket = Ticket { key: key(&self.text), version: self.version, family: None, body, expires };
        Ok(Change::Access(AccessChange::PutTicket(ticket)))
    }
}

/// Takes one of what may be begun from an address: each is kept for a while.
pub(super) fn counted(app: &App, asked: &Asked<'_>) -> Result<(), Stopped> {
    let Err(refusal) = app.limiter.login(asked.peer.from, app.clock.now()) else { return Ok(()) };
    app.metrics.limited(Limited::Address);
    let Refusal::TooManyRequests { retry_after_secs } = refusal else { return Err(refusal.into()) };
    let words = "Too much was begun from where you are. Wait for a moment and try again.";
    let sorry = page::sorry(StatusCode::TOO_MANY_REQUESTS, words);
    Err(sorry.header(RETRY_AFTER, retry_after_secs.to_string()).into())
}

fn left_key(text: &str) -> TicketKey {
    ticket_key("left", &[text])
}

fn key(text: &str) -> TicketKey {
    ticket_key("flow", &[text])
}

/// Whether nobody else was faster with any of it.
pub(super) async fn committed(app: &App, changes: Vec<Change>) -> Result<bool, Failure> {
    let committed = app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
    Ok(committed == Committed::Done)
}

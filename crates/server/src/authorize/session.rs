//! Who is logged in in a browser: a cookie of chance, and behind it a ticket.
//! Source: OWASP ASVS 5.0, 3.3 and 7.2 (cookies, a new number at each login); spec of security, T43.

use baton_exchange::{
    access::{AccessChange, Account, Family, Ticket, TicketKey},
    audit::Actor,
    decision::Change,
};
use hyper::header::COOKIE;
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    failure::Failure,
    http::dispatch::Asked,
    token::{bytes, new_token_text, open_account, read, ticket_key},
};

/// How long somebody stays logged in.
const SESSION_SECS: i64 = 8 * 3600;

/// What is behind a session's ticket.
#[derive(Serialize, Deserialize)]
struct KeptSession {
    login: String,
    subject: String,
    authenticated: i64,
    /// The account's epoch in which it began: in another one, it is over.
    epoch: u32,
}

/// Somebody who is logged in.
pub(super) struct Session {
    pub(super) account: Account,
    /// When they logged in, in seconds since 1970.
    pub(super) authenticated: i64,
    pub(super) key: TicketKey,
    family: Option<Family>,
}

/// The number of a browser: of a session, or of one that is to be.
pub(super) struct Browser(String);

impl Browser {
    /// A new one.
    pub(super) fn new() -> Result<Browser, Failure> {
        new_token_text().map(Browser)
    }

    /// The one that a request shows. One that is shown twice is none: somebody else may have set one of the two.
    pub(super) fn of(app: &App, asked: &Asked<'_>) -> Option<Browser> {
        let lines = asked.head.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut ours = pairs.filter(|(name, _)| *name == cookie_name(app)).map(|(_, value)| value);
        match (ours.next(), ours.next()) {
            (Some(value), None) if value.len() == 43 => Some(Browser(value.to_owned())),
            _ => None,
        }
    }

    /// By what its session is found.
    pub(super) fn key(&self) -> TicketKey {
        ticket_key("session", &[&self.0])
    }

    /// The header that gives it to the browser. The name's first letters keep other hosts and plain HTTP from setting it.
    pub(super) fn cookie(&self, app: &App) -> String {
        let secure = if is_secure(app) { "; Secure" } else { "" };
        format!("{}={}; Path=/; HttpOnly; SameSite=Lax{secure}", cookie_name(app), self.0)
    }
}

fn cookie_name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-baton" } else { "baton" }
}

fn is_secure(app: &App) -> bool {
    app.public_url.starts_with("https://")
}

impl Session {
    /// The person, as lines of the audit name them.
    pub(super) fn actor(&self) -> Actor {
        Actor::person(&self.account.subject)
    }

    /// The session of a browser, while its account may be used.
    pub(super) async fn of(app: &App, browser: Option<&Browser>) -> Result<Option<Session>, Failure> {
        let Some(key) = browser.map(Browser::key) else { return Ok(None) };
        let ticket = app.in_time(app.store.ticket(key)).await?;
        let Some(ticket) = ticket.filter(|ticket| app.clock.now() < ticket.expires) else { return Ok(None) };
        let Some(kept) = read::<KeptSession>(&ticket.body) else { return Ok(None) };
        let is_same = |account: &Account| account.subject == kept.subject && account.epoch == kept.epoch;
        let account = open_account(app, &kept.login).await?.filter(is_same);
        let (authenticated, family) = (kept.authenticated, ticket.family);
        Ok(account.map(|account| Session { account, authenticated, key, family }))
    }

    /// A session that begins in a browser, and what is to be written for it. The person logged in now, or at a moment of which
    /// somebody else knows.
    pub(super) fn begin(
        app: &App,
        account: Account,
        authenticated: Option<i64>,
        browser: &Browser,
    ) -> Result<(Session, Change), Failure> {
        let (now, key) = (app.clock.now(), browser.key());
        // clocks differ, and nobody has logged in tomorrow
        let authenticated = authenticated.map_or(now.secs(), |at| at.min(now.secs()));
        let family = Family(uuid::Uuid::new_v4().into_bytes());
        let kept = KeptSession {
            login: account.login.as_str().to_owned(),
            subject: account.subject.clone(),
            authenticated,
            epoch: account.epoch,
        };
        let expires = now.plus_secs(SESSION_SECS);
        let ticket = Ticket { key, version: 1, family: Some(family), body: bytes(&kept)?, expires };
        let session = Session { account, authenticated, key, family: Some(family) };
        Ok((session, Change::Access(AccessChange::PutTicket(ticket))))
    }

    /// What is to be written to end it.
    pub(super) fn end(&self) -> Option<Change> {
        self.family.map(|family| Change::Access(AccessChange::EndFamily(family)))
    }
}

//! `POST /oauth/login/elsewhere` and `GET /oauth/login/callback`: people log in at an OpenID provider and come back.
//! Source: OpenID Connect Core 1.0, section 3.1; RFC 9700, section 4.7 (the answer belongs to the browser that asked).
//!
//! What was asked with is a ticket, found by its `state`: it belongs to one browser, is used up by the first answer, and takes the
//! person on to where they wanted to get.

use baton_exchange::{
    access::{AccessChange, Account, AccountState, Elsewhere, Ticket, TicketKey},
    decision::{Batch, Change},
    refusal::Refusal,
};
use baton_oauth::authorize::Prompt;
use hyper::{
    StatusCode,
    header::{RETRY_AFTER, SET_COOKIE},
};
use serde::{Deserialize, Serialize};

use super::{
    Paged, Stopped,
    flow::{Aim, FLOW_SECS, Flow, committed, counted},
    guard,
    login::{self, begun, entered, flow_of, go_on_to, refused},
    over,
    page::{self, escaped},
    session::Browser,
};
use crate::{
    app::App,
    failure::Failure,
    http::{body::Inbound, dispatch::Asked},
    log::with_sources,
    provider::{Fault, How, Provider, Secrets, Trouble},
    token::{bytes, new_token_text, read, ticket_key},
};

/// Behind the `state` of a question.
#[derive(Serialize, Deserialize)]
struct Kept {
    aim: Aim,
    browser: [u8; 32],
    /// Of whom it was asked: an answer is good for no other provider.
    issuer: String,
    nonce: String,
    verifier: String,
    /// When, in seconds since 1970.
    asked: i64,
}

/// The form that leads to a provider. Who has to try again is asked there, whoever is remembered.
pub(super) fn form_of(flow: &Flow, provider: &Provider, has_failed: bool) -> String {
    let again = if has_failed { "<input type=\"hidden\" name=\"again\" value=\"1\">\n" } else { "" };
    format!(
        "<form method=\"post\" action=\"/oauth/login/elsewhere\">\n\
         <input type=\"hidden\" name=\"flow\" value=\"{}\">\n{again}<button>Log in with {}</button>\n</form>\n",
        flow.text,
        escaped(&provider.name),
    )
}

/// Sends the browser to the provider, by a page: a redirect behind the form would be held against the policy of its page.
pub(super) async fn go(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Paged {
    let form = guard::own_form(app, asked, body).await?;
    let (flow, browser) = flow_of(app, asked, &form).await?;
    let prompt = form.get("again").map(|_| "login");
    let location = question(app, asked, flow.aim, &browser, prompt).await?;
    Ok(go_on_to("One moment", &location))
}

/// Where a browser goes to have its person log in, once the question is written down.
pub(super) async fn question(
    app: &App,
    asked: &Asked<'_>,
    aim: Aim,
    browser: &Browser,
    prompt: Option<&str>,
) -> Result<String, Stopped> {
    let provider = app.logins.now().provider.clone().ok_or(Refusal::NoSuchRoute)?;
    counted(app, asked)?;
    let how = How { prompt: prompt.or_else(|| prompt_of(&aim)), max_age: max_age_of(&aim) };
    let [state, nonce, verifier] = [new_token_text()?, new_token_text()?, new_token_text()?];
    let secrets = Secrets { state: &state, nonce: &nonce, verifier: &verifier };
    let now = app.clock.now();
    let location = match provider.question(&app.egress, now, &secrets, how).await {
        Ok(location) => location,
        Err(trouble) => return Err(not_reached(app, asked, &provider, &aim, &trouble).await?),
    };
    let issuer = provider.issuer().to_owned();
    let kept = Kept { aim, browser: browser.key().0, issuer, nonce, verifier, asked: now.secs() };
    let expires = now.plus_secs(FLOW_SECS);
    let ticket = Ticket { key: key(&state), version: 1, family: None, body: bytes(&kept)?, expires };
    let changes = vec![Change::Access(AccessChange::PutTicket(ticket))];
    app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
    Ok(location)
}

/// What the app wants, the provider is asked for.
fn prompt_of(aim: &Aim) -> Option<&'static str> {
    let Aim::Code(wanted) = aim else { return None };
    wanted.request.prompts.iter().find_map(|prompt| match prompt {
        Prompt::Login => Some("login"),
        Prompt::SelectAccount => Some("select_account"),
        Prompt::Nothing | Prompt::Consent => None,
    })
}

/// How long ago somebody may have logged in there for what the app wants.
fn max_age_of(aim: &Aim) -> Option<u32> {
    match aim {
        Aim::Code(wanted) => wanted.request.max_age,
        Aim::Page(_) => None,
    }
}

fn key(state: &str) -> TicketKey {
    ticket_key("question", &[state])
}

/// Takes in who comes back from the provider.
pub(super) async fn come_back(app: &App, asked: &Asked<'_>) -> Paged {
    let provider = app.logins.now().provider.clone().ok_or(Refusal::NoSuchRoute)?;
    let browser = Browser::of(app, asked).ok_or_else(over)?;
    let answer = asked.query.pairs();
    let state = asked.query.get("state").unwrap_or_default();
    let kept = used_up(app, state, &browser, provider.issuer()).await?.ok_or_else(over)?;
    let secrets = Secrets { state, nonce: &kept.nonce, verifier: &kept.verifier };
    // a login counts that was too long ago only when the answer came, not when it was asked for
    let since = max_age_of(&kept.aim).map(|secs| kept.asked.saturating_sub(i64::from(secs)));
    let somebody = match provider.person(&app.egress, app.clock.now(), answer, &secrets, since).await {
        Ok(somebody) => somebody,
        Err(trouble) => return Err(nobody(app, asked, &provider, kept.aim, &browser, &trouble).await?),
    };
    let Some(account) = known(app, asked, &kept.aim, somebody.known_by).await? else {
        let words = format!(
            "You are logged in at {}, and have no account here that may be used. Ask who runs this server to add or \
             open one, or log in as somebody else.",
            provider.name
        );
        return again(app, asked, kept.aim, &browser, &words).await;
    };
    tracing::info!(partner.id = account.partner.as_str(), "somebody logged in elsewhere");
    let (session, browser, changes) = begun(app, asked, &kept.aim, (account, somebody.authenticated), &browser).await?;
    let flow = Flow::begin_with(app, kept.aim.unlaunched(), &browser, changes).await?;
    entered(app, asked, flow, &session, &browser).await
}

/// What this browser asked this provider with, which nobody can use again. Another browser uses nothing up.
async fn used_up(app: &App, state: &str, browser: &Browser, issuer: &str) -> Result<Option<Kept>, Failure> {
    let ticket = app.in_time(app.store.ticket(key(state))).await?;
    let Some(ticket) = ticket.filter(|ticket| app.clock.now() < ticket.expires) else { return Ok(None) };
    let is_ours = |kept: &Kept| kept.browser == browser.key().0 && kept.issuer == issuer;
    let Some(kept) = read::<Kept>(&ticket.body).filter(is_ours) else { return Ok(None) };
    let used = Ticket { version: ticket.version + 1, body: Vec::new(), ..ticket };
    let is_first = committed(app, vec![Change::Access(AccessChange::PutTicket(used))]).await?;
    Ok(is_first.then_some(kept))
}

/// The account of somebody whom the provider names, if it may be used.
async fn known(app: &App, asked: &Asked<'_>, aim: &Aim, somebody: Elsewhere) -> Result<Option<Account>, Failure> {
    let account = app.in_time(app.store.account_elsewhere(somebody)).await?;
    let may = |account: &Account| account.state == AccountState::Open && app.clients.now().knows(&account.partner);
    let (open, closed) = match account {
        Some(account) if may(&account) => (Some(account), None),
        other => (None, other),
    };
    if open.is_none() {
        let code = if closed.is_some() { "closed_account" } else { "no_account" };
        refused(app, asked, aim, (StatusCode::FORBIDDEN, code), closed.as_ref()).await?;
        tracing::info!(code, "a login at the provider leads to no account");
    }
    Ok(open)
}

/// The page for who came back as nobody.
async fn nobody(
    app: &App,
    asked: &Asked<'_>,
    provider: &Provider,
    aim: Aim,
    browser: &Browser,
    trouble: &Trouble,
) -> Result<Stopped, Stopped> {
    if trouble.fault() == Fault::Provider {
        return not_reached(app, asked, provider, &aim, trouble).await;
    }
    tracing::info!("a login at the provider was refused: {trouble}");
    refused(app, asked, &aim, (StatusCode::FORBIDDEN, "refused_elsewhere"), None).await?;
    let words = match trouble {
        Trouble::NoClaim(claim) => format!(
            "{} did not say by what you are known here ({claim}). Ask who looks after your account there.",
            provider.name
        ),
        _ => format!("{} did not log you in. Try again, or ask who looks after your account there.", provider.name),
    };
    Ok(again(app, asked, aim, browser, &words).await?.into())
}

/// The page for who meets a provider that does not work. The log says what is wrong with it.
async fn not_reached(
    app: &App,
    asked: &Asked<'_>,
    provider: &Provider,
    aim: &Aim,
    trouble: &Trouble,
) -> Result<Stopped, Stopped> {
    tracing::warn!("nobody can log in at {}: {}", provider.issuer(), with_sources(trouble));
    let status = StatusCode::SERVICE_UNAVAILABLE;
    refused(app, asked, aim, (status, "provider_failed"), None).await?;
    let words = format!(
        "Logging in with {} does not work just now. Wait a minute, go back to the app and begin again; if that does not \
         help, tell who runs this server.",
        provider.name
    );
    Ok(page::sorry(status, &words).header(RETRY_AFTER, "60").into())
}

/// The login again, with words about why.
async fn again(app: &App, asked: &Asked<'_>, aim: Aim, browser: &Browser, words: &str) -> Paged {
    let flow = Flow::begin(app, asked, aim, browser).await?;
    Ok(login::page_of(app, &flow, Some(words)).header(SET_COOKIE, browser.cookie(app)))
}

//! `POST /oauth/login` and `/oauth/logout`: people say who they are.

use baton_exchange::{
    access::{Account, AccountState, Login},
    audit::{Actor, Errand},
    decision::{Batch, Change},
};
use hyper::{
    StatusCode,
    header::{RETRY_AFTER, SET_COOKIE},
};

use super::{
    Paged, Stopped,
    account::{Ended, line},
    consent, elsewhere,
    flow::{Aim, Flow, Stage},
    guard, over,
    page::{self, escaped, origin_of, page},
    session::{Browser, Session},
    throttle::Guess,
};
use crate::{
    app::App,
    failure::Failure,
    http::{body::Inbound, dispatch::Asked, query::Parameters, reply::Reply},
};

/// The page on which somebody logs in.
pub(super) fn page_of(app: &App, flow: &Flow, wrong: Option<&str>) -> Reply {
    let (whom, at) = match &flow.aim {
        Aim::Code(wanted) => {
            (app.registered(&wanted.request.client_id), origin_of(wanted.request.redirect_uri.as_str()))
        }
        Aim::Page(_) => (None, None),
    };
    let why = whom.map(|app| format!("<p>{} asks for access.</p>\n", escaped(&app.name))).unwrap_or_default();
    let alert = wrong.map(|words| format!("<p role=\"alert\">{}</p>\n", escaped(words))).unwrap_or_default();
    let logins = app.logins.now();
    let here = if logins.passwords { form_of(flow) } else { String::new() };
    let elsewhere = logins.provider.as_ref().map(|provider| elsewhere::form_of(flow, provider, wrong.is_some()));
    let inner = format!("{why}{alert}{here}{}", elsewhere.unwrap_or_default());
    let status = if wrong.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    // who logs in may be sent back to the app at once, such as when the launch is over
    let leads_to: Vec<String> = at.into_iter().collect();
    page(status, "Log in", &inner, &leads_to)
}

fn form_of(flow: &Flow) -> String {
    format!(
        "<form method=\"post\" action=\"/oauth/login\">\n\
         <input type=\"hidden\" name=\"flow\" value=\"{}\">\n\
         <label>User name <input type=\"text\" name=\"login\" autocomplete=\"username\" required></label>\n\
         <label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label>\n\
         <button>Log in</button>\n</form>\n",
        flow.text
    )
}

/// Checks a password and begins a session under a number that nobody has seen before.
pub(super) async fn log_in(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Paged {
    let form = guard::own_form(app, asked, body).await?;
    let (mut flow, browser) = flow_of(app, asked, &form).await?;
    if !app.logins.now().passwords {
        return Ok(page_of(app, &flow, Some("Passwords are not taken here. Log in where you have your account.")));
    }
    let typed = form.get("login").unwrap_or_default();
    let Some(account) = proved(app, asked, &flow.aim, typed, form.get("password").unwrap_or_default()).await? else {
        return Ok(page_of(app, &flow, Some("User name or password are wrong.")));
    };
    let (session, browser, changes) = begun(app, asked, &flow.aim, (account, None), &browser).await?;
    // who was asked before, and where they had launched the app, is nothing to who comes now
    flow.aim = flow.aim.unlaunched();
    flow.stage = Stage::Begun;
    if !flow.go_on(app, &browser, changes).await? {
        return Err(over().into());
    }
    entered(app, asked, flow, &session, &browser).await
}

/// A session under a number that nobody has seen before, and what is to be written for it; an earlier one ends.
pub(super) async fn begun(
    app: &App,
    asked: &Asked<'_>,
    aim: &Aim,
    (account, authenticated): (Account, Option<i64>),
    browser: &Browser,
) -> Result<(Session, Browser, Vec<Change>), Failure> {
    let earlier = Session::of(app, Some(browser)).await?;
    let browser = Browser::new()?;
    let (session, begun) = Session::begin(app, account, authenticated, &browser)?;
    let partner = Some(&session.account.partner);
    let actor = session.actor().through(aim.app());
    let ended = Ended { errand: Errand::Login, status: StatusCode::OK, code: "", partner, actor };
    let told = Change::PutAudit(line(app, asked, &ended));
    let changes = earlier.and_then(|session| session.end()).into_iter().chain([begun, told]).collect();
    Ok((session, browser, changes))
}

/// What somebody sees who has logged in, and the number of their browser from now on.
pub(super) async fn entered(app: &App, asked: &Asked<'_>, flow: Flow, session: &Session, browser: &Browser) -> Paged {
    let reply = match &flow.aim {
        Aim::Code(_) => consent::show(app, asked, flow, session, browser).await,
        Aim::Page(path) => Ok(go_on_to("You are logged in", path)),
    };
    // they are logged in, also where the app gets nothing
    match reply {
        Ok(reply) => Ok(reply.header(SET_COOKIE, browser.cookie(app))),
        Err(Stopped::Reply(reply)) => Err(reply.header(SET_COOKIE, browser.cookie(app)).into()),
        Err(problem @ Stopped::Problem(_)) => Err(problem),
    }
}

/// The account that somebody proves to be theirs.
async fn proved(
    app: &App,
    asked: &Asked<'_>,
    aim: &Aim,
    typed: &str,
    password: &str,
) -> Result<Option<Account>, Stopped> {
    // what nobody can be called counts, too, all under one name
    let login = Login::read(typed);
    let counted = login.as_ref().map_or("", Login::as_str).to_owned();
    let from = Some(asked.peer.from);
    let guess = app.guesses.take(from, &counted, app.clock.now());
    if guess == Guess::Closes {
        // once: else whoever is not listened to would still write a line with each try
        refused(app, asked, aim, (StatusCode::TOO_MANY_REQUESTS, "too_many_guesses"), None).await?;
    }
    if guess != Guess::Taken {
        let words = "Too many wrong passwords. Wait for a quarter of an hour and try again.";
        return Err(page::sorry(StatusCode::TOO_MANY_REQUESTS, words).header(RETRY_AFTER, "900").into());
    }
    let checked = checked(app, login, password).await;
    let (account, is_right) = checked.inspect_err(|_| app.guesses.take_back(from, &counted))?;
    let may = |account: &Account| account.state == AccountState::Open && app.clients.now().knows(&account.partner);
    let claimed = account.clone();
    let account = account.filter(|account| is_right && may(account));
    match &account {
        Some(account) => {
            app.guesses.right(from, &counted);
            tracing::info!(partner.id = account.partner.as_str(), "somebody logged in");
        }
        None => {
            refused(app, asked, aim, (StatusCode::FORBIDDEN, "wrong_password"), claimed.as_ref()).await?;
            tracing::info!("a login was refused");
        }
    }
    Ok(account)
}

/// The account of that name, and whether this is its password.
async fn checked(app: &App, login: Option<Login>, password: &str) -> Result<(Option<Account>, bool), Failure> {
    let account = match login {
        Some(login) => app.in_time(app.store.account(login)).await?,
        None => None,
    };
    let hash = account.as_ref().and_then(|account| account.password.as_ref());
    let is_right = app.in_time(app.passwords.is_right(hash, password)).await?;
    Ok((account, is_right))
}

/// Writes the line of a login that came to nothing, in the name of the person that somebody says to be.
pub(super) async fn refused(
    app: &App,
    asked: &Asked<'_>,
    aim: &Aim,
    (status, code): (StatusCode, &'static str),
    claimed: Option<&Account>,
) -> Result<(), Failure> {
    let partner = claimed.map(|account| &account.partner);
    let actor = Actor { account: claimed.map(|account| account.subject.clone()), app: None }.through(aim.app());
    let ended = Ended { errand: Errand::Login, status, code, partner, actor };
    app.write_line(line(app, asked, &ended)).await
}

/// A page that leads on by itself. A redirect behind the form would be held against the policy of the page before.
pub(super) fn go_on_to(title: &str, path: &str) -> Reply {
    let path = escaped(path);
    let inner =
        format!("<meta http-equiv=\"refresh\" content=\"0;url={path}\">\n<p><a href=\"{path}\">Go on</a></p>\n");
    page(StatusCode::OK, title, &inner, &[])
}

/// Ends the session. What apps were given for longer goes on.
pub(super) async fn log_out(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Paged {
    let form = guard::own_form(app, asked, body).await?;
    let (flow, browser) = flow_of(app, asked, &form).await?;
    if let Some(session) = Session::of(app, Some(&browser)).await? {
        let partner = Some(&session.account.partner);
        let actor = session.actor();
        let ended = Ended { errand: Errand::Logout, status: StatusCode::OK, code: "", partner, actor };
        let told = Change::PutAudit(line(app, asked, &ended));
        let changes = session.end().into_iter().chain([told]).collect();
        app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
    }
    super::ask::login_page(app, asked, flow.aim.for_somebody_else(), None).await
}

/// What the form is about, if it is this browser's.
pub(super) async fn flow_of(app: &App, asked: &Asked<'_>, form: &Parameters) -> Result<(Flow, Browser), Stopped> {
    let browser = Browser::of(app, asked).ok_or_else(over)?;
    let flow = Flow::of(app, form.get("flow").unwrap_or_default(), &browser).await?.ok_or_else(over)?;
    Ok((flow, browser))
}

//! `GET` and `POST /oauth/authorize`: an app asks for a code.

use std::sync::Arc;

use baton_exchange::{access::may_limit, search::References};
use baton_oauth::{
    authorize::{
        AuthorizeRefusal, AuthorizeRequest, Back, BackRefusal, PageRefusal, Prompt, authorize_request, client_id,
    },
    scope::{LaunchScope, Scope, for_person},
};
use hyper::{
    Method, StatusCode,
    header::{LOCATION, SET_COOKIE},
};

use super::{
    Paged, Stopped, consent, elsewhere,
    flow::{Aim, Flow, Wanted},
    guard, login, over, page,
    session::{Browser, Session},
    told_the_app,
};
use crate::{
    app::App,
    exchanged::Exchanged,
    http::{body::Inbound, dispatch::Asked, reply::Reply},
    live::Mounted,
    token::Registered,
};

/// Reads the request of an app, keeps it here, and asks the person.
pub(super) async fn authorize(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Paged {
    let shown = Browser::of(app, asked);
    if let Some(text) = left_behind(asked) {
        let wanted = Flow::left(app, text).await?.ok_or_else(over)?.still_registered(app)?;
        return gone_on(app, asked, wanted, shown).await;
    }
    let form = match asked.head.method {
        Method::POST => guard::form(asked, body).await?,
        _ => Default::default(),
    };
    // a parameter that stands in both places stands there twice
    let parameters = asked.query.clone().and(form);
    let (request, exchange) = read(app, parameters.pairs()).map_err(|refusal| refused(app, &refusal))?;
    let request = offered(request, exchange.mount.references()).map_err(|back| back_to_app(app, &back))?;
    let wanted = Wanted { request, exchange: exchange.mount.exchange.as_str().to_owned(), context: None };
    if asked.head.method == Method::POST && shown.is_none() {
        // other sites' forms come without our cookie: to set another one would log out who is logged in
        let request = wanted.request.clone();
        let left = Flow::leave(app, asked, wanted).await;
        let text = left.map_err(|stopped| told_the_app(app, asked, request, stopped))?;
        return Ok(see_other(&format!("{}/oauth/authorize?{LEFT}={text}", app.public_url)));
    }
    gone_on(app, asked, wanted, shown).await
}

/// Goes on, or tells the app why not: where its answer goes is known.
async fn gone_on(app: &App, asked: &Asked<'_>, wanted: Wanted, shown: Option<Browser>) -> Paged {
    let request = wanted.request.clone();
    let paged = go_on(app, asked, wanted, shown).await;
    paged.map_err(|stopped| told_the_app(app, asked, request, stopped))
}

/// The parameter that names a request which came with a form and is gone on with here.
const LEFT: &str = "flow";

/// What the address names, when it names nothing else.
fn left_behind<'a>(asked: &'a Asked<'_>) -> Option<&'a str> {
    let is_ours = asked.head.method == Method::GET && asked.query.get("client_id").is_none();
    asked.query.get(LEFT).filter(|_| is_ours)
}

/// Asks the person, who may have to log in before.
async fn go_on(app: &App, asked: &Asked<'_>, mut wanted: Wanted, shown: Option<Browser>) -> Paged {
    let (request, now) = (&mut wanted.request, app.clock.now().secs());
    let session = Session::of(app, shown.as_ref()).await?;
    let is_old = session.as_ref().is_some_and(|session| request.wants_login(session.authenticated, now));
    let session = session.filter(|_| !is_old);
    if request.prompts.contains(&Prompt::Nothing) {
        // consents are not remembered, so there is always something to ask
        let why = if session.is_some() { BackRefusal::ConsentRequired } else { BackRefusal::LoginRequired };
        return Ok(back_to_app(app, &wanted.request.refused(why)));
    }
    if is_old && !request.prompts.iter().any(|it| matches!(it, Prompt::Login | Prompt::SelectAccount)) {
        // a provider that remembers the person, too, has to ask as well
        request.prompts.push(Prompt::Login);
    }
    let aim = Aim::Code(Box::new(wanted));
    match (session, shown) {
        (Some(session), Some(browser)) => {
            let flow = Flow::begin(app, asked, aim, &browser).await?;
            consent::show(app, asked, flow, &session, &browser).await
        }
        (_, shown) => login_page(app, asked, aim, shown).await,
    }
}

/// The page on which somebody logs in before they go on. Where nobody logs in here, a browser goes to the provider at once; not
/// after a form, though: the policy of the form's page would keep it.
pub(super) async fn login_page(app: &App, asked: &Asked<'_>, aim: Aim, shown: Option<Browser>) -> Paged {
    let browser = shown.map_or_else(Browser::new, Ok)?;
    if !app.logins.now().passwords && asked.head.method == Method::GET {
        let location = elsewhere::question(app, asked, aim, &browser, None).await?;
        return Ok(see_other(&location).header(SET_COOKIE, browser.cookie(app)));
    }
    let flow = Flow::begin(app, asked, aim, &browser).await?;
    Ok(login::page_of(app, &flow, None).header(SET_COOKIE, browser.cookie(app)))
}

/// The request, and the exchange whose address it names as the one to which the token will be shown.
fn read(app: &App, parameters: &[(String, String)]) -> Result<(AuthorizeRequest, Arc<Exchanged>), AuthorizeRefusal> {
    let client_id = client_id(parameters).map_err(AuthorizeRefusal::Page)?;
    let registered = app.registered(client_id).ok_or(AuthorizeRefusal::Page(PageRefusal::UnknownClient))?;
    let mut refusal = AuthorizeRefusal::Page(PageRefusal::UnknownClient);
    for exchange in exchanges_of(app, &registered) {
        match authorize_request(parameters, Some(&registered.app), &exchange.mount.base) {
            Ok(request) => return Ok((request, exchange)),
            Err(other) => refusal = other,
        }
        if !matches!(&refusal, AuthorizeRefusal::Back(Back { why: BackRefusal::Audience, .. })) {
            break;
        }
    }
    Err(refusal)
}

/// The exchanges at which an app may be used.
fn exchanges_of<'a>(app: &'a App, registered: &'a Registered) -> impl Iterator<Item = Arc<Exchanged>> {
    app.exchanges.iter().map(Mounted::now).filter(|exchange| registered.exchanges.contains(&exchange.mount.exchange))
}

/// The request with what can be put to a person at all.
fn offered(request: AuthorizeRequest, references: References) -> Result<AuthorizeRequest, Box<Back>> {
    // nobody chooses anything but a patient here, and the encounter is the patient's
    let can_be_chosen = |scope: &String| match scope.parse() {
        Ok(Scope::Launch(LaunchScope::Choose { kind, .. })) => matches!(kind.as_str(), "patient" | "encounter"),
        _ => true,
    };
    let decided = |scope: &str| may_limit(scope, references).is_ok();
    let scopes: Vec<String> = for_person(&request.scopes, &decided).into_iter().filter(can_be_chosen).collect();
    if scopes.is_empty() {
        return Err(Box::new(request.refused(BackRefusal::Scope)));
    }
    Ok(AuthorizeRequest { scopes, ..request })
}

fn refused(app: &App, refusal: &AuthorizeRefusal) -> Stopped {
    match refusal {
        AuthorizeRefusal::Page(refusal) => {
            page::sorry(StatusCode::BAD_REQUEST, &format!("An app asks for access in a wrong way: {refusal}.")).into()
        }
        AuthorizeRefusal::Back(back) => back_to_app(app, back).into(),
    }
}

/// The way back to an app that gets nothing.
pub(super) fn back_to_app(app: &App, back: &Back) -> Reply {
    see_other(&back.location(&app.public_url))
}

/// Sends a browser on; whatever it did here, it asks there with GET.
pub(super) fn see_other(location: &str) -> Reply {
    Reply::empty(StatusCode::SEE_OTHER).header(LOCATION, location)
}

//! `{path}/launch` and `{path}/launch/{id}`: apps are launched from here.
//! Source: SMART App Launch 2.2, "Launch App: EHR Launch"; spec of Ontario, 11 (LaunchString: a draft is finished in the target's app).

use std::{collections::BTreeSet, sync::Arc};

use baton_exchange::{
    access::{AccessChange, Ticket},
    audit::Errand,
    decision::{Batch, Change},
};
use baton_oauth::launch::{ContextItem, LAUNCH_SECS, Launch, LaunchContext, LaunchState};
use hyper::{Method, StatusCode};

use super::{
    Paged,
    account::{Ended, line_at},
    answered,
    apart::told_apart,
    ask::{login_page, see_other},
    consent::{KeptLaunch, write_shown},
    flow::{Aim, Flow},
    guard,
    login::{flow_of, go_on_to},
    over,
    page::{self, escaped, log_out, more_of, page},
    session::{Browser, Session},
};
use crate::{
    app::App,
    exchanged::Exchanged,
    failure::Failure,
    http::{body::Inbound, dispatch::Asked, refuse::Problem, reply::Reply},
    rest::{draft_seen, patient_is_seen, patients_seen},
    token::{Registered, bytes, new_token_text, ticket_key},
};

/// What an app is to be opened for with a draft: a word that apps and this server agree upon.
const INTENT_OF_DRAFT: &str = "complete-referral";

/// How many patients the page of launches shows at once.
const PATIENTS_AT_ONCE: u32 = 100;

/// Launches an app: for a draft by its id, or as the person chooses.
///
/// # Errors
/// A [`Problem`] when the body breaks a limit or the store cannot be used.
pub async fn launch(
    app: &App,
    exchange: &Exchanged,
    id: Option<&str>,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<Reply, Problem> {
    answered(match (id, &asked.head.method) {
        (None, &Method::POST) => chosen(app, exchange, asked, body).await,
        (None, _) => choose(app, exchange, asked).await,
        (Some(id), _) => draft(app, exchange, id, asked).await,
    })
}

async fn draft(app: &App, exchange: &Exchanged, id: &str, asked: &Asked<'_>) -> Paged {
    let browser = Browser::of(app, asked);
    let Some(session) = Session::of(app, browser.as_ref()).await? else {
        return login_page(app, asked, Aim::Page(format!("{}/launch/{id}", path_of(app, exchange))), browser).await;
    };
    let partner = &session.account.partner;
    let draft = match exchange.partners.contains(partner) {
        true => draft_seen(app, exchange, partner, id).await?,
        false => None,
    };
    let nothing = || page::sorry(StatusCode::NOT_FOUND, "There is no draft of a referral here that you may finish.");
    let draft = draft.ok_or_else(nothing)?;
    let is_targets = |registered: &Arc<Registered>| draft.target.is_some() && registered.partner == draft.target;
    let Some(registered) = launchable(app, exchange).into_iter().find(is_targets) else {
        let words = "The referral goes to somebody who has no app here. Finish it where you began it.";
        return Ok(page::sorry(StatusCode::NOT_FOUND, words));
    };
    let request = ContextItem { reference: Some(format!("ServiceRequest/{id}")), ..ContextItem::default() };
    let context = LaunchContext {
        patient: draft.patient,
        others: vec![request],
        intent: Some(INTENT_OF_DRAFT.to_owned()),
        ..LaunchContext::default()
    };
    let status = StatusCode::SEE_OTHER;
    Ok(see_other(&begun((app, asked), exchange, &registered, &session, context, status).await?))
}

/// The page on which somebody chooses an app and a patient.
async fn choose(app: &App, exchange: &Exchanged, asked: &Asked<'_>) -> Paged {
    let browser = Browser::of(app, asked);
    let aim = Aim::Page(format!("{}/launch", path_of(app, exchange)));
    let (session, browser) = match (Session::of(app, browser.as_ref()).await?, browser) {
        (Some(session), Some(browser)) => (session, browser),
        (_, browser) => return login_page(app, asked, aim, browser).await,
    };
    let flow = Flow::begin(app, asked, aim, &browser).await?;
    page_of((app, asked), exchange, &session, &flow, None).await
}

/// The page with so many patients, after those that were shown before.
async fn page_of(
    (app, asked): (&App, &Asked<'_>),
    exchange: &Exchanged,
    session: &Session,
    flow: &Flow,
    after: Option<i64>,
) -> Paged {
    let partner = &session.account.partner;
    let seen = match exchange.partners.contains(partner) {
        true => patients_seen(app, exchange, partner, after, PATIENTS_AT_ONCE).await?,
        false => Default::default(),
    };
    write_shown(app, asked, exchange, (partner, session.actor()), &seen).await?;
    let apps = launchable(app, exchange);
    let option =
        |value: &str, words: &str| format!("<option value=\"{}\">{}</option>\n", escaped(value), escaped(words));
    let options: String = apps.iter().map(|one| option(&one.app.client_id, &one.name)).collect();
    let patients: String = told_apart(&seen).iter().map(|(id, words)| option(id, words)).collect();
    let more = seen.next.map(|after| more_of(after, "Show others")).unwrap_or_default();
    let inner = format!(
        "<p>You are <strong>{}</strong>.</p>\n<form method=\"post\" action=\"{}/launch\">\n\
         <input type=\"hidden\" name=\"flow\" value=\"{}\">\n<label>App <select name=\"app\">\n{options}</select></label>\n\
         <label>Patient <select name=\"patient\">\n<option value=\"\">(none)</option>\n{patients}</select></label>\n\
         <button>Launch</button>\n{more}</form>\n{}",
        escaped(&session.account.name),
        escaped(path_of(app, exchange)),
        flow.text,
        log_out(flow, "Log out"),
    );
    Ok(page(StatusCode::OK, "Launch an app", &inner, &[]))
}

async fn chosen(app: &App, exchange: &Exchanged, asked: &Asked<'_>, body: &mut Inbound) -> Paged {
    let form = guard::own_form(app, asked, body).await?;
    let (flow, browser) = flow_of(app, asked, &form).await?;
    let session = Session::of(app, Some(&browser)).await?.ok_or_else(over)?;
    if form.get("decision") == Some("more") {
        let after = form.get("after").and_then(|after| after.parse().ok());
        return page_of((app, asked), exchange, &session, &flow, after).await;
    }
    let wanted = form.get("app").unwrap_or_default();
    let registered = launchable(app, exchange).into_iter().find(|registered| registered.app.client_id == wanted);
    let nothing = || page::sorry(StatusCode::NOT_FOUND, "There is no such app or patient here.");
    let registered = registered.ok_or_else(nothing)?;
    let patient = form.get("patient").filter(|id| !id.is_empty());
    if let Some(id) = patient {
        let partner = &session.account.partner;
        let is_seen = exchange.partners.contains(partner) && patient_is_seen(app, exchange, partner, id).await?;
        if !is_seen {
            return Ok(nothing());
        }
    }
    let context = LaunchContext { patient: patient.map(str::to_owned), ..LaunchContext::default() };
    let location = begun((app, asked), exchange, &registered, &session, context, StatusCode::OK).await?;
    // a redirect would be held against the policy of this form's page, and so would all that follow it: the app's own, and the
    // one to where people log in
    Ok(go_on_to("One moment", &location))
}

/// The path of an exchange, as browsers see it.
fn path_of<'e>(app: &App, exchange: &'e Exchanged) -> &'e str {
    exchange.mount.base.strip_prefix(app.public_url.as_str()).unwrap_or_default()
}

/// The apps that can be launched at an exchange, in the order of their names.
fn launchable(app: &App, exchange: &Exchanged) -> Vec<Arc<Registered>> {
    let is_here = |one: &&Arc<Registered>| one.launch_url.is_some() && one.exchanges.contains(&exchange.mount.exchange);
    let mut apps: Vec<Arc<Registered>> = app.clients.now().apps().filter(is_here).cloned().collect();
    apps.sort_by(|one, other| (&one.name, &one.app.client_id).cmp(&(&other.name, &other.app.client_id)));
    apps
}

/// Writes a launch down for the app and the person, and says where the browser goes with it.
async fn begun(
    (app, asked): (&App, &Asked<'_>),
    exchange: &Exchanged,
    registered: &Registered,
    session: &Session,
    context: LaunchContext,
    status: StatusCode,
) -> Result<String, Failure> {
    let (text, expires) = (new_token_text()?, app.clock.now().plus_secs(LAUNCH_SECS));
    let launch = Launch {
        client_id: registered.app.client_id.clone(),
        user: session.account.subject.clone(),
        context,
        expires: expires.secs(),
        state: LaunchState::Fresh,
    };
    let kept = KeptLaunch { launch, exchange: exchange.mount.exchange.as_str().to_owned() };
    let key = ticket_key("launch", &[&text]);
    let ticket = Ticket { key, version: 1, family: None, body: bytes(&kept)?, expires };
    let partner = Some(&session.account.partner);
    let actor = session.actor().through(Some(&registered.app.client_id));
    let ended = Ended { errand: Errand::Launch, status, code: "", partner, actor };
    let line = line_at(app, asked, exchange, &ended, &BTreeSet::new());
    let changes = vec![Change::Access(AccessChange::PutTicket(ticket)), Change::PutAudit(line)];
    app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
    let url = registered.launch_url.as_deref().unwrap_or_default();
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    let query = query.append_pair("iss", &exchange.mount.base).append_pair("launch", &text).finish();
    Ok(format!("{url}?{query}"))
}

//! The question whether an app may have what it asks for.

use baton_exchange::{
    access::{AccessChange, Ticket},
    audit::{Actor, Errand},
    decision::Change,
    id::PartnerId,
};
use baton_oauth::{
    authorize::BackRefusal,
    launch::{Launch, LaunchContext, take_up},
    scope::{LaunchScope, Level, Scope},
};
use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::{
    Paged, Stopped,
    account::{Ended, line_at},
    ask::back_to_app,
    consent_page,
    flow::{Aim, Flow, Stage, Wanted},
    over,
    session::{Browser, Session},
};
use crate::{
    app::App,
    exchanged::Exchanged,
    failure::Failure,
    http::dispatch::Asked,
    rest::{PatientsSeen, patients_seen},
    token::{bytes, read, ticket_key},
};

/// How many patients are shown at once.
const PATIENTS_AT_ONCE: u32 = 50;

/// Behind the handle of a launch.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptLaunch {
    pub(super) launch: Launch,
    pub(super) exchange: String,
}

/// Asks the person who is logged in, once the launch that the app came with is taken up.
pub(super) async fn show(app: &App, asked: &Asked<'_>, mut flow: Flow, session: &Session, browser: &Browser) -> Paged {
    let Aim::Code(wanted) = &flow.aim else { return Err(over().into()) };
    let wanted = wanted.clone().still_registered(app)?;
    let (wanted, used) = match launched(app, &wanted, session).await? {
        None => (wanted, None),
        Some((context, used)) => (Wanted { context: Some(context), ..wanted }, Some(used)),
    };
    flow.aim = Aim::Code(Box::new(wanted.clone()));
    flow.stage = Stage::Asked;
    let is_launched = used.is_some();
    if !flow.go_on(app, browser, used.into_iter().collect()).await? {
        return match is_launched {
            true => Ok(back_to_app(app, &wanted.request.refused(BackRefusal::Launch))),
            false => Err(over().into()),
        };
    }
    let patients = patients(app, asked, &wanted, session, None).await?;
    Ok(consent_page::page_of(app, &flow, &wanted, session, patients.as_ref(), None))
}

/// Where the app was launched, and that the launch is used up; nothing for an app that came by itself.
async fn launched(app: &App, wanted: &Wanted, session: &Session) -> Result<Option<(LaunchContext, Change)>, Stopped> {
    let Some(handle) = wanted.request.launch.as_deref().filter(|_| wanted.context.is_none()) else { return Ok(None) };
    let refused = || back_to_app(app, &wanted.request.clone().refused(BackRefusal::Launch));
    let ticket = app.in_time(app.store.ticket(ticket_key("launch", &[handle]))).await?;
    let kept = ticket.and_then(|ticket| Some((read::<KeptLaunch>(&ticket.body)?, ticket)));
    let (kept, ticket) = kept.filter(|(kept, _)| kept.exchange == wanted.exchange).ok_or_else(refused)?;
    let (client_id, user) = (&wanted.request.client_id, &session.account.subject);
    let launch =
        take_up(Some(kept.launch), client_id, user, app.clock.now().secs()).map_err(|_| Stopped::from(refused()))?;
    let context = launch.context.clone();
    let body = bytes(&KeptLaunch { launch, exchange: kept.exchange })?;
    let used = Ticket { version: ticket.version + 1, body, ..ticket };
    Ok(Some((context, Change::Access(AccessChange::PutTicket(used)))))
}

/// The patients of whom one has to be chosen; nothing where none has to be.
pub(super) async fn patients(
    app: &App,
    asked: &Asked<'_>,
    wanted: &Wanted,
    session: &Session,
    after: Option<i64>,
) -> Result<Option<PatientsSeen>, Failure> {
    if !must_choose(wanted) {
        return Ok(None);
    }
    let Some(exchange) = app.exchange(&wanted.exchange.as_str().into()) else { return Ok(None) };
    let partner = &session.account.partner;
    if !exchange.partners.contains(partner) {
        return Ok(Some(PatientsSeen::default()));
    }
    let seen = patients_seen(app, &exchange, partner, after, PATIENTS_AT_ONCE).await?;
    let actor = session.actor().through(Some(&wanted.request.client_id));
    write_shown(app, asked, &exchange, (partner, actor), &seen).await?;
    Ok(Some(seen))
}

/// Writes the line of the patients that somebody is shown, before they are.
pub(super) async fn write_shown(
    app: &App,
    asked: &Asked<'_>,
    exchange: &Exchanged,
    (partner, actor): (&PartnerId, Actor),
    seen: &PatientsSeen,
) -> Result<(), Failure> {
    let ended = Ended { errand: Errand::Search, status: StatusCode::OK, code: "", partner: Some(partner), actor };
    app.write_line(line_at(app, asked, exchange, &ended, &seen.referrals)).await
}

/// Whether a patient has to be chosen.
pub(super) fn must_choose(wanted: &Wanted) -> bool {
    let is_known = wanted.context.as_ref().is_some_and(|context| context.patient.is_some());
    !is_known && wanted.request.scopes.iter().any(|scope| is_about_a_patient(scope))
}

fn is_about_a_patient(scope: &str) -> bool {
    match scope.parse() {
        Ok(Scope::Resource(scope)) => scope.level == Level::Patient,
        Ok(Scope::Launch(LaunchScope::Choose { kind, .. })) => kind == "patient",
        Ok(Scope::Launch(LaunchScope::Ehr) | Scope::Identity(_) | Scope::Lasting(_)) | Err(_) => false,
    }
}

//! `POST /oauth/consent`: what the person says.

use std::collections::BTreeSet;

use baton_exchange::{
    access::{AccessChange, Family, Ticket},
    audit::Errand,
    decision::Change,
};
use baton_oauth::{
    authorize::BackRefusal,
    code::{CODE_SECS, Code, CodeState},
    consent::{self as agreed, Consent},
    launch::LaunchContext,
    scope::{LaunchScope, Scope},
};
use hyper::StatusCode;

use super::{
    Paged, Stopped,
    account::{Ended, line_at},
    ask::{back_to_app, see_other},
    consent::{must_choose, patients},
    consent_page,
    flow::{Aim, Flow, Stage, Wanted},
    guard,
    login::flow_of,
    over,
    session::Session,
    told_the_app,
};
use crate::{
    app::App,
    failure::Failure,
    http::{body::Inbound, dispatch::Asked, query::Parameters},
    rest::{encounter_seen, patient_is_seen},
    token::{KeptCode, Whose, bytes, new_token_text, ticket_key},
};

/// Does what the person says.
pub(super) async fn decide(app: &App, asked: &Asked<'_>, body: &mut Inbound) -> Paged {
    let form = guard::own_form(app, asked, body).await?;
    let (flow, browser) = flow_of(app, asked, &form).await?;
    let session = Session::of(app, Some(&browser)).await?.ok_or_else(over)?;
    let (Aim::Code(wanted), Stage::Asked) = (&flow.aim, flow.stage) else { return Err(over().into()) };
    let wanted = wanted.clone().still_registered(app)?;
    let request = wanted.request.clone();
    let paged = decided(app, asked, flow, wanted, &session, &form).await;
    paged.map_err(|stopped| told_the_app(app, asked, request, stopped))
}

async fn decided(
    app: &App,
    asked: &Asked<'_>,
    flow: Flow,
    wanted: Wanted,
    session: &Session,
    form: &Parameters,
) -> Paged {
    match form.get("decision") {
        Some("allow") => allow(app, asked, flow, wanted, session, form).await,
        Some("more") => {
            let after = form.get("after").and_then(|after| after.parse().ok());
            let patients = patients(app, asked, &wanted, session, after).await?;
            Ok(consent_page::page_of(app, &flow, &wanted, session, patients.as_ref(), None))
        }
        _ => {
            let told = told(app, asked, &wanted, session, "access_denied");
            end(app, flow, told).await?;
            Ok(back_to_app(app, &wanted.request.refused(BackRefusal::Denied)))
        }
    }
}

async fn allow(
    app: &App,
    asked: &Asked<'_>,
    flow: Flow,
    wanted: Wanted,
    session: &Session,
    form: &Parameters,
) -> Paged {
    let scopes = chosen(&wanted.request.scopes, form);
    let mut context = match context(app, &wanted, session, form).await? {
        Ok(context) => context,
        Err(words) => {
            let patients = patients(app, asked, &wanted, session, None).await?;
            return Ok(consent_page::page_of(app, &flow, &wanted, session, patients.as_ref(), Some(words)));
        }
    };
    context.encounter = encounter(app, &wanted, session, &scopes, &context).await?;
    // what is not given is not granted either, so that the app knows
    let is_told = |scope: &String| context.encounter.is_some() || !is_about_an_encounter(scope);
    let scopes: Vec<String> = scopes.into_iter().filter(is_told).collect();
    let is_empty = !scopes.iter().any(|scope| matches!(scope.parse(), Ok(Scope::Resource(_) | Scope::Identity(_))));
    if is_empty || context.is_enough_for(&scopes).is_err() {
        end(app, flow, told(app, asked, &wanted, session, "access_denied")).await?;
        let why = if is_empty { BackRefusal::Denied } else { BackRefusal::NoPatient };
        return Ok(back_to_app(app, &wanted.request.refused(why)));
    }
    let (text, request) = (new_token_text()?, wanted.request.clone());
    let told = told(app, asked, &wanted, session, "");
    let code = code(app, wanted, session, scopes, context, &text)?;
    end(app, flow, told.into_iter().chain([code]).collect()).await?;
    Ok(see_other(&request.location(&text, &app.public_url)))
}

/// The encounter that the app is told of: as it was launched, or the only one of the patient.
async fn encounter(
    app: &App,
    wanted: &Wanted,
    session: &Session,
    scopes: &[String],
    context: &LaunchContext,
) -> Result<Option<String>, Failure> {
    let is_asked_for = scopes.iter().any(|scope| is_about_an_encounter(scope));
    if context.encounter.is_some() || !is_asked_for {
        return Ok(context.encounter.clone());
    }
    let exchange = app.exchange(&wanted.exchange.as_str().into());
    let partner = &session.account.partner;
    match (exchange.filter(|exchange| exchange.partners.contains(partner)), &context.patient) {
        (Some(exchange), Some(patient)) => encounter_seen(app, &exchange, partner, patient).await,
        (Some(_) | None, _) => Ok(None),
    }
}

fn is_about_an_encounter(scope: &str) -> bool {
    matches!(scope.parse(), Ok(Scope::Launch(LaunchScope::Choose { kind, .. })) if kind == "encounter")
}

/// The line of what the person said.
fn told(app: &App, asked: &Asked<'_>, wanted: &Wanted, session: &Session, code: &'static str) -> Vec<Change> {
    let partner = Some(&session.account.partner);
    let actor = session.actor().through(Some(&wanted.request.client_id));
    let ended = Ended { errand: Errand::Consent, status: StatusCode::SEE_OTHER, code, partner, actor };
    let exchange = app.exchange(&wanted.exchange.as_str().into());
    let line = exchange.map(|exchange| line_at(app, asked, &exchange, &ended, &BTreeSet::new()));
    line.map(Change::PutAudit).into_iter().collect()
}

/// Ends the flow, so that of two answers one counts.
async fn end(app: &App, flow: Flow, changes: Vec<Change>) -> Result<(), Stopped> {
    if flow.end(app, changes).await? { Ok(()) } else { Err(over().into()) }
}

/// What was asked for without what the person took out.
fn chosen(scopes: &[String], form: &Parameters) -> Vec<String> {
    let is_ticked = |scope: &String| form.iter().any(|(name, value)| name == "scope" && value == scope);
    let stays = |scope: &&String| match scope.parse() {
        Ok(Scope::Resource(_) | Scope::Lasting(_)) => is_ticked(scope),
        Ok(Scope::Launch(_) | Scope::Identity(_)) => true,
        Err(_) => false,
    };
    scopes.iter().filter(stays).cloned().collect()
}

/// What the app is told of where it is: as it was launched, or about the patient that was chosen; or what the person has to be told.
async fn context(
    app: &App,
    wanted: &Wanted,
    session: &Session,
    form: &Parameters,
) -> Result<Result<LaunchContext, &'static str>, Failure> {
    let mut context = wanted.context.clone().unwrap_or_default();
    if must_choose(wanted) {
        let Some(id) = form.get("patient") else { return Ok(Err("Choose a patient.")) };
        let exchange = app.exchange(&wanted.exchange.as_str().into());
        let partner = &session.account.partner;
        let is_seen = match exchange.filter(|exchange| exchange.partners.contains(partner)) {
            Some(exchange) => patient_is_seen(app, &exchange, partner, id).await?,
            None => false,
        };
        if !is_seen {
            return Ok(Err("There is no such patient. Choose another one."));
        }
        context.patient = Some(id.to_owned());
    }
    if context.patient.is_some() {
        context.need_patient_banner.get_or_insert(true);
    }
    context.smart_style_url = Some(format!("{}/oauth/style.json", app.public_url));
    Ok(Ok(context))
}

fn code(
    app: &App,
    wanted: Wanted,
    session: &Session,
    scopes: Vec<String>,
    context: LaunchContext,
    text: &str,
) -> Result<Change, Failure> {
    let (family, expires) = (uuid::Uuid::new_v4().into_bytes(), app.clock.now().plus_secs(CODE_SECS));
    let request = wanted.request;
    let consent = Consent {
        family: agreed::Family(family),
        client_id: request.client_id,
        user: session.account.subject.clone(),
        scopes,
        context,
    };
    let code = Code {
        consent,
        redirect_uri: request.redirect_uri.as_str().to_owned(),
        challenge: request.challenge,
        nonce: request.nonce,
        authenticated: session.authenticated,
        expires: expires.secs(),
        state: CodeState::Fresh,
    };
    let whose = Whose {
        login: session.account.login.as_str().to_owned(),
        subject: session.account.subject.clone(),
        exchange: wanted.exchange,
        authenticated: session.authenticated,
        session: session.key.0,
        epoch: session.account.epoch,
    };
    let ticket = Ticket {
        key: ticket_key("code", &[text]),
        version: 1,
        family: Some(Family(family)),
        body: bytes(&KeptCode { code, whose })?,
        expires,
    };
    Ok(Change::Access(AccessChange::PutTicket(ticket)))
}

//! A request to a record locator, from its head to its answer. The rules are elsewhere.
//! Source: docs/dialects/nrl.md, "Order of checks".

mod account;
mod body;
mod caller;
mod find;
mod gate;
mod place;
mod settle;
mod trail;
mod trouble;

use std::sync::Arc;

use baton_dialects::nrl::{
    Admitted, Answer, Asked as AskedPointer, Fault, Ready, Refused, Request, fhir, prepare, request, wanted,
};
use baton_exchange::{audit::Interaction, refusal::Refusal};
use baton_fhir::format::Format;
use hyper::{
    Method, StatusCode,
    header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ALLOW, RETRY_AFTER},
};

use self::{
    account::Account,
    caller::{admitted, in_turn},
    place::{form, id, interaction, routed, verb},
    trouble::Trouble,
};
use crate::{
    app::App,
    failure::Failure,
    http::{
        admit::refused_stranger,
        body::Inbound,
        dispatch::Asked,
        query::Parameters,
        refuse::{Problem, written},
        reply::Reply,
        route::PointerPlace,
    },
    locator::Located,
    log::RequestLine,
    rest,
};

/// What a request comes with.
struct Cx<'r> {
    app: &'r Arc<App>,
    located: &'r Located,
    asked: &'r Asked<'r>,
    /// Parameters of the query and, in a search by form, of the body.
    query: Parameters,
    format: Format,
}

/// An answer, and whether the audit has its line already.
struct Worked {
    reply: Reply,
    kept: Kept,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Already,
    NotYet,
}

/// Answers a request to a locator, whatever happens. The audit has a line of it before the first byte leaves.
pub async fn answer(
    app: &Arc<App>,
    number: usize,
    place: &PointerPlace,
    asked: &Asked<'_>,
    body: &mut Inbound,
    log: &mut RequestLine,
) -> Reply {
    let located = &app.locators[number].now();
    if asked.head.method == Method::OPTIONS {
        return preflight(place);
    }
    let wanted = wanted(&located.locator, asked.accepts().as_deref(), asked.query.get("_format"));
    let format = wanted.clone().unwrap_or(baton_dialects::nrl::FORMAT);
    let mut cx = Cx { app, located, asked, query: asked.query.clone(), format };
    let mut account = Account::new(&cx, interaction(place, &asked.head.method));
    let worked = match routed(place, &asked.head.method) {
        Err(refusal) => Err(of_nobody(&cx, refusal.into())),
        Ok(()) if *place == PointerPlace::Metadata => match wanted {
            Ok(format) => return metadata(located, format),
            Err(fault) => Err(of_nobody(&cx, fault.into())),
        },
        Ok(()) => work(&mut cx, place, wanted, body, &mut account).await,
    };
    if let Some(partner) = account.partner() {
        log.partner(partner);
    }
    let reply = match finish(&cx, &account, worked).await {
        Ok(reply) => reply,
        Err(failure) => {
            log.failed(&failure);
            failed(&cx, &account, &failure)
        }
    };
    app.metrics.pointer(located.locator.exchange.as_str(), account.interaction(), reply.status.as_u16());
    reply
}

/// What is refused before anybody was asked who they are.
fn of_nobody(cx: &Cx<'_>, trouble: Trouble) -> Trouble {
    refused_stranger(cx.app, cx.asked).map_or_else(Trouble::from, |()| trouble)
}

/// Adds what the audit has not yet, and words what is refused.
async fn finish(cx: &Cx<'_>, account: &Account, worked: Result<Worked, Trouble>) -> Result<Reply, Failure> {
    let (reply, code) = match worked {
        Ok(Worked { reply, kept: Kept::Already }) => return Ok(reply),
        Ok(Worked { reply, kept: Kept::NotYet }) => (reply, String::new()),
        Err(Trouble::Refused(refused)) => {
            let answer = account.voice(cx).refuse(&refused);
            let code = answer.code.clone();
            let reply = with_headers(outcome(answer, cx.format), &refused);
            if is_passed_over(&refused) {
                return Ok(reply);
            }
            (reply, code)
        }
        Err(Trouble::Failure(failure)) => return Err(failure),
    };
    account.keep(cx, reply.status.as_u16(), code).await?;
    Ok(reply)
}

/// Words a problem that came before or beside the locator's own work.
pub fn problem(app: &Arc<App>, number: usize, asked: &Asked<'_>, problem: &Problem) -> Reply {
    let located = &app.locators[number].now();
    let format = wanted(&located.locator, asked.accepts().as_deref(), asked.query.get("_format"));
    let format = format.unwrap_or(baton_dialects::nrl::FORMAT);
    let cx = Cx { app, located, asked, query: Parameters::default(), format };
    let account = Account::new(&cx, Interaction::Other);
    match problem {
        Problem::Failure(failure) => failed(&cx, &account, failure),
        Problem::Refusal(refusal) => {
            let wrong = Fault::Refusal(refusal.clone()).into();
            with_headers(refused(&cx, &account, &wrong), &wrong)
        }
        // no other guide words anything of a locator
        Problem::Refused(_) => refused(&cx, &account, &Fault::Failure.into()),
    }
}

fn failed(cx: &Cx<'_>, account: &Account, failure: &Failure) -> Reply {
    match failure.retry_after_secs() {
        Some(secs) => refused(cx, account, &Fault::Unavailable.into()).header(RETRY_AFTER, secs.to_string()),
        None => refused(cx, account, &Fault::Failure.into()),
    }
}

fn refused(cx: &Cx<'_>, account: &Account, refused: &Refused) -> Reply {
    outcome(account.voice(cx).refuse(refused), cx.format)
}

fn outcome(answer: Answer, format: Format) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Reply::with_body(status, format.media_type(), written(answer.outcome.root(), format, fhir()))
}

fn with_headers(reply: Reply, refused: &Refused) -> Reply {
    match refused.0.first().map(|wrong| &wrong.fault) {
        Some(Fault::Refusal(Refusal::MethodNotAllowed { allow })) => reply.header(ALLOW, allow),
        Some(Fault::Refusal(Refusal::TooManyRequests { retry_after_secs })) => {
            reply.header(RETRY_AFTER, retry_after_secs.to_string())
        }
        _ => reply,
    }
}

/// Whether a request was not looked at, because its client asks for too much. The audit has no line of it: each line is a write,
/// and who asks for too much must not make us write. The metrics count it.
fn is_passed_over(refused: &Refused) -> bool {
    let is_limit = |fault: &Fault| matches!(fault, Fault::Refusal(Refusal::TooManyRequests { .. }));
    refused.0.iter().any(|wrong| is_limit(&wrong.fault))
}

/// Browsers ask first.
fn preflight(place: &PointerPlace) -> Reply {
    let reply = Reply::empty(StatusCode::NO_CONTENT);
    let Some(allow) = place.allow() else { return reply };
    let headers = match place {
        PointerPlace::Record(_) => {
            "Accept, Authorization, Ssp-From, Ssp-To, Ssp-TraceID, Ssp-InteractionID, X-Request-ID, X-Correlation-ID"
        }
        _ => "Accept, Authorization, Content-Type, fromASID, toASID, X-Request-ID, X-Correlation-ID",
    };
    reply.header(ALLOW, allow).header(ACCESS_CONTROL_ALLOW_METHODS, allow).header(ACCESS_CONTROL_ALLOW_HEADERS, headers)
}

fn metadata(located: &Located, format: Format) -> Reply {
    let body = written(located.metadata.root(), format, fhir());
    Reply::with_body(StatusCode::OK, format.media_type(), body).public()
}

async fn work(
    cx: &mut Cx<'_>,
    place: &PointerPlace,
    wanted: Result<Format, Fault>,
    body: &mut Inbound,
    account: &mut Account,
) -> Result<Worked, Trouble> {
    if let PointerPlace::Record(address) = place {
        return gate::fetch(cx, address, account).await;
    }
    let by = admitted(cx, account);
    let (by, _turn) = in_turn(cx, account, by).await?;
    let app = cx.app;
    app.steps.steps(&by.system.partner, work_for(cx, place, &by, wanted, body, account)).await
}

/// The same for a caller that is let in.
async fn work_for(
    cx: &mut Cx<'_>,
    place: &PointerPlace,
    by: &Admitted,
    wanted: Result<Format, Fault>,
    body: &mut Inbound,
    account: &mut Account,
) -> Result<Worked, Trouble> {
    match place {
        PointerPlace::Search(_) => read_form(cx, body).await?,
        _ => drop(wanted?),
    }
    if account.searched(cx).is_some() {
        cx.app.queries.must_be_kept(cx.asked)?;
    }
    if *place == PointerPlace::Trail {
        return trail::trail(cx, by).await;
    }
    let verb = verb(place, &cx.asked.head.method).ok_or(Refusal::RequestInvalid)?;
    let asked = AskedPointer { verb, id: id(place), query: cx.query.pairs() };
    let understood = request(&cx.located.locator, by, &asked)?;
    match understood {
        Request::Create => {
            let (body, _place) = body::read(cx, &by.system.partner, body).await?;
            let (locator, now) = (cx.located.locator.clone(), account.now());
            let ready =
                body::aside(cx.app, &by.system.partner, body, move |body| prepare(&locator, body, now)).await??;
            settle::settle(cx, by, ready, account).await
        }
        Request::Update(named) => {
            account.about(named.subject());
            let (body, _place) = body::read(cx, &by.system.partner, body).await?;
            let locator = cx.located.locator.clone();
            let ready = body::aside(cx.app, &by.system.partner, body, move |body| Ready::update(&locator, named, body))
                .await??;
            settle::settle(cx, by, ready, account).await
        }
        Request::Delete(named) => settle::settle(cx, by, Ready::Delete(named), account).await,
        Request::Read(named) => settle::read(cx, by, Ready::Read(named), account).await,
        Request::SearchById(named) => find::by_id(cx, by, Ready::SearchById(named), form(place), account).await,
        Request::Search(find) => find::search(cx, &find, form(place), account).await,
    }
}

/// Reads the parameters of a search by form. The format may be one of them.
async fn read_form(cx: &mut Cx<'_>, body: &mut Inbound) -> Result<(), Trouble> {
    let form = rest::form_of(cx.asked, body).await?;
    cx.query = cx.query.clone().and(form);
    cx.format = wanted(&cx.located.locator, cx.asked.accepts().as_deref(), cx.query.get("_format"))?;
    Ok(())
}

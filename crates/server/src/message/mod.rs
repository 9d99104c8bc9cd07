//! What changes referrals, by whichever way it comes: `$process-message`, the older guide's updates, REST on what a target works
//! with. From the head to the answer; the rules are elsewhere.

mod parameters;
mod render;
mod sent;
mod settle;
mod way;

use std::sync::Arc;

use baton_dialects::{Made, Mount, Posted, arrive};
use baton_exchange::{
    access::{Caller, Reach, Writing, may_message, may_write},
    id::ReferralId,
    refusal::Refusal,
};
use baton_fhir::format::Format;
use hyper::{
    Method,
    header::{ETAG, LOCATION},
};
use tokio::time::timeout;

use crate::{
    app::{App, WORK_TIME},
    exchanged::Exchanged,
    failure::Failure,
    http::{
        body::{Inbound, Packing, announced},
        dispatch::{Asked, wanted},
        refuse::Problem,
        reply::{Accounting, Reply},
        route::{Access, Place},
    },
    metrics::Verdict,
    visit::shown,
    work::{LARGE_BYTES, Room, aside, place, wait_for_place},
};

use render::{Extent, render};
use settle::{Answered, By};

/// Takes what is sent to a place and answers it.
///
/// # Errors
/// A [`Problem`], in the order of the guide's table: scope, size, media types, parameters, body, then all about the message.
pub async fn post(
    app: &Arc<App>,
    exchange: &Exchanged,
    caller: &Arc<Caller>,
    at: &Place,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<Reply, Problem> {
    let answered = answered(app, exchange, caller, at, asked, body).await;
    count(app, &exchange.mount, answered.as_ref().map(|(answered, ..)| answered));
    let (mut answered, format, room) = answered?;
    let extent = Extent::asked(&asked.head.headers, at).readable(&exchange.mount, caller, at, &answered);
    let made = answered.made.take();
    let accounting = match answered.is_told {
        true => Accounting::Written,
        false => shown(&answered.referral),
    };
    let (large, definitions) = (answered.answer.len() > LARGE_BYTES, exchange.definitions);
    let reply =
        aside(app, Some(&caller.partner), large, move || render(answered, format, extent, definitions)).await??;
    let reply = reply.accounting(accounting).made_in(room);
    Ok(match made {
        Some(made) => at_version(reply, &made, &exchange.mount.base),
        None => reply,
    })
}

async fn answered(
    app: &Arc<App>,
    exchange: &Exchanged,
    caller: &Arc<Caller>,
    at: &Place,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<(Answered, Format, Room), Problem> {
    let headers = &asked.head.headers;
    let reach = permitted(exchange, caller, at, &asked.head.method)?;
    let bytes_max = app.body_bytes_max;
    let (packing, declared) = announced(headers, bytes_max)?;
    let sent = sent::sent(exchange, at, asked)?;
    let format = wanted(exchange, asked)?;
    let way = way::way(at, asked, sent.language)?;
    let size = if packing == Packing::Plain { declared.unwrap_or(bytes_max) } else { bytes_max };
    let mut room = place(app, &caller.partner, size)?;
    let body = body.read(packing, bytes_max, declared).await?;
    let referral_info = way::referral_info(headers);
    let posted = Posted { body, format: sent.format, as_form: sent.as_form, way, referral_info };
    let by = By {
        mount: exchange.mount_now(),
        caller: caller.clone(),
        reach,
        ids: settle::new_ids(),
        request_id: asked.trace.request_id.clone(),
        large: posted.body.len() > LARGE_BYTES,
    };
    match timeout(WORK_TIME, read_and_settle(app, posted, by, Some(&mut room))).await {
        Ok(settled) => Ok((settled?, format, room)),
        Err(_) => Err(Failure::Deadline(WORK_TIME).into()),
    }
}

/// Takes what comes by no request: an answer to a notice, or what this program sends itself. `request_id` is for the audit.
///
/// # Errors
/// A [`Problem`], as for what is posted.
pub async fn take(
    app: &App,
    mount: &Arc<Mount>,
    caller: Arc<Caller>,
    posted: Posted,
    request_id: String,
) -> Result<Taken, Problem> {
    let large = posted.body.len() > LARGE_BYTES;
    let by = By { mount: mount.clone(), caller, reach: Reach::All, ids: settle::new_ids(), request_id, large };
    let settled = async {
        let _places = wait_for_place(app, posted.body.len()).await?;
        read_and_settle(app, posted, by, None).await
    };
    let answered = timeout(WORK_TIME, settled).await.unwrap_or_else(|_| Err(Failure::Deadline(WORK_TIME).into()));
    count(app, mount, answered.as_ref());
    let Answered { status, action, referral, .. } = answered?;
    Ok(Taken { status, action, referral })
}

fn count(app: &App, mount: &Mount, answered: Result<&Answered, &Problem>) {
    let (action, verdict) = match answered {
        Ok(answered) => (answered.action, answered.verdict),
        Err(Problem::Failure(_)) => ("", Verdict::Failed),
        Err(Problem::Refusal(_) | Problem::Refused(_)) => ("", Verdict::Refused),
    };
    app.metrics.message(mount.exchange.as_str(), action, verdict);
}

/// What became of something that was taken.
pub struct Taken {
    /// As which HTTP status it counts.
    pub status: u16,
    /// What was done, as a word; empty for what was answered before.
    pub action: &'static str,
    /// To which referral; of what was answered before, the one that it was about.
    pub referral: Option<ReferralId>,
}

/// How far the caller's token covers what it sends there.
fn permitted(exchange: &Exchanged, caller: &Caller, at: &Place, method: &Method) -> Result<Reach, Refusal> {
    let references = exchange.mount.references();
    match (at.access(method), at) {
        (Access::Message, _) => may_message(caller).map(|()| Reach::All),
        (Access::Create, Place::Type(name)) => may_write(caller, name, Writing::Create, references),
        (Access::Update, Place::Instance(name, _)) => may_write(caller, name, Writing::Update, references),
        (Access::Public | Access::Read | Access::Create | Access::Update | Access::Own, _) => Err(Refusal::NoSuchRoute),
    }
}

async fn read_and_settle(app: &App, posted: Posted, by: By, room: Option<&mut Room>) -> Result<Answered, Problem> {
    let (mount, sender) = (by.mount.clone(), by.caller.partner.clone());
    let arrive = move || arrive(&mount, &sender, posted);
    let arrived = aside(app, Some(&by.caller.partner), by.large, arrive).await?;
    settle::settle(app, arrived, by, room).await
}

/// An answer that says which version of which resource there is now. Source: FHIR R4 RESTful API, "create", "update".
fn at_version(reply: Reply, made: &Made, base: &str) -> Reply {
    let Made { resource_type, id, version, is_new } = made;
    let reply = reply.header(ETAG, format!("W/\"{version}\""));
    match is_new {
        true => reply.header(LOCATION, format!("{base}/{resource_type}/{id}/_history/{version}")),
        false => reply,
    }
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;

    use super::{ETAG, LOCATION, Made, Reply, at_version};
    use crate::http::trace::Trace;

    #[track_caller]
    fn check(is_new: bool, location: Option<&str>) {
        let made = Made { resource_type: "Appointment".to_owned(), id: "a-1".to_owned(), version: 3, is_new };
        let reply = at_version(Reply::empty(StatusCode::OK), &made, "https://a.example/ontario");
        let trace = Trace { request_id: String::new(), correlation_id: String::new() };
        let response = reply.into_response(&trace);
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        assert_eq!((header(ETAG), header(LOCATION)), (Some("W/\"3\""), location));
    }

    #[test]
    fn an_answer_says_the_version_and_where_what_is_new_is_found() {
        check(false, None);
        check(true, Some("https://a.example/ontario/Appointment/a-1/_history/3"));
    }
}

//! `POST {base}/$process-message`: from the parameters to the answer. The rules are elsewhere.

mod parameters;
mod render;
mod settle;

use std::sync::Arc;

use baton_dialects::{Mode, Posted, arrive};
use baton_exchange::{
    access::{Caller, may_message},
    refusal::Refusal,
};
use baton_fhir::format::{ContentType, Format, content_type};
use hyper::header::CONTENT_TYPE;
use tokio::time::timeout;

use crate::{
    app::{App, Exchanged, WORK_TIME},
    failure::Failure,
    http::{
        body::{Inbound, Packing, announced},
        dispatch::{Asked, wanted},
        refuse::Problem,
        reply::Reply,
    },
    metrics::Verdict,
    work::{LARGE_BYTES, aside, place},
};

use render::{Extent, render};
use settle::{Answered, By};

/// Takes a message and answers it.
///
/// # Errors
/// A [`Problem`], in the order of the guide's table: scope, size, media types, parameters, body, then all about the message.
pub async fn post(
    app: &Arc<App>,
    exchange: &Exchanged,
    caller: &Arc<Caller>,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<Reply, Problem> {
    let answered = answered(app, exchange, caller, asked, body).await;
    let name = exchange.mount.exchange.as_str();
    match &answered {
        Ok((answered, _)) => app.metrics.message(name, answered.action, answered.verdict),
        Err(Problem::Failure(_)) => app.metrics.message(name, "", Verdict::Failed),
        Err(Problem::Refusal(_) | Problem::Refused(_)) => app.metrics.message(name, "", Verdict::Refused),
    }
    let (answered, format) = answered?;
    let (large, definitions) = (answered.answer.len() > LARGE_BYTES, exchange.definitions);
    let extent = Extent::asked(&asked.head.headers);
    aside(large, move || render(answered, format, extent, definitions)).await?
}

async fn answered(
    app: &Arc<App>,
    exchange: &Exchanged,
    caller: &Arc<Caller>,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<(Answered, Format), Problem> {
    may_message(caller)?;
    let bytes_max = app.body_bytes_max;
    let (packing, declared) = announced(&asked.head.headers, bytes_max)?;
    let (sent, as_form) = sent_format(exchange, asked)?;
    let format = wanted(exchange, asked)?;
    parameters::check(&asked.query)?;
    let size = if packing == Packing::Plain { declared.unwrap_or(bytes_max) } else { bytes_max };
    let _places = place(app, size)?;
    let body = body.read(packing, bytes_max, declared).await?;
    let posted = Posted { body, format: sent, as_form };
    let by = By {
        mount: exchange.mount.clone(),
        caller: caller.clone(),
        ids: settle::new_ids(),
        request_id: asked.trace.request_id.clone(),
        large: posted.body.len() > LARGE_BYTES,
    };
    match timeout(WORK_TIME, read_and_settle(app, posted, by)).await {
        Ok(settled) => Ok((settled?, format)),
        Err(_) => Err(Failure::Deadline(WORK_TIME).into()),
    }
}

async fn read_and_settle(app: &App, posted: Posted, by: By) -> Result<Answered, Problem> {
    let (mount, sender) = (by.mount.clone(), by.caller.partner.clone());
    let arrived = aside(by.large, move || arrive(&mount, &sender, posted)).await?;
    settle::settle(app, arrived, by).await
}

/// The format of the body, and whether it came under a form's name, which compat lets pass and warns of.
fn sent_format(exchange: &Exchanged, asked: &Asked<'_>) -> Result<(Format, bool), Refusal> {
    let header = asked.header(CONTENT_TYPE);
    match (content_type(header, exchange.mount.dialect.fhir_version()), exchange.mount.mode) {
        (ContentType::Fhir(format), _) => Ok((format, false)),
        (ContentType::Form, Mode::Compat) => Ok((Format::Json, true)),
        (ContentType::Form, Mode::Strict) | (ContentType::Unsupported, _) => {
            Err(Refusal::UnsupportedContentType { content_type: header.map(str::to_owned) })
        }
    }
}

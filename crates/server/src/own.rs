//! Answers that need no caller: health, metrics, and what an exchange says of itself.

use baton_exchange::refusal::Refusal;
use baton_fhir::{
    format::Format,
    listing::{Item, Link, names, searchset},
    tree::Tree,
};
use hyper::StatusCode;

use crate::{
    app::App,
    exchanged::Exchanged,
    http::{
        query::Parameters,
        refuse::{Problem, written},
        reply::Reply,
    },
    metrics::{write_backlogs, write_clock, write_tree},
};

const PLAIN: &str = "text/plain; charset=utf-8";
/// Prometheus' text format.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `GET /health/live`: the process answers.
#[must_use]
pub fn live() -> Reply {
    Reply::with_body(StatusCode::OK, PLAIN, "live\n")
}

/// `GET /health/ready`: the store can be read and written.
pub async fn ready(app: &App) -> Reply {
    match app.in_time(app.store.ready()).await {
        Ok(()) => Reply::with_body(StatusCode::OK, PLAIN, "ready\n"),
        Err(failure) => {
            tracing::warn!("not ready: {}", crate::log::with_sources(&failure));
            Reply::with_body(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "the store is not available\n")
        }
    }
}

/// `GET /metrics`
pub async fn metrics(app: &App) -> Reply {
    let mut text = app.metrics.text();
    // without the store the counters of this process are still worth something
    match app.in_time(app.store.backlogs()).await {
        Ok(backlogs) => write_backlogs(&mut text, &backlogs, app.clock.now()),
        Err(failure) => tracing::warn!("no numbers of notices: {}", crate::log::with_sources(&failure)),
    }
    write_tree(&mut text, &app.tree, app.clock.now());
    write_clock(&mut text, app.clock.behind());
    Reply::with_body(StatusCode::OK, METRICS, text)
}

/// `GET {base}/.well-known/smart-configuration`, always JSON. Source: SMART App Launch 2.2, Conformance.
#[must_use]
pub fn smart(exchange: &Exchanged) -> Reply {
    Reply::with_body(StatusCode::OK, "application/json", exchange.smart.clone()).public()
}

/// `GET {base}/metadata`
#[must_use]
pub fn metadata(exchange: &Exchanged, format: Format) -> Reply {
    document(exchange, &exchange.metadata, format)
}

fn document(exchange: &Exchanged, tree: &Tree, format: Format) -> Reply {
    let body = written(tree.root(), format, exchange.definitions);
    Reply::with_body(StatusCode::OK, format.media_type(), body).public()
}

/// Reads one of the resources that the CapabilityStatement refers to.
///
/// # Errors
/// [`Refusal::NoSuchResource`] when there is none of that id.
pub fn conformance_read(exchange: &Exchanged, resource_type: &str, id: &str, format: Format) -> Result<Reply, Problem> {
    let found = of_type(exchange, resource_type).find(|tree| names(tree.root()).id == Some(id));
    found.map(|tree| document(exchange, tree, format)).ok_or(Problem::Refusal(Refusal::NoSuchResource))
}

/// Searches them by `url` and `_id`.
///
/// # Errors
/// [`Refusal::ParameterUnsupported`] for other parameters.
pub fn conformance_search(
    exchange: &Exchanged,
    resource_type: &str,
    parameters: &Parameters,
    format: Format,
) -> Result<Reply, Problem> {
    if let Some((name, _)) =
        parameters.iter().find(|(name, _)| !matches!(*name, "url" | "_id" | "_format" | "_pretty" | "_count"))
    {
        return Err(Refusal::ParameterUnsupported { name: name.to_owned() }.into());
    }
    let base = &exchange.mount.base;
    let fits = |tree: &&Tree| {
        let names = names(tree.root());
        parameters.get("url").is_none_or(|url| names.url == Some(url))
            && parameters.get("_id").is_none_or(|id| names.id == Some(id))
    };
    let items: Vec<(String, Item<'_>)> = of_type(exchange, resource_type)
        .filter(fits)
        .map(|tree| {
            let id = names(tree.root()).id.unwrap_or_default();
            (format!("{base}/{resource_type}/{id}"), Item::Own(tree.root()))
        })
        .collect();
    let links = [Link { relation: "self", url: format!("{base}/{resource_type}") }];
    Ok(document(exchange, &searchset(items.len() as u64, &links, &items), format))
}

fn of_type<'e>(exchange: &'e Exchanged, resource_type: &str) -> impl Iterator<Item = &'e Tree> {
    exchange.conformance.iter().filter(move |tree| tree.root().resource_type() == Some(resource_type))
}

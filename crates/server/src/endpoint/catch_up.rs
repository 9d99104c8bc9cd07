//! `{path}/$catch-up`: what a partner was told or is to be told, for one that was away.

use baton_exchange::{
    access::Caller,
    audit::{AuditRecord, Errand, Visit},
    id::{Home, PartnerId},
    notice::{Notice, Settled, Told, ToldQuestion},
    refusal::Refusal,
};
use baton_fhir::{
    feed::feed,
    json as fhir_json,
    listing::Link,
    reading::{ReadLimits, Reading},
    tree::Tree,
};
use bytes::Bytes;
use hyper::StatusCode;
use serde_json::json;

use super::http::{json as json_reply, only};
use crate::{
    app::App,
    delivery,
    exchanged::Exchanged,
    failure::Failure,
    http::{
        dispatch::{Asked, wanted},
        query::Parameters,
        refuse::{Problem, written},
        reply::{Accounting, Reply},
    },
    visit::{self, Of, shown},
    work::{aside, place},
};

/// How many messages a page has when nobody says, and at most.
const COUNT_DEFAULT: u32 = 100;
const COUNT_MAX: u32 = 500;
/// How much memory one page may take: messages are unpacked, and copied into one document.
const PAGE_BYTES: usize = 64 * 1024 * 1024;
/// What is kept was read before, so that these limits only keep a damaged store from doing harm.
const KEPT: ReadLimits = ReadLimits { depth_max: 256, nodes_max: 20_000_000 };

/// Gives what comes after a cursor, oldest first, with a link to what comes after that.
///
/// # Errors
/// A [`Problem`]: a parameter that makes no sense, no place for so much, or the store.
pub(super) async fn read(
    app: &App,
    exchange: &Exchanged,
    caller: &Caller,
    asked: &Asked<'_>,
) -> Result<Reply, Problem> {
    only(&asked.query, &["after", "_count"])?;
    let (after, limit) = (cursor(&asked.query, "after")?.unwrap_or(0), count(&asked.query)?);
    let format = wanted(exchange, asked)?;
    let room = place(app, &caller.partner, PAGE_BYTES)?;
    let home = Home::shared(&exchange.mount.exchange);
    let question = ToldQuestion { home, partner: caller.partner.clone(), after, limit };
    let told = app.in_time(app.store.told(question)).await?;
    reachable(after, told.last, "after")?;
    let (base, definitions) = (exchange.mount.base.clone(), exchange.definitions);
    let accounting = shown(told.notices.iter().map(|(_, notice)| &notice.referral));
    let body = aside(app, Some(&caller.partner), !told.notices.is_empty(), move || {
        page(&base, after, limit, &told).map(|page| written(page.root(), format, definitions))
    });
    Ok(Reply::with_body(StatusCode::OK, format.media_type(), body.await??).accounting(accounting).made_in(room))
}

/// Makes all up to a cursor done, so that it is not sent any more.
///
/// # Errors
/// As [`read`].
pub(super) async fn settle(
    app: &App,
    exchange: &Exchanged,
    caller: &Caller,
    asked: &Asked<'_>,
) -> Result<Reply, Problem> {
    only(&asked.query, &["through"])?;
    let expected = "the cursor of a page that was read";
    let missing = Refusal::ParameterInvalid { name: "through".to_owned(), expected };
    let through = cursor(&asked.query, "through")?.ok_or(missing)?;
    let (home, partner) = (Home::shared(&exchange.mount.exchange), caller.partner.clone());
    // a page of nothing, for the highest number
    let question = ToldQuestion { home, partner: partner.clone(), after: through, limit: 1 };
    reachable(through, app.in_time(app.store.told(question)).await?.last, "through")?;
    // before they are done: what is lost in between is said again, since they are still read and settled
    for notice in app.in_time(app.store.unsettled(home, partner.clone(), through)).await? {
        acknowledged(app, exchange, &partner, notice).await?;
    }
    let line = line(app, exchange, caller, &asked.trace.request_id);
    let settled = app.store.settle_told(home, partner.clone(), through, line);
    let count = app.in_time(settled).await?.len();
    tracing::info!(%partner, "{partner} has caught up: {count} notices need not be sent");
    app.delivery.wake.ring();
    let reply = json_reply(StatusCode::OK, &json!({ "settled": count }));
    // where nothing was made done no commit has a line
    Ok(if count == 0 { reply } else { reply.accounting(Accounting::Written) })
}

/// The line of what a partner says to know, to be written with what that makes done.
fn line(app: &App, exchange: &Exchanged, caller: &Caller, request_id: &str) -> AuditRecord {
    let (mount, partner) = (&exchange.mount, &caller.partner);
    let visit = Visit {
        errand: Errand::CaughtUp,
        status: StatusCode::OK.as_u16(),
        code: String::new(),
        resource_type: String::new(),
        referrals: Vec::new(),
    };
    let (home, actor) = (visit::home(mount, partner), caller.actor());
    let of = Of { home, exchange: &mount.exchange, partner: Some(partner), actor, now: app.clock.now() };
    visit::line(&of, request_id, visit)
}

/// What a partner has read it knows as well as what it answered: that it was told to forget a referral is on the certificate.
async fn acknowledged(app: &App, exchange: &Exchanged, partner: &PartnerId, settled: Settled) -> Result<(), Failure> {
    let Settled { id, referral, event, created } = settled;
    let home = Home::shared(&exchange.mount.exchange);
    let exchange = exchange.mount.exchange.clone();
    let partner = partner.clone();
    let notice = Notice { id, home, exchange, partner, referral, event, body: Vec::new(), created, due: created };
    delivery::known(app, &notice, Bytes::new()).await
}

/// A cursor is the number of the last notice that was read, in the partner's own count.
fn cursor(query: &Parameters, name: &str) -> Result<Option<u64>, Refusal> {
    let expected = "a cursor as in the link of a page";
    let invalid = |_| Refusal::ParameterInvalid { name: name.to_owned(), expected };
    query.get(name).map(|text| text.parse().map_err(invalid)).transpose()
}

/// A number that was never given comes from another store, or from one that was set back since. To go on from there would pass
/// over all that gets a number up to it.
fn reachable(number: u64, last: u64, name: &str) -> Result<(), Refusal> {
    if number <= last {
        return Ok(());
    }
    let expected = "a cursor that was given by this store: begin again without one";
    Err(Refusal::ParameterInvalid { name: name.to_owned(), expected })
}

fn count(query: &Parameters) -> Result<u32, Refusal> {
    let invalid = || Refusal::ParameterInvalid { name: "_count".to_owned(), expected: "a number from 1 on" };
    match query.get("_count").map(str::parse) {
        None => Ok(COUNT_DEFAULT),
        Some(Ok(count @ 1..)) => Ok(std::cmp::min(count, COUNT_MAX)),
        Some(_) => Err(invalid()),
    }
}

fn page(base: &str, after: u64, limit: u32, told: &Told) -> Result<Tree, Failure> {
    let messages: Vec<(String, Tree)> =
        told.notices.iter().map(|(_, notice)| message(notice)).collect::<Result<_, _>>()?;
    // at the end it leads to the same place: there the next ones will be
    let next = told.notices.last().map_or(after, |(number, _)| *number);
    let link = |relation, from: u64| Link { relation, url: format!("{base}/$catch-up?after={from}&_count={limit}") };
    let items: Vec<_> = messages.iter().map(|(full_url, tree)| (full_url.clone(), tree.root())).collect();
    Ok(feed(&[link("self", after), link("next", next)], &items))
}

fn message(notice: &Notice) -> Result<(String, Tree), Failure> {
    let read = fhir_json::read(&notice.body, Reading::Strict, &KEPT);
    // what is wrong could quote the message, so it is not kept
    let read = read.map_err(|_| Failure::Bug(format!("notice {} cannot be read", notice.id)))?;
    Ok((format!("urn:uuid:{}", notice.id), read.tree))
}

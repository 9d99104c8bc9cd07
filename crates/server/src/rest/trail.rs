//! `GET {base}/AuditEvent`: what was done to the referrals in which the caller has a part, who saw them, and what it did itself.

use baton_dialects::{Dialect, audit_event, audit_events};
use baton_exchange::{
    audit::{AuditRecord, PartQuestion},
    id::{PartnerId, ReferralId},
    refusal::Refusal,
    time::Timestamp,
};
use baton_fhir::{listing::Link, search::local_id};
use baton_store::{Page, PageToken};

use super::{
    Reader,
    parameters::{COUNT_DEFAULT, count},
};
use crate::{
    failure::Failure,
    http::{query::Parameters, refuse::Problem, reply::Reply, route::Place},
    visit::shown,
};

/// The type under which lines of the audit are read. What senders put into messages under this name is never shown as one.
pub const TYPE: &str = "AuditEvent";
/// The parameter that says where the last page ended.
const AFTER: &str = "_after";
/// About how many bytes a line has as an AuditEvent.
const OF_LINE: usize = 2048;
/// The parameter that names who did it.
const AGENT: &str = "agent:identifier";

/// Answers what is asked of the audit. The caller may read it.
pub(super) async fn get(
    reader: &Reader<'_>,
    caller: &PartnerId,
    place: &Place,
    query: &Parameters,
) -> Result<Reply, Problem> {
    let app = reader.app;
    let place_of_read = async { app.audit_reads.wait(caller).await.map_err(|_| Failure::Busy) };
    let _place = app.in_time(place_of_read).await?;
    match place {
        Place::Instance(_, id) => one(reader, caller, id).await,
        Place::Type(_) | Place::TypeSearch(_) => search(reader, caller, query).await,
        // lines never change
        _ => Err(Refusal::NoSuchResource.into()),
    }
}

async fn one(reader: &Reader<'_>, caller: &PartnerId, id: &str) -> Result<Reply, Problem> {
    let number = reader.exchange.mount.unveiled(id).ok_or(Refusal::NoSuchResource)?;
    let line = reader.app.in_time(reader.app.store.part_line(all(reader, caller), number)).await?;
    let line = line.ok_or(Refusal::NoSuchResource)?;
    let event = audit_event(&reader.exchange.mount, number, &line).ok_or(Refusal::NoSuchResource)?;
    Ok(reader.reply(&event, OF_LINE).accounting(shown(referrals(&[(number, line)]))))
}

async fn search(reader: &Reader<'_>, caller: &PartnerId, query: &Parameters) -> Result<Reply, Problem> {
    let (mut question, mut size, mut after) = (all(reader, caller), COUNT_DEFAULT, None);
    for (name, value) in query.iter() {
        match name {
            "date" => date(&mut question, value)?,
            "entity" => once(&mut question.referral, entity(reader, value)?, name)?,
            AGENT => once(&mut question.agent, PartnerId::from(value), AGENT)?,
            "_count" => size = count(value)?.max(1),
            AFTER => once(&mut after, place(reader, value)?, AFTER)?,
            "_format" | "_pretty" => {}
            _ => return Err(Refusal::ParameterUnsupported { name: name.to_owned() }.into()),
        }
    }
    let page = Page { size, after };
    let (lines, next) = reader.app.in_time(reader.app.store.part(question, page)).await?;
    let mut links = vec![Link { relation: "self", url: address(reader, query, None) }];
    links.extend(next.map(|next| Link { relation: "next", url: address(reader, query, Some(next)) }));
    let (accounting, about) = (shown(referrals(&lines)), (lines.len() + 1) * OF_LINE);
    Ok(reader.reply(&audit_events(&reader.exchange.mount, &links, &lines), about).accounting(accounting))
}

/// All that the caller may see.
fn all(reader: &Reader<'_>, caller: &PartnerId) -> PartQuestion {
    PartQuestion {
        exchange: reader.exchange.mount.exchange.clone(),
        home: reader.sight.home,
        reader: caller.clone(),
        is_shared: reader.sight.seen_by.is_some(),
        referral: None,
        agent: None,
        from: None,
        until: None,
    }
}

fn referrals(lines: &[(u64, AuditRecord)]) -> impl Iterator<Item = &ReferralId> {
    lines.iter().flat_map(|(_, record)| record.what.referrals())
}

/// A parameter that stands once.
fn once<T>(known: &mut Option<T>, value: T, name: &str) -> Result<(), Refusal> {
    match known.replace(value) {
        None => Ok(()),
        Some(_) => Err(Refusal::ParameterInvalid { name: name.to_owned(), expected: "said once" }),
    }
}

/// `ge` and `lt`, each at most once, with a moment or a day in UTC.
fn date(question: &mut PartQuestion, value: &str) -> Result<(), Refusal> {
    let expected = "ge or lt, each once, with a moment or a day in UTC";
    let invalid = || Refusal::ParameterInvalid { name: "date".to_owned(), expected };
    let (bound, moment) = match (value.strip_prefix("ge"), value.strip_prefix("lt")) {
        (Some(moment), _) => (&mut question.from, moment),
        (None, Some(moment)) => (&mut question.until, moment),
        (None, None) => return Err(invalid()),
    };
    let day = format!("{moment}T00:00:00Z");
    let read = Timestamp::parse(moment).or_else(|| Timestamp::parse(&day)).ok_or_else(invalid)?;
    if bound.replace(read).is_some() { Err(invalid()) } else { Ok(()) }
}

/// The referral that is meant: by the id that its ServiceRequest has here, or, where that is its sender's, by ours.
fn entity(reader: &Reader<'_>, value: &str) -> Result<ReferralId, Refusal> {
    let expected = "the id of a ServiceRequest here, or ServiceRequest/{id}";
    let invalid = || Refusal::ParameterInvalid { name: "entity".to_owned(), expected };
    let id = match reader.exchange.mount.dialect {
        Dialect::Ontario => local_id(value, "ServiceRequest", reader.base()).ok_or_else(invalid)?.to_string(),
        Dialect::Netsmart => value.strip_prefix("urn:uuid:").ok_or_else(invalid)?.to_owned(),
    };
    uuid::Uuid::parse_str(&id).map(|id| ReferralId(id.into_bytes())).map_err(|_| invalid())
}

fn place(reader: &Reader<'_>, value: &str) -> Result<PageToken, Refusal> {
    let wrong = || Refusal::ParameterInvalid { name: AFTER.to_owned(), expected: "as in the link of the page before" };
    let number = reader.exchange.mount.unveiled(value).and_then(|number| i64::try_from(number).ok());
    number.map(PageToken).ok_or_else(wrong)
}

/// Where this page is, or the one that begins after a line. Nothing in it is about a person.
fn address(reader: &Reader<'_>, query: &Parameters, after: Option<PageToken>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    let is_kept =
        |name: &str| matches!(name, "date" | "entity" | AGENT | "_count") || (after.is_none() && name == AFTER);
    pairs.extend_pairs(query.iter().filter(|(name, _)| is_kept(name)));
    if let Some(PageToken(after)) = after {
        pairs.append_pair(AFTER, &reader.exchange.mount.veiled(after.unsigned_abs()));
    }
    let query = pairs.finish();
    if query.is_empty() { format!("{}/{TYPE}", reader.base()) } else { format!("{}/{TYPE}?{query}", reader.base()) }
}

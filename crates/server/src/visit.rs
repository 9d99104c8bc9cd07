//! The line that the audit gets of a request to an exchange, unless the commit that changed a referral wrote one.

use std::collections::BTreeSet;

use baton_dialects::{Dialect, Mount, Refused};
use baton_exchange::{
    audit::{Actor, AuditRecord, Audited, Errand, Visit},
    id::{ExchangeId, Home, MessageId, PartnerId, ReferralId},
    refusal::Refusal,
    time::Timestamp,
};
use baton_fhir::search_shape::SearchWay;
use baton_store::StoreError;
use hyper::Method;

use crate::{
    app::App,
    clock::ordered_id,
    exchanged::Exchanged,
    failure::Failure,
    http::{
        dispatch::Asked,
        refuse::Problem,
        reply::{Accounting, Reply},
        route::{OwnPlace, Place},
    },
    log::RequestLine,
    query::Searched,
    rest::AUDIT_EVENT,
};

/// Writes the line before the first byte of the answer leaves: what cannot be accounted for is not shown. A failure of the machine
/// has one where the store takes it; a caller whom nobody knows has none, nor has one that asks too often.
///
/// # Errors
/// The problem itself, or the failure to write.
pub async fn accounted(
    app: &App,
    exchange: &Exchanged,
    place: &Place,
    asked: &Asked<'_>,
    by: &RequestLine,
    answered: Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    let mount = &exchange.mount;
    let (Some(partner), Some(errand)) = (by.by(), errand(place, &asked.head.method)) else { return answered };
    let (status, code, referrals) = match &answered {
        Ok(Reply { accounting: Accounting::Written, .. })
        // the store does not take it, or is not to be asked for more
        | Err(Problem::Failure(
            Failure::Store(StoreError::Unavailable(_)) | Failure::Deadline(_) | Failure::Busy,
        ))
        // nothing was looked at, and who asks for too much must not make us write: the metrics count it
        | Err(Problem::Refusal(Refusal::TooManyRequests { .. })) => return answered,
        Err(Problem::Failure(failure)) => (failure.status().as_u16(), "", BTreeSet::new()),
        Ok(Reply { accounting: Accounting::Shows(shown), status, .. }) => (status.as_u16(), "", shown.clone()),
        Err(Problem::Refusal(refusal)) => said(&baton_dialects::refuse(mount.dialect, refusal)),
        Err(Problem::Refused(refused)) => said(refused),
    };
    let resource_type = resource_type(place).filter(|name| exchange.definitions.resource(name).is_some());
    let (code, resource_type) = (code.to_owned(), resource_type.unwrap_or_default().to_owned());
    let visit = Visit { errand, status, code, resource_type, referrals: referrals.into_iter().collect() };
    let (home, actor) = (home(mount, partner), by.actor().clone());
    let of = Of { home, exchange: &mount.exchange, partner: Some(partner), actor, now: app.clock.now() };
    let mut line = line(&of, &asked.trace.request_id, visit);
    let kept = searched(exchange, place, asked).map(|searched| app.queries.kept(&line, &searched)).transpose();
    let _turn = app.commits.place(partner).await;
    let written = match kept {
        Ok(query) => {
            line.query = query;
            app.write_line(line).await
        }
        Err(failure) => Err(failure),
    };
    // what failed before is what the caller has to hear, and it shows nothing
    if !matches!(answered, Err(Problem::Failure(_))) {
        written?;
    }
    answered
}

/// The search that it is; nothing for all that is none.
fn searched<'s>(exchange: &'s Exchanged, place: &'s Place, asked: &'s Asked<'s>) -> Option<Searched<'s>> {
    let is_read = asked.head.method == Method::GET || asked.head.method == Method::HEAD;
    let (way, resource_type) = match place {
        Place::Type(name) if is_read => (SearchWay::Get, name),
        Place::TypeSearch(name) => (SearchWay::Form, name),
        _ => return None,
    };
    Some(Searched { way, resource_type, definitions: exchange.definitions, asked })
}

/// Whose line it is.
pub struct Of<'o> {
    /// Where it lives.
    pub home: Home,
    /// Through which exchange; empty for the server itself.
    pub exchange: &'o ExchangeId,
    /// Who came, as far as that is known.
    pub partner: Option<&'o PartnerId>,
    /// The person and the app that acted in its name.
    pub actor: Actor,
    /// When.
    pub now: Timestamp,
}

/// A line about a visit.
#[must_use]
pub fn line(of: &Of<'_>, request_id: &str, visit: Visit) -> AuditRecord {
    AuditRecord {
        home: of.home,
        at: of.now,
        exchange: of.exchange.clone(),
        partner: of.partner.cloned(),
        actor: of.actor.clone(),
        message: MessageId(ordered_id()),
        request_id: request_id.to_owned(),
        query: None,
        what: Audited::Visit(visit),
    }
}

/// Where what a partner works with lives.
#[must_use]
pub fn home(mount: &Mount, partner: &PartnerId) -> Home {
    match mount.dialect {
        Dialect::Netsmart => Home::of(&mount.exchange, partner),
        Dialect::Ontario => Home::shared(&mount.exchange),
    }
}

/// Status and rule of an answer that refuses. It shows nothing.
fn said(refused: &Refused) -> (u16, &'static str, BTreeSet<ReferralId>) {
    let code = refused.findings.first().map_or("", |finding| finding.rule.id);
    (refused.status, code, BTreeSet::new())
}

/// What is come for at a place; nothing where no caller is asked for.
fn errand(place: &Place, method: &Method) -> Option<Errand> {
    let is_read = *method == Method::GET || *method == Method::HEAD;
    if is_read_of_audit(place) {
        return Some(Errand::Audit);
    }
    Some(match place {
        Place::ProcessMessage => Errand::Message,
        // the older guide's updates are messages without the operation
        Place::Type(_) if *method == Method::PUT => Errand::Message,
        Place::Type(_) if *method == Method::POST => Errand::Create,
        Place::Type(_) | Place::TypeSearch(_) => Errand::Search,
        Place::Instance(..) if is_read => Errand::Read,
        Place::Instance(..) => Errand::Update,
        Place::History(..) => Errand::History,
        Place::Version(..) => Errand::VersionRead,
        Place::Paper(_) => Errand::Paper,
        Place::Own(OwnPlace::CatchUp) if is_read => Errand::CatchUp,
        Place::Own(OwnPlace::CatchUp) => Errand::CaughtUp,
        Place::Own(OwnPlace::Endpoint) if is_read => Errand::Endpoint,
        Place::Own(OwnPlace::Test) => Errand::EndpointTrial,
        Place::Own(OwnPlace::Endpoint | OwnPlace::Pause | OwnPlace::Resume | OwnPlace::Rotate) => {
            Errand::EndpointChange
        }
        // who comes to launch an app shows no token, and the pages there write lines of their own
        Place::Launch(_)
        | Place::Base
        | Place::Metadata
        | Place::SmartConfiguration
        | Place::OperationElsewhere
        | Place::Unknown => {
            return None;
        }
    })
}

fn is_read_of_audit(place: &Place) -> bool {
    resource_type(place) == Some(AUDIT_EVENT)
}

fn resource_type(place: &Place) -> Option<&str> {
    match place {
        Place::Type(name)
        | Place::TypeSearch(name)
        | Place::Instance(name, _)
        | Place::History(name, _)
        | Place::Version(name, _, _) => Some(name),
        Place::Paper(_) => Some("DocumentReference"),
        Place::Base
        | Place::Metadata
        | Place::SmartConfiguration
        | Place::Launch(_)
        | Place::ProcessMessage
        | Place::Own(_)
        | Place::OperationElsewhere
        | Place::Unknown => None,
    }
}

/// The referrals of which something is shown.
pub fn shown<'r>(referrals: impl IntoIterator<Item = &'r ReferralId>) -> Accounting {
    Accounting::Shows(referrals.into_iter().copied().collect())
}

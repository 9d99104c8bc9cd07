//! A request to an exchange: what it says of itself for everybody, all else for callers that are let in.

use std::sync::Arc;

use baton_dialects::Dialect;
use baton_exchange::{
    access::{Caller, Looking, may_read},
    refusal::Refusal,
};
use hyper::Method;

use super::{
    admit::admitted,
    body::Inbound,
    dispatch::{Asked, wanted},
    refuse::Problem,
    reply::Reply,
    route::{Access, Place},
};
use crate::{app::App, authorize, endpoint, exchanged::Exchanged, log::RequestLine, message, own, rest};

/// Answers a request to an exchange. Who calls is asked once, here, for all that asks for it.
pub(super) async fn answer(
    app: &Arc<App>,
    exchange: &Exchanged,
    place: &Place,
    asked: &Asked<'_>,
    body: &mut Inbound,
    log: &mut RequestLine,
) -> Result<Reply, Problem> {
    if place.access(&asked.head.method) == Access::Public {
        return open(app, exchange, place, asked, body).await;
    }
    if matches!(place, Place::Own(_) | Place::Paper(_)) && exchange.mount.dialect == Dialect::Netsmart {
        return Err(Refusal::NoSuchRoute.into());
    }
    // its turn lasts until there is an answer
    let admitted = admitted(app, exchange, asked, log).await?;
    let caller = &admitted.caller;
    app.steps.steps(&caller.partner, admitted_to(app, exchange, caller, place, asked, body)).await
}

/// What is for callers that are let in.
async fn admitted_to(
    app: &Arc<App>,
    exchange: &Exchanged,
    caller: &Arc<Caller>,
    place: &Place,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<Reply, Problem> {
    match (place, place.access(&asked.head.method)) {
        (Place::Own(own), _) => endpoint::answer(app, exchange, caller, *own, asked, body).await,
        (Place::Paper(id), _) => rest::paper_of_document(app, exchange, caller, id).await,
        (_, Access::Message | Access::Create | Access::Update) => {
            message::post(app, exchange, caller, place, asked, body).await
        }
        (_, Access::Read | Access::Own | Access::Public) => read(app, exchange, caller, place, asked, body).await,
    }
}

/// What needs no caller: what the exchange says of itself, and that there is nothing.
async fn open(
    app: &App,
    exchange: &Exchanged,
    place: &Place,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<Reply, Problem> {
    match place {
        Place::OperationElsewhere => Err(Refusal::OperationNotHere.into()),
        // a transaction, a batch or a message that is sent to the base is never processed
        Place::Base if asked.head.method == Method::POST => Err(Refusal::NoBatch.into()),
        Place::Base | Place::Unknown => Err(Refusal::NoSuchRoute.into()),
        Place::Metadata => Ok(own::metadata(exchange, wanted(exchange, asked)?)),
        Place::SmartConfiguration => Ok(own::smart(exchange)),
        Place::Launch(_) if !app.clients.now().has_apps() => Err(Refusal::NoSuchRoute.into()),
        Place::Launch(id) => authorize::launch(app, exchange, id.as_deref(), asked, body).await,
        Place::Type(name) | Place::TypeSearch(name) => {
            let form = rest::form(place, asked, body).await?;
            own::conformance_search(exchange, name, &asked.query.clone().and(form), wanted(exchange, asked)?)
        }
        Place::Instance(name, id) => own::conformance_read(exchange, name, id, wanted(exchange, asked)?),
        // what an exchange says of itself has no versions, and the others are never open
        Place::History(..) | Place::Version(..) | Place::ProcessMessage | Place::Own(_) | Place::Paper(_) => {
            Err(Refusal::NoSuchResource.into())
        }
    }
}

async fn read(
    app: &App,
    exchange: &Exchanged,
    caller: &Caller,
    place: &Place,
    asked: &Asked<'_>,
    body: &mut Inbound,
) -> Result<Reply, Problem> {
    let (Place::Type(name)
    | Place::TypeSearch(name)
    | Place::Instance(name, _)
    | Place::History(name, _)
    | Place::Version(name, _, _)) = place
    else {
        return Err(Refusal::NoSuchResource.into());
    };
    let reach = may_read(caller, name, looking(place), exchange.mount.references())?;
    if let Place::Instance(name, id) = place
        && name == "Binary"
        && rest::is_wanted_raw(asked)
    {
        return rest::paper(app, exchange, caller, reach, id).await;
    }
    let format = wanted(exchange, asked)?;
    rest::get(app, exchange, (caller, reach), place, asked, body, format).await
}

/// How a place is looked at.
fn looking(place: &Place) -> Looking {
    match place {
        Place::Type(_) | Place::TypeSearch(_) => Looking::Search,
        _ => Looking::Read,
    }
}

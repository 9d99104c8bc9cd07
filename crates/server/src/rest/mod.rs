//! FHIR REST on what a partner has a part in: read, version, history, search. What others work on does not exist here.

mod binary;
mod choice;
mod cursor;
mod document;
mod history;
pub(crate) mod parameters;
mod reach;
mod read;
mod search;
mod trail;

pub use binary::{is_wanted_raw, paper};
pub(crate) use choice::{PatientSeen, PatientsSeen, draft_seen, encounter_seen, patient_is_seen, patients_seen};
pub use document::paper_of_document;
pub use trail::TYPE as AUDIT_EVENT;

use baton_dialects::{Dialect, Mount};
use baton_exchange::{
    access::{Caller, Reach},
    id::{Home, PartnerId},
    refusal::Refusal,
    resource::StoredResource,
};
use baton_fhir::{
    format::Format,
    json,
    listing::Versioned,
    reading::{ReadLimits, Reading},
    tree::Tree,
};
use baton_store::ResourceQuestion;
use hyper::header::CONTENT_TYPE;

use crate::{
    app::App,
    exchanged::Exchanged,
    failure::Failure,
    http::{
        body::{Inbound, announced},
        dispatch::Asked,
        query::{Parameters, is_form},
        refuse::{Problem, written_about},
        reply::Reply,
        route::Place,
    },
    limit::Step,
    work::{Room, TIMES_KEPT, place},
};

/// A search by form is small.
pub(crate) const FORM_BYTES_MAX: usize = 64 * 1024;

/// What a reader needs: what the caller may see, and in which words and format to answer.
struct Reader<'r> {
    app: &'r App,
    exchange: &'r Exchanged,
    partner: &'r PartnerId,
    sight: Sight<'r>,
    format: Format,
}

/// What a caller may see of an exchange.
struct Sight<'r> {
    mount: &'r Mount,
    /// Where it lives.
    home: Home,
    /// Only what this partner has a part in; nothing where all that lives there is the caller's.
    seen_by: Option<PartnerId>,
    /// How much of that.
    reach: Reach,
}

impl<'r> Sight<'r> {
    fn of(mount: &'r Mount, caller: &Caller, reach: Reach) -> Sight<'r> {
        let (home, seen_by) = match mount.dialect {
            Dialect::Netsmart => (Home::of(&mount.exchange, &caller.partner), None),
            Dialect::Ontario => (Home::shared(&mount.exchange), Some(caller.partner.clone())),
        };
        Sight { mount, home, seen_by, reach }
    }

    fn resource(&self, resource_type: &str, id: &str, version: Option<u32>) -> ResourceQuestion {
        ResourceQuestion {
            home: self.home,
            resource_type: resource_type.to_owned(),
            id: id.to_owned(),
            version,
            seen_by: self.seen_by.clone(),
        }
    }
}

/// Answers a read of any kind. The caller may look at resources of the place's type, as far as `reach`.
///
/// # Errors
/// A [`Problem`]: nothing there, a parameter that makes no sense, or the store cannot be asked.
pub async fn get(
    app: &App,
    exchange: &Exchanged,
    (caller, reach): (&Caller, Reach),
    place: &Place,
    asked: &Asked<'_>,
    body: &mut Inbound,
    format: Format,
) -> Result<Reply, Problem> {
    let sight = Sight::of(&exchange.mount, caller, reach);
    let reader = Reader { app, exchange, partner: &caller.partner, sight, format };
    let (Place::Type(name)
    | Place::TypeSearch(name)
    | Place::Instance(name, _)
    | Place::History(name, _)
    | Place::Version(name, _, _)) = place
    else {
        return Err(Refusal::NoSuchRoute.into());
    };
    if exchange.definitions.resource(name).is_none() {
        return Err(Refusal::NoSuchRoute.into());
    }
    if name == AUDIT_EVENT {
        // its lines are about all patients: who is let in for one of them reads none
        if reader.sight.reach != Reach::All {
            let needed = vec![format!("user/{AUDIT_EVENT}.rs")];
            return Err(Refusal::MissingScope { needed, granted: caller.scopes.clone() }.into());
        }
        let form = form(place, asked, body).await?;
        app.queries.must_be_kept(asked)?;
        return trail::get(&reader, &caller.partner, place, &asked.query.clone().and(form)).await;
    }
    match place {
        Place::Instance(name, id) => read::read(&reader, name, id, None).await,
        Place::Version(name, id, version) => {
            // a version that is no number is a version that does not exist
            let version = version.parse().map_err(|_| Refusal::NoSuchResource)?;
            read::read(&reader, name, id, Some(version)).await
        }
        Place::History(name, id) => history::history(&reader, name, id, &asked.query).await,
        _ => {
            let form = form(place, asked, body).await?;
            app.queries.must_be_kept(asked)?;
            let lenient =
                asked.listed(&hyper::header::HeaderName::from_static("prefer")).as_deref().is_some_and(is_lenient);
            search::search(&reader, name, &asked.query.clone().and(form), lenient).await
        }
    }
}

/// The parameters in the body of a search by POST; none for other places.
///
/// # Errors
/// A refusal when the body is no form, or breaks a limit.
pub async fn form(place: &Place, asked: &Asked<'_>, body: &mut Inbound) -> Result<Parameters, Refusal> {
    if matches!(place, Place::TypeSearch(_)) { form_of(asked, body).await } else { Ok(Parameters::default()) }
}

/// The parameters in a body.
///
/// # Errors
/// A refusal when the body is no form, or breaks a limit.
pub async fn form_of(asked: &Asked<'_>, body: &mut Inbound) -> Result<Parameters, Refusal> {
    let (packing, declared) = announced(&asked.head.headers, FORM_BYTES_MAX)?;
    let header = asked.header(CONTENT_TYPE);
    // a search without parameters needs no body, and then no type of it
    if !is_form(header) && declared != Some(0) {
        return Err(Refusal::UnsupportedContentType { content_type: header.map(str::to_owned) });
    }
    let sent = body.read(packing, FORM_BYTES_MAX, declared).await?;
    // the audit has to know it, too
    Ok(Parameters::parse(asked.form.get_or_init(|| sent)))
}

/// `Prefer: handling=lenient`. Source: FHIR R4, "Handling Errors" of search.
fn is_lenient(prefer: &str) -> bool {
    prefer.split([',', ';']).any(|one| one.trim().eq_ignore_ascii_case("handling=lenient"))
}

/// What is stored was read before, so that these limits only keep a damaged store from doing harm.
const STORED: ReadLimits = ReadLimits { depth_max: 256, nodes_max: 20_000_000 };

/// A stored resource as a tree.
fn tree(stored: &StoredResource) -> Result<Tree, Failure> {
    let read = json::read(&stored.body, Reading::Strict, &STORED);
    // the finding could quote the resource, so it is not kept
    read.map(|read| read.tree).map_err(|_| Failure::Bug(format!("a stored {} cannot be read", stored.resource_type)))
}

/// A stored resource with its version; `updated` is its moment as text.
fn versioned<'v>(stored: &'v StoredResource, tree: &'v Tree, updated: &'v str) -> Versioned<'v> {
    Versioned {
        resource: tree.root(),
        resource_type: &stored.resource_type,
        id: &stored.id,
        version: stored.version,
        updated,
    }
}

impl Reader<'_> {
    /// Room for a page before anything is asked for it: who has none left is refused before there is work, and who has waits until few
    /// others are being made.
    ///
    /// # Errors
    /// [`Failure::Busy`] when there is no room.
    async fn room(&self) -> Result<(Room, Step), Failure> {
        let room = place(self.app, self.partner, 0)?;
        Ok((room, self.app.pages.place(self.partner).await))
    }

    /// The same for all of what was found; how many bytes that is.
    ///
    /// # Errors
    /// [`Failure::Busy`] when there is no room.
    fn room_for(&self, found: &[StoredResource], room: &mut Room) -> Result<usize, Failure> {
        let bytes: usize = found.iter().map(|stored| stored.body.len()).sum();
        room.grow(self.app, bytes * TIMES_KEPT)?;
        Ok(bytes)
    }

    /// A document of about so many bytes as the answer.
    fn reply(&self, tree: &Tree, about: usize) -> Reply {
        let definitions = self.exchange.definitions;
        let body = written_about(tree.root(), self.format, definitions, about);
        Reply::with_body(hyper::StatusCode::OK, self.format.media_type(), body)
    }

    fn base(&self) -> &str {
        &self.exchange.mount.base
    }
}

#[cfg(test)]
mod tests;

//! What is asked: method, id and parameters, read as one request or refused.
//! Source: NRL "API Update Interaction", "API Delete", "API Read", "API Search"; the order is the reference server's.

use baton_exchange::audit::Interaction;

use super::{
    Admitted, Locator,
    fault::Fault,
    name::Named,
    outcome::{Refused, Wrong},
    reference::{Subject, shown},
    search::{self, Find},
};

/// Methods that pointers take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// `GET`
    Get,
    /// `POST` of a pointer.
    Post,
    /// `POST` of a search.
    PostSearch,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// A request before it is understood.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// What is to be done.
    pub verb: Verb,
    /// The id in the path.
    pub id: Option<&'a str>,
    /// Parameters in their order, decoded.
    pub query: &'a [(String, String)],
}

impl Asked<'_> {
    /// The interaction that it is, whatever its parameters.
    #[must_use]
    pub fn interaction(&self) -> Interaction {
        match (self.verb, self.id) {
            (Verb::Get, Some(_)) => Interaction::Read,
            (Verb::Get | Verb::PostSearch, _) => Interaction::Search,
            (Verb::Post, _) => Interaction::Create,
            (Verb::Patch, _) => Interaction::Update,
            (Verb::Delete, _) => Interaction::Delete,
        }
    }

    /// A parameter's only value.
    fn only(&self, name: &str) -> Result<Option<&str>, Fault> {
        only(self.query, name)
    }
}

/// A parameter's only value; two of them mean nothing.
pub(super) fn only<'q>(query: &'q [(String, String)], name: &str) -> Result<Option<&'q str>, Fault> {
    let mut values = query.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = values.next();
    match values.next() {
        Some(_) => Err(Fault::ParameterInvalid { name: name.to_owned() }),
        None => Ok(first),
    }
}

/// Refuses parameters that are not known here, and a second format.
pub(super) fn must_be_known(query: &[(String, String)], known: &[&str]) -> Result<(), Fault> {
    match query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, _)) => Err(Fault::ParameterInvalid { name: shown(name) }),
        None => only(query, "_format").map(drop),
    }
}

/// A request that is understood.
#[derive(Clone, Debug)]
pub enum Request {
    /// To make the pointer in the body.
    Create,
    /// To mark a pointer as entered in error, by the patch in the body.
    Update(Named),
    /// To remove a pointer.
    Delete(Named),
    /// To show one.
    Read(Named),
    /// To find a patient's.
    Search(Box<Find>),
    /// To find one by its id.
    SearchById(Named),
}

/// Understands a request.
///
/// # Errors
/// What is wrong with its address.
pub fn request(locator: &Locator, by: &Admitted, asked: &Asked<'_>) -> Result<Request, Refused> {
    let read = match (asked.verb, asked.id) {
        (Verb::Post, _) => must_be_known(asked.query, &["_format"]).map(|()| Request::Create),
        (Verb::Patch, id) => named(asked, id, &UPDATE).map(Request::Update),
        (Verb::Delete, id) => named(asked, id, &DELETE).map(Request::Delete),
        (Verb::Get, Some(id)) => must_be_known(asked.query, &["_format"]).map(|()| Request::Read(Named::id(id))),
        (Verb::Get | Verb::PostSearch, _) => search::search(locator, by, asked.query),
    };
    read.map_err(placed)
}

/// A fault of an address, with its place.
pub(super) fn placed(fault: Fault) -> Refused {
    let place = place(&fault).map(str::to_owned);
    Wrong { expression: place, ..fault.into() }.into()
}

/// The parameter that a fault is about, or the header.
fn place(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::ParameterMissing { name } => Some(name),
        Fault::ParameterInvalid { name } | Fault::ParameterUnsupported { name, .. } => Some(name),
        Fault::SubjectForm
        | Fault::NhsNumber { .. }
        | Fault::NhsNumberOfSearch { .. }
        | Fault::NhsNumberOfUpdate { .. }
        | Fault::PatientUnknown { .. } => Some("subject"),
        Fault::IdentifierForm => Some("identifier"),
        Fault::OrganizationForm | Fault::CustodianUnknown { .. } => Some("custodian"),
        Fault::TypeSystem | Fault::TypeCode => Some("type.coding"),
        Fault::NotThatPatient => Some("Authorization"),
        _ => None,
    }
}

/// How a verb names its pointer.
struct Naming {
    /// In texts.
    verb: &'static str,
    /// What is asked for when nothing is named.
    id: &'static str,
    /// Parameters that name a pointer.
    parameters: &'static [&'static str],
    /// Whose fault a number is that is no NHS number.
    number: fn(String) -> Fault,
}

const UPDATE: Naming = Naming {
    verb: "Update",
    id: "id",
    parameters: &["subject", "identifier"],
    number: |number| Fault::NhsNumberOfUpdate { number },
};
const DELETE: Naming = Naming {
    verb: "Delete",
    id: "_id",
    parameters: &["subject", "identifier", "_id"],
    number: |number| Fault::NhsNumber { number },
};

fn named(asked: &Asked<'_>, id: Option<&str>, naming: &Naming) -> Result<Named, Fault> {
    let named = asked.query.iter().any(|(name, _)| naming.parameters.contains(&name.as_str()));
    if let (Some(_), true) = (id, named) {
        return Err(Fault::IdAndQuery { verb: naming.verb });
    }
    let known: Vec<&str> = naming.parameters.iter().copied().chain(["_format"]).collect();
    must_be_known(asked.query, &known)?;
    if let Some(id) = id {
        return Ok(Named::id(id));
    }
    let invalid = |name: &str| Err(Fault::ParameterInvalid { name: name.to_owned() });
    let by_id = if naming.parameters.contains(&"_id") { asked.only("_id")? } else { None };
    match (by_id.filter(|id| !id.is_empty()), asked.only("subject")?, asked.only("identifier")?) {
        (Some(id), None, None) => Ok(Named::id(id)),
        (Some(_), _, _) => invalid(naming.id),
        (None, subject, identifier) => by_master(subject, identifier, naming),
    }
}

/// A pointer by patient and masterIdentifier. When neither of them is any good, nothing names a pointer.
fn by_master(subject: Option<&str>, identifier: Option<&str>, naming: &Naming) -> Result<Named, Fault> {
    let invalid = |name: &str| Err(Fault::ParameterInvalid { name: name.to_owned() });
    let pair = identifier.and_then(system_and_value);
    match (subject.map(Subject::parse), pair) {
        (None | Some(Err(Fault::SubjectForm)), None) => invalid(naming.id),
        (None, Some(_)) => invalid("subject"),
        (Some(Err(Fault::NhsNumber { number })), _) => Err((naming.number)(number)),
        (Some(Err(fault)), _) => Err(fault),
        (Some(Ok(subject)), Some(identifier)) => Ok(Named::Master { subject, identifier }),
        (Some(Ok(_)), None) if identifier.is_some() => Err(Fault::IdentifierForm),
        (Some(Ok(_)), None) => invalid("identifier"),
    }
}

fn system_and_value(identifier: &str) -> Option<(String, String)> {
    let (system, value) = identifier.split_once('|')?;
    (!system.is_empty() && !value.is_empty()).then(|| (system.to_owned(), value.to_owned()))
}

//! What a place and a method ask for, before anything else of a request is looked at.

use baton_dialects::nrl::{Asked, Verb};
use baton_exchange::{audit::Interaction, refusal::Refusal};
use hyper::Method;

use crate::http::route::{Form, PointerPlace};

pub(super) fn routed(place: &PointerPlace, method: &Method) -> Result<(), Refusal> {
    let Some(allow) = place.allow() else { return Err(Refusal::NoSuchRoute) };
    if allow.split(", ").any(|allowed| allowed == method.as_str()) {
        return Ok(());
    }
    Err(Refusal::MethodNotAllowed { allow })
}

/// What a request is to the audit, before it is understood.
pub(super) fn interaction(place: &PointerPlace, method: &Method) -> Interaction {
    let verb = verb(place, method);
    match (place, verb) {
        (PointerPlace::Record(_), _) => Interaction::Retrieve,
        (PointerPlace::Trail, Some(_)) => Interaction::Audit,
        (PointerPlace::Pointers(_) | PointerPlace::Search(_) | PointerPlace::Pointer(_), Some(verb)) => {
            Asked { verb, id: id(place), query: &[] }.interaction()
        }
        _ => Interaction::Other,
    }
}

pub(super) fn verb(place: &PointerPlace, method: &Method) -> Option<Verb> {
    Some(match (place, method.as_str()) {
        (PointerPlace::Search(_), "POST") => Verb::PostSearch,
        (_, "GET" | "HEAD") => Verb::Get,
        (_, "POST") => Verb::Post,
        (_, "PATCH") => Verb::Patch,
        (_, "DELETE") => Verb::Delete,
        _ => return None,
    })
}

pub(super) fn id(place: &PointerPlace) -> Option<&str> {
    match place {
        PointerPlace::Pointer(id) => Some(id),
        _ => None,
    }
}

pub(super) fn form(place: &PointerPlace) -> Form {
    match place {
        PointerPlace::Pointers(form) | PointerPlace::Search(form) => *form,
        _ => Form::Plain,
    }
}

//! By which way something comes in, from its method, its address and its headers. All ways lead to the same rules.

use baton_dialects::{PatchLanguage, Way};
use baton_exchange::refusal::Refusal;
use baton_fhir::search::{Token, alternatives, token};
use hyper::{
    HeaderMap, Method,
    header::{HeaderName, IF_MATCH},
};

use super::parameters;
use crate::http::{dispatch::Asked, query::Parameters, route::Place};

const IDENTIFIER: &str = "identifier";
const IF_NONE_EXIST: HeaderName = HeaderName::from_static("if-none-exist");
/// Source: seeds/000, "Update Referral": an HTML summary for what has no field of its own.
const REFERRAL_INFO: HeaderName = HeaderName::from_static("additional_referral_info");

/// Understands by which way something is sent to a place.
///
/// # Errors
/// [`Refusal::ParameterInvalid`], [`Refusal::ParameterUnsupported`], and what the operation says of its own parameters.
pub(super) fn way(at: &Place, asked: &Asked<'_>, language: PatchLanguage) -> Result<Way, Refusal> {
    let (method, query) = (&asked.head.method, &asked.query);
    match at {
        Place::ProcessMessage => parameters::check(query).map(|()| Way::Operation),
        Place::Type(_) if *method == Method::PUT => put(at, query),
        Place::Type(name) => {
            only(query, &[])?;
            unconditional(&asked.head.headers)?;
            Ok(Way::Make { resource_type: name.clone() })
        }
        Place::Instance(name, id) => {
            only(query, &[])?;
            let (resource_type, id) = (name.clone(), id.clone());
            let seen = seen(&asked.head.headers)?;
            Ok(match *method == Method::PATCH {
                true => Way::Patch { resource_type, id, seen, language },
                false => Way::Replace { resource_type, id, seen },
            })
        }
        Place::Base
        | Place::Metadata
        | Place::SmartConfiguration
        | Place::Launch(_)
        | Place::TypeSearch(_)
        | Place::History(..)
        | Place::Version(..)
        | Place::Paper(_)
        | Place::Own(_)
        | Place::OperationElsewhere
        | Place::Unknown => Err(Refusal::NoSuchRoute),
    }
}

/// An update of the older guide: of what the body names, or of what the address names.
fn put(at: &Place, query: &Parameters) -> Result<Way, Refusal> {
    if matches!(at, Place::Type(name) if name == "Bundle") {
        return only(query, &[]).map(|()| Way::PutBundle);
    }
    only(query, &[IDENTIFIER])?;
    let wrong = || Refusal::ParameterInvalid { name: IDENTIFIER.to_owned(), expected: "one system|value, said once" };
    let said: Vec<&str> = query.iter().filter(|(name, _)| *name == IDENTIFIER).map(|(_, value)| value).collect();
    let [said] = said[..] else { return Err(wrong()) };
    let [one] = alternatives(said)[..] else { return Err(wrong()) };
    match token(one).ok_or_else(wrong)? {
        Token::Anywhere(value) => Ok(Way::PutRequest { system: None, value }),
        Token::InSystem(system, value) => Ok(Way::PutRequest { system: Some(system), value }),
    }
}

/// Refuses parameters besides these: what is written must not depend on one that nobody looked at.
fn only(query: &Parameters, known: &[&str]) -> Result<(), Refusal> {
    let is_known = |name: &str| known.contains(&name) || matches!(name, "_format" | "_pretty");
    match query.iter().find(|(name, _)| !is_known(name)) {
        Some((name, _)) => Err(Refusal::ParameterUnsupported { name: name.to_owned() }),
        None => Ok(()),
    }
}

/// Who makes something only if there is none yet would get a second one where that is not looked at.
fn unconditional(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(IF_NONE_EXIST) {
        return Err(Refusal::ParameterUnsupported { name: "If-None-Exist".to_owned() });
    }
    Ok(())
}

/// The version in `If-Match`; nothing for any. A condition that is not understood is refused and never passed over.
/// Source: FHIR R4 RESTful API, "Managing Resource Contention".
fn seen(headers: &HeaderMap) -> Result<Option<u32>, Refusal> {
    let wrong =
        || Refusal::ParameterInvalid { name: "If-Match".to_owned(), expected: "one version as it was read: W/\"1\"" };
    let mut lines = headers.get_all(IF_MATCH).iter();
    let header = match (lines.next(), lines.next()) {
        (None, _) => return Ok(None),
        (Some(only), None) => only.to_str().map_err(|_| wrong())?.trim(),
        (Some(_), Some(_)) => return Err(wrong()),
    };
    if header == "*" {
        return Ok(None);
    }
    let quoted = header.strip_prefix("W/").unwrap_or(header);
    let number = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let digits = number.filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    // a number that no version has is not the present one
    digits.ok_or_else(wrong).map(|digits| Some(digits.parse().unwrap_or(u32::MAX)))
}

/// What the sender wants people to read besides, as HTML. It is no longer than a head may be.
pub(super) fn referral_info(headers: &HeaderMap) -> Option<String> {
    let lines: Vec<String> = headers.get_all(REFERRAL_INFO).iter().map(|value| text(value.as_bytes())).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// A header's bytes as text: UTF-8, as senders of accents do it today, else ISO 8859-1, as HTTP once had it.
fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    }
}

#[cfg(test)]
mod tests;

//! Reads scopes by their grammar.
//!
//! ```text
//! scope    = launch | identity | lasting | resource
//! launch   = "launch" | "launch/" small-letters [ "?role=" text ]
//! identity = "openid" | "fhirUser" | "profile"
//! lasting  = "offline_access" | "online_access"
//! resource = ("patient"|"user"|"system") "/" (Type|"*") "." permissions [ "?" name "=" value *( "&" name "=" value ) ]
//! value    = alternative *( "," alternative ), escaped as in an address
//! permissions = "read" | "write" | "*" | some of "cruds", in this order
//! ```

use std::str::FromStr;

use super::{
    IdentityScope, LETTERS, LastingScope, LaunchScope, Letters, Level, Parameter, Permissions, PermissionsV1, Query,
    ResourceScope, Scope, Subject, bit, is_scope,
};

/// A text is no scope that is understood here. It may be one of somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no scope of SMART")]
pub struct NotInGrammar;

impl FromStr for Scope {
    type Err = NotInGrammar;

    fn from_str(text: &str) -> Result<Scope, NotInGrammar> {
        if !is_scope(text) {
            return Err(NotInGrammar);
        }
        let scope = match text {
            "launch" => Some(Scope::Launch(LaunchScope::Ehr)),
            "openid" => Some(Scope::Identity(IdentityScope::OpenId)),
            "fhirUser" => Some(Scope::Identity(IdentityScope::FhirUser)),
            "profile" => Some(Scope::Identity(IdentityScope::Profile)),
            "offline_access" => Some(Scope::Lasting(LastingScope::Offline)),
            "online_access" => Some(Scope::Lasting(LastingScope::Online)),
            other => match other.strip_prefix("launch/") {
                Some(rest) => launch(rest).map(Scope::Launch),
                None => resource(other).map(Scope::Resource),
            },
        };
        scope.ok_or(NotInGrammar)
    }
}

fn launch(rest: &str) -> Option<LaunchScope> {
    let (kind, role) = match rest.split_once('?') {
        None => (rest, None),
        Some((kind, query)) => (kind, Some(query.strip_prefix("role=").filter(|role| !role.is_empty())?.to_owned())),
    };
    let is_kind = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
    is_kind.then(|| LaunchScope::Choose { kind: kind.to_owned(), role })
}

fn resource(text: &str) -> Option<ResourceScope> {
    let (level, rest) = text.split_once('/')?;
    let level = match level {
        "patient" => Level::Patient,
        "user" => Level::User,
        "system" => Level::System,
        _ => return None,
    };
    let (rest, query) = match rest.split_once('?') {
        None => (rest, None),
        Some((rest, limit)) => (rest, Some(query(limit)?)),
    };
    let (subject, permissions) = rest.split_once('.')?;
    let subject = subject_of(subject)?;
    if subject == Subject::Messaging && query.is_some() {
        // a message is no resource that could fit
        return None;
    }
    Some(ResourceScope { level, subject, permissions: permissions_of(permissions)?, query })
}

/// Letter case counts: a type begins with a capital.
fn subject_of(text: &str) -> Option<Subject> {
    match text {
        "*" => Some(Subject::EveryType),
        "Messaging" => Some(Subject::Messaging),
        name => {
            let begins = name.starts_with(|first: char| first.is_ascii_uppercase());
            let is_type = begins && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            is_type.then(|| Subject::Type(name.to_owned()))
        }
    }
}

fn permissions_of(text: &str) -> Option<Permissions> {
    match text {
        "read" => Some(Permissions::V1(PermissionsV1::Read)),
        "write" => Some(Permissions::V1(PermissionsV1::Write)),
        "*" => Some(Permissions::V1(PermissionsV1::All)),
        letters => letters_of(letters).map(Permissions::V2),
    }
}

/// Letters in another order, or one twice, are no permissions: `dus` is not guessed at.
fn letters_of(text: &str) -> Option<Letters> {
    let mut set = 0;
    for letter in text.chars() {
        let (_, letter) = LETTERS.iter().find(|(one, _)| *one == letter)?;
        if bit(*letter) <= set {
            return None;
        }
        set |= bit(*letter);
    }
    (set != 0).then_some(Letters(set))
}

/// Names and values that a search has, too. A backslash, which would keep a comma from parting alternatives, has no place here: who
/// compares scopes would have to agree on it with who searches. Nor has a fragment.
fn query(text: &str) -> Option<Query> {
    let is_pair = |one: &str| one.split_once('=').is_some_and(|(name, value)| !name.is_empty() && !value.is_empty());
    let is_escape = |rest: &str| rest.as_bytes().get(..2).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
    if text.contains('#') || !text.split('&').all(is_pair) || !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    let query = Query(text.to_owned());
    let is_clean = |text: &String| !text.contains(['\\', char::REPLACEMENT_CHARACTER]);
    let is_parameter = |parameter: Parameter| {
        !parameter.values.is_empty() && is_clean(&parameter.name) && parameter.values.iter().all(is_clean)
    };
    let is_query = query.parameters().all(is_parameter);
    is_query.then_some(query)
}

//! Scopes: what they mean, and which of them a client gets.
//! Source: SMART App Launch 2.2, "Scopes and Launch Context"; SMART App Launch 1.0 for the older form of permissions.
//!
//! A scope that is read and printed is the same text again, because clients look for the words that they asked with.

mod granted;
mod parse;
mod person;

use std::fmt;

pub use granted::{Decided, LIMIT_VALUES_MAX, WiderScope, granted, limit_values, narrowed, still};
pub use parse::NotInGrammar;
pub use person::{for_person, tells_fhir_user};

/// Whether a text can be a scope at all. Source: RFC 6749, section 3.3 (`scope-token`).
#[must_use]
pub fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

/// A scope that is understood.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// What the app wants to know about where it was launched.
    Launch(LaunchScope),
    /// Who the user is.
    Identity(IdentityScope),
    /// How long the app may go on.
    Lasting(LastingScope),
    /// What may be done with resources.
    Resource(ResourceScope),
}

/// A scope of launch context.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LaunchScope {
    /// `launch`: the EHR launched the app and knows the context.
    Ehr,
    /// `launch/patient`: the user is to choose one.
    Choose {
        /// The type in small letters, as in `patient`.
        kind: String,
        /// What for, as an address, when the app says so (`?role=`).
        role: Option<String>,
    },
}

/// A scope of identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IdentityScope {
    /// `openid`: an ID token is wanted.
    OpenId,
    /// `fhirUser`: with the resource that stands for the user.
    FhirUser,
    /// `profile`: the older name of the same.
    Profile,
}

/// A scope that asks for a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LastingScope {
    /// `offline_access`: also when the user has gone.
    Offline,
    /// `online_access`: while the user's session lasts.
    Online,
}

/// A scope of resources.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceScope {
    /// For whose resources.
    pub level: Level,
    /// Of which type.
    pub subject: Subject,
    /// What may be done.
    pub permissions: Permissions,
    /// Only with resources that fit this.
    pub query: Option<Query>,
}

/// Whose resources a scope is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// Those of the one patient of the launch.
    Patient,
    /// Those that the user may see.
    User,
    /// Those that the client may see by itself.
    System,
}

/// What a scope is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// `*`: resources of every type, and nothing that is no resource.
    EveryType,
    /// Resources of one type.
    Type(String),
    /// `Messaging`: sending messages. It is no resource type, so `*` does not mean it. Source: Netsmart messages,
    /// "Authorization"; SMART reserves no such names, so that this list is closed.
    Messaging,
}

/// What may be done, in one of two ways to say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permissions {
    /// SMART 1.
    V1(PermissionsV1),
    /// SMART 2.
    V2(Letters),
}

/// Permissions of SMART 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PermissionsV1 {
    /// `read`: `rs`.
    Read,
    /// `write`: `cud`.
    Write,
    /// `*`: `cruds`.
    All,
}

/// A set of the letters `cruds`, which is not empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Letters(u8);

/// One of SMART's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Letter {
    /// c
    Create,
    /// r
    Read,
    /// u
    Update,
    /// d
    Delete,
    /// s
    Search,
}

/// The letters in the one order in which they may stand.
const LETTERS: [(char, Letter); 5] =
    [('c', Letter::Create), ('r', Letter::Read), ('u', Letter::Update), ('d', Letter::Delete), ('s', Letter::Search)];

/// Parameters of a search that limit a scope, as they were written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query(String);

/// A parameter of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Of these values, a resource has to fit one.
    pub values: Vec<String>,
}

impl Query {
    /// Its parameters, without escapes. A resource has to fit all of them, also where one is repeated.
    pub fn parameters(&self) -> impl Iterator<Item = Parameter> + '_ {
        url::form_urlencoded::parse(self.0.as_bytes()).map(|(name, value)| Parameter {
            name: name.into_owned(),
            values: value.split(',').filter(|value| !value.is_empty()).map(str::to_owned).collect(),
        })
    }

    /// Whether it lets no more through than another: it asks all that the other asks, and perhaps more.
    fn is_within(&self, other: &Query) -> bool {
        let is_asked = |needed: Parameter| {
            let narrows = |asked: &Parameter| {
                asked.name == needed.name && asked.values.iter().all(|value| needed.values.contains(value))
            };
            self.parameters().any(|asked| narrows(&asked))
        };
        other.parameters().all(is_asked)
    }
}

impl Letters {
    /// All five.
    pub const ALL: Letters = Letters(0b1_1111);

    /// Whether a letter is among them.
    #[must_use]
    pub fn has(self, letter: Letter) -> bool {
        self.0 & bit(letter) != 0
    }
}

fn bit(letter: Letter) -> u8 {
    match letter {
        Letter::Create => 1,
        Letter::Read => 2,
        Letter::Update => 4,
        Letter::Delete => 8,
        Letter::Search => 16,
    }
}

impl Permissions {
    /// What is permitted, in the letters of SMART 2. Source: SMART App Launch 2.2, "Scopes for requesting FHIR resources".
    #[must_use]
    pub fn letters(self) -> Letters {
        match self {
            Permissions::V1(PermissionsV1::Read) => Letters(bit(Letter::Read) | bit(Letter::Search)),
            Permissions::V1(PermissionsV1::Write) => {
                Letters(bit(Letter::Create) | bit(Letter::Update) | bit(Letter::Delete))
            }
            Permissions::V1(PermissionsV1::All) => Letters::ALL,
            Permissions::V2(letters) => letters,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Launch(LaunchScope::Ehr) => f.write_str("launch"),
            Scope::Launch(LaunchScope::Choose { kind, role: None }) => write!(f, "launch/{kind}"),
            Scope::Launch(LaunchScope::Choose { kind, role: Some(role) }) => write!(f, "launch/{kind}?role={role}"),
            Scope::Identity(IdentityScope::OpenId) => f.write_str("openid"),
            Scope::Identity(IdentityScope::FhirUser) => f.write_str("fhirUser"),
            Scope::Identity(IdentityScope::Profile) => f.write_str("profile"),
            Scope::Lasting(LastingScope::Offline) => f.write_str("offline_access"),
            Scope::Lasting(LastingScope::Online) => f.write_str("online_access"),
            Scope::Resource(scope) => scope.fmt(f),
        }
    }
}

impl fmt::Display for ResourceScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}.{}", self.level, self.subject, self.permissions)?;
        match &self.query {
            Some(query) => write!(f, "?{}", query.0),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Patient => "patient",
            Level::User => "user",
            Level::System => "system",
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Subject::EveryType => "*",
            Subject::Type(name) => name,
            Subject::Messaging => "Messaging",
        })
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Permissions::V1(PermissionsV1::Read) => f.write_str("read"),
            Permissions::V1(PermissionsV1::Write) => f.write_str("write"),
            Permissions::V1(PermissionsV1::All) => f.write_str("*"),
            Permissions::V2(letters) => {
                LETTERS.iter().filter(|(_, letter)| letters.has(*letter)).try_for_each(|(text, _)| write!(f, "{text}"))
            }
        }
    }
}

#[cfg(test)]
mod tests;

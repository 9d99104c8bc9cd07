//! Which path is what, which methods it takes, and what it asks of a caller. All routes are in this file.

mod pointer;

use hyper::Method;

pub use pointer::{Form, PointerPlace};

/// A place under the root of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Whether the process runs.
    Live,
    /// Whether requests can be served.
    Ready,
    /// Counters for those who operate it.
    Metrics,
    /// Where tokens are asked for.
    Token,
    /// A place under an exchange, by its number in the configuration.
    Exchange(usize, Place),
    /// A place under a record locator, by its number in the configuration.
    Locator(usize, PointerPlace),
    /// Nothing is here.
    Unknown,
}

/// What is mounted at a path, by its number in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base<'b> {
    /// An exchange that takes messages.
    Exchange(usize, &'b str),
    /// A record locator.
    Locator(usize, &'b str),
}

impl<'b> Base<'b> {
    fn path(&self) -> &'b str {
        match self {
            Base::Exchange(_, path) | Base::Locator(_, path) => path,
        }
    }
}

/// A place under the path of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The base itself.
    Base,
    /// The CapabilityStatement.
    Metadata,
    /// SMART's discovery document.
    SmartConfiguration,
    /// The operation that takes messages.
    ProcessMessage,
    /// All resources of a type.
    Type(String),
    /// A search by form.
    TypeSearch(String),
    /// One resource.
    Instance(String, String),
    /// All versions of one resource.
    History(String, String),
    /// One version of one resource.
    Version(String, String, String),
    /// The operation asked of a type or an instance, where it is not served.
    OperationElsewhere,
    /// Nothing is here.
    Unknown,
}

/// What a route asks of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing.
    Public,
    /// A token that may send messages.
    Message,
    /// A token that may read resources of the route's type.
    Read,
}

const OPERATION: &str = "$process-message";
/// FHIR R4's own text misspells the operation so in one place.
const OPERATION_MISSPELT: &str = "$process-messages";

const READ: &str = "GET, HEAD";
const POST: &str = "POST";

impl Route {
    /// Finds the route of a path. The longest of the bases that fits wins.
    #[must_use]
    pub fn of<'b>(path: &str, bases: impl Iterator<Item = Base<'b>>) -> Route {
        match path.strip_suffix('/').unwrap_or(path) {
            "/health/live" => return Route::Live,
            "/health/ready" => return Route::Ready,
            "/metrics" => return Route::Metrics,
            "/oauth/token" => return Route::Token,
            _ => {}
        }
        let fits = |base: &Base<'_>| {
            path.strip_prefix(base.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        match bases.filter(fits).max_by_key(|base| base.path().len()) {
            Some(Base::Exchange(number, base)) => Route::Exchange(number, Place::of(&path[base.len()..])),
            Some(Base::Locator(number, base)) => Route::Locator(number, PointerPlace::of(&path[base.len()..])),
            None => Route::Unknown,
        }
    }

    /// The methods that a route takes, as in the header `Allow`; nothing where there is no such route.
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        match self {
            Route::Live | Route::Ready | Route::Metrics => Some(READ),
            Route::Token => Some(POST),
            Route::Exchange(_, place) => place.allow(),
            Route::Locator(_, place) => place.allow(),
            Route::Unknown => None,
        }
    }

    /// Whether a route takes a method.
    #[must_use]
    pub fn takes(&self, method: &Method) -> bool {
        self.allow().is_some_and(|allow| allow.split(", ").any(|allowed| allowed == method.as_str()))
    }

    /// The route without what varies, for logs and metrics.
    #[must_use]
    pub fn template(&self) -> &'static str {
        match self {
            Route::Live => "/health/live",
            Route::Ready => "/health/ready",
            Route::Metrics => "/metrics",
            Route::Token => "/oauth/token",
            Route::Exchange(_, place) => place.template(),
            Route::Locator(_, place) => place.template(),
            Route::Unknown => "(none)",
        }
    }
}

impl Place {
    /// Finds the place of a path under the base: empty, or starting with a slash. One slash at the end means nothing.
    #[must_use]
    pub fn of(rest: &str) -> Place {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let Some(rest) = rest.strip_prefix('/') else {
            return Place::Base;
        };
        let Some(segments) = rest.split('/').map(decoded).collect::<Option<Vec<String>>>() else {
            return Place::Unknown;
        };
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        match words[..] {
            ["metadata"] => Place::Metadata,
            [".well-known", "smart-configuration"] => Place::SmartConfiguration,
            [OPERATION | OPERATION_MISSPELT] => Place::ProcessMessage,
            [.., OPERATION | OPERATION_MISSPELT] => Place::OperationElsewhere,
            [resource_type, ..] if !is_type(resource_type) => Place::Unknown,
            [resource_type] => Place::Type(resource_type.to_owned()),
            [resource_type, "_search"] => Place::TypeSearch(resource_type.to_owned()),
            [resource_type, id] if is_id(id) => Place::Instance(resource_type.to_owned(), id.to_owned()),
            [resource_type, id, "_history"] if is_id(id) => Place::History(resource_type.to_owned(), id.to_owned()),
            [resource_type, id, "_history", version] if is_id(id) && is_id(version) => {
                Place::Version(resource_type.to_owned(), id.to_owned(), version.to_owned())
            }
            _ => Place::Unknown,
        }
    }

    /// The methods that a place takes; nothing where there is no such place.
    #[must_use]
    pub fn allow(&self) -> Option<&'static str> {
        match self {
            Place::Base | Place::OperationElsewhere | Place::Unknown => None,
            Place::ProcessMessage | Place::TypeSearch(_) => Some(POST),
            Place::Metadata
            | Place::SmartConfiguration
            | Place::Type(_)
            | Place::Instance(..)
            | Place::History(..)
            | Place::Version(..) => Some(READ),
        }
    }

    /// What a place asks of a caller.
    #[must_use]
    pub fn access(&self) -> Access {
        match self {
            Place::Metadata | Place::SmartConfiguration => Access::Public,
            Place::Base | Place::OperationElsewhere | Place::Unknown => Access::Public,
            Place::ProcessMessage => Access::Message,
            Place::Type(name)
            | Place::TypeSearch(name)
            | Place::Instance(name, _)
            | Place::History(name, _)
            | Place::Version(name, _, _) => {
                if is_conformance(name) {
                    Access::Public
                } else {
                    Access::Read
                }
            }
        }
    }

    /// The place without what varies.
    #[must_use]
    pub fn template(&self) -> &'static str {
        match self {
            Place::Base => "{base}",
            Place::Metadata => "{base}/metadata",
            Place::SmartConfiguration => "{base}/.well-known/smart-configuration",
            Place::ProcessMessage => "{base}/$process-message",
            Place::Type(_) => "{base}/{type}",
            Place::TypeSearch(_) => "{base}/{type}/_search",
            Place::Instance(..) => "{base}/{type}/{id}",
            Place::History(..) => "{base}/{type}/{id}/_history",
            Place::Version(..) => "{base}/{type}/{id}/_history/{version}",
            Place::OperationElsewhere | Place::Unknown => "{base}/(none)",
        }
    }
}

/// Whether resources of a type describe the exchange itself: they are public, and nobody's data is among them.
#[must_use]
pub fn is_conformance(resource_type: &str) -> bool {
    matches!(resource_type, "MessageDefinition" | "GraphDefinition" | "OperationDefinition")
}

/// Longer words are no FHIR types.
const TYPE_CHARS_MAX: usize = 64;

/// Whether a word can be the name of a resource type with routes. MessageHeader has none: a message is no resource
/// that can be read or made alone. Source: Netsmart, "MessageHeader" (no interaction is supported).
fn is_type(word: &str) -> bool {
    let letters = word.len() <= TYPE_CHARS_MAX && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    letters && word.starts_with(|first: char| first.is_ascii_uppercase()) && word != "MessageHeader"
}

/// Whether a word can be a logical id. Source: FHIR R4, datatype `id`.
fn is_id(word: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&word.len()) && word.bytes().all(allowed)
}

/// A segment without percent-encoding. Nothing for a broken escape, for what is no UTF-8, and for a hidden slash.
fn decoded(segment: &str) -> Option<String> {
    unescaped(segment).filter(|segment| !segment.contains('/'))
}

/// A text without percent-encoding. Nothing for a broken escape and for what is no UTF-8.
fn unescaped(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first == b'%' {
            let (pair, after) = rest.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;

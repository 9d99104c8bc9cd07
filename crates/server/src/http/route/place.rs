//! Places under the path of an exchange: which there are, what they take, what they ask of a caller.

use hyper::Method;

use super::{OwnPlace, POST, READ, Ways, decoded};

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
    /// The paper of a DocumentReference; only where others work on referrals, too.
    Paper(String),
    /// Where apps are launched from, and for one draft by the id of its ServiceRequest.
    Launch(Option<String>),
    /// Where a partner looks after what it is told; only where partners are told.
    Own(OwnPlace),
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
    /// A token that may make resources of the route's type.
    Create,
    /// A token that may change resources of the route's type.
    Update,
    /// A token that may read, or write, the caller's own endpoint.
    Own,
}

const OPERATION: &str = "$process-message";
/// FHIR R4's own text misspells the operation so in one place.
const OPERATION_MISSPELT: &str = "$process-messages";

/// As Ocean has it, for what `GET Binary/{id}` is in FHIR.
const BINARY: &str = "$binary";

const PUT: &str = "PUT";
const READ_AND_POST: &str = "GET, HEAD, POST";
const READ_AND_PUT: &str = "GET, HEAD, PUT";
const READ_AND_CHANGE: &str = "GET, HEAD, PUT, PATCH";

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
        if let Some(own) = OwnPlace::of(&words) {
            return Place::Own(own);
        }
        match words[..] {
            ["metadata"] => Place::Metadata,
            [".well-known", "smart-configuration"] => Place::SmartConfiguration,
            ["launch"] => Place::Launch(None),
            ["launch", id] if is_id(id) => Place::Launch(Some(id.to_owned())),
            [OPERATION | OPERATION_MISSPELT] => Place::ProcessMessage,
            [.., OPERATION | OPERATION_MISSPELT] => Place::OperationElsewhere,
            [resource_type, ..] if !is_type(resource_type) => Place::Unknown,
            [resource_type] => Place::Type(resource_type.to_owned()),
            [resource_type, "_search"] => Place::TypeSearch(resource_type.to_owned()),
            [resource_type, id] if is_id(id) => Place::Instance(resource_type.to_owned(), id.to_owned()),
            ["DocumentReference", id, BINARY] if is_id(id) => Place::Paper(id.to_owned()),
            [resource_type, id, "_history"] if is_id(id) => Place::History(resource_type.to_owned(), id.to_owned()),
            [resource_type, id, "_history", version] if is_id(id) && is_id(version) => {
                Place::Version(resource_type.to_owned(), id.to_owned(), version.to_owned())
            }
            _ => Place::Unknown,
        }
    }

    /// The methods that a place takes; nothing where there is no such place.
    #[must_use]
    pub fn allow(&self, ways: Ways) -> Option<&'static str> {
        match ways {
            Ways::Messages => self.served(),
            Ways::MessagesAndRest => self.worked_on().or_else(|| self.served()),
        }
    }

    /// The methods of a place where more than reading is served. Tasks come from submissions: none is made by REST.
    fn worked_on(&self) -> Option<&'static str> {
        match self {
            Place::Own(own) => Some(own.allow()),
            Place::Paper(_) => Some(READ),
            Place::Type(name) if name == "Bundle" => Some(PUT),
            Place::Type(name) if name == "ServiceRequest" => Some(READ_AND_PUT),
            Place::Type(name) if name == "Appointment" => Some(READ_AND_POST),
            Place::Instance(name, _) if name == "Task" || name == "Appointment" => Some(READ_AND_CHANGE),
            Place::Base
            | Place::Metadata
            | Place::SmartConfiguration
            | Place::Launch(_)
            | Place::ProcessMessage
            | Place::Type(_)
            | Place::TypeSearch(_)
            | Place::Instance(..)
            | Place::History(..)
            | Place::Version(..)
            | Place::OperationElsewhere
            | Place::Unknown => None,
        }
    }

    /// The methods of a place in every exchange.
    fn served(&self) -> Option<&'static str> {
        match self {
            Place::Base | Place::Own(_) | Place::Paper(_) | Place::OperationElsewhere | Place::Unknown => None,
            Place::ProcessMessage | Place::TypeSearch(_) => Some(POST),
            Place::Launch(None) => Some("GET, POST"),
            Place::Launch(Some(_)) => Some("GET"),
            Place::Metadata
            | Place::SmartConfiguration
            | Place::Type(_)
            | Place::Instance(..)
            | Place::History(..)
            | Place::Version(..) => Some(READ),
        }
    }

    /// What a place asks of a caller, with a method that it takes.
    #[must_use]
    pub fn access(&self, method: &Method) -> Access {
        match self {
            Place::Metadata | Place::SmartConfiguration => Access::Public,
            // who is there says a session, not a token
            Place::Launch(_) => Access::Public,
            Place::Base | Place::OperationElsewhere | Place::Unknown => Access::Public,
            Place::ProcessMessage => Access::Message,
            Place::Own(_) => Access::Own,
            Place::Paper(_) => Access::Read,
            // the older guide's updates are messages without the operation
            Place::Type(_) if *method == Method::PUT => Access::Message,
            Place::Type(_) if *method == Method::POST => Access::Create,
            Place::Instance(..) if *method == Method::PUT || *method == Method::PATCH => Access::Update,
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
            Place::Launch(None) => "{base}/launch",
            Place::Launch(Some(_)) => "{base}/launch/{id}",
            Place::ProcessMessage => "{base}/$process-message",
            Place::Type(_) => "{base}/{type}",
            Place::TypeSearch(_) => "{base}/{type}/_search",
            Place::Instance(..) => "{base}/{type}/{id}",
            Place::History(..) => "{base}/{type}/{id}/_history",
            Place::Version(..) => "{base}/{type}/{id}/_history/{version}",
            Place::Paper(_) => "{base}/DocumentReference/{id}/$binary",
            Place::Own(own) => own.template(),
            Place::OperationElsewhere | Place::Unknown => "{base}/(none)",
        }
    }
}

/// Whether resources of a type describe the exchange itself: they are public, and nobody's data is among them.
fn is_conformance(resource_type: &str) -> bool {
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

//! NHS National Record Locator: pointers to records, as STU3 DocumentReferences that a provider keeps and a consumer finds.
//! Source: NRL "API Update Interaction" and its sister pages, specification 2.8.0; what they leave open, and where they
//! disagree, is decided in docs/dialects/nrl.md.

mod admit;
mod audit_event;
mod directory;
mod document;
mod fault;
mod format;
mod gap;
mod gate;
mod listing;
mod metadata;
mod name;
mod number;
mod outcome;
mod patch;
mod ready;
mod reference;
mod remark;
mod request;
mod rules;
pub mod sample;
mod search;
mod settle;
mod stamp;
mod texts;
mod token;
mod values;
mod wording;

#[cfg(test)]
mod tests;

use baton_exchange::id::ExchangeId;
use baton_fhir::{
    definitions::{Definitions, FhirVersion, definitions},
    format::Format,
};

pub use admit::{Admitted, Head, NotAdmitted, admit};
pub use audit_event::{TrailRequest, audit_event, audit_events, trail_request};
pub use directory::{Custody, Directory, Registered};
pub use document::{Imported, New, imported};
pub use fault::Fault;
pub use format::{sent, wanted};
pub use gate::{Fetch, GateHead, open_gate};
pub use listing::{Listing, searchset};
pub use metadata::capability_statement;
pub use name::Named;
pub use outcome::{Address, Answer, Done, Refused, Voice, Wrong};
pub use patch::recognise;
pub use ready::{Body, Ready, prepare};
pub use reference::Subject;
pub use remark::Remark;
pub use request::{Asked, Request, Verb, request};
pub use search::{Find, Wanted};
pub use settle::{By, Settled, settle, shown_to};
pub use stamp::as_left;
pub use token::{TokenTimes, TokenTrust, Verify};
pub use values::{ValueSet, Values};
pub use wording::Wording;

use crate::Mode;

/// One mounted locator.
#[derive(Clone, Debug)]
pub struct Locator {
    /// The exchange that it is.
    pub exchange: ExchangeId,
    /// How strictly the guide is taken.
    pub mode: Mode,
    /// Public address without a slash at the end.
    pub base: String,
    /// Whose texts and rules it follows.
    pub wording: Wording,
    /// The number that `toASID` has to name.
    pub spine_asid: String,
    /// Whether audit tokens have to be signed.
    pub trust: TokenTrust,
    /// Whether their times are looked at.
    pub times: TokenTimes,
    /// Hosts of the secure proxy, which are no part of a pointer's address.
    pub ssp_hosts: Vec<String>,
    /// Whether displays of codes are compared.
    pub displays: Displays,
    /// Which codes there are.
    pub values: Values,
    /// Who is who.
    pub directory: Directory,
}

/// Whether displays of codes are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Displays {
    /// To the letter.
    Exact,
    /// Not at all.
    Any,
}

/// The definitions of the guide's FHIR version.
#[must_use]
pub fn fhir() -> &'static Definitions {
    definitions(FhirVersion::Stu3)
}

/// The FHIR version as media types name it.
pub const FHIR_VERSION: &str = "3.0";

/// The format for those who ask for none. Source: NRL "Interaction Content Types".
pub const FORMAT: Format = Format::Xml;

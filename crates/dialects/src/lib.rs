//! The guides: what each asks for, in tables, and one small module for what tables cannot say.
//!
//! A message takes two steps here. [`arrive`] reads and checks it and knows nothing but the message; [`settle`] decides, with
//! what the store remembers. Both are pure, so the loop around them may ask and decide again.

mod arrived;
mod leniency;
pub mod netsmart;
pub mod nrl;
pub mod ontario;
mod outcomes;
mod read;
mod rules;
mod template;
mod verdict;
mod way;

pub use arrived::{Arrived, Posted, arrive};
pub use outcomes::{Refused, refuse};
pub use way::{PatchLanguage, Way};
pub use verdict::{Accepted, Context, NewIds, Verdict, settle};

use baton_exchange::id::ExchangeId;
use baton_fhir::{format::Format, tree::Tree};

/// A guide that speaks in messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Netsmart Referral Manager: referrals by FHIR R4 messages.
    Netsmart,
    /// Ontario eReferral in all its versions: referrals that several parties work on.
    Ontario,
}

impl Dialect {
    /// The dialect that the configuration calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<Dialect> {
        match name {
            "netsmart" => Some(Dialect::Netsmart),
            "ontario" => Some(Dialect::Ontario),
            _ => None,
        }
    }

    /// The FHIR version that it speaks, as in the parameter `fhirVersion` of media types.
    #[must_use]
    pub fn fhir_version(self) -> &'static str {
        match self {
            Dialect::Netsmart | Dialect::Ontario => "4.0",
        }
    }
}

/// What is done about faults that partners are known to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Repairs them, with one warning for each.
    Compat,
    /// Refuses them, with the identity and the answers of plain FHIR.
    Strict,
}

/// One mounted API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The exchange that it is.
    pub exchange: ExchangeId,
    /// Its guide.
    pub dialect: Dialect,
    /// How strictly the guide is taken.
    pub mode: Mode,
    /// Public address without a slash at the end, for example `https://referrals.example.org/netsmart/v4`.
    /// Empty when a message is checked without a server: then it is not asked whether it is addressed here.
    pub base: String,
    /// How long answers are kept for resends, in seconds.
    pub reliable_cache_secs: i64,
    /// How many entries a message may have.
    pub bundle_entries_max: usize,
    /// Who is registered, in exchanges whose partners work on the same referrals.
    pub directory: ontario::Directory,
    /// With what search keys of such an exchange are blinded, so that they tell nothing to whoever gets hold of the store.
    pub blind: [u8; 32],
}

/// The format of an answer to somebody who asks for none. `request` is the format of the request's body, if it had one.
#[must_use]
pub fn default_format(mount: &Mount, request: Option<Format>) -> Format {
    match (mount.dialect, mount.mode) {
        (Dialect::Netsmart, Mode::Compat) => Format::Xml,
        (Dialect::Netsmart, Mode::Strict) | (Dialect::Ontario, _) => request.unwrap_or(Format::Json),
    }
}

/// What this mount says of itself at `metadata`.
#[must_use]
pub fn capability_statement(mount: &Mount, software_version: &str) -> Tree {
    match mount.dialect {
        Dialect::Netsmart => netsmart::capability_statement(mount, software_version),
    }
}

/// The resources that `metadata` refers to. Each has an id and a url; they are served by both.
#[must_use]
pub fn conformance_resources(mount: &Mount) -> Vec<Tree> {
    match mount.dialect {
        Dialect::Netsmart => netsmart::conformance_resources(mount),
    }
}

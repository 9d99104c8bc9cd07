//! What this locator says of itself.
//! Source: NRL "Capabilities" (NRL-CapabilityStatement-1); FHIR STU3 CapabilityStatement.

use baton_fhir::tree::Tree;

use super::{Locator, TokenTrust};
use crate::template::template;

/// The CapabilityStatement of a locator.
#[must_use]
pub fn capability_statement(locator: &Locator, software_version: &str) -> Tree {
    let trust = match locator.trust {
        TokenTrust::Signed => "The token has to be signed with a key that is known here.",
        TokenTrust::Unsigned => "The token needs no signature, because mutual TLS proves who calls.",
    };
    template(include_str!("capability-statement.json"))
        .text("base", &locator.base)
        .text("version", software_version)
        .text("spine_asid", &locator.spine_asid)
        .text("trust", trust)
        .tree()
}

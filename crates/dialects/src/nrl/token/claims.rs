//! Claims of a token by name.
//! Source: NRL "Access Tokens and Audit (JWT)", claims.

use serde_json::{Map, Value};

use crate::nrl::fault::{Claim, Fault};

/// The claims as they were sent. They name people, so they have no `Debug`.
pub(in crate::nrl) struct Claims(Map<String, Value>);

impl Claims {
    /// Reads a section of a token. Nothing for what is no JSON object.
    pub(super) fn read(section: &[u8]) -> Option<Claims> {
        serde_json::from_slice(section).ok().map(Claims)
    }

    /// A text that must be there, and not be empty.
    pub(super) fn text(&self, claim: Claim) -> Result<&str, Fault> {
        self.some_text(claim).ok_or(Fault::ClaimMissing { claim })
    }

    /// A text that may be there.
    pub(super) fn some_text(&self, claim: Claim) -> Option<&str> {
        self.0.get(claim).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A moment in whole seconds since 1970.
    pub(super) fn seconds(&self, claim: Claim) -> Result<i64, Fault> {
        self.0.get(claim).and_then(Value::as_i64).ok_or(Fault::ClaimMissing { claim })
    }

    /// The subject of the claim `act`, where there is such a claim: for whom a citizen acts.
    pub(super) fn actor(&self) -> Option<&str> {
        self.0.get("act").map(|act| act.get("sub").and_then(Value::as_str).unwrap_or_default())
    }
}

//! Pointers, patches and audit tokens to show and to measure with, about nobody.
//! Source: NRL "Pointer FHIR Resource", "API Update Interaction", "Access Tokens and Audit (JWT)".

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_exchange::time::Timestamp;

use super::number::is_nhs_number;
use crate::sample::filled;

/// What tells one sample pointer from another.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    /// The NHS number of its patient.
    pub number: &'a str,
    /// The value of its masterIdentifier, a URI.
    pub master: &'a str,
    /// The code of the organisation that answers for it, and wrote the record.
    pub ods: &'a str,
    /// The record's name in its address.
    pub record: &'a str,
}

/// A pointer to a crisis plan, in XML.
#[must_use]
pub fn pointer(ids: &Ids<'_>) -> String {
    let gaps = [("{number}", ids.number), ("{master}", ids.master), ("{ods}", ids.ods), ("{record}", ids.record)];
    filled(include_str!("pointer.xml"), &gaps)
}

/// The patch that marks a pointer as entered in error, in XML.
#[must_use]
pub fn withdrawal() -> &'static str {
    include_str!("withdraw.xml")
}

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// To read and find.
    Read,
    /// To make and change.
    Write,
}

/// An audit token without signature, good for five minutes from a moment on.
#[must_use]
pub fn token(asid: &str, ods: &str, scope: Scope, now: Timestamp) -> String {
    let scope = match scope {
        Scope::Read => "patient/DocumentReference.read",
        Scope::Write => "patient/DocumentReference.write",
    };
    let user = "https://fhir.nhs.uk/Id/sds-role-profile-id|100000000001";
    let claims = serde_json::json!({
        "iss": "https://demo.example.org",
        "sub": user,
        "aud": "https://clinicals.spineservices.nhs.uk",
        "iat": now.secs(),
        "exp": now.secs() + 300,
        "reason_for_request": "directcare",
        "scope": scope,
        "requesting_system": format!("https://fhir.nhs.uk/Id/accredited-system|{asid}"),
        "requesting_organization": format!("https://fhir.nhs.uk/Id/ods-organization-code|{ods}"),
        "requesting_user": user,
    });
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.", part(r#"{"alg":"none","typ":"JWT"}"#), part(&claims.to_string()))
}

/// An NHS number for each count below fifty million, another one for each. They begin with 9, and a real person
/// may have one of them: they are for measuring on a machine of one's own.
#[must_use]
pub fn number(count: u32) -> String {
    // nine digits whose check would be ten are no number; the next ones are, and nobody else gets them
    let nine = 900_000_000 + u64::from(count) % 50_000_000 * 2;
    let checked = |nine: u64| (0..10).map(|check| format!("{nine}{check}")).find(|number| is_nhs_number(number));
    checked(nine).or_else(|| checked(nine + 1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::number;
    use crate::nrl::number::is_nhs_number;

    #[test]
    fn each_count_has_a_number_of_its_own() {
        let numbers: HashSet<String> = (0..20_000).map(number).collect();
        assert_eq!(numbers.len(), 20_000);
        assert!(numbers.iter().all(|number| is_nhs_number(number)));
    }
}

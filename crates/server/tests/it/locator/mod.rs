//! A record locator from outside: who may ask for what, what is remembered, and what happens at once.

mod access;
mod audit;
mod certificates;
mod formats;
mod gate;
mod keys;
mod races;
mod trouble;

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_store::{MemoryStore, Store};
use serde_json::{Value, json};

use crate::harness::{Answer, Ask, JSON, Server};

pub const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://locator.example.org"
[limits]
body_bytes_max = 100000
[delivery]
allow_private_addresses = true
[[exchange]]
id = "nrl"
dialect = "nrl"
path = "/nrl"
jwt = "unsigned"
spine_asid = "999999999999"
[[partner]]
id = "rr8"
name = "Trust RR8"
exchanges = ["nrl"]
roles = ["provider"]
asid = "200000000118"
ods = "RR8"
[[partner]]
id = "rxa"
name = "Trust RXA"
exchanges = ["nrl"]
roles = ["provider"]
asid = "200000000120"
ods = "RXA"
[[partner]]
id = "ams01"
name = "Ambulance service"
exchanges = ["nrl"]
roles = ["consumer"]
asid = "200000000115"
ods = "AMS01"
"#;

/// 2026-01-15T14:30:00Z, when the harness' clock stands still.
pub const NOW_SECS: i64 = 1_768_487_400;

pub const RR8: (&str, &str) = ("200000000118", "RR8");
pub const RXA: (&str, &str) = ("200000000120", "RXA");
pub const AMS01: (&str, &str) = ("200000000115", "AMS01");

pub const PATIENT: &str = "https%3A%2F%2Fdemographics.spineservices.nhs.uk%2FSTU3%2FPatient%2F9876543210";

pub fn server() -> Server {
    server_with(Arc::new(MemoryStore::default()))
}

pub fn server_with(store: Arc<dyn Store>) -> Server {
    Server::with(CONFIG, store)
}

pub fn claims((asid, ods): (&str, &str), scope: &str) -> Value {
    json!({
        "iss": "https://cas.nhs.uk",
        "sub": "https://fhir.nhs.uk/Id/sds-role-profile-id|4387293874928",
        "aud": "https://clinicals.spineservices.nhs.uk",
        "iat": NOW_SECS,
        "exp": NOW_SECS + 300,
        "reason_for_request": "directcare",
        "scope": scope,
        "requesting_system": format!("https://fhir.nhs.uk/Id/accredited-system|{asid}"),
        "requesting_organization": format!("https://fhir.nhs.uk/Id/ods-organization-code|{ods}"),
        "requesting_user": "https://fhir.nhs.uk/Id/sds-role-profile-id|4387293874928",
    })
}

/// A token without signature.
pub fn token(system: (&str, &str), scope: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(&claims(system, scope)))
}

/// A request as a system, with a token whose scope fits the method.
pub fn by(system: (&str, &str), ask: Ask, scope: &str) -> Ask {
    ask.bearer(&token(system, scope)).header("fromASID", system.0).header("toASID", "999999999999").json()
}

pub fn writing(system: (&str, &str), method: &str, path: &str) -> Ask {
    by(system, Ask::new(method, &format!("/nrl{path}")), "patient/DocumentReference.write")
}

pub fn reading(system: (&str, &str), path: &str) -> Ask {
    by(system, Ask::get(&format!("/nrl{path}")), "patient/DocumentReference.read")
}

/// A pointer with a number in its masterIdentifier.
pub fn pointer(number: u32) -> Value {
    let coding = |system: &str, code: &str, display: &str| json!({"coding": [{"system": system, "code": code, "display": display}]});
    json!({
        "resourceType": "DocumentReference",
        "meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-1"]},
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": format!("urn:oid:1.2.{number}")},
        "status": "current",
        "type": coding("http://snomed.info/sct", "736253002", "Mental health crisis plan"),
        "class": coding("http://snomed.info/sct", "734163000", "Care plan"),
        "subject": {"reference": "https://demographics.spineservices.nhs.uk/STU3/Patient/9876543210"},
        "author": [{"reference": "https://directory.spineservices.nhs.uk/STU3/Organization/RR8"}],
        "custodian": {"reference": "https://directory.spineservices.nhs.uk/STU3/Organization/RR8"},
        "content": [{
            "extension": [{
                "url": "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-NRL-ContentStability-1",
                "valueCodeableConcept":
                    coding("https://fhir.nhs.uk/STU3/CodeSystem/NRL-ContentStability-1", "static", "Static"),
            }],
            "attachment": {"contentType": "application/pdf", "url": "https://p1.nhs.uk/plan.pdf"},
            "format": {
                "system": "https://fhir.nhs.uk/STU3/CodeSystem/NRL-FormatCode-1",
                "code": "urn:nhs-ic:unstructured",
                "display": "Unstructured Document",
            },
        }],
        "context": {"practiceSetting": coding("http://snomed.info/sct", "708168004", "Mental health service")},
    })
}

pub const WITHDRAWAL: &str = r#"{"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
    {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "DocumentReference.status"},
    {"name": "value", "valueString": "entered-in-error"}]}]}"#;

pub fn creation(pointer: &Value) -> Ask {
    writing(RR8, "POST", "/DocumentReference").header("Content-Type", JSON).body(pointer.to_string())
}

/// Makes a pointer and gives its id.
pub fn create(server: &Server, number: u32) -> String {
    let answer = creation(&pointer(number)).send(server);
    assert_eq!(answer.status, 201, "{}", answer.text());
    id(&answer)
}

/// The id in an answer's `Location`.
pub fn id(answer: &Answer) -> String {
    let location = answer.header("location").unwrap_or_else(|| panic!("no Location: {}", answer.text()));
    location.rsplit('/').next().unwrap_or_default().to_owned()
}

pub fn withdrawal(id: &str) -> Ask {
    writing(RR8, "PATCH", &format!("/DocumentReference/{id}")).header("Content-Type", JSON).body(WITHDRAWAL)
}

pub fn code(answer: &Answer) -> String {
    answer.member("issue/0/details/coding/0/code")
}

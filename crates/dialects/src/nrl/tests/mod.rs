//! Tests of the guide: a locator with two providers and a consumer, a clock that stands still, and the smallest pointer.

mod admission;
mod changes;
mod creation;
mod gate;
mod imports;
mod parameters;
mod patches;
mod texts;
mod tokens;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_exchange::{
    access::{LocatorRole, System},
    audit::Interaction,
    id::MessageId,
    pointer::{Ods, Pointer},
    time::Timestamp,
};
use baton_fhir::{format::Format, json};
use serde_json::{Value, json};

use super::{
    Admitted, Body, By, Custody, Directory, Displays, Fault, Head, Locator, Ready, Refused, Registered, Settled,
    TokenTimes, TokenTrust, Values, Voice, Wording, admit, prepare, settle,
};
use crate::Mode;

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
pub(super) const PATIENT: &str = "https://demographics.spineservices.nhs.uk/STU3/Patient/9876543210";

pub(super) fn ods(code: &str) -> Ods {
    Ods::parse(code).expect(code)
}

fn system(id: &str, asid: &str, code: &str, role: LocatorRole) -> Registered {
    Registered {
        system: System { partner: id.into(), asid: asid.to_owned(), ods: ods(code), roles: vec![role] },
        endpoints: vec![format!("https://{id}.nhs.uk/")],
    }
}

pub(super) fn locator() -> Locator {
    let mut directory = Directory::default();
    directory.add_system(system("rr8", "200000000118", "RR8", LocatorRole::Provider));
    directory.add_system(system("rxa", "200000000120", "RXA", LocatorRole::Provider));
    directory.add_system(system("ams", "200000000115", "AMS01", LocatorRole::Consumer));
    directory.add_organization(ods("RGD"), Custody::None);
    Locator {
        exchange: "nrl".into(),
        mode: Mode::Compat,
        base: "https://nrl.example.org/nrl".to_owned(),
        wording: Wording::First,
        spine_asid: "999999999999".to_owned(),
        trust: TokenTrust::Unsigned,
        times: TokenTimes::Checked,
        ssp_hosts: vec!["proxy.nhs.uk".to_owned()],
        displays: Displays::Exact,
        values: Values::of_guide(),
        directory,
    }
}

pub(super) fn worded(wording: Wording) -> Locator {
    Locator { wording, ..locator() }
}

/// The claims of somebody who works for an organisation.
pub(super) fn claims(asid: &str, code: &str, scope: &str) -> Value {
    json!({
        "iss": "https://cas.nhs.uk",
        "sub": "https://fhir.nhs.uk/Id/sds-role-profile-id|4387293874928",
        "aud": "https://clinicals.spineservices.nhs.uk",
        "iat": NOW.secs(),
        "exp": NOW.secs() + 300,
        "reason_for_request": "directcare",
        "scope": scope,
        "requesting_system": format!("https://fhir.nhs.uk/Id/accredited-system|{asid}"),
        "requesting_organization": format!("https://fhir.nhs.uk/Id/ods-organization-code|{code}"),
        "requesting_user": "https://fhir.nhs.uk/Id/sds-role-profile-id|4387293874928",
    })
}

pub(super) fn provider_claims() -> Value {
    claims("200000000118", "RR8", "patient/DocumentReference.write")
}

pub(super) fn consumer_claims() -> Value {
    claims("200000000115", "AMS01", "patient/DocumentReference.read")
}

pub(super) fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("Bearer {}.{}.", part(&json!({"alg": "none", "typ": "JWT"})), part(claims))
}

/// Asks for an interaction with a token.
pub(super) fn admitted_with(
    locator: &Locator,
    authorization: Option<&str>,
    from_asid: &str,
    interaction: Interaction,
) -> Result<Admitted, Fault> {
    let head = Head {
        authorization,
        from_asid: Some(from_asid),
        to_asid: Some("999999999999"),
        verify: None,
        has_certificate_of: &|_| true,
    };
    admit(locator, &head, interaction, NOW).map_err(|not| not.fault)
}

pub(super) fn provider(locator: &Locator) -> Admitted {
    let token = unsigned(&provider_claims());
    admitted_with(locator, Some(&token), "200000000118", Interaction::Create).expect("a provider may")
}

pub(super) fn consumer(locator: &Locator) -> Admitted {
    let token = unsigned(&consumer_claims());
    admitted_with(locator, Some(&token), "200000000115", Interaction::Search).expect("a consumer may")
}

/// A pointer that breaks no rule.
pub(super) fn pointer() -> Value {
    json!({
        "resourceType": "DocumentReference",
        "meta": {"profile": ["https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-1"]},
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.3"},
        "status": "current",
        "type": coding("http://snomed.info/sct", "736253002", "Mental health crisis plan"),
        "class": coding("http://snomed.info/sct", "734163000", "Care plan"),
        "subject": {"reference": PATIENT},
        "author": [{"reference": "https://directory.spineservices.nhs.uk/STU3/Organization/RGD"}],
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
        "context": {
            "period": {"start": "2016-03-07T13:34:00+01:00"},
            "practiceSetting": coding("http://snomed.info/sct", "708168004", "Mental health service"),
        },
    })
}

pub(super) fn coding(system: &str, code: &str, display: &str) -> Value {
    json!({"coding": [{"system": system, "code": code, "display": display}]})
}

pub(super) fn edited(edit: impl FnOnce(&mut Value)) -> Value {
    let mut pointer = pointer();
    edit(&mut pointer);
    pointer
}

pub(super) fn read(locator: &Locator, body: &str) -> Result<Ready, Refused> {
    prepare(locator, Body { bytes: body.as_bytes(), format: Format::Json }, NOW)
}

/// Creates a pointer, with what the store knows of its masterIdentifier and its target.
pub(super) fn created(locator: &Locator, body: &Value, known: Vec<Option<Pointer>>) -> Result<Settled, Refused> {
    let ready = read(locator, &body.to_string())?;
    let caller = provider(locator);
    settle(locator, &ready, known, &By { caller: &caller, new_id: ([7; 16], [7; 10]), now: NOW })
}

/// A refusal as it is answered: status, code and display of the first issue, and each issue's place and diagnostics.
pub(super) fn said(locator: &Locator, refused: &Refused) -> (u16, String, Vec<String>) {
    let voice = Voice { wording: locator.wording, interaction: Interaction::Create, message: MessageId([1; 16]) };
    let answer = voice.refuse(refused);
    let mut bytes = Vec::new();
    json::write(answer.outcome.root(), &mut bytes);
    let outcome: Value = serde_json::from_slice(&bytes).expect("an outcome is JSON");
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let issues = outcome["issue"].as_array().expect("an outcome has issues");
    let coding = &issues[0]["details"]["coding"][0];
    let first = format!("{} {}", text(&coding["code"]), text(&coding["display"]));
    let all = issues.iter().map(|issue| format!("{} {}", text(&issue["expression"][0]), text(&issue["diagnostics"])));
    (answer.status, first, all.collect())
}

#[track_caller]
pub(super) fn check_refused(locator: &Locator, body: &Value, code: &str, first: &str) {
    let refused = created(locator, body, vec![None, None]).map(drop).expect_err("it is refused");
    let (status, coding, issues) = said(locator, &refused);
    assert_eq!((status, coding.as_str(), issues[0].as_str()), (400, code, first));
}

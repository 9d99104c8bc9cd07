//! XML and JSON are the same in all interactions.

use super::{AMS01, PATIENT, RR8, by, create, pointer, reading, server, token, withdrawal};
use crate::harness::Ask;

const XML: &str = "application/fhir+xml";

/// The pointer of the JSON tests, as XML.
fn xml() -> String {
    let coding = |system: &str, code: &str, display: &str| {
        format!("<coding><system value=\"{system}\"/><code value=\"{code}\"/><display value=\"{display}\"/></coding>")
    };
    let organization = "<reference value=\"https://directory.spineservices.nhs.uk/STU3/Organization/RR8\"/>";
    [
        "<DocumentReference xmlns=\"http://hl7.org/fhir\"><meta><profile value=\"https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-1\"/></meta>",
        "<masterIdentifier><system value=\"urn:ietf:rfc:3986\"/><value value=\"urn:oid:1.2.1\"/></masterIdentifier><status value=\"current\"/>",
        &format!("<type>{}</type>", coding("http://snomed.info/sct", "736253002", "Mental health crisis plan")),
        &format!("<class>{}</class>", coding("http://snomed.info/sct", "734163000", "Care plan")),
        "<subject><reference value=\"https://demographics.spineservices.nhs.uk/STU3/Patient/9876543210\"/></subject>",
        &format!("<author>{organization}</author><custodian>{organization}</custodian>"),
        "<content><extension url=\"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-NRL-ContentStability-1\"><valueCodeableConcept>",
        &coding("https://fhir.nhs.uk/STU3/CodeSystem/NRL-ContentStability-1", "static", "Static"),
        "</valueCodeableConcept></extension><attachment><contentType value=\"application/pdf\"/><url value=\"https://p1.nhs.uk/plan.pdf\"/></attachment>",
        "<format><system value=\"https://fhir.nhs.uk/STU3/CodeSystem/NRL-FormatCode-1\"/><code value=\"urn:nhs-ic:unstructured\"/><display value=\"Unstructured Document\"/></format></content>",
        &format!("<context><practiceSetting>{}</practiceSetting></context></DocumentReference>", coding("http://snomed.info/sct", "708168004", "Mental health service")),
    ]
    .concat()
}

fn in_xml(ask: Ask) -> Ask {
    ask.header("Accept", XML)
}

fn asked(system: (&str, &str), ask: Ask, scope: &str) -> Ask {
    in_xml(ask.bearer(&token(system, scope)).header("fromASID", system.0).header("toASID", "999999999999"))
}

#[test]
fn what_was_made_in_one_format_is_read_in_the_other() {
    let server = server();
    let made = asked(RR8, Ask::new("POST", "/nrl/DocumentReference"), "patient/DocumentReference.write");
    let made = made.header("Content-Type", XML).body(xml()).send(&server);
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.text().contains("<code value=\"RESOURCE_CREATED\"/>"), "{}", made.text());
    let id = super::id(&made);
    let read = reading(AMS01, &format!("/DocumentReference/{id}")).send(&server).value();
    let expected = pointer(1);
    for (name, value) in expected.as_object().expect("an object") {
        if name != "meta" {
            assert_eq!(&read[name], value, "{name}");
        }
    }
    let again = asked(AMS01, Ask::get(&format!("/nrl/DocumentReference/{id}")), "patient/DocumentReference.read");
    let again = again.send(&server);
    assert!(again.text().contains("<DocumentReference xmlns=\"http://hl7.org/fhir\"><id value="), "{}", again.text());
    assert_eq!(again.header("etag"), Some("W/\"1\""));
}

#[test]
fn a_page_of_a_large_patient_leads_to_the_next_until_all_were_seen() {
    let server = server();
    let mut made: Vec<String> = (0..7).map(|number| create(&server, number)).collect();
    assert_eq!(withdrawal(&made.remove(3)).send(&server).status, 200);
    let mut path = format!("/STU3/DocumentReference?subject={PATIENT}&_count=2");
    let mut seen = Vec::new();
    loop {
        let page = reading(AMS01, &path).send(&server).value();
        assert_eq!(page["total"], 6);
        let entries = page["entry"].as_array().expect("a page has entries");
        seen.extend(entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap_or_default().to_owned()));
        let links = page["link"].as_array().expect("a page has links");
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
        path =
            next["url"].as_str().unwrap_or_default().trim_start_matches("https://locator.example.org/nrl").to_owned();
        assert!(path.starts_with("/STU3/DocumentReference?subject=https%3A%2F%2F"), "{path}");
    }
    assert_eq!(seen, made);
}

#[test]
fn a_search_by_form_is_the_same_search() {
    let server = server();
    create(&server, 1);
    let form = by(AMS01, Ask::new("POST", "/nrl/DocumentReference/_search"), "patient/DocumentReference.read");
    let form = form.header("Content-Type", "application/x-www-form-urlencoded").body(format!("subject={PATIENT}"));
    let found = form.send(&server);
    assert_eq!((found.status, found.member("total").as_str()), (200, "1"));
    let with_format = |ask: Ask, format: &str| {
        let ask = ask.bearer(&token(AMS01, "patient/DocumentReference.read")).header("fromASID", AMS01.0);
        let ask = ask.header("toASID", "999999999999").header("Content-Type", "application/x-www-form-urlencoded");
        ask.body(format!("subject={PATIENT}&_format={format}")).send(&server)
    };
    let post = || Ask::new("POST", "/nrl/DocumentReference/_search");
    for (format, media_type) in [("json", "application/fhir+json"), ("xml", XML)] {
        for ask in [post(), post().header("Accept", "image/png"), post().json()] {
            let found = with_format(ask, format);
            let is_so = found.header("content-type").is_some_and(|is| is.starts_with(media_type));
            assert!(found.status == 200 && is_so, "{}", found.text());
        }
    }
    assert_eq!(with_format(post().json(), "image/png").status, 415);
    let twice = with_format(Ask::new("POST", "/nrl/DocumentReference/_search?_format=json"), "json");
    twice.check_refusal(400, "invalid");
    let wrong = by(AMS01, Ask::new("POST", "/nrl/DocumentReference/_search"), "patient/DocumentReference.read");
    wrong.header("Content-Type", "application/fhir+json").body("{}").send(&server).check_refusal(415, "invalid");
}

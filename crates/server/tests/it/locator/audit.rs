//! Every request has its line in the audit, and owners of pointers read theirs.

use std::sync::Arc;

use baton_exchange::audit::{AuditRecord, Audited, Interaction};
use baton_store::{MemoryStore, Store};

use serde_json::json;

use super::{
    AMS01, PATIENT, RR8, RXA, claims, code, create, creation, pointer, reading, server, server_with, unsigned,
    withdrawal,
};
use crate::harness::{Answer, Ask, Server};

fn lines(store: &Arc<MemoryStore>) -> Vec<AuditRecord> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let lines = runtime.block_on(store.audit(0, 1000)).expect("the store can be read");
    lines.into_iter().map(|(_, record)| record).collect()
}

/// What an audit line says: interaction, status, code and pointers.
fn line(record: &AuditRecord) -> (Interaction, u16, String, usize) {
    match &record.what {
        Audited::Pointers(access) => (access.interaction, access.status, access.code.clone(), access.pointers.len()),
        Audited::Referral { .. } | Audited::Visit(_) | Audited::Operator(_) => panic!("a locator has no referrals"),
    }
}

/// Threat: T114
#[test]
fn each_answer_has_its_line_under_the_id_that_the_caller_got() {
    let store = Arc::new(MemoryStore::default());
    let server = server_with(store.clone());
    let id = create(&server, 1);
    let answers: Vec<Answer> = vec![
        creation(&pointer(1)).send(&server),
        reading(AMS01, &format!("/DocumentReference/{id}")).send(&server),
        reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&server),
        reading(AMS01, "/DocumentReference?colour=red").send(&server),
        Ask::get("/nrl/DocumentReference").json().send(&server),
        withdrawal(&id).send(&server),
        reading(AMS01, &format!("/DocumentReference/{id}")).send(&server),
        reading(AMS01, "/nothing").send(&server),
        Ask::get("/nrl/metadata?_format=image/png").json().send(&server),
    ];
    let lines = lines(&store);
    let said: Vec<_> = lines.iter().map(line).collect();
    let of = |interaction, status, code: &str, pointers| (interaction, status, code.to_owned(), pointers);
    let expected = [
        of(Interaction::Create, 201, "RESOURCE_CREATED", 1),
        of(Interaction::Create, 400, "DUPLICATE_REJECTED", 0),
        of(Interaction::Read, 200, "", 1),
        of(Interaction::Search, 200, "", 1),
        of(Interaction::Search, 400, "INVALID_PARAMETER", 0),
        of(Interaction::Search, 400, "MISSING_OR_INVALID_HEADER", 0),
        of(Interaction::Update, 200, "RESOURCE_UPDATED", 1),
        of(Interaction::Read, 400, "BAD_REQUEST", 0),
        of(Interaction::Other, 404, "NO_RECORD_FOUND", 0),
        of(Interaction::Other, 415, "UNSUPPORTED_MEDIA_TYPE", 0),
    ];
    assert_eq!(said, expected);
    let told = |answer: &Answer| answer.member("issue/0/details/text");
    for (answer, at) in [(&answers[0], 1), (&answers[3], 4), (&answers[4], 5), (&answers[5], 6), (&answers[6], 7)] {
        assert_eq!(told(answer), lines[at].message.to_string(), "{}", code(answer));
    }
    let Audited::Pointers(access) = &lines[3].what else { panic!("a line of the locator") };
    assert_eq!((access.agent.organization.as_str(), access.agent.user.as_str()), ("AMS01", "4387293874928"));
    assert_eq!(lines[5].partner, None);
}

/// Threat: T104
#[test]
fn metrics_and_answers_name_no_patient() {
    let server = server();
    create(&server, 1);
    reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&server);
    let metrics = Ask::get("/metrics").send(&server).text();
    assert!(!metrics.contains("9876543210"), "{metrics}");
    let counted = "baton_pointer_requests_total{exchange=\"nrl\",interaction=\"search\",status=\"200\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
}

fn trail(server: &Server, owner: (&str, &str), query: &str) -> Vec<String> {
    let answer = reading(owner, &format!("/AuditEvent{query}")).send(server);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let value = answer.value();
    let entries = value["entry"].as_array().cloned().unwrap_or_default();
    let of = |entry: &serde_json::Value| {
        let event = &entry["resource"];
        let who = event["agent"][0]["userId"]["value"].as_str().unwrap_or("-").to_owned();
        format!("{who} {}", event["subtype"][0]["code"].as_str().unwrap_or("-"))
    };
    entries.iter().map(of).collect()
}

/// Threat: T115
#[test]
fn an_owner_reads_who_asked_about_its_pointers_and_about_no_others() {
    let server = server();
    let id = create(&server, 1);
    assert_eq!(reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&server).status, 200);
    assert_eq!(withdrawal(&id).send(&server).status, 200);
    let all = ["RR8 create", "AMS01 search-type", "RR8 patch"];
    assert_eq!(trail(&server, RR8, ""), all);
    assert_eq!(trail(&server, RR8, &format!("?patient={PATIENT}")), all);
    assert_eq!(trail(&server, RR8, "?type=736253002&date=ge2026-01-15&date=lt2026-01-16"), all);
    assert_eq!(trail(&server, RR8, "?date=lt2026-01-15"), Vec::<String>::new());
    assert_eq!(trail(&server, RR8, "?type=736366004"), Vec::<String>::new());
    assert_eq!(trail(&server, RXA, &format!("?patient={PATIENT}")), Vec::<String>::new());
    let other = PATIENT.replace("9876543210", "2686033207");
    assert_eq!(trail(&server, RR8, &format!("?patient={other}")), Vec::<String>::new());
}

#[test]
fn what_is_wrong_with_a_question_about_the_trail_is_named() {
    let server = server();
    for (query, name) in [
        ("patient=x", "patient"),
        ("patient=https://demographics.spineservices.nhs.uk/STU3/Patient/9876543211", "patient"),
        ("type=x%7Cy", "type"),
        ("date=2026-01-15", "date"),
        ("_count=x", "_count"),
        ("colour=red", "colour"),
    ] {
        let refused = reading(RR8, &format!("/AuditEvent?{query}")).send(&server);
        refused.check_refusal(400, "invalid");
        assert_eq!(refused.member("issue/0/expression/0"), name, "{query}");
    }
}

#[test]
fn a_long_trail_comes_in_pages() {
    let server = server();
    for number in 0..5 {
        create(&server, number);
    }
    assert_eq!(reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&server).status, 200);
    let mut path = format!("/AuditEvent?_count=2&patient={PATIENT}&type=736253002&date=lt2026-01-16");
    let mut pages = Vec::new();
    while !path.is_empty() {
        let answer = reading(RR8, &path).send(&server);
        let value = answer.value();
        pages.push(value["entry"].as_array().map_or(0, Vec::len));
        let links = value["link"].as_array().cloned().unwrap_or_default();
        let next = links.iter().find(|link| link["relation"] == "next").and_then(|link| link["url"].as_str());
        path = next.map(|url| url.trim_start_matches("https://locator.example.org/nrl").to_owned()).unwrap_or_default();
        assert!(path.is_empty() || path.contains("&type=736253002&date=lt2026-01-16&_after="), "{path}");
    }
    assert_eq!(pages, [2, 2, 2]);
}

/// Threat: T41, T115
#[test]
fn a_citizen_reads_no_trail_but_the_own_one() {
    let server = server();
    create(&server, 1);
    let mut claims = claims(RR8, "patient/DocumentReference.read");
    let patient = "https://fhir.nhs.net/Id/nhs-number|9876543210";
    (claims["sub"], claims["requesting_patient"]) = (json!(patient), json!(patient));
    (claims["requesting_user"], claims["reason_for_request"]) = (json!(null), json!("patientaccess"));
    let ask = |query: &str| {
        let ask = Ask::get(&format!("/nrl/AuditEvent{query}")).bearer(&unsigned(&claims)).json();
        ask.header("fromASID", RR8.0).header("toASID", "999999999999").send(&server)
    };
    for query in [String::new(), format!("?patient={}", PATIENT.replace("9876543210", "2686033207"))] {
        let refused = ask(&query);
        refused.check_refusal(400, "structure");
        assert_eq!(refused.member("issue/0/expression/0"), "Authorization");
    }
    assert_eq!(ask(&format!("?patient={PATIENT}")).status, 200);
}

//! Searches: by id, identifier and patient, page by page, and without a word about people in the links.

use std::sync::Arc;

use baton_exchange::{
    decision::{Batch, Change},
    id::{Home, ReferralId},
    resource::NewResource,
    time::Timestamp,
};
use baton_store::{MemoryStore, Store};
use tokio::runtime::Runtime;

use crate::harness::{Answer, Ask, CONFIG, FORM, Server, message};

const BASE: &str = "/netsmart/v4";
const PUBLIC: &str = "https://referrals.example.org/netsmart/v4";

fn server_with(referrals: u32) -> Server {
    let server = Server::new();
    let token = server.token("clinic-a");
    for number in 1..=referrals {
        let answer = Ask::message(BASE, &message("submit", number)).bearer(&token).json().send(&server);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    server
}

fn find(server: &Server, query: &str) -> Answer {
    server.as_clinic_a(Ask::get(&format!("{BASE}/ServiceRequest{query}")))
}

fn ids(answer: &Answer) -> Vec<String> {
    let value = answer.value();
    let entries = value["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
fn check_found(server: &Server, query: &str, expected: &[&str]) {
    let answer = find(server, query);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    assert_eq!(ids(&answer), expected, "{query}");
    assert_eq!(answer.member("total"), expected.len().to_string(), "{query}");
}

#[test]
fn what_is_not_known_is_refused_unless_the_caller_is_lenient() {
    let server = server_with(1);
    find(&server, "?priority=routine").check_refusal(400, "not-supported");
    let lenient = Ask::get(&format!("{BASE}/ServiceRequest?priority=routine")).header("Prefer", "handling=lenient");
    assert_eq!(ids(&server.as_clinic_a(lenient)), ["sr-1"]);
}

#[test]
fn values_that_make_no_sense_are_refused() {
    let server = server_with(0);
    for query in ["?_count=x", "?identifier=", "?subject=Group/1", "?_cursor=x"] {
        assert_eq!(find(&server, query).status, 400, "{query}");
    }
}

#[test]
fn referrals_are_found_by_what_names_them() {
    let server = server_with(3);
    check_found(&server, "", &["sr-1", "sr-2", "sr-3"]);
    check_found(&server, "?_id=sr-3,sr-1,sr-9", &["sr-1", "sr-3"]);
    check_found(&server, "?identifier=urn:test:referral%7CR-2", &["sr-2"]);
    check_found(&server, "?identifier=R-2,R-3", &["sr-2", "sr-3"]);
    check_found(&server, "?identifier=R-2&_id=sr-3", &[]);
    check_found(&server, "?identifier=urn:other%7CR-2", &[]);
    check_found(&server, "?identifier=%7CR-2", &[]);
    check_found(&server, "?status=active&identifier=R-2", &["sr-2"]);
    check_found(&server, "?status=draft,completed", &[]);
    check_found(&server, "?category=lab", &[]);
    for subject in ["pat-2", "Patient/pat-2", &format!("{PUBLIC}/Patient/pat-2")] {
        check_found(&server, &format!("?subject={subject}"), &["sr-2"]);
        check_found(&server, &format!("?patient={subject}"), &["sr-2"]);
    }
}

/// Threat: T72
#[test]
fn a_search_by_form_keeps_what_is_asked_out_of_addresses() {
    let server = server_with(2);
    let form = Ask::post(&format!("{BASE}/ServiceRequest/_search")).header("Content-Type", FORM);
    assert_eq!(ids(&server.as_clinic_a(form.body("identifier=R-2"))), ["sr-2"]);
    let json = Ask::post(&format!("{BASE}/ServiceRequest/_search")).header("Content-Type", "application/json");
    server.as_clinic_a(json.body("{}")).check_refusal(415, "not-supported");
}

#[test]
fn a_search_is_read_page_by_page_without_repeating_what_was_asked() {
    let server = server_with(5);
    let all = "R-1,R-2,R-3,R-5";
    let mut query = format!("?identifier={all}&_count=3");
    let mut found = Vec::new();
    loop {
        let page = find(&server, &query);
        assert_eq!(page.member("total"), "4");
        found.extend(ids(&page));
        let links = page.value()["link"].to_string();
        assert!(!links.contains("R-") && !links.contains("identifier"), "{links}");
        let next = page.value()["link"]
            .as_array()
            .and_then(|links| links.iter().find(|link| link["relation"] == "next").cloned());
        let Some(next) = next else { break };
        let url = next["url"].as_str().unwrap_or_default();
        query = url.strip_prefix(&format!("{PUBLIC}/ServiceRequest")).expect("a link to this search").to_owned();
    }
    assert_eq!(found, ["sr-1", "sr-2", "sr-3", "sr-5"]);
}

/// Threat: T90
#[test]
fn a_page_of_large_documents_ends_early_and_leads_on() {
    let store = Arc::new(MemoryStore::default());
    let server = Server::with(CONFIG, store.clone());
    let home = Home::of(&"netsmart".into(), &"clinic-a".into());
    let body = |id: &str| {
        let data = "A".repeat(9 << 20);
        format!(r#"{{"resourceType":"Binary","id":"{id}","contentType":"text/plain","data":"{data}"}}"#).into_bytes()
    };
    let document = |id: &str| NewResource {
        resource_type: "Binary".to_owned(),
        id: id.to_owned(),
        body: body(id),
        keys: Vec::new(),
    };
    let changes = ["b-1", "b-2"].map(|id| {
        let resources = vec![document(id)];
        let referral = ReferralId([id.as_bytes()[2]; 16]);
        Change::ReplaceResources { home, referral, at: Timestamp(0), resources }
    });
    let batch = Batch { asserts: Vec::new(), changes: changes.into() };
    Runtime::new().expect("a runtime").block_on(store.commit(batch)).expect("the store is well");
    let first = server.as_clinic_a(Ask::get(&format!("{BASE}/Binary")));
    assert_eq!((first.member("total").as_str(), ids(&first)), ("2", vec!["b-1".to_owned()]));
    let next = first.value()["link"][1]["url"].as_str().expect("there is more").replace(PUBLIC, BASE);
    let second = server.as_clinic_a(Ask::get(&next));
    assert_eq!(ids(&second), ["b-2"]);
    assert_eq!(second.value()["link"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_number_alone_has_no_entries() {
    let server = server_with(2);
    for query in ["?_summary=count", "?_count=0"] {
        let answer = find(&server, query);
        assert_eq!((answer.member("total").as_str(), ids(&answer).len()), ("2", 0), "{query}");
    }
}

#[test]
fn definitions_are_found_by_their_url() {
    let server = server_with(0);
    let metadata = Ask::get(&format!("{BASE}/metadata")).json().send(&server);
    for number in 0..2 {
        let url = metadata.member(&format!("messaging/0/supportedMessage/{number}/definition"));
        let found = Ask::get(&format!("{BASE}/MessageDefinition?url={url}")).json().send(&server);
        assert_eq!(found.member("total"), "1");
        assert_eq!(found.member("entry/0/resource/url"), url);
        let id = found.member("entry/0/resource/id");
        let read = Ask::get(&format!("{BASE}/MessageDefinition/{id}")).json().send(&server);
        assert_eq!(read.member("url"), url);
    }
    Ask::get(&format!("{BASE}/MessageDefinition/nothing")).json().send(&server).check_refusal(404, "not-found");
    Ask::get(&format!("{BASE}/MessageDefinition?name=x")).json().send(&server).check_refusal(400, "not-supported");
}

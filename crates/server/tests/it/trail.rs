//! `{path}/AuditEvent`: parties of a referral read who saw it and who changed it.

use serde_json::Value;

use crate::{
    endpoint::{CONFIG as PARTNERS, as_partner, refer, server, store, take_back},
    harness::{Answer, Ask, CONFIG, Server, message},
};

fn get(server: &Server, partner: &str, path: &str) -> Answer {
    as_partner(server, partner, Ask::get(&format!("/ontario/{path}")).json())
}

/// Agent, word, outcome and number of entities of each event.
fn told(page: &Value) -> Vec<String> {
    let entries = page["entry"].as_array().cloned().unwrap_or_default();
    let told = |entry: &Value| {
        let event = &entry["resource"];
        let word = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
        let entities = event["entity"].as_array().map_or(0, Vec::len);
        let (who, what) = (word("/agent/0/who/identifier/value"), word("/subtype/1/display"));
        format!("{who} {what} {} {entities}", word("/outcome"))
    };
    entries.iter().map(told).collect()
}

/// Two referrals, the first of which the target has read; the id of that one.
fn looked_at(server: &Server) -> String {
    refer(server, 1);
    refer(server, 2);
    let found = get(server, "centre-e", "ServiceRequest?identifier=R-1").member("entry/0/resource/id");
    assert_eq!(get(server, "centre-e", &format!("ServiceRequest/{found}")).status, 200);
    found
}

#[test]
fn a_party_reads_who_saw_its_referral_and_who_changed_it() {
    let store = store();
    let server = server("", &store);
    let id = looked_at(&server);
    take_back(&server, 1);
    let page = get(&server, "practice-d", &format!("AuditEvent?entity=ServiceRequest/{id}"));
    let expected = ["practice-d submitted 0 2", "centre-e search 0 2", "centre-e read 0 1", "practice-d revoked 0 2"];
    assert_eq!((page.status, told(&page.value())), (200, expected.map(str::to_owned).to_vec()), "{}", page.text());
    let event = &page.value()["entry"][2]["resource"];
    assert_eq!(event["resourceType"], "AuditEvent");
    assert_eq!(event["subtype"][0]["code"], "read");
    assert_eq!(event["action"], "R");
    assert_eq!(event["entity"][0]["what"]["reference"], format!("ServiceRequest/{id}"));
    assert_eq!(event["entity"][0]["description"], "ServiceRequest");
    let one = get(&server, "practice-d", &format!("AuditEvent/{}", event["id"].as_str().expect("an id")));
    assert_eq!(one.value(), *event);
}

const OUTSIDER: &str = r#"
[[partner]]
id = "outsider"
name = "Another source"
exchanges = ["ontario"]
client_secret = "secret-of-outsider"
scopes = ["system/*.read"]
roles = ["source"]
"#;

#[test]
fn who_has_no_part_or_no_scope_reads_nothing_of_it() {
    let config = PARTNERS.replace("NOTIFY", "").replace("PRIVATE", "true");
    let server = Server::with(&format!("{config}{OUTSIDER}"), store());
    let id = looked_at(&server);
    get(&server, "teller", "AuditEvent").check_refusal(403, "forbidden");
    get(&server, "stranger", "AuditEvent").check_refusal(403, "forbidden");
    Ask::get("/ontario/AuditEvent").json().send(&server).check_refusal(401, "security");
    let by = |query: &str| told(&get(&server, "outsider", &format!("AuditEvent{query}")).value());
    assert_eq!(by(""), Vec::<String>::new());
    assert_eq!(by(&format!("?entity={id}")), Vec::<String>::new());
    assert_eq!(by("?agent:identifier=centre-e"), Vec::<String>::new());
    assert_eq!(by(""), ["outsider audit 0 2"; 3]);
    let events = get(&server, "practice-d", "AuditEvent").value();
    for entry in events["entry"].as_array().expect("there are some") {
        let path = format!("AuditEvent/{}", entry["resource"]["id"].as_str().expect("an id"));
        assert_eq!(get(&server, "practice-d", &path).status, 200);
        get(&server, "outsider", &path).check_refusal(404, "not-found");
    }
}

#[test]
fn reading_the_audit_has_a_line_in_it_and_what_is_asked_is_checked() {
    let store = store();
    let server = server("", &store);
    looked_at(&server);
    get(&server, "practice-d", "AuditEvent?_count=1");
    let last = get(&server, "practice-d", "AuditEvent?agent:identifier=practice-d").value();
    assert!(told(&last).contains(&"practice-d audit 0 3".to_owned()), "{last}");
    for query in ["patient=1", "date=2026", "date=ge2026-01-01&date=ge2026-01-02", "entity=x", "_after=x", "_count=x"] {
        get(&server, "practice-d", &format!("AuditEvent?{query}"))
            .check_refusal(400, if query.starts_with("patient") { "not-supported" } else { "value" });
    }
    for path in ["AuditEvent/0", "AuditEvent/9999", "AuditEvent/x", "AuditEvent/1/_history", "AuditEvent/01"] {
        get(&server, "practice-d", path).check_refusal(404, "not-found");
    }
    let none = get(&server, "practice-d", "AuditEvent?date=lt2026-01-15").value();
    assert_eq!(told(&none), Vec::<String>::new());
}

#[test]
fn a_page_leads_to_the_next_one() {
    let store = store();
    let server = server("", &store);
    looked_at(&server);
    let (mut path, mut all) =
        ("AuditEvent?_count=1&date=ge2026-01-15&agent:identifier=practice-d".to_owned(), Vec::new());
    for _ in 0..2 {
        let page = get(&server, "practice-d", &path).value();
        all.extend(told(&page));
        let links = page["link"].as_array().expect("it has links").clone();
        let next = links.iter().find(|link| link["relation"] == "next").expect("it leads on");
        path = next["url"].as_str().expect("an address").rsplit_once("/ontario/").expect("ours").1.to_owned();
    }
    assert_eq!(all, ["practice-d submitted 0 2", "practice-d submitted 0 2"]);
}

#[test]
fn where_a_partner_works_alone_it_reads_all_of_it() {
    let server = Server::with(CONFIG, std::sync::Arc::new(baton_store::MemoryStore::default()));
    server.as_clinic_a(Ask::message("/netsmart/v4", &message("submit", 1)));
    assert_eq!(server.as_clinic_a(Ask::get("/netsmart/v4/ServiceRequest/sr-1")).status, 200);
    let page = server.as_clinic_a(Ask::get("/netsmart/v4/AuditEvent")).value();
    assert_eq!(told(&page), ["clinic-a submitted 0 2", "clinic-a read 0 2"]);
    let urn = page.pointer("/entry/0/resource/entity/0/what/identifier/value").and_then(Value::as_str).expect("a name");
    let of_one = server.as_clinic_a(Ask::get(&format!("/netsmart/v4/AuditEvent?entity={urn}"))).value();
    assert_eq!(told(&of_one), ["clinic-a submitted 0 2", "clinic-a read 0 2", "clinic-a audit 0 3"]);
    let token = server.token("clinic-b");
    let other = Ask::get("/netsmart/v4/AuditEvent").bearer(&token).json().send(&server).value();
    assert_eq!(told(&other), Vec::<String>::new());
}

#[test]
fn what_a_sender_calls_an_audit_event_is_not_shown_as_one() {
    let server = Server::with(CONFIG, std::sync::Arc::new(baton_store::MemoryStore::default()));
    let forged = r#"{"fullUrl":"https://ehr.example.org/AuditEvent/9","resource":{"resourceType":"AuditEvent","id":"9","recorded":"2026-01-15T14:30:00Z","action":"R"}}"#;
    let message = message("submit", 1).replacen("\"entry\":[", &format!("\"entry\":[HEAD,{forged},"), 1);
    // the header comes first
    let (head, rest) = message.split_once("HEAD,").expect("it is there");
    let header_end = rest.find("},{\"fullUrl\":\"https://ehr.example.org/ServiceRequest").expect("the request follows");
    let header_start = forged.len() + 1;
    let message = format!("{head}{},{forged}{}", &rest[header_start..=header_end], &rest[header_end + 1..]);
    server.as_clinic_a(Ask::message("/netsmart/v4", &message));
    server.as_clinic_a(Ask::get("/netsmart/v4/AuditEvent/9")).check_refusal(404, "not-found");
    let page = server.as_clinic_a(Ask::get("/netsmart/v4/AuditEvent")).text();
    assert!(!page.contains("\"id\":\"9\""), "{page}");
}

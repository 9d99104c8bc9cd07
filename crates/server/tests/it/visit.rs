//! Each request of a known caller has its line in the audit before it has its answer. T114, T115 and T116 of the threats.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
};

use baton_exchange::audit::{AuditRecord, Audited, Visit};
use baton_server::http::route::{Access, OWN_PLACES, Place, Ways};
use baton_store::Store;
use baton_testkit::residue::Scanner;
use hyper::Method;

use crate::{
    access::PATHS,
    delivery::{Sink, status},
    endpoint::{as_partner, own, refer, register, server, store},
    faults::{Faulty, READ_ONLY, WELL},
    harness::{Ask, CONFIG, FORM, Server, message},
    place::runtime,
};

/// Lines after a number.
pub fn lines(store: &Arc<dyn Store>, after: usize) -> Vec<AuditRecord> {
    let lines = runtime().block_on(store.audit(after as u64, 1_000)).expect("the store is well");
    lines.into_iter().map(|(_, record)| record).collect()
}

/// Who came for what, of which type, with which status, and how many referrals were shown.
pub fn told(record: &AuditRecord) -> String {
    let who = record.partner.as_ref().map_or("", |partner| partner.as_str());
    match &record.what {
        Audited::Visit(Visit { errand, status, code, resource_type, referrals }) => {
            let (errand, shown) = (errand.as_str(), referrals.len());
            let words = [who, errand, resource_type, code, &status.to_string(), &shown.to_string()];
            words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        }
        Audited::Referral { action, .. } => format!("{who} {}", action.as_str()),
        Audited::Operator(operation) => format!("operator {}", operation.deed.as_str()),
        Audited::Pointers(_) => panic!("there is no locator"),
    }
}

/// All that can be asked of an exchange where others work on referrals, too.
fn all_asked() -> Vec<(Method, String)> {
    let own = OWN_PLACES.into_iter().map(|place| format!("/{}", place.path()));
    let work = ["/Bundle", "/Task/t-1", "/Appointment", "/Appointment/a-1", "/Binary/b-1"].map(str::to_owned);
    let paths: BTreeSet<String> = PATHS.into_iter().map(str::to_owned).chain(own).chain(work).collect();
    let methods = |path: &String| {
        let allow = Place::of(path).allow(Ways::MessagesAndRest).unwrap_or("GET");
        allow.split(", ").map(|method| method.parse().expect("a method")).collect::<Vec<Method>>()
    };
    paths.iter().flat_map(|path| methods(path).into_iter().map(|method| (method, path.clone()))).collect()
}

/// Threat: T114
#[test]
fn each_request_of_a_known_caller_has_exactly_one_line_and_no_other_has_any() {
    let store = store();
    let server = server("", &store);
    refer(&server, 1);
    let callers = ["practice-d", "centre-e", "teller", "stranger"].map(|partner| (partner, server.token(partner)));
    for (method, path) in all_asked() {
        let place = Place::of(&path);
        let is_served = place.allow(Ways::MessagesAndRest).is_some();
        let expected = usize::from(is_served && place.access(&method) != Access::Public);
        let ask = Ask::new(method.as_str(), &format!("/ontario{path}")).json();
        for (partner, token) in &callers {
            let before = lines(&store, 0).len();
            let answer = ask.clone().bearer(token).send(&server);
            let new = lines(&store, before);
            assert_eq!(new.len(), expected, "{method} {path} {partner}: {} {new:?}", answer.status);
            assert!(answer.status < 500, "{method} {path} {partner}: {}", answer.text());
            assert!(new.iter().all(|line| line.partner.as_ref().is_some_and(|it| it.as_str() == *partner)));
        }
        let before = lines(&store, 0).len();
        ask.send(&server);
        assert_eq!(lines(&store, before), [], "{method} {path} without a token");
    }
}

#[test]
fn a_line_says_what_was_asked_how_it_ended_and_which_referrals_were_shown() {
    let store = store();
    let server = server("", &store);
    let token = server.token("centre-e");
    refer(&server, 1);
    refer(&server, 2);
    let before = lines(&store, 0).len();
    let get = |path: &str| Ask::get(&format!("/ontario/{path}")).bearer(&token).json().send(&server);
    let found = get("ServiceRequest");
    let id = found.member("entry/0/resource/id");
    get(&format!("ServiceRequest/{id}"));
    get(&format!("ServiceRequest/{id}/_history"));
    get(&format!("ServiceRequest/{id}/_history/1"));
    get("ServiceRequest?_count=0");
    get("ServiceRequest?no-such=parameter");
    get("Patient/unknown");
    get("Folder");
    get("$endpoint");
    let told: Vec<String> = lines(&store, before).iter().map(told).collect();
    let expected = [
        "centre-e search ServiceRequest 200 2",
        "centre-e read ServiceRequest 200 1",
        "centre-e history ServiceRequest 200 1",
        "centre-e version-read ServiceRequest 200 1",
        "centre-e search ServiceRequest 200 0",
        "centre-e search ServiceRequest http-parameter-unknown 400 0",
        "centre-e read Patient http-resource 404 0",
        "centre-e search http-route 404 0",
        "centre-e endpoint http-resource 404 0",
    ];
    assert_eq!(told, expected);
}

#[test]
fn what_a_partner_missed_is_shown_to_it_by_a_line_with_all_its_referrals() {
    let store = store();
    let server = server("", &store);
    register(&server, &Sink::answering(&[&status("400 No")]));
    refer(&server, 1);
    refer(&server, 2);
    let before = lines(&store, 0).len();
    let read = as_partner(&server, "centre-e", own("GET", "$catch-up"));
    assert_eq!(read.value()["entry"].as_array().map(Vec::len), Some(2));
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$catch-up?through=2")).status, 200);
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$catch-up?through=2")).status, 200);
    let told: Vec<String> = lines(&store, before).iter().map(told).collect();
    let (token, again) = ("centre-e token 200 0", "centre-e caught-up 200 0");
    assert_eq!(told, [token, "centre-e catch-up 200 2", token, "centre-e caught-up 200 2", token, again]);
}

/// Threat: T114
#[test]
fn what_a_partner_says_to_know_is_done_with_its_line_or_not_at_all() {
    let (faulty, sink) = (Arc::new(Faulty::default()), Sink::answering(&[&status("400 No")]));
    let store: Arc<dyn Store> = faulty.clone();
    let server = server("", &store);
    register(&server, &sink);
    refer(&server, 1);
    sink.next();
    assert_eq!(as_partner(&server, "centre-e", own("GET", "$catch-up")).status, 200);
    let (token, before) = (server.token("centre-e"), lines(&store, 0).len());
    let settle = || own("POST", "$catch-up?through=1").bearer(&token).send(&server);
    faulty.fault.store(READ_ONLY, Ordering::SeqCst);
    assert_eq!(settle().status, 503);
    faulty.fault.store(WELL, Ordering::SeqCst);
    assert!(lines(&store, before).is_empty(), "nothing is said to be done that is not");
    assert_eq!(settle().member("settled"), "1");
    let told: Vec<String> = lines(&store, before).iter().map(told).collect();
    assert_eq!(told, ["centre-e caught-up 200 1"]);
}

#[test]
fn a_message_that_changes_something_has_the_line_of_its_change_and_a_repeat_that_of_a_visit() {
    let store: Arc<dyn Store> = Arc::new(baton_store::MemoryStore::default());
    let server = Server::with(CONFIG, store.clone());
    let token = server.token("clinic-a");
    let submit = Ask::message("/netsmart/v4", &message("submit", 1)).bearer(&token).json();
    for ask in [&submit, &submit, &Ask::message("/netsmart/v4", "{}").bearer(&token).json()] {
        ask.send(&server);
    }
    let told: Vec<String> = lines(&store, 1).iter().map(told).collect();
    assert_eq!(told[..2], ["clinic-a submitted", "clinic-a message 200 1"]);
    assert!(told[2].starts_with("clinic-a message ") && told[2].ends_with(" 0"), "{told:?}");
    assert_eq!(told.len(), 3);
}

#[test]
fn a_token_has_a_line_whether_it_is_given_or_not() {
    let store: Arc<dyn Store> = Arc::new(baton_store::MemoryStore::default());
    let server = Server::with(CONFIG, store.clone());
    let ask = |client: &str, secret: &str, scope: &str| {
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}{scope}");
        Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server);
    };
    ask("clinic-a", "secret-of-clinic-a", "");
    ask("clinic-a", "wrong", "");
    ask("clinic-a", "secret-of-clinic-a", "&scope=system/Folder.write");
    ask("nobody", "wrong", "");
    let told: Vec<String> = lines(&store, 0).iter().map(told).collect();
    let refused = ["clinic-a token invalid_client 401 0", "clinic-a token invalid_scope 400 0"];
    assert_eq!(told, ["clinic-a token 200 0", refused[0], refused[1], "token invalid_client 401 0"]);
}

#[test]
fn who_looks_into_a_token_or_takes_it_back_has_a_line() {
    let store: Arc<dyn Store> = Arc::new(baton_store::MemoryStore::default());
    let server = Server::with(CONFIG, store.clone());
    let token = server.token("clinic-a");
    let ask = |place: &str, client: &str, secret: &str| {
        let form = format!("token={token}&client_id={client}&client_secret={secret}");
        Ask::post(place).header("Content-Type", FORM).body(form).send(&server);
    };
    ask("/oauth/introspect", "clinic-a", "secret-of-clinic-a");
    ask("/oauth/introspect", "clinic-b", "wrong");
    Ask::post("/oauth/introspect").header("Content-Type", FORM).bearer(&token).body("token=x").send(&server);
    Ask::post("/oauth/introspect").header("Content-Type", FORM).bearer("made-up").body("token=x").send(&server);
    ask("/oauth/revoke", "clinic-b", "secret-of-clinic-b");
    ask("/oauth/revoke", "nobody", "wrong");
    let told: Vec<String> = lines(&store, 1).iter().map(told).collect();
    let looked = ["clinic-a introspection 200 0", "clinic-b introspection invalid_client 401 0"];
    let revoked = ["clinic-b revocation 200 0", "revocation invalid_client 401 0"];
    assert_eq!(told, [looked[0], looked[1], looked[0], revoked[0], revoked[1]]);
}

/// Threat: T114
#[test]
fn what_cannot_be_accounted_for_is_not_shown() {
    let store = Arc::new(Faulty::default());
    let server = Server::with(CONFIG, store.clone());
    let token = server.token("clinic-a");
    Ask::message("/netsmart/v4", &message("submit", 1)).bearer(&token).json().send(&server);
    store.fault.store(READ_ONLY, Ordering::SeqCst);
    for path in ["ServiceRequest/sr-1", "ServiceRequest", "ServiceRequest/sr-1/_history", "Patient/unknown"] {
        let answer = Ask::get(&format!("/netsmart/v4/{path}")).bearer(&token).json().send(&server);
        answer.check_refusal(503, "transient");
    }
    let form = "grant_type=client_credentials&client_id=clinic-a&client_secret=wrong";
    assert_eq!(Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server).status, 503);
    store.fault.store(WELL, Ordering::SeqCst);
    assert_eq!(Ask::get("/netsmart/v4/ServiceRequest/sr-1").bearer(&token).json().send(&server).status, 200);
}

/// Threat: T115
#[test]
fn nobody_writes_a_line_by_rest() {
    let store = store();
    let server = server("", &store);
    let token = server.token("centre-e");
    let before = lines(&store, 0).len();
    for (method, path) in
        [("POST", "AuditEvent"), ("PUT", "AuditEvent/1"), ("PATCH", "AuditEvent/1"), ("DELETE", "AuditEvent/1")]
    {
        let ask = Ask::new(method, &format!("/ontario/{path}"))
            .bearer(&token)
            .json()
            .body(r#"{"resourceType":"AuditEvent"}"#);
        ask.send(&server).check_refusal(405, "not-supported");
    }
    assert_eq!(lines(&store, before), []);
}

/// Threat: T116
#[test]
fn nothing_that_a_caller_says_of_a_person_is_in_a_line() {
    let store = store();
    let server = server("", &store);
    let token = server.token("centre-e");
    for path in [
        "Patient?identifier=https://a.example/id|7719350264",
        "Patient?family=Quillfeather",
        "Patient?Quillfeather=1",
        "Patient?_count=7719350264",
        "Patient/Quillfeather-7719350264",
        "Patient/Quillfeather/_history",
        "Patient/Quillfeather/_history/7719350264",
        "Quillfeather",
        "Quillfeather/7719350264",
        "DocumentReference/Quillfeather/$binary",
        "$catch-up?after=7719350264",
        "$endpoint?x=Quillfeather",
    ] {
        Ask::get(&format!("/ontario/{path}")).bearer(&token).json().send(&server);
    }
    let form = Ask::post("/ontario/Patient/_search").header("Content-Type", FORM).body("identifier=|7719350264");
    form.bearer(&token).json().send(&server);
    let lines = lines(&store, 1);
    assert_eq!(lines.len(), 13);
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("audit"), format!("{lines:#?}")).expect("the folder is ours");
    let scanner = Scanner::default().text("name", "Quillfeather").text("number", "7719350264");
    assert_eq!(scanner.scan(folder.path()).expect("it can be read"), []);
}

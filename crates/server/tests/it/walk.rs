//! One referral from end to end: submitted, sent again, updated, found, read back, and still there after a restart.

use std::sync::Arc;

use baton_store::{MemoryStore, Store};

use crate::harness::{Answer, Ask, CONFIG, Server, message};

const BASE: &str = "/netsmart/v4";

fn get(server: &Server, path: &str) -> Answer {
    server.as_clinic_a(Ask::get(&format!("{BASE}{path}")))
}

fn send(server: &Server, body: &str) -> Answer {
    server.as_clinic_a(Ask::message(BASE, body))
}

fn update(number: u32) -> String {
    message("update", number).replace("\"active\"", "\"on-hold\"")
}

#[test]
fn a_resend_gets_the_same_bytes_and_makes_nothing() {
    let server = Server::new();
    let first = send(&server, &message("submit", 1));
    assert_eq!(first.status, 200, "{}", first.text());
    let again = send(&server, &message("submit", 1));
    assert_eq!((again.status, again.body), (200, first.body));
    assert_eq!(get(&server, "/ServiceRequest").member("total"), "1");
}

#[test]
fn a_resend_gets_the_same_bytes_in_xml_too() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let ask = Ask::message(BASE, &message("submit", 1)).bearer(&token).header("Accept", "application/fhir+xml");
    let first = ask.send(&server);
    assert_eq!(first.status, 200);
    assert_eq!(ask.send(&server).body, first.body);
    let other_format = send(&server, &message("submit", 1));
    assert_eq!(other_format.member("resourceType"), "Bundle");
}

/// Threat: T59
#[test]
fn the_same_id_with_other_content_is_refused() {
    let server = Server::new();
    assert_eq!(send(&server, &message("submit", 1)).status, 200);
    send(&server, &message("submit", 1).replace("R-1", "R-2")).check_refusal(409, "duplicate");
    assert!(get(&server, "/ServiceRequest/sr-1").text().contains("\"R-1\""));
}

#[test]
fn what_was_refused_may_be_corrected_under_the_same_id() {
    let server = Server::new();
    let wrong = message("submit", 1).replace("\"Patient/pat-1\"", "\"Patient/pat-404\"");
    assert_eq!(send(&server, &wrong).status, 422);
    assert_eq!(get(&server, "/ServiceRequest").member("total"), "0");
    assert_eq!(send(&server, &message("submit", 1)).status, 200);
}

#[test]
fn an_update_replaces_and_the_older_version_stays() {
    let server = Server::new();
    assert_eq!(send(&server, &message("submit", 1)).status, 200);
    assert_eq!(send(&server, &update(1)).status, 200);

    let current = get(&server, "/ServiceRequest/sr-1");
    assert_eq!((current.member("status").as_str(), current.member("meta/versionId").as_str()), ("on-hold", "2"));
    assert_eq!(current.member("meta/lastUpdated"), "2026-01-15T14:30:00.000Z");
    assert_eq!(current.header("etag"), Some("W/\"2\""));
    assert_eq!(current.header("last-modified"), Some("Thu, 15 Jan 2026 14:30:00 GMT"));

    let older = get(&server, "/ServiceRequest/sr-1/_history/1");
    assert_eq!((older.member("status").as_str(), older.header("etag")), ("active", Some("W/\"1\"")));
    for path in
        ["/ServiceRequest/sr-1/_history/3", "/ServiceRequest/sr-1/_history/x", "/ServiceRequest/sr-1/_history/0"]
    {
        get(&server, path).check_refusal(404, "not-found");
    }

    let history = get(&server, "/ServiceRequest/sr-1/_history");
    assert_eq!((history.member("type").as_str(), history.member("total").as_str()), ("history", "2"));
    assert_eq!(history.member("entry/0/resource/status"), "on-hold");
    assert_eq!(history.member("entry/0/request/method"), "PUT");
    assert_eq!(history.member("entry/1/resource/status"), "active");
    assert_eq!(history.member("entry/1/request/method"), "POST");
    assert_eq!(history.member("entry/0/fullUrl"), "https://referrals.example.org/netsmart/v4/ServiceRequest/sr-1");
}

#[test]
fn a_history_is_read_page_by_page() {
    let server = Server::new();
    assert_eq!(send(&server, &message("submit", 1)).status, 200);
    assert_eq!(send(&server, &update(1)).status, 200);
    let first = get(&server, "/ServiceRequest/sr-1/_history?_count=1");
    assert_eq!((first.member("entry/0/resource/meta/versionId").as_str(), first.member("total").as_str()), ("2", "2"));
    let next = first.member("link/1/url");
    let next = next.strip_prefix("https://referrals.example.org/netsmart/v4").expect("a link to this server");
    let second = get(&server, next);
    assert_eq!(
        (second.member("entry/0/resource/meta/versionId").as_str(), second.member("total").as_str()),
        ("1", "2")
    );
    get(&server, "/ServiceRequest/sr-404/_history").check_refusal(404, "not-found");
}

#[test]
fn after_the_reliable_cache_the_rules_decide() {
    let server = Server::new();
    assert_eq!(send(&server, &message("submit", 1)).status, 200);
    server.pass(1440 * 60 - 1);
    assert_eq!(send(&server, &message("submit", 1)).status, 200);
    server.pass(1);
    send(&server, &message("submit", 1)).check_refusal(409, "duplicate");
}

#[test]
fn an_update_of_what_was_never_submitted_is_refused() {
    let server = Server::new();
    send(&server, &update(1)).check_refusal(404, "not-found");
}

fn check_restart(store: impl Fn() -> Arc<dyn Store>) {
    let mut first = Server::with(CONFIG, store());
    let answer = send(&first, &message("submit", 1));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let read = get(&first, "/ServiceRequest/sr-1");
    first.stop();
    drop(first);
    let second = Server::with(CONFIG, store());
    assert_eq!(send(&second, &message("submit", 1)).body, answer.body);
    assert_eq!(get(&second, "/ServiceRequest/sr-1").body, read.body);
    assert_eq!(send(&second, &update(1)).status, 200);
    assert_eq!(get(&second, "/ServiceRequest/sr-1").member("meta/versionId"), "2");
}

#[test]
fn all_of_it_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    check_restart(|| runtime.block_on(baton_store::open(&url)).unwrap());
}

#[test]
fn the_model_in_memory_does_the_same() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    check_restart(|| store.clone());
}

#[test]
fn one_message_from_eight_senders_at_once_is_processed_once() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let ask = Ask::message(BASE, &message("submit", 1)).bearer(&token).json();
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..8).map(|_| scope.spawn(|| ask.send(&server))).collect();
        senders.into_iter().map(|sender| sender.join().expect("no sender panics")).collect()
    });
    for answer in &answers {
        assert_eq!((answer.status, &answer.body), (200, &answers[0].body));
    }
    assert_eq!(get(&server, "/ServiceRequest/sr-1/_history").member("total"), "1");
}

//! The token endpoint. Source: RFC 6749, sections 2.3, 4.4 and 5.

use std::sync::Arc;

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_store::{MemoryStore, Store};

use crate::{
    harness::{Answer, Ask, CONFIG, Connection, FORM, Server},
    served::Served,
};

const GRANT: &str = "grant_type=client_credentials";
/// `clinic-a:secret-of-clinic-a`
const BASIC: &str = "Basic Y2xpbmljLWE6c2VjcmV0LW9mLWNsaW5pYy1h";

fn ask(server: &Server, authorization: Option<&str>, form: &str) -> Answer {
    let ask = Ask::post("/oauth/token").header("Content-Type", FORM).body(form);
    match authorization {
        Some(authorization) => ask.header("Authorization", authorization).send(server),
        None => ask.send(server),
    }
}

#[track_caller]
fn check_refused(authorization: Option<&str>, form: &str, status: u16, error: &str) {
    let answer = ask(&Server::new(), authorization, form);
    assert_eq!((answer.status, answer.member("error").as_str()), (status, error), "{form}");
    assert!(!answer.member("error_description").is_empty());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let challenge = answer.header("www-authenticate");
    assert_eq!(challenge.is_some_and(|challenge| challenge.starts_with("Basic")), status == 401, "{challenge:?}");
}

#[test]
fn wrong_clients_get_no_token() {
    let form = |id: &str, secret: &str| format!("{GRANT}&client_id={id}&client_secret={secret}");
    check_refused(None, &form("clinic-a", "wrong"), 401, "invalid_client");
    check_refused(None, &form("nobody", "secret-of-clinic-a"), 401, "invalid_client");
    check_refused(None, &form("keys-only", "secret-of-keys-only"), 401, "invalid_client");
    check_refused(None, &format!("{GRANT}&client_id=clinic-a"), 401, "invalid_client");
    check_refused(None, GRANT, 401, "invalid_client");
    check_refused(Some("Basic bm9ib2R5Og=="), GRANT, 401, "invalid_client");
    check_refused(None, &format!("{GRANT}&client_assertion=x&client_assertion_type=y"), 401, "invalid_client");
}

#[test]
fn wrong_requests_get_no_token() {
    check_refused(Some(BASIC), "", 400, "invalid_request");
    check_refused(Some(BASIC), &format!("{GRANT}&{GRANT}"), 400, "invalid_request");
    check_refused(Some(BASIC), &format!("{GRANT}&client_secret=secret-of-clinic-a"), 400, "invalid_request");
    check_refused(Some(BASIC), "grant_type=password", 400, "unsupported_grant_type");
    check_refused(Some(BASIC), &format!("{GRANT}&scope=system/Patient.write"), 400, "invalid_scope");
}

/// Addresses are written down by many.
/// Threat: T09
#[test]
fn a_token_is_asked_for_in_the_form_and_not_in_the_address() {
    let server = Server::new();
    for query in ["grant_type=client_credentials", "client_secret=x", "code=x", "scope=system/*.read", "x=1&x=2"] {
        let ask = Ask::post(&format!("/oauth/token?{query}")).header("Content-Type", FORM).body(GRANT);
        let answer = ask.header("Authorization", BASIC).send(&server);
        assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_request"), "{query}");
    }
}

/// Threat: T09
#[test]
fn of_two_types_of_a_form_none_is_believed() {
    let ask = Ask::post("/oauth/token").header("Content-Type", FORM).header("Content-Type", FORM).body(GRANT);
    let answer = ask.header("Authorization", BASIC).send(&Server::new());
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_request"), "{}", answer.text());
}

/// RFC 6749 has id and secret encoded inside of the header; fhirclient, Medplum and Authlib send them as they are.
#[test]
fn a_secret_in_the_header_may_be_encoded_or_not() {
    let config = CONFIG.replace("secret-of-clinic-a", "s+e%41c/r=t");
    let server = Server::with(&config, Arc::new(MemoryStore::default()));
    for (inside, status) in [
        ("clinic-a:s+e%41c/r=t", 200),
        ("clinic-a:s%2Be%2541c%2Fr%3Dt", 200),
        ("clinic-a:s eAc/r=t", 401),
        ("clinic-a:s+e%2541c/r=t", 401),
    ] {
        let answer = ask(&server, Some(&format!("Basic {}", BASE64_STANDARD.encode(inside))), GRANT);
        assert_eq!(answer.status, status, "{inside}: {}", answer.text());
    }
    let form = "&client_id=clinic-a&client_secret=s%2Be%2541c%2Fr%3Dt";
    assert_eq!(ask(&server, None, &format!("{GRANT}{form}")).status, 200);
}

/// A proxy may have looked at the other one.
/// Threat: T31
#[test]
fn credentials_that_are_shown_twice_are_none() {
    let server = Server::new();
    let good = ask(&server, Some(BASIC), "grant_type=client_credentials").member("access_token");
    let bearer = |token: &str| Ask::get("/netsmart/v4/Patient").bearer(token).json();
    assert_eq!(bearer(&good).send(&server).status, 200);
    for other in [good.as_str(), "other"] {
        bearer(&good).bearer(other).send(&server).check_refusal(401, "security");
        bearer(other).bearer(&good).send(&server).check_refusal(401, "security");
    }
    let twice = Ask::post("/oauth/token").header("Authorization", BASIC).header("Authorization", BASIC);
    let twice = twice.header("Content-Type", FORM).body("grant_type=client_credentials").send(&server);
    assert_eq!((twice.status, twice.member("error").as_str()), (401, "invalid_client"));
}

#[test]
fn a_request_is_a_form_of_16_kb_at_most() {
    let server = Server::new();
    let json = Ask::post("/oauth/token").header("Content-Type", "application/json").body("{}").send(&server);
    assert_eq!((json.status, json.member("error").as_str()), (400, "invalid_request"));
    let padded = |size: usize| format!("{GRANT}&x={}", "x".repeat(size - GRANT.len() - 3));
    assert_eq!(ask(&server, Some(BASIC), &padded(16 * 1024)).status, 200);
    let large = ask(&server, Some(BASIC), &padded(16 * 1024 + 1));
    assert_eq!((large.status, large.member("error").as_str()), (413, "invalid_request"));
}

#[test]
fn a_token_tells_what_it_is_good_for() {
    let answer = ask(&Server::new(), Some(BASIC), GRANT);
    assert_eq!(answer.member("token_type"), "Bearer");
    assert_eq!(answer.member("expires_in"), "300");
    assert_eq!(answer.member("scope"), "system/Messaging.write system/*.read");
    assert_eq!(answer.member("access_token").len(), 43);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
}

#[test]
fn a_token_holds_what_was_asked_for_and_is_registered() {
    let server = Server::new();
    let answer = ask(&server, Some(BASIC), &format!("{GRANT}&scope=system/*.read+system/Patient.write"));
    assert_eq!(answer.member("scope"), "system/*.read");
    let token = answer.member("access_token");
    let message = Ask::message("/netsmart/v4", "{}").bearer(&token).json().send(&server);
    message.check_refusal(403, "forbidden");
}

#[test]
fn a_token_survives_a_restart() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let mut first = Server::with(CONFIG, store.clone());
    let token = first.token("clinic-a");
    first.stop();
    let second = Server::with(CONFIG, store.clone());
    let read = Ask::get("/netsmart/v4/ServiceRequest").bearer(&token).json();
    assert_eq!(read.send(&second).status, 200);
    drop(second);
    let without_clinic_a = CONFIG.replace("\"clinic-a\"", "\"clinic-z\"");
    let third = Server::with(&without_clinic_a, store);
    read.send(&third).check_refusal(401, "security");
}

#[test]
fn discovery_names_the_endpoint_and_what_it_offers() {
    let server = Server::new();
    let answer = Ask::get("/netsmart/v4/.well-known/smart-configuration").header("Accept", "text/html").send(&server);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.member("token_endpoint"), "https://referrals.example.org/oauth/token");
    assert_eq!(answer.member("grant_types_supported/0"), "client_credentials");
    assert_eq!(answer.member("code_challenge_methods_supported/0"), "S256");
}

#[test]
fn the_log_names_the_partner_that_gets_a_token_and_no_one_who_only_says_to_be_it() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("baton.toml"), CONFIG).expect("the folder is ours");
    let served = Served::at(folder.path());
    for (authorization, status, name) in
        [(BASIC, 200, "partner=clinic-a"), ("Basic Y2xpbmljLWE6eA==", 401, "partner=-")]
    {
        let ask = Ask::post("/oauth/token").header("Content-Type", FORM).header("Authorization", authorization);
        let answer = ask.body(GRANT).send_on(&mut Connection::to(served.address()));
        assert_eq!(answer.status, status, "{}", answer.text());
        let line = served.logs(&format!("POST /oauth/token {status}"));
        assert!(line.contains(name), "{line}");
    }
}

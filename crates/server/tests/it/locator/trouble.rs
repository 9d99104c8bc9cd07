//! What happens when a body or the machine is not as it should be.

use std::sync::{Arc, atomic::Ordering};

use super::{AMS01, PATIENT, RR8, code, create, creation, pointer, reading, server, server_with, writing};
use crate::{
    faults::{CORRUPT, Faulty, PANICS, UNAVAILABLE},
    harness::{Ask, JSON},
};

#[test]
fn a_body_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
    let server = server();
    let padded = |bytes: usize| {
        let mut text = pointer(1).to_string();
        text.push_str(&" ".repeat(bytes - text.len()));
        writing(RR8, "POST", "/DocumentReference").header("Content-Type", JSON).body(text).send(&server)
    };
    padded(100_001).check_refusal(413, "too-long");
    assert_eq!(padded(100_000).status, 201);
}

#[test]
fn what_cannot_be_read_says_where() {
    let server = server();
    let post =
        |body: &str| writing(RR8, "POST", "/DocumentReference").header("Content-Type", JSON).body(body).send(&server);
    for body in
        ["", "{", "[]", "null", "\u{feff}{", "{\"resourceType\":\"DocumentReference\",\"resourceType\":\"Patient\"}"]
    {
        let answer = post(body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.text());
    }
    let answer = post("{\n  \"resourceType\": \"DocumentReference\",\n  oops");
    answer.check_refusal(400, "value");
    assert_eq!(code(&answer), "INVALID_REQUEST_MESSAGE");
    assert!(answer.member("issue/1/diagnostics").starts_with("line 3, column 3"), "{}", answer.text());
}

fn check_fault(fault: u8, status: u16, issue: &str) {
    let store = Arc::new(Faulty::default());
    let server = server_with(store.clone());
    store.fault.store(fault, Ordering::SeqCst);
    for ask in [creation(&pointer(1)), reading(AMS01, &format!("/DocumentReference?subject={PATIENT}"))] {
        let answer = ask.send(&server);
        answer.check_refusal(status, issue);
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
        let origins = answer.headers.iter().filter(|(name, _)| name == "access-control-allow-origin").count();
        assert_eq!(origins, 1, "{:?}", answer.headers);
        assert_eq!(code(&answer), "INTERNAL_SERVER_ERROR");
        let text = answer.text();
        assert!(!text.contains("hidden") && !text.contains("9876543210"), "{text}");
        assert!(answer.member("issue/0/diagnostics").contains(&answer.member("issue/0/details/text")), "{text}");
    }
}

/// Threat: T105
#[test]
fn a_store_that_fails_is_told_without_what_happened() {
    check_fault(UNAVAILABLE, 503, "transient");
    check_fault(CORRUPT, 500, "exception");
    check_fault(PANICS, 500, "exception");
}

#[test]
fn an_answer_of_the_server_itself_needs_no_locator() {
    let server = server();
    create(&server, 1);
    assert_eq!(Ask::get("/health/ready").send(&server).status, 200);
    Ask::get("/elsewhere").json().send(&server).check_refusal(404, "not-found");
}

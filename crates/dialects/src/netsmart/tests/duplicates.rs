//! The decisions under "resends" in docs/dialects/netsmart.md, in both modes.

use baton_exchange::{decision::Assert, time::Timestamp};
use serde_json::{Value, json};

use super::{BOTH, World, accepted, check_refusal, resource, submission, update};
use crate::{Mode, Verdict};

/// The sample with ids of its own.
fn message(bundle: &'static str, header: &str, request: &str) -> Value {
    let mut message = super::value(&submission(bundle).to_string().replace("sr-1", request));
    resource(&mut message, "MessageHeader")["id"] = json!(header);
    message["entry"][0]["fullUrl"] = json!(format!("https://ehr.example.org/fhir/MessageHeader/{header}"));
    message
}

#[track_caller]
fn check_replayed(verdict: Verdict, first: &[u8]) {
    match verdict {
        Verdict::Replay { status, answer } => assert_eq!((status, answer.as_slice()), (200, first)),
        Verdict::Accept(_) => panic!("accepted again"),
        Verdict::Refused(refused) => panic!("refused with {}", refused.status),
    }
}

#[test]
fn the_same_message_gets_the_original_answer() {
    for mode in BOTH {
        let mut world = World::new(mode);
        let first = world.accept(&message("b-1", "h-1", "sr-1"));
        check_replayed(world.send(&message("b-1", "h-1", "sr-1")), &first.answer_json());
        assert_eq!(world.referrals.len(), 1);
    }
}

#[test]
fn the_same_content_in_other_bytes_is_the_same_message() {
    for mode in BOTH {
        let mut world = World::new(mode);
        let text = message("b-1", "h-1", "sr-1");
        let first = world.accept(&text);
        let pretty = serde_json::to_string_pretty(&text).expect("it is JSON");
        check_replayed(world.post(pretty.as_bytes(), baton_fhir::format::Format::Json), &first.answer_json());
    }
}

/// Threat: T59
#[test]
fn the_same_id_with_other_content_is_refused() {
    let mut other = message("b-1", "h-1", "sr-1");
    resource(&mut other, "ServiceRequest")["priority"] = json!("stat");
    for mode in BOTH {
        let mut world = World::new(mode);
        world.accept(&message("b-1", "h-1", "sr-1"));
        world.refuse(&other, 409, &["dup-content Bundle.id"]);
    }
}

#[test]
fn a_known_header_in_a_new_envelope_is_refused_in_strict_and_no_identity_in_compat() {
    let again = message("b-2", "h-1", "sr-2");
    let mut strict = World::new(Mode::Strict);
    strict.accept(&message("b-1", "h-1", "sr-1"));
    strict.refuse(&again, 409, &["dup-message Bundle.entry[0].resource.id"]);
    let mut compat = World::new(Mode::Compat);
    compat.accept(&message("b-1", "h-1", "sr-1"));
    compat.accept(&again);
    assert_eq!(compat.referrals.len(), 2);
}

#[test]
fn a_known_envelope_with_a_new_header_is_refused() {
    for request in ["sr-1", "sr-2"] {
        let other = message("b-1", "h-2", request);
        let mut strict = World::new(Mode::Strict);
        strict.accept(&message("b-1", "h-1", "sr-1"));
        strict.refuse(&other, 409, &["dup-envelope Bundle.id"]);
        let mut compat = World::new(Mode::Compat);
        compat.accept(&message("b-1", "h-1", "sr-1"));
        compat.refuse(&other, 409, &["dup-content Bundle.id"]);
    }
}

#[test]
fn submit_and_update_may_share_a_bundle_id_in_compat_only() {
    let mut compat = World::new(Mode::Compat);
    compat.accept(&submission("b-1"));
    compat.accept(&update("b-1"));
    let mut strict = World::new(Mode::Strict);
    strict.accept(&message("b-1", "h-1", "sr-1"));
    let mut same = update("b-1");
    resource(&mut same, "MessageHeader")["id"] = json!("h-2");
    same["entry"][0]["fullUrl"] = json!("https://ehr.example.org/fhir/MessageHeader/h-2");
    strict.refuse(&same, 409, &["dup-envelope Bundle.id"]);
}

/// Threat: T58
#[test]
fn two_clients_with_the_same_ids_are_independent() {
    for mode in BOTH {
        let mut world = World::new(mode);
        world.accept(&submission("b-1"));
        world.sender = "clinic-b";
        world.accept(&submission("b-1"));
        assert_eq!(world.referrals.len(), 2);
    }
}

#[test]
fn what_was_refused_leaves_no_trace() {
    let mut faulty = submission("b-1");
    resource(&mut faulty, "ServiceRequest")["requester"] = json!({"reference": "PractitionerRole/none"});
    for mode in BOTH {
        let mut world = World::new(mode);
        let faults = ["ref-dangling Bundle.entry[1].resource.requester", "ref-orphan Bundle.entry[9].resource"];
        world.refuse(&faulty, 422, &faults);
        world.accept(&submission("b-1"));
    }
}

#[test]
fn a_receipt_that_is_found_wins_over_every_finding() {
    for mode in BOTH {
        let mut world = World::new(mode);
        let first = world.accept(&submission("b-1"));
        // the message becomes too long for its destination: the rules have changed since
        world.mount.base = "https://moved.example.org/v4".to_owned();
        check_replayed(world.send(&submission("b-1")), &first.answer_json());
        let mut other = submission("b-1");
        resource(&mut other, "ServiceRequest")["status"] = json!("on-hold");
        world.refuse(&other, 409, &["dup-content Bundle.id"]);
    }
}

#[test]
fn after_the_cache_period_the_rules_of_referrals_hold() {
    for mode in BOTH {
        let mut world = World::new(mode);
        world.accept(&submission("b-1"));
        world.now = world.now.plus_secs(60 * 60 - 1);
        assert!(matches!(world.send(&submission("b-1")), Verdict::Replay { .. }));
        world.now = world.now.plus_secs(1);
        world.refuse(&submission("b-1"), 409, &["sub-known Bundle.entry[1].resource.id"]);
    }
}

#[test]
fn an_accepted_message_is_written_only_while_its_ids_are_new() {
    for (mode, keys_expected) in [(Mode::Compat, 1), (Mode::Strict, 2)] {
        let accepted = World::new(mode).accept(&submission("b-1"));
        let Assert::NoReceipt { keys, now } = &accepted.batch.asserts[0] else {
            panic!("the first assert is about receipts")
        };
        assert_eq!((keys.len(), *now), (keys_expected, super::NOW));
    }
}

#[test]
fn the_receipt_keeps_bytes_answer_and_time() {
    let mut world = World::new(Mode::Compat);
    let message = submission("b-1");
    let first = world.accept(&message);
    let receipt = &world.receipts[0];
    assert_eq!(receipt.request, message.to_string().into_bytes());
    assert_eq!((receipt.status, receipt.answer.as_slice()), (200, &*first.answer_json()));
    assert_eq!(receipt.expires, Timestamp(super::NOW.0 + 3_600_000_000));
    assert_eq!(receipt.event, "submit-service-request");
}

#[test]
fn a_refused_body_does_not_hide_a_known_message() {
    let mut world = World::new(Mode::Strict);
    accepted(world.send(&submission("b-1")));
    check_refusal(world.post(b"{", baton_fhir::format::Format::Json), 400, &["json-syntax -"]);
    assert_eq!(world.receipts.len(), 1);
}

//! The shape of answers: docs/dialects/netsmart.md, "answers".

use baton_fhir::{
    check::{Options, document},
    reading::Reading,
};
use serde_json::{Value, json};

use super::{BOTH, World, answer_of, edited, remove, resource, shown, submission, update, value};
use crate::{Mode, netsmart::arrive::fhir};

fn answered(mode: Mode, message: &Value) -> Value {
    answer_of(&World::new(mode).accept(message))
}

fn response_request(code: &str) -> Value {
    edited(|message| {
        let url = "http://hl7.org/fhir/StructureDefinition/messageheader-response-request";
        resource(message, "MessageHeader")["extension"] = json!([{"url": url, "valueCode": code}]);
    })
}

#[test]
fn compat_answers_as_the_vendor_s_sample_does() {
    let request = submission("b-1");
    let answer = answered(Mode::Compat, &request);
    let members: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["entry", "id", "resourceType", "type"]);
    assert_eq!((&answer["id"], &answer["type"]), (&json!("00000001-0000-4000-8000-000000000001"), &json!("message")));
    let asked = &request["entry"][0];
    let header = json!({"fullUrl": asked["fullUrl"], "resource": {
        "resourceType": "MessageHeader",
        "eventCoding": asked["resource"]["eventCoding"],
        "response": {"identifier": "b-1", "code": "ok"},
        "focus": asked["resource"]["focus"],
    }});
    assert_eq!(answer["entry"][0], header);
}

#[test]
fn strict_answers_with_a_message_of_its_own() {
    let answer = answered(
        Mode::Strict,
        &edited(|message| {
            resource(message, "MessageHeader")["id"] = json!("h-1");
            message["entry"][0]["fullUrl"] = json!("https://ehr.example.org/fhir/MessageHeader/h-1");
        }),
    );
    let id = "00000002-0000-4000-8000-000000000001";
    let header = &answer["entry"][0]["resource"];
    assert_eq!(header["id"], id);
    assert_eq!(answer["entry"][0]["fullUrl"], format!("https://ehr.example.org/fhir/MessageHeader/{id}"));
    assert_eq!(header["response"], json!({"identifier": "h-1", "code": "ok"}));
    assert_eq!(header["destination"], json!([{"name": "Example EHR", "endpoint": "https://ehr.example.org/fhir"}]));
    assert_eq!(header["source"]["endpoint"], "https://referrals.example.org/v4/$process-message");
}

#[test]
fn strict_has_a_uuid_for_full_url_where_the_request_lives_on_no_server() {
    let answer = answered(
        Mode::Strict,
        &edited(|message| {
            message["entry"][0]["fullUrl"] = json!("urn:uuid:33333333-2222-4333-8444-555555555555");
        }),
    );
    assert_eq!(answer["entry"][0]["fullUrl"], "urn:uuid:00000002-0000-4000-8000-000000000001");
}

#[test]
fn all_else_is_echoed_in_its_order() {
    for mode in BOTH {
        let request = submission("b-1");
        let answer = answered(mode, &request);
        assert_eq!(
            answer["entry"].as_array().map(|all| all[1..].to_vec()),
            request["entry"].as_array().map(|all| all[1..].to_vec())
        );
    }
}

#[test]
fn warnings_stand_in_one_outcome_at_the_end_that_the_header_refers_to() {
    let message = edited(|message| resource(message, "Patient")["name"][0]["suffix"] = json!("JR"));
    let answer = answered(Mode::Compat, &message);
    let last = &answer["entry"][11];
    let url = "urn:uuid:00000003-0000-4000-8000-000000000001";
    assert_eq!(last["fullUrl"], url);
    assert_eq!(answer["entry"][0]["resource"]["response"]["details"], json!({"reference": url}));
    assert_eq!(last["resource"]["resourceType"], "OperationOutcome");
    assert_eq!(last["resource"]["issue"][0]["severity"], "warning");
    assert_eq!(answer["entry"][2]["resource"]["name"][0]["suffix"], json!(["JR"]));
}

#[test]
fn an_answer_is_proper_fhir() {
    let warned = edited(|message| {
        let away = json!({"reference": "https://elsewhere.example.net/Practitioner/1"});
        resource(message, "ServiceRequest")["performer"].as_array_mut().expect("a list").push(away);
    });
    for message in [submission("b-1"), warned] {
        // the vendor's header has no source, which plain FHIR wants
        for (mode, expected) in
            [(Mode::Strict, vec![]), (Mode::Compat, vec!["fhir-required Bundle.entry[0].resource.source"])]
        {
            let accepted = World::new(mode).accept(&message);
            let mut answer = accepted.answer.expect("there is an answer");
            let findings = document(&mut answer, fhir(), &Options::new(Reading::Strict));
            assert_eq!(shown(&findings, true), expected);
        }
    }
}

#[test]
fn who_wants_no_answer_gets_none_and_is_processed_all_the_same() {
    for mode in BOTH {
        for code in ["never", "on-error"] {
            let mut world = World::new(mode);
            let accepted = world.accept(&response_request(code));
            assert_eq!((accepted.status, accepted.answer.is_none(), accepted.answer_json().len()), (204, true, 0));
            assert_eq!((world.referrals.len(), world.receipts[0].status), (1, 204));
        }
        for code in ["always", "on-success"] {
            assert_eq!(World::new(mode).accept(&response_request(code)).status, 200);
        }
    }
}

#[test]
fn who_wants_an_answer_on_success_only_is_refused_like_others() {
    let mut message = response_request("on-success");
    resource(&mut message, "ServiceRequest")["locationReference"] = json!([{"reference": "Location/loc-404"}]);
    for mode in BOTH {
        World::new(mode).refuse(&message, 422, &["ref-dangling Bundle.entry[1].resource.locationReference[0]"]);
    }
}

#[test]
fn an_update_is_answered_with_its_own_event() {
    let mut world = World::new(Mode::Compat);
    world.accept(&submission("b-1"));
    let answer = answer_of(&world.accept(&update("b-2")));
    assert_eq!(answer["entry"][0]["resource"]["eventCoding"]["code"], "update-service-request");
    assert_eq!(answer["entry"][0]["resource"]["response"]["identifier"], "b-2");
}

#[test]
fn an_echo_without_full_urls_is_answered_without() {
    let message = edited(|message| {
        for entry in message["entry"].as_array_mut().expect("entries") {
            remove(entry, "fullUrl");
        }
    });
    let answer = answered(Mode::Compat, &message);
    assert_eq!(answer["entry"][0].get("fullUrl"), None);
    assert_eq!(value(&answer["entry"][5].to_string()), message["entry"][5]);
}

//! The decisions under "event and contents" in docs/dialects/netsmart.md.

use baton_fhir::format::Format;
use serde_json::{Value, json};

use super::{BOTH, World, check_accepted, check_refused, edited, remove, resource, update};
use crate::{Mode, Verdict};

fn header(edit: impl Fn(&mut Value)) -> Value {
    edited(|message| edit(resource(message, "MessageHeader")))
}

fn request(edit: impl Fn(&mut Value)) -> Value {
    edited(|message| edit(resource(message, "ServiceRequest")))
}

fn without(resource_type: &str) -> Value {
    edited(|message| {
        let entries = message["entry"].as_array_mut().expect("entries");
        entries.retain(|entry| entry["resource"]["resourceType"] != resource_type);
    })
}

/// Adds an entry that the ServiceRequest refers to in its supportingInfo.
fn with(added: &Value) -> Value {
    edited(|message| {
        let address =
            format!("{}/{}", added["resourceType"].as_str().expect("type"), added["id"].as_str().expect("id"));
        let entry = json!({"fullUrl": format!("https://ehr.example.org/fhir/{address}"), "resource": added});
        message["entry"].as_array_mut().expect("entries").push(entry);
        let info = &mut resource(message, "ServiceRequest")["supportingInfo"];
        info.as_array_mut().expect("a list").push(json!({"reference": address}));
    })
}

#[track_caller]
fn check_both(message: &Value, status: u16, expected: &[&str]) {
    BOTH.iter().for_each(|mode| check_refused(*mode, message, status, expected));
}

#[test]
fn an_event_has_to_be_said_once() {
    let missing = header(|header| remove(header, "eventCoding"));
    check_both(&missing, 400, &["fhir-required Bundle.entry[0].resource.event"]);
    let twice = header(|header| header["eventUri"] = json!("urn:x:submit"));
    let place = if "eventCoding" < "eventUri" { "eventUri" } else { "eventCoding" };
    check_both(&twice, 400, &[&format!("fhir-choice Bundle.entry[0].resource.{place}")]);
}

#[test]
fn the_event_is_known_by_system_and_code_in_their_very_spelling() {
    let unknown = ["evt-unknown Bundle.entry[0].resource.event"];
    for (member, value) in [
        ("code", "delete-service-request"),
        ("code", "Submit-Service-Request"),
        ("system", "http://ntst.com/fhir/message-event"),
        ("system", "HTTP://ntst.com/fhir/message-events"),
    ] {
        check_both(&header(|header| header["eventCoding"][member] = json!(value)), 422, &unknown);
    }
    check_both(&header(|header| remove(&mut header["eventCoding"], "system")), 422, &unknown);
    check_both(&header(|header| remove(&mut header["eventCoding"], "code")), 422, &unknown);
    let uri = header(|header| {
        remove(header, "eventCoding");
        header["eventUri"] = json!("http://ntst.com/fhir/message-events#submit-service-request");
    });
    check_both(&uri, 422, &unknown);
}

#[test]
fn the_refusal_of_an_unknown_event_lists_those_that_are_known() {
    let message = header(|header| header["eventCoding"]["code"] = json!("x"));
    let Verdict::Refused(refused) = World::new(Mode::Compat).send(&message) else { panic!("it is refused") };
    let diagnostics = refused.findings.iter().find(|it| it.rule.id == "evt-unknown").map(|it| it.diagnostics.as_ref());
    let expected = "http://ntst.com/fhir/message-events#x; supported: submit-service-request, update-service-request of http://ntst.com/fhir/message-events";
    assert_eq!(diagnostics, Some(expected));
}

#[test]
fn what_depends_on_the_event_is_not_checked_without_it() {
    let message = edited(|message| {
        let header = resource(message, "MessageHeader");
        header["eventCoding"]["code"] = json!("x");
        header["definition"] = json!("https://x.example/y");
        message["entry"][2]["resource"] =
            json!({"resourceType": "Group", "id": "pat-1", "type": "person", "actual": true});
    });
    let Verdict::Refused(refused) = World::new(Mode::Strict).send(&message) else { panic!("it is refused") };
    let rules: Vec<_> = refused.findings.iter().map(|finding| finding.rule.id).collect();
    assert!(
        rules.contains(&"evt-unknown") && !rules.iter().any(|id| id.starts_with("card-") || *id == "evt-definition"),
        "{rules:?}"
    );
}

#[test]
fn there_is_exactly_one_service_request_and_one_patient() {
    let no_request = [
        "card-ServiceRequest Bundle.entry",
        "ref-dangling Bundle.entry[0].resource.focus[0]",
        "ref-dangling Bundle.entry[9].resource.basedOn[0]",
    ];
    check_both(&without("ServiceRequest"), 422, &no_request);
    for mode in BOTH {
        let Verdict::Refused(refused) = World::new(mode).send(&without("Patient")) else { panic!("it is refused") };
        assert_eq!(refused.status, 422);
        let diagnostics =
            refused.findings.iter().find(|it| it.rule.id == "card-Patient").map(|it| it.diagnostics.as_ref());
        assert_eq!(diagnostics, Some("Expected exactly 1 Patient, found 0"));
    }
    check_both(
        &with(&json!({"resourceType": "Patient", "id": "pat-2", "active": true})),
        422,
        &["card-Patient Bundle.entry"],
    );
    let two = with(&json!({"resourceType": "ServiceRequest", "id": "sr-2", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/pat-1"}}));
    check_both(&two, 422, &["card-ServiceRequest Bundle.entry"]);
}

#[test]
fn a_contained_service_request_does_not_count() {
    let message = edited(|message| {
        let contained = json!([{"resourceType": "ServiceRequest", "id": "c", "status": "active", "intent": "order",
            "subject": {"reference": "#"}}]);
        let observation = resource(message, "Observation");
        observation["contained"] = contained;
        observation["basedOn"] = json!([{"reference": "#c"}]);
    });
    let message = {
        let mut message = message;
        let contained = &mut resource(&mut message, "Observation")["contained"][0];
        contained["subject"] = json!({"reference": "Patient/pat-1"});
        message
    };
    BOTH.iter().for_each(|mode| check_accepted(*mode, &message, &[]));
}

#[test]
fn an_unlisted_type_is_kept_with_a_warning_in_compat_and_refused_in_strict() {
    let medication = json!({"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
        "medicationCodeableConcept": {"text": "x"}, "subject": {"reference": "Patient/pat-1"}});
    let bundle = json!({"resourceType": "Bundle", "id": "n", "type": "collection"});
    for added in [medication, bundle] {
        let finding = ["evt-unlisted-resource Bundle.entry[11].resource"];
        check_accepted(Mode::Compat, &with(&added), &finding);
        check_refused(Mode::Strict, &with(&added), 422, &finding);
    }
}

#[test]
fn a_type_that_fhir_does_not_have_is_refused_for_that_alone() {
    let message = edited(|message| {
        message["entry"][5]["resource"] = json!({"resourceType": "Referral", "id": "loc-1"});
        message["entry"][5]["fullUrl"] = json!("urn:uuid:33333333-2222-4333-8444-555555555555");
        let anywhere = json!([{"reference": "urn:uuid:33333333-2222-4333-8444-555555555555"}]);
        remove(resource(message, "PractitionerRole"), "location");
        resource(message, "ServiceRequest")["locationReference"] = anywhere;
    });
    check_both(&message, 400, &["fhir-resource-type Bundle.entry[5].resource"]);
}

#[test]
fn the_focus_leads_to_the_service_request() {
    check_both(&header(|header| remove(header, "focus")), 422, &["msg-focus Bundle.entry[0].resource.focus"]);
    let other = header(|header| _ = header["focus"].as_array_mut().expect("focus").remove(0));
    check_both(&other, 422, &["msg-focus-request Bundle.entry[0].resource.focus"]);
}

#[test]
fn a_questionnaire_response_out_of_focus_is_a_warning_in_compat_only() {
    let message = header(|header| _ = header["focus"].as_array_mut().expect("focus").remove(1));
    check_accepted(Mode::Compat, &message, &["ref-orphan Bundle.entry[10].resource"]);
    check_refused(Mode::Strict, &message, 422, &["ref-orphan Bundle.entry[10].resource"]);
}

#[test]
fn status_and_intent_are_there_and_known() {
    let (status, intent) = ("Bundle.entry[1].resource.status", "Bundle.entry[1].resource.intent");
    check_both(&request(|request| remove(request, "status")), 400, &[&format!("fhir-required {status}")]);
    check_both(&request(|request| request["status"] = json!("open")), 400, &[&format!("fhir-code {status}")]);
    check_both(&request(|request| remove(request, "intent")), 400, &[&format!("fhir-required {intent}")]);
    check_both(&request(|request| request["intent"] = json!("x")), 400, &[&format!("fhir-code {intent}")]);
}

#[test]
fn an_unknown_modifier_extension_is_never_ignored() {
    let message =
        request(|it| it["modifierExtension"] = json!([{"url": "http://example.org/not", "valueBoolean": true}]));
    check_both(&message, 422, &["fhir-modifier-extension Bundle.entry[1].resource.modifierExtension[0]"]);
}

#[test]
fn extensions_and_identifiers_that_nobody_configured_are_echoed() {
    let message = request(|request| {
        request["extension"] = json!([{"url": "https://ehr.example.org/channel", "valueString": "walk-in"}]);
        request["identifier"].as_array_mut().expect("a list").push(json!({"system": "urn:x", "value": "U-77"}));
    });
    for mode in BOTH {
        let answer = super::answer_of(&World::new(mode).accept(&message));
        assert_eq!(answer["entry"][1], message["entry"][1]);
    }
}

#[test]
fn a_message_that_answers_something_is_refused() {
    let message = header(|header| header["response"] = json!({"identifier": "x", "code": "ok"}));
    check_both(&message, 422, &["msg-response Bundle.entry[0].resource.response"]);
}

#[test]
fn a_referral_cannot_be_opened_when_it_is_over() {
    for status in ["completed", "revoked", "entered-in-error"] {
        check_both(
            &request(|request| request["status"] = json!(status)),
            422,
            &["sub-status Bundle.entry[1].resource.status"],
        );
    }
    check_accepted(Mode::Strict, &request(|request| request["status"] = json!("on-hold")), &[]);
}

#[test]
fn an_unknown_definition_is_refused_in_strict_and_ignored_in_compat() {
    let message = header(|header| header["definition"] = json!("https://referrals.example.org/MessageDefinition/x"));
    check_refused(Mode::Strict, &message, 422, &["evt-definition Bundle.entry[0].resource.definition"]);
    check_accepted(Mode::Compat, &message, &[]);
    let update = header(|it| {
        it["definition"] = json!("https://referrals.example.org/v4/MessageDefinition/update-service-request");
    });
    check_refused(Mode::Strict, &update, 422, &["evt-definition Bundle.entry[0].resource.definition"]);
    let known = header(|it| {
        it["definition"] = json!("https://referrals.example.org/v4/MessageDefinition/submit-service-request|1");
    });
    check_accepted(Mode::Strict, &known, &[]);
}

#[test]
fn a_message_for_another_host_is_refused() {
    let for_hosts = |endpoints: &[&str]| {
        let all: Vec<Value> = endpoints.iter().map(|endpoint| json!({"endpoint": endpoint})).collect();
        header(|header| header["destination"] = json!(all))
    };
    let other = ["msg-destination Bundle.entry[0].resource.destination[0]"];
    for host in [
        "https://elsewhere.example.net/x",
        "https://referrals.example.org.evil.example/",
        "https://referrals.example.org:8443/v4",
    ] {
        check_both(&for_hosts(&[host]), 422, &other);
    }
    for mode in BOTH {
        check_accepted(mode, &for_hosts(&["https://Referrals.example.org:443/any"]), &[]);
        check_accepted(mode, &for_hosts(&["https://elsewhere.example.net/x", "https://referrals.example.org/"]), &[]);
        check_accepted(mode, &for_hosts(&["urn:oid:1.2.3"]), &[]);
    }
}

#[test]
fn the_subject_is_the_patient_of_the_message() {
    let subject = |reference: &str| request(|request| request["subject"] = json!({"reference": reference}));
    let place = "Bundle.entry[1].resource.subject";
    check_both(&subject("Organization/org-1"), 400, &[&format!("fhir-reference-target {place}")]);
    check_both(&subject("Location/loc-1"), 422, &[&format!("msg-subject {place}")]);
    check_both(&subject("https://elsewhere.example.net/Patient/1"), 422, &[&format!("msg-subject {place}")]);
    check_both(&subject("Patient/pat-404"), 422, &[&format!("ref-dangling {place}")]);
}

#[test]
fn a_subject_by_identifier_has_to_name_the_patient() {
    let subject = |value: &str| {
        request(|it| {
            it["subject"] = json!({"identifier": {"system": "https://ehr.example.org/id/mrn", "value": value}});
        })
    };
    check_both(&subject("other"), 422, &["msg-subject Bundle.entry[1].resource.subject"]);
    BOTH.iter().for_each(|mode| check_accepted(*mode, &subject("mrn-1"), &[]));
}

#[test]
fn an_update_says_by_its_id_which_referral_it_is_about() {
    let mut message = update("b-2");
    remove(&mut message["entry"][1]["resource"], "id");
    check_both(&message, 422, &["upd-id Bundle.entry[1].resource.id"]);
}

#[test]
fn a_number_of_resources_has_a_place_in_the_text() {
    let line = |message: &str| {
        let Verdict::Refused(refused) = World::new(Mode::Strict).post(message.as_bytes(), Format::Json) else {
            panic!("it is refused")
        };
        let counted = refused.findings.iter().find(|finding| finding.rule.id == "card-Patient");
        counted.and_then(|finding| finding.position).map(|position| position.line)
    };
    let two = with(&json!({"resourceType": "Patient", "id": "pat-2", "active": true}));
    let second = r#"{"fullUrl":"https://ehr.example.org/fhir/Patient/pat-2""#;
    let text = two.to_string().replace(second, &format!("\n{second}"));
    assert_eq!((line(&text), line(&without("Patient").to_string())), (Some(2), Some(1)));
}

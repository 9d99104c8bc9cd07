//! The decisions under "references" in docs/dialects/netsmart.md.

use serde_json::{Value, json};

use super::{BOTH, check_accepted, check_refused, edited, resource};
use crate::Mode;

fn request(edit: impl Fn(&mut Value)) -> Value {
    edited(|message| edit(resource(message, "ServiceRequest")))
}

fn with_organizations(ids: &[(&str, &str)]) -> Value {
    edited(|message| {
        for (id, part_of) in ids {
            let url = format!("https://ehr.example.org/fhir/Organization/{id}");
            let part_of = json!({"reference": format!("Organization/{part_of}")});
            let organization = json!({"resourceType": "Organization", "id": id, "name": "x", "partOf": part_of});
            message["entry"].as_array_mut().expect("entries").push(json!({"fullUrl": url, "resource": organization}));
        }
    })
}

/// Threat: T60
#[test]
fn a_target_that_is_not_in_the_message_is_not_found() {
    let location = request(|it| {
        it["locationReference"].as_array_mut().expect("list").push(json!({"reference": "Location/loc-404"}));
    });
    let urn = request(|it| it["requester"] = json!({"reference": "urn:uuid:00000000-0000-4000-8000-000000000404"}));
    let focus = edited(|message| {
        let focus = resource(message, "MessageHeader")["focus"].as_array_mut().expect("focus").len();
        resource(message, "MessageHeader")["focus"][focus - 1] = json!({"reference": "QuestionnaireResponse/qr-1"});
        let list = resource(message, "MessageHeader")["focus"].as_array_mut().expect("focus");
        list.push(json!({"reference": "QuestionnaireResponse/qr-404"}));
    });
    for mode in BOTH {
        check_refused(mode, &location, 422, &["ref-dangling Bundle.entry[1].resource.locationReference[1]"]);
        let faults = ["ref-dangling Bundle.entry[1].resource.requester", "ref-orphan Bundle.entry[9].resource"];
        check_refused(mode, &urn, 422, &faults);
        check_refused(mode, &focus, 422, &["ref-dangling Bundle.entry[0].resource.focus[2]"]);
    }
}

#[test]
fn the_full_url_decides_and_not_the_id() {
    let message = edited(|message| {
        resource(message, "PractitionerRole")["id"] = json!("1176");
        resource(message, "ServiceRequest")["requester"] = json!({"reference": "PractitionerRole/1176"});
    });
    let faults = ["ref-dangling Bundle.entry[1].resource.requester", "ref-orphan Bundle.entry[9].resource"];
    check_refused(Mode::Compat, &message, 422, &faults);
}

#[test]
fn islands_and_cycles_are_refused_in_both_modes() {
    for mode in BOTH {
        let island = with_organizations(&[("org-2", "org-1"), ("org-3", "org-2")]);
        let orphans = ["ref-orphan Bundle.entry[11].resource", "ref-orphan Bundle.entry[12].resource"];
        check_refused(mode, &island, 422, &orphans);
        let cycle = with_organizations(&[("org-2", "org-3"), ("org-3", "org-2")]);
        check_refused(mode, &cycle, 422, &orphans);
    }
}

#[test]
fn a_backward_link_alone_makes_an_orphan() {
    let message = request(|it| it["reasonReference"] = json!([{"reference": "Observation/obs-1"}]));
    BOTH.iter().for_each(|mode| check_refused(*mode, &message, 422, &["ref-orphan Bundle.entry[3].resource"]));
}

#[test]
fn a_contained_target_that_is_missing_is_malformed() {
    let message = request(|it| it["performer"].as_array_mut().expect("list").push(json!({"reference": "#nobody"})));
    BOTH.iter().for_each(|mode| check_refused(*mode, &message, 400, &["ref-1 Bundle.entry[1].resource.performer[1]"]));
}

#[test]
fn a_target_of_the_wrong_type_behind_a_urn_is_malformed() {
    let message = edited(|message| {
        message["entry"][7]["fullUrl"] = json!("urn:uuid:33333333-2222-4333-8444-555555555555");
        let text = message.to_string().replace("Organization/org-1", "urn:uuid:33333333-2222-4333-8444-555555555555");
        *message = super::value(&text);
        resource(message, "ServiceRequest")["subject"] =
            json!({"reference": "urn:uuid:33333333-2222-4333-8444-555555555555"});
    });
    let fault = "fhir-reference-target Bundle.entry[1].resource.subject";
    BOTH.iter().for_each(|mode| check_refused(*mode, &message, 400, &[fault]));
}

#[test]
fn logical_versioned_and_absolute_references_are_accepted() {
    let logical = request(|it| {
        it["performer"].as_array_mut().expect("list").push(json!({"identifier": {"system": "s:x", "value": "v"}}));
    });
    let versioned = request(|it| it["subject"] = json!({"reference": "Patient/pat-1/_history/1"}));
    let absolute = request(|it| it["subject"] = json!({"reference": "https://ehr.example.org/fhir/Patient/pat-1"}));
    for mode in BOTH {
        for message in [&logical, &versioned, &absolute] {
            check_accepted(mode, message, &[]);
        }
    }
}

#[test]
fn a_reference_to_elsewhere_is_a_warning() {
    let away = json!({"reference": "https://elsewhere.example.net/Practitioner/1"});
    let message = request(|it| it["performer"].as_array_mut().expect("list").push(away.clone()));
    BOTH.iter()
        .for_each(|mode| check_accepted(*mode, &message, &["ref-elsewhere Bundle.entry[1].resource.performer[1]"]));
}

#[test]
fn two_alike_organizations_are_two_resources() {
    let mut message = with_organizations(&[("org-2", "org-1")]);
    resource(&mut message, "PractitionerRole")["organization"] = json!({"reference": "Organization/org-2"});
    BOTH.iter().for_each(|mode| check_accepted(*mode, &message, &[]));
}

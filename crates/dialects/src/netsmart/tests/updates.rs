//! The decisions under "updates" in docs/dialects/netsmart.md, and what is written for each message.

use baton_exchange::{
    audit::AuditAction,
    decision::{Assert, Change},
    referral::ReferralState,
    resource::{IndexKey, NewResource},
};
use serde_json::{Value, json};

use super::{BOTH, World, edited, remove, resource, submission, update};
use crate::{Accepted, Mode};

const ID: &str = "Bundle.entry[1].resource.id";

fn updated(edit: impl Fn(&mut Value)) -> Value {
    let mut message = update("b-2");
    edit(&mut message);
    message
}

fn kept(accepted: &Accepted) -> Vec<&NewResource> {
    let resources = accepted.batch.changes.iter().find_map(|change| match change {
        Change::ReplaceResources { resources, .. } => Some(resources),
        _ => None,
    });
    resources.into_iter().flatten().collect()
}

fn submitted(mode: Mode) -> World {
    let mut world = World::new(mode);
    world.accept(&submission("b-1"));
    world
}

#[test]
fn an_unknown_referral_cannot_be_updated() {
    for mode in BOTH {
        World::new(mode).refuse(&update("b-2"), 404, &[&format!("upd-unknown {ID}")]);
        let other = super::value(&update("b-2").to_string().replace("sr-1", "sr-404"));
        submitted(mode).refuse(&other, 404, &[&format!("upd-unknown {ID}")]);
    }
}

#[test]
fn the_referral_of_another_client_does_not_exist() {
    for mode in BOTH {
        let mut world = submitted(mode);
        world.sender = "clinic-b";
        world.refuse(&update("b-2"), 404, &[&format!("upd-unknown {ID}")]);
    }
}

#[test]
fn a_second_submission_hints_at_the_update() {
    for mode in BOTH {
        let mut world = submitted(mode);
        let again = super::value(&submission("b-2").to_string().replace("\"routine\"", "\"stat\""));
        world.refuse(&again, 409, &[&format!("sub-known {ID}")]);
    }
}

#[test]
fn a_referral_never_changes_its_patient() {
    let other = updated(|message| *message = super::value(&message.to_string().replace("pat-1", "pat-2")));
    BOTH.iter()
        .for_each(|mode| submitted(*mode).refuse(&other, 409, &["upd-patient Bundle.entry[1].resource.subject"]));
}

#[test]
fn a_patient_without_lasting_id_is_known_by_an_identifier() {
    let by_urn = |mrn: &str| {
        updated(|message| {
            let urn = "urn:uuid:33333333-2222-4333-8444-555555555555";
            remove(resource(message, "Patient"), "id");
            resource(message, "Patient")["identifier"][0]["value"] = json!(mrn);
            message["entry"][2]["fullUrl"] = json!(urn);
            let text = message.to_string().replace("Patient/pat-1", urn).replace("/fhir/urn:", "urn:");
            *message = super::value(&text);
        })
    };
    for mode in BOTH {
        submitted(mode).refuse(&by_urn("mrn-2"), 409, &["upd-patient Bundle.entry[1].resource.subject"]);
        submitted(mode).accept(&by_urn("mrn-1"));
    }
}

#[test]
fn an_older_message_is_refused() {
    let older = updated(|message| message["timestamp"] = json!("2026-01-14T09:00:00Z"));
    BOTH.iter().for_each(|mode| submitted(*mode).refuse(&older, 409, &["upd-older Bundle.timestamp"]));
    let changed = |bundle: &'static str, time: &str| {
        let mut message = if bundle == "b-1" { submission(bundle) } else { update(bundle) };
        remove(&mut message, "timestamp");
        resource(&mut message, "ServiceRequest")["meta"] = json!({"lastUpdated": time});
        message
    };
    let mut world = World::new(Mode::Strict);
    world.accept(&changed("b-1", "2026-01-15T09:00:00Z"));
    let place = "upd-older Bundle.entry[1].resource.meta.lastUpdated";
    world.refuse(&changed("b-2", "2026-01-15T08:59:59Z"), 409, &[place]);
    world.accept(&changed("b-2", "2026-01-15T09:00:00Z"));
}

#[test]
fn a_cancelled_referral_is_over() {
    for status in ["revoked", "entered-in-error"] {
        for mode in BOTH {
            let mut world = submitted(mode);
            let cancel = updated(|message| resource(message, "ServiceRequest")["status"] = json!(status));
            assert_eq!(world.accept(&cancel).action, AuditAction::Cancelled);
            assert_eq!(world.referrals[0].state, ReferralState::Cancelled);
            world.refuse(&update("b-3"), 422, &["upd-over Bundle.entry[1].resource.status"]);
            world.refuse(&submission("b-4"), 409, &[&format!("sub-known {ID}")]);
        }
    }
}

#[test]
fn an_update_by_an_unknown_urn_lacks_an_id() {
    let message = updated(|message| {
        let urn = "urn:uuid:33333333-2222-4333-8444-555555555555";
        remove(resource(message, "ServiceRequest"), "id");
        message["entry"][1]["fullUrl"] = json!(urn);
        let text = message.to_string().replace("ServiceRequest/sr-1", urn);
        *message = super::value(&text);
        for (entry, member) in [(1, "subject"), (1, "requester")] {
            let node = &mut message["entry"][entry]["resource"][member]["reference"];
            *node = json!(format!("https://ehr.example.org/fhir/{}", node.as_str().expect("text")));
        }
    });
    submitted(Mode::Compat).refuse(&message, 422, &[&format!("upd-id {ID}")]);
}

#[test]
fn the_id_of_the_full_url_is_the_referral_s() {
    let mut world = World::new(Mode::Compat);
    world.accept(&edited(|message| remove(resource(message, "ServiceRequest"), "id")));
    assert_eq!(world.referrals[0].request_id, "sr-1");
    world.accept(&update("b-2"));
}

#[test]
fn an_update_is_the_next_version_of_the_one_that_was_seen() {
    for mode in BOTH {
        let mut world = submitted(mode);
        let first = world.referrals[0].clone();
        let accepted = world.accept(&update("b-2"));
        let seen = Assert::ReferralAt { home: first.home, id: first.id, version: 1 };
        assert_eq!(accepted.batch.asserts[1], seen);
        assert_eq!((accepted.action, accepted.referral), (AuditAction::Updated, first.id));
        assert_eq!(world.referrals[0].version, 2);
    }
}

#[test]
fn a_submission_is_written_with_all_that_it_holds_but_the_header() {
    let accepted = World::new(Mode::Strict).accept(&submission("b-1"));
    let kinds: Vec<&str> = accepted.batch.changes.iter().map(kind).collect();
    assert_eq!(kinds, ["receipt", "referral", "resources", "audit"]);
    assert_eq!(accepted.action, AuditAction::Submitted);
    let kept: Vec<String> = kept(&accepted).iter().map(|it| format!("{}/{}", it.resource_type, it.id)).collect();
    let expected = [
        "ServiceRequest/sr-1",
        "Patient/pat-1",
        "Condition/cond-1",
        "Coverage/cov-1",
        "Location/loc-1",
        "Observation/obs-1",
        "Organization/org-1",
        "Practitioner/prac-1",
        "PractitionerRole/role-1",
        "QuestionnaireResponse/qr-1",
    ];
    assert_eq!(kept, expected);
}

fn kind(change: &Change) -> &'static str {
    match change {
        Change::PutReceipt(_) => "receipt",
        Change::PutReferral(_) => "referral",
        Change::ReplaceResources { .. } | Change::PutResources { .. } => "resources",
        Change::PutNames { .. } => "names",
        Change::PutOrphan(_) | Change::DropOrphans { .. } => "orphan",
        Change::Erase { .. } => "erase",
        Change::PutPointer(_) | Change::AdoptPointer(_) => "pointer",
        Change::PutNotice(_) => "notice",
        Change::PutAudit(_) | Change::Redact(_) => "audit",
        Change::Access(_) => "token",
        Change::ForgetExpired(_) => "forget",
    }
}

#[test]
fn what_is_kept_is_found_by_identifier_and_patient() {
    let accepted = World::new(Mode::Strict).accept(&submission("b-1"));
    let kept = kept(&accepted);
    let keys = |resource_type: &str| {
        let found = kept.iter().find(|it| it.resource_type == resource_type);
        found.map(|it| it.keys.clone()).unwrap_or_default()
    };
    let mut expected = vec![
        IndexKey::identifier("https://ehr.example.org/id/referral", "sr-1"),
        IndexKey::identifier_value("sr-1"),
        IndexKey::status("active"),
        IndexKey::category("http://snomed.info/sct", "308440001"),
        IndexKey::category_code("308440001"),
        IndexKey::patient("pat-1"),
    ];
    expected.sort_unstable();
    assert_eq!(keys("ServiceRequest"), expected);
    for resource_type in ["Condition", "Coverage", "Observation", "QuestionnaireResponse"] {
        assert!(keys(resource_type).contains(&IndexKey::patient("pat-1")), "{resource_type}");
    }
    assert!(keys("Patient").contains(&IndexKey::identifier("https://ehr.example.org/id/mrn", "mrn-1")));
}

#[test]
fn two_resources_with_one_id_are_kept_apart() {
    let message = edited(|message| {
        let other = json!({"fullUrl": "https://other.example.org/Organization/org-1",
            "resource": {"resourceType": "Organization", "id": "org-1", "name": "Other"}});
        message["entry"].as_array_mut().expect("entries").push(other);
        let performer = json!({"reference": "https://other.example.org/Organization/org-1"});
        resource(message, "ServiceRequest")["performer"].as_array_mut().expect("a list").push(performer);
    });
    let accepted = World::new(Mode::Strict).accept(&message);
    let ids: Vec<_> =
        kept(&accepted).iter().filter(|it| it.resource_type == "Organization").map(|it| it.id.clone()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], "org-1");
    assert!(ids[1] != "org-1" && ids[1].len() <= 64, "{}", ids[1]);
}

#[test]
fn numbers_keep_their_text_in_answer_and_store() {
    let accepted = World::new(Mode::Strict)
        .post(crate::netsmart::sample::submit(&super::ids("b-1")).as_bytes(), baton_fhir::format::Format::Json);
    let accepted = super::accepted(accepted);
    let location = kept(&accepted).into_iter().find(|it| it.resource_type == "Location").expect("it is kept");
    for bytes in [location.body.as_slice(), &accepted.answer_json()] {
        assert!(String::from_utf8_lossy(bytes).contains(r#""longitude":-94.670,"latitude":38.930"#));
    }
}

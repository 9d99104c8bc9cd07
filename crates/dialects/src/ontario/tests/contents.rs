//! What a message has to hold, whom it is about, and what is late or says nothing new.
//! Source: spec of Ontario, 1.4 steps 7 to 9, 1.7 "requester", 5 and 7.5 "test label".

use serde_json::{Value, json};

use super::{Letter, World, remove, source, target};
use crate::ontario::Version;

fn submit() -> Letter {
    Letter::of_source(Version::V011, "submit", "add-service-request", 0, &target(Version::V011))
}

#[test]
fn whoever_asks_has_to_be_named() {
    for requester in [json!({"type": "PractitionerRole"}), json!({"display": " "})] {
        let letter = submit().edit("request", |it| it["requester"] = requester.clone());
        World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("msg-requester");
    }
    let letter = submit().edit("request", |it| remove(it, &["requester"]));
    World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("msg-requester");
    let by_name = submit().edit("request", |it| it["requester"] = json!({"display": "Dr. Asker"}));
    World::new().send(&source(Version::V011), &by_name.bundle()).is(200);
}

#[test]
fn a_referral_is_about_a_patient_of_its_message() {
    for subject in [json!({"reference": "Patient/elsewhere"}), json!({"display": "somebody"})] {
        let letter = submit().edit("request", |it| it["subject"] = subject.clone());
        World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("on-subject");
    }
    let letter = submit().edit("request", |it| remove(it, &["subject"]));
    World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("on-subject");
}

#[test]
fn a_paper_of_a_stranger_is_refused() {
    let stranger = json!({"resourceType": "Patient", "name": [{"family": "Other"}],
        "identifier": [{"system": "https://fhir.infoway-inforoute.ca/NamingSystem/ca-on-patient-hcn", "value": "9"}]});
    let letter =
        submit().with("stranger", stranger).edit("letter", |it| it["subject"] = json!({"reference": "@stranger"}));
    World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("one-patient");
}

#[test]
fn a_referral_never_comes_to_mean_another_person() {
    let mut world = World::new();
    world.send(&source(Version::V011), &submit().bundle()).is(200);
    let change = submit().named("change").event("notify-update-service-request");
    let change = change.edit("patient", |it| it["identifier"][0]["value"] = json!("0000000002"));
    world.send(&source(Version::V011), &change.bundle()).is(422).says("upd-patient");
    let correct = Letter::of_target(Version::V011, "correct", "notify-data-correction", 10).focus("request");
    let correct = correct.edit("patient", |it| it["identifier"][0]["value"] = json!("0000000002"));
    world.send(&target(Version::V011), &correct.bundle()).is(422).says("upd-patient");
}

#[test]
fn what_is_late_or_says_nothing_new_changes_no_version_and_is_not_told() {
    let mut world = World::new();
    let v = Version::V011;
    world.send(&source(v), &submit().bundle()).is(200);
    let turn = |name: &str, secs, status: &str| {
        Letter::of_target(v, name, "notify-update-process-request", secs).task(status).bundle()
    };
    world.send(&target(v), &turn("one", 20, "accepted")).is(200);
    let versions = |world: &World| world.resources.iter().map(|it| it.version).collect::<Vec<_>>();
    let (before, told) = (versions(&world), world.notices.len());
    world.send(&target(v), &turn("late", 10, "rejected")).is(200).says("msg-unchanged");
    let change = submit().named("same").event("notify-update-service-request");
    world.send(&source(v), &change.bundle()).is(200).says("msg-unchanged");
    assert_eq!((versions(&world), world.notices.len()), (before, told));
}

#[test]
fn test_data_keep_their_mark() {
    let mut world = World::new();
    let mut message = submit().bundle();
    message["meta"] =
        json!({"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]});
    world.send(&source(Version::V011), &message).is(200);
    assert_eq!(world.referrals[0].course.as_ref().map(|it| it.realm), Some(baton_exchange::referral::Realm::Test));
    assert!(!world.notices.is_empty());
    for notice in &world.notices {
        let told: Value = serde_json::from_slice(&notice.body).expect("it is JSON");
        assert_eq!(told["meta"]["security"][0]["code"], json!("HTEST"));
    }
}

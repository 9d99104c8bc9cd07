//! A target's own work by REST: Tasks and Appointments, in full or by patch, under the rules of messages.
//! Source: contract, "A target's own work"; spec of Ontario, 1.1, 7.2 and 7.4; FHIR R4 RESTful API, "Managing Resource Contention".

use baton_exchange::resource::StoredResource;
use serde_json::{Value, json};

use super::{Letter, World, remove, source, target, third};
use crate::{PatchLanguage, ontario::Version};

const V: Version = Version::V011;

fn submitted() -> World {
    let mut world = World::new();
    let submit = Letter::of_source(V, "submit", "add-service-request", 0, &target(V));
    world.send(&source(V), &submit.bundle()).is(200);
    world.notices.clear();
    world
}

fn stored<'w>(world: &'w World, resource_type: &str) -> Vec<&'w StoredResource> {
    world.resources.iter().filter(|it| it.resource_type == resource_type).collect()
}

fn task(world: &World) -> Value {
    serde_json::from_slice(&stored(world, "Task")[0].body).expect("it is JSON")
}

fn place(world: &World) -> String {
    format!("Task/{}", stored(world, "Task")[0].id)
}

fn stage(world: &World) -> &'static str {
    world.referrals[0].course.as_ref().expect("it has one").stage.as_str()
}

fn told(world: &World) -> Vec<String> {
    world.notices.iter().map(|it| format!("{} {}", it.partner, it.event)).collect()
}

#[test]
fn a_task_that_is_put_moves_the_referral_and_is_told() {
    let mut world = submitted();
    let mut body = task(&world);
    body["status"] = json!("accepted");
    let answer = world.put(&target(V), &body, Some(1)).is(200);
    assert_eq!((&answer.body["meta"]["versionId"], stage(&world)), (&json!("2"), "accepted"));
    let expected = [
        "source-11 notify-update-process-request",
        "third-10 notify-update-status",
        "third-11 notify-update-process-request",
        "third-ca notify-update-service-record",
    ];
    let mut found = told(&world);
    found.sort();
    assert_eq!(found, expected);
}

/// Threat: T65
#[test]
fn a_version_that_is_not_the_newest_is_refused() {
    let mut world = submitted();
    let mut body = task(&world);
    body["status"] = json!("accepted");
    world.put(&target(V), &body, Some(1)).is(200);
    body["status"] = json!("completed");
    world.put(&target(V), &body, Some(1)).is(412).says("http-version");
    world.put(&target(V), &body, Some(2)).is(200);
}

#[test]
fn both_languages_of_patches_are_spoken() {
    let mut world = submitted();
    let by_json = json!([{"op": "replace", "path": "/status", "value": "accepted"}]);
    let place = place(&world);
    world.patch(&target(V), &place, PatchLanguage::Json, &by_json, None).is(200);
    assert_eq!(stage(&world), "accepted");
    let by_path = json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "Task.status"},
        {"name": "value", "valueCode": "in-progress"}]}]});
    world.patch(&target(V), &place, PatchLanguage::FhirPath, &by_path, Some(2)).is(200);
    assert_eq!(stage(&world), "in-progress");
    world.patch(&target(V), &place, PatchLanguage::Json, &by_json, Some(2)).is(412);
    let wrong = json!([{"op": "replace", "path": "/nothing/here", "value": 1}]);
    world.patch(&target(V), &place, PatchLanguage::Json, &wrong, None).is(422);
    let none = json!([{"op": "replace", "path": "/status", "value": "sleeping"}]);
    assert!(world.patch(&target(V), &place, PatchLanguage::Json, &none, None).status >= 400);
    assert_eq!(stage(&world), "in-progress");
}

/// Threat: T53
#[test]
fn what_a_task_is_for_stays() {
    let mut world = submitted();
    let edits: [(&str, Value); 3] = [
        ("intent", json!("proposal")),
        ("code", json!({"coding": [{"code": "request-for-information-for-requester"}]})),
        ("basedOn", json!([{"reference": "ServiceRequest/another"}])),
    ];
    for (name, value) in edits {
        let mut body = task(&world);
        body["status"] = json!("accepted");
        body[name] = value;
        world.put(&target(V), &body, None).is(422).says("work-fixed");
    }
    assert_eq!(stage(&world), "requested");
}

#[test]
fn the_resource_is_the_one_in_the_address() {
    let mut world = submitted();
    let mut body = task(&world);
    body["status"] = json!("accepted");
    let way = |id: &str, resource_type: &str| crate::Way::Replace {
        resource_type: resource_type.to_owned(),
        id: id.to_owned(),
        seen: None,
    };
    let id = stored(&world, "Task")[0].id.clone();
    world.post(&target(V), &body, way("another", "Task")).is(400).says("work-resource");
    world.post(&target(V), &body, way(&id, "Appointment")).is(400).says("work-resource");
    body["id"] = json!("unknown");
    world.put(&target(V), &body, None).is(404);
}

#[test]
fn only_the_target_works() {
    let mut world = submitted();
    let mut body = task(&world);
    body["status"] = json!("accepted");
    world.put(&source(V), &body, None).is(403).says("ref-part");
    world.put(&third(V), &body, None).is(403);
    world.put(&target(Version::V010), &body, None).is(404);
    world.make(&source(V), &booking(&world)).is(403);
    assert_eq!(stage(&world), "requested");
}

#[test]
fn nothing_goes_back_to_a_draft_or_out_of_an_error() {
    let mut world = submitted();
    let mut body = task(&world);
    body["status"] = json!("draft");
    world.put(&target(V), &body, None).is(422).says("ref-move");
    body["status"] = json!("entered-in-error");
    world.put(&target(V), &body, None).is(200);
    body["status"] = json!("accepted");
    world.put(&target(V), &body, None).is(422).says("ref-move");
}

#[test]
fn a_rejection_is_not_the_end() {
    let mut world = submitted();
    for status in ["rejected", "accepted", "cancelled", "in-progress", "completed"] {
        let mut body = task(&world);
        body["status"] = json!(status);
        world.put(&target(V), &body, None).is(200);
        assert_eq!(stage(&world), status);
    }
}

fn booking(world: &World) -> Value {
    json!({"resourceType": "Appointment", "status": "booked",
        "start": "2026-05-05T09:00:00Z", "end": "2026-05-05T09:30:00Z",
        "basedOn": [{"reference": format!("ServiceRequest/{}", world.referrals[0].id)}],
        "participant": [{"actor": {"display": "room"}, "status": "accepted"}]})
}

#[test]
fn an_appointment_is_made_changed_and_called_off() {
    let mut world = submitted();
    let made = world.make(&target(V), &booking(&world)).is(201);
    let id = made.body["id"].as_str().expect("it has an id").to_owned();
    assert!(told(&world).contains(&"source-11 notify-add-appointment".to_owned()), "{:?}", told(&world));
    world.notices.clear();
    let mut body = booking(&world);
    body["id"] = json!(id);
    body["status"] = json!("cancelled");
    remove(&mut body, &["start", "end"]);
    world.put(&target(V), &body, Some(1)).is(200);
    assert!(told(&world).contains(&"source-11 notify-update-process-request".to_owned()), "{:?}", told(&world));
    assert_eq!(stored(&world, "Appointment").len(), 1);
}

#[test]
fn a_message_about_an_appointment_that_was_made_here_changes_that_one() {
    let mut world = submitted();
    let made = world.make(&target(V), &booking(&world)).is(201);
    let update = Letter::of_target(V, "rebook", "notify-update-process-request", 10).appointment("a", "booked", 9);
    let update = update.edit("appointment", |it| {
        remove(it, &["identifier"]);
        it["id"] = made.body["id"].clone();
    });
    // the work was done later than the message says it was made
    world.send(&target(V), &update.bundle()).is(200).says("msg-unchanged");
    assert_eq!(stored(&world, "Appointment").len(), 1);
}

#[test]
fn what_is_told_of_an_appointment_has_the_id_that_it_has_here() {
    let mut world = submitted();
    let mut body = booking(&world);
    body["id"] = json!("of-the-client");
    let made = world.make(&target(V), &body).is(201);
    let told: Value = serde_json::from_slice(&world.notices[0].body).expect("it is JSON");
    assert_eq!(told["entry"][1]["resource"]["id"], made.body["id"]);
}

#[test]
fn only_what_is_open_has_no_time() {
    let mut world = submitted();
    for (status, expected) in [("booked", 422), ("arrived", 422), ("proposed", 201), ("waitlist", 201)] {
        let mut body = booking(&world);
        body["status"] = json!(status);
        remove(&mut body, &["start", "end"]);
        let answer = world.make(&target(V), &body);
        assert_eq!(answer.status, expected, "{status}: {:?}", answer.rules);
    }
}

#[test]
fn an_appointment_belongs_to_a_referral() {
    let mut world = submitted();
    let mut body = booking(&world);
    remove(&mut body, &["basedOn"]);
    world.make(&target(V), &body).is(422).says("work-based-on");
    body["basedOn"] = json!([{"reference": "ServiceRequest/00000000-0000-4000-8000-000000000000"}]);
    world.make(&target(V), &body).is(404);
    body["basedOn"] = json!([{"identifier": {"system": super::system_of(&source(V)), "value": "R-1"}}]);
    world.make(&target(V), &body).is(201);
    let kept: Value = serde_json::from_slice(&stored(&world, "Appointment")[0].body).expect("it is JSON");
    assert_eq!(kept["basedOn"][0]["reference"], json!(format!("ServiceRequest/{}", world.referrals[0].id)));
}

#[test]
fn an_appointment_is_not_moved_to_another_referral() {
    let mut world = submitted();
    let made = world.make(&target(V), &booking(&world)).is(201);
    let mut body = booking(&world);
    body["id"] = made.body["id"].clone();
    for other in ["00000000-0000-4000-8000-000000000000", "of-somebody"] {
        let mine = body["basedOn"][0].clone();
        body["basedOn"] = json!([mine, {"reference": format!("ServiceRequest/{other}")}]);
        world.put(&target(V), &body, None).is(422).says("work-other-request");
        body["basedOn"] = json!([{"reference": format!("ServiceRequest/{other}")}]);
        world.put(&target(V), &body, None).is(422).says("work-other-request");
        body["basedOn"] = booking(&world)["basedOn"].clone();
    }
    remove(&mut body, &["basedOn"]);
    world.put(&target(V), &body, None).is(200);
    let kept: Value = serde_json::from_slice(&stored(&world, "Appointment")[0].body).expect("it is JSON");
    assert_eq!(kept["basedOn"][0]["reference"], json!(format!("ServiceRequest/{}", world.referrals[0].id)));
}

#[test]
fn a_task_that_is_posted_is_the_referrals_own() {
    let mut world = submitted();
    let based_on = json!([{"reference": format!("ServiceRequest/{}", world.referrals[0].id)}]);
    let mut body = task(&world);
    remove(&mut body, &["id"]);
    body["status"] = json!("accepted");
    let answer = world.make(&target(V), &body);
    assert!([200, 201].contains(&answer.status), "{answer:?}");
    assert_eq!((stage(&world), stored(&world, "Task").len()), ("accepted", 1));
    let question = json!({"resourceType": "Task", "status": "requested", "intent": "order", "basedOn": based_on,
        "code": {"coding": [{"code": "request-for-information-for-requester"}]}});
    let made = world.make(&target(V), &question).is(201);
    assert_eq!((stage(&world), stored(&world, "Task").len()), ("accepted", 2), "a question moves nothing");
    let mut again = question;
    again["id"] = made.body["id"].clone();
    again["status"] = json!("completed");
    world.put(&target(V), &again, None).is(200);
    assert_eq!(stage(&world), "accepted");
}

#[test]
fn the_same_again_is_no_new_version_and_is_not_told() {
    let mut world = submitted();
    let mut body = task(&world);
    body["status"] = json!("accepted");
    body["lastModified"] = json!("2026-03-02T10:00:00Z");
    world.put(&target(V), &body, None).is(200);
    world.notices.clear();
    let answer = world.put(&target(V), &body, None).is(200);
    assert_eq!((&answer.body["meta"]["versionId"], told(&world).len()), (&json!("2"), 0));
}

#[test]
fn an_identifier_that_two_referrals_have_is_no_name() {
    let mut world = submitted();
    let other = Letter::of_source(Version::Erec, "other", "add-service-request", 0, &target(V));
    world.send(&source(Version::Erec), &other.bundle()).is(200);
    let mut body = booking(&world);
    body["basedOn"] = json!([{"identifier": {"value": "R-1"}}]);
    world.make(&target(V), &body).is(412).says("ref-several");
    world.make(&source(V), &body).is(403);
    world.make(&target(Version::V010), &body).is(404);
}

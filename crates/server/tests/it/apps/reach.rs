//! What an app sees that a person let in: all that is about the patient, or all that the person's partner may see.

use baton_exchange::{
    decision::{Batch, Change},
    id::Home,
    resource::NewResource,
};
use baton_store::ResourceQuestion;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::World;
use crate::harness::{Ask, JSON};

const TYPES: [&str; 4] = ["Patient", "ServiceRequest", "Task", "Practitioner"];

/// Threat: T33, T32
#[test]
fn about_one_patient_nothing_of_another_is_seen() {
    let world = World::new();
    let (first, second) = (world.refer(1), world.refer(2));
    let answer = world.granted("ada", "launch/patient patient/*.rs", Some(&second));
    let token = answer.member("access_token");
    assert_eq!(world.read(&token, "Patient").member("entry/0/resource/id"), second);
    for resource_type in ["ServiceRequest", "Task"] {
        let all = world.ids("practice-d", resource_type);
        assert_eq!(all.len(), 2, "{resource_type}");
        let seen = world.read(&token, resource_type);
        assert_eq!((seen.member("total"), seen.member("entry/0/resource/id")), ("1".into(), all[1].clone()));
        for (place, id) in all.iter().enumerate() {
            for path in [String::new(), "/_history".to_owned(), "/_history/1".to_owned()] {
                let status = world.read(&token, &format!("{resource_type}/{id}{path}")).status;
                assert_eq!(status, if place == 1 { 200 } else { 404 }, "{resource_type} {place} {path}");
            }
            assert_eq!(world.read(&token, &format!("{resource_type}?_id={id}")).member("total"), place.to_string());
            assert_eq!(world.read(&token, &format!("{resource_type}?patient={first}")).member("total"), "0");
        }
    }
    for path in [format!("Patient/{first}"), format!("Patient/{first}/_history"), format!("Patient?_id={first}")] {
        let answer = world.read(&token, &path);
        assert!(answer.status == 404 || answer.member("total") == "0", "{path}");
    }
}

/// Writes another version of a Task that is about a patient.
fn write_task(world: &World, id: &str, patient: &str) {
    let home = Home::shared(&"ontario".into());
    let question =
        ResourceQuestion { home, resource_type: "Task".to_owned(), id: id.to_owned(), version: None, seen_by: None };
    Runtime::new().expect("a runtime").block_on(async {
        let stored = world.store.resource(question).await.expect("the store is well").found().expect("a Task");
        let mut task: Value = serde_json::from_slice(&stored.body).expect("JSON");
        task["for"] = json!({"reference": format!("Patient/{patient}")});
        let (body, keys) = (task.to_string().into_bytes(), Vec::new());
        let resources = vec![NewResource { resource_type: "Task".to_owned(), id: id.to_owned(), body, keys }];
        let (referral, at) = (stored.referral, stored.updated);
        let changes = vec![Change::PutResources { home, referral, at, resources, left_out: Vec::new() }];
        world.store.commit(Batch { asserts: Vec::new(), changes }).await.expect("the store is well");
    });
}

/// Whatever page is asked for: how many versions there are tells of the others, too.
/// Threat: T33
#[test]
fn a_history_of_which_a_part_is_about_another_patient_is_not_there() {
    let world = World::new();
    let (first, second) = (world.refer(1), world.refer(2));
    let token = world.granted("ada", "launch/patient patient/*.rs", Some(&second)).member("access_token");
    let task = world.ids("practice-d", "Task").pop().expect("a Task");
    let history = |query: &str| world.read(&token, &format!("Task/{task}/_history{query}")).status;
    write_task(&world, &task, &second);
    assert_eq!(["", "?_count=1"].map(history), [200, 200]);
    write_task(&world, &task, &first);
    write_task(&world, &task, &second);
    assert_eq!(world.read(&token, &format!("Task/{task}")).status, 200);
    assert_eq!(["", "?_count=1", "?_count=0"].map(history), [404; 3]);
}

#[test]
fn who_refers_is_seen_with_the_patients_referral() {
    let world = World::new();
    let (first, second) = (world.refer(1), world.refer(2));
    let token =
        |patient: &str| world.granted("ada", "launch/patient patient/*.rs", Some(patient)).member("access_token");
    let (of_first, of_second) = (token(&first), token(&second));
    let practitioners = world.ids("practice-d", "Practitioner");
    let seen = |token: &str| {
        practitioners.iter().filter(|id| world.read(token, &format!("Practitioner/{id}")).status == 200).count()
    };
    assert_eq!(seen(&of_first) + seen(&of_second), practitioners.len());
    assert!(seen(&of_first) > 0 && seen(&of_second) > 0);
}

#[test]
fn a_persons_app_sees_what_the_partner_sees_and_no_more() {
    let world = World::new();
    let patient = world.refer(1);
    for (login, expected) in [("ada", 200), ("tom", 200), ("eve", 404)] {
        let token = world.granted(login, "user/*.rs", None).member("access_token");
        assert_eq!(world.read(&token, &format!("Patient/{patient}")).status, expected, "{login}");
    }
}

/// Threat: T33
#[test]
fn scopes_count_by_type_and_letter() {
    let world = World::new();
    let patient = world.refer(1);
    let token = world.granted("ada", "user/Patient.r", None).member("access_token");
    assert_eq!(world.read(&token, &format!("Patient/{patient}")).status, 200);
    world.read(&token, "Patient").check_refusal(403, "forbidden");
    for resource_type in &TYPES[1..] {
        world.read(&token, resource_type).check_refusal(403, "forbidden");
    }
    let asked = "user/*.rs system/*.rs system/Messaging.write patient/Task.cud user/Patient.rs?_id=1";
    assert_eq!(world.granted("ada", asked, None).member("scope"), "user/*.rs user/Patient.rs?_id=1");
}

#[test]
fn an_app_writes_as_its_user_only() {
    let world = World::new();
    let patient = world.refer(1);
    let task = world.ids("centre-e", "Task").pop().expect("a task");
    let patch = |token: &str| {
        let ask =
            Ask::new("PATCH", &format!("/ontario/Task/{task}")).header("Content-Type", "application/json-patch+json");
        ask.bearer(token).json().body(r#"[{"op":"replace","path":"/status","value":"accepted"}]"#).send(&world.server)
    };
    let reader = world.granted("tom", "launch/patient patient/*.cruds", Some(&patient));
    assert_eq!(reader.member("scope"), "launch/patient patient/*.rs");
    patch(&reader.member("access_token")).check_refusal(403, "forbidden");
    let writer = world.granted("tom", "user/Task.cruds", None).member("access_token");
    assert_eq!(patch(&writer).status, 200);
}

#[test]
fn a_persons_app_is_not_the_partners_system() {
    let world = World::new();
    let token = world.granted("ada", "user/*.cruds", None).member("access_token");
    for (method, path) in [("GET", "$endpoint"), ("DELETE", "$endpoint"), ("GET", "$catch-up"), ("POST", "$catch-up")] {
        let answer = Ask::new(method, &format!("/ontario/{path}")).bearer(&token).json().body("").send(&world.server);
        answer.check_refusal(403, "forbidden");
    }
    let message = Ask::post("/ontario/$process-message").header("Content-Type", JSON).bearer(&token).json().body("{}");
    message.send(&world.server).check_refusal(403, "forbidden");
}

#[test]
fn the_audit_is_read_with_all_that_the_partner_may_see_and_not_with_one_patient() {
    let world = World::new();
    let patient = world.refer(1);
    let token = |scope: &str, patient| world.granted("ada", scope, patient).member("access_token");
    let about_one = token("launch/patient patient/*.rs", Some(&*patient));
    world.read(&about_one, "AuditEvent").check_refusal(403, "forbidden");
    assert_eq!(world.read(&token("user/*.rs", None), "AuditEvent").status, 200);
}

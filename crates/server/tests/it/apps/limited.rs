//! An app whose scopes are limited by a search: what the person is asked, what the app gets, what it sees and changes.

use baton_exchange::{
    decision::{Batch, Change},
    id::Home,
};
use baton_store::ResourceQuestion;
use serde_json::json;
use tokio::runtime::Runtime;

use super::{Asking, Browser, PASSWORD, World, values};
use crate::harness::{Answer, Ask, FORM};

fn turn(world: &World, token: &str, task: &str, status: &str) -> Answer {
    let ask = Ask::new("PATCH", &format!("/ontario/Task/{task}"));
    let patch = json!([{"op": "replace", "path": "/status", "value": status}]).to_string();
    ask.header("Content-Type", "application/json-patch+json").bearer(token).json().body(patch).send(&world.server)
}

fn ids(answer: &Answer) -> Vec<String> {
    let entries = answer.value()["entry"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["resource"]["id"].as_str().expect("an id").to_owned()).collect()
}

/// Three referrals with a Task each, of which the first was accepted, and their patients.
fn three(world: &World) -> (Vec<String>, Vec<String>) {
    let patients = [1, 2, 3].map(|number| world.refer(number)).to_vec();
    let tasks = world.ids("centre-e", "Task");
    let all = world.granted("tom", "user/*.cruds", None).member("access_token");
    assert_eq!(turn(world, &all, &tasks[0], "accepted").status, 200);
    (patients, tasks)
}

/// Threat: T33
#[test]
fn a_query_that_is_not_decided_is_left_out_of_what_is_granted() {
    let world = World::new();
    let asked = "openid user/Task.rs?foo=1 user/*.rs?status=a user/Task.rs?status:not=a system/Task.rs?status=a \
                 user/Messaging.write?status=a patient/Task.cud?status=a user/Task.rs?status=requested";
    let given = world.granted("ada", asked, None);
    assert_eq!(given.member("scope"), "openid user/Task.rs?status=requested");
    let browser = Browser::new(&world);
    let refused = browser.get(&Asking::of("viewer", "user/Task.rs?foo=1").path());
    assert_eq!(super::came_back(&refused, "error"), "invalid_scope");
}

#[test]
fn a_person_is_told_what_the_limit_is_and_may_take_it_out() {
    let world = World::new();
    let browser = Browser::new(&world);
    let asked = "user/Task.rs?status=requested,accepted user/Patient.r?identifier=%3Cb%3E|1";
    let page = browser.log_in(&browser.get(&Asking::of("viewer", asked).path()), "ada", PASSWORD);
    let text = page.text();
    for words in [
        "records of the kind Task that you may see yourself, only those whose status is &quot;requested&quot; or \
         &quot;accepted&quot;",
        "only those whose identifier is &quot;&lt;b&gt;|1&quot;",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(values(&page, "scope"), asked.split(' ').collect::<Vec<_>>());
}

/// Threat: T33
#[test]
fn an_app_sees_and_changes_what_fits_the_limit_of_its_users_scopes() {
    let world = World::new();
    let (_, tasks) = three(&world);
    let given = world.granted("tom", "user/Task.cruds?status=requested", None);
    let token = given.member("access_token");
    assert_eq!(ids(&world.read(&token, "Task")), tasks[1..]);
    for (rest, expected) in [("", 404), ("/_history", 200), ("/_history/1", 200), ("/_history/2", 404)] {
        assert_eq!(world.read(&token, &format!("Task/{}{rest}", tasks[0])).status, expected, "{rest}");
    }
    assert_eq!(world.read(&token, &format!("Task/{}/_history", tasks[0])).member("total"), "1");
    for query in [format!("_id={}", tasks[0]), "status=accepted".to_owned()] {
        assert_eq!(world.read(&token, &format!("Task?{query}")).member("total"), "0", "{query}");
    }
    assert_eq!(turn(&world, &token, &tasks[0], "completed").status, 404);
    turn(
        &world,
        &world.granted("tom", "user/Task.rs?status=requested", None).member("access_token"),
        &tasks[1],
        "requested",
    )
    .check_refusal(403, "forbidden");
    turn(&world, &token, &tasks[1], "accepted").check_refusal(403, "forbidden");
    assert_eq!(turn(&world, &token, &tasks[1], "requested").status, 200);
    world.read(&token, "Patient").check_refusal(403, "forbidden");
    let form = format!("client_id=centre-e&client_secret=secret-of-centre-e&token={token}");
    let looked = Ask::post("/oauth/introspect").header("Content-Type", FORM).body(form).send(&world.server);
    assert_eq!(looked.member("scope"), "user/Task.cruds?status=requested");
}

/// Threat: T33, T32
#[test]
fn about_one_patient_an_app_sees_what_fits_the_limit() {
    let world = World::new();
    let (patients, tasks) = three(&world);
    let of = |scope: &str, patient: usize| {
        let token = world.granted("tom", &format!("launch/patient {scope}"), Some(&patients[patient]));
        let found = world.read(&token.member("access_token"), "Task");
        let read = |id: &&String| world.read(&token.member("access_token"), &format!("Task/{id}")).status == 200;
        assert_eq!(found.member("total"), ids(&found).len().to_string());
        assert_eq!(tasks.iter().filter(read).collect::<Vec<_>>(), ids(&found).iter().collect::<Vec<_>>(), "{scope}");
        ids(&found)
    };
    assert_eq!(of("patient/Task.rs?status=requested", 0), [""; 0]);
    assert_eq!(of("patient/Task.rs?status=requested", 1), tasks[1..2]);
    assert_eq!(of("patient/Task.rs?status=accepted", 0), tasks[..1]);
    assert_eq!(of("patient/Task.rs user/Task.rs?status=accepted", 2), [tasks[0].clone(), tasks[2].clone()]);
    assert_eq!(of("patient/Task.rs?status=accepted user/Task.rs?status=requested", 0), tasks);
    assert_eq!(of("patient/Task.rs?status=requested patient/Task.rs?status=accepted", 0), tasks[..1]);
    let patient = world.granted("tom", "launch/patient patient/Patient.rs?identifier=nobody", Some(&patients[0]));
    assert_eq!(world.read(&patient.member("access_token"), "Patient").member("total"), "0");
    assert_eq!(world.read(&patient.member("access_token"), &format!("Patient/{}", patients[0])).status, 404);
}

#[test]
fn what_is_limited_by_a_reference_is_about_what_that_leads_to() {
    let world = World::new();
    let (patients, tasks) = three(&world);
    let request = world.ids("centre-e", "ServiceRequest").pop().expect("a ServiceRequest");
    for (query, expected) in [
        (format!("patient=Patient/{}", patients[1]), &tasks[1..2]),
        (format!("subject={},{}", patients[0], patients[1]), &tasks[..2]),
        (format!("based-on=ServiceRequest/{request}"), &tasks[2..]),
        (format!("based-on={request}&status=accepted"), &[]),
    ] {
        let token = world.granted("tom", &format!("user/Task.rs?{query}"), None).member("access_token");
        assert_eq!(ids(&world.read(&token, "Task")), expected, "{query}");
        let read = |id: &&String| world.read(&token, &format!("Task/{id}")).status == 200;
        assert_eq!(tasks.iter().filter(read).count(), expected.len(), "{query}");
    }
}

/// Threat: T19
#[test]
fn the_next_token_is_limited_no_less() {
    let mut world = World::new();
    let refresh = |world: &World, token: &str, scope: &str| {
        let form =
            [("grant_type", "refresh_token"), ("client_id", "viewer"), ("refresh_token", token), ("scope", scope)];
        world.token(&form[..if scope.is_empty() { 3 } else { 4 }])
    };
    let granted = "user/Task.rs?status=requested,accepted offline_access";
    let first = world.granted("ada", granted, None);
    let shown = first.member("refresh_token");
    for wider in ["user/Task.rs", "user/Task.rs?status=completed", "user/Task.rs?foo=1&status=requested", "user/*.rs"] {
        assert_eq!(refresh(&world, &shown, wider).member("error"), "invalid_scope", "{wider}");
    }
    let fewer = refresh(&world, &shown, "user/Task.r?status=accepted");
    assert_eq!(fewer.member("scope"), "user/Task.r?status=accepted");
    let config = world.config.replace("\"user/*.cruds\"", "\"user/Task.cruds?status=accepted\"");
    world.server.reconfigure(&config);
    world.read(&first.member("access_token"), "Task").check_refusal(403, "forbidden");
    assert_eq!(world.read(&fewer.member("access_token"), "Task").status, 403);
    assert_eq!(world.read(&fewer.member("access_token"), "Task/unknown").status, 404);
    let last = refresh(&world, &fewer.member("refresh_token"), "");
    assert_eq!(last.member("scope"), "offline_access");
}

/// Who sees a part is not told that something was cleared: it could have been out of it.
/// Threat: T33
#[test]
fn what_was_cleared_is_for_who_sees_a_part_as_if_it_had_never_been() {
    let world = World::new();
    let (_, tasks) = three(&world);
    let token = |scope: &str| world.granted("tom", scope, None).member("access_token");
    let (whole, limited) = (token("user/*.cruds"), token("user/Task.cruds?status=requested"));
    clear(&world, &tasks[1]);
    let path = format!("Task/{}", tasks[1]);
    for rest in ["", "/_history", "/_history/1"] {
        assert_eq!(world.read(&whole, &format!("{path}{rest}")).status, 410, "{rest}");
        assert_eq!(world.read(&limited, &format!("{path}{rest}")).status, 404, "{rest}");
    }
    assert_eq!(turn(&world, &limited, &tasks[1], "requested").status, 404);
}

/// Clears the referral of a Task.
fn clear(world: &World, task: &str) {
    let home = Home::shared(&"ontario".into());
    let question =
        ResourceQuestion { home, resource_type: "Task".to_owned(), id: task.to_owned(), version: None, seen_by: None };
    Runtime::new().expect("a runtime").block_on(async {
        let stored = world.store.resource(question).await.expect("the store is well").found().expect("a Task");
        let changes = vec![Change::Erase { home, referral: stored.referral }];
        world.store.commit(Batch { asserts: Vec::new(), changes }).await.expect("the store is well");
    });
}

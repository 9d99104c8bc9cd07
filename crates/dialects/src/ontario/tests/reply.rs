//! How what was accepted is answered, in every shape, and what a repeat and an early message hear.
//! Source: spec of Ontario, 1.4 step 3 and 1.5; seeds/003, "Message Responses".

use expect_test::expect;
use serde_json::{Value, json};

use super::{Letter, VERSIONS, World, source, system_of, target};
use crate::ontario::{Shape, Unknown, Version};

/// What the answer to an accepted message is.
fn shape(body: &Value, status: u16) -> String {
    let kind = match (body["resourceType"].as_str(), body["type"].as_str()) {
        (Some("Bundle"), Some("message")) => {
            let header = &body["entry"][0]["resource"];
            let task =
                &body["entry"].as_array().and_then(|it| it.iter().find(|it| it["resource"]["resourceType"] == "Task"));
            let state = task.map_or(Value::Null, |task| task["resource"]["status"].clone());
            format!("message {} Task {state}", header["eventCoding"]["code"])
        }
        (Some("Bundle"), _) => {
            let types = body["entry"].as_array().into_iter().flatten().map(|it| it["resource"]["resourceType"].clone());
            let has = |name: &str| types.clone().any(|it| it == name);
            format!("echo Task {} header {}", has("Task"), has("MessageHeader"))
        }
        (Some(other), _) => other.to_owned(),
        (None, _) => "nothing".to_owned(),
    };
    format!("{status} {kind}")
}

#[test]
fn every_shape_of_an_answer() {
    let mut lines = String::new();
    for version in VERSIONS {
        for reply in [None, Some(Shape::Echo), Some(Shape::Message), Some(Shape::Outcome), Some(Shape::Status)] {
            let mut world = World::new();
            for partner in [source(version), target(version)] {
                world.register(&partner, |registered| registered.reply = reply);
            }
            let of_source = |name: &str, event| Letter::of_source(version, name, event, 0, &target(version));
            let submit = world.send(&source(version), &of_source("submit", "add-service-request").bundle());
            let event = if version == Version::V010 { "notify-update-status" } else { "notify-update-process-request" };
            let turn = Letter::of_target(version, "turn", event, 10).task("accepted").about("R-1", &source(version));
            let turn = turn.edit("request", |it| it["identifier"][0]["system"] = json!(system_of(&source(version))));
            let turn = world.send(&target(version), &turn.bundle());
            let revoke = world.send(&source(version), &of_source("revoke", "revoke-service-request").bundle());
            let [submit, turn, revoke] = [submit, turn, revoke].map(|it| shape(&it.body, it.status));
            lines += &format!("{version:?} {reply:?}: {submit} | {turn} | {revoke}\n");
        }
    }
    expect![[r#"
        V010 None: 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Echo): 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Message): 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Outcome): 200 OperationOutcome | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Status): 204 nothing | 204 nothing | 204 nothing
        V011 None: 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        V011 Some(Echo): 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        V011 Some(Message): 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        V011 Some(Outcome): 200 OperationOutcome | 200 OperationOutcome | 200 OperationOutcome
        V011 Some(Status): 204 nothing | 204 nothing | 204 nothing
        Erec None: 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        Erec Some(Echo): 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        Erec Some(Message): 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        Erec Some(Outcome): 200 OperationOutcome | 200 OperationOutcome | 200 OperationOutcome
        Erec Some(Status): 204 nothing | 204 nothing | 204 nothing
    "#]].assert_eq(&lines);
}

#[test]
fn an_answering_message_quotes_what_it_answers() {
    let mut world = World::new();
    let submit = Letter::of_source(Version::V011, "submit", "add-service-request", 0, &target(Version::V011)).bundle();
    let answer = world.send(&source(Version::V011), &submit).is(200);
    let response = &answer.body["entry"][0]["resource"]["response"];
    assert_eq!((&response["identifier"], &response["code"]), (&submit["entry"][0]["resource"]["id"], &json!("ok")));
}

#[test]
fn a_repeat_gets_the_same_answer_and_another_content_none() {
    let mut world = World::new();
    let submit = Letter::of_source(Version::V011, "submit", "add-service-request", 0, &target(Version::V011));
    let first = world.send(&source(Version::V011), &submit.bundle()).is(200);
    let again = world.send(&source(Version::V011), &submit.bundle()).is(200).says("replay");
    assert_eq!((first.body, world.referrals.len(), world.notices.len()), (again.body, 1, 4));
    let other = submit.edit("request", |it| it["priority"] = json!("stat")).bundle();
    world.send(&source(Version::V011), &other).is(409).says("dup-content");
    let anew = Letter::of_source(Version::V011, "anew", "add-service-request", 0, &target(Version::V011));
    world.send(&source(Version::V011), &anew.bundle()).is(409).says("sub-known");
}

#[test]
fn a_partner_may_hear_202_of_what_comes_early() {
    let mut world = World::new();
    world.register(&target(Version::V011), |registered| registered.unknown = Unknown::Accept);
    let turn = Letter::of_target(Version::V011, "turn", "notify-update-process-request", 10).task("accepted");
    world.send(&target(Version::V011), &turn.bundle()).is(202).says("msg-orphan");
    world.send(&target(Version::V011), &turn.bundle()).is(202);
    assert_eq!(world.orphans.len(), 1);
}

//! By what a referral is found, and by what it must not be.
//! Source: spec of Ontario, 1.4 step 5 and 15 row 9; contract, "only its parties see it".

use serde_json::{Value, json};

use super::{Answer, Letter, World, remove, source, system_of, target};
use crate::{Way, ontario::Version};

const V: Version = Version::V011;
const MOVE: &str = "notify-update-process-request";

fn submit(number: &str) -> Letter {
    let letter = Letter::of_source(V, number, "add-service-request", 0, &target(V)).about(number, &source(V));
    letter.edit("request", |it| it["identifier"][0]["value"] = json!(number))
}

fn submitted(numbers: &[&str]) -> World {
    let mut world = World::new();
    numbers.iter().for_each(|number| _ = world.send(&source(V), &submit(number).bundle()).is(200));
    world
}

fn stages(world: &World) -> Vec<&'static str> {
    world.referrals.iter().map(|it| it.course.as_ref().expect("it has one").stage.as_str()).collect()
}

/// A status that names its referral in one way only.
fn turn(edit: impl Fn(&mut Value)) -> Letter {
    Letter::of_target(V, "turn", MOVE, 10).nameless().without("request").task("accepted").edit("task", edit)
}

#[test]
fn each_name_alone_is_enough() {
    let number = json!({"system": system_of(&source(V)), "value": "R-1"});
    let by_identifier = turn(|it| it["basedOn"] = json!([{"identifier": number}]));
    let by_extension = turn(|it| remove(it, &["basedOn"])).about("R-1", &source(V));
    let by_older_extension = turn(|it| remove(it, &["basedOn"])).about("R-1", &source(V)).older_name();
    let by_request = Letter::of_target(V, "turn", MOVE, 10).nameless().task("accepted");
    for letter in [by_identifier, by_extension, by_older_extension, by_request] {
        let mut world = submitted(&["R-1"]);
        world.send(&target(V), &letter.bundle()).is(200);
        assert_eq!(stages(&world), ["accepted"]);
    }
}

#[test]
fn our_own_id_is_enough() {
    let mut world = submitted(&["R-1"]);
    let reference = format!("ServiceRequest/{}", world.referrals[0].id);
    let letter = turn(|it| it["basedOn"] = json!([{"reference": reference}]));
    world.send(&target(V), &letter.bundle()).is(200);
    assert_eq!(stages(&world), ["accepted"]);
}

#[test]
fn the_header_counts_more_than_a_request() {
    let mut world = submitted(&["R-1", "R-2"]);
    let letter = Letter::of_target(V, "turn", MOVE, 10).about("R-2", &source(V)).task("accepted");
    world.send(&target(V), &letter.bundle()).is(200);
    assert_eq!(stages(&world), ["requested", "accepted"]);
}

#[test]
fn the_number_of_a_chart_leads_a_source_to_no_other_referral() {
    let mut world = submitted(&["R-1"]);
    let change = submit("R-2").named("change").event("notify-update-service-request");
    world.send(&source(V), &change.bundle()).is(404).says("msg-orphan");
    assert_eq!(world.orphans.len(), 1);
    world.send(&source(V), &submit("R-2").bundle()).is(200);
    assert_eq!(world.referrals.len(), 2);
}

#[test]
fn the_number_of_a_chart_leads_a_target_to_no_other_referral() {
    let mut world = submitted(&["R-1"]);
    let letter = Letter::of_target(V, "turn", MOVE, 10).about("R-2", &source(V)).task("accepted");
    let letter = letter.edit("request", |it| it["identifier"][0]["value"] = json!("R-2"));
    world.send(&target(V), &letter.bundle()).is(404).says("msg-orphan");
    assert_eq!(stages(&world), ["requested"]);
    world.send(&source(V), &submit("R-2").bundle()).is(200);
    assert_eq!(stages(&world), ["requested", "accepted"]);
}

#[test]
fn an_early_message_does_not_wait_for_another_referral_of_the_chart() {
    let mut world = World::new();
    let letter = Letter::of_target(V, "turn", MOVE, 10).about("R-2", &source(V)).task("accepted");
    let letter = letter.edit("request", |it| it["identifier"][0]["value"] = json!("R-2"));
    world.send(&target(V), &letter.bundle()).is(404);
    world.send(&source(V), &submit("R-1").bundle()).is(200);
    assert_eq!((stages(&world), world.orphans.len()), (vec!["requested"], 1));
    world.send(&source(V), &submit("R-2").bundle()).is(200);
    assert_eq!((stages(&world), world.orphans.len()), (vec!["requested", "accepted"], 0));
}

#[test]
fn a_target_may_put_its_own_number_first() {
    let mut world = submitted(&["R-1"]);
    let letter = Letter::of_target(V, "turn", MOVE, 10).nameless().task("accepted").edit("request", |it| {
        let others = it["identifier"].as_array().cloned().unwrap_or_default();
        let own = json!({"system": "https://target.example.org", "value": "T-1"});
        it["identifier"] = Value::Array([vec![own], others].concat());
    });
    world.send(&target(V), &letter.bundle()).is(200);
    let by_own = turn(|it| {
        it["status"] = json!("completed");
        it["basedOn"] = json!([{"identifier": {"system": "https://target.example.org", "value": "T-1"}}]);
    });
    world.send(&target(V), &by_own.named("by own").bundle()).is(200);
    assert_eq!(stages(&world), ["completed"]);
}

/// Threat: T58
#[test]
fn two_sources_may_use_the_same_number() {
    let mut world = submitted(&["R-1"]);
    let other = Letter::of_source(Version::Erec, "other", "add-service-request", 0, &target(V));
    world.send(&source(Version::Erec), &other.bundle()).is(200);
    assert_eq!(world.referrals.len(), 2);
    let letter = Letter::of_target(V, "turn", MOVE, 10).task("accepted");
    world.send(&target(V), &letter.bundle()).is(200);
    assert_eq!(stages(&world), ["accepted", "requested"]);
}

#[test]
fn a_number_without_a_system_that_two_have_is_no_name() {
    let mut world = submitted(&["R-1"]);
    let other = Letter::of_source(Version::Erec, "other", "add-service-request", 0, &target(V));
    world.send(&source(Version::Erec), &other.bundle()).is(200);
    let letter = turn(|it| remove(it, &["basedOn"])).about("R-1", "").older_name();
    world.send(&target(V), &letter.bundle()).is(412).says("ref-several");
}

/// Threat: T51
#[test]
fn who_has_no_part_in_it_hears_of_no_referral() {
    let mut world = submitted(&["R-1"]);
    let stranger = Letter::of_target(Version::V010, "turn", "notify-update-status", 10).task("accepted");
    let unknown = world.send(&target(Version::V010), &stranger.bundle()).is(404);
    assert!(world.orphans.is_empty(), "what never takes effect is not kept");
    let mut empty = World::new();
    let absent = empty.send(&target(Version::V010), &stranger.bundle()).is(404);
    assert_eq!(unknown.rules, absent.rules);
}

fn put(world: &mut World, number: &str, body: &Letter) -> Answer {
    let way = Way::PutRequest { system: Some(system_of(&source(V))), value: number.to_owned() };
    world.post(&source(V), &body.bundle(), way)
}

#[test]
fn a_change_by_address_changes_what_it_names() {
    let mut world = submitted(&["R-1"]);
    let change = submit("R-1").named("change").edit("request", |it| it["priority"] = json!("stat"));
    put(&mut world, "R-1", &change).is(200);
    assert_eq!(super::onward::requests(&world)[0]["priority"], json!("stat"));
    put(&mut world, "R-9", &change).is(404);
    put(&mut world, "R-1", &submit("R-2").named("mismatch")).is(400).says("http-address");
    assert_eq!((world.referrals.len(), world.orphans.len()), (1, 0), "nothing is made or kept by it");
}

/// Threat: T51
#[test]
fn a_change_by_address_that_two_have_is_refused() {
    let mut world = submitted(&["R-1", "R-2"]);
    let way = Way::PutRequest { system: Some("https://charts.example.org".to_owned()), value: "chart-9".to_owned() };
    let change = submit("R-1").named("change");
    world.post(&source(V), &change.bundle(), way).is(412).says("ref-several");
}

#[test]
fn the_address_without_a_referral_needs_one_in_the_body() {
    let mut world = submitted(&["R-1"]);
    let change = submit("R-1").named("change").edit("request", |it| it["priority"] = json!("stat"));
    world.post(&source(V), &change.bundle(), Way::PutBundle).is(200);
    world.post(&target(V), &change.named("by target").bundle(), Way::PutBundle).is(403);
    world.post(&source(V), &submit("R-9").bundle(), Way::PutBundle).is(404);
    assert_eq!(world.orphans.len(), 0);
}

#[test]
fn a_change_by_address_may_give_more_numbers() {
    let mut world = submitted(&["R-1"]);
    let change = submit("R-1").named("change");
    let change = change.edit("request", |it| super::add_number(it, "https://more.example.org", "m-1"));
    put(&mut world, "R-1", &change).is(200);
    let number = json!({"system": "https://more.example.org", "value": "m-1"});
    let letter = turn(|it| it["basedOn"] = json!([{"identifier": number}]));
    world.send(&target(V), &letter.bundle()).is(200);
    assert_eq!(stages(&world), ["accepted"]);
}

//! What targets answer to what they are sent. Source: spec of Ontario, 1.2, 1.5 and 1.6.

use baton_exchange::{id::ReferralId, referral::Stage, time::Timestamp};
use serde_json::{Value, json};

use super::{Letter, World, source, target, third};
use crate::{Way, ontario::Version};

const V: Version = Version::V011;

/// A referral that was sent on to its target, at that moment.
fn sent() -> (World, ReferralId) {
    let mut world = World::new();
    let add = Letter::of_source(V, "add", "add-service-request", 0, &target(V)).bundle();
    world.send(&source(V), &add).is(200);
    let referral = world.referrals[0].id;
    world.notices.clear();
    (world, referral)
}

/// The target's answer: its request under a number of its own, and the Task.
fn answer(status: &str, at: Option<i64>) -> Value {
    let mut answer = json!({"resourceType": "Bundle", "type": "collection", "entry": [
        {"fullUrl": "https://target.example.org/ServiceRequest/77", "resource": {"resourceType": "ServiceRequest", "id": "77",
         "identifier": [{"system": "urn:target:case", "value": "L-7"}], "status": "active", "intent": "proposal",
         "subject": {"display": "x"}}},
        {"fullUrl": "https://target.example.org/Task/78", "resource": {"resourceType": "Task", "id": "78", "status": status,
         "basedOn": [{"reference": "ServiceRequest/77"}], "intent": "order",
         "code": {"coding": [{"code": "process-request"}]}}}]});
    if let Some(secs) = at {
        answer["timestamp"] = super::bundle::at(secs).into();
    }
    answer
}

fn way(referral: ReferralId, event: &str) -> Way {
    let told = Timestamp::parse(&super::bundle::at(1)).expect("it is a time");
    Way::Reply { referral, event: event.to_owned(), told }
}

const ADD: &str = "add-service-request";

fn stage(world: &World) -> Option<Stage> {
    world.referrals[0].course.as_ref().map(|course| course.stage)
}

#[test]
fn nobody_but_the_target_can_answer_for_it() {
    for other in [source(V), third(V), target(Version::V010)] {
        let (mut world, referral) = sent();
        let status = world.post(&other, &answer("accepted", None), way(referral, ADD)).status;
        assert!(matches!(status, 403 | 404), "{other}: {status}");
        assert_eq!(stage(&world), Some(Stage::Requested));
    }
}

#[test]
fn a_faulty_task_is_not_taken() {
    let (mut world, referral) = sent();
    world.post(&target(V), &answer("soon", None), way(referral, ADD)).is(400);
    assert_eq!((stage(&world), world.notices.len()), (Some(Stage::Requested), 0));
}

#[test]
fn faults_beside_the_task_do_not_matter() {
    let (mut world, referral) = sent();
    let mut answer = answer("accepted", None);
    answer["entry"][0]["resource"]["status"] = "soon".into();
    answer["type"] = "anything".into();
    world.post(&target(V), &answer, way(referral, ADD)).is(204);
    assert_eq!(stage(&world), Some(Stage::Accepted));
}

#[test]
fn a_task_moves_the_referral_and_all_others_hear_it() {
    let (mut world, referral) = sent();
    world.post(&target(V), &answer("accepted", Some(5)), way(referral, ADD)).is(204);
    assert_eq!(stage(&world), Some(Stage::Accepted));
    let told: Vec<&str> = world.notices.iter().map(|notice| notice.partner.as_str()).collect();
    assert!(told.contains(&source(V).as_str()) && told.contains(&third(V).as_str()), "{told:?}");
    assert!(!told.contains(&target(V).as_str()), "{told:?}");
}

#[test]
fn an_answer_that_comes_again_changes_nothing() {
    let (mut world, referral) = sent();
    world.post(&target(V), &answer("accepted", Some(5)), way(referral, ADD)).is(204);
    let (told, version) = (world.notices.len(), world.referrals[0].version);
    world.post(&target(V), &answer("accepted", Some(5)), way(referral, ADD)).is(204);
    assert_eq!((world.notices.len(), world.referrals[0].version), (told, version));
}

#[test]
fn an_answer_that_comes_again_after_a_later_word_turns_nothing_back() {
    for at in [None, Some(5)] {
        let (mut world, referral) = sent();
        world.post(&target(V), &answer("accepted", at), way(referral, ADD)).is(204);
        let turn = Letter::of_target(V, "turn", "notify-update-process-request", 60).task("completed").focus("task");
        world.send(&target(V), &turn.bundle()).is(200);
        assert_eq!(stage(&world), Some(Stage::Completed));
        world.post(&target(V), &answer("accepted", at), way(referral, ADD)).is(204);
        assert_eq!(stage(&world), Some(Stage::Completed), "{at:?}");
    }
}

#[test]
fn what_the_target_said_early_under_its_own_number_takes_effect() {
    let (mut world, referral) = sent();
    let early = json!({"resourceType": "Bundle", "id": "early", "type": "message", "timestamp": super::bundle::at(9), "entry": [
        {"fullUrl": "urn:uuid:5d1f3d06-0000-4000-8000-000000000001", "resource": {"resourceType": "MessageHeader",
         "eventCoding": {"code": "notify-update-process-request"}, "source": {"endpoint": "https://target.example.org"},
         "focus": [{"reference": "urn:uuid:5d1f3d06-0000-4000-8000-000000000002"}]}},
        {"fullUrl": "urn:uuid:5d1f3d06-0000-4000-8000-000000000002", "resource": {"resourceType": "Task", "status": "in-progress",
         "basedOn": [{"identifier": {"system": "urn:target:case", "value": "L-7"}}], "intent": "order",
         "code": {"coding": [{"code": "process-request"}]}}}]});
    world.send(&target(V), &early).is(404);
    world.post(&target(V), &answer("accepted", Some(5)), way(referral, ADD)).is(204);
    assert_eq!((stage(&world), world.orphans.len()), (Some(Stage::InProgress), 0));
}

#[test]
fn of_the_answer_to_a_withdrawal_nothing_is_read() {
    let (mut world, referral) = sent();
    let revoke = Letter::of_source(V, "revoke", "revoke-service-request", 30, &target(V)).bundle();
    world.send(&source(V), &revoke).is(200);
    world.post(&target(V), &json!("thanks"), way(referral, "revoke-service-request")).is(204);
    world.post(&target(V), &answer("accepted", None), way(referral, ADD)).is(410);
    assert!(world.resources.is_empty());
}

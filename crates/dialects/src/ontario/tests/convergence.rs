//! Messages that arrive in any order, some of them twice, come to the same end.
//! Source: spec of Ontario, 1.4 steps 5, 7 and 8; spec A10 and A11.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use baton_exchange::{
    referral::{Part, ReferralState, Stage},
    resource::IndexKey,
};
use proptest::{prelude::*, test_runner::RngSeed};
use serde_json::{Value, json};

use super::{Letter, World, add_number, remove, source, target};
use crate::ontario::Version;

/// What a referral has come to, without what the order of arrival leaves behind: versions and times of receipt.
#[derive(Debug, PartialEq)]
struct End {
    state: ReferralState,
    stage: Stage,
    parties: BTreeSet<(String, Part)>,
    resources: BTreeMap<String, Value>,
    names: BTreeSet<IndexKey>,
    patient: Vec<baton_exchange::referral::PatientKey>,
}

fn end(world: &World) -> Vec<End> {
    let mut ends = Vec::new();
    for referral in &world.referrals {
        let course = referral.course.as_ref().expect("it has a course");
        let resources = world.resources.iter().filter(|it| it.referral == referral.id);
        let body = |body: &[u8]| serde_json::from_slice(body).expect("it is JSON");
        ends.push(End {
            state: referral.state,
            stage: course.stage,
            parties: course.parties.iter().map(|party| (party.partner.to_string(), party.part)).collect(),
            resources: resources.map(|it| (format!("{}/{}", it.resource_type, it.id), body(&it.body))).collect(),
            names: world.names.iter().filter(|row| row.0 == referral.id).map(|row| row.1).collect(),
            patient: referral.patient.clone(),
        });
    }
    ends
}

/// What all orders come to.
static EXPECTED: LazyLock<Vec<End>> = LazyLock::new(|| end(&sent(&in_order())));

const V: Version = Version::V011;

fn by_target(name: &str, event: &str, secs: i64) -> Letter {
    Letter::of_target(V, name, event, secs)
}

/// Who sends what. The first one is the submission.
fn messages() -> Vec<(String, Letter)> {
    let by_source = statements().into_iter().chain(questions()).map(|letter| (source(V), letter));
    let by_target = [corrections(), turns(), bookings(), answers()].into_iter().flatten();
    by_source.chain(by_target.map(|letter| (target(V), letter))).collect()
}

fn statements() -> Vec<Letter> {
    let change = |name: &str, secs| Letter::of_source(V, name, "notify-update-service-request", secs, &target(V));
    vec![
        Letter::of_source(V, "submit", "add-service-request", 0, &target(V)),
        change("change 1", 20).edit("request", |it| {
            it["priority"] = json!("urgent");
            add_number(it, "https://more.example.org", "m-1");
        }),
        change("change 2", 60)
            .without("letter")
            .edit("request", |it| {
                it["note"] = json!([{"text": "afternoons"}]);
                remove(it, &["supportingInfo"]);
            })
            .edit("patient", |it| it["birthDate"] = json!("1950-01-02")),
    ]
}

fn corrections() -> Vec<Letter> {
    let correct = |name: &str, secs| by_target(name, "notify-data-correction", secs).focus("request");
    vec![
        correct("correct 1", 30)
            .edit("request", |it| it["priority"] = json!("asap"))
            .edit("patient", |it| it["gender"] = json!("female")),
        correct("correct 2", 90)
            .edit("request", |it| {
                it["code"]["coding"][0]["code"] = json!("1");
                add_number(it, "https://target.example.org", "own");
            })
            .edit("patient", |it| add_number(it, "https://charts.target.example.org", "mr-1")),
    ]
}

fn turns() -> Vec<Letter> {
    let turn = |name: &str, secs, status: &str| by_target(name, "notify-update-process-request", secs).task(status);
    let no = |name: &str, secs| {
        turn(name, secs, "rejected").edit("task", |it| it["lastModified"] = json!("2026-03-02T00:00:00Z"))
    };
    vec![
        turn("received", 10, "received"),
        turn("accepted", 40, "accepted").edit("task", |it| {
            it["statusReason"] = json!({"text": "of course"});
            add_number(it, "https://tasks.example.org", "t-1");
        }),
        // the same words again, which answer what was said between
        no("no", 42),
        turn("yes after all", 44, "accepted"),
        no("no again", 46),
        turn("waiting", 100, "on-hold")
            .without("performer")
            .edit("task", |it| {
                it["businessStatus"] = json!({"text": "on the list"});
                remove(it, &["owner"]);
            })
            .edit("request", |it| remove(it, &["performer"])),
        turn("done", 120, "completed"),
    ]
}

fn bookings() -> Vec<Letter> {
    let turn = |name: &str, secs, status: &str| by_target(name, "notify-update-process-request", secs).task(status);
    vec![
        by_target("book 1", "notify-add-appointment", 50).appointment("a-1", "booked", 5),
        by_target("book 2", "notify-add-appointment", 70).appointment("a-2", "booked", 7),
        turn("rebook 1", 80, "accepted").appointment("a-1", "booked", 6),
        turn("cancel 2", 110, "in-progress").appointment("a-2", "cancelled", 7),
    ]
}

/// Two of the source's with the same words: one says no more than that it was sent later.
fn questions() -> Vec<Letter> {
    let ask = |name: &str, secs| {
        Letter::of_source(V, name, "send-communication-from-requester", secs, &target(V))
            .without("letter")
            .edit("request", |it| remove(it, &["supportingInfo"]))
            .communication("when?")
            .only_focus("communication")
    };
    vec![ask("ask 1", 15), ask("ask 2", 65)]
}

fn answers() -> Vec<Letter> {
    let answer = |name: &str, secs| by_target(name, "send-communication-from-provider", secs);
    vec![
        answer("answer 1", 75)
            .communication("when?")
            .edit("communication", |it| it["sender"] = json!({"reference": "@performer"})),
        // named by the older extension alone, as is known of senders of newer versions
        answer("answer 2", 76)
            .older_name()
            .communication("soon")
            .without("request")
            .without("patient")
            .edit("communication", |it| remove(it, &["basedOn", "subject"])),
    ]
}

/// Sends messages in that order; nobody is refused but for the absence of the referral.
fn sent(order: &[usize]) -> World {
    let messages: Vec<(String, Value)> = messages().into_iter().map(|(by, letter)| (by, letter.bundle())).collect();
    let mut world = World::new();
    for at in order {
        let (sender, message) = &messages[*at];
        let is_early = world.referrals.is_empty() && *at != 0;
        let answer = world.send(sender, message);
        let expected: &[u16] = if is_early { &[404] } else { &[200] };
        assert!(expected.contains(&answer.status), "{at}: {answer:?}");
    }
    world
}

fn in_order() -> Vec<usize> {
    let messages = messages();
    let mut order: Vec<usize> = (0..messages.len()).collect();
    order.sort_by_key(|at| messages[*at].1.secs());
    order
}

#[test]
fn the_usual_order_comes_to_the_expected_end() {
    let world = sent(&in_order());
    let end = end(&world);
    assert_eq!(end.len(), 1);
    let count = |name: &str| end[0].resources.keys().filter(|it| it.starts_with(name)).count();
    assert_eq!((end[0].stage, count("Appointment/"), count("Communication/")), (Stage::Completed, 2, 4));
    let request = end[0].resources.iter().find(|(it, _)| it.starts_with("ServiceRequest/")).expect("it is there").1;
    assert_eq!((&request["priority"], &request["note"][0]["text"]), (&json!("routine"), &json!("afternoons")));
    assert_eq!(request["code"]["coding"][0]["code"], json!("1"));
    assert_eq!(count("DocumentReference/"), 0, "the second change leaves it out");
}

#[test]
fn what_came_early_is_kept_and_takes_effect() {
    let mut order = in_order();
    order.rotate_left(1);
    let world = sent(&order);
    assert!(world.orphans.is_empty());
    check_end(&EXPECTED, &end(&world), &order);
}

fn check_end(expected: &[End], found: &[End], order: &[usize]) {
    assert_eq!(expected.len(), found.len(), "{order:?}");
    for (expected, found) in expected.iter().zip(found) {
        for (name, resource) in &expected.resources {
            assert_eq!(Some(resource), found.resources.get(name), "{name} after {order:?}");
        }
        assert_eq!(expected, found, "after {order:?}");
    }
}

/// Every message at least once, in any order, some of them again.
fn any_order() -> impl Strategy<Value = Vec<usize>> {
    let count = messages().len();
    (Just(()), proptest::collection::vec(0..count, 0..6)).prop_flat_map(move |((), again)| {
        let all: Vec<usize> = (0..count).chain(again).collect();
        Just(all).prop_shuffle()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_260_302),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_order_with_repeats_comes_to_the_same_end(order in any_order()) {
        let world = sent(&order);
        prop_assert!(world.orphans.is_empty());
        check_end(&EXPECTED, &end(&world), &order);
    }
}

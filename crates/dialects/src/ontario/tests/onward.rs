//! A referral goes on to others, by its target or by its source, and is withdrawn from all of them.
//! Source: spec of Ontario, 1.2 "forwarded", "withdrawn", 5, 9.1 "role enforcement" and decision 10; seeds/003, "Revoke".

use baton_exchange::{
    referral::{PaperKey, Part, ReferralState, Stage},
    resource::IndexKey,
};
use serde_json::{Value, json};

use super::{Letter, World, forward, remove, source, system_of, target};
use crate::ontario::Version;

const V: Version = Version::V011;
const MOVE: &str = "notify-update-process-request";

fn submitted() -> World {
    let mut world = World::new();
    let submit = Letter::of_source(V, "submit", "add-service-request", 0, &target(V));
    world.send(&source(V), &submit.bundle()).is(200);
    world.notices.clear();
    world
}

/// From the target of 0.11 to that of 0.10, and on to that of CA:eReC.
fn chain_of_three() -> World {
    let mut world = submitted();
    world.send(&target(V), &forward(V, &source(V), &target(Version::V010), MOVE).bundle()).is(200);
    let on = forward(Version::V010, &source(V), &target(Version::Erec), "notify-update-status").named("on again");
    world.send(&target(Version::V010), &on.bundle()).is(200);
    world
}

fn parts(world: &World, partner: &str) -> Vec<Option<Part>> {
    let course = |at: usize| world.referrals[at].course.as_ref().expect("it has a course");
    (0..world.referrals.len()).map(|at| course(at).part_of(&partner.into())).collect()
}

fn told(world: &World, partner: &str) -> Vec<String> {
    world.notices.iter().filter(|it| it.partner == partner.into()).map(|it| it.event.clone()).collect()
}

/// The requests of an exchange, in the order in which their referrals came.
pub(super) fn requests(world: &World) -> Vec<Value> {
    let request = |id: String| {
        let found = world.resources.iter().find(|it| it.resource_type == "ServiceRequest" && it.id == id);
        serde_json::from_slice(&found.expect("it is kept").body).expect("it is JSON")
    };
    world.referrals.iter().map(|referral| request(referral.id.to_string())).collect()
}

#[test]
fn a_target_sends_a_referral_on() {
    let mut world = submitted();
    world.send(&target(V), &forward(V, &source(V), &target(Version::V010), MOVE).bundle()).is(200);
    assert_eq!(parts(&world, &target(V)), [Some(Part::FormerTarget), None]);
    assert_eq!(parts(&world, &target(Version::V010)), [None, Some(Part::Target)]);
    assert_eq!(parts(&world, &source(V)), [Some(Part::Source), Some(Part::Source)]);
    assert_eq!(told(&world, &target(Version::V010)), ["add-service-request"]);
    assert_eq!(told(&world, &source(V)), [MOVE]);
    assert!(told(&world, &target(V)).is_empty());
    let onward = &requests(&world)[1];
    assert_eq!(onward["reasonCode"][0]["text"], json!("pain"), "what was asked goes along");
    assert_eq!(onward["identifier"][0]["value"], json!("R-1"), "the source knows it by its own number");
    let replaced = format!("ServiceRequest/{}", world.referrals[0].id);
    assert_eq!(onward["replaces"][0]["reference"], json!(replaced));
}

/// A second referral of somebody, which follows from the first one.
fn following(sender: &str, reference: Value) -> World {
    let mut world = submitted();
    let again = Letter::of_source(V, "more", "add-service-request", 60, &target(Version::V010)).about("R-2", sender);
    let again = again.edit("request", |it| it["basedOn"] = json!([reference]));
    world.send(sender, &again.bundle()).is(200);
    world
}

#[test]
fn a_referral_that_follows_from_another_is_linked_to_it() {
    let number = json!({"identifier": {"system": system_of(&source(V)), "value": "R-1"}});
    let world = following(&source(V), number.clone());
    let links = |world: &World| world.referrals[1].course.as_ref().expect("it has a course").links.clone();
    assert_eq!(links(&world).based_on, Some(world.referrals[0].id));
    assert_eq!(links(&world).replaces, None);
    assert_eq!(world.referrals[0].state, ReferralState::Active, "it goes on beside it");
    // a stranger's is linked to nothing
    let world = following(&source(Version::V010), number);
    assert_eq!(links(&world).based_on, None);
}

/// Two referrals of a sender, each with a requisition.
fn split(second_by: &str, requisitions: [Value; 2]) -> World {
    let mut world = World::new();
    let [first, second] = &requisitions;
    let letter = Letter::of_source(V, "submit", "add-service-request", 0, &target(V));
    world.send(&source(V), &letter.edit("request", |it| it["requisition"] = first.clone()).bundle()).is(200);
    let letter = Letter::of_source(V, "more", "add-service-request", 60, &target(V)).about("R-2", second_by);
    world.send(second_by, &letter.edit("request", |it| it["requisition"] = second.clone()).bundle()).is(200);
    world
}

fn groups(world: &World) -> Vec<Option<IndexKey>> {
    let links = world.referrals.iter().map(|referral| &referral.course.as_ref().expect("it has a course").links);
    links.map(|links| links.requisition).collect()
}

#[test]
fn referrals_that_were_split_from_one_order_hang_together() {
    let number = json!({"value": "ORDER-7"});
    let together = groups(&split(&source(V), [number.clone(), number.clone()]));
    assert!(together[0].is_some() && together[0] == together[1], "{together:?}");
    // another number, another system, another source, no number
    for (by, other) in [
        (source(V), json!({"value": "ORDER-8"})),
        (source(V), json!({"system": "https://orders.example.org", "value": "ORDER-7"})),
        (source(Version::V010), number.clone()),
        (source(V), json!({"system": "https://orders.example.org"})),
    ] {
        let apart = groups(&split(&by, [number.clone(), other.clone()]));
        assert!(apart[0].is_some() && apart[0] != apart[1], "{other}");
    }
}

#[test]
fn a_requisition_names_no_referral() {
    let number = json!({"value": "ORDER-7"});
    let mut world = split(&source(V), [number.clone(), number.clone()]);
    let letter = Letter::of_source(V, "third", "add-service-request", 90, &target(V)).about("ORDER-7", &source(V));
    world.send(&source(V), &letter.bundle()).is(200);
    assert_eq!(world.referrals.len(), 3);
}

#[test]
fn who_said_the_address_of_a_paper_is_known_however_often_it_is_copied() {
    let world = chain_of_three();
    let key = PaperKey::of("https://files.example.org/1");
    let said = |at: usize| -> Vec<String> {
        let course = world.referrals[at].course.as_ref().expect("it has a course");
        course.papers.said_by(key).map(ToString::to_string).collect()
    };
    for at in 0..3 {
        assert!(said(at).contains(&source(V)), "{at}: {:?}", said(at));
    }
}

#[test]
fn papers_go_along() {
    let world = chain_of_three();
    for referral in &world.referrals {
        let papers =
            world.resources.iter().filter(|it| it.referral == referral.id && it.resource_type == "DocumentReference");
        assert_eq!(papers.count(), 1);
    }
    let last = world.notices.iter().rev().find(|it| it.partner == target(Version::Erec).as_str().into());
    let text = String::from_utf8_lossy(&last.expect("it is told").body).into_owned();
    assert!(text.contains("https://files.example.org/1"));
}

#[test]
fn what_came_with_a_letter_stays_with_it() {
    let mut world = submitted();
    let letter = Letter::of_target(V, "letter", "send-communication-from-provider", 20).communication("well?");
    let letter = letter.with("nurse", json!({"resourceType": "Practitioner", "name": [{"family": "Nurse"}]}));
    let letter = letter.edit("communication", |it| it["sender"] = json!({"reference": "@nurse"}));
    world.send(&target(V), &letter.bundle()).is(200);
    world.send(&target(V), &forward(V, &source(V), &target(Version::V010), MOVE).bundle()).is(200);
    let nurses = world.resources.iter().filter(|it| String::from_utf8_lossy(&it.body).contains("Nurse"));
    assert_eq!(nurses.map(|it| it.referral).collect::<Vec<_>>(), [world.referrals[0].id]);
}

#[test]
fn a_former_target_is_refused() {
    let mut world = submitted();
    let task = world.resources.iter().find(|it| it.resource_type == "Task").expect("it is there").clone();
    world.send(&target(V), &forward(V, &source(V), &target(Version::V010), MOVE).bundle()).is(200);
    let late = Letter::of_target(V, "late", MOVE, 500).task("completed");
    world.send(&target(V), &late.bundle()).is(403).says("ref-former-target");
    let appointment = Letter::of_target(V, "late 2", "notify-add-appointment", 500).appointment("a", "booked", 5);
    world.send(&target(V), &appointment.bundle()).is(403);
    let answer = Letter::of_target(V, "late 3", "send-communication-from-provider", 500).communication("x");
    world.send(&target(V), &answer.bundle()).is(403);
    let correct = Letter::of_target(V, "late 4", "notify-data-correction", 500).focus("request");
    world.send(&target(V), &correct.bundle()).is(403);
    world.send(&target(V), &forward(V, &source(V), &target(Version::Erec), MOVE).named("again").bundle()).is(403);
    let mut body: Value = serde_json::from_slice(&task.body).expect("it is JSON");
    body["status"] = json!("completed");
    world.put(&target(V), &body, None).is(403).says("ref-former-target");
    let booking = json!({"resourceType": "Appointment", "status": "proposed", "participant": [{"status": "accepted",
        "actor": {"display": "room"}}], "basedOn": [{"reference": format!("ServiceRequest/{}", world.referrals[0].id)}]});
    world.make(&target(V), &booking).is(403);
    assert_eq!(world.referrals[1].course.as_ref().expect("it has one").stage, Stage::Requested);
}

#[test]
fn the_last_of_a_chain_is_told_what_the_source_says_later() {
    let mut world = chain_of_three();
    assert_eq!(world.referrals.len(), 3);
    assert_eq!(parts(&world, &target(Version::Erec)), [None, None, Some(Part::Target)]);
    world.notices.clear();
    let change = Letter::of_source(V, "change", "notify-update-service-request", 600, &target(V));
    let change = change.edit("request", |it| it["priority"] = json!("stat"));
    world.send(&source(V), &change.bundle()).is(200);
    assert_eq!(told(&world, &target(Version::Erec)), ["notify-update-service-request"]);
    assert!(told(&world, &target(V)).is_empty() && told(&world, &target(Version::V010)).is_empty());
    assert_eq!(requests(&world)[2]["priority"], json!("stat"));
    let ask = Letter::of_source(V, "ask", "send-communication-from-requester", 610, &target(V)).without("letter");
    let ask =
        ask.edit("request", |it| remove(it, &["supportingInfo"])).communication("well?").only_focus("communication");
    world.send(&source(V), &ask.bundle()).is(200);
    assert_eq!(told(&world, &target(Version::Erec)).len(), 2);
}

#[test]
fn a_change_after_a_forward_leaves_who_does_it() {
    let mut world = chain_of_three();
    let change = Letter::of_source(V, "change", "notify-update-service-request", 600, &target(V));
    world.send(&source(V), &change.edit("request", |it| it["priority"] = json!("stat")).bundle()).is(200);
    let kept = &requests(&world)[2];
    let replaced = format!("ServiceRequest/{}", world.referrals[1].id);
    assert_eq!(kept["replaces"][0]["reference"], json!(replaced), "the chain stays");
    assert_eq!(parts(&world, &target(Version::Erec))[2], Some(Part::Target));
}

#[test]
fn a_source_sends_its_referral_to_another_target() {
    let mut world = submitted();
    let again = Letter::of_source(V, "again", "add-service-request", 50, &target(Version::V010))
        .about("R-2", &source(V))
        .with(
            "old",
            json!({"resourceType": "ServiceRequest", "status": "active", "intent": "proposal",
            "identifier": [{"system": super::system_of(&source(V)), "value": "R-1"}],
            "subject": {"reference": "@patient"}}),
        )
        .edit("request", |it| {
            it["identifier"][0]["value"] = json!("R-2");
            it["replaces"] = json!([{"reference": "@old"}]);
        });
    world.send(&source(V), &again.bundle()).is(200);
    assert_eq!(parts(&world, &target(V)), [Some(Part::FormerTarget), None]);
    assert_eq!(parts(&world, &target(Version::V010)), [None, Some(Part::Target)]);
    assert_eq!(told(&world, &target(Version::V010)), ["add-service-request"]);
    let late = Letter::of_target(V, "late", MOVE, 500).task("completed");
    world.send(&target(V), &late.bundle()).is(403);
}

#[test]
fn nobody_replaces_the_referral_of_another_source() {
    let mut world = submitted();
    let other = source(Version::Erec);
    let again = Letter::of_source(Version::Erec, "again", "add-service-request", 50, &target(Version::V010))
        .about("R-2", &other)
        .with(
            "old",
            json!({"resourceType": "ServiceRequest", "status": "active", "intent": "proposal",
            "identifier": [{"system": super::system_of(&source(V)), "value": "R-1"}],
            "subject": {"reference": "@patient"}}),
        )
        .edit("request", |it| {
            it["identifier"][0]["value"] = json!("R-2");
            it["replaces"] = json!([{"reference": "@old"}]);
        });
    world.send(&other, &again.bundle()).is(200);
    assert_eq!(parts(&world, &target(V)), [Some(Part::Target), None]);
}

fn revoke(name: &str) -> Value {
    Letter::of_source(V, name, "revoke-service-request", 900, &target(V)).bundle()
}

#[test]
fn a_withdrawal_clears_the_whole_chain() {
    let mut world = chain_of_three();
    world.notices.clear();
    let answer = world.send(&source(V), &revoke("revoke")).is(200);
    assert!(world.referrals.iter().all(|it| it.state == ReferralState::Revoked && it.patient.is_empty()));
    assert!(world.resources.is_empty() && world.orphans.is_empty());
    assert_eq!(world.receipts.len(), 1, "of all that was received only the withdrawal is remembered");
    assert!(world.receipts[0].request.is_empty(), "and not what it said");
    let body = answer.body.to_string();
    assert!(!body.contains("Invented") && !body.contains("pain"));
    let task =
        answer.body["entry"].as_array().into_iter().flatten().find(|it| it["resource"]["resourceType"] == "Task");
    assert_eq!(task.expect("a Task answers")["resource"]["status"], json!("cancelled"));
    for notice in &world.notices {
        assert!(!String::from_utf8_lossy(&notice.body).contains("Invented"));
    }
    let erec = told(&world, &target(Version::Erec));
    assert!(erec.contains(&"revoke-service-request".to_owned()), "{erec:?}");
}

#[test]
fn a_former_target_hears_that_it_has_to_forget() {
    let mut world = chain_of_three();
    world.notices.clear();
    world.send(&source(V), &revoke("revoke")).is(200);
    for former in [target(V), target(Version::V010)] {
        assert!(told(&world, &former).contains(&"revoke-service-request".to_owned()), "{former}");
    }
}

#[test]
fn after_a_withdrawal_everything_is_gone_for_the_parties() {
    let mut world = submitted();
    let task = world.resources.iter().find(|it| it.resource_type == "Task").expect("it is there").id.clone();
    world.send(&source(V), &revoke("revoke")).is(200);
    let change = Letter::of_source(V, "change", "notify-update-service-request", 950, &target(V));
    world.send(&source(V), &change.bundle()).is(410).says("ref-gone");
    world.send(&target(V), &Letter::of_target(V, "late", MOVE, 950).task("completed").bundle()).is(410);
    world.send(&source(V), &Letter::of_source(V, "anew", "add-service-request", 960, &target(V)).bundle()).is(410);
    world.send(&source(V), &revoke("again")).is(410);
    let other = Letter::of_target(Version::V010, "other", "notify-update-status", 950).task("completed");
    world.send(&target(Version::V010), &other.bundle()).is(404);
    let body = json!({"resourceType": "Task", "id": task, "status": "completed", "intent": "order",
        "basedOn": [{"reference": format!("ServiceRequest/{}", world.referrals[0].id)}]});
    world.make(&target(V), &body).is(410);
}

#[test]
fn the_same_withdrawal_gets_the_same_answer() {
    let mut world = submitted();
    let first = world.send(&source(V), &revoke("revoke")).is(200);
    let second = world.send(&source(V), &revoke("revoke")).is(200).says("replay");
    assert_eq!(first.body, second.body);
}

#[test]
fn a_withdrawal_that_comes_early_waits_nowhere() {
    let mut world = World::new();
    world.send(&source(V), &revoke("revoke")).is(404);
    assert!(world.orphans.is_empty());
}

#[test]
fn only_the_source_withdraws() {
    let mut world = submitted();
    let revoke = Letter::of_target(V, "revoke", "revoke-service-request", 900).focus("request").bundle();
    world.send(&target(V), &revoke).is(403);
    assert_eq!(world.referrals[0].state, ReferralState::Active);
}

#[test]
fn a_change_that_is_heard_of_after_a_forward_still_counts() {
    let mut world = submitted();
    let correct = Letter::of_target(V, "correct", "notify-data-correction", 75).focus("request");
    let correct = correct.edit("request", |it| it["code"]["coding"][0]["code"] = json!("1"));
    world.send(&target(V), &correct.bundle()).is(200);
    // the forward was made at 80
    world.send(&target(V), &forward(V, &source(V), &target(Version::V010), MOVE).bundle()).is(200);
    let change = Letter::of_source(V, "change", "notify-update-service-request", 70, &target(V));
    world.send(&source(V), &change.edit("request", |it| it["note"] = json!([{"text": "afternoons"}])).bundle()).is(200);
    let onward = &requests(&world)[1];
    let found = (&onward["note"][0]["text"], &onward["code"]["coding"][0]["code"]);
    assert_eq!(found, (&json!("afternoons"), &json!("1")));
}

#[test]
fn a_copy_of_a_referral_that_was_sent_on_sends_it_nowhere() {
    let mut world = submitted();
    world.send(&target(V), &forward(V, &source(V), &target(Version::Erec), MOVE).bundle()).is(200);
    let copy = |name: &str| {
        Letter::of_target(Version::Erec, name, MOVE, 500).task("accepted").edit("request", |it| {
            it["replaces"] = json!([{"identifier": {"system": super::system_of(&source(V)), "value": "R-1"}}]);
        })
    };
    world.send(&target(Version::Erec), &copy("by name").bundle()).is(200);
    let nameless = copy("nameless").edit("performer", |it| remove(it, &["identifier"]));
    world.send(&target(Version::Erec), &nameless.edit("task", |it| it["status"] = json!("completed")).bundle()).is(200);
    let bare = copy("bare").without("performer").edit("request", |it| remove(it, &["performer"]));
    let bare = bare.edit("task", |it| {
        remove(it, &["owner"]);
        it["status"] = json!("on-hold");
    });
    world.send(&target(Version::Erec), &bare.bundle()).is(200);
    assert_eq!(world.referrals.len(), 2);
    assert_eq!(world.referrals[1].course.as_ref().map(|it| it.stage), Some(Stage::OnHold));
}

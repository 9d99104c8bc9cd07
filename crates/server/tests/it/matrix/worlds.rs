//! Two worlds, with and without a referral, that nobody can tell apart who must not know of it: not by an address, not by a search, not
//! by what is written. Source: spec of security, 11.4.

use serde_json::Value;

use super::{
    letter::Letter,
    may::{Door, Guide, Look},
    questions::{Question, records, searches},
    who::{ALL, Who},
    world::{Record, World},
    writes::writes,
};
use crate::harness::{Answer, Ask};

/// The referral that is there in one of the worlds.
const HIDDEN: u32 = 4;

/// Whoever must not know of it, in any way.
fn outside(guide: Guide) -> Vec<Who> {
    let is_outside = |who: &Who| {
        let types = ["ServiceRequest", "Task", "Patient", "DocumentReference"];
        let sees =
            |name: &str| [Look::ById, Look::Search].iter().any(|look| who.view(guide, name, *look).contains(&HIDDEN));
        // who writes or sends without reading is told whether it is done
        let acts = (who.writes() || who.sends()) && who.part(guide, HIDDEN).is_some() && who.door() == Door::Inside;
        !types.into_iter().any(sees) && !acts
    };
    // without the referral there is no app for its patient
    ALL.into_iter().filter(is_outside).filter(|who| *who != Who::AppOtherPatient).collect()
}

/// What is there in both worlds.
fn kept(world: &World) -> impl Iterator<Item = &Record> {
    world.records.iter().filter(|record| record.number != HIDDEN)
}

/// An answer without what is new each time, and with the ids of resources that are in both worlds as their places.
fn told(world: &World, answer: &Answer) -> String {
    let mut body = answer.text();
    if let Ok(mut value) = serde_json::from_str::<Value>(&body) {
        for name in ["id", "timestamp"] {
            value.as_object_mut().and_then(|object| object.remove(name));
        }
        if value["resourceType"] == "Bundle" {
            value["meta"].take();
        }
        body = value.to_string();
    }
    let is_new = |name: &str| matches!(name, "x-request-id" | "x-correlation-id" | "date");
    let headers =
        answer.headers.iter().filter(|(name, _)| !is_new(name)).map(|(name, value)| format!("{name}: {value}"));
    let mut text = format!("{}\n{}\n{body}", answer.status, headers.collect::<Vec<_>>().join("\n"));
    for (at, record) in kept(world).enumerate() {
        text = text.replace(&record.id, &format!("record-{at}"));
    }
    text
}

/// The same question with the ids of the other world, as far as it has them.
fn translated(question: &Question, from: &World, to: &World) -> Question {
    let mut question = question.clone();
    for (ours, theirs) in kept(from).zip(kept(to)) {
        question.path = question.path.replace(&ours.id, &theirs.id);
        question.query = question.query.replace(&ours.id, &theirs.id);
    }
    question
}

/// What can be written about it, in good order but for who writes it.
fn written(world: &World) -> Vec<(String, Ask)> {
    let messages = [
        "notify-update-service-request",
        "notify-data-correction",
        "notify-update-process-request",
        "notify-add-appointment",
        "send-communication",
        "revoke-service-request",
    ];
    let message = |(event, serial): (&'static str, u32)| {
        let letter = Letter::opening("0.11", HIDDEN, "source", "target", serial).of_anything(event);
        (event.to_owned(), Ask::message("/here", &letter.bundle().to_string()).json())
    };
    let writes = writes(world, HIDDEN).into_iter().map(|(name, ask)| (name.to_owned(), ask));
    writes.chain(messages.into_iter().zip(800..).map(message)).collect()
}

/// What the audit tells somebody of what was done, without ids and moments.
fn trail(world: &World, who: Who) -> Vec<String> {
    let lines = world.ask(who, Ask::get("/here/AuditEvent?_count=500").json()).value();
    let line = |entry: &Value| {
        let it = &entry["resource"];
        format!("{} {} {} {}", it["action"], it["outcome"], it["subtype"], it["agent"][0]["who"])
    };
    lines["entry"].as_array().into_iter().flatten().map(line).collect()
}

fn check_worlds(guide: Guide) {
    let with = World::new(guide);
    let without = World::with(guide, &[1, 2, 3]);
    let mut questions = records(&with);
    questions.extend(searches(&with));
    if guide == Guide::Ontario {
        // what was asked to make them has lines in the audit, which some of those outside see, too
        searches(&without);
    }
    questions.retain(|question| {
        question.method == "GET" || question.path.ends_with("/_search") || question.path.contains("Task/")
    });
    // in the same order, whatever their ids are
    let shape = |world: &World| -> Vec<(String, u32)> {
        kept(world).map(|record| (record.resource_type.clone(), record.number)).collect()
    };
    assert_eq!(shape(&with), shape(&without), "both worlds have the same but for what is hidden");
    let mut told_apart = Vec::new();
    for who in outside(guide) {
        for question in &questions {
            let [here, there] = [
                told(&with, &with.ask(who, question.ask())),
                told(&without, &without.ask(who, translated(question, &with, &without).ask())),
            ];
            if here != there {
                told_apart.push(format!(
                    "{who:?} {} {}?{}\n  {here}\n  {there}",
                    question.method, question.path, question.query
                ));
            }
        }
    }
    let questions = if guide == Guide::Ontario { written(&with) } else { Vec::new() };
    for who in outside(guide) {
        for (name, ask) in &questions {
            let [here, there] = [&with, &without].map(|world| world.ask(who, ask.clone()));
            assert!(here.status >= 400, "{who:?} {name}: {}", here.text());
            let [here, there] = [told(&with, &here), told(&without, &there)];
            if here != there {
                told_apart.push(format!("{who:?} {name}\n  {here}\n  {there}"));
            }
        }
    }
    for who in outside(guide) {
        let [here, there] = [&with, &without].map(|world| trail(world, who));
        if here != there {
            told_apart.push(format!("{who:?} AuditEvent\n  {here:?}\n  {there:?}"));
        }
    }
    assert!(told_apart.is_empty(), "{}:\n{}", told_apart.len(), told_apart[..told_apart.len().min(10)].join("\n"));
}

/// Threat: T46, T47, T48, T49
#[test]
fn who_has_no_part_cannot_tell_a_world_with_a_referral_from_one_without() {
    check_worlds(Guide::Ontario);
}

/// Threat: T46, T47, T48
#[test]
fn who_has_sent_no_such_referral_cannot_tell_whether_others_have() {
    check_worlds(Guide::Netsmart);
}

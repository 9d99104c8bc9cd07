//! Every question × every kind of caller, against the oracle; and that nothing of it changes anything.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    may::Guide,
    oracle::{Hears, hears},
    questions::{Question, Sought, marks, places, records, searches},
    who::{ALL, Who},
    world::World,
};
use crate::harness::Answer;

/// What is wrong with an answer; nothing if it is as it should be.
fn wrong(world: &World, question: &Question, hears: &Hears, answer: &Answer) -> Option<String> {
    if !hears.status.contains(&answer.status) {
        return Some(format!("{} and not {:?}: {}", answer.status, hears.status, answer.text()));
    }
    let told: Vec<u32> = marks(&answer.text());
    if told.iter().any(|number| !hears.tells_of.contains(number)) {
        return Some(format!("it tells of {told:?} and may tell of {:?}", hears.tells_of));
    }
    let page = hears.page.as_ref().filter(|_| question.method != "HEAD")?;
    let (page_of, found) = (answer.value(), ids(&answer.value()));
    let expected: BTreeSet<String> = page.iter().map(|at| world.records[*at].id.clone()).collect();
    let are_found = if matches!(question.sought, Sought::Total(_)) { found.is_empty() } else { found == expected };
    let is_right = are_found && page_of["total"] == expected.len();
    (!is_right).then(|| format!("{} found: {found:?} and not {expected:?}", page_of["total"]))
}

fn ids(page: &Value) -> BTreeSet<String> {
    let entries = page["entry"].as_array().into_iter().flatten();
    entries.filter_map(|entry| entry["resource"]["id"].as_str()).map(str::to_owned).collect()
}

/// Whether a method is taken there does not depend on who asks, so that few ask it.
fn is_asked_of(hears: &Hears, who: Who) -> bool {
    !matches!(hears.status, [204 | 404 | 405])
        || matches!(who, Who::Nobody | Who::Stranger | Who::Target | Who::AppPatient)
}

fn check_every_cell(guide: Guide, asked: impl Fn(&World) -> Vec<Question>) {
    let world = World::new(guide);
    let questions = asked(&world);
    let before = world.whole();
    let (mut faults, mut cells) = (Vec::new(), 0);
    for question in &questions {
        for who in ALL {
            let hears = hears(&world, who, question);
            if !is_asked_of(&hears, who) {
                continue;
            }
            cells += 1;
            let answer = world.ask(who, question.ask());
            if let Some(fault) = wrong(&world, question, &hears, &answer) {
                let Question { method, path, query, .. } = question;
                faults.push(format!("{who:?} {method} {path}?{query}: {fault}"));
            }
        }
    }
    assert!(cells > 2_000, "{cells} cells are too few to show anything");
    assert!(faults.is_empty(), "{} of {cells} cells:\n{}", faults.len(), faults[..faults.len().min(60)].join("\n"));
    assert!(world.whole() == before, "what was refused or only asked has changed something");
}

/// Threat: T44, T45, T49, T68
#[test]
fn every_place_answers_every_caller_as_the_oracle_says() {
    check_every_cell(Guide::Ontario, places);
}

/// Threat: T33, T44, T62
#[test]
fn every_resource_and_paper_is_for_whom_the_oracle_says() {
    check_every_cell(Guide::Ontario, records);
}

/// Threat: T33, T45, T46, T47
#[test]
fn every_search_finds_for_every_caller_what_the_oracle_says() {
    check_every_cell(Guide::Ontario, searches);
}

/// Threat: T33, T44, T47
#[test]
fn where_referrals_are_for_their_senders_every_caller_hears_what_the_oracle_says() {
    check_every_cell(Guide::Netsmart, |world| [places(world), records(world), searches(world)].concat());
}

//! A referral that its source has taken back: it is gone for whoever had a part in it, and was never there for anybody else, an app
//! that sees another patient among them. Source: spec of security, 12 row 7; T48, T54.

use super::{
    letter::Letter,
    may::{Door, Guide, Look, Sight},
    who::{ALL, Who},
    world::{Record, World},
    writes::writes,
};
use crate::harness::Ask;

/// What somebody hears who reads what was of the second referral.
fn expected(who: Who, record: &Record) -> u16 {
    match who.door() {
        Door::Unknown => return 401,
        Door::Elsewhere => return 403,
        Door::Inside => {}
    }
    let has_part = who.part(Guide::Ontario, 2).is_some();
    match who.sees(&record.resource_type, Look::ById) {
        Sight::Nothing => 403,
        Sight::All if has_part => 410,
        // whom else it was about nobody knows any more
        Sight::Patient(2) if record.resource_type == "Patient" => 410,
        Sight::All | Sight::Patient(_) => 404,
    }
}

/// Threat: T48, T54
#[test]
fn what_was_taken_back_is_gone_for_its_parties_and_was_never_there_for_others() {
    let world = World::new(Guide::Ontario);
    let changes = writes(&world, 2);
    let letter = Letter::opening("0.11", 2, "source", "target", 900);
    let revoke = Letter { event: "revoke-service-request", secs: 1_000, ..letter }.bundle();
    world.done("source", Ask::message("/here", &revoke.to_string()).json());
    let mut wrong = Vec::new();
    for record in world.records.iter().filter(|record| record.number == 2) {
        for rest in ["", "/_history", "/_history/1", "/_history?_after=1"] {
            let path = format!("/here/{}/{}{rest}", record.resource_type, record.id);
            for who in ALL {
                let (status, expected) = (world.ask(who, Ask::get(&path).json()).status, expected(who, record));
                if status != expected {
                    wrong.push(format!("{who:?} {path}: {status} and not {expected}"));
                }
            }
        }
    }
    // nothing comes back by a write
    let before = world.whole();
    for (name, write) in changes {
        for who in ALL {
            let answer = world.ask(who, write.clone());
            if answer.status < 400 {
                wrong.push(format!("{who:?} {name}: {}", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(world.whole() == before);
}

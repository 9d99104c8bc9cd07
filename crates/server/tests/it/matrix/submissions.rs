//! Messages of the Netsmart guide: every event of its table × every kind of caller. An event without a row here fails.
//! Source: Netsmart "Submit Service Request Message", "Update Service Request Message"; spec of security, T56 and T57.

use std::collections::BTreeSet;

use baton_dialects::netsmart::sample::{Ids, submit, update};

use super::{
    may::{Door, Guide},
    who::{ALL, Who},
    world::{BASE, World},
};
use crate::harness::Ask;

/// The codes of the guide's table.
fn codes() -> BTreeSet<String> {
    let table = include_str!("../../../../dialects/src/netsmart/guide.toml");
    let table: toml::Table = toml::from_str(table).expect("it is TOML");
    let rows = table["event"].as_array().expect("rows").iter();
    rows.map(|row| row["code"].as_str().expect("a code").to_owned()).collect()
}

/// What somebody hears who sends an event about the second referral, which is the target's. Of whom a referral with that number is
/// here already, `owners` says.
fn expected(code: &str, who: Who, owners: &[&str]) -> u16 {
    match who.door() {
        Door::Unknown => return 401,
        Door::Elsewhere => return 403,
        Door::Inside if !who.sends() => return 403,
        Door::Inside => {}
    }
    match (code, owners.contains(&who.partner())) {
        // its number is taken by its own referral, and by no other's
        ("submit-service-request", true) => 409,
        ("submit-service-request", false) | ("update-service-request", true) => 200,
        ("update-service-request", false) => 404,
        (other, _) => panic!("no row for {other}"),
    }
}

fn message(code: &str, serial: usize) -> String {
    let ids = Ids {
        base: BASE,
        bundle: &format!("again-{code}-{serial}"),
        header: &format!("again-header-{code}-{serial}"),
        request: "R-2",
        patient: "P-2",
        mrn: "mrn-2",
    };
    match code {
        "submit-service-request" => submit(&ids),
        "update-service-request" => update(&ids),
        other => panic!("no message for {other}"),
    }
}

/// Threat: T56, T57
#[test]
fn who_may_send_what_where_referrals_are_for_their_senders() {
    let mut wrong = Vec::new();
    for code in codes() {
        let (world, mut owners) = (World::new(Guide::Netsmart), vec!["target"]);
        for (serial, who) in ALL.into_iter().enumerate() {
            let before = world.whole();
            let answer = world.ask(who, Ask::message("/here", &message(&code, serial)).json());
            let expected = expected(&code, who, &owners);
            if answer.status != expected {
                wrong.push(format!("{who:?} {code}: {} and not {expected}: {}", answer.status, answer.text()));
            }
            if answer.status < 300 {
                owners.push(who.partner());
            }
            let has_changed = world.whole() != before;
            if has_changed != (answer.status < 300) {
                wrong.push(format!("{who:?} {code}: {} and changed: {has_changed}", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

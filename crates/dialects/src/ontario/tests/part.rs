//! Who may say what, by part and version.
//! Source: spec of Ontario, 1.1, 1.7 "who changes what" and 3.

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Letter, VERSIONS, World, source, system_of, target, third};
use crate::ontario::{Version, events::EventRow, events::events};

/// A message with that event in which everything stands that any event may be about.
fn anything(version: Version, code: &str, owner: &str) -> Value {
    let letter = Letter::of_source(version, &format!("any {code} {owner}"), code, 100, &target(version));
    let letter = letter.about("R-1", owner).edit("request", |it| {
        it["identifier"][0]["system"] = json!(system_of(owner));
        it["priority"] = json!("stat");
    });
    letter.task("accepted").appointment("a", "booked", 5).communication("hello").focus("patient").bundle()
}

/// What becomes of a code when source, target, former target and third party of that version send it.
fn by_part(version: Version, row: &EventRow) -> String {
    let answer = |part: &str| {
        let mut world = World::new();
        // the parties of this referral all speak that version
        let submit = Letter::of_source(version, "submit", "add-service-request", 0, &target(version));
        world.send(&source(version), &submit.bundle()).is(200);
        if part == "former" {
            let other = target(if version == Version::V010 { Version::V011 } else { Version::V010 });
            let event = if version == Version::V010 { "notify-update-status" } else { "notify-update-process-request" };
            let on = super::forward(version, &source(version), &other, event);
            world.send(&target(version), &on.bundle()).is(200);
        }
        let sender = match part {
            "source" => source(version),
            "third" => third(version),
            _ => target(version),
        };
        world.send(&sender, &anything(version, &row.code, &source(version))).status
    };
    let [source, target, former, third] = ["source", "target", "former", "third"].map(answer);
    format!("{}: source {source}, target {target}, former {former}, third {third}\n", row.code)
}

fn check_parts(version: Version, expected: Expect) {
    let rows = events(version);
    let is_first = |at: &usize| rows[..*at].iter().all(|row| row.code != rows[*at].code);
    let lines: Vec<String> = (0..rows.len()).filter(is_first).map(|at| by_part(version, &rows[at])).collect();
    expected.assert_eq(&lines.concat());
}

/// Threat: T57, T109
#[test]
fn who_may_send_what_in_0_10() {
    check_parts(
        Version::V010,
        expect![[r#"
            add-service-request: source 409, target 403, former 403, third 403
            sof-enh-add-service-request: source 409, target 403, former 403, third 403
            cds-service-request: source 409, target 403, former 403, third 403
            notify-add-service-request: source 200, target 200, former 200, third 200
            acknowledge-add-service-request: source 403, target 200, former 200, third 403
            acknowledge-service-request: source 403, target 200, former 200, third 403
            update-service-request: source 403, target 200, former 403, third 403
            notify-update-service-request: source 403, target 200, former 403, third 403
            notify-update-service-requests: source 403, target 200, former 403, third 403
            notify-update-servicerequest: source 403, target 403, former 403, third 403
            update-patient-data: source 403, target 200, former 403, third 403
            notify-update-status: source 403, target 200, former 403, third 403
            update-status: source 403, target 200, former 403, third 403
            notify-add-appointment: source 403, target 200, former 403, third 403
            add-appointment: source 403, target 200, former 403, third 403
            notify-update-appointment: source 403, target 200, former 403, third 403
            update-appointment: source 403, target 200, former 403, third 403
            revoke-service-request: source 200, target 403, former 403, third 403
            notify-revoke-service-request: source 200, target 200, former 403, third 403
            send-communication-from-requester: source 200, target 403, former 403, third 403
            send-communication-to-provider: source 200, target 403, former 403, third 403
            communication-from-requester: source 200, target 403, former 403, third 403
            send-communication-from-provider: source 403, target 200, former 403, third 403
            communication-from-provider: source 403, target 200, former 403, third 403
        "#]],
    );
}

/// Threat: T57, T109
#[test]
fn who_may_send_what_in_0_11() {
    check_parts(
        Version::V011,
        expect![[r#"
        add-service-request: source 409, target 403, former 403, third 403
        add-servicerequest: source 409, target 403, former 403, third 403
        notify-add-service-request: source 200, target 200, former 200, third 200
        notify-add-servicerequest: source 200, target 403, former 403, third 403
        notify-update-service-request: source 200, target 200, former 403, third 403
        notify-update-servicerequest: source 200, target 403, former 403, third 403
        notify-data-correction: source 403, target 200, former 403, third 403
        notify-add-process-request: source 403, target 200, former 403, third 403
        notify-update-process-request: source 403, target 200, former 403, third 403
        notify-add-appointment: source 403, target 200, former 403, third 403
        revoke-service-request: source 200, target 403, former 403, third 403
        terminate-servicerequest: source 200, target 403, former 403, third 403
        send-communication-from-requester: source 200, target 403, former 403, third 403
        send-communication-from-provider: source 403, target 200, former 403, third 403
        add-rfi: source 403, target 200, former 403, third 403
        send-communication: source 200, target 200, former 403, third 403
        add-communication: source 200, target 200, former 403, third 403
        notify-report-service-request: source 200, target 200, former 403, third 403
    "#]],
    );
}

/// Threat: T57, T109
#[test]
fn who_may_send_what_in_ca_erec() {
    check_parts(
        Version::Erec,
        expect![[r#"
        add-service-request: source 409, target 403, former 403, third 403
        notify-add-service-record: source 403, target 403, former 403, third 200
        notify-add-service-request: source 200, target 200, former 200, third 200
        notify-update-service-request: source 200, target 200, former 403, third 403
        notify-data-correction: source 403, target 200, former 403, third 403
        revoke-service-request: source 200, target 403, former 403, third 403
        notify-add-process-request: source 403, target 200, former 403, third 403
        notify-update-process-request: source 403, target 200, former 403, third 403
        notify-add-appointment: source 403, target 200, former 403, third 403
        send-communication-from-requester: source 200, target 403, former 403, third 403
        send-communication-from-provider: source 403, target 200, former 403, third 403
        add-communication: source 200, target 200, former 403, third 403
        notify-update-service-record: source 403, target 403, former 403, third 200
    "#]],
    );
}

#[test]
fn an_event_that_nobody_knows_has_no_effect() {
    for version in VERSIONS {
        let mut world = World::new();
        let message = anything(version, "frobnicate", &source(version));
        world.send(&source(version), &message).is(200).says("on-event-unknown");
        assert!(world.referrals.is_empty() && world.orphans.is_empty() && world.receipts.is_empty());
    }
}

#[test]
fn an_event_of_another_system_is_refused() {
    let mut message = anything(Version::V011, "add-service-request", &source(Version::V011));
    message["entry"][0]["resource"]["eventCoding"]["system"] = json!("http://ntst.com/fhir/message-events");
    World::new().send(&source(Version::V011), &message).is(422).says("evt-system");
}

#[test]
fn the_word_of_another_version_is_taken_with_a_remark() {
    let mut world = World::new();
    let submit = Letter::of_source(Version::V011, "submit", "add-servicerequest", 0, &target(Version::V011));
    world.send(&source(Version::V011), &submit.bundle()).is(200).says("evt-spelling");
    let turn = Letter::of_target(Version::V011, "turn", "notify-update-status", 10).task("accepted");
    world.send(&target(Version::V011), &turn.bundle()).is(200).says("evt-spelling");
}

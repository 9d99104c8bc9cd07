//! A referral from its submission to its withdrawal, with a forward in between.
//! Source: spec of Ontario, 1.1, 1.2 and 9.1 "forward".

use baton_exchange::notice::Notice;
use serde_json::json;

use super::{Letter, World, remove, source, system_of, target};
use crate::{Way, ontario::Version};

/// Everything that can happen to a referral of that source at that target, until it is withdrawn; all notices of it.
pub(in crate::ontario) fn life(source_version: Version, target_version: Version) -> Vec<Notice> {
    let (by, at) = (source(source_version), target(target_version));
    let mut world = World::new();
    let of_source = |name: &str, event, secs| Letter::of_source(source_version, name, event, secs, &at);
    let of_target = |name: &str, event, secs| Letter::of_target(target_version, name, event, secs).about("R-1", &by);
    let own = |letter: Letter| letter.edit("request", |it| it["identifier"][0]["system"] = json!(system_of(&by)));
    let (turn, add, rebook, correct) = match target_version {
        Version::V010 => (
            "notify-update-status",
            "notify-add-appointment",
            "notify-update-appointment",
            "notify-update-service-requests",
        ),
        Version::V011 | Version::Erec => (
            "notify-update-process-request",
            "notify-add-appointment",
            "notify-update-process-request",
            "notify-data-correction",
        ),
    };
    let change = |letter: Letter| letter.edit("request", |it| it["priority"] = json!("urgent"));
    world.send(&by, &of_source("submit", "add-service-request", 0).bundle()).is(200);
    world.send(&at, &own(of_target("turn", turn, 10)).task("accepted").bundle()).is(200);
    world.send(&at, &own(of_target("book", add, 20)).appointment("a", "booked", 5).bundle()).is(200);
    world.send(&at, &own(of_target("rebook", rebook, 30)).appointment("a", "cancelled", 5).bundle()).is(200);
    let corrected = own(of_target("correct", correct, 40)).focus("request");
    world.send(&at, &change(corrected).edit("patient", |it| it["gender"] = json!("female")).bundle()).is(200);
    let changed = change(of_source("change", "notify-update-service-request", 50))
        .edit("request", |it| it["reasonCode"][0]["text"] = json!("more pain"));
    let way = if source_version == Version::V010 { Way::PutBundle } else { Way::Operation };
    world.post(&by, &changed.bundle(), way).is(200);
    let ask = of_source("ask", "send-communication-from-requester", 60).without("letter");
    let ask =
        ask.edit("request", |it| remove(it, &["supportingInfo"])).communication("when?").only_focus("communication");
    world.send(&by, &ask.bundle()).is(200);
    let answer = own(of_target("answer", "send-communication-from-provider", 70)).communication("soon");
    world.send(&at, &answer.bundle()).is(200);
    let next = match target_version {
        Version::V010 => Version::V011,
        Version::V011 => Version::Erec,
        Version::Erec => Version::V010,
    };
    world.send(&at, &forward(target_version, &by, &target(next), turn).bundle()).is(200);
    let event = if next == Version::V010 { "notify-update-status" } else { "notify-update-process-request" };
    let later = Letter::of_target(next, "later", event, 85).about("R-1", &by).task("completed");
    world.send(&target(next), &own(later).bundle()).is(200);
    let mut notices = world.notices.clone();
    world.send(&by, &of_source("revoke", "revoke-service-request", 90).bundle()).is(200);
    notices.append(&mut world.notices);
    notices
}

/// The message by which a target sends a referral on.
pub(in crate::ontario) fn forward(version: Version, owner: &str, to: &str, event: &str) -> Letter {
    let letter = Letter::of_target(version, "forward", event, 80).about("R-1", owner);
    let letter = letter.edit("request", |it| it["identifier"][0]["system"] = json!(system_of(owner)));
    letter
        .with(
            "onward",
            json!({"resourceType": "ServiceRequest", "status": "active", "intent": "proposal",
            "identifier": [{"system": "https://target.example.org/onward", "value": format!("to {to}")}],
            "replaces": [{"reference": "@request"}], "subject": {"reference": "@patient"},
            "performer": [{"reference": "@next"}]}),
        )
        .with(
            "next",
            json!({"resourceType": "PractitionerRole",
            "identifier": [{"system": "https://listings.example.org", "value": to}]}),
        )
        .task("requested")
        .edit("task", |it| {
            it["basedOn"] = json!([{"reference": "@onward"}]);
            it["owner"] = json!({"reference": "@next"});
        })
}

//! Who may say what, by part and version, and how it is answered.
//! Source: spec of Ontario, 1.1, 1.5, 1.7 and 3; seeds/003, "Message Responses".

use baton_exchange::referral::Part;
use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Letter, VERSIONS, World, remove, source, system_of, target, third};
use crate::ontario::{Shape, Unknown, Version, events::EventRow, events::events};

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
            let on = super::composed::forward(version, &source(version), &other, event);
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

/// What the answer to an accepted message is.
fn shape(body: &Value, status: u16) -> String {
    let kind = match (body["resourceType"].as_str(), body["type"].as_str()) {
        (Some("Bundle"), Some("message")) => {
            let header = &body["entry"][0]["resource"];
            let task =
                &body["entry"].as_array().and_then(|it| it.iter().find(|it| it["resource"]["resourceType"] == "Task"));
            let state = task.map_or(Value::Null, |task| task["resource"]["status"].clone());
            format!("message {} Task {state}", header["eventCoding"]["code"])
        }
        (Some("Bundle"), _) => {
            let types = body["entry"].as_array().into_iter().flatten().map(|it| it["resource"]["resourceType"].clone());
            let has = |name: &str| types.clone().any(|it| it == name);
            format!("echo Task {} header {}", has("Task"), has("MessageHeader"))
        }
        (Some(other), _) => other.to_owned(),
        (None, _) => "nothing".to_owned(),
    };
    format!("{status} {kind}")
}

#[test]
fn every_shape_of_an_answer() {
    let mut lines = String::new();
    for version in VERSIONS {
        for reply in [None, Some(Shape::Echo), Some(Shape::Message), Some(Shape::Outcome), Some(Shape::Status)] {
            let mut world = World::new();
            for partner in [source(version), target(version)] {
                world.register(&partner, |registered| registered.reply = reply);
            }
            let of_source = |name: &str, event| Letter::of_source(version, name, event, 0, &target(version));
            let submit = world.send(&source(version), &of_source("submit", "add-service-request").bundle());
            let event = if version == Version::V010 { "notify-update-status" } else { "notify-update-process-request" };
            let turn = Letter::of_target(version, "turn", event, 10).task("accepted").about("R-1", &source(version));
            let turn = turn.edit("request", |it| it["identifier"][0]["system"] = json!(system_of(&source(version))));
            let turn = world.send(&target(version), &turn.bundle());
            let revoke = world.send(&source(version), &of_source("revoke", "revoke-service-request").bundle());
            let [submit, turn, revoke] = [submit, turn, revoke].map(|it| shape(&it.body, it.status));
            lines += &format!("{version:?} {reply:?}: {submit} | {turn} | {revoke}\n");
        }
    }
    expect![[r#"
        V010 None: 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Echo): 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Message): 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Outcome): 200 OperationOutcome | 200 OperationOutcome | 200 OperationOutcome
        V010 Some(Status): 204 nothing | 204 nothing | 204 nothing
        V011 None: 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        V011 Some(Echo): 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        V011 Some(Message): 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        V011 Some(Outcome): 200 OperationOutcome | 200 OperationOutcome | 200 OperationOutcome
        V011 Some(Status): 204 nothing | 204 nothing | 204 nothing
        Erec None: 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        Erec Some(Echo): 200 echo Task true header false | 200 OperationOutcome | 200 OperationOutcome
        Erec Some(Message): 200 message "notify-add-process-request" Task "requested" | 200 OperationOutcome | 200 message "notify-update-process-request" Task "cancelled"
        Erec Some(Outcome): 200 OperationOutcome | 200 OperationOutcome | 200 OperationOutcome
        Erec Some(Status): 204 nothing | 204 nothing | 204 nothing
    "#]].assert_eq(&lines);
}

#[test]
fn an_answering_message_quotes_what_it_answers() {
    let mut world = World::new();
    let submit = Letter::of_source(Version::V011, "submit", "add-service-request", 0, &target(Version::V011)).bundle();
    let answer = world.send(&source(Version::V011), &submit).is(200);
    let response = &answer.body["entry"][0]["resource"]["response"];
    assert_eq!((&response["identifier"], &response["code"]), (&submit["entry"][0]["resource"]["id"], &json!("ok")));
}

#[test]
fn a_repeat_gets_the_same_answer_and_another_content_none() {
    let mut world = World::new();
    let submit = Letter::of_source(Version::V011, "submit", "add-service-request", 0, &target(Version::V011));
    let first = world.send(&source(Version::V011), &submit.bundle()).is(200);
    let again = world.send(&source(Version::V011), &submit.bundle()).is(200).says("replay");
    assert_eq!((first.body, world.referrals.len(), world.notices.len()), (again.body, 1, 4));
    let other = submit.edit("request", |it| it["priority"] = json!("stat")).bundle();
    world.send(&source(Version::V011), &other).is(409).says("dup-content");
    let anew = Letter::of_source(Version::V011, "anew", "add-service-request", 0, &target(Version::V011));
    world.send(&source(Version::V011), &anew.bundle()).is(409).says("sub-known");
}

#[test]
fn a_partner_may_hear_202_of_what_comes_early() {
    let mut world = World::new();
    world.register(&target(Version::V011), |registered| registered.unknown = Unknown::Accept);
    let turn = Letter::of_target(Version::V011, "turn", "notify-update-process-request", 10).task("accepted");
    world.send(&target(Version::V011), &turn.bundle()).is(202).says("msg-orphan");
    world.send(&target(Version::V011), &turn.bundle()).is(202);
    assert_eq!(world.orphans.len(), 1);
}

fn submit() -> Letter {
    Letter::of_source(Version::V011, "submit", "add-service-request", 0, &target(Version::V011))
}

#[test]
fn whoever_asks_has_to_be_named() {
    for requester in [json!({"type": "PractitionerRole"}), json!({"display": " "})] {
        let letter = submit().edit("request", |it| it["requester"] = requester.clone());
        World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("msg-requester");
    }
    let letter = submit().edit("request", |it| remove(it, &["requester"]));
    World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("msg-requester");
    let by_name = submit().edit("request", |it| it["requester"] = json!({"display": "Dr. Asker"}));
    World::new().send(&source(Version::V011), &by_name.bundle()).is(200);
}

#[test]
fn a_referral_is_about_a_patient_of_its_message() {
    for subject in [json!({"reference": "Patient/elsewhere"}), json!({"display": "somebody"})] {
        let letter = submit().edit("request", |it| it["subject"] = subject.clone());
        World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("on-subject");
    }
    let letter = submit().edit("request", |it| remove(it, &["subject"]));
    World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("on-subject");
}

#[test]
fn a_paper_of_a_stranger_is_refused() {
    let stranger = json!({"resourceType": "Patient", "name": [{"family": "Other"}],
        "identifier": [{"system": "https://fhir.infoway-inforoute.ca/NamingSystem/ca-on-patient-hcn", "value": "9"}]});
    let letter =
        submit().with("stranger", stranger).edit("letter", |it| it["subject"] = json!({"reference": "@stranger"}));
    World::new().send(&source(Version::V011), &letter.bundle()).is(422).says("one-patient");
}

#[test]
fn a_referral_never_comes_to_mean_another_person() {
    let mut world = World::new();
    world.send(&source(Version::V011), &submit().bundle()).is(200);
    let change = submit().named("change").event("notify-update-service-request");
    let change = change.edit("patient", |it| it["identifier"][0]["value"] = json!("0000000002"));
    world.send(&source(Version::V011), &change.bundle()).is(422).says("upd-patient");
    let correct = Letter::of_target(Version::V011, "correct", "notify-data-correction", 10).focus("request");
    let correct = correct.edit("patient", |it| it["identifier"][0]["value"] = json!("0000000002"));
    world.send(&target(Version::V011), &correct.bundle()).is(422).says("upd-patient");
}

#[test]
fn what_is_late_or_says_nothing_new_changes_no_version_and_is_not_told() {
    let mut world = World::new();
    let v = Version::V011;
    world.send(&source(v), &submit().bundle()).is(200);
    let turn = |name: &str, secs, status: &str| {
        Letter::of_target(v, name, "notify-update-process-request", secs).task(status).bundle()
    };
    world.send(&target(v), &turn("one", 20, "accepted")).is(200);
    let versions = |world: &World| world.resources.iter().map(|it| it.version).collect::<Vec<_>>();
    let (before, told) = (versions(&world), world.notices.len());
    world.send(&target(v), &turn("late", 10, "rejected")).is(200).says("msg-unchanged");
    let change = submit().named("same").event("notify-update-service-request");
    world.send(&source(v), &change.bundle()).is(200).says("msg-unchanged");
    assert_eq!((versions(&world), world.notices.len()), (before, told));
}

#[test]
fn test_data_keep_their_mark() {
    let mut world = World::new();
    let mut message = submit().bundle();
    message["meta"] =
        json!({"security": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]});
    world.send(&source(Version::V011), &message).is(200);
    assert_eq!(world.referrals[0].course.as_ref().map(|it| it.realm), Some(baton_exchange::referral::Realm::Test));
    assert!(!world.notices.is_empty());
    for notice in &world.notices {
        let told: Value = serde_json::from_slice(&notice.body).expect("it is JSON");
        assert_eq!(told["meta"]["security"][0]["code"], json!("HTEST"));
    }
}

/// The target of a referral whose message names it in that way.
fn goes_to(edit: impl Fn(Letter) -> Value) -> Option<String> {
    let mut world = World::new();
    world.send(&source(Version::V011), &edit(submit())).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    course.target().map(ToString::to_string)
}

#[test]
fn a_target_is_named_in_many_ways() {
    let to = target(Version::Erec);
    let by_performer = |resource: Value| goes_to(|letter| letter.with("performer", resource.clone()).bundle());
    let number = json!([{"system": "https://listings.example.org", "value": to}]);
    assert_eq!(by_performer(json!({"resourceType": "HealthcareService", "identifier": number})), Some(to.clone()));
    assert_eq!(by_performer(json!({"resourceType": "Organization", "identifier": number})), Some(to.clone()));
    let by_organization = goes_to(|letter| {
        let role = json!({"resourceType": "PractitionerRole", "organization": {"reference": "@target"}});
        letter
            .with("performer", role)
            .with("target", json!({"resourceType": "Organization", "identifier": number}))
            .bundle()
    });
    assert_eq!(by_organization, Some(to.clone()));
    let by_endpoint = goes_to(|letter| {
        let role = json!({"resourceType": "PractitionerRole", "endpoint": [{"reference": "@endpoint"}]});
        let endpoint = json!({"resourceType": "Endpoint", "status": "active",
            "connectionType": {"code": "hl7-fhir-msg"}, "payloadType": [{"text": "any"}],
            "address": format!("https://{to}.example.org/notices")});
        letter.with("performer", role).with("endpoint", endpoint).bundle()
    });
    assert_eq!(by_endpoint, Some(to.clone()));
    let by_destination = goes_to(|letter| {
        let mut message = letter.edit("performer", |it| remove(it, &["identifier"])).bundle();
        message["entry"][0]["resource"]["destination"] =
            json!([{"endpoint": format!("https://{to}.example.org/notices")}]);
        message
    });
    assert_eq!(by_destination, Some(to));
}

#[test]
fn where_no_target_is_named_baton_is_it_unless_there_is_only_one() {
    let nobody = |letter: Letter| letter.edit("performer", |it| remove(it, &["identifier"])).bundle();
    assert_eq!(goes_to(nobody), None);
    let mut world = World::new();
    for version in [Version::V010, Version::Erec] {
        world.register(&target(version), |registered| registered.roles.clear());
    }
    world.send(&source(Version::V011), &nobody(submit())).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    assert_eq!(course.target().map(ToString::to_string), Some(target(Version::V011)));
}

#[test]
fn a_partner_that_is_no_target_is_never_one() {
    assert_eq!(
        goes_to(|letter| letter.edit("performer", |it| it["identifier"][0]["value"] = json!("third-ca")).bundle()),
        None
    );
}

#[test]
fn a_launch_keeps_a_draft_and_gives_its_address() {
    let mut world = World::new();
    let v = Version::V010;
    let launch = Letter::of_source(v, "launch", "sof-enh-add-service-request", 0, &target(v));
    let answer = world.send(&source(v), &launch.bundle()).is(200);
    let parameters = answer.body["entry"].as_array().and_then(|it| it.last()).expect("it has entries").clone();
    assert_eq!(parameters["resource"]["parameter"][0]["name"], json!("LaunchString"));
    assert_eq!(world.referrals[0].course.as_ref().map(|it| it.stage.as_str()), Some("draft"));
    assert!(world.notices.is_empty(), "nobody hears of a draft");
}

#[test]
fn what_was_made_in_a_targets_app_is_recorded_and_told_to_its_source() {
    let mut world = World::new();
    let v = Version::V010;
    let mut made = Letter::of_source(v, "made", "notify-add-service-request", 0, &target(v)).bundle();
    made["entry"][0]["resource"]["destination"] = json!([{"endpoint": "https://source-10.example.org/notices"}]);
    world.send(&target(v), &made).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    assert_eq!(course.target().map(ToString::to_string), Some(target(v)));
    assert_eq!(world.referrals[0].source, source(v).as_str().into());
    let told = |partner: String| world.notices.iter().filter(|it| it.partner == partner.as_str().into()).count();
    assert_eq!((told(source(v)), told(target(v)), told(third(v))), (1, 0, 1));
}

#[test]
fn an_informer_records_a_referral() {
    let mut world = World::new();
    let v = Version::Erec;
    let record = Letter::of_source(v, "record", "notify-add-service-record", 0, &target(v));
    world.send(&third(v), &record.bundle()).is(200);
    let course = world.referrals[0].course.as_ref().expect("it has one");
    assert_eq!(course.part_of(&third(v).as_str().into()), Some(Part::ThirdParty));
    let inform = record.clone().named("inform").event("notify-update-service-record").bundle();
    world.send(&third(v), &inform).is(200);
    let revoke = record.named("revoke").event("revoke-service-request").bundle();
    world.send(&third(v), &revoke).is(403);
}

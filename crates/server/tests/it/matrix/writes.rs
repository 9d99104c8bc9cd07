//! Every way to write where several partners work on the same referrals × every kind of caller, against an oracle of its own; and
//! what a write may not make of a resource. What is refused leaves the world as it was.
//! Source: spec of security, T44, T51 to T53, T57; 5.4.

use baton_dialects::ontario::sample::visit;
use baton_exchange::referral::Part;
use serde_json::{Value, json};

use super::{
    letter::{Letter, OPENING, system_of},
    may::{Door, Guide},
    who::{ALL, Who},
    world::World,
};
use crate::harness::{Answer, Ask, JSON};

fn body(method: &str, path: &str, body: &Value) -> Ask {
    Ask::new(method, &format!("/here/{path}")).header("Content-Type", JSON).json().body(body.to_string())
}

fn patch(path: &str, operations: &Value) -> Ask {
    let media = "application/json-patch+json";
    Ask::new("PATCH", &format!("/here/{path}")).header("Content-Type", media).json().body(operations.to_string())
}

impl World {
    /// The one resource of a type that belongs to a referral.
    fn read(&self, who: Who, name: &str, number: u32) -> Value {
        self.ask(who, Ask::get(&format!("/here/{name}/{}", self.id(name, number))).json()).value()
    }

    /// All resources of a type that somebody sees.
    fn seen(&self, who: Who, name: &str) -> Value {
        self.ask(who, Ask::get(&format!("/here/{name}")).json()).value()["entry"].clone()
    }
}

/// A write of each kind about one of the source's referrals that are at `target`.
pub fn writes(world: &World, number: u32) -> Vec<(&'static str, Ask)> {
    let mut task = world.read(Who::Target, "Task", number);
    task["status"] = json!("accepted");
    let task_path = format!("Task/{}", world.id("Task", number));
    let mut booking = world.read(Who::Target, "Appointment", number);
    booking["description"] = json!("another description");
    let booking_path = format!("Appointment/{}", world.id("Appointment", number));
    let made: Value = serde_json::from_str(&visit(world.id("ServiceRequest", number))).expect("it is JSON");
    let change = |serial: u32, priority: &str| {
        let letter = Letter::opening("0.11", number, "source", "target", serial + number);
        let parts = [vec!["*request"], OPENING[1..].to_vec()].concat();
        let event = "notify-update-service-request";
        let mut bundle = Letter { event, secs: i64::from(serial), parts, ..letter }.bundle();
        bundle["entry"][1]["resource"]["priority"] = json!(priority);
        bundle
    };
    let by_number = format!("ServiceRequest?identifier={}%7CR-{number}", system_of("source"));
    vec![
        ("PUT Task", body("PUT", &task_path, &task)),
        ("PATCH Task", patch(&task_path, &json!([{"op": "replace", "path": "/status", "value": "in-progress"}]))),
        ("POST Appointment", body("POST", "Appointment", &made)),
        ("PUT Appointment", body("PUT", &booking_path, &booking)),
        ("PATCH Appointment", patch(&booking_path, &json!([{"op": "replace", "path": "/description", "value": "x"}]))),
        ("PUT Bundle", body("PUT", "Bundle", &change(600, "urgent"))),
        ("PUT ServiceRequest", body("PUT", &by_number, &change(700, "asap"))),
    ]
}

/// What each hears, said a second time and in other words than the program's.
fn expected(who: Who, write: &str) -> u16 {
    let is_message = matches!(write, "PUT Bundle" | "PUT ServiceRequest");
    match who.door() {
        Door::Unknown => return 401,
        Door::Elsewhere => return 403,
        Door::Inside => {}
    }
    if !(if is_message { who.sends() } else { who.writes() }) {
        return 403;
    }
    // what is no party's does not exist; the new referral is not the former target's
    let Some(part) = who.part(Guide::Ontario, 2) else { return 404 };
    match (part, is_message) {
        (Part::Source, true) => 200,
        (Part::Target, false) if write.starts_with("POST") => 201,
        (Part::Target, false) => 200,
        (Part::Source | Part::Target | Part::FormerTarget | Part::ThirdParty, _) => 403,
    }
}

/// Threat: T33, T44, T51, T57
#[test]
fn each_write_is_for_whom_the_oracle_says_and_what_is_refused_changes_nothing() {
    let world = World::new(Guide::Ontario);
    let mut wrong = Vec::new();
    let check = |who: Who, name: &str, answer: &Answer| {
        let (status, expected) = (answer.status, expected(who, name));
        (status != expected).then(|| format!("{who:?} {name}: {status} and not {expected}: {}", answer.text()))
    };
    for (name, write) in writes(&world, 2) {
        let (may, may_not): (Vec<Who>, Vec<Who>) = ALL.into_iter().partition(|who| expected(*who, name) < 300);
        let before = world.whole();
        wrong.extend(may_not.into_iter().filter_map(|who| check(who, name, &world.ask(who, write.clone()))));
        if world.whole() != before {
            wrong.push(format!("{name} was refused and changed something all the same"));
        }
        let apps = may.iter().filter(|who| who.is_app()).count();
        assert!(apps > 0 && apps < may.len(), "{name} is for some system and some app");
        wrong.extend(may.into_iter().filter_map(|who| check(who, name, &world.ask(who, write.clone()))));
        if world.whole() == before {
            wrong.push(format!("{name} changes nothing, so the matrix shows nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Who may write to its own referral does not reach another by what it writes there: neither the present state nor the next one may be
/// another's.
/// Threat: T51, T53, T57
#[test]
fn what_is_written_stays_where_it_was_whatever_it_says_of_itself() {
    for who in [Who::Target, Who::AppAll] {
        check_stays(who);
    }
}

fn check_stays(who: Who) {
    let world = World::new(Guide::Ontario);
    let [mine, others] = [2, 3].map(|number| json!(format!("ServiceRequest/{}", world.id("ServiceRequest", number))));
    let elsewhere = world.read(Who::Outsider, "Task", 3);
    let path =
        |it: &Value| format!("{}/{}", it["resourceType"].as_str().expect("a type"), it["id"].as_str().expect("an id"));
    let put = |at: &str, it: &Value| world.ask(who, body("PUT", at, it));
    let patch = |at: &str, operations: &Value| world.ask(who, patch(at, operations));
    let others_before = [Who::Outsider, Who::Former].map(|who| world.seen(who, "Task"));
    for name in ["Task", "Appointment"] {
        let it = world.read(Who::Target, name, 2);
        let mut moved = it.clone();
        moved["basedOn"] = json!([{"reference": others}]);
        let mut both = it.clone();
        both["basedOn"] = json!([{"reference": mine}, {"reference": others}]);
        let answers = [
            put(&path(&it), &moved),
            patch(&path(&it), &json!([{"op": "replace", "path": "/basedOn/0/reference", "value": others}])),
            patch(&path(&it), &json!([{"op": "replace", "path": "/id", "value": elsewhere["id"]}])),
            put(&path(&it), &elsewhere),
            put(&path(&elsewhere), &elsewhere),
            put(&path(&elsewhere), &it),
        ];
        let statuses = answers.each_ref().map(|answer| answer.status);
        let now = world.read(Who::Target, name, 2);
        assert_eq!((&now["id"], &now["basedOn"]), (&it["id"], &it["basedOn"]), "{statuses:?}");
        // the link of an Appointment is set back without a word; all else is refused
        let refused = if name == "Task" { &statuses[..] } else { &statuses[2..] };
        assert!(refused.iter().all(|status| (400..500).contains(status)), "{statuses:?}");
        // a second one beside its own is passed over or refused, and never kept
        let beside = put(&path(&it), &both);
        let now = world.read(Who::Target, name, 2);
        assert_eq!(now["basedOn"], it["basedOn"], "{}", beside.status);
    }
    assert_eq!([Who::Outsider, Who::Former].map(|who| world.seen(who, "Task")), others_before);
    let stolen = json!({"resourceType": "Appointment", "status": "booked", "basedOn": [{"reference": others}],
        "start": "2027-05-12T13:30:00Z", "end": "2027-05-12T14:00:00Z",
        "participant": [{"actor": {"display": "the patient"}, "status": "tentative"}]});
    let made = world.ask(who, body("POST", "Appointment", &stolen));
    assert_eq!(made.status, 404, "{}", made.text());
}

/// Threat: T53, T71
#[test]
fn an_owner_that_is_named_in_a_task_gets_no_part_in_the_referral() {
    let world = World::new(Guide::Ontario);
    let mut task = world.read(Who::Target, "Task", 2);
    let path = format!("Task/{}", world.id("Task", 2));
    let identifier = json!({"identifier": {"value": "outsider"}, "reference": "Organization/outsider"});
    for member in ["owner", "requester"] {
        task[member] = identifier.clone();
    }
    task["meta"] = json!({"versionId": "77", "lastUpdated": "2001-01-01T00:00:00Z"});
    let put = body("PUT", &path, &task);
    world.ask(Who::Target, put.clone());
    for who in [Who::Outsider, Who::AppOutsider] {
        assert_eq!(world.ask(who, Ask::get(&format!("/here/{path}")).json()).status, 404, "{who:?}");
        assert_eq!(world.ask(who, put.clone()).status, 404, "{who:?}");
    }
    let now = world.read(Who::Target, "Task", 2);
    assert!(now["meta"]["versionId"] != "77" && now["meta"]["lastUpdated"] != "2001-01-01T00:00:00Z", "{now}");
}

/// Threat: T52
#[test]
fn who_may_write_and_not_read_is_told_that_it_is_done_and_no_more() {
    let world = World::new(Guide::Ontario);
    // nobody is shown by a write what is about another patient, or might be
    for who in [Who::Writer, Who::AppWriter, Who::AppPatientWriter] {
        for (name, write) in writes(&world, 2).into_iter().filter(|(name, _)| expected(who, name) < 300) {
            for ask in [write.clone(), write.clone().header("Prefer", "return=representation")] {
                let answer = world.ask(who, ask);
                assert_eq!((answer.status, answer.text().as_str()), (expected(who, name), ""), "{who:?} {name}");
                assert!(answer.header("etag").is_some(), "{name}: who changes it again needs its version");
                assert_eq!(answer.header("preference-applied"), None, "nobody asked for less");
            }
            let stale = write.clone().header("If-Match", "W/\"77\"");
            if !name.starts_with("POST") {
                world.ask(who, stale).check_refusal(412, "conflict");
            }
            let answer = world.ask(Who::Target, write);
            assert!(answer.text().contains("\"basedOn\""), "{name}: {}", answer.text());
        }
    }
}

/// Threat: T61, T71
#[test]
fn labels_and_profiles_come_back_as_they_came_and_what_the_server_says_of_a_resource_is_its_own() {
    let world = World::new(Guide::Ontario);
    let mut message = Letter::opening("0.11", 5, "source", "target", 5).bundle();
    let labels = json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]);
    let tags = json!([{"system": "https://practice-d.example/tags", "code": "urgent-list"}]);
    let profiles = json!(["http://hl7.org/fhir/StructureDefinition/ServiceRequest"]);
    message["entry"][1]["resource"]["meta"] = json!({"versionId": "99", "lastUpdated": "2001-01-01T00:00:00Z",
        "source": "https://evil.example", "profile": profiles, "security": labels, "tag": tags});
    world.done("source", Ask::message("/here", &message.to_string()).json());
    let found = world.ask(Who::Source, Ask::get("/here/ServiceRequest?identifier=R-5").json());
    let path = format!("ServiceRequest/{}", found.member("entry/0/resource/id"));
    let check = || {
        for who in [Who::Source, Who::Target, Who::Third, Who::AppAll] {
            let meta = world.ask(who, Ask::get(&format!("/here/{path}")).json()).value()["meta"].clone();
            assert_eq!((&meta["security"], &meta["tag"], &meta["profile"]), (&labels, &tags, &profiles), "{who:?}");
            assert!(meta["versionId"] != "99" && meta["lastUpdated"] != "2001-01-01T00:00:00Z", "{meta}");
        }
    };
    check();
    let tasks = world.ask(Who::Target, Ask::get(&format!("/here/Task?based-on={path}")).json()).value();
    let mut task = tasks["entry"][0]["resource"].clone();
    task["status"] = json!("accepted");
    task.as_object_mut().expect("an object").remove("meta");
    let put = world.ask(Who::Target, body("PUT", &format!("Task/{}", task["id"].as_str().expect("an id")), &task));
    assert_eq!(put.status, 200, "{}", put.text());
    check();
}

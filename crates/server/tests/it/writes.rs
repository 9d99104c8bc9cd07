//! Every way to write where several partners work on the same referrals × every kind of caller, against an oracle of its own; and
//! what a write may not make of a resource. What is refused leaves the world as it was.
//! Source: spec of security, T44, T51 to T53, T57; 5.4.

use std::sync::Arc;

use baton_dialects::ontario::sample::{Ids, submit, visit};
use baton_store::{MemoryStore, Store};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::harness::{Answer, Ask, FORM, JSON, Server};

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[exchange]]
id = "other"
dialect = "ontario"
path = "/other"
"#;

/// Partners, where they are registered, and what they are.
const PARTNERS: [(&str, &str, &str); 6] = [
    ("source", "ontario", "source"),
    ("target", "ontario", "target"),
    ("former", "ontario", "target"),
    ("third", "ontario", "third-party"),
    ("outsider", "ontario", "source"),
    ("stranger", "other", "source"),
];

fn config() -> String {
    let scopes = r#"["system/Messaging.write", "system/*.read", "system/*.write"]"#;
    let partner = |(id, exchange, role): &(&str, &str, &str)| {
        format!(
            "[[partner]]\nid = \"{id}\"\nname = \"{id}\"\nexchanges = [\"{exchange}\"]\n\
             client_secret = \"secret-of-{id}\"\nscopes = {scopes}\nroles = [\"{role}\"]\n"
        )
    };
    format!("{CONFIG}{}", PARTNERS.iter().map(partner).collect::<String>())
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Garbage,
    Expired,
    /// Of another exchange.
    Stranger,
    /// Of this one, without a part.
    Outsider,
    Source,
    Target,
    /// The target before the referral was sent on.
    Former,
    Third,
    /// The target with a token that reads.
    Reader,
    /// The target with a token that sends messages.
    Messenger,
    /// The target with a token that writes and does not read.
    Writer,
    /// The source with a token that writes resources and sends no messages.
    Scribe,
}

const ALL: [Who; 13] = [
    Who::Nobody,
    Who::Garbage,
    Who::Expired,
    Who::Stranger,
    Who::Outsider,
    Who::Source,
    Who::Target,
    Who::Former,
    Who::Third,
    Who::Reader,
    Who::Messenger,
    Who::Writer,
    Who::Scribe,
];

impl Who {
    /// The partner, and the scopes that it asks for.
    fn asks(self) -> Option<(&'static str, &'static str)> {
        let all = "system/Messaging.write system/*.read system/*.write";
        Some(match self {
            Who::Nobody | Who::Garbage => return None,
            Who::Expired | Who::Target => ("target", all),
            Who::Stranger => ("stranger", all),
            Who::Outsider => ("outsider", all),
            Who::Source => ("source", all),
            Who::Former => ("former", all),
            Who::Third => ("third", all),
            Who::Reader => ("target", "system/*.read"),
            Who::Messenger => ("target", "system/Messaging.write"),
            Who::Writer => ("target", "system/*.write"),
            Who::Scribe => ("source", "system/*.write"),
        })
    }
}

struct World {
    server: Server,
    store: Arc<dyn Store>,
    tokens: Vec<Option<String>>,
    runtime: Runtime,
}

fn token(server: &Server, partner: &str, scope: &str) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id={partner}&client_secret=secret-of-{partner}&scope={}",
        scope.replace(' ', "+")
    );
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(server).member("access_token")
}

/// A message of a source about one of its referrals, for a target.
fn submission(number: u32, target: &str) -> Value {
    let id = |part: u32| format!("00000000-0000-4000-8000-{number:06}{part:06}");
    let text = submit(&Ids {
        base: "https://referrals.example.org/ontario",
        bundle: &id(1),
        header: &id(2),
        request: &format!("R-{number}"),
        hcn: &format!("77193502{number:02}"),
        now: "2026-01-15T14:30:00Z",
    });
    serde_json::from_str(&text.replace("centre-e", target)).expect("it is JSON")
}

fn request_of(message: &mut Value) -> &mut Value {
    message.pointer_mut("/entry/1/resource").expect("a ServiceRequest comes second")
}

impl World {
    /// R-1 went to `former` and from there, as R-2, to `target`; R-3 is the outsider's own.
    fn new() -> World {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let server = Server::with(&config(), store.clone());
        let expired = token(&server, "target", "system/*.write");
        server.pass(300);
        let token = |who: Who| match who {
            Who::Garbage => Some("garbage".to_owned()),
            Who::Expired => Some(expired.clone()),
            _ => who.asks().map(|(partner, scope)| token(&server, partner, scope)),
        };
        let tokens = ALL.into_iter().map(token).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let world = World { server, store, tokens, runtime };
        world.done(Who::Source, &submission(1, "former"));
        let mut onward = submission(2, "target");
        onward["entry"][2]["resource"]["identifier"][0]["value"] = json!("7719350201");
        let number = json!({"identifier": {
            "system": "https://practice-d.example/fhir/NamingSystem/id-ereferral-reference", "value": "R-1"}});
        request_of(&mut onward)["replaces"] = json!([number]);
        world.done(Who::Source, &onward);
        world.done(Who::Outsider, &submission(3, "former"));
        world
    }

    #[track_caller]
    fn done(&self, who: Who, message: &Value) {
        let answer = self.ask(who, Ask::message("/ontario", &message.to_string()));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn ask(&self, who: Who, ask: Ask) -> Answer {
        let place = ALL.iter().position(|other| *other == who).expect("it is one of all");
        match &self.tokens[place] {
            Some(token) => ask.bearer(token).json().send(&self.server),
            None => ask.json().send(&self.server),
        }
    }

    /// All resources of a type that somebody sees, by their ids.
    fn seen(&self, who: Who, name: &str) -> Vec<Value> {
        let found = self.ask(who, Ask::get(&format!("/ontario/{name}?_count=50"))).value();
        let mut seen: Vec<Value> =
            found["entry"].as_array().into_iter().flatten().map(|it| it["resource"].clone()).collect();
        seen.sort_by_key(|it| it["id"].to_string());
        seen
    }

    /// The one resource of a type that belongs to the referral of a number.
    fn of(&self, who: Who, name: &str, number: &str) -> Value {
        let request = self.request(who, number);
        let based_on = json!(format!("ServiceRequest/{}", request["id"].as_str().expect("it has an id")));
        let mut all = self.seen(who, name).into_iter();
        all.find(|it| it["basedOn"][0]["reference"] == based_on).unwrap_or_else(|| panic!("no {name} of {number}"))
    }

    fn request(&self, who: Who, number: &str) -> Value {
        let mut all = self.seen(who, "ServiceRequest").into_iter();
        all.find(|it| it["identifier"][0]["value"] == *number && it.get("replaces").is_some() == (number == "R-2"))
            .unwrap_or_else(|| panic!("{who:?} does not see {number}"))
    }

    /// All that there is: what each sees of each type in all versions, and what the store counts.
    fn whole(&self) -> String {
        let mut whole = String::new();
        for who in [Who::Source, Who::Target, Who::Former, Who::Third, Who::Outsider] {
            for name in ["ServiceRequest", "Task", "Appointment", "Patient", "Communication", "DocumentReference"] {
                for resource in self.seen(who, name) {
                    let path = format!("/ontario/{name}/{}/_history", resource["id"].as_str().unwrap_or_default());
                    let mut history = self.ask(who, Ask::get(&path)).value();
                    ["id", "meta", "timestamp"].iter().for_each(|it| history[it].take().as_null().unwrap_or_default());
                    whole.push_str(&format!("{who:?} {history}\n"));
                }
            }
        }
        let backlogs = self.runtime.block_on(self.store.backlogs()).expect("the store is well");
        whole.push_str(&format!("{backlogs:?}"));
        whole
    }
}

/// A write of each kind about R-2, which is the source's and at `target`.
fn writes(world: &World) -> Vec<(&'static str, Ask)> {
    let body = |method: &str, path: &str, body: &Value| {
        Ask::new(method, &format!("/ontario/{path}")).header("Content-Type", JSON).body(body.to_string())
    };
    let patch = |path: &str, operations: &Value| {
        let media = "application/json-patch+json";
        Ask::new("PATCH", &format!("/ontario/{path}")).header("Content-Type", media).body(operations.to_string())
    };
    let mut task = world.of(Who::Target, "Task", "R-2");
    task["status"] = json!("accepted");
    let task_path = format!("Task/{}", task["id"].as_str().expect("it has an id"));
    let mut booking = world.of(Who::Target, "Appointment", "R-2");
    booking["description"] = json!("another description");
    let booking_path = format!("Appointment/{}", booking["id"].as_str().expect("it has an id"));
    let request = world.request(Who::Target, "R-2");
    let made: Value = serde_json::from_str(&visit(request["id"].as_str().expect("it has an id"))).expect("it is JSON");
    let mut change = submission(9, "target");
    for (place, value) in [("/entry/0/resource/extension/0/valueString", "R-2"), ("/entry/1/resource/id", "R-2")] {
        *change.pointer_mut(place).expect("it is there") = json!(value);
    }
    let mut change: Value = serde_json::from_str(&change.to_string().replace("R-9", "R-2")).expect("it is JSON");
    change["timestamp"] = json!("2026-01-15T14:40:00Z");
    change["entry"][2]["resource"]["identifier"][0]["value"] = json!("7719350201");
    change["entry"][0]["resource"]["eventCoding"]["code"] = json!("notify-update-service-request");
    request_of(&mut change)["priority"] = json!("urgent");
    let system = "https://practice-d.example/fhir/NamingSystem/id-ereferral-reference";
    let by_number = format!("ServiceRequest?identifier={system}%7CR-2");
    let again = change
        .to_string()
        .replace("000009000", "000010000")
        .replace("14:40:00Z", "14:41:00Z")
        .replace("urgent", "stat");
    let again = serde_json::from_str(&again).expect("it is JSON");
    vec![
        ("PUT Task", body("PUT", &task_path, &task)),
        ("PATCH Task", patch(&task_path, &json!([{"op": "replace", "path": "/status", "value": "in-progress"}]))),
        ("POST Appointment", body("POST", "Appointment", &made)),
        ("PUT Appointment", body("PUT", &booking_path, &booking)),
        ("PATCH Appointment", patch(&booking_path, &json!([{"op": "replace", "path": "/description", "value": "x"}]))),
        ("PUT Bundle", body("PUT", "Bundle", &change)),
        ("PUT ServiceRequest", body("PUT", &by_number, &again)),
    ]
}

/// What each hears, said a second time and in other words than the program's.
fn expected(who: Who, write: &str) -> u16 {
    let is_message = matches!(write, "PUT Bundle" | "PUT ServiceRequest");
    let done = if write.starts_with("POST") { 201 } else { 200 };
    match who {
        Who::Nobody | Who::Garbage | Who::Expired => 401,
        Who::Stranger | Who::Reader => 403,
        // what is no party's does not exist; the new referral is not the former target's
        Who::Outsider | Who::Former => 404,
        Who::Source if is_message => done,
        Who::Target | Who::Writer if !is_message => done,
        Who::Source | Who::Target | Who::Third | Who::Messenger | Who::Writer | Who::Scribe => 403,
    }
}

fn with_an_appointment() -> World {
    let world = World::new();
    let request = world.request(Who::Target, "R-2");
    let body = visit(request["id"].as_str().expect("it has an id"));
    let booked = world.ask(Who::Target, Ask::post("/ontario/Appointment").header("Content-Type", JSON).body(body));
    assert_eq!(booked.status, 201, "{}", booked.text());
    world
}

/// Threat: T44, T51, T57
#[test]
fn each_write_is_for_whom_the_oracle_says_and_what_is_refused_changes_nothing() {
    let world = with_an_appointment();
    let mut wrong = Vec::new();
    for (name, write) in writes(&world) {
        let (may, may_not): (Vec<Who>, Vec<Who>) = ALL.into_iter().partition(|who| expected(*who, name) < 300);
        let before = world.whole();
        for who in may_not {
            let answer = world.ask(who, write.clone());
            if answer.status != expected(who, name) {
                let (status, text) = (answer.status, answer.text());
                wrong.push(format!("{who:?} {name}: {status} and not {}: {text}", expected(who, name)));
            }
        }
        if world.whole() != before {
            wrong.push(format!("{name} was refused and changed something all the same"));
        }
        assert!(!may.is_empty(), "{name} is for somebody");
        for who in may {
            let answer = world.ask(who, write.clone());
            if answer.status != expected(who, name) {
                wrong.push(format!(
                    "{who:?} {name}: {} and not {}: {}",
                    answer.status,
                    expected(who, name),
                    answer.text()
                ));
            }
        }
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
    let world = with_an_appointment();
    let [mine, others] = [(Who::Target, "R-2"), (Who::Outsider, "R-3")].map(|(who, number)| {
        json!(format!("ServiceRequest/{}", world.request(who, number)["id"].as_str().expect("an id")))
    });
    let [task, booking] = ["Task", "Appointment"].map(|name| world.of(Who::Target, name, "R-2"));
    let elsewhere = world.of(Who::Outsider, "Task", "R-3");
    let path = |it: &Value| {
        format!("/ontario/{}/{}", it["resourceType"].as_str().expect("a type"), it["id"].as_str().expect("an id"))
    };
    let put = |at: &str, body: &Value| {
        world.ask(Who::Target, Ask::new("PUT", at).header("Content-Type", JSON).body(body.to_string()))
    };
    let patch = |at: &str, operations: &Value| {
        let ask = Ask::new("PATCH", at).header("Content-Type", "application/json-patch+json");
        world.ask(Who::Target, ask.body(operations.to_string()))
    };
    let others_before = [Who::Outsider, Who::Former].map(|who| world.seen(who, "Task"));
    for it in [&task, &booking] {
        let mut moved = it.clone();
        moved["basedOn"] = json!([{"reference": others}]);
        let mut both = it.clone();
        both["basedOn"] = json!([{"reference": mine}, {"reference": others}]);
        let answers = [
            put(&path(it), &moved),
            patch(&path(it), &json!([{"op": "replace", "path": "/basedOn/0/reference", "value": others}])),
            patch(&path(it), &json!([{"op": "replace", "path": "/id", "value": elsewhere["id"]}])),
            put(&path(it), &elsewhere),
            put(&path(&elsewhere), &elsewhere),
            put(&path(&elsewhere), it),
        ];
        let statuses = answers.each_ref().map(|answer| answer.status);
        let now = world.of(Who::Target, it["resourceType"].as_str().expect("a type"), "R-2");
        assert_eq!((&now["id"], &now["basedOn"]), (&it["id"], &it["basedOn"]), "{statuses:?}");
        // the link of an Appointment is set back without a word; all else is refused
        let refused = if *it == task { &statuses[..] } else { &statuses[2..] };
        assert!(refused.iter().all(|status| (400..500).contains(status)), "{statuses:?}");
        // a second one beside its own is passed over or refused, and never kept
        let beside = put(&path(it), &both);
        let now = world.of(Who::Target, it["resourceType"].as_str().expect("a type"), "R-2");
        assert_eq!(now["basedOn"], it["basedOn"], "{}", beside.status);
    }
    assert_eq!([Who::Outsider, Who::Former].map(|who| world.seen(who, "Task")), others_before);
    let stolen = json!({"resourceType": "Appointment", "status": "booked", "basedOn": [{"reference": others}],
        "start": "2027-05-12T13:30:00Z", "end": "2027-05-12T14:00:00Z",
        "participant": [{"actor": {"display": "the patient"}, "status": "tentative"}]});
    let made =
        world.ask(Who::Target, Ask::post("/ontario/Appointment").header("Content-Type", JSON).body(stolen.to_string()));
    assert_eq!(made.status, 404, "{}", made.text());
}

/// Threat: T53, T71
#[test]
fn an_owner_that_is_named_in_a_task_gets_no_part_in_the_referral() {
    let world = World::new();
    let mut task = world.of(Who::Target, "Task", "R-2");
    let path = format!("/ontario/Task/{}", task["id"].as_str().expect("it has an id"));
    let identifier = json!({"identifier": {"value": "outsider"}, "reference": "Organization/outsider"});
    for member in ["owner", "requester"] {
        task[member] = identifier.clone();
    }
    task["meta"] = json!({"versionId": "77", "lastUpdated": "2001-01-01T00:00:00Z"});
    let put = Ask::new("PUT", &path).header("Content-Type", JSON).body(task.to_string());
    world.ask(Who::Target, put.clone());
    assert_eq!(world.ask(Who::Outsider, Ask::get(&path)).status, 404);
    assert_eq!(world.ask(Who::Outsider, put).status, 404);
    let now = world.of(Who::Target, "Task", "R-2");
    assert!(now["meta"]["versionId"] != "77" && now["meta"]["lastUpdated"] != "2001-01-01T00:00:00Z", "{now}");
}

/// Threat: T52
#[test]
fn who_may_write_and_not_read_is_told_that_it_is_done_and_no_more() {
    let world = with_an_appointment();
    for (name, write) in writes(&world).into_iter().filter(|(name, _)| expected(Who::Writer, name) < 300) {
        for ask in [write.clone(), write.clone().header("Prefer", "return=representation")] {
            let answer = world.ask(Who::Writer, ask);
            assert_eq!((answer.status, answer.text().as_str()), (expected(Who::Writer, name), ""), "{name}");
            assert!(answer.header("etag").is_some(), "{name}: who changes it again needs its version");
            assert_eq!(answer.header("preference-applied"), None, "nobody asked for less");
        }
        let stale = write.clone().header("If-Match", "W/\"77\"");
        if !name.starts_with("POST") {
            world.ask(Who::Writer, stale).check_refusal(412, "conflict");
        }
        let answer = world.ask(Who::Target, write);
        assert!(answer.text().contains("\"basedOn\""), "{name}: {}", answer.text());
    }
}

/// Threat: T61, T71
#[test]
fn labels_and_profiles_come_back_as_they_came_and_what_the_server_says_of_a_resource_is_its_own() {
    let world = World::new();
    let mut message = submission(5, "target");
    let labels = json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}]);
    let tags = json!([{"system": "https://practice-d.example/tags", "code": "urgent-list"}]);
    let profiles = json!(["http://hl7.org/fhir/StructureDefinition/ServiceRequest"]);
    request_of(&mut message)["meta"] = json!({"versionId": "99", "lastUpdated": "2001-01-01T00:00:00Z",
        "source": "https://evil.example", "profile": profiles, "security": labels, "tag": tags});
    world.done(Who::Source, &message);
    let check = || {
        for who in [Who::Source, Who::Target, Who::Third] {
            let meta = world.request(who, "R-5")["meta"].clone();
            assert_eq!((&meta["security"], &meta["tag"], &meta["profile"]), (&labels, &tags, &profiles), "{who:?}");
            assert!(meta["versionId"] != "99" && meta["lastUpdated"] != "2001-01-01T00:00:00Z", "{meta}");
        }
    };
    check();
    let mut task = world.of(Who::Target, "Task", "R-5");
    task["status"] = json!("accepted");
    task.as_object_mut().expect("an object").remove("meta");
    let path = format!("/ontario/Task/{}", task["id"].as_str().expect("it has an id"));
    let put = world.ask(Who::Target, Ask::new("PUT", &path).header("Content-Type", JSON).body(task.to_string()));
    assert_eq!(put.status, 200, "{}", put.text());
    check();
}

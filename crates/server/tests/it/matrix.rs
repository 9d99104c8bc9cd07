//! Every place of an exchange where several partners work on the same referrals × every method × every kind of caller, against an
//! oracle of its own; and two worlds, with and without a referral, that nobody without a part in it can tell apart.
//! Source: spec of security, T44 to T52 and T68.

use std::sync::Arc;

use baton_dialects::ontario::sample::{Ids, submit};
use baton_server::http::route::{OWN_PLACES, Place, Ways};
use baton_store::MemoryStore;
use serde_json::Value;

use crate::harness::{Answer, Ask, JSON, Server};

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
[[partner]]
id = "source"
name = "Source"
exchanges = ["ontario"]
client_secret = "secret-of-source"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["source"]
[[partner]]
id = "target"
name = "Target"
exchanges = ["ontario"]
client_secret = "secret-of-target"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["target"]
[[partner]]
id = "third"
name = "Third party"
exchanges = ["ontario"]
client_secret = "secret-of-third"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["third-party"]
[[partner]]
id = "outsider"
name = "Another source"
exchanges = ["ontario"]
client_secret = "secret-of-outsider"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["source"]
[[partner]]
id = "scribe"
name = "Scribe"
exchanges = ["ontario"]
client_secret = "secret-of-scribe"
scopes = ["system/Nothing.read"]
roles = ["source"]
[[partner]]
id = "stranger"
name = "Stranger"
exchanges = ["other"]
client_secret = "secret-of-stranger"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["source", "target", "third-party"]
"#;

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Garbage,
    Expired,
    Stranger,
    Scribe,
    Outsider,
    Source,
    Target,
    Third,
}

const ALL: [Who; 9] = [
    Who::Nobody,
    Who::Garbage,
    Who::Expired,
    Who::Stranger,
    Who::Scribe,
    Who::Outsider,
    Who::Source,
    Who::Target,
    Who::Third,
];

impl Who {
    fn partner(self) -> Option<&'static str> {
        match self {
            Who::Nobody | Who::Garbage => None,
            Who::Expired | Who::Source => Some("source"),
            Who::Stranger => Some("stranger"),
            Who::Scribe => Some("scribe"),
            Who::Outsider => Some("outsider"),
            Who::Target => Some("target"),
            Who::Third => Some("third"),
        }
    }

    fn has_a_part(self) -> bool {
        matches!(self, Who::Source | Who::Target | Who::Third)
    }
}

struct World {
    server: Server,
    /// A token of each kind of caller.
    tokens: Vec<Option<String>>,
}

impl World {
    fn empty() -> World {
        let server = Server::with(CONFIG, Arc::new(MemoryStore::default()));
        let expired = server.token("source");
        server.pass(300);
        let token = |who: Who| match who {
            Who::Garbage => Some("garbage".to_owned()),
            Who::Expired => Some(expired.clone()),
            _ => who.partner().map(|partner| server.token(partner)),
        };
        let tokens = ALL.into_iter().map(token).collect();
        World { server, tokens }
    }

    fn with_a_referral() -> World {
        let world = World::empty();
        let message = submission();
        assert_eq!(world.ask(Who::Source, Ask::message("/ontario", &message)).status, 200);
        world
    }

    fn ask(&self, who: Who, ask: Ask) -> Answer {
        let place = ALL.iter().position(|other| *other == who).expect("it is one of all");
        match &self.tokens[place] {
            Some(token) => ask.bearer(token).send(&self.server),
            None => ask.send(&self.server),
        }
    }

    fn id(&self, resource_type: &str) -> String {
        self.ask(Who::Source, Ask::get(&format!("/ontario/{resource_type}")).json()).member("entry/0/resource/id")
    }
}

fn submission() -> String {
    submit(&Ids {
        base: "https://referrals.example.org/ontario",
        bundle: "00000000-0000-4000-8000-000000000001",
        header: "00000000-0000-4000-8000-000000000002",
        request: "R-1",
        hcn: "7719350264",
        now: "2026-01-15T14:30:00Z",
    })
}

/// A path to every place, and what stands there.
fn paths(world: &World) -> Vec<String> {
    let mut paths: Vec<String> =
        ["", "/metadata", "/.well-known/smart-configuration", "/$process-message", "/nothing-here", "/launch"]
            .map(str::to_owned)
            .to_vec();
    paths.push("/Patient/$process-message".to_owned());
    paths.extend(OWN_PLACES.map(|place| format!("/{}", place.path())));
    paths.extend(["/Bundle", "/MessageDefinition"].map(str::to_owned));
    for name in ["ServiceRequest", "Task", "Patient", "DocumentReference"] {
        let id = world.id(name);
        paths.extend(["", "/_search"].map(|rest| format!("/{name}{rest}")));
        paths.extend(["", "/_history", "/_history/1"].map(|rest| format!("/{name}/{id}{rest}")));
    }
    paths.push("/Appointment".to_owned());
    paths.push(format!("/DocumentReference/{}/$binary", world.id("DocumentReference")));
    paths
}

/// Each place has a number here, so that a new one does not compile until it is thought of.
fn number(place: &Place) -> usize {
    match place {
        Place::Base => 0,
        Place::Metadata => 1,
        Place::SmartConfiguration => 2,
        Place::ProcessMessage => 3,
        Place::Type(_) => 4,
        Place::TypeSearch(_) => 5,
        Place::Instance(..) => 6,
        Place::History(..) => 7,
        Place::Version(..) => 8,
        Place::OperationElsewhere => 9,
        Place::Unknown => 10,
        Place::Paper(_) => 11,
        Place::Own(_) => 12,
        Place::Launch(_) => 13,
    }
}

fn request(method: &str, path: &str) -> Ask {
    let ask = Ask::new(method, &format!("/ontario{path}")).json();
    match path {
        _ if path.ends_with("/_search") => {
            ask.header("Content-Type", "application/x-www-form-urlencoded").body("_count=5")
        }
        // there is nothing that could be taken for a message or a resource, so that nothing is changed
        _ if matches!(method, "POST" | "PUT" | "PATCH") => ask.header("Content-Type", JSON).body("{}"),
        _ => ask,
    }
}

/// What each caller hears, said a second time and in other words than the program's.
fn expected(who: Who, method: &str, path: &str) -> &'static [u16] {
    let place = Place::of(path);
    let allowed = place.allow(Ways::MessagesAndRest);
    if method == "TRACE" && allowed.is_none() {
        return &[404];
    }
    let Some(allowed) = allowed else { return if method == "POST" && path.is_empty() { &[400] } else { &[404] } };
    if method == "OPTIONS" {
        return &[204];
    }
    if !allowed.split(", ").any(|other| other == method) {
        return &[405];
    }
    // there are no apps
    if matches!(place, Place::Launch(_)) {
        return &[404];
    }
    let is_public = matches!(place, Place::Metadata | Place::SmartConfiguration) || path == "/MessageDefinition";
    match who {
        _ if is_public => &[200],
        Who::Nobody | Who::Garbage | Who::Expired => &[401],
        Who::Stranger | Who::Scribe => &[403],
        Who::Outsider | Who::Source | Who::Target | Who::Third => let_in(who, method, &place),
    }
}

/// What a caller hears whose token is good there.
fn let_in(who: Who, method: &str, place: &Place) -> &'static [u16] {
    let is_read = matches!(method, "GET" | "HEAD");
    match place {
        // nobody has registered where it is told
        Place::Own(_) => &[200, 204, 400, 404, 415, 422],
        Place::Type(_) | Place::TypeSearch(_) if is_read || matches!(place, Place::TypeSearch(_)) => &[200],
        Place::Instance(..) | Place::History(..) | Place::Version(..) if is_read => {
            if who.has_a_part() {
                &[200]
            } else {
                &[404]
            }
        }
        // the sample's paper is at an address that leads to nobody
        Place::Paper(_) => &[404],
        // an empty object is no resource, whoever sends it: that is said before anything is looked for
        _ => &[400, 403, 404, 415, 422],
    }
}

/// Threat: T44, T68
#[test]
fn every_place_answers_every_caller_as_the_oracle_says() {
    let world = World::with_a_referral();
    let paths = paths(&world);
    let mut numbers: Vec<usize> = paths.iter().map(|path| number(&Place::of(path))).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (0..14).collect::<Vec<_>>(), "each kind of place is in the matrix");
    let mut wrong = Vec::new();
    for path in &paths {
        for method in METHODS {
            for who in ALL {
                let status = world.ask(who, request(method, path)).status;
                let expected = expected(who, method, path);
                if !expected.contains(&status) {
                    wrong.push(format!("{who:?} {method} {path}: {status} and not {expected:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Threat: T44, T57
#[test]
fn only_its_target_changes_a_task_and_what_is_refused_changes_nothing() {
    let world = World::with_a_referral();
    let path = format!("/ontario/Task/{}", world.id("Task"));
    let read = || world.ask(Who::Source, Ask::get(&path).json());
    let (mut task, before) = (read().value(), read().body);
    task["status"] = "accepted".into();
    let put = |who| world.ask(who, Ask::new("PUT", &path).header("Content-Type", JSON).json().body(task.to_string()));
    for (who, status) in [
        (Who::Nobody, 401),
        (Who::Expired, 401),
        (Who::Stranger, 403),
        (Who::Scribe, 403),
        (Who::Outsider, 404),
        (Who::Source, 403),
        (Who::Third, 403),
    ] {
        assert_eq!(put(who).status, status, "{who:?}");
        assert_eq!(read().body, before, "{who:?}");
    }
    assert_eq!(put(Who::Target).status, 200);
    assert_eq!(read().value()["status"], "accepted");
}

/// An answer without what is new each time.
fn told(answer: &Answer) -> (u16, String) {
    let mut text = answer.text();
    if let Ok(mut value) = serde_json::from_str::<Value>(&text) {
        for name in ["id", "meta", "timestamp"] {
            value.as_object_mut().and_then(|object| object.remove(name));
        }
        text = value.to_string();
    }
    (answer.status, text)
}

/// Whoever has no part in a referral cannot find out that it is there, by no address and no search.
/// Threat: T46, T47, T48, T49
#[test]
fn who_has_no_part_cannot_tell_a_world_with_a_referral_from_one_without() {
    let (with, without) = (World::with_a_referral(), World::empty());
    let mut asked = paths(&with);
    for name in ["ServiceRequest", "Patient", "Task", "DocumentReference", "Communication", "Appointment"] {
        for query in ["identifier=R-1", "identifier=7719350264", "status=requested", "_summary=count", "_count=0"] {
            asked.push(format!("/{name}?{query}"));
        }
        asked.push(format!("/{name}?patient=Patient/{}", with.id("Patient")));
        asked.push(format!("/{name}?based-on=ServiceRequest/{}", with.id("ServiceRequest")));
        asked.push(format!("/{name}?_id={}", with.id(if name == "Task" { "Task" } else { "Patient" })));
    }
    for who in [Who::Outsider, Who::Scribe, Who::Stranger, Who::Nobody] {
        for path in &asked {
            for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                let [here, there] = [&with, &without].map(|world| told(&world.ask(who, request(method, path))));
                assert_eq!(here, there, "{who:?} {method} {path}");
            }
        }
    }
}

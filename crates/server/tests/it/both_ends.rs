//! Two Batons, one at the source and one at the target, and a third party that fails, hangs and comes back: everything arrives,
//! in order, and is seen once.

use std::sync::Arc;

use baton_dialects::ontario::sample::{Ids, revoke, submit, visit};
use baton_store::MemoryStore;
use serde_json::{Value, json};

use crate::{
    delivery::{HANGS, Heard, Sink, status},
    endpoint::until,
    harness::{Answer, Ask, JSON, Server},
};

const NUMBER: &str = "referral-77";
const HEAD: &str = r#"
[server]
listen = "127.0.0.1:0"
[delivery]
allow_private_addresses = true
retry_first = "1s"
retry_cap = "2s"
timeout = "500ms"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[partner]]
id = "practice-d"
name = "Practice D"
exchanges = ["ontario"]
client_secret = "secret-of-practice-d"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
"#;

/// Both ends, and what the third party heard.
struct World {
    source: Server,
    target: Server,
    registry: Sink,
    heard: Vec<Heard>,
}

impl World {
    fn new() -> World {
        let (no, later) = (status("500 No"), status("503 Later"));
        let mut answers = vec![no.as_str(); 5];
        answers.extend([HANGS, &later, &no]);
        let registry = Sink::answering(&answers);
        let at_source = format!(
            r#"{HEAD}
[[partner]]
id = "centre-e"
name = "Hip Centre E"
exchanges = ["ontario"]
client_secret = "secret-of-centre-e"
scopes = ["system/Messaging.write", "system/*.read", "system/Endpoint.read", "system/Endpoint.write"]
roles = ["target"]
[[partner]]
id = "registry"
name = "Registry"
exchanges = ["ontario"]
roles = ["third-party"]
notify = {{ url = "{}" }}
"#,
            registry.url()
        );
        let source = Server::with(&at_source, Arc::new(MemoryStore::default()));
        let at_target = format!(
            r#"{HEAD}
notify = {{ url = "{}", oauth = {} }}
[[partner]]
id = "centre-e"
name = "Hip Centre E"
exchanges = ["ontario"]
client_secret = "secret-of-centre-e"
scopes = ["system/*.read", "system/*.write"]
roles = ["target"]
own = true
"#,
            messages(&source),
            grant(&source, "centre-e", '=')
        );
        let target = Server::with(&at_target, Arc::new(MemoryStore::default()));
        let world = World { source, target, registry, heard: Vec::new() };
        // only now the source's end can know where the target's is
        let endpoint =
            format!(r#"{{"url":"{}","oauth":{}}}"#, messages(&world.target), grant(&world.target, "practice-d", ':'));
        let made = world.ask(&world.source, "centre-e", "PUT", "/ontario/$endpoint", &endpoint);
        assert_eq!(made.status, 201, "{}", made.text());
        world
    }

    fn ask(&self, end: &Server, partner: &str, method: &str, path: &str, body: &str) -> Answer {
        let ask = Ask::new(method, path).header("Content-Type", JSON).body(body).json();
        ask.bearer(&end.token(partner)).send(end)
    }

    #[track_caller]
    fn send(&self, message: &str) {
        let answer = self.ask(&self.source, "practice-d", "POST", "/ontario/$process-message", message);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// What is found at an end of what belongs to the referral; nothing until the referral is there.
    fn found(&self, end: &Server, partner: &str, resource_type: &str) -> Option<Value> {
        let get = |path: &str| Ask::get(path).json().bearer(&end.token(partner)).send(end).value();
        let request = get(&format!("/ontario/ServiceRequest?identifier={NUMBER}"));
        let request = request.pointer("/entry/0/resource").cloned()?;
        if resource_type == "ServiceRequest" {
            return Some(request);
        }
        let id = request["id"].as_str()?;
        let found = get(&format!("/ontario/{resource_type}?based-on=ServiceRequest/{id}"));
        assert!(found["total"].as_u64() <= Some(1), "it is there once: {found}");
        found.pointer("/entry/0/resource").cloned()
    }

    /// Waits, while time passes at both ends, until an end holds a resource that is so.
    #[track_caller]
    fn until_found(&self, end: &Server, partner: &str, resource_type: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut found = None;
        until(|| {
            self.source.pass(1);
            self.target.pass(1);
            found = self.found(end, partner, resource_type).filter(&is_so);
            found.is_some()
        });
        found.expect("it was found")
    }

    /// Waits until the third party has heard so many notices, and says of what.
    #[track_caller]
    fn registry_heard(&mut self, number: usize) -> Vec<String> {
        let mut seen = Vec::new();
        until(|| {
            self.source.pass(1);
            // time passes no faster than something can be said
            assert_eq!(Ask::get("/health/live").send(&self.source).status, 200);
            self.heard.extend(self.registry.heard.try_iter());
            seen = in_order(&self.heard);
            seen.len() >= number
        });
        seen
    }
}

fn messages(end: &Server) -> String {
    format!("http://{}/ontario/$process-message", end.address)
}

/// How an end shows who it is at the other one, in TOML or in JSON.
fn grant(end: &Server, partner: &str, sign: char) -> String {
    let quote = |name: &str| if sign == ':' { format!("\"{name}\"") } else { name.to_owned() };
    let pairs = [
        ("token_url", format!("http://{}/oauth/token", end.address)),
        ("client_id", partner.to_owned()),
        ("client_secret", format!("secret-of-{partner}")),
    ];
    let pairs = pairs.map(|(name, value)| format!("{}{sign}\"{value}\"", quote(name)));
    format!("{{{}}}", pairs.join(","))
}

fn event_of(heard: &Heard) -> String {
    let message: Value = serde_json::from_str(&heard.body).expect("a message");
    message.pointer("/entry/0/resource/eventCoding/code").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn message(make: fn(&Ids<'_>) -> String, place: u32) -> String {
    make(&Ids {
        base: "https://referrals.example.org/ontario",
        bundle: &format!("00000000-0000-4000-8000-00000000000{place}"),
        header: &format!("00000000-0000-4000-9000-00000000000{place}"),
        request: NUMBER,
        hcn: "7719350264",
        now: &format!("2026-01-15T14:3{place}:00Z"),
    })
}

/// The whole referral again, more urgent.
fn update() -> String {
    let mut message: Value = serde_json::from_str(&message(submit, 2)).expect("a sample is JSON");
    let entries = message["entry"].as_array_mut().expect("it has entries");
    entries[0]["resource"]["eventCoding"]["code"] = json!("notify-update-service-request");
    entries[1]["resource"]["priority"] = json!("urgent");
    message.to_string()
}

#[test]
fn a_referral_is_lived_at_both_ends_and_a_third_party_that_was_away_hears_all_of_it() {
    let mut world = World::new();
    world.send(&message(submit, 1));
    let mut task = world.until_found(&world.target, "centre-e", "Task", |task| task["status"] == "requested");
    // worked at one end, seen at the other
    task["status"] = json!("accepted");
    let path = format!("/ontario/Task/{}", task["id"].as_str().expect("an id"));
    let accepted = world.ask(&world.target, "centre-e", "PUT", &path, &task.to_string());
    assert_eq!(accepted.status, 200, "{}", accepted.text());
    world.until_found(&world.source, "practice-d", "Task", |task| task["status"] == "accepted");
    let request = world.found(&world.target, "centre-e", "ServiceRequest").expect("it is there");
    let booking = visit(request["id"].as_str().expect("an id"));
    let booked = world.ask(&world.target, "centre-e", "POST", "/ontario/Appointment", &booking);
    assert_eq!(booked.status, 201, "{}", booked.text());
    let seen = world.until_found(&world.source, "practice-d", "Appointment", |_| true);
    assert_eq!(seen["start"], json!("2027-05-12T13:30:00-04:00"));
    // changed at the source, seen at the target
    world.send(&update());
    world.until_found(&world.target, "centre-e", "ServiceRequest", |request| request["priority"] == "urgent");
    world.registry_heard(4);
    // withdrawn: neither end has it any more
    world.send(&message(revoke, 3));
    until(|| {
        world.source.pass(1);
        world.found(&world.target, "centre-e", "ServiceRequest").is_none()
    });
    let expected = [
        "notify-add-service-request",
        "notify-update-process-request",
        "notify-add-appointment",
        "notify-update-service-request",
        "notify-update-process-request",
    ];
    assert_eq!(world.registry_heard(expected.len()), expected);
    let last = &world.heard.last().expect("it heard something").body;
    assert!(last.contains("cancelled") && !last.contains("Sampleton"), "{last}");
}

/// The events in their order: a message that comes again comes under the same id, and nothing comes between.
#[track_caller]
fn in_order(heard: &[Heard]) -> Vec<String> {
    let mut seen: Vec<(String, String)> = Vec::new();
    for one in heard {
        let (event, id) = (event_of(one), one.header("webhook-id").expect("each has an id").to_owned());
        if seen.last().is_some_and(|(_, last)| *last == id) {
            continue;
        }
        assert!(seen.iter().all(|(_, earlier)| *earlier != id), "{event} came after what follows it");
        seen.push((event, id));
    }
    seen.into_iter().map(|(event, _)| event).collect()
}

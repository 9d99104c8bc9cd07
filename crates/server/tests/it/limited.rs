//! A system whose scopes are limited by a search: each interaction, beside a system that sees all, and what is out of the limit beside
//! what never was. Source: spec of security, 2.3 ("Query-limited scopes"), T33.

use std::sync::Arc;

use baton_dialects::ontario::sample::{Ids, submit, visit};
use baton_store::MemoryStore;
use serde_json::{Value, json};

use crate::harness::{Answer, Ask, FORM, JSON, Server, message};

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[partner]]
id = "source"
name = "Source"
exchanges = ["ontario"]
client_secret = "secret-of-source"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
[[partner]]
id = "target"
name = "Target"
exchanges = ["ontario"]
client_secret = "secret-of-target"
scopes = ["system/*.read", "system/*.write", "system/Messaging.write"]
roles = ["target"]
"#;

const LIMIT: &str = "system/Task.cruds?status=requested";

struct World {
    server: Server,
    /// The target with all that it may do.
    whole: String,
    /// The target with [`LIMIT`].
    limited: String,
}

fn granted(server: &Server, partner: &str, scope: &str) -> Answer {
    let scope: String = url::form_urlencoded::byte_serialize(scope.as_bytes()).collect();
    let form =
        format!("grant_type=client_credentials&client_id={partner}&client_secret=secret-of-{partner}&scope={scope}");
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(server)
}

fn submission(number: u32) -> String {
    let id = |part: u32| format!("00000000-0000-4000-8000-{number:06}{part:06}");
    let ids = Ids {
        base: "https://referrals.example.org/ontario",
        bundle: &id(1),
        header: &id(2),
        request: &format!("R-{number}"),
        hcn: &format!("77193502{number:02}"),
        now: "2026-01-15T14:30:00Z",
    };
    submit(&ids).replace("centre-e", "target")
}

impl World {
    /// With as many referrals at the target.
    fn with(referrals: u32) -> World {
        let server = Server::with(CONFIG, Arc::new(MemoryStore::default()));
        let token = |scope: &str| granted(&server, "target", scope).member("access_token");
        let (whole, limited) = (token("system/*.read system/*.write system/Messaging.write"), token(LIMIT));
        let world = World { server, whole, limited };
        (1..=referrals).for_each(|number| world.refer(number));
        world
    }

    fn refer(&self, number: u32) {
        let source = granted(&self.server, "source", "system/Messaging.write").member("access_token");
        let answer = Ask::message("/ontario", &submission(number)).bearer(&source).json().send(&self.server);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn token(&self, scope: &str) -> String {
        granted(&self.server, "target", scope).member("access_token")
    }

    fn get(&self, token: &str, path: &str) -> Answer {
        Ask::get(&format!("/ontario/{path}")).bearer(token).json().send(&self.server)
    }

    /// The ids of all of a type, oldest first, as `token` finds them.
    fn ids(&self, token: &str, path: &str) -> Vec<String> {
        let found = self.get(token, path);
        assert_eq!(found.status, 200, "{path}: {}", found.text());
        let entries = found.value()["entry"].as_array().cloned().unwrap_or_default();
        let ids = entries.iter().map(|entry| entry["resource"]["id"].as_str().expect("an id").to_owned()).collect();
        assert!(path.contains("_count") || found.member("total") == entries.len().to_string(), "{}", found.text());
        ids
    }

    fn patch(&self, token: &str, path: &str, operations: &Value) -> Answer {
        let ask = Ask::new("PATCH", &format!("/ontario/{path}")).header("Content-Type", "application/json-patch+json");
        ask.bearer(token).json().body(operations.to_string()).send(&self.server)
    }

    fn put(&self, token: &str, path: &str, resource: &Value) -> Answer {
        let ask = Ask::new("PUT", &format!("/ontario/{path}")).header("Content-Type", JSON);
        ask.bearer(token).json().body(resource.to_string()).send(&self.server)
    }

    fn turn(&self, task: &str, status: &str) {
        let patched = self.patch(&self.whole, &format!("Task/{task}"), &to(status));
        assert_eq!(patched.status, 200, "{}", patched.text());
    }
}

fn to(status: &str) -> Value {
    json!([{"op": "replace", "path": "/status", "value": status}])
}

/// An answer without what is new each time, and with the ids of what was asked for left out.
fn told(answer: &Answer, id: &str) -> (u16, String) {
    let mut text = answer.text();
    if let Ok(mut value) = serde_json::from_str::<Value>(&text) {
        ["id", "meta", "timestamp"].iter().for_each(|it| {
            value.as_object_mut().and_then(|object| object.remove(*it));
        });
        text = value.to_string();
    }
    (answer.status, text.replace(id, "{id}"))
}

/// Threat: T33
#[test]
fn a_scope_whose_query_is_not_decided_is_not_granted() {
    let server = Server::with(CONFIG, Arc::new(MemoryStore::default()));
    for asked in [
        "system/Task.rs?status:not=requested",
        "system/Task.rs?patient.identifier=1",
        "system/Task.rs?_lastUpdated=ge2020-01-01",
        "system/Task.rs?status=urn:a|requested",
        "system/Task.rs?status=",
        "system/Task.rs?status=requested#x",
        "system/Task.rs?status=%zz",
        "system/Task.rs?_sort=status",
        "system/Patient.rs?status=active",
        "system/*.rs?status=active",
        "system/*.rs?_id=1",
        "system/AuditEvent.rs?_id=1",
        "system/Messaging.write?status=active",
        "user/Task.rs?status=requested",
    ] {
        let answer = granted(&server, "target", asked);
        assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_scope"), "{asked}");
    }
    let some = granted(&server, "target", "system/Task.rs?foo=1 system/Task.r system/Task.s?status=a,b&status=%62");
    assert_eq!(some.member("scope"), "system/Task.r system/Task.s?status=a,b&status=%62");
}

/// Threat: T33
#[test]
fn out_of_its_limit_a_system_reads_and_finds_nothing() {
    let world = World::with(3);
    let all = world.ids(&world.whole, "Task");
    world.turn(&all[0], "accepted");
    let (limited, out, within) = (&world.limited, &all[0], &all[1..]);
    assert_eq!(world.ids(limited, "Task"), within);
    for query in ["_id=", "based-on=x&_id=", "status=requested&_id=", "status=accepted&_id=", "_count=0&_id="] {
        assert_eq!(world.get(limited, &format!("Task?{query}{out}")).member("total"), "0", "{query}");
    }
    assert_eq!(world.ids(limited, "Task?status=accepted,requested"), within);
    assert_eq!(world.get(limited, "Task?_summary=count").member("total"), "2");
    let form = Ask::post("/ontario/Task/_search").header("Content-Type", FORM).body("status=accepted");
    assert_eq!(form.bearer(limited).json().send(&world.server).member("total"), "0");
    let first = world.get(limited, "Task?_count=1");
    assert_eq!((first.member("total"), first.member("entry/0/resource/id")), ("2".to_owned(), within[0].clone()));
    let next = first.member("link/1/url").replace("https://referrals.example.org/ontario/", "");
    let second = world.get(limited, &next);
    assert_eq!(second.member("entry/0/resource/id"), within[1]);
    assert!(second.value()["link"].as_array().is_some_and(|links| links.len() == 1), "{}", second.text());
    for id in within {
        assert_eq!(world.get(limited, &format!("Task/{id}")).status, 200);
    }
    assert_eq!(world.get(limited, &format!("Task/{out}")).status, 404);
    for path in ["Patient", "ServiceRequest", "AuditEvent", "Endpoint", "$endpoint", "$catch-up"] {
        world.get(limited, path).check_refusal(403, "forbidden");
    }
}

/// Each version by what it says itself.
/// Threat: T33
#[test]
fn of_a_history_those_versions_are_shown_that_are_within_the_limit() {
    let world = World::with(1);
    let task = world.ids(&world.whole, "Task").pop().expect("a Task");
    let note = |text: &str| {
        let patched = world.patch(
            &world.whole,
            &format!("Task/{task}"),
            &json!([{"op": "add", "path": "/description", "value": text}]),
        );
        assert_eq!(patched.status, 200, "{}", patched.text());
    };
    note("first");
    world.turn(&task, "accepted");
    note("second");
    assert_eq!(world.get(&world.whole, &format!("Task/{task}/_history")).member("total"), "4");
    let (seen, unseen) = (world.limited.clone(), world.token("system/Task.rs?status=accepted"));
    for (token, versions) in [(&seen, [2, 1]), (&unseen, [4, 3])] {
        let history = world.get(token, &format!("Task/{task}/_history"));
        assert_eq!(history.member("total"), "2");
        for (place, version) in versions.iter().enumerate() {
            assert_eq!(history.member(&format!("entry/{place}/resource/meta/versionId")), version.to_string());
        }
        let first = world.get(token, &format!("Task/{task}/_history?_count=1"));
        assert_eq!((first.member("total"), first.value()["entry"].as_array().map(Vec::len)), ("2".to_owned(), Some(1)));
        let next = first.member("link/1/url").replace("https://referrals.example.org/ontario/", "");
        let second = world.get(token, &next);
        assert_eq!(second.member("entry/0/resource/meta/versionId"), versions[1].to_string());
        assert!(second.value()["link"].as_array().is_some_and(|links| links.len() == 1), "{}", second.text());
        for version in 1..=4 {
            let expected = if versions.contains(&version) { 200 } else { 404 };
            assert_eq!(world.get(token, &format!("Task/{task}/_history/{version}")).status, expected, "{version}");
        }
    }
    let neither = world.token("system/Task.rs?status=completed");
    let unknown = world.get(&neither, "Task/unknown/_history");
    assert_eq!(told(&world.get(&neither, &format!("Task/{task}/_history")), &task), told(&unknown, "unknown"));
}

/// Threat: T33
#[test]
fn what_is_changed_is_within_the_limit_before_and_after_or_nothing_is_changed() {
    let world = World::with(2);
    let all = world.ids(&world.whole, "Task");
    world.turn(&all[0], "accepted");
    let whole = || -> Vec<String> {
        all.iter()
            .map(|id| world.get(&world.whole, &format!("Task/{id}/_history")).value()["entry"].to_string())
            .collect()
    };
    let before = whole();
    let resource = |id: &str| world.get(&world.whole, &format!("Task/{id}")).value();
    let never = all[0].chars().rev().collect::<String>();
    // out of it, as if it was not there: whatever would become of it
    let (mut out, mut within) = (resource(&all[0]), resource(&all[1]));
    for status in ["accepted", "requested", "in-progress", "nonsense"] {
        out["status"] = json!(status);
        let mut unknown = out.clone();
        unknown["id"] = json!(never);
        let [here, there] = [(&*never, &unknown), (&*all[0], &out)]
            .map(|(id, task)| told(&world.put(&world.limited, &format!("Task/{id}"), task), id));
        assert_eq!(here, there, "{status}");
        let [here, there] =
            [&*never, &*all[0]].map(|id| told(&world.patch(&world.limited, &format!("Task/{id}"), &to(status)), id));
        assert_eq!((here.0, &here), (404, &there), "{status}");
    }
    for guess in ["accepted", "requested"] {
        let test = json!([{"op": "test", "path": "/status", "value": guess}]);
        assert_eq!(world.patch(&world.limited, &format!("Task/{}", all[0]), &test).status, 404, "{guess}");
    }
    // within it, what leaves it is forbidden
    within["status"] = json!("accepted");
    let path = format!("Task/{}", all[1]);
    world.put(&world.limited, &path, &within).check_refusal(403, "forbidden");
    world.patch(&world.limited, &path, &to("accepted")).check_refusal(403, "forbidden");
    assert_eq!(whole(), before, "what is refused changes nothing");
    let note = json!([{"op": "add", "path": "/description", "value": "a note"}]);
    let patched = world.patch(&world.limited, &path, &note);
    assert_eq!((patched.status, patched.member("description").as_str()), (200, "a note"));
    assert_ne!(whole(), before);
}

/// Threat: T33, T52
#[test]
fn what_is_made_is_within_the_limit_and_is_shown_as_far_as_it_may_be_read() {
    let world = World::with(1);
    let request = world.ids(&world.whole, "ServiceRequest").pop().expect("a ServiceRequest");
    let book = |scope: &str| {
        let ask = Ask::post("/ontario/Appointment").header("Content-Type", JSON).body(visit(&request));
        ask.bearer(&world.token(scope)).json().send(&world.server)
    };
    book("system/Appointment.cud?status=proposed").check_refusal(403, "forbidden");
    assert!(world.ids(&world.whole, "Appointment").is_empty());
    let beyond = book("system/Appointment.c?status=booked system/Appointment.r?status=proposed");
    assert_eq!((beyond.status, beyond.body.len()), (201, 0));
    let shown = book("system/Appointment.cr?status=booked,proposed");
    assert_eq!((shown.status, shown.member("status").as_str()), (201, "booked"));
    assert_eq!(world.ids(&world.whole, "Appointment").len(), 2);
}

#[test]
fn several_scopes_open_what_any_of_them_opens() {
    let world = World::with(4);
    let all = world.ids(&world.whole, "Task");
    world.turn(&all[0], "accepted");
    world.turn(&all[1], "accepted");
    world.turn(&all[1], "in-progress");
    for (scope, expected) in [
        ("system/Task.rs?status=accepted system/Task.rs?status=in-progress", &all[..2]),
        ("system/Task.rs?status=accepted,in-progress", &all[..2]),
        (&format!("system/Task.rs?_id={} system/Task.read?status=accepted", all[3]), &[&all[..1], &all[3..]].concat()),
        (&format!("system/Task.rs?_id={}&status=accepted", all[3]), &[]),
        ("system/Task.rs?status=accepted&status=requested", &[]),
        ("system/Task.rs?status=accepted system/Task.rs", &all),
        ("system/Task.rs?status=accepted system/*.read", &all),
        ("system/Task.s?status=requested system/Task.r", &all[2..]),
    ] {
        let token = world.token(scope);
        assert_eq!(world.ids(&token, "Task"), expected, "{scope}");
        let is_read = |id: &&String| world.get(&token, &format!("Task/{id}")).status == 200;
        let read = all.iter().filter(is_read).count();
        let is_by_all = scope.ends_with("system/Task.r");
        assert_eq!(read, if is_by_all { 4 } else { expected.len() }, "{scope}");
    }
}

/// Threat: T33, T46, T48
#[test]
fn what_is_out_of_the_limit_cannot_be_told_from_what_never_was() {
    let world = World::with(1);
    let asked: Vec<String> =
        ["", "?_count=1", "?_summary=count", "?status=accepted", "?status=requested", "?identifier=R-2"]
            .iter()
            .map(|query| format!("Task{query}"))
            .collect();
    let answers =
        || -> Vec<(u16, String)> { asked.iter().map(|path| told(&world.get(&world.limited, path), "-")).collect() };
    let before = answers();
    world.refer(2);
    let other = world.ids(&world.whole, "Task").pop().expect("a Task");
    world.turn(&other, "accepted");
    assert_eq!(answers(), before);
    for path in ["{id}", "{id}/_history", "{id}/_history?_count=1", "{id}/_history/2", "{id}/_history/9", "?_id={id}"] {
        let [here, there] = [&*other, "unknown-id"].map(|id| {
            let path = format!("Task/{path}").replace("/?", "?").replace("{id}", id);
            told(&world.get(&world.limited, &path), id)
        });
        // its first version was requested, and says so itself
        if path.ends_with("_history") || path.contains("_count") {
            assert_eq!((here.0, there.0), (200, 404), "{path}");
        } else {
            assert_eq!(here, there, "{path}");
        }
    }
}

/// Threat: T33
#[test]
fn a_paper_is_reached_through_a_document_within_the_limit() {
    let world = World::with(1);
    let document = world.ids(&world.whole, "DocumentReference").pop().expect("a document");
    let path = format!("DocumentReference/{document}/$binary");
    let status = |scope: &str| world.get(&world.token(scope), &path).text();
    let unknown = world.get(&world.token("system/DocumentReference.r"), "DocumentReference/unknown/$binary");
    let out = world.get(&world.token("system/DocumentReference.r?status=superseded"), &path);
    assert_eq!(told(&out, &document), told(&unknown, "unknown"));
    // it is within this one, and the sample's paper is at an address that leads to nobody
    assert_eq!(status("system/DocumentReference.r?status=current"), world.get(&world.whole, &path).text());
    assert_ne!(status("system/DocumentReference.r?status=current"), out.text());
}

#[test]
fn what_a_token_is_limited_to_is_told_where_it_is_looked_into_and_narrows_with_the_configuration() {
    let mut world = World::with(1);
    let all = world.ids(&world.whole, "Task");
    let form = format!("client_id=target&client_secret=secret-of-target&token={}", world.limited);
    let look = |world: &World| {
        Ask::post("/oauth/introspect").header("Content-Type", FORM).body(form.clone()).send(&world.server)
    };
    assert_eq!(look(&world).member("scope"), LIMIT);
    for (registered, expected) in [
        ("system/Task.cruds", LIMIT),
        ("system/Task.cruds?status=requested", LIMIT),
        ("system/Task.cruds?status=requested,accepted", LIMIT),
        ("system/Task.cruds?status=accepted", ""),
        ("system/Task.cruds?status=requested&_id=1", ""),
        ("system/Task.rs", ""),
    ] {
        let scopes = r#"scopes = ["system/*.read", "system/*.write", "system/Messaging.write"]"#;
        world.server.reconfigure(&CONFIG.replace(scopes, &format!("scopes = [\"{registered}\"]")));
        assert_eq!(look(&world).member("scope"), expected, "{registered}");
        let read = world.get(&world.limited, &format!("Task/{}", all[0]));
        assert_eq!(read.status, if expected.is_empty() { 403 } else { 200 }, "{registered}");
    }
}

#[test]
fn without_a_wish_a_system_has_what_it_is_registered_for_and_never_more() {
    let scopes = r#"scopes = ["system/*.read", "system/*.write", "system/Messaging.write"]"#;
    let config = CONFIG.replace(scopes, r#"scopes = ["system/Task.rs?status=requested,accepted"]"#);
    let server = Server::with(&config, Arc::new(MemoryStore::default()));
    assert_eq!(granted(&server, "target", "").member("scope"), "system/Task.rs?status=requested,accepted");
    assert_eq!(
        granted(&server, "target", "system/Task.r?status=accepted").member("scope"),
        "system/Task.r?status=accepted"
    );
    for wider in ["system/Task.rs", "system/Task.rs?status=completed", "system/Task.rs?_id=1", "system/*.rs"] {
        assert_eq!(granted(&server, "target", wider).status, 400, "{wider}");
    }
}

/// Threat: T33
#[test]
fn where_each_partner_has_its_own_referrals_a_limit_holds_and_references_limit_nothing() {
    let server = Server::new();
    let whole = server.token("clinic-a");
    let at = |token: &str, path: &str| Ask::get(&format!("/netsmart/v4/{path}")).bearer(token).json().send(&server);
    for (number, status) in [(1, "active"), (2, "draft"), (3, "active")] {
        let sent = message("submit", number).replace("\"active\"", &format!("\"{status}\""));
        assert_eq!(Ask::message("/netsmart/v4", &sent).bearer(&whole).json().send(&server).status, 200);
    }
    assert_eq!(granted(&server, "clinic-a", "system/ServiceRequest.rs?patient=pat-1").member("error"), "invalid_scope");
    let limited = granted(&server, "clinic-a", "system/ServiceRequest.rs?status=active").member("access_token");
    let found = at(&limited, "ServiceRequest");
    assert_eq!((found.member("total"), found.member("entry/1/resource/id")), ("2".to_owned(), "sr-3".to_owned()));
    assert_eq!(at(&limited, "ServiceRequest?patient=pat-2").member("total"), "0");
    assert_eq!(at(&limited, "ServiceRequest?patient=pat-3").member("total"), "1");
    for (id, expected) in [("sr-1", 200), ("sr-2", 404), ("sr-9", 404)] {
        for rest in ["", "/_history", "/_history/1"] {
            assert_eq!(at(&limited, &format!("ServiceRequest/{id}{rest}")).status, expected, "{id}{rest}");
        }
    }
}

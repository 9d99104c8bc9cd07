//! Papers that stay where they were made are fetched through Baton: for those who have a part, from who said where they are.

use std::sync::Arc;

use baton_dialects::ontario::sample::{Ids, revoke, submit};
use baton_store::{MemoryStore, Store};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    endpoint::CONFIG,
    harness::{Answer, Ask, Server},
    receiver::{Listening, Receiver},
};

/// The source's system, where its papers are, too, and a Baton with one referral of it.
struct World {
    server: Server,
    source: Listening,
    _runtime: Runtime,
}

const PDF: &str = "%PDF-1.7 a letter";

fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Type: application/pdf\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

impl World {
    /// The source answers all that it is asked in the same way. The paper of its referral is at `path` of it.
    fn new(answer: &str, attachment: impl Fn(&str) -> Value) -> World {
        World::listening(Receiver::answering(answer), attachment)
    }

    fn listening(receiver: Receiver, attachment: impl Fn(&str) -> Value) -> World {
        let runtime = Runtime::new().expect("a runtime");
        let source = runtime.block_on(receiver.listen());
        let origin = format!("http://127.0.0.1:{}", source.port());
        let notify =
            format!("version = \"0.10\"\nnotify = {{ url = \"{origin}/hook\", token = \"token-for-source\" }}");
        let config = CONFIG.replace("version = \"0.10\"", &notify).replace("NOTIFY", "").replace("PRIVATE", "true");
        let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
        let server = Server::with(&config, store);
        let world = World { server, source, _runtime: runtime };
        world.send("practice-d", &with_paper(&filled(submit, 1), &attachment(&origin)));
        world
    }

    fn send(&self, partner: &str, message: &str) {
        let answer = Ask::message("/ontario", message).bearer(&self.server.token(partner)).send(&self.server);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn get(&self, partner: &str, path: &str) -> Answer {
        Ask::get(&format!("/ontario/{path}")).bearer(&self.server.token(partner)).send(&self.server)
    }

    /// Where the paper of the referral is here.
    fn path(&self) -> String {
        let found = self.get("centre-e", "DocumentReference");
        format!("DocumentReference/{}/$binary", found.member("entry/0/resource/id"))
    }

    #[track_caller]
    fn check_refused(&self, status: u16, code: &str) {
        self.get("centre-e", &self.path()).check_refusal(status, code);
    }

    fn calls(&self) -> usize {
        self.source.heard().matches("GET /").count()
    }
}

fn filled(make: fn(&Ids<'_>) -> String, part: u32) -> String {
    let id = |place: u32| format!("00000000-0000-4000-8000-{part:06}{place:06}");
    make(&Ids {
        base: "https://referrals.example.org/ontario",
        bundle: &id(1),
        header: &id(2),
        request: "R-1",
        hcn: "1234567890",
        now: "2026-01-15T14:30:00Z",
    })
}

fn with_paper(message: &str, attachment: &Value) -> String {
    let mut message: Value = serde_json::from_str(message).expect("a sample is JSON");
    let entries = message["entry"].as_array_mut().expect("it has entries");
    let document = entries.iter_mut().find(|it| it["resource"]["resourceType"] == "DocumentReference").expect("one");
    document["resource"]["content"] = json!([{"attachment": attachment}]);
    message.to_string()
}

fn at_source(origin: &str) -> Value {
    json!({"contentType": "application/pdf", "url": format!("{origin}/papers/7?part=1")})
}

#[test]
fn who_has_a_part_gets_the_paper_with_the_token_of_baton() {
    let world = World::new(&answer("200 OK", PDF), at_source);
    let paper = world.get("centre-e", &world.path());
    assert_eq!((paper.status, paper.text().as_str()), (200, PDF));
    assert_eq!(paper.header("content-type"), Some("application/pdf"));
    assert_eq!(paper.header("content-disposition"), Some("attachment"));
    let heard = world.source.heard().to_ascii_lowercase();
    assert!(
        heard.contains("get /papers/7?part=1 ") && heard.contains("authorization: bearer token-for-source"),
        "{heard}"
    );
    assert!(!heard.contains(&world.server.token("centre-e").to_ascii_lowercase()), "the caller's token goes nowhere");
}

/// Threat: T62
#[test]
fn who_has_no_part_or_no_scope_gets_nothing_and_nothing_is_asked() {
    let world = World::new(&answer("200 OK", PDF), at_source);
    let path = world.path();
    world.get("stranger", &path).check_refusal(403, "forbidden");
    world.get("teller", &path).check_refusal(403, "forbidden");
    Ask::get(&format!("/ontario/{path}")).send(&world.server).check_refusal(401, "security");
    world.get("centre-e", "DocumentReference/unknown/$binary").check_refusal(404, "not-found");
    assert_eq!(world.calls(), 0);
}

/// With Baton's token for one partner another one could read what it may not see there.
/// Threat: T60
#[test]
fn an_address_counts_only_where_the_partner_that_it_leads_to_has_said_it() {
    let elsewhere = |_: &str| json!({"contentType": "application/pdf", "url": "https://files.example.org/7.pdf"});
    World::new(&answer("200 OK", PDF), elsewhere).check_refused(404, "not-found");
    // the target writes the address of a paper that the source keeps of somebody else
    let world = World::new(&answer("200 OK", PDF), elsewhere);
    let origin = format!("http://127.0.0.1:{}", world.source.port());
    world.send("centre-e", &letter(&json!({"contentType": "application/pdf", "url": format!("{origin}/papers/8")})));
    let documents = world.get("centre-e", "DocumentReference").value();
    let entries = documents["entry"].as_array().expect("a list").clone();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        let path = format!("DocumentReference/{}/$binary", entry["resource"]["id"].as_str().expect("an id"));
        world.get("centre-e", &path).check_refusal(404, "not-found");
    }
    assert_eq!(world.calls(), 0);
}

/// A letter of the target with a paper.
fn letter(attachment: &Value) -> String {
    let id = |number: u32| format!("00000000-0000-4000-8000-000009{number:06}");
    let url = |number: u32| format!("urn:uuid:{}", id(number));
    let entry = |number: u32, resource: Value| json!({"fullUrl": url(number), "resource": resource});
    json!({"resourceType": "Bundle", "id": id(1), "type": "message", "timestamp": "2026-01-15T14:40:00Z", "entry": [
        entry(2, json!({"resourceType": "MessageHeader", "id": id(2),
            "eventCoding": {"system": "https://ehealthontario.ca/fhir/CodeSystem/message-event-code",
                "code": "send-communication-from-provider"},
            "source": {"endpoint": "https://centre-e.example.org"}, "focus": [{"reference": url(3)}]})),
        entry(3, json!({"resourceType": "Communication", "status": "completed",
            "basedOn": [{"reference": url(4)}],
            "payload": [{"contentString": "see the paper"}, {"contentReference": {"reference": url(5)}}]})),
        entry(4, json!({"resourceType": "ServiceRequest", "status": "active", "intent": "order",
            "identifier": [{"value": "R-1"}], "subject": {"display": "-"}})),
        entry(5, json!({"resourceType": "DocumentReference", "status": "current",
            "content": [{"attachment": attachment}]}))
    ]})
    .to_string()
}

/// Threat: T62
#[test]
fn what_comes_is_what_it_says_or_only_bytes_and_never_harms() {
    let world = World::new(&answer("200 OK", "plain words"), at_source);
    let paper = world.get("centre-e", &world.path());
    assert_eq!((paper.status, paper.header("content-type")), (200, Some("application/octet-stream")));
    World::new(&answer("200 OK", "<html><script>alert(1)</script>"), at_source).check_refused(502, "security");
    World::new(&answer("200 OK", "#!/bin/sh\nrm -r /"), at_source).check_refused(502, "security");
}

#[test]
fn what_does_not_come_is_worded() {
    World::new(&answer("403 Forbidden", ""), at_source).check_refused(502, "transient");
    World::new(&answer("302 Found", ""), at_source).check_refused(502, "transient");
    World::new("no HTTP at all", at_source).check_refused(502, "transient");
}

#[test]
fn a_paper_may_be_ten_megabytes_and_no_more() {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    let of = |length: usize| {
        let mut answer = head(length).into_bytes();
        answer.extend(std::iter::repeat_n(b'a', length));
        World::listening(Receiver { answer, ..Receiver::default() }, at_source)
    };
    let world = of(10 * 1024 * 1024);
    assert_eq!(world.get("centre-e", &world.path()).status, 200);
    of(10 * 1024 * 1024 + 1).check_refused(502, "too-long");
}

#[test]
fn a_paper_that_is_here_is_given_from_here() {
    let inline = |_: &str| json!({"contentType": "application/pdf", "data": "JVBERi0xLjc="});
    let world = World::new(&answer("200 OK", PDF), inline);
    let paper = world.get("centre-e", &world.path());
    assert_eq!((paper.status, paper.text().as_str()), (200, "%PDF-1.7"));
    assert_eq!(world.calls(), 0);
}

#[test]
fn a_binary_that_is_here_is_given_as_what_it_says_it_is() {
    let world = World::new(&answer("200 OK", PDF), |_| json!({"contentType": "text/plain", "url": "urn:uuid:0a"}));
    let mut message: Value = serde_json::from_str(&filled(submit, 3)).expect("a sample is JSON");
    let id = "urn:uuid:00000000-0000-4000-8000-000000000077";
    let binary = json!({"resourceType": "Binary", "contentType": "text/plain", "data": "aGVsbG8="});
    message["entry"].as_array_mut().expect("entries").push(json!({"fullUrl": id, "resource": binary}));
    let message = with_paper(&message.to_string(), &json!({"contentType": "text/plain", "url": id}));
    world.send("practice-d", &message.replace("R-1", "R-2"));
    let found = world.get("centre-e", "DocumentReference").value();
    let documents = found["entry"].as_array().expect("a list");
    let document = documents.iter().find(|it| it.to_string().contains("Binary/")).expect("it leads to the Binary");
    let id = document["resource"]["id"].as_str().expect("an id");
    let paper = world.get("centre-e", &format!("DocumentReference/{id}/$binary"));
    assert_eq!((paper.status, paper.text().as_str()), (200, "hello"));
    assert_eq!(paper.header("content-type"), Some("text/plain"));
    let at = document["resource"]["content"][0]["attachment"]["url"].as_str().expect("an address");
    let same = world.get("centre-e", at);
    assert_eq!((same.text().as_str(), same.header("content-type")), ("hello", Some("text/plain")));
}

/// Threat: T107
#[test]
fn after_a_revoke_nothing_is_fetched() {
    let world = World::new(&answer("200 OK", PDF), at_source);
    let path = world.path();
    world.send("practice-d", &filled(revoke, 2));
    world.get("centre-e", &path).check_refusal(410, "deleted");
    assert_eq!(world.calls(), 0);
}

#[test]
fn netsmart_has_no_such_place() {
    let world = World::new(&answer("200 OK", PDF), at_source);
    let token = world.server.token("centre-e");
    Ask::get("/netsmart/DocumentReference/d/$binary")
        .json()
        .bearer(&token)
        .send(&world.server)
        .check_refusal(404, "not-found");
}

#[test]
fn a_partner_has_so_many_papers_fetched_at_the_same_time_and_no_more() {
    // it hears and says nothing
    let world =
        World::new("", |origin| json!({"contentType": "application/pdf", "url": format!("{origin}/letter.pdf")}));
    let (path, token) = (world.path(), world.server.token("centre-e"));
    let fetch = || Ask::get(&format!("/ontario/{path}")).bearer(&token).send(&world.server);
    std::thread::scope(|scope| {
        let under_way: Vec<_> = (0..4).map(|_| scope.spawn(fetch)).collect();
        while world.calls() < 4 {
            std::thread::yield_now();
        }
        let surplus = fetch();
        surplus.check_refusal(429, "throttled");
        assert_eq!(surplus.header("retry-after"), Some("1"));
        // those under way end with the time for them
        assert!(under_way.into_iter().all(|fetch| fetch.join().unwrap().status != 429));
    });
}

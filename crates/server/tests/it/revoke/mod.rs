//! After a revoke nothing of anybody is left: not in files, not behind any route, not in what is told.
//! The numbers of the checks are those of the specification of security, 6.4.

mod audit;
mod notice;

use std::{path::Path, sync::Arc};

use baton_dialects::ontario::sample::{Ids, revoke, submit};
use baton_store::Store;
use baton_testkit::residue::Scanner;
use serde_json::{Value, json};

use crate::harness::{Answer, Ask, JSON, Server};

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[delivery]
allow_private_addresses = true
retry_first = "1s"
retry_cap = "1s"
timeout = "TIMEOUT"
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
version = "0.10"
notify = { url = "AT_PRACTICE" }
[[partner]]
id = "centre-e"
name = "Hip Centre E"
exchanges = ["ontario"]
client_secret = "secret-of-centre-e"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["target"]
version = "0.11"
notify = { url = "AT_CENTRE" }
[[partner]]
id = "registry"
name = "Registry"
exchanges = ["ontario"]
client_secret = "secret-of-registry"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["third-party"]
version = "erec"
notify = { url = "AT_REGISTRY" }
[[partner]]
id = "stranger"
name = "Stranger"
exchanges = ["ontario"]
client_secret = "secret-of-stranger"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
"#;

/// What stands in the referral and nowhere else.
const CANARIES: [(&str, &str); 8] = [
    ("family", "Quillfeather"),
    ("given", "Zephyrine"),
    ("health card number", "7719350264"),
    ("birth date", "1949-07-23"),
    ("reason", "marzipan in the left hip"),
    ("reason of the target", "orchestral waiting room"),
    ("letter", "whether the umbrella hurts"),
    ("paper", "spectacular radiograph of February"),
];

const NUMBER: &str = "referral-0d5e";

struct World {
    server: Server,
    folder: tempfile::TempDir,
    request: String,
    task: String,
}

/// Nobody listens there, so what is told waits.
const NOWHERE: &str = "http://127.0.0.1:1/nowhere";

impl World {
    /// A referral that was submitted, worked on, booked and written about.
    fn new() -> World {
        World::telling([NOWHERE, NOWHERE, NOWHERE], "10s")
    }

    /// The same where the practice, the centre and the registry are told there, with so much time to answer.
    fn telling([practice, centre, registry]: [&str; 3], timeout: &str) -> World {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = CONFIG.replace("AT_PRACTICE", practice).replace("AT_CENTRE", centre);
        let config = config.replace("AT_REGISTRY", registry).replace("TIMEOUT", timeout);
        let server = Server::with(&config, open(folder.path()));
        let mut world = World { server, folder, request: String::new(), task: String::new() };
        assert_eq!(world.send("practice-d", &world.submission()).status, 200);
        let found = world.get("practice-d", &format!("/ontario/ServiceRequest?identifier={NUMBER}"));
        world.request = found.member("entry/0/resource/id");
        world.work();
        assert_eq!(world.send("practice-d", &letter()).status, 200);
        world
    }

    fn submission(&self) -> String {
        let mut message: Value = serde_json::from_str(&filled(submit, "1")).expect("a sample is JSON");
        let entries = message["entry"].as_array_mut().expect("it has entries");
        let patient = entries.iter_mut().find(|it| it["resource"]["resourceType"] == "Patient").expect("a patient");
        patient["resource"]["name"] = json!([{"family": "Quillfeather", "given": ["Zephyrine"]}]);
        patient["resource"]["birthDate"] = json!("1949-07-23");
        let request = entries.iter_mut().find(|it| it["resource"]["resourceType"] == "ServiceRequest").expect("one");
        request["resource"]["reasonCode"] = json!([{"text": "marzipan in the left hip"}]);
        let paper = "c3BlY3RhY3VsYXIgcmFkaW9ncmFwaCBvZiBGZWJydWFyeQ==";
        let letter = entries.iter_mut().find(|it| it["resource"]["resourceType"] == "DocumentReference").expect("one");
        letter["resource"]["content"][0]["attachment"] = json!({"contentType": "text/plain", "data": paper});
        message.to_string()
    }

    fn work(&mut self) {
        let tasks = self.get("centre-e", &format!("/ontario/Task?based-on=ServiceRequest/{}", self.request));
        let mut task = tasks.value()["entry"][0]["resource"].clone();
        self.task = task["id"].as_str().expect("a Task").to_owned();
        task["status"] = json!("on-hold");
        task["statusReason"] = json!({"text": "orchestral waiting room"});
        let path = format!("/ontario/Task/{}", self.task);
        assert_eq!(self.ask("centre-e", "PUT", &path, &task.to_string()).status, 200);
        let visit = json!({"resourceType": "Appointment", "status": "proposed", "description": "orchestral waiting room",
            "basedOn": [{"reference": format!("ServiceRequest/{}", self.request)}],
            "participant": [{"actor": {"display": "Zephyrine Quillfeather"}, "status": "accepted"}]});
        assert_eq!(self.ask("centre-e", "POST", "/ontario/Appointment", &visit.to_string()).status, 201);
    }

    fn ask(&self, partner: &str, method: &str, path: &str, body: &str) -> Answer {
        let ask = Ask::new(method, path).header("Content-Type", JSON).body(body).json();
        ask.bearer(&self.server.token(partner)).send(&self.server)
    }

    fn send(&self, partner: &str, body: &str) -> Answer {
        self.ask(partner, "POST", "/ontario/$process-message", body)
    }

    fn get(&self, partner: &str, path: &str) -> Answer {
        Ask::get(path).json().bearer(&self.server.token(partner)).send(&self.server)
    }

    /// Looks for what is left in all files of the store.
    #[track_caller]
    fn check_files(&self) {
        let traces = scanner().scan(self.folder.path()).expect("the folder can be read");
        assert!(traces.is_empty(), "{traces:?}");
    }
}

/// Finds what stands in the referral.
fn scanner() -> Scanner {
    CANARIES.iter().fold(Scanner::default(), |scanner, (name, text)| scanner.text(name, text))
}

fn open(folder: &Path) -> Arc<dyn Store> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let url = format!("sqlite:{}", folder.join("baton.db").display());
    runtime.block_on(baton_store::open(&url)).expect("the folder is ours")
}

fn filled(make: fn(&Ids<'_>) -> String, tail: &str) -> String {
    let (bundle, header) =
        (format!("00000000-0000-4000-8000-00000000000{tail}"), format!("00000000-0000-4000-9000-00000000000{tail}"));
    let base = "https://referrals.example.org/ontario";
    make(&Ids {
        base,
        bundle: &bundle,
        header: &header,
        request: NUMBER,
        hcn: "7719350264",
        now: "2026-01-15T14:30:00Z",
    })
}

fn letter() -> String {
    let mut message: Value = serde_json::from_str(&filled(revoke, "3")).expect("a sample is JSON");
    message["entry"][0]["resource"]["eventCoding"]["code"] = json!("send-communication-from-requester");
    message["entry"][0]["resource"]["focus"] = json!([{"reference": "Communication/letter-1"}]);
    let letter = json!({"fullUrl": "https://practice-d.example/fhir/Communication/letter-1", "resource": {
        "resourceType": "Communication", "id": "letter-1", "status": "completed",
        "basedOn": [{"reference": format!("ServiceRequest/{NUMBER}")}],
        "payload": [{"contentString": "whether the umbrella hurts"}]}});
    message["entry"].as_array_mut().expect("it has entries").push(letter);
    message.to_string()
}

/// Everything that a partner may ask of what a referral left behind.
fn questions(world: &World) -> Vec<String> {
    let (request, task) = (&world.request, &world.task);
    let mut paths = vec![
        format!("/ontario/ServiceRequest/{request}"),
        format!("/ontario/ServiceRequest/{request}/_history"),
        format!("/ontario/ServiceRequest/{request}/_history/1"),
        format!("/ontario/Task/{task}"),
        format!("/ontario/Task/{task}/_history"),
        format!("/ontario/ServiceRequest?identifier={NUMBER}"),
        "/ontario/Patient?identifier=7719350264".to_owned(),
    ];
    for name in ["Patient", "Task", "Appointment", "Communication", "DocumentReference", "PractitionerRole"] {
        paths.push(format!("/ontario/{name}"));
        paths.push(format!("/ontario/{name}?_summary=count"));
    }
    paths
}

/// Threat: T106, T107
#[test]
fn after_a_revoke_nothing_is_in_any_file_and_nothing_is_answered() {
    let world = World::new();
    let answer = world.send("practice-d", &filled(revoke, "2"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    // R1, R3
    world.check_files();
    // R6
    for partner in ["practice-d", "centre-e", "registry", "stranger"] {
        for path in questions(&world) {
            let answer = world.get(partner, &path);
            let text = answer.text();
            for (name, canary) in CANARIES {
                assert!(!text.contains(canary), "{partner} gets the {name} from {path}");
            }
            let is_party = partner != "stranger";
            match path.split(['?', '/']).nth(3) {
                _ if path.contains('?') || path.matches('/').count() == 2 => {
                    assert_eq!((answer.status, answer.member("total").as_str()), (200, "0"), "{partner} {path}");
                }
                _ => assert_eq!(answer.status, if is_party { 410 } else { 404 }, "{partner} {path} {text}"),
            }
        }
    }
}

/// Threat: T54, T108
#[test]
fn what_was_sent_before_does_not_come_back() {
    let world = World::new();
    let first = world.send("practice-d", &filled(revoke, "2"));
    // R9
    assert_eq!(world.send("practice-d", &world.submission()).status, 410);
    assert_eq!(world.send("practice-d", &letter()).status, 410);
    assert_eq!(world.send("practice-d", &filled(revoke, "2")).body, first.body);
    let path = format!("/ontario/Task/{}", world.task);
    assert_eq!(world.ask("centre-e", "PUT", &path, "{\"resourceType\":\"Task\"}").status, 400);
    world.check_files();
    assert_eq!(world.get("practice-d", &format!("/ontario/ServiceRequest/{}", world.request)).status, 410);
}

/// Threat: T106
#[test]
fn nothing_is_left_once_the_server_has_stopped() {
    let mut world = World::new();
    assert_eq!(world.send("practice-d", &filled(revoke, "2")).status, 200);
    world.server.stop();
    world.check_files();
}

/// Threat: T122
#[test]
fn before_a_revoke_too_nobody_who_reads_the_files_learns_of_people() {
    let world = World::new();
    world.check_files();
}

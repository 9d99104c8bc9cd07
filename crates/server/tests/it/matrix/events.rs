//! Messages of the Ontario guide: every event of its table, in every version × every part in the referral, and none × what the
//! sender's token covers, against an oracle of its own. An event without a row here fails.
//! Source: spec of Ontario, 1.1, 1.7 and 3; spec of security, T57.

use std::{collections::BTreeSet, sync::Arc};

use baton_exchange::id::Home;
use baton_store::{MemoryStore, Page, SearchQuestion};
use serde_json::json;
use tokio::runtime::Runtime;

use super::{
    letter::{Letter, VERSIONS, system_of},
    words::{PARTNERS, SENDERS, Sender, Word, expected, words},
    world::{BASE, TYPES, system_token},
};
use crate::{
    apps::{self, Asking, Browser},
    harness::{Answer, Ask},
};

/// What a token may cover, and whether that is messages. Only who has a part has patients.
const COVERS: [(&str, bool); 6] = [
    ("system/*.read system/*.write", false),
    ("user/*.cruds", false),
    ("openid fhirUser", false),
    ("launch/patient patient/*.cruds patient/Messaging.write", false),
    ("system/Messaging.write", true),
    ("user/Messaging.write", true),
];

/// A sender's token, and whether it covers messages.
type Token = (Sender, bool, &'static str, String);

/// How many events are looked at in one world: the more there is in it, the longer all takes.
const EVENTS_OF_WORLD: usize = 6;

struct World {
    version: &'static str,
    people: apps::World,
    /// How many referrals and messages there were.
    count: u32,
    runtime: Runtime,
}

fn config(version: &str) -> String {
    let partner = |(id, role): &(&str, &str)| {
        format!(
            "[[partner]]\nid = \"{id}\"\nname = \"{id}\"\nexchanges = [\"here\"]\nclient_secret = \"secret-of-{id}\"\n\
             scopes = [\"system/Messaging.write\", \"system/*.read\", \"system/*.write\"]\nroles = [\"{role}\"]\n\
             version = \"{version}\"\n"
        )
    };
    let head = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[store]
keys = "KEYS"
[[exchange]]
id = "here"
dialect = "ontario"
path = "/here"
[[app]]
id = "viewer"
name = "Viewer"
exchanges = ["here"]
redirect_uris = ["https://viewer.example/cb"]
scopes = ["openid", "fhirUser", "launch/patient", "patient/*.cruds", "user/*.cruds", "user/Messaging.write", "patient/Messaging.write"]
public = true
"#;
    format!("{head}{}", PARTNERS.iter().map(partner).collect::<String>())
}

impl World {
    fn new(version: &'static str) -> World {
        let people = PARTNERS.map(|(partner, _)| (partner, partner));
        let people = apps::World::peopled(Arc::new(MemoryStore::default()), &config(version), &people);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        World { version, people, count: 100, runtime }
    }

    fn next(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    /// A new referral; if it went on, another one follows it at `next`.
    fn refer(&mut self, went_on: bool) -> u32 {
        let (number, token) = (self.next(), self.people.server.token("source"));
        let send = |letter: serde_json::Value| {
            let answer = Ask::message("/here", &letter.to_string()).json().bearer(&token).send(&self.people.server);
            assert_eq!(answer.status, 200, "{}", answer.text());
        };
        send(Letter::opening(self.version, number, "source", "target", number).bundle());
        if went_on {
            let onward = self.count + 1;
            let mut letter = Letter::opening(self.version, onward, "source", "next", onward).bundle();
            let before = json!({"system": system_of("source"), "value": format!("R-{number}")});
            letter["entry"][1]["resource"]["replaces"] = json!([{"identifier": before}]);
            letter["entry"][2]["resource"]["identifier"][0]["value"] = json!(format!("77193{number:05}"));
            send(letter);
            self.count = onward;
        }
        number
    }

    /// A token of a partner's system, or of an app of its person. Nothing where there is no patient to choose.
    fn token(&self, partner: &str, scope: &str) -> Option<String> {
        if scope.starts_with("system") {
            return Some(system_token(&self.people.server, partner, scope));
        }
        let patient = scope.contains("launch/patient").then(|| {
            let found = Ask::get("/here/Patient").json().bearer(&self.people.server.token(partner));
            found.send(&self.people.server).value()["entry"][0]["resource"]["id"].as_str().map(str::to_owned)
        });
        if patient == Some(None) {
            return None;
        }
        let asking = Asking::of("viewer", scope).with("aud", Some(BASE));
        let code = Browser::new(&self.people).code(partner, &asking, patient.flatten().as_deref());
        Some(self.people.redeem(&code).member("access_token"))
    }

    fn send(&mut self, token: &str, event: &str, number: u32) -> Answer {
        let serial = self.next();
        let letter = Letter::opening(self.version, number, "source", "target", serial).of_anything(event);
        let ask = Ask::message("/here", &letter.bundle().to_string()).json();
        ask.bearer(token).send(&self.people.server)
    }

    /// All versions of all that there is, and what waits to be told.
    fn whole(&self) -> Vec<(String, String, u32)> {
        let all = |resource_type: &&str| {
            let (home, resource_type) = (Home::shared(&"here".into()), (*resource_type).to_owned());
            let question =
                SearchQuestion { home, resource_type, ids: None, keys: vec![], seen_by: None, within: Vec::new() };
            let found = self.people.store.search(question, Page { size: 5_000, after: None });
            self.runtime.block_on(found).expect("the store is well").0
        };
        TYPES.iter().flat_map(all).map(|it| (it.resource_type, it.id, it.version)).collect()
    }
}

/// The codes of a version, as the guide's table has them.
fn codes(version: &str) -> BTreeSet<String> {
    let table = include_str!("../../../../dialects/src/ontario/events/events.toml");
    let table: toml::Table = toml::from_str(table).expect("it is TOML");
    assert_eq!(table.keys().map(String::as_str).collect::<BTreeSet<_>>(), VERSIONS.into_iter().collect());
    let rows = table[version].as_array().expect("rows").iter();
    rows.map(|row| row["code"].as_str().expect("a code").to_owned()).collect()
}

fn check_version(version: &'static str) {
    let rows = words(version);
    let known: BTreeSet<String> = rows.iter().flat_map(|(_, codes)| *codes).map(|code| (*code).to_owned()).collect();
    assert_eq!(known, codes(version), "each event of the table has its row here");
    let events: Vec<(Word, &str)> =
        rows.iter().flat_map(|(word, codes)| codes.iter().map(|code| (*word, *code))).collect();
    let mut wrong = Vec::new();
    for events in events.chunks(EVENTS_OF_WORLD) {
        let mut world = World::new(version);
        let tokens = tokens(&mut world);
        for (word, code) in events {
            for sender in SENDERS {
                wrong.extend(check_event(&mut world, code, sender, expected(*word, sender), &tokens));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn tokens(world: &mut World) -> Vec<Token> {
    world.refer(false);
    let all = SENDERS.into_iter().flat_map(|sender| COVERS.map(|(scope, may)| (sender, may, scope)));
    all.filter_map(|(sender, may, scope)| Some((sender, may, scope, world.token(sender.partner(), scope)?))).collect()
}

/// One event from one sender, with each of its tokens: what is refused changes nothing.
fn check_event(world: &mut World, code: &str, sender: Sender, expected: u16, tokens: &[Token]) -> Vec<String> {
    let of_sender = tokens.iter().filter(|(other, ..)| *other == sender);
    let (may, may_not): (Vec<&Token>, Vec<&Token>) = of_sender.partition(|(_, may, ..)| *may && expected < 300);
    let (number, mut wrong) = (world.refer(sender == Sender::Former), Vec::new());
    let before = world.whole();
    for (_, may, scope, token) in may_not {
        wrong.extend(check(world, (code, sender, scope), token, number, if *may { expected } else { 403 }));
    }
    if world.whole() != before {
        wrong.push(format!("{code}, {sender:?}: it was refused and changed something"));
    }
    for (at, (_, _, scope, token)) in may.into_iter().enumerate() {
        let number = if at == 0 { number } else { world.refer(sender == Sender::Former) };
        wrong.extend(check(world, (code, sender, scope), token, number, expected));
    }
    wrong
}

fn check(
    world: &mut World,
    (code, sender, scope): (&str, Sender, &str),
    token: &str,
    number: u32,
    expected: u16,
) -> Option<String> {
    let answer = world.send(token, code, number);
    let (status, text) = (answer.status, answer.text());
    (status != expected).then(|| format!("{code}, {sender:?} with {scope}: {status} and not {expected}: {text}"))
}

/// Threat: T33, T57
#[test]
fn who_may_send_what_to_0_10_with_which_token() {
    check_version("0.10");
}

/// Threat: T33, T57
#[test]
fn who_may_send_what_to_0_11_with_which_token() {
    check_version("0.11");
}

/// Threat: T33, T57
#[test]
fn who_may_send_what_to_ca_erec_with_which_token() {
    check_version("erec");
}

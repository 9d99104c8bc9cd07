//! What is sent beside messages: every route × {no token, garbage, wrong scope, partner of another exchange}, what is refused before
//! a body is looked at, and exchanges that take none of it.

use std::sync::Arc;

use baton_store::MemoryStore;

use crate::harness::{Answer, Ask, JSON, Server};

/// An exchange whose partners work on the same referrals, and one that takes messages alone. Each partner has another scope.
const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[limits]
body_bytes_max = 1000
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
[[partner]]
id = "lakeside"
name = "Lakeside"
exchanges = ["ontario", "netsmart"]
client_secret = "secret-of-lakeside"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["target"]
[[partner]]
id = "sender"
name = "Sender"
exchanges = ["ontario"]
client_secret = "secret-of-sender"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
[[partner]]
id = "maker"
name = "Maker"
exchanges = ["ontario"]
client_secret = "secret-of-maker"
scopes = ["system/*.c"]
roles = ["target"]
[[partner]]
id = "changer"
name = "Changer"
exchanges = ["ontario"]
client_secret = "secret-of-changer"
scopes = ["system/*.u"]
roles = ["target"]
[[partner]]
id = "stranger"
name = "Stranger"
exchanges = ["netsmart"]
client_secret = "secret-of-stranger"
scopes = ["system/Messaging.write", "system/*.write"]
"#;

const UPDATES: [&str; 2] = ["PUT /Bundle", "PUT /ServiceRequest?identifier=urn:test:referral%7CR-1"];
const CREATES: [&str; 1] = ["POST /Appointment"];
const CHANGES: [&str; 4] = ["PUT /Task/t-1", "PATCH /Task/t-1", "PUT /Appointment/a-1", "PATCH /Appointment/a-1"];

fn all() -> impl Iterator<Item = &'static str> {
    UPDATES.into_iter().chain(CREATES).chain(CHANGES)
}

fn server() -> Server {
    Server::with(CONFIG, Arc::new(MemoryStore::default()))
}

/// `METHOD path` under a base, with a body that is no resource.
fn ask_at(base: &str, line: &str) -> Ask {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    Ask::new(method, &format!("{base}{path}")).json().header("Content-Type", JSON).body("{}")
}

fn ask(line: &str) -> Ask {
    ask_at("/ontario", line)
}

fn send_as(server: &Server, partner: &str, ask: Ask) -> Answer {
    let token = server.token(partner);
    ask.bearer(&token).send(server)
}

#[test]
fn without_a_token_nothing_is_taken() {
    let server = server();
    for line in all() {
        ask(line).send(&server).check_refusal(401, "security");
        ask(line).bearer("abc").send(&server).check_refusal(401, "security");
    }
}

#[test]
fn a_partner_of_another_exchange_is_forbidden() {
    let server = server();
    for line in all() {
        send_as(&server, "stranger", ask(line)).check_refusal(403, "forbidden");
    }
}

#[track_caller]
fn check_scope(server: &Server, partner: &str, line: &str, needed: &str) {
    let answer = send_as(server, partner, ask(line));
    answer.check_refusal(403, "forbidden");
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    assert!(challenge.contains("error=\"insufficient_scope\""), "{line}: {challenge}");
    assert!(challenge.contains(&format!("scope=\"{needed}\"")), "{line}: {challenge}");
}

/// Threat: T44
#[test]
fn each_route_asks_for_a_scope_of_its_own() {
    let server = server();
    for line in UPDATES {
        for partner in ["maker", "changer"] {
            check_scope(&server, partner, line, "patient/Messaging.write");
        }
    }
    for line in CREATES {
        for partner in ["sender", "changer"] {
            check_scope(&server, partner, line, "system/Appointment.write");
        }
    }
    for line in CHANGES {
        let needed = if line.contains("Task") { "system/Task.write" } else { "system/Appointment.write" };
        for partner in ["sender", "maker"] {
            check_scope(&server, partner, line, needed);
        }
    }
}

#[test]
fn whoever_may_is_only_refused_for_what_it_sends() {
    let server = server();
    for (partner, lines) in [("sender", &UPDATES[..]), ("maker", &CREATES[..]), ("changer", &CHANGES[..])] {
        for line in lines {
            for partner in [partner, "lakeside"] {
                let wrong = ask(line).header("Content-Encoding", "br");
                send_as(&server, partner, wrong).check_refusal(415, "not-supported");
            }
        }
    }
}

#[test]
fn where_messages_are_all_there_is_nothing_else_is_taken() {
    let server = server();
    for line in all() {
        let answer = send_as(&server, "lakeside", ask_at("/netsmart/v4", line));
        answer.check_refusal(405, "not-supported");
        assert_eq!(answer.header("allow"), Some("GET, HEAD"), "{line}");
    }
}

#[test]
fn a_method_that_is_not_taken_is_answered_with_those_that_are() {
    let server = server();
    for (line, allow) in [
        ("POST /Task", "GET, HEAD"),
        ("POST /ServiceRequest", "GET, HEAD, PUT"),
        ("PATCH /ServiceRequest/sr-1", "GET, HEAD"),
        ("PUT /Patient/p-1", "GET, HEAD"),
        ("POST /Bundle", "PUT"),
        ("GET /Bundle", "PUT"),
        ("PUT /Appointment", "GET, HEAD, POST"),
        ("DELETE /Appointment/a-1", "GET, HEAD, PUT, PATCH"),
        ("DELETE /Task/t-1", "GET, HEAD, PUT, PATCH"),
        ("PUT /Task/t-1/_history/1", "GET, HEAD"),
        ("PUT /$process-message", "POST"),
    ] {
        let answer = ask(line).send(&server);
        answer.check_refusal(405, "not-supported");
        assert_eq!(answer.header("allow"), Some(allow), "{line}");
        let (_, path) = line.split_once(' ').expect("a method and a path");
        assert_eq!(ask(&format!("OPTIONS {path}")).send(&server).header("allow"), Some(allow), "{line}");
    }
}

#[test]
fn what_is_wrong_with_a_head_is_said_before_the_body_is_read() {
    let server = server();
    let send = |line: &str, headers: &[(&str, &str)]| {
        let (method, path) = line.split_once(' ').expect("a method and a path");
        let ask = Ask::new(method, &format!("/ontario{path}")).json().body("{}");
        send_as(&server, "lakeside", headers.iter().fold(ask, |ask, (name, value)| ask.header(name, value)))
    };
    for line in all() {
        for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json"] {
            send(line, &[("Content-Type", content_type)]).check_refusal(415, "not-supported");
        }
        if !line.starts_with("PATCH") {
            send(line, &[("Content-Type", "application/json-patch+json")]).check_refusal(415, "not-supported");
        }
    }
    for line in CHANGES {
        send(line, &[("Content-Type", JSON), ("If-Match", "1")]).check_refusal(400, "value");
    }
    send("PUT /ServiceRequest", &[("Content-Type", JSON)]).check_refusal(400, "value");
    send("PUT /ServiceRequest?identifier=a,b", &[("Content-Type", JSON)]).check_refusal(400, "value");
    send("PUT /Bundle?x=1", &[("Content-Type", JSON)]).check_refusal(400, "not-supported");
}

#[test]
fn what_is_sent_has_the_limit_of_messages() {
    let server = server();
    for line in all() {
        let large = ask(line).body(" ".repeat(1001));
        send_as(&server, "lakeside", large).check_refusal(413, "too-long");
    }
}

#[test]
fn where_nothing_is_there_is_nothing_to_read() {
    let server = server();
    let get = |path: &str| send_as(&server, "lakeside", Ask::get(&format!("/ontario{path}")).json());
    for path in ["/Task/t-1", "/Task/t-1/_history", "/Task/t-1/_history/1", "/ServiceRequest/sr-1"] {
        get(path).check_refusal(404, "not-found");
    }
    for path in ["/Task?based-on=ServiceRequest/sr-1", "/Appointment?based-on=sr-1&status=booked", "/Communication"] {
        assert_eq!(get(path).member("total"), "0", "{path}");
    }
}

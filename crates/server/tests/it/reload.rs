//! A configuration that is read again: what takes effect at once, without losing a connection, and what does not.

use std::sync::{Arc, atomic::Ordering};

use baton_store::MemoryStore;

use crate::{
    delivery::{Sink, status},
    endpoint,
    faults::{Faulty, HANGS},
    harness::{Answer, Ask, CONFIG, Connection, FORM, Server, message},
    locator,
    served::Served,
};

fn asks_for_token(partner: &str, secret: &str) -> Ask {
    let form = format!("grant_type=client_credentials&client_id={partner}&client_secret={secret}");
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form)
}

fn reads(token: &str) -> Ask {
    Ask::get("/netsmart/v4/ServiceRequest").bearer(token).json()
}

const OLD: &str = "client_secret = \"secret-of-clinic-a\"\n";

#[test]
fn a_secret_is_changed_while_a_connection_is_open() {
    let mut server = Server::new();
    let mut connection = server.connect();
    let mut ask = |server: &mut Server, lines: &str, secret: &str| {
        server.reconfigure(&CONFIG.replace(OLD, lines));
        asks_for_token("clinic-a", secret).send_on(&mut connection).status
    };
    let both = "client_secret = \"new\"\nold_client_secret = \"secret-of-clinic-a\"\n";
    assert_eq!(ask(&mut server, OLD, "secret-of-clinic-a"), 200);
    assert_eq!(ask(&mut server, both, "secret-of-clinic-a"), 200);
    assert_eq!(ask(&mut server, both, "new"), 200);
    assert_eq!(ask(&mut server, "client_secret = \"new\"\n", "secret-of-clinic-a"), 401);
    assert_eq!(ask(&mut server, "client_secret = \"new\"\n", "new"), 200);
}

#[test]
fn a_partner_that_is_disabled_gets_no_tokens_and_those_it_has_are_refused() {
    let mut server = Server::new();
    let token = server.token("clinic-a");
    assert_eq!(reads(&token).send(&server).status, 200);
    server.reconfigure(&CONFIG.replace(OLD, &format!("{OLD}disabled = true\n")));
    reads(&token).send(&server).check_refusal(401, "security");
    let refused = asks_for_token("clinic-a", "secret-of-clinic-a").send(&server);
    assert_eq!((refused.status, refused.member("error").as_str()), (401, "invalid_client"));
    assert_eq!(reads(&server.token("clinic-b")).send(&server).status, 200);
    server.reconfigure(CONFIG);
    assert_eq!(reads(&token).send(&server).status, 200);
}

/// Half of a change would shut somebody out, or let somebody in.
#[test]
fn what_makes_sense_with_a_restart_only_changes_nothing_until_then() {
    let mut server = Server::new();
    let bound = format!("{OLD}certificates = [\"{}\"]\ndisabled = true\n", "0".repeat(64));
    let tls = "[server.tls]\ncert = \"c\"\nkey = \"k\"\nclient_ca = \"a\"\n";
    server.reconfigure(&format!("{}\n{tls}", CONFIG.replace(OLD, &bound)));
    assert_eq!(asks_for_token("clinic-a", "secret-of-clinic-a").send(&server).status, 200);
    // and the next one that makes sense is taken in
    server.reconfigure(&CONFIG.replace(OLD, &format!("{OLD}disabled = true\n")));
    assert_eq!(asks_for_token("clinic-a", "secret-of-clinic-a").send(&server).status, 401);
}

#[test]
fn a_store_that_does_not_answer_keeps_nobody_from_taking_in_a_configuration() {
    let faulty = Arc::new(Faulty::default());
    let mut server = Server::with(&CONFIG.replace(OLD, &format!("{OLD}disabled = true\n")), faulty.clone());
    faulty.fault.store(HANGS, Ordering::SeqCst);
    // what waits for who is let in again is hastened
    server.reconfigure(CONFIG);
    server.token("clinic-a");
    server.stop();
}

#[test]
fn scopes_that_are_taken_away_are_gone_from_tokens_too() {
    let mut server = Server::new();
    let token = server.token("clinic-a");
    assert_eq!(reads(&token).send(&server).status, 200);
    let fewer = format!("{OLD}scopes = [\"system/Messaging.write\"]\n");
    let all = format!("{OLD}scopes = [\"system/Messaging.write\", \"system/*.read\"]\n");
    server.reconfigure(&CONFIG.replace(&all, &fewer));
    reads(&token).send(&server).check_refusal(403, "forbidden");
    assert_eq!(Ask::message("/netsmart/v4", &message("submit", 1)).bearer(&token).send(&server).status, 200);
}

#[test]
fn pages_of_another_origin_are_let_in() {
    let mut server = Server::new();
    let page = "https://app.example.org";
    let told = |server: &Server| {
        let ask = asks_for_token("clinic-a", "secret-of-clinic-a").header("Origin", page);
        ask.send(server).header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(told(&server), None);
    server.reconfigure(&CONFIG.replace(OLD, &format!("{OLD}origins = [\"{page}\"]\n")));
    assert_eq!(told(&server).as_deref(), Some(page));
    let at_exchange = reads(&server.token("clinic-a")).header("Origin", page).send(&server);
    assert_eq!(at_exchange.header("access-control-allow-origin"), Some(page));
    server.reconfigure(&CONFIG.replace(OLD, &format!("{OLD}origins = [\"{page}\"]\ndisabled = true\n")));
    assert_eq!(told(&server), None, "pages of a partner that is disabled read nothing");
}

#[test]
fn partners_come_and_go() {
    let new = "[[partner]]\nid = \"clinic-c\"\nname = \"Clinic C\"\nexchanges = [\"netsmart\"]\n\
               client_secret = \"secret-of-clinic-c\"\nscopes = [\"system/*.read\"]\n";
    let mut server = Server::new();
    assert_eq!(asks_for_token("clinic-c", "secret-of-clinic-c").send(&server).status, 401);
    server.reconfigure(&format!("{CONFIG}{new}"));
    let token = server.token("clinic-c");
    assert_eq!(reads(&token).send(&server).status, 200);
    Ask::get("/strict/v4/ServiceRequest").bearer(&token).json().send(&server).check_refusal(403, "forbidden");
    server.reconfigure(CONFIG);
    reads(&token).send(&server).check_refusal(401, "security");
}

#[test]
fn a_partner_of_a_locator_is_disabled() {
    let mut server = locator::server();
    let id = locator::create(&server, 1);
    let reads = || locator::reading(locator::AMS01, &format!("/DocumentReference/{id}"));
    assert_eq!(reads().send(&server).status, 200);
    let consumer = "id = \"ams01\"\n";
    server.reconfigure(&locator::CONFIG.replace(consumer, &format!("{consumer}disabled = true\n")));
    reads().send(&server).check_refusal(400, "structure");
    server.reconfigure(locator::CONFIG);
    assert_eq!(reads().send(&server).status, 200);
}

/// With how `centre-e` is told.
fn telling(notify: &str) -> String {
    endpoint::CONFIG.replace("NOTIFY", notify).replace("PRIVATE", "true")
}

#[test]
fn what_is_shown_to_a_partner_changes_with_the_next_notice() {
    let sink = Sink::answering(&[]);
    let with = |token: &str| telling(&format!("notify = {{ url = \"{}\", token = \"{token}\" }}", sink.url()));
    let mut server = Server::with(&with("old"), endpoint::store());
    endpoint::refer(&server, 1);
    assert_eq!(sink.next().header("authorization"), Some("Bearer old"));
    server.reconfigure(&with("new"));
    endpoint::refer(&server, 2);
    assert_eq!(sink.next().header("authorization"), Some("Bearer new"));
}

#[test]
fn notices_to_a_partner_that_is_disabled_wait_until_it_is_enabled() {
    let sink = Sink::answering(&[&status("500 No")]);
    let enabled = telling(&format!("notify = {{ url = \"{}\" }}", sink.url()));
    let mut server = Server::with(&enabled, endpoint::store());
    server.reconfigure(&enabled.replace("id = \"centre-e\"\n", "id = \"centre-e\"\ndisabled = true\n"));
    endpoint::refer(&server, 1);
    // long after notices are given up
    server.pass(1_000 * 3_600);
    assert_eq!(sink.so_far(), 0);
    server.reconfigure(&enabled);
    assert!(sink.next().body.contains("add-service-request"));
    // and the partner has all the time again that others have
    endpoint::until(|| {
        server.pass(1);
        sink.so_far() == 1
    });
}

#[test]
fn what_a_partner_registered_itself_stays() {
    let (sink, store) = (Sink::answering(&[]), endpoint::store());
    let mut server = Server::with(&telling(""), store);
    endpoint::register(&server, &sink);
    server.reconfigure(&telling("notify = { url = \"https://elsewhere.example.org\" }"));
    endpoint::refer(&server, 1);
    assert!(sink.next().body.contains("add-service-request"));
    // one that was taken out and comes back is told there, too
    server.reconfigure(&telling("").replace("id = \"centre-e\"", "id = \"centre-f\""));
    server.reconfigure(&telling(""));
    endpoint::refer(&server, 2);
    assert!(sink.next().body.contains("add-service-request"));
}

#[test]
fn exchanges_are_not_moved() {
    let mut server = Server::with(CONFIG, Arc::new(MemoryStore::default()));
    server.reconfigure(&CONFIG.replace("/netsmart/v4", "/elsewhere"));
    assert_eq!(reads(&server.token("clinic-a")).send(&server).status, 200);
    assert_eq!(Ask::get("/elsewhere/metadata").send(&server).status, 404);
}

fn token_from(connection: &mut Connection, secret: &str) -> Answer {
    asks_for_token("clinic-a", secret).send_on(connection)
}

#[test]
fn sighup_has_the_file_read_again_and_a_file_with_faults_changes_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("[store]\nurl = \"sqlite:baton.db\"\n{CONFIG}");
    let write = |text: &str| std::fs::write(folder.path().join("baton.toml"), text).expect("the folder is ours");
    write(&text);
    let served = Served::at(folder.path());
    let mut connection = Connection::to(served.address());
    assert_eq!(token_from(&mut connection, "secret-of-clinic-a").status, 200);

    write(&text.replace(OLD, "client_secert = \"new\"\n"));
    served.hang_up();
    let said = served.logs("the old configuration stays");
    assert!(said.contains("baton.toml:22:1: unknown field `client_secert`"), "{said}");
    assert_eq!(token_from(&mut connection, "secret-of-clinic-a").status, 200);

    write(&text.replace(OLD, "client_secret = \"new\"\n").replace("127.0.0.1:0", "127.0.0.1:1"));
    served.hang_up();
    served.logs("the configuration was read again: 5 partners, 0 of them disabled");
    served.logs("changed, and needs a restart: server.listen");
    assert_eq!(token_from(&mut connection, "secret-of-clinic-a").status, 401);
    assert_eq!(token_from(&mut connection, "new").status, 200);
}

//! What waits for a partner that is no party any more, or none that may be told, when it would be sent.
//! Source: spec of security, T99.

use std::sync::Arc;

use baton_dialects::ontario::sample::{Ids, submit};
use baton_exchange::{delivery::Trouble, id::MessageId, notice::Resend, time::Timestamp};
use baton_store::Store;
use serde_json::{Value, json};

use crate::{
    delivery::{Sink, status},
    endpoint::{CONFIG, as_partner, only_parked, own, put, refer, register, store, take_back, until},
    harness::{Ask, BEGIN_MICROS, Server},
};

/// The configuration in which `centre-e` has what a test puts there, and another target stands beside it.
fn config(centre: &str) -> String {
    let other = r#"
[[partner]]
id = "centre-f"
name = "Centre F"
exchanges = ["ontario"]
client_secret = "secret-of-centre-f"
scopes = ["system/*.read", "system/*.write"]
roles = ["target"]
"#;
    let config = CONFIG.replace("NOTIFY", "").replace("PRIVATE", "true");
    let (before, rest) = config.split_once("[[partner]]\nid = \"centre-e\"").expect("it is registered");
    let (_, after) = rest.split_once("[[partner]]").expect("others come after it");
    format!("{before}{centre}[[partner]]{after}{other}")
}

fn centre(exchanges: &str, roles: &str, more: &str) -> String {
    format!(
        "[[partner]]\nid = \"centre-e\"\nname = \"Centre E\"\nexchanges = {exchanges}\n\
         client_secret = \"secret-of-centre-e\"\nscopes = [\"system/*.read\", \"system/*.write\"]\n\
         roles = {roles}\nversion = \"0.11\"\n{more}\n"
    )
}

fn as_it_was() -> String {
    config(&centre(r#"["ontario", "netsmart"]"#, r#"["target"]"#, ""))
}

/// A partner that paused what it is told, so that a notice about R-1 waits for it.
fn waiting(store: &Arc<dyn Store>, sink: &Sink) -> Server {
    let server = Server::with(&as_it_was(), store.clone());
    assert_eq!(register(&server, sink).status, 201);
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/pause")).status, 200);
    refer(&server, 1);
    server
}

fn go_on(server: &Server) {
    assert_eq!(as_partner(server, "centre-e", own("POST", "$endpoint/resume")).status, 200);
}

/// What is parked is sent again by an operator, and comes now.
fn send_again(store: &Arc<dyn Store>, sink: &Sink) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let now = Timestamp(BEGIN_MICROS);
    assert_eq!(
        runtime.block_on(store.resend(Resend::AllParked, now, MessageId([9; 16]))).expect("the store is well"),
        1
    );
    assert!(sink.next().body.contains("R-1"));
}

/// Threat: T99
#[test]
fn who_lost_its_role_is_not_told_what_waited_and_operators_see_it() {
    let (store, sink) = (store(), Sink::answering(&[]));
    let mut server = waiting(&store, &sink);
    server.reconfigure(&config(&centre(r#"["ontario", "netsmart"]"#, r#"["source"]"#, "")));
    go_on(&server);
    let parked = only_parked(&*store);
    assert_eq!((parked.trouble, parked.partner.as_str(), parked.attempts), (Trouble::NoPart, "centre-e", 1));
    assert_eq!(sink.so_far(), 0);
    server.reconfigure(&as_it_was());
    send_again(&store, &sink);
}

/// Threat: T99
#[test]
fn a_restart_with_other_roles_is_no_way_around_it() {
    let (store, sink) = (store(), Sink::answering(&[]));
    let mut server = waiting(&store, &sink);
    server.stop();
    let server = Server::with(&config(&centre(r#"["ontario"]"#, r#"["source"]"#, "")), store.clone());
    go_on(&server);
    assert_eq!(only_parked(&*store).trouble, Trouble::NoPart);
    assert_eq!(sink.so_far(), 0);
}

/// A partner that did not take its notice about R-1, which is tried again when time passes.
fn failing(store: &Arc<dyn Store>, sink: &Sink) -> Server {
    let server = Server::with(&as_it_was(), store.clone());
    register(&server, sink);
    refer(&server, 1);
    sink.next();
    // it is answered before it is kept that it has to be tried again
    until(|| Ask::get("/metrics").send(&server).text().contains("outcome=\"again\"} 1"));
    server
}

/// Threat: T99
#[test]
fn who_was_taken_out_of_the_exchange_is_not_told_and_operators_see_it() {
    for without in [centre(r#"["netsmart"]"#, r#"["target"]"#, ""), String::new()] {
        let (store, sink) = (store(), Sink::answering(&[&status("503 Not now")]));
        let mut server = failing(&store, &sink);
        server.reconfigure(&config(&without));
        server.pass(97 * 3600);
        assert_eq!(only_parked(&*store).trouble, Trouble::NoEndpoint);
        assert_eq!(sink.so_far(), 0, "{without}");
        server.reconfigure(&as_it_was());
        send_again(&store, &sink);
    }
}

/// Threat: T99
#[test]
fn who_was_disabled_is_told_when_it_is_back_and_not_before() {
    let (store, sink) = (store(), Sink::answering(&[&status("503 Not now")]));
    let mut server = failing(&store, &sink);
    server.reconfigure(&config(&centre(r#"["ontario"]"#, r#"["target"]"#, "disabled = true")));
    server.pass(60);
    // another partner is told meanwhile, by a worker of a later round
    let other = Sink::answering(&[]);
    put(&server, "centre-f", &format!(r#"{{"url":"{}"}}"#, other.url()));
    assert_eq!(as_partner(&server, "centre-f", own("POST", "$endpoint/test")).status, 200);
    assert_eq!(sink.so_far(), 0);
    server.reconfigure(&as_it_was());
    assert!(sink.next().body.contains("R-1"));
}

/// The source's referral goes on to the other target while the first has not heard of it.
/// Threat: T99
#[test]
fn a_target_from_which_a_referral_went_on_is_not_told_what_waited() {
    let (store, sink) = (store(), Sink::answering(&[]));
    let server = waiting(&store, &sink);
    let text = submit(&Ids {
        base: "https://referrals.example.org/ontario",
        bundle: "00000000-0000-4000-8000-000000000801",
        header: "00000000-0000-4000-8000-000000000802",
        request: "R-8",
        hcn: "1234567890",
        now: "2026-01-15T14:31:00Z",
    });
    let mut onward: Value = serde_json::from_str(&text.replace("centre-e", "centre-f")).expect("it is JSON");
    let system = "https://practice-d.example/fhir/NamingSystem/id-ereferral-reference";
    onward["entry"][1]["resource"]["replaces"] = json!([{"identifier": {"system": system, "value": "R-1"}}]);
    let answer = as_partner(&server, "practice-d", Ask::message("/ontario", &onward.to_string()));
    assert_eq!(answer.status, 200, "{}", answer.text());
    go_on(&server);
    assert_eq!(only_parked(&*store).trouble, Trouble::NoPart);
    assert_eq!(sink.so_far(), 0);
    // but that it has to forget it, it hears
    take_back(&server, 1);
    let heard = sink.next();
    assert!(heard.body.contains("revoke-service-request") && !heard.body.contains("1234567890"), "{}", heard.body);
}

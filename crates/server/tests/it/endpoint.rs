//! Endpoints that partners register themselves: who may, what is taken, and where notices go from then on.

use std::{sync::Arc, time::Instant};

use baton_dialects::ontario::sample::{Ids, revoke, submit};
use baton_exchange::{
    endpoint::{Endpoint, Flow},
    notice::ParkedNotice,
};
use baton_server::http::route::{OWN_PLACES, OwnPlace};
use baton_store::{MemoryStore, Page, ParkedQuestion, Store};
use tokio::runtime::Runtime;

use crate::{
    delivery::{LONG, Sink, status},
    harness::{Answer, Ask, Server},
};

pub const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[delivery]
allow_private_addresses = PRIVATE
retry_first = "10ms"
retry_cap = "20ms"
timeout = "2s"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart"
[[partner]]
id = "practice-d"
name = "Practice D"
exchanges = ["ontario"]
client_secret = "secret-of-practice-d"
scopes = ["system/Messaging.write", "system/*.read"]
roles = ["source"]
version = "0.10"
[[partner]]
id = "centre-e"
name = "Centre E"
exchanges = ["ontario", "netsmart"]
client_secret = "secret-of-centre-e"
scopes = ["system/Messaging.write", "system/*.read", "system/*.write"]
roles = ["target"]
version = "0.11"
NOTIFY
[[partner]]
id = "teller"
name = "Teller"
exchanges = ["ontario"]
client_secret = "secret-of-teller"
scopes = ["system/Endpoint.write", "system/Task.read"]
roles = ["third-party"]
[[partner]]
id = "stranger"
name = "Stranger"
exchanges = ["netsmart"]
client_secret = "secret-of-stranger"
scopes = ["system/*.read", "system/*.write"]
"#;

/// Partners of an exchange on a store of the test's own. `notify` is the configuration of `centre-e`.
pub fn server(notify: &str, store: &Arc<dyn Store>) -> Server {
    Server::with(&CONFIG.replace("NOTIFY", notify).replace("PRIVATE", "true"), store.clone())
}

pub fn store() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

pub fn as_partner(server: &Server, partner: &str, ask: Ask) -> Answer {
    let token = server.token(partner);
    ask.bearer(&token).send(server)
}

pub fn own(method: &str, path: &str) -> Ask {
    Ask::new(method, &format!("/ontario/{path}")).json()
}

pub fn put(server: &Server, partner: &str, body: &str) -> Answer {
    as_partner(server, partner, own("PUT", "$endpoint").header("Content-Type", "application/json").body(body))
}

/// Registers where `centre-e` is told.
pub fn register(server: &Server, sink: &Sink) -> Answer {
    put(server, "centre-e", &format!(r#"{{"url":"{}"}}"#, sink.url()))
}

fn ids(number: u32, part: u32) -> String {
    format!("00000000-0000-4000-8000-{number:06}{part:06}")
}

/// Sends a message about the referral with a number.
fn send(server: &Server, number: u32, part: u32, make: fn(&Ids<'_>) -> String) {
    let base = "https://referrals.example.org/ontario";
    let (bundle, header, request) = (ids(number, part), ids(number, part + 1), format!("R-{number}"));
    let message = make(&Ids {
        base,
        bundle: &bundle,
        header: &header,
        request: &request,
        hcn: "1234567890",
        now: "2026-01-15T14:30:00Z",
    });
    let answer = as_partner(server, "practice-d", Ask::message("/ontario", &message));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

pub fn refer(server: &Server, number: u32) {
    send(server, number, 0, submit);
}

pub fn take_back(server: &Server, number: u32) {
    send(server, number, 10, revoke);
}

/// Asks until it is so.
#[track_caller]
pub fn until(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < end, "what is expected does not come");
        std::thread::yield_now();
    }
}

/// The one notice that is parked, once it is.
#[track_caller]
pub fn only_parked(store: &dyn Store) -> ParkedNotice {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut parked = Vec::new();
    until(|| {
        let asked = store.parked_notices(ParkedQuestion::default(), Page { size: 9, after: None });
        parked = runtime.block_on(asked).expect("the store is well").0;
        !parked.is_empty()
    });
    assert_eq!(parked.len(), 1, "{parked:?}");
    parked.remove(0)
}

fn routes() -> impl Iterator<Item = (&'static str, OwnPlace)> {
    OWN_PLACES.into_iter().flat_map(|place| {
        let methods = place.allow().split(", ").filter(|method| *method != "HEAD");
        methods.map(move |method| (method, place))
    })
}

#[test]
fn without_a_good_token_nothing_is_shown_or_changed() {
    let server = server("", &store());
    for (method, place) in routes() {
        own(method, place.path()).send(&server).check_refusal(401, "security");
        own(method, place.path()).bearer("abc").send(&server).check_refusal(401, "security");
    }
}

#[test]
fn partners_of_other_exchanges_are_forbidden() {
    let server = server("", &store());
    for (method, place) in routes() {
        as_partner(&server, "stranger", own(method, place.path())).check_refusal(403, "forbidden");
    }
}

#[test]
fn reading_and_changing_ask_for_their_scopes() {
    let server = server("", &store());
    for (method, place) in routes() {
        let (partner, needed) = match method {
            "GET" => ("teller", "system/Endpoint.read"),
            _ => ("practice-d", "system/Endpoint.write"),
        };
        let answer = as_partner(&server, partner, own(method, place.path()));
        answer.check_refusal(403, "forbidden");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains(&format!("scope=\"{needed}\"")), "{method} {place:?}: {challenge}");
    }
}

#[test]
fn a_scope_for_endpoints_alone_is_enough() {
    let server = server("", &store());
    let answer = put(&server, "teller", r#"{"url":"https://teller.example.org"}"#);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[test]
fn other_methods_are_refused_and_other_exchanges_have_no_such_places() {
    let server = server("", &store());
    for place in OWN_PLACES {
        let answer = own("PATCH", place.path()).send(&server);
        answer.check_refusal(405, "not-supported");
        assert_eq!(answer.header("allow"), Some(place.allow()));
        let elsewhere = Ask::get(&format!("/netsmart/{}", place.path())).json();
        as_partner(&server, "stranger", elsewhere).check_refusal(404, "not-found");
    }
}

#[test]
fn a_secret_is_shown_when_it_is_made_and_never_again() {
    let server = server("", &store());
    let body = r#"{"url":"https://centre.example.org/in","token":"token-of-e","events":["notify-update-status"]}"#;
    let made = put(&server, "centre-e", body);
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(made.member("secret").starts_with("whsec_"));
    let shown = as_partner(&server, "centre-e", own("GET", "$endpoint"));
    assert_eq!((shown.member("state"), shown.member("has_token")), ("open".to_owned(), "true".to_owned()));
    assert_eq!(shown.member("events/0"), "notify-update-status");
    let again = put(&server, "centre-e", r#"{"url":"https://centre.example.org/other"}"#);
    assert_eq!((again.status, again.member("has_token")), (200, "true".to_owned()));
    for answer in [shown, again] {
        assert!(!answer.text().contains("whsec_") && !answer.text().contains("token-of-e"), "{}", answer.text());
    }
}

#[test]
fn what_was_never_registered_can_be_changed_in_no_way() {
    let server = server("", &store());
    for (method, path) in [
        ("GET", "$endpoint"),
        ("DELETE", "$endpoint"),
        ("POST", "$endpoint/test"),
        ("POST", "$endpoint/pause"),
        ("POST", "$endpoint/resume"),
        ("POST", "$endpoint/rotate"),
    ] {
        as_partner(&server, "centre-e", own(method, path)).check_refusal(404, "not-found");
    }
}

#[test]
fn a_deleted_endpoint_gives_way_to_the_configured_one() {
    let server = server("notify = { url = \"https://configured.example.org/in\" }", &store());
    let source = || as_partner(&server, "centre-e", own("GET", "$endpoint")).member("source");
    assert_eq!(source(), "configuration");
    assert_eq!(put(&server, "centre-e", r#"{"url":"https://centre.example.org"}"#).status, 201);
    assert_eq!(source(), "registered");
    assert_eq!(as_partner(&server, "centre-e", own("DELETE", "$endpoint")).status, 204);
    assert_eq!(source(), "configuration");
    assert_eq!(put(&server, "centre-e", r#"{"url":"https://centre.example.org"}"#).status, 201);
}

#[test]
fn nobody_takes_the_address_of_another() {
    let server = server("notify = { url = \"https://configured.example.org/in\" }", &store());
    let wanted = r#"{"url":"https://configured.example.org/in"}"#;
    put(&server, "teller", wanted).check_refusal(400, "value");
    assert_eq!(put(&server, "centre-e", wanted).status, 201);
    put(&server, "teller", wanted).check_refusal(400, "value");
    assert_eq!(put(&server, "centre-e", r#"{"url":"https://centre.example.org"}"#).status, 200);
    assert_eq!(put(&server, "teller", wanted).status, 201);
}

/// Threat: T94
#[test]
fn addresses_inside_and_without_tls_are_refused() {
    let config = CONFIG.replace("NOTIFY", "").replace("PRIVATE", "false");
    let server = Server::with(&config, store());
    for url in ["http://centre.example.org", "https://127.0.0.1", "https://169.254.169.254", "https://localhost"] {
        put(&server, "centre-e", &format!(r#"{{"url":"{url}"}}"#)).check_refusal(400, "value");
    }
}

#[test]
fn only_small_json_is_taken() {
    let server = server("", &store());
    let large = format!(r#"{{"url":"https://centre.example.org/{}"}}"#, "x".repeat(64 * 1024));
    put(&server, "centre-e", &large).check_refusal(413, "too-long");
    put(&server, "centre-e", "{").check_refusal(400, "value");
    let form = own("PUT", "$endpoint").header("Content-Type", "application/x-www-form-urlencoded").body("url=x");
    as_partner(&server, "centre-e", form).check_refusal(415, "not-supported");
    as_partner(&server, "centre-e", own("POST", "$endpoint/rotate?what=all")).check_refusal(400, "value");
    as_partner(&server, "centre-e", own("POST", "$endpoint/pause?x=1")).check_refusal(400, "not-supported");
}

/// Threat: T98
#[test]
fn notices_go_where_a_partner_registered_and_are_signed_with_both_secrets_for_a_while() {
    let (configured, registered) = (Sink::answering(&[]), Sink::answering(&[]));
    let server = server(&format!("notify = {{ url = \"{}\" }}", configured.url()), &store());
    refer(&server, 1);
    assert_eq!(configured.next().header("webhook-signature"), None);
    assert_eq!(register(&server, &registered).status, 201);
    refer(&server, 2);
    let signatures = |sink: &Sink| sink.next().header("webhook-signature").map_or(0, |text| text.split(' ').count());
    assert_eq!(signatures(&registered), 1);
    let rotated = as_partner(&server, "centre-e", own("POST", "$endpoint/rotate"));
    assert!(rotated.member("secret").starts_with("whsec_"));
    refer(&server, 3);
    assert_eq!(signatures(&registered), 2);
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/rotate?drop-old=true")).status, 200);
    refer(&server, 4);
    assert_eq!(signatures(&registered), 1);
    let token = as_partner(&server, "centre-e", own("POST", "$endpoint/rotate?what=token")).member("token");
    refer(&server, 5);
    assert_eq!(registered.next().header("authorization"), Some(format!("Bearer {token}").as_str()));
    assert_eq!(configured.so_far(), 0);
}

#[test]
fn events_that_were_not_ticked_are_not_told() {
    let sink = Sink::answering(&[]);
    let server = server("", &store());
    let body = |events: &str| format!(r#"{{"url":"{}","events":[{events}]}}"#, sink.url());
    assert_eq!(put(&server, "centre-e", &body("\"other\"")).status, 201);
    refer(&server, 1);
    assert_eq!(put(&server, "centre-e", &body("\"*\"")).status, 200);
    refer(&server, 2);
    assert!(sink.next().body.contains("R-2"));
}

#[test]
fn what_happens_in_a_pause_is_told_after_it_in_order() {
    let (sink, store) = (Sink::answering(&[]), store());
    let server = server("", &store);
    register(&server, &sink);
    let paused = as_partner(&server, "centre-e", own("POST", "$endpoint/pause"));
    assert_eq!(paused.member("state"), "paused");
    refer(&server, 1);
    take_back(&server, 1);
    let runtime = Runtime::new().expect("a runtime");
    let waiting = || runtime.block_on(store.backlogs()).expect("the store is well").first().map_or(0, |it| it.waiting);
    assert_eq!((waiting(), sink.so_far()), (1, 0), "what was taken back is cleared, and that is still to be told");
    assert_eq!(as_partner(&server, "centre-e", own("POST", "$endpoint/test")).member("outcome"), "answered 204");
    assert!(sink.next().body.contains("HTEST"));
    as_partner(&server, "centre-e", own("POST", "$endpoint/resume"));
    sink.next();
    until(|| waiting() == 0);
}

#[test]
fn what_another_process_changes_is_followed() {
    let (sink, store) = (Sink::answering(&[]), store());
    let server = server("", &store);
    register(&server, &sink);
    let runtime = Runtime::new().expect("a runtime");
    let known = runtime.block_on(store.endpoints(0)).expect("the store is well").remove(0);
    let settings = known.settings.clone().map(|settings| settings.with_flow(Flow::Paused));
    let line = runtime.block_on(store.audit(0, 1)).expect("the store is well").remove(0).1;
    runtime.block_on(store.put_endpoint(Endpoint { settings, ..known }, line)).expect("the store is well");
    until(|| as_partner(&server, "centre-e", own("GET", "$endpoint")).member("state") == "paused");
}

#[test]
fn a_test_call_says_what_came_of_it() {
    let sink = Sink::answering(&[&status("403 No")]);
    let server = server("", &store());
    register(&server, &sink);
    let test = || as_partner(&server, "centre-e", own("POST", "$endpoint/test"));
    let failed = test();
    assert_eq!((failed.member("taken"), failed.member("outcome")), ("false".to_owned(), "answered 403".to_owned()));
    let heard = sink.next();
    assert_eq!(heard.header("webhook-id"), Some(failed.member("id").as_str()));
    assert!(heard.header("webhook-signature").is_some());
    assert_eq!(test().member("taken"), "true");
}

//! What one client may ask for, and what the others have of it: each limit, and one over it.

use std::sync::{Arc, atomic::Ordering};

use baton_store::{MemoryStore, Store};

use crate::{
    endpoint,
    faults::{Faulty, PANICS, WELL},
    harness::{Answer, Ask, CONFIG, FORM, JSON, Server, message},
    locator,
    visit::{lines, told},
};

const READ: &str = "/netsmart/v4/ServiceRequest";

fn server(limits: &str) -> Server {
    Server::with(&CONFIG.replace("[limits]", &format!("[limits]\n{limits}")), Arc::new(MemoryStore::default()))
}

/// Checks that a client is told to come back, and when.
#[track_caller]
fn check_too_many(answer: &Answer, secs: &str) {
    answer.check_refusal(429, "throttled");
    assert_eq!(answer.header("retry-after"), Some(secs));
}

/// Threat: T90
#[test]
fn a_partner_has_its_burst_and_then_its_rate() {
    let server = server("requests_per_second = 1\nrequests_burst = 3\n");
    let [greedy, polite] = ["clinic-a", "clinic-b"].map(|partner| server.token(partner));
    let ask = |token: &str| Ask::get(READ).bearer(token).json().send(&server);
    assert_eq!([0; 3].map(|_| ask(&greedy).status), [200; 3]);
    check_too_many(&ask(&greedy), "1");
    assert_eq!(ask(&polite).status, 200);
    server.pass(1);
    assert_eq!(ask(&greedy).status, 200);
    check_too_many(&ask(&greedy), "1");
}

/// Threat: T90
#[test]
fn a_message_over_the_rate_is_not_taken_and_may_be_sent_again() {
    let server = server("requests_per_second = 1\nrequests_burst = 1\n");
    let token = server.token("clinic-a");
    let send = |number| Ask::message("/netsmart/v4", &message("submit", number)).bearer(&token).json().send(&server);
    assert_eq!(send(1).status, 200);
    check_too_many(&send(2), "1");
    server.pass(1);
    assert_eq!(send(2).status, 200);
    server.pass(1);
    assert_eq!(Ask::get(READ).bearer(&token).json().send(&server).member("total"), "2");
}

#[test]
fn a_partner_with_another_token_is_the_same_partner() {
    let server = server("requests_per_second = 1\nrequests_burst = 2\n");
    for _ in 0..2 {
        let token = server.token("clinic-a");
        assert_eq!(Ask::get(READ).bearer(&token).json().send(&server).status, 200);
    }
    check_too_many(&server.as_clinic_a(Ask::get(READ)), "1");
}

/// Threat: T90
#[test]
fn an_address_that_names_no_partner_has_its_burst_and_then_its_rate() {
    let server = server("address_requests_per_second = 2\naddress_requests_burst = 6\n");
    let good = server.token("clinic-a");
    assert_eq!(Ask::get(READ).bearer(&good).json().send(&server).status, 200);
    for ask in [
        Ask::get("/health/live"),
        Ask::get("/nothing"),
        Ask::get("/netsmart/v4/metadata"),
        Ask::get(READ),
        Ask::get(READ).bearer("garbage"),
    ] {
        assert_ne!(ask.send(&server).status, 429);
    }
    for ask in [Ask::get("/health/live"), Ask::get(READ).bearer("garbage"), Ask::new("TRACE", READ)] {
        check_too_many(&ask.json().send(&server), "1");
    }
    let form = "grant_type=client_credentials&client_id=clinic-a&client_secret=wrong";
    let answer = Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server);
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    assert_eq!(answer.member("error"), "temporarily_unavailable");
    assert_eq!(
        Ask::get(READ).bearer(&good).json().send(&server).status,
        200,
        "a partner there whose token was seen goes on"
    );
    server.pass(1);
    assert_eq!(Ask::get("/health/live").send(&server).status, 200);
}

/// Threat: T90
#[test]
fn a_partner_has_as_many_requests_in_work_as_it_may_and_no_more() {
    let server = server("requests_at_once = 1\nrequests_wait = \"20ms\"\n");
    let [greedy, polite] = ["clinic-a", "clinic-b"].map(|partner| server.token(partner));
    let body = message("submit", 1);
    let mut slow = server.connect();
    let ask = Ask::new("POST", "/netsmart/v4/$process-message").bearer(&greedy).json().header("Content-Type", JSON);
    slow.write(&ask.header("Expect", "100-continue").head(Some(body.len())));
    assert_eq!(slow.read("POST").status, 100, "it has the turn");
    check_too_many(&Ask::get(READ).bearer(&greedy).json().send(&server), "1");
    assert_eq!(Ask::get(READ).bearer(&polite).json().send(&server).status, 200);
    slow.write(body.as_bytes());
    assert_eq!(slow.read("POST").status, 200);
    assert_eq!(Ask::get(READ).bearer(&greedy).json().send(&server).status, 200);
}

#[test]
fn what_was_refused_is_counted() {
    let server = server("requests_per_second = 1\nrequests_burst = 1\n");
    let token = server.token("clinic-a");
    let statuses = [0; 3].map(|_| Ask::get(READ).bearer(&token).json().send(&server).status);
    assert_eq!(statuses, [200, 429, 429]);
    let metrics = Ask::get("/metrics").send(&server).text();
    assert!(metrics.contains("baton_limited_total{limit=\"partner\"} 2"), "{metrics}");
}

/// Threat: T90
#[test]
fn a_locator_says_it_in_its_guides_words_and_makes_no_line_of_the_audit() {
    let limits = "[limits]\nrequests_per_second = 1\nrequests_burst = 2\naddress_requests_burst = 1\n";
    let store = Arc::new(MemoryStore::default());
    let server = Server::with(&locator::CONFIG.replace("[limits]", limits), store.clone());
    let ask = |system| locator::reading(system, "/DocumentReference/none").send(&server);
    assert_eq!([0; 2].map(|_| ask(locator::AMS01).status), [404; 2]);
    check_too_many(&ask(locator::AMS01), "1");
    let stranger = || Ask::get("/nrl/DocumentReference").json().send(&server);
    assert_eq!(stranger().status, 400);
    check_too_many(&stranger(), "1");
    check_too_many(&Ask::get("/nrl/metadata").json().send(&server), "1");
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let lines = runtime.block_on(store.audit(0, 100)).unwrap();
    assert_eq!(lines.len(), 3, "of those that were looked at");
}

/// Threat: T90
#[test]
fn an_exchange_makes_no_line_of_the_audit_for_a_partner_that_asks_too_often() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let limits = "[limits]\nrequests_per_second = 1\nrequests_burst = 2\n";
    let server = Server::with(&CONFIG.replace("[limits]", limits), store.clone());
    let token = server.token("clinic-a");
    let ask = || Ask::get(READ).bearer(&token).json().send(&server);
    assert_eq!([0; 2].map(|_| ask().status), [200; 2]);
    check_too_many(&ask(), "1");
    let told: Vec<String> = lines(&store, 0).iter().map(told).collect();
    assert_eq!(told[1..], ["clinic-a search ServiceRequest 200 0"; 2], "after the token");
}

fn ask_token(server: &Server, client: &str, secret: &str) -> Answer {
    let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(server)
}

fn lines_of(store: &MemoryStore) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(store.audit(0, 10_000)).expect("the store is well").len()
}

/// Threat: T24, T90
#[test]
fn clients_that_prove_nothing_have_few_lines_of_the_audit_whether_they_are_known_or_not() {
    let store = Arc::new(MemoryStore::default());
    let server = Server::with(CONFIG, store.clone());
    let wrong = |number: usize| match number % 2 {
        0 => ask_token(&server, &format!("made-up-{number}"), "wrong"),
        _ => ask_token(&server, "clinic-a", "wrong"),
    };
    assert!((0..5_000).all(|number| wrong(number).status == 401));
    assert_eq!(lines_of(&store), 5_000);
    for number in 5_000..5_004 {
        let answer = wrong(number);
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
        assert_eq!(answer.member("error"), "temporarily_unavailable");
    }
    assert_eq!(wrong(5_000).body, wrong(5_001).body, "who is known hears the same");
    assert_eq!(lines_of(&store), 5_000, "what is not looked at has no line");
    server.token("clinic-a");
    assert_eq!(lines_of(&store), 5_001, "who proves to be known goes on");
    server.pass(1);
    assert_eq!([0, 1, 2, 3, 4, 5].map(|number| wrong(number).status), [401, 401, 401, 401, 401, 429]);
    let metrics = Ask::get("/metrics").send(&server).text();
    assert!(metrics.contains("baton_limited_total{limit=\"refused\"} 7"), "{metrics}");
}

/// Threat: T90
#[test]
fn made_up_tokens_from_an_address_over_its_limit_are_asked_about_no_more() {
    let store = Arc::new(Faulty::default());
    let limits = "[limits]\naddress_requests_per_second = 1\naddress_requests_burst = 2\n";
    let server = Server::with(&CONFIG.replace("[limits]", limits), store.clone());
    let good = server.token("clinic-a");
    let ask = |token: &str| Ask::get(READ).bearer(token).json().send(&server);
    assert_eq!((ask(&good).status, ask("made-up").status), (200, 401));
    store.fault.store(PANICS, Ordering::SeqCst);
    check_too_many(&ask("made-up"), "1");
    store.fault.store(WELL, Ordering::SeqCst);
    server.pass(2);
    assert_eq!([0; 2].map(|_| ask("made-up").status), [401; 2]);
    assert_eq!(ask(&good).status, 200, "one that was seen is asked about, whoever else comes from there");
}

/// Threat: T90
#[test]
fn strangers_at_a_locator_have_few_lines_of_the_audit() {
    let store = Arc::new(MemoryStore::default());
    let server = Server::with(locator::CONFIG, store.clone());
    let asks = [
        Ask::get("/nrl/DocumentReference").json(),
        Ask::new("DELETE", "/nrl/metadata").json(),
        Ask::get("/nrl/metadata").header("Accept", "text/plain"),
    ];
    for number in 0..5_001 {
        assert_ne!(asks[number % 3].send(&server).status, if number < 5_000 { 429 } else { 200 }, "{number}");
    }
    for ask in &asks[..2] {
        check_too_many(&ask.send(&server), "1");
    }
    assert_eq!(asks[2].send(&server).status, 429);
    assert_eq!(lines_of(&store), 5_000);
    assert_eq!(locator::reading(locator::AMS01, "/DocumentReference/none").send(&server).status, 404);
    assert_eq!(lines_of(&store), 5_001, "who is let in goes on");
}

/// Checks that a form of so many bytes is read, and that one more is refused.
#[track_caller]
fn check_form(bytes_max: usize, status: u16, send: impl Fn(&[u8]) -> Answer) {
    let form = |bytes: usize| [b"_count=5&x=", vec![b'x'; bytes - 11].as_slice()].concat();
    assert_eq!(send(&form(bytes_max + 1)).status, 413);
    assert_eq!(send(&form(bytes_max)).status, status);
}

#[test]
fn a_search_by_form_may_have_64_kib_and_no_more() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let to = Ask::post("/netsmart/v4/ServiceRequest/_search").header("Content-Type", FORM).bearer(&token).json();
    // what was read has a parameter that is not known
    check_form(64 * 1024, 400, |form| to.clone().body(form).send(&server));
}

#[test]
fn a_token_request_may_have_16_kib_and_no_more() {
    let server = Server::new();
    let to = Ask::post("/oauth/token").header("Content-Type", FORM);
    check_form(16 * 1024, 400, |form| to.clone().body(form).send(&server));
}

#[test]
fn an_endpoint_may_have_64_kib_and_no_more() {
    let server = endpoint::server("", &endpoint::store());
    let put = |bytes: usize| {
        let sent = format!("{{\"url\":\"\"{}}}", " ".repeat(bytes - 10));
        endpoint::put(&server, "centre-e", &sent).status
    };
    assert_eq!((put(64 * 1024 + 1), put(64 * 1024)), (413, 400));
}

#[test]
fn a_partner_has_so_many_test_calls_made_at_the_same_time_and_no_more() {
    let server = endpoint::server("", &endpoint::store());
    // it takes connections and says nothing
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}", silent.local_addr().unwrap().port());
    assert_eq!(endpoint::put(&server, "centre-e", &format!("{{\"url\":\"{url}\"}}")).status, 201);
    let test = || endpoint::as_partner(&server, "centre-e", endpoint::own("POST", "$endpoint/test"));
    std::thread::scope(|scope| {
        let under_way: Vec<_> = (0..2).map(|_| scope.spawn(test)).collect();
        let called: Vec<_> = (0..2).map(|_| silent.accept().unwrap()).collect();
        check_too_many(&test(), "1");
        drop((called, silent));
        assert!(under_way.into_iter().all(|test| test.join().unwrap().status == 200));
    });
    assert_eq!(test().status, 200);
}

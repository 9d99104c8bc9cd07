//! Delivery from outside: what partners hear of notices, whatever happens on the way. Source: spec faults F20 to F25.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use baton_exchange::{
    decision::{Batch, Change},
    id::{Home, NoticeId, ReferralId},
    notice::Notice,
    time::Timestamp,
};
use baton_server::{Running, clock::Clock, config::Config, start_with};
use baton_store::{MemoryStore, ParkedQuestion, Store};
use tokio::runtime::Runtime;

/// Far away: what is expected comes before.
pub const LONG: Duration = Duration::from_secs(30);

/// A request that a partner heard.
pub struct Heard {
    pub head: String,
    pub body: String,
}

impl Heard {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

/// A partner's system: it answers with what it was given, then with 204, and tells the test what it heard.
pub struct Sink {
    port: u16,
    pub heard: mpsc::Receiver<Heard>,
    /// Answers for those who are held.
    pub release: mpsc::Sender<String>,
}

/// What a partner's system is to answer.
struct Script {
    answers: Mutex<VecDeque<String>>,
    released: Mutex<mpsc::Receiver<String>>,
}

/// Does not answer.
pub const HANGS: &str = "";
/// Answers when the test says what.
pub const HOLDS: &str = "hold";
/// Breaks the connection.
const RESETS: &str = "reset";

impl Sink {
    pub fn answering(answers: &[&str]) -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it listens").port();
        let (tell, heard) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let answers: VecDeque<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
        let script = Arc::new(Script { answers: Mutex::new(answers), released: Mutex::new(released) });
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (tell, script) = (tell.clone(), script.clone());
                std::thread::spawn(move || while speak(&stream, &tell, &script).is_some() {});
            }
        });
        Sink { port, heard, release }
    }

    #[track_caller]
    pub fn next(&self) -> Heard {
        self.heard.recv_timeout(LONG).expect("a notice arrives")
    }

    /// How many requests came that were not looked at.
    pub fn so_far(&self) -> usize {
        self.heard.try_iter().count()
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }
}

fn speak(stream: &TcpStream, tell: &mpsc::Sender<Heard>, script: &Script) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let mut heard = Heard { head, body: String::new() };
    let length = heard.header("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    heard.body = String::from_utf8(body).ok()?;
    let mut answer = script.answers.lock().ok()?.pop_front().unwrap_or_else(|| status("204 No Content"));
    tell.send(heard).ok()?;
    if answer == HOLDS {
        answer = script.released.lock().ok()?.recv().ok()?;
    }
    if answer == RESETS {
        return None;
    }
    let mut writer = stream;
    writer.write_all(answer.as_bytes()).ok()
}

pub fn status(line: &str) -> String {
    format!("HTTP/1.1 {line}\r\nContent-Length: 0\r\n\r\n")
}

/// Partners with these addresses, called a, b, c, …
pub fn config(urls: &[String], more: &str) -> String {
    let mut config = "[server]\nlisten = \"127.0.0.1:0\"\n[delivery]\nallow_private_addresses = true\n\
                      retry_first = \"10ms\"\nretry_cap = \"40ms\"\ntimeout = \"500ms\"\n\
                      [[exchange]]\nid = \"n\"\ndialect = \"netsmart\"\npath = \"/n\"\n"
        .to_owned();
    for (name, url) in ('a'..).zip(urls) {
        config.push_str(&format!("[[partner]]\nid = \"{name}\"\nname = \"P\"\nexchanges = [\"n\"]\n"));
        config.push_str(&format!("notify = {{ url = \"{url}\" {more} }}\n"));
    }
    config
}

/// A server that delivers. It stops when it is dropped.
pub struct Server {
    runtime: Runtime,
    running: Option<Running>,
    store: Arc<dyn Store>,
}

impl Server {
    fn with(config: &str, store: Arc<dyn Store>) -> Server {
        let config = Config::parse(config, "test.toml").unwrap_or_else(|error| panic!("{error}"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let running = runtime.block_on(start_with(config, store.clone(), Clock::of_machine())).expect("a free port");
        Server { runtime, running: Some(running), store }
    }

    pub fn telling(sinks: &[&Sink]) -> Server {
        let urls: Vec<String> = sinks.iter().map(|sink| sink.url()).collect();
        Server::with(&config(&urls, ""), Arc::new(MemoryStore::default()))
    }

    pub fn put(&self, notices: Vec<Notice>) {
        put(&self.runtime, &*self.store, notices);
    }

    fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }

    /// Asks the store until it says what is expected.
    #[track_caller]
    fn until(&self, expected: impl AsyncFn(&dyn Store) -> bool) {
        let end = Instant::now() + LONG;
        while !self.runtime.block_on(expected(&*self.store)) {
            assert!(Instant::now() < end, "what is expected does not come");
            std::thread::yield_now();
        }
    }

    #[track_caller]
    fn until_parked(&self, reason: &str) {
        self.until(async |store| {
            let page = baton_store::Page { size: 9, after: None };
            let (parked, _) = store.parked_notices(ParkedQuestion::default(), page).await.expect("the store is well");
            parked.iter().any(|parked| parked.trouble.to_string() == reason)
        });
    }

    #[track_caller]
    pub fn until_all_is_told(&self) {
        self.until(async |store| store.backlogs().await.expect("the store is well").is_empty());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn put(runtime: &Runtime, store: &dyn Store, notices: Vec<Notice>) {
    let changes = notices.into_iter().map(Change::PutNotice).collect();
    runtime.block_on(store.commit(Batch { asserts: Vec::new(), changes })).expect("the store is well");
}

fn notice(number: u8, about: u8, partner: &str) -> Notice {
    let now = Clock::of_machine().now();
    Notice {
        id: NoticeId([number; 16]),
        home: Home(1),
        exchange: "n".into(),
        partner: partner.into(),
        referral: ReferralId([about; 16]),
        event: "notify".into(),
        body: format!(r#"{{"resourceType":"Bundle","id":"{number}"}}"#).into_bytes(),
        created: now,
        due: now,
    }
}

/// The notice is tried again after such answers, each time with the same id and body, until the partner has it.
#[track_caller]
fn check_tried_again(answers: &[&str]) {
    let sink = Sink::answering(answers);
    let server = Server::telling(&[&sink]);
    server.put(vec![notice(7, 1, "a")]);
    let first = sink.next();
    for _ in answers {
        let again = sink.next();
        assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
        assert_eq!(again.body, first.body);
    }
    server.until_all_is_told();
}

/// The notice is given up after one attempt.
#[track_caller]
fn check_parked(answer: &str, reason: &str) {
    let sink = Sink::answering(&[answer]);
    let server = Server::telling(&[&sink]);
    server.put(vec![notice(7, 1, "a")]);
    server.until_parked(reason);
    assert_eq!(sink.so_far(), 1);
}

#[test]
fn a_notice_arrives_with_its_id_and_nothing_that_was_not_configured() {
    let sink = Sink::answering(&[]);
    let server = Server::telling(&[&sink]);
    server.put(vec![notice(7, 1, "a")]);
    let heard = sink.next();
    assert!(heard.head.starts_with("POST /hook HTTP/1.1\r\n"), "{}", heard.head);
    assert_eq!(heard.header("content-type"), Some("application/fhir+json"));
    assert_eq!(heard.header("webhook-id"), Some("07070707-0707-0707-0707-070707070707"));
    assert_eq!((heard.header("authorization"), heard.header("webhook-signature")), (None, None));
    assert_eq!(heard.body, r#"{"resourceType":"Bundle","id":"7"}"#);
    server.until_all_is_told();
}

#[test]
fn errors_for_a_while_are_tried_again_with_the_same_id() {
    check_tried_again(&[&status("500 No"), &status("502 No"), &status("503 No"), &status("504 No"), &status("404 No")]);
}

#[test]
fn who_hangs_or_breaks_the_connection_is_tried_again() {
    check_tried_again(&[HANGS, RESETS, "no HTTP at all\r\n\r\n"]);
}

/// Threat: T96
#[test]
fn a_redirect_is_a_failure_and_is_not_followed() {
    let elsewhere = Sink::answering(&[]);
    let moved = format!("HTTP/1.1 307 Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", elsewhere.url());
    check_tried_again(&[&moved]);
    assert_eq!(elsewhere.so_far(), 0);
}

#[test]
fn patience_is_kept_when_it_is_asked_for() {
    let patience = "HTTP/1.1 429 Later\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n";
    let sink = Sink::answering(&[patience]);
    let server = Server::telling(&[&sink]);
    server.put(vec![notice(7, 1, "a")]);
    let at = |heard: Heard| heard.header("webhook-timestamp").and_then(|at| at.parse::<i64>().ok());
    let (first, second) = (at(sink.next()), at(sink.next()));
    assert!(first < second, "{first:?} {second:?}");
}

#[test]
fn a_good_answer_is_a_delivery_even_when_its_body_never_ends() {
    let sink = Sink::answering(&["HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nslow"]);
    let server = Server::telling(&[&sink]);
    server.put(vec![notice(7, 1, "a")]);
    server.until_all_is_told();
    assert_eq!(sink.so_far(), 1);
}

#[test]
fn who_has_it_already_is_not_told_again() {
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"duplicate"}]}"#;
    let duplicate = format!("HTTP/1.1 422 No\r\nContent-Length: {}\r\n\r\n{outcome}", outcome.len());
    let sink = Sink::answering(&[&status("409 Conflict"), &duplicate]);
    let server = Server::telling(&[&sink]);
    server.put(vec![notice(7, 1, "a"), notice(8, 1, "a")]);
    server.until_all_is_told();
    assert_eq!(sink.so_far(), 2);
}

#[test]
fn what_is_refused_and_who_is_gone_are_parked_at_once() {
    check_parked(&status("400 No"), "answered 400");
    check_parked(&status("410 Gone"), "answered 410");
}

#[test]
fn a_partner_without_an_endpoint_is_given_up_in_the_end() {
    let config = config(&[], "").replace("retry_cap", "give_up_after = \"50ms\"\nretry_cap");
    let server = Server::with(&config, Arc::new(MemoryStore::default()));
    server.put(vec![notice(7, 1, "nobody")]);
    server.until_parked("has no endpoint");
}

#[test]
fn the_order_of_one_referral_is_kept_and_others_do_not_wait() {
    let sink = Sink::answering(&[&status("503 No"), &status("503 No"), &status("503 No")]);
    let server = Server::telling(&[&sink]);
    server.put((1..=4).map(|number| notice(number, 1, "a")).collect());
    server.until_all_is_told();
    let mut heard: Vec<String> = sink.heard.try_iter().map(|heard| heard.body).collect();
    assert_eq!(heard.len(), 7);
    heard.dedup();
    assert_eq!(
        heard,
        (1..=4).map(|number| format!(r#"{{"resourceType":"Bundle","id":"{number}"}}"#)).collect::<Vec<_>>()
    );
}

/// Threat: T101
#[test]
fn a_dead_partner_holds_up_nobody() {
    let alive = Sink::answering(&[]);
    let urls = ["http://127.0.0.1:1/dead".to_owned(), alive.url()];
    let server = Server::with(&config(&urls, ""), Arc::new(MemoryStore::default()));
    let dead = (1..=60).map(|number| notice(number, number, "a"));
    server.put(dead.chain((61..=80).map(|number| notice(number, number, "b"))).collect());
    for _ in 61..=80 {
        alive.next();
    }
    server.until(async |store| {
        let backlogs = store.backlogs().await.expect("the store is well");
        backlogs.len() == 1 && backlogs[0].partner.as_str() == "a" && backlogs[0].waiting == 60
    });
}

#[test]
fn a_server_that_stops_leaves_the_rest_to_the_next_one() {
    let sink = Sink::answering(&[&status("503 No"), &status("503 No")]);
    let mut first = Server::telling(&[&sink]);
    first.put(vec![notice(7, 1, "a"), notice(8, 1, "a")]);
    let id = sink.next().header("webhook-id").map(str::to_owned);
    first.stop();
    let second = Server::with(&config(&[sink.url()], ""), first.store.clone());
    second.until_all_is_told();
    let rest: Vec<_> = sink.heard.try_iter().collect();
    assert_eq!(rest.first().and_then(|heard| heard.header("webhook-id").map(str::to_owned)), id);
}

#[test]
fn a_lease_of_a_process_that_died_is_taken_over() {
    let sink = Sink::answering(&[]);
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let runtime = Runtime::new().expect("a runtime");
    put(&runtime, &*store, vec![notice(7, 1, "a")]);
    let now = Clock::of_machine().now();
    let until = Timestamp(now.0 + 300_000);
    let lost = runtime.block_on(store.lease_notices("a".into(), now, until, 1)).expect("the store is well");
    let server = Server::with(&config(&[sink.url()], ""), store);
    assert_eq!(sink.next().header("webhook-id"), Some(lost[0].notice.id.to_string().as_str()));
    server.until_all_is_told();
}

/// Threat: T98
#[test]
fn a_partner_sees_its_token_and_a_signature_that_others_verify() {
    let sink = Sink::answering(&[]);
    let more = r#", token = "token-of-a", secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz""#;
    let server = Server::with(&config(&[sink.url()], more), Arc::new(MemoryStore::default()));
    server.put(vec![notice(7, 1, "a")]);
    let heard = sink.next();
    assert_eq!(heard.header("authorization"), Some("Bearer token-of-a"));
    let (id, at) = (heard.header("webhook-id").unwrap_or("-"), heard.header("webhook-timestamp").unwrap_or("-"));
    let signed = format!("{id}.{at}.{}", heard.body);
    let expected = jsonwebtoken::crypto::sign(
        signed.as_bytes(),
        &jsonwebtoken::EncodingKey::from_secret(b"012345678901234567890123"),
        jsonwebtoken::Algorithm::HS256,
    );
    // base64 as URLs have it, without padding
    let expected = expected.expect("HS256 is known").replace('-', "+").replace('_', "/");
    assert_eq!(heard.header("webhook-signature"), Some(format!("v1,{expected}=").as_str()));
}

#[test]
fn metrics_tell_what_became_of_notices_and_what_waits() {
    let sink = Sink::answering(&[&status("400 No")]);
    let server = Server::telling(&[&sink]);
    // the first alone: of two that are told at the same time either could be the one that is refused
    server.put(vec![notice(7, 1, "a")]);
    server.until_parked("answered 400");
    server.put(vec![notice(8, 2, "a"), notice(9, 1, "a")]);
    let address = server.running.as_ref().map(|running| running.address).expect("it runs");
    let told = || {
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").expect("it reads");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("it answers");
        text
    };
    let end = Instant::now() + LONG;
    let lines = [
        "baton_deliveries_total{partner=\"a\",outcome=\"delivered\"} 1\n",
        "baton_deliveries_total{partner=\"a\",outcome=\"parked\"} 1\n",
        "baton_notices{partner=\"a\",state=\"waiting\"} 1\n",
        "baton_notices{partner=\"a\",state=\"parked\"} 1\n",
    ];
    // an attempt is counted a moment after it was recorded
    while !lines.iter().all(|line| told().contains(line)) {
        assert!(Instant::now() < end, "not all of {lines:?} in {}", told());
    }
}

fn deliveries(folder: &std::path::Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_baton"));
    command.current_dir(folder).arg("deliveries").args(arguments).args(["--config", "baton.toml"]);
    let output = command.output().expect("the program was built");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_person_sees_what_is_parked_and_has_it_sent_again_while_the_server_runs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sink = Sink::answering(&[&status("400 No"), &status("422 No")]);
    let path = folder.path().join("baton.db");
    let text = config(&[sink.url()], "");
    let text = format!("[store]\nurl = \"sqlite:{}\"\n{text}", path.display());
    std::fs::write(folder.path().join("baton.toml"), &text).expect("the folder is ours");
    let runtime = Runtime::new().expect("a runtime");
    let store = runtime.block_on(baton_store::open(&format!("sqlite:{}", path.display()))).expect("a new file");
    let server = Server::with(&text, store);
    server.put(vec![notice(7, 1, "a"), notice(8, 2, "a")]);
    server.until(async |store| store.backlogs().await.is_ok_and(|all| all.first().is_some_and(|all| all.parked == 2)));

    let (status, listed) = deliveries(folder.path(), &["list", "--partner", "a"]);
    assert_eq!(status, Some(0), "{listed}");
    for part in ["07070707-0707-0707-0707-070707070707  a  n  notify  ", "1 attempts  answered 4", "2 parked"] {
        assert!(listed.contains(part), "{part} in {listed}");
    }
    assert!(!listed.contains("Bundle"));
    assert_eq!(deliveries(folder.path(), &["list", "--partner", "b"]).1, "0 parked\n");
    let one = ["resend", "--id", "07070707-0707-0707-0707-070707070707"];
    assert_eq!(deliveries(folder.path(), &one), (Some(0), "1 will be sent again\n".to_owned()));
    let all = ["resend", "--all", "--partner", "a"];
    assert_eq!(deliveries(folder.path(), &all), (Some(0), "1 will be sent again\n".to_owned()));
    server.until_all_is_told();
    assert_eq!(deliveries(folder.path(), &one).0, Some(1));
    assert_eq!(deliveries(folder.path(), &["resend"]).0, Some(2), "it has to be said which");
    let audit = std::process::Command::new(env!("CARGO_BIN_EXE_baton"))
        .current_dir(folder.path())
        .args(["audit", "list", "--partner", "a", "--config", "baton.toml"])
        .output()
        .expect("the program was built");
    let audit = String::from_utf8_lossy(&audit.stdout).into_owned();
    let resent: Vec<&str> = audit.lines().filter(|line| line.contains("  resent  ")).collect();
    assert!(
        matches!(resent[..], [one, other] if one.ends_with(" 1 notices") && other.ends_with(" 1 notices")),
        "{audit}"
    );
}

//! Records pass through the gate, and nothing else does.

use std::sync::Arc;

use baton_exchange::audit::{AuditRecord, Audited};
use baton_store::{MemoryStore, Store};
use tokio::runtime::Runtime;

use super::{AMS01, CONFIG, token};
use crate::{
    harness::{Answer, Ask, Server},
    receiver::{Listening, Receiver},
};

const RECORD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nX-Record: 7\r\nConnection: x-hop\r\nX-Hop: 1\r\nContent-Length: 8\r\n\r\n%PDF-1.4";

/// A locator whose provider has its records at a receiver.
fn behind(runtime: &Runtime, receiver: Receiver, store: Arc<MemoryStore>) -> (Server, Listening) {
    let listening = runtime.block_on(receiver.listen());
    let endpoint = format!("ods = \"RR8\"\nendpoints = [\"http://127.0.0.1:{}/\"]\n", listening.port());
    let config = CONFIG.replacen("ods = \"RR8\"\n", &endpoint, 1);
    (Server::with(&config, store), listening)
}

fn fetch(server: &Server, address: &str) -> Answer {
    let encoded: String = url::form_urlencoded::byte_serialize(address.as_bytes()).collect();
    Ask::get(&format!("/nrl/SSP/{encoded}"))
        .bearer(&token(AMS01, "patient/*.read"))
        .header("Ssp-From", AMS01.0)
        .header("Ssp-To", "200000000118")
        .header("Ssp-TraceID", "trace-1")
        .header("Ssp-InteractionID", "urn:nhs:names:services:nrl:DocumentReference.content.read")
        .header("Cookie", "hidden")
        .json()
        .send(server)
}

#[test]
fn a_record_passes_through_with_its_headers() {
    let runtime = Runtime::new().expect("a runtime");
    let (server, listening) = behind(&runtime, Receiver::answering(RECORD), Arc::default());
    let answer = fetch(&server, &format!("http://127.0.0.1:{}/a/b.pdf?c=d", listening.port()));
    assert_eq!((answer.status, answer.text().as_str()), (200, "%PDF-1.4"));
    assert_eq!((answer.header("content-type"), answer.header("x-record")), (Some("application/pdf"), Some("7")));
    assert_eq!((answer.header("x-hop"), answer.header("cache-control")), (None, Some("no-store")));
    let heard = listening.heard().to_ascii_lowercase();
    assert!(heard.starts_with("get /a/b.pdf?c=d http/1.1\r\n"), "{heard}");
    for header in ["ssp-traceid: trace-1", "ssp-from: 200000000115", "authorization: bearer ", "forwarded: by=_baton"] {
        assert!(heard.contains(header), "{header} in {heard}");
    }
    assert!(!heard.contains("cookie"), "{heard}");
}

#[test]
fn a_refusal_of_the_provider_passes_through_too_and_into_the_audit() {
    let runtime = Runtime::new().expect("a runtime");
    let gone = "HTTP/1.1 410 Gone\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngone";
    let store = Arc::new(MemoryStore::default());
    let (server, listening) = behind(&runtime, Receiver::answering(gone), store.clone());
    let answer = fetch(&server, &format!("http://127.0.0.1:{}/", listening.port()));
    assert_eq!((answer.status, answer.text().as_str()), (410, "gone"));
    let lines = runtime.block_on(store.audit(0, 10)).expect("the store can be read");
    let status = |record: &AuditRecord| match &record.what {
        Audited::Pointers(access) => access.status,
        Audited::Referral { .. } | Audited::Visit(_) | Audited::Operator(_) => panic!("a locator has no referrals"),
    };
    let lines: Vec<_> = lines.iter().map(|(_, record)| (status(record), record.message)).collect();
    assert_eq!(lines, [(200, lines[0].1), (410, lines[0].1)]);
}

#[test]
fn what_this_server_says_of_an_answer_is_not_said_twice() {
    let runtime = Runtime::new().expect("a runtime");
    let record = "HTTP/1.1 200 OK\r\nCache-Control: public\r\nX-Request-ID: theirs\r\nX-Correlation-ID: theirs\r\nX-Content-Type-Options: x\r\nAccess-Control-Allow-Origin: https://p1.nhs.uk\r\nContent-Length: 0\r\n\r\n";
    let (server, listening) = behind(&runtime, Receiver::answering(record), Arc::default());
    let answer = fetch(&server, &format!("http://127.0.0.1:{}/", listening.port()));
    for name in
        ["cache-control", "x-request-id", "x-correlation-id", "x-content-type-options", "access-control-allow-origin"]
    {
        let values: Vec<&str> =
            answer.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect();
        assert!(
            values.len() == 1 && !["theirs", "public", "x", "https://p1.nhs.uk"].contains(&values[0]),
            "{values:?}"
        );
    }
}

/// A record comes from this server in a browser's eyes: it must not act as a page of it.
/// Threat: T62
#[test]
fn a_record_sets_no_cookies_lets_no_pages_in_and_runs_nothing() {
    let runtime = Runtime::new().expect("a runtime");
    let record = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=b\r\nContent-Security-Policy: script-src *\r\nAccess-Control-Allow-Credentials: true\r\nContent-Length: 8\r\n\r\n<script>";
    let (server, listening) = behind(&runtime, Receiver::answering(record), Arc::default());
    let answer = fetch(&server, &format!("http://127.0.0.1:{}/", listening.port()));
    assert_eq!((answer.header("set-cookie"), answer.header("access-control-allow-credentials")), (None, None));
    let policy = answer.header("content-security-policy");
    assert_eq!(policy, Some("sandbox; default-src 'none'; frame-ancestors 'none'"));
}

#[test]
fn a_refusal_of_the_gate_names_the_header() {
    let server = super::server();
    let headers = [
        ("Authorization", format!("Bearer {}", token(AMS01, "patient/*.read"))),
        ("Ssp-From", AMS01.0.to_owned()),
        ("Ssp-To", "200000000118".to_owned()),
        ("Ssp-TraceID", "trace-1".to_owned()),
        ("Ssp-InteractionID", "urn:nhs:names:services:nrl:DocumentReference.content.read".to_owned()),
    ];
    for (without, _) in &headers {
        let sent = headers.iter().filter(|(name, _)| name != without);
        let ask = sent
            .fold(Ask::get("/nrl/SSP/https%3A%2F%2Fp1.nhs.uk").json(), |ask, (name, value)| ask.header(name, value));
        assert_eq!(ask.send(&server).member("issue/0/expression/0"), *without);
    }
}

/// Threat: T73
#[test]
fn other_hosts_are_never_called() {
    let runtime = Runtime::new().expect("a runtime");
    let (server, listening) = behind(&runtime, Receiver::answering(RECORD), Arc::default());
    let other = runtime.block_on(Receiver::answering(RECORD).listen());
    for address in [
        format!("http://127.0.0.1:{}/", other.port()),
        format!("http://127.0.0.1:{}@127.0.0.1:{}/", listening.port(), other.port()),
        format!("http://localhost:{}/", listening.port()),
        format!("https://127.0.0.1:{}/", listening.port()),
    ] {
        fetch(&server, &address).check_refusal(400, "invalid");
    }
    assert_eq!((listening.connections(), other.connections()), (0, 0));
}

#[test]
fn a_provider_that_is_not_there_is_told_without_the_address() {
    let runtime = Runtime::new().expect("a runtime");
    let (server, listening) = behind(&runtime, Receiver::answering("nonsense"), Arc::default());
    let answer = fetch(&server, &format!("http://127.0.0.1:{}/9876543210.pdf", listening.port()));
    answer.check_refusal(502, "transient");
    assert!(!answer.text().contains("9876543210"), "{}", answer.text());
}

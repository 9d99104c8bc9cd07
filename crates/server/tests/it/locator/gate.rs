//! Records pass through the gate, and nothing else does.

use std::sync::Arc;

use baton_store::MemoryStore;
use tokio::runtime::Runtime;

use super::{AMS01, CONFIG, token};
use crate::{
    harness::{Answer, Ask, Server},
    receiver::{Listening, Receiver},
};

const RECORD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nX-Record: 7\r\nConnection: x-hop\r\nX-Hop: 1\r\nContent-Length: 8\r\n\r\n%PDF-1.4";

/// A locator whose provider has its records at a receiver.
fn behind(runtime: &Runtime, receiver: Receiver, more: &str) -> (Server, Listening) {
    let listening = runtime.block_on(receiver.listen());
    let endpoint = format!("ods = \"RR8\"\nendpoints = [\"http://127.0.0.1:{}/\"]\n", listening.port());
    let config = CONFIG.replacen("ods = \"RR8\"\n", &endpoint, 1) + more;
    (Server::with(&config, Arc::new(MemoryStore::default())), listening)
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
    let (server, listening) = behind(&runtime, Receiver::answering(RECORD), "");
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
fn a_refusal_of_the_provider_passes_through_too() {
    let runtime = Runtime::new().expect("a runtime");
    let gone = "HTTP/1.1 410 Gone\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngone";
    let (server, listening) = behind(&runtime, Receiver::answering(gone), "");
    let answer = fetch(&server, &format!("http://127.0.0.1:{}/", listening.port()));
    assert_eq!((answer.status, answer.text().as_str()), (410, "gone"));
}

#[test]
fn other_hosts_are_never_called() {
    let runtime = Runtime::new().expect("a runtime");
    let (server, listening) = behind(&runtime, Receiver::answering(RECORD), "");
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
    let (server, listening) = behind(&runtime, Receiver::answering("nonsense"), "");
    let answer = fetch(&server, &format!("http://127.0.0.1:{}/9876543210.pdf", listening.port()));
    answer.check_refusal(502, "transient");
    assert!(!answer.text().contains("9876543210"), "{}", answer.text());
}

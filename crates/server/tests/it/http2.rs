//! HTTP/2 is not served: whoever speaks it all the same is cut off at its first bytes, and what is known to exhaust servers by it costs
//! nothing here. That TLS agrees on nothing but HTTP/1.1 is in `tls.rs`.

use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::Arc,
};

use baton_store::MemoryStore;

use crate::harness::{Ask, CONFIG, Server};

/// What a client says first that knows that the other side speaks HTTP/2. Source: RFC 9113, section 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// More than the system's buffers hold between two sockets.
const BUFFERS: usize = 32 << 20;

/// One frame. Source: RFC 9113, section 4.1.
fn frame(kind: u8, flags: u8, stream: u8, body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).expect("it is short");
    [&[0, 0, length, kind, flags, 0, 0, 0, stream], body].concat()
}

/// What makes one client much work for others, each to be sent again and again.
fn floods() -> [(&'static str, Vec<u8>); 6] {
    let get = [0x82, 0x84, 0x86, 0x41, 1, b'a'];
    let reset = [frame(1, 5, 1, &get), frame(3, 0, 1, &[0, 0, 0, 8])].concat();
    [
        ("streams that are reset", reset),
        ("headers that go on", frame(9, 0, 1, &[0x40, 1, b'a', 1, b'b'])),
        ("data without a byte", frame(0, 0, 1, &[])),
        ("pings", frame(6, 0, 0, &[0; 8])),
        ("settings", frame(4, 0, 0, &[0, 3, 0, 0, 0, 100])),
        ("windows that are opened so that streams are reset", frame(8, 0, 1, &[0, 0, 0, 0])),
    ]
}

/// Sends frames until the server takes no more; gives how many bytes could be sent, and what came back.
fn flood(server: &Server, first: &[u8], frame: &[u8]) -> (usize, Vec<u8>) {
    let mut stream = TcpStream::connect(&server.address).expect("the server listens");
    let (many, mut sent) = (frame.repeat(4096), 0);
    let mut begun = stream.write_all(first);
    while begun.is_ok() && sent < 2 * BUFFERS {
        begun = stream.write_all(&many);
        sent += many.len();
    }
    let cut = begun.expect_err("it takes all of it").kind();
    assert!(matches!(cut, ErrorKind::ConnectionReset | ErrorKind::BrokenPipe), "{cut}");
    let mut answer = Vec::new();
    // what was answered before the connection was reset may be lost with it
    let _ = stream.read_to_end(&mut answer);
    (sent, answer)
}

/// How many requests were counted, and how many are under way.
fn counted(server: &Server) -> (u64, u64) {
    let text = Ask::get("/metrics").send(server).text();
    let values = |name: &str| {
        let lines = text.lines().filter(|line| line.starts_with(name));
        lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum::<u64>()
    };
    (values("baton_requests_total"), values("baton_requests_in_flight"))
}

/// A server with one connection at a time, so that those that it should have closed are missed.
fn server() -> Server {
    Server::with(&CONFIG.replace("[limits]", "[limits]\nconnections_max = 1\n"), Arc::new(MemoryStore::default()))
}

/// Threat: T86
#[test]
fn floods_of_http_2_are_cut_at_the_first_bytes_and_cost_nothing() {
    let server = server();
    let (before, _) = counted(&server);
    for (what, frame) in floods() {
        let (sent, answer) = flood(&server, &[PREFACE, b"\0\0\0\x04\0\0\0\0\0"].concat(), &frame);
        assert!(sent < BUFFERS && answer.is_empty(), "{what}: {sent} bytes, {answer:?}");
    }
    // only the one that asks
    assert_eq!(counted(&server), (before + 1, 1));
}

/// Threat: T86
#[test]
fn who_asks_for_an_upgrade_to_http_2_is_answered_as_if_it_had_not() {
    let server = server();
    let ask = Ask::get("/health/live").header("Connection", "Upgrade, HTTP2-Settings").header("Upgrade", "h2c");
    let ask = ask.header("HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA");
    let answer = ask.send(&server);
    assert_eq!((answer.status, answer.header("upgrade"), answer.header("connection")), (200, None, None));
    for (what, frame) in floods() {
        let (sent, _) = flood(&server, &[ask.head(None), PREFACE.to_vec()].concat(), &frame);
        assert!(sent < BUFFERS, "{what}: {sent} bytes");
    }
    let (_, in_flight) = counted(&server);
    assert_eq!(in_flight, 1);
}

/// Threat: T86
#[test]
fn the_preface_of_http_2_is_no_request() {
    let server = server();
    for first in [PREFACE, &PREFACE[..18], b"PRI * HTTP/2.0\r\nHost: a.example\r\n\r\n"] {
        let mut connection = server.connect();
        connection.write(first);
        if first != PREFACE {
            assert_eq!(connection.read("PRI").status, 400, "half a preface is a bad head");
        }
        assert!(connection.is_closed(), "at once and without an answer that it could not read");
    }
}

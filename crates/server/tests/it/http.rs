//! Methods, sizes, packing, ids of requests, and connections that go on after a refusal.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::harness::{Ask, CONFIG, JSON, Server, message};

const OPERATION: &str = "/netsmart/v4/$process-message";

#[track_caller]
fn check_method(server: &Server, method: &str, path: &str, allow: &str) {
    let answer = Ask::new(method, path).json().body("").send(server);
    assert_eq!(answer.status, 405, "{method} {path}");
    assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
    if method != "HEAD" && path != "/oauth/token" {
        answer.check_refusal(405, "not-supported");
    }
}

/// Threat: T68
#[test]
fn other_methods_are_refused_before_anything_else() {
    let server = Server::new();
    for method in ["GET", "PUT", "PATCH", "DELETE", "HEAD"] {
        check_method(&server, method, OPERATION, "POST");
        check_method(&server, method, "/oauth/token", "POST");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        for path in
            ["/metadata", "/Bundle", "/Patient/1", "/Patient/1/_history", "/Patient/1/_history/1", "/MessageDefinition"]
        {
            check_method(&server, method, &format!("/netsmart/v4{path}"), "GET, HEAD");
        }
        check_method(&server, method, "/health/live", "GET, HEAD");
    }
}

#[test]
fn options_tells_the_methods() {
    let server = Server::new();
    for (path, allow) in [(OPERATION, "POST"), ("/netsmart/v4/Patient", "GET, HEAD"), ("/metrics", "GET, HEAD")] {
        let answer = Ask::new("OPTIONS", path).send(&server);
        assert_eq!((answer.status, answer.header("allow")), (204, Some(allow)), "{path}");
    }
}

#[test]
fn head_is_get_without_a_body() {
    let server = Server::new();
    let head = Ask::new("HEAD", "/netsmart/v4/metadata").json().send(&server);
    let get = Ask::get("/netsmart/v4/metadata").json().send(&server);
    assert_eq!((head.status, head.header("content-length")), (200, get.header("content-length")));
}

#[test]
fn what_is_not_served_is_not_found() {
    let server = Server::new();
    for path in [
        "/",
        "/nothing",
        "/netsmart",
        "/netsmart/v4/nothing",
        "/netsmart/v4/MessageHeader",
        "/netsmart/v4/MessageHeader/1",
    ] {
        Ask::get(path).json().send(&server).check_refusal(404, "not-found");
    }
    Ask::post("/netsmart/v4/MessageHeader/$process-message").json().send(&server).check_refusal(404, "not-supported");
    server.as_clinic_a(Ask::get("/netsmart/v4/Referral")).check_refusal(404, "not-found");
}

/// Threat: T50
#[test]
fn a_message_is_processed_at_the_operation_only() {
    let server = Server::new();
    let to = |path: &str| Ask::post(path).header("Content-Type", JSON).body(message("submit", 1));
    assert_eq!(server.as_clinic_a(to("/netsmart/v4")).status, 400);
    assert_eq!(server.as_clinic_a(to("/netsmart/v4/")).status, 400);
    assert_eq!(server.as_clinic_a(to("/netsmart/v4/Bundle")).status, 405);
    assert_eq!(server.as_clinic_a(Ask::get("/netsmart/v4/ServiceRequest")).member("total"), "0");
}

#[test]
fn who_posts_to_the_base_hears_that_there_are_no_batches() {
    let server = Server::new();
    for path in ["/netsmart/v4", "/netsmart/v4/"] {
        let answer = Ask::post(path).header("Content-Type", JSON).json().body("{}").send(&server);
        answer.check_refusal(400, "not-supported");
        assert!(answer.text().contains("$process-message"), "{}", answer.text());
    }
}

#[test]
fn the_request_id_of_the_caller_comes_back() {
    let server = Server::new();
    let ask = Ask::get("/nothing").json().header("X-Request-ID", "r-1");
    let answer = ask.send(&server);
    assert_eq!((answer.header("x-request-id"), answer.header("x-correlation-id")), (Some("r-1"), Some("r-1")));
    let answer = ask.header("X-Correlation-ID", "c-1").send(&server);
    assert_eq!((answer.header("x-request-id"), answer.header("x-correlation-id")), (Some("r-1"), Some("c-1")));
    let answer = Ask::get("/health/live").send(&server);
    assert_eq!(answer.header("x-request-id").map(str::len), Some(36), "a UUID");
}

/// A message that is padded to a size with white space.
fn padded(size: usize) -> String {
    let mut body = message("submit", 1);
    body.extend(std::iter::repeat_n(' ', size - body.len()));
    body
}

/// Threat: T81
#[test]
fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let server = Server::new();
    server.as_clinic_a(Ask::message("/netsmart/v4", &padded(100_001))).check_refusal(413, "too-long");
    assert_eq!(server.as_clinic_a(Ask::message("/netsmart/v4", &padded(100_000))).status, 200);
}

/// Threat: T81
#[test]
fn a_body_that_declares_too_much_is_refused_before_it_is_sent() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let mut connection = server.connect();
    let ask = Ask::new("POST", OPERATION).bearer(&token).json().header("Content-Type", JSON);
    connection.write(&ask.head(Some(100_001)));
    connection.read("POST").check_refusal(413, "too-long");
}

fn chunked(body: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    for chunk in body.chunks(1000) {
        wire.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        wire.extend(chunk);
        wire.extend(b"\r\n");
    }
    wire.extend(b"0\r\n\r\n");
    wire
}

/// Threat: T81
#[test]
fn a_body_in_pieces_is_counted_while_it_comes() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let ask = Ask::new("POST", OPERATION).bearer(&token).json();
    let ask = ask.header("Content-Type", JSON).header("Transfer-Encoding", "chunked");
    for (size, status) in [(100_001, 413), (100_000, 200)] {
        let mut connection = server.connect();
        connection.write(&ask.head(None));
        connection.write(&chunked(padded(size).as_bytes()));
        assert_eq!(connection.read("POST").status, status, "{size} bytes");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// Threat: T80
#[test]
fn a_packed_body_counts_by_what_it_holds() {
    let server = Server::new();
    let packed = |body: Vec<u8>| {
        let ask = Ask::post(OPERATION).header("Content-Type", JSON).header("Content-Encoding", "gzip");
        server.as_clinic_a(ask.body(body))
    };
    packed(gzip(padded(100_001).as_bytes())).check_refusal(413, "too-long");
    packed(gzip(&vec![b' '; 50_000_000])).check_refusal(413, "too-long");
    assert_eq!(packed(b"no gzip".to_vec()).status, 400);
    assert_eq!(packed(gzip(padded(100_000).as_bytes())).status, 200);
    let other = Ask::message("/netsmart/v4", &message("submit", 1)).header("Content-Encoding", "br");
    server.as_clinic_a(other).check_refusal(415, "not-supported");
}

#[test]
fn a_client_that_waits_to_be_told_sends_its_body_then() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let body = message("submit", 1);
    let ask = Ask::new("POST", OPERATION).bearer(&token).json().header("Content-Type", JSON);
    let ask = ask.header("Expect", "100-continue");
    let mut connection = server.connect();
    connection.write(&ask.head(Some(body.len())));
    assert_eq!(connection.read("POST").status, 100);
    connection.write(body.as_bytes());
    assert_eq!(connection.read("POST").status, 200);
}

/// Threat: T80
#[test]
fn a_stranger_is_never_told_to_send_its_body() {
    let server = Server::new();
    let ask = Ask::new("POST", OPERATION).json().header("Content-Type", JSON).header("Expect", "100-continue");
    let mut connection = server.connect();
    connection.write(&ask.head(Some(1000)));
    connection.read("POST").check_refusal(401, "security");
    assert!(connection.is_closed(), "what follows could be a body or a request");
}

/// Threat: T81
#[test]
fn a_body_that_ends_early_is_refused_and_stores_nothing() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let body = message("submit", 1);
    let ask = Ask::new("POST", OPERATION).bearer(&token).json().header("Content-Type", JSON);
    let mut connection = server.connect();
    connection.write(&ask.head(Some(body.len())));
    connection.write(&body.as_bytes()[..body.len() - 1]);
    connection.finish();
    assert_eq!(connection.read("POST").status, 400);
    assert_eq!(server.as_clinic_a(Ask::get("/netsmart/v4/ServiceRequest")).member("total"), "0");
}

#[test]
fn a_connection_goes_on_after_a_refusal() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let mut connection = server.connect();
    let large = "x".repeat(90_000);
    Ask::message("/netsmart/v4", &large).json().send_on(&mut connection).check_refusal(401, "security");
    Ask::message("/netsmart/v4", "no json")
        .bearer(&token)
        .json()
        .send_on(&mut connection)
        .check_refusal(400, "structure");
    Ask::get("/nothing").json().send_on(&mut connection).check_refusal(404, "not-found");
    let good = Ask::message("/netsmart/v4", &message("submit", 1)).bearer(&token).json();
    assert_eq!(good.send_on(&mut connection).status, 200);
}

#[test]
fn large_answers_are_packed_for_those_who_ask() {
    let server = Server::new();
    let ask = Ask::get("/netsmart/v4/metadata").json();
    let plain = ask.send(&server);
    assert_eq!(plain.header("content-encoding"), None);
    let packed = ask.header("Accept-Encoding", "gzip").send(&server);
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed.body[..]), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

#[test]
fn answers_are_marked_as_what_they_are() {
    let server = Server::new();
    let read = server.as_clinic_a(Ask::get("/netsmart/v4/ServiceRequest"));
    assert_eq!(read.header("cache-control"), Some("no-store"));
    assert_eq!(read.header("x-content-type-options"), Some("nosniff"));
    let metadata = Ask::get("/netsmart/v4/metadata").json().send(&server);
    assert_eq!(metadata.header("access-control-allow-origin"), Some("*"));
    assert_eq!(read.header("access-control-allow-origin"), None);
}

#[test]
fn the_longest_path_wins() {
    let config = CONFIG.replace("\"/strict/v4\"", "\"/netsmart/v4/strict\"");
    let server = Server::with(&config, std::sync::Arc::new(baton_store::MemoryStore::default()));
    let address = |path: &str| Ask::get(&format!("{path}/metadata")).json().send(&server).text();
    assert!(
        address("/netsmart/v4/strict").contains("https://referrals.example.org/netsmart/v4/strict/$process-message")
    );
    assert!(address("/netsmart/v4").contains("https://referrals.example.org/netsmart/v4/$process-message"));
}

/// Threat: T123
#[test]
fn requests_are_counted_by_route_and_status() {
    let server = Server::new();
    server.as_clinic_a(Ask::get("/netsmart/v4/ServiceRequest/sr-hidden"));
    server.as_clinic_a(Ask::message("/netsmart/v4", &message("submit", 1)));
    let text = Ask::get("/metrics").send(&server).text();
    for line in [
        "baton_requests_total{route=\"{base}/{type}/{id}\",status=\"404\"} 1",
        "baton_messages_total{exchange=\"netsmart\",event=\"submitted\",verdict=\"accepted\"} 1",
        "baton_commit_seconds_count 1",
    ] {
        assert!(text.lines().any(|written| written == line), "{line} in\n{text}");
    }
    assert!(!text.contains("hidden"), "{text}");
}

#[test]
fn a_stopped_server_has_answered_what_it_took() {
    let mut server = Server::new();
    let token = server.token("clinic-a");
    let mut connection = server.connect();
    let body = message("submit", 1);
    let ask = Ask::new("POST", OPERATION).bearer(&token).json().header("Content-Type", JSON);
    connection.write(&ask.head(Some(body.len())));
    // the head is taken once the counter of requests in flight, the asking one included, says so
    let counted = || Ask::get("/metrics").send(&server).text().contains("baton_requests_in_flight 2");
    assert!((0..10_000).any(|_| counted()), "the head is never taken");
    let sender = std::thread::spawn(move || {
        connection.write(body.as_bytes());
        connection.read("POST").status
    });
    server.stop();
    assert_eq!(sender.join().unwrap(), 200);
}

#[test]
fn a_head_may_have_64_kib_and_no_more() {
    let server = Server::new();
    let ask = |size: usize| Ask::get("/health/live").header("X-Padding", &"x".repeat(size)).send(&server).status;
    assert_eq!(ask(65_000), 200);
    assert_eq!(ask(66_000), 431);
}

#[test]
fn a_head_may_have_100_headers_and_no_more() {
    let server = Server::new();
    let ask = |number: usize| {
        let ask = (0..number).fold(Ask::get("/health/live"), |ask, number| ask.header(&format!("X-{number}"), "x"));
        ask.send(&server).status
    };
    // Host is one of them
    assert_eq!(ask(99), 200);
    assert_eq!(ask(100), 431);
}

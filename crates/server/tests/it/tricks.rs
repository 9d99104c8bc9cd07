//! Requests that are made to mislead: names of others, methods in disguise, framing that two readers understand in two ways,
//! paths that lead out, and fields that are not the sender's to fill in.

use std::collections::HashSet;

use serde_json::json;

use crate::{
    endpoint,
    harness::{Answer, Ask, JSON, Server, message},
    locator,
};

const READ: &str = "/netsmart/v4/ServiceRequest";

/// Sends a request whose head is changed on its way.
fn changed(server: &Server, ask: &Ask, change: impl Fn(&str) -> String) -> Answer {
    let head = String::from_utf8(ask.head(None)).expect("text");
    let mut connection = server.connect();
    connection.write(change(&head).as_bytes());
    connection.read("GET")
}

/// Headers by which proxies, or those who pretend to be one, say what a client has called the server.
const FORWARDED: [(&str, &str); 14] = [
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Host", "referrals.example.org, evil.example"),
    ("X-Forwarded-Proto", "gopher"),
    ("X-Forwarded-Port", "666"),
    ("X-Forwarded-Prefix", "/evil"),
    ("X-Forwarded-Server", "evil.example"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("Forwarded", "for=127.0.0.1;host=evil.example;proto=gopher"),
    ("X-Host", "evil.example"),
    ("X-Original-Host", "evil.example"),
    ("X-Original-URL", "/evil"),
    ("X-Rewrite-URL", "/evil"),
    ("X-HTTP-Host-Override", "evil.example"),
    ("Base-Url", "https://evil.example"),
];

/// Threat: T67
#[test]
fn links_and_issuer_are_those_of_the_configuration_whatever_a_request_says() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let sent = Ask::message("/netsmart/v4", &message("submit", 1)).bearer(&token).json().send(&server);
    assert_eq!(sent.status, 200);
    for path in ["/netsmart/v4/metadata", "/netsmart/v4/.well-known/smart-configuration", &format!("{READ}?_count=5")] {
        let ask = Ask::get(path).bearer(&token).json().header("X-Request-ID", "r");
        let plain = ask.send(&server);
        assert!(plain.status == 200 && plain.text().contains("https://referrals.example.org/"), "{}", plain.text());
        for (name, value) in FORWARDED {
            assert_eq!(ask.clone().header(name, value).send(&server), plain, "{path} {name}: {value}");
        }
        for host in ["evil.example", "evil.example:80", "referrals.example.org.evil.example", "127.0.0.1", ""] {
            let asked = changed(&server, &ask, |head| head.replace("referrals.example.org", host));
            assert_eq!(asked, plain, "{path} at {host:?}");
        }
        let absolute = changed(&server, &ask, |head| head.replace("GET /", "GET http://evil.example/"));
        assert_eq!(absolute, plain, "{path}");
    }
}

/// Threat: T67
#[test]
fn the_place_of_what_is_made_is_that_of_the_configuration() {
    let server = locator::server();
    for (number, (name, value)) in (1..).zip(FORWARDED) {
        let made = locator::creation(&locator::pointer(number)).header(name, value).send(&server);
        let place = made.header("location").unwrap_or_default();
        assert!(made.status == 201 && place.starts_with("https://locator.example.org/nrl/"), "{name}: {place}");
    }
}

const OVERRIDES: [&str; 4] = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method"];

/// Threat: T68
#[test]
fn a_method_is_the_one_in_the_first_line() {
    let server = locator::server();
    let id = locator::create(&server, 1);
    let path = format!("/DocumentReference/{id}");
    let read = || locator::reading(locator::AMS01, &path).send(&server);
    for name in OVERRIDES {
        for method in ["DELETE", "PATCH", "PUT"] {
            let disguised = locator::reading(locator::AMS01, &path).header(name, method).send(&server);
            assert_eq!((disguised.status, disguised.body), (200, read().body), "{name}: {method}");
            let owner = locator::writing(locator::RR8, "POST", &path).header(name, method).body("").send(&server);
            assert_eq!(owner.status, 405, "{name}: {method}");
        }
    }
    let in_query = locator::writing(locator::RR8, "POST", &format!("{path}?_method=DELETE")).body("").send(&server);
    assert_eq!((in_query.status, read().status), (405, 200));
}

/// Threat: T68
#[test]
fn methods_that_nobody_needs_are_refused_everywhere() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let places =
        ["/health/live", "/metrics", "/oauth/token", "/netsmart/v4/metadata", "/netsmart/v4/$process-message", READ];
    for path in places {
        for method in ["TRACE", "TRACK", "DEBUG", "PROPFIND", "MKCOL", "COPY", "LINK", "get", "Post", "ANYTHING"] {
            let answer = Ask::new(method, path).bearer(&token).json().send(&server);
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").is_some(), "{method} {path}");
            assert!(!answer.text().contains(&token), "nothing comes back that was sent");
        }
    }
    let connect = Ask::new("CONNECT", "evil.example:443").send(&server);
    assert!(matches!(connect.status, 400 | 404 | 405), "{}", connect.status);
}

/// What a server says to bytes: the statuses of all its answers until it closes.
fn statuses(server: &Server, bytes: &str) -> Vec<u16> {
    let mut connection = server.connect();
    connection.write(bytes.as_bytes());
    connection.finish();
    let mut statuses = Vec::new();
    while !connection.is_closed() {
        statuses.push(connection.read("POST").status);
    }
    statuses
}

/// A request whose end two readers could see at two places, with another one behind the first of them.
fn smuggling(framing: &str, body: &str) -> String {
    let hidden = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
    format!("POST /oauth/token HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n{body}{hidden}")
}

/// Threat: T87
#[test]
fn framing_that_can_be_understood_in_two_ways_is_refused_and_the_connection_ends() {
    let server = Server::new();
    for framing in [
        "Content-Length: 0\r\nContent-Length: 5",
        "Content-Length: 0, 5",
        "Content-Length: +0",
        "Content-Length: -1",
        "Content-Length: 0x0",
        "Content-Length: 0 0",
        "Content-Length : 0",
        " Content-Length: 0",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: \u{b}chunked",
        "Transfer-Encoding: chunked\r\n\u{0}: x",
        "X: y\rContent-Length: 0",
    ] {
        assert_eq!(statuses(&server, &smuggling(framing, "")), [400], "{framing:?}");
    }
}

/// Source: RFC 9112, section 6.1: of both, the one that says it in pieces counts, and the connection ends.
/// Threat: T87
#[test]
fn behind_a_request_with_two_framings_nothing_is_read() {
    let server = Server::new();
    for framing in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 4",
        "Transfer-Encoding: CHUNKED\r\ncontent-length: 400",
    ] {
        // an empty form is no good one
        assert_eq!(statuses(&server, &smuggling(framing, "0\r\n\r\n")), [400], "{framing:?}");
    }
    let plain = smuggling("Content-Length: 0", "");
    assert_eq!(statuses(&server, &plain), [400, 200], "of two proper requests both are read");
}

/// Threat: T81
#[test]
fn pieces_with_very_long_extensions_are_refused() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let ask = Ask::new("POST", "/netsmart/v4/$process-message").bearer(&token).json().header("Content-Type", JSON);
    let mut connection = server.connect();
    connection.write(&ask.header("Transfer-Encoding", "chunked").head(None));
    connection.write(format!("1;{}\r\n{{\r\n", "x".repeat(1_000_000)).as_bytes());
    assert_eq!(connection.read("POST").status, 400);
    assert!(connection.is_closed());
}

/// Threat: T92
#[test]
fn a_path_that_leads_out_leads_nowhere() {
    let server = Server::new();
    let token = server.token("clinic-a");
    for tail in [
        "/../../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/%252e%252e%252fetc%252fpasswd",
        "/..\\..\\etc\\passwd",
        "/..%5c..%5cetc%5cpasswd",
        "/%00",
        "/Binary/..%2f..%2fbaton.db",
        "/Binary/%2e%2e%2fbaton.db",
        "/Binary/x%00.pdf",
        "/Binary/..;/baton.db",
        "/Binary/%c0%ae%c0%ae",
        "/Binary/%ff",
        "//etc/passwd",
        "/ServiceRequest/../../metadata",
        "/baton.toml",
        "/.git/config",
    ] {
        for base in ["", "/netsmart/v4"] {
            let answer = Ask::get(&format!("{base}{tail}")).bearer(&token).json().send(&server);
            assert_eq!(answer.status, 404, "{base}{tail}");
            assert!(!answer.text().contains("root:"), "{base}{tail}");
        }
    }
}

/// Threat: T55
#[test]
fn nobody_makes_something_under_an_id_of_its_choice() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let body = json!({"resourceType": "ServiceRequest", "id": "mine"}).to_string();
    for (method, path) in
        [("PUT", format!("{READ}/mine")), ("PATCH", format!("{READ}/mine")), ("POST", READ.to_owned())]
    {
        let ask = Ask::new(method, &path).bearer(&token).json().header("Content-Type", JSON).body(body.as_str());
        ask.send(&server).check_refusal(405, "not-supported");
    }
    let server = endpoint::server("", &endpoint::store());
    for resource_type in ["Task", "Appointment"] {
        let path = format!("{resource_type}/mine");
        let body = json!({"resourceType": resource_type, "id": "mine", "status": "proposed"}).to_string();
        let ask = endpoint::own("PUT", &path).header("Content-Type", JSON).body(body);
        assert!(endpoint::as_partner(&server, "centre-e", ask).status >= 400, "{path}");
        endpoint::as_partner(&server, "centre-e", endpoint::own("GET", &path)).check_refusal(404, "not-found");
    }
    let put = locator::writing(locator::RR8, "PUT", "/DocumentReference/mine").body("").send(&locator::server());
    assert_eq!(put.status, 405);
}

/// Threat: T55
#[test]
fn an_id_does_not_tell_the_next_one() {
    let server = locator::server();
    let ids: Vec<String> = (1..=200).map(|number| locator::create(&server, number)).collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    // they rise with the time; what comes behind it is chance
    let tails: Vec<&str> = ids.iter().map(|id| &id[id.len() - 12..]).collect();
    let rising = tails.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((50..150).contains(&rising), "of 199 pairs {rising} rise: {tails:?}");
}

/// Threat: T71
#[test]
fn what_the_server_says_of_a_resource_is_not_taken_from_the_sender() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let meta = r#""resourceType":"ServiceRequest","meta":{"versionId":"99","lastUpdated":"1999-01-01T00:00:00Z"},"#;
    let sent = message("submit", 1).replacen("\"resourceType\":\"ServiceRequest\",", meta, 1);
    assert_eq!(Ask::message("/netsmart/v4", &sent).bearer(&token).json().send(&server).status, 200);
    let read = Ask::get(&format!("{READ}/sr-1")).bearer(&token).json().send(&server);
    assert_eq!((read.member("meta/versionId").as_str(), read.header("etag")), ("1", Some("W/\"1\"")));
    assert!(read.member("meta/lastUpdated").starts_with("2026-01-15T"), "{}", read.text());
    let server = locator::server();
    let mut pointer = locator::pointer(1);
    pointer["id"] = json!("mine");
    pointer["meta"]["versionId"] = json!("99");
    pointer["meta"]["lastUpdated"] = json!("1999-01-01T00:00:00Z");
    let made = locator::creation(&pointer).send(&server);
    if made.status == 201 {
        let id = locator::id(&made);
        let read = locator::reading(locator::AMS01, &format!("/DocumentReference/{id}")).send(&server);
        assert_ne!(id, "mine");
        assert_eq!(read.member("meta/versionId"), "1");
        assert!(!read.text().contains("1999-01-01"));
    }
}

/// Threat: T65
#[test]
fn of_many_changes_to_one_version_one_is_made() {
    let server = endpoint::server("", &endpoint::store());
    endpoint::refer(&server, 1);
    let [target, stranger] = ["centre-e", "stranger"].map(|partner| server.token(partner));
    let found = Ask::get("/ontario/Task").bearer(&target).json().send(&server);
    let task = found.value()["entry"][0]["resource"].clone();
    let path = format!("/ontario/Task/{}", task["id"].as_str().expect("an id"));
    let put = |token: &str, number: u32| {
        let mut task = task.clone();
        (task["status"], task["statusReason"]) = (json!("on-hold"), json!({"text": format!("reason {number}")}));
        let ask = Ask::new("PUT", &path).bearer(token).json().header("Content-Type", JSON);
        ask.header("If-Match", "W/\"1\"").body(task.to_string()).send(&server)
    };
    assert_ne!(put(&stranger, 0).status, 412, "who may not see it does not hear its version");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let puts: Vec<_> = (1..=20)
            .map(|number| {
                scope.spawn({
                    let (put, target) = (&put, &target);
                    move || put(target, number).status
                })
            })
            .collect();
        puts.into_iter().map(|put| put.join().expect("an answer")).collect()
    });
    let of = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((of(200), of(412)), (1, 19), "{statuses:?}");
    for header in [("If-None-Match", "W/\"2\""), ("If-Modified-Since", "Thu, 15 Jan 2037 14:30:00 GMT")] {
        let answer = Ask::get(&path).bearer(&stranger).json().header(header.0, header.1).send(&server);
        assert!(matches!(answer.status, 403 | 404), "{}", answer.status);
    }
}

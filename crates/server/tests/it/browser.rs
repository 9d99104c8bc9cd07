//! What browsers are told: headers of every answer, which pages may read, and what they may send.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use baton_server::tls::CertificateFingerprint;
use baton_store::MemoryStore;

use crate::{
    certificates::Certified,
    harness::{Answer, Ask, CONFIG, FORM, Server},
    locator,
    tls::{Files, connect},
};

const APP: &str = "https://app.example.org";
const READ: &str = "/netsmart/v4/ServiceRequest";

/// A server of whose partners clinic A has an app that runs in browsers.
fn server() -> Server {
    let config = CONFIG.replace("id = \"clinic-a\"\n", &format!("id = \"clinic-a\"\norigins = [\"{APP}\"]\n"));
    let elsewhere = "id = \"stranger\"\norigins = [\"https://elsewhere.example.org\"]\n";
    Server::with(&config.replace("id = \"stranger\"\n", elsewhere), Arc::new(MemoryStore::default()))
}

/// Threat: T66, T16, T17
#[test]
fn every_answer_tells_browsers_to_keep_load_frame_and_guess_nothing() {
    let server = server();
    let token = server.token("clinic-a");
    for ask in [
        Ask::get("/"),
        Ask::get("/health/live"),
        Ask::get("/metrics"),
        Ask::get("/netsmart/v4/nothing"),
        Ask::get("/netsmart/v4/metadata"),
        Ask::get(READ),
        Ask::get(READ).bearer(&token),
        Ask::post(READ),
        Ask::new("OPTIONS", READ),
        Ask::post("/oauth/token").header("Content-Type", FORM),
    ] {
        let answer = ask.json().send(&server);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'", "{answer:?}");
        let public = answer.text().contains("CapabilityStatement");
        assert_eq!(answer.header("cache-control"), Some(if public { "no-cache" } else { "no-store" }), "{answer:?}");
        assert_eq!(answer.header("strict-transport-security"), None, "there is no TLS here");
    }
}

/// Threat: T66
#[test]
fn what_looks_like_a_file_for_caches_is_not_found() {
    let server = server();
    let token = server.token("clinic-a");
    for path in
        ["/sr-1/x.css", "/sr-1/_history/1/x.js", "/sr-1;x.css", "/sr-1%2Fx.css", "/sr-1/x.png?y.css", "/sr-1.css"]
    {
        let answer = Ask::get(&format!("{READ}{path}")).bearer(&token).json().send(&server);
        answer.check_refusal(404, "not-found");
        let stranger = Ask::get(&format!("{READ}{path}")).json().send(&server);
        assert!(matches!(stranger.status, 401 | 404) && stranger.header("cache-control") == Some("no-store"), "{path}");
    }
}

fn asked(server: &Server, ask: &Ask, origin: &str) -> Answer {
    ask.clone().header("Origin", origin).json().send(server)
}

fn reader(answer: &Answer) -> Option<&str> {
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    answer.header("access-control-allow-origin")
}

/// Threat: T69
#[test]
fn pages_of_any_origin_may_read_what_an_exchange_says_of_itself_and_nothing_else() {
    let server = server();
    let (token, foreign) = (server.token("clinic-a"), "https://evil.example");
    for path in
        ["/netsmart/v4/metadata", "/netsmart/v4/.well-known/smart-configuration", "/netsmart/v4/MessageDefinition"]
    {
        assert_eq!(reader(&asked(&server, &Ask::get(path), foreign)), Some("*"), "{path}");
        assert_eq!(reader(&Ask::get(path).send(&server)), Some("*"), "{path}");
    }
    let form = "grant_type=client_credentials&client_id=clinic-a&client_secret=secret-of-clinic-a";
    for ask in [
        Ask::get(READ).bearer(&token),
        Ask::get(READ),
        Ask::post("/oauth/token").header("Content-Type", FORM).body(form),
        Ask::get("/metrics"),
        Ask::get("/health/ready"),
        Ask::get("/netsmart/v4"),
        Ask::get("/"),
    ] {
        assert_eq!(reader(&asked(&server, &ask, foreign)), None, "{ask:?}");
    }
}

/// Threat: T69
#[test]
fn pages_of_a_registered_origin_may_read_and_ask_for_tokens() {
    let server = server();
    let token = server.token("clinic-a");
    let form = "grant_type=client_credentials&client_id=clinic-a&client_secret=secret-of-clinic-a";
    for (ask, status) in [
        (Ask::get(READ).bearer(&token), 200),
        // a page gets to know why it is refused
        (Ask::get(READ), 401),
        (Ask::post("/oauth/token").header("Content-Type", FORM).body(form), 200),
        (Ask::post("/oauth/token"), 400),
    ] {
        let answer = asked(&server, &ask, APP);
        assert_eq!((answer.status, reader(&answer)), (status, Some(APP)), "{ask:?}");
        assert_eq!(answer.header("vary"), Some("Origin"));
        assert!(answer.header("access-control-expose-headers").is_some_and(|it| it.contains("X-Request-ID")));
    }
}

/// Threat: T69
#[test]
fn an_origin_is_compared_letter_by_letter() {
    let server = server();
    let ask = Ask::get(READ).bearer(&server.token("clinic-a"));
    for origin in [
        "null",
        "*",
        "",
        "http://app.example.org",
        "https://app.example.org:443",
        "https://app.example.org:444",
        "https://app.example.org/",
        "https://APP.example.org",
        "https://app.example.org.evil.example",
        "https://app.example.org@evil.example",
        "https://evil.example#https://app.example.org",
        "https://evil-app.example.org",
        "https://x.app.example.org",
        "https://example.org",
        "https://app.example.or",
        "https://app.example.org evil",
        "https://app.example.org, https://evil.example",
        "https://app.example.org.",
        "https://app\u{ff0e}example.org",
        "file://",
        // of a partner of another exchange
        "https://elsewhere.example.org",
    ] {
        assert_eq!(reader(&asked(&server, &ask, origin)), None, "{origin}");
    }
    let twice = ask.clone().header("Origin", APP).header("Origin", "https://evil.example");
    assert_eq!(reader(&twice.send(&server)), None);
    assert_eq!(reader(&asked(&server, &ask, APP)), Some(APP));
}

/// Threat: T69
#[test]
fn a_page_that_asks_first_hears_what_it_may_send() {
    let server = server();
    let preflight = |path: &str, origin: &str| {
        let ask = Ask::new("OPTIONS", path).header("Access-Control-Request-Method", "POST");
        asked(&server, &ask.header("Access-Control-Request-Headers", "authorization,content-type"), origin)
    };
    for path in ["/netsmart/v4/$process-message", "/oauth/token"] {
        let answer = preflight(path, APP);
        assert_eq!((answer.status, reader(&answer)), (204, Some(APP)));
        assert_eq!(answer.header("access-control-allow-methods"), Some("POST"));
        assert!(
            answer.header("access-control-allow-headers").is_some_and(|it| it.contains("Authorization, Content-Type"))
        );
        let foreign = preflight(path, "https://evil.example");
        assert_eq!((foreign.status, reader(&foreign)), (204, None));
        assert_eq!(foreign.header("access-control-allow-methods"), None);
    }
}

/// Threat: T69
#[test]
fn a_locator_is_open_to_all_pages_until_an_origin_is_registered() {
    let read = |server: &Server, origin| {
        let answer = asked(server, &locator::reading(locator::AMS01, "/DocumentReference/none"), origin);
        reader(&answer).map(str::to_owned)
    };
    let open = locator::server();
    assert_eq!(read(&open, "https://evil.example").as_deref(), Some("*"));
    let config = locator::CONFIG.replacen("id = \"rr8\"\n", &format!("id = \"rr8\"\norigins = [\"{APP}\"]\n"), 1);
    let closed = Server::with(&config, Arc::new(MemoryStore::default()));
    assert_eq!((read(&closed, APP).as_deref(), read(&closed, "https://evil.example")), (Some(APP), None));
    assert_eq!(reader(&asked(&closed, &Ask::get("/nrl/metadata"), "https://evil.example")), Some("*"));
}

/// Asks over a connection that shows a certificate; gives the answer as it came.
fn over_tls(server: &Server, files: &Files, shows: Option<&Certified>, ask: &Ask) -> String {
    let mut tls = connect(&server.address, files.authority.trusting(shows));
    tls.write_all(&ask.clone().header("Connection", "close").head(None)).expect("the server listens");
    let mut answer = String::new();
    // some servers end a connection without saying so in TLS
    let _ = tls.read_to_string(&mut answer);
    answer
}

/// Threat: T102
#[test]
fn over_tls_a_browser_is_told_to_stay_there() {
    let files = Files::new();
    let server = Server::with(&format!("{CONFIG}{}", files.optional()), Arc::new(MemoryStore::default()));
    for path in ["/health/live", "/nothing", READ] {
        let answer = over_tls(&server, &files, None, &Ask::get(path)).to_ascii_lowercase();
        assert!(answer.contains("\r\nstrict-transport-security: max-age=31536000\r\n"), "{answer}");
    }
}

/// A token of a partner, asked for over TLS.
fn token_over_tls(server: &Server, files: &Files, partner: &str) -> String {
    let form = format!("grant_type=client_credentials&client_id={partner}&client_secret=secret-of-{partner}");
    let ask = Ask::new("POST", "/oauth/token").header("Content-Type", FORM).header("Connection", "close");
    let mut tls = connect(&server.address, files.authority.trusting(None));
    tls.write_all(&[ask.head(Some(form.len())), form.into_bytes()].concat()).expect("the server listens");
    let mut answer = String::new();
    let _ = tls.read_to_string(&mut answer);
    let body = answer.split("\r\n\r\n").nth(1).expect("an answer");
    let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

#[test]
fn a_token_of_a_partner_with_certificates_is_worth_nothing_without_one_of_them() {
    let files = Files::new();
    let (own, other) = (files.clients.client("Clinic A"), files.clients.client("Clinic B"));
    let print = CertificateFingerprint::of(&own.der());
    let bound = format!("id = \"clinic-a\"\ncertificates = [\"{print}\"]\n");
    let config = CONFIG.replace("id = \"clinic-a\"\n", &bound);
    let server = Server::with(&format!("{config}{}", files.optional()), Arc::new(MemoryStore::default()));
    let status = |partner: &str, shows: Option<&Certified>| {
        let token = token_over_tls(&server, &files, partner);
        let answer = over_tls(&server, &files, shows, &Ask::get(READ).bearer(&token).json());
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!([None, Some(&other), Some(&own)].map(|shows| status("clinic-a", shows)), ["401", "401", "200"]);
    assert_eq!([None, Some(&other)].map(|shows| status("clinic-b", shows)), ["200", "200"], "bound to none");
}

#[test]
fn certificates_follow_the_configuration_that_is_read_again() {
    let files = Files::new();
    let print = CertificateFingerprint::of(&files.clients.client("Clinic A").der());
    let free = format!("{CONFIG}{}", files.optional());
    let bound = free.replace("id = \"clinic-a\"\n", &format!("id = \"clinic-a\"\ncertificates = [\"{print}\"]\n"));
    let mut server = Server::with(&free, Arc::new(MemoryStore::default()));
    let token = token_over_tls(&server, &files, "clinic-a");
    let status = |server: &Server| {
        let answer = over_tls(server, &files, None, &Ask::get(READ).bearer(&token).json());
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status(&server), "200");
    server.reconfigure(&bound);
    assert_eq!(status(&server), "401");
    server.reconfigure(&free);
    assert_eq!(status(&server), "200");
}

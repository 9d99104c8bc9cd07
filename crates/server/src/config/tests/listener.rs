//! Tests of `[[listener]]` in a configuration.

use super::{Config, EXCHANGE, PARTNER, check_refused};
use crate::{config::Part, listener::ListenerNumber};

const OPERATORS: &str = "[[listener]]\nid = \"operators\"\nlisten = \"127.0.0.1:9\"\nserves = [\"metrics\"]\n";
const SPINE: &str = "[[listener]]\nid = \"spine\"\nlisten = \"127.0.0.1:8\"\nexchanges = [\"n\"]\n";
const MUTUAL: &str = "[listener.tls]\ncert = \"c\"\nkey = \"k\"\nclient_ca = \"a\"\n";

fn parts(text: &str) -> Vec<Part> {
    Config::parse(text, "f").unwrap_or_else(|error| panic!("{error}")).parts_of(ListenerNumber::SERVER)
}

#[test]
fn an_address_a_name_and_an_exchange_are_one_listeners_own() {
    let all = format!("{EXCHANGE}{SPINE}{OPERATORS}");
    assert!(Config::parse(&all, "f").is_ok());
    check_refused(&all.replace("\"spine\"", "\"operators\""), "10:6", "two listeners with the id `operators`");
    check_refused(&all.replace(":9", ":8"), "11:10", "two listeners have the address `127.0.0.1:8`");
    check_refused(&all.replace(":9", ":8080"), "11:10", "two listeners have the address `127.0.0.1:8080`");
    assert!(Config::parse(&all.replace(":9", ":0").replace(":8", ":0"), "f").is_ok(), "any free port is another one");
    let twice = format!("{all}exchanges = [\"n\"]\n");
    check_refused(&twice, "13:14", "`n` is already served at `spine`");
    check_refused(&all.replace("[\"n\"]", "[\"m\"]"), "8:14", "no exchange is called `m`");
}

#[test]
fn a_listener_serves_something_that_is_known() {
    check_refused(&OPERATORS.replace("[\"metrics\"]", "[]"), "2:6", "nothing is served at `operators`");
    check_refused(&OPERATORS.replace("metrics", "metric"), "4:11", "expected `health` or `metrics`");
    check_refused(&format!("{OPERATORS}tsl = 1\n"), "5:1", "unknown field `tsl`");
    check_refused("[[listener]]\nid = \"a\"\n", "1:1", "missing field `listen`");
}

#[test]
fn metrics_move_to_the_listener_that_serves_them_and_health_stays() {
    assert_eq!(parts(""), [Part::Health, Part::Metrics]);
    assert_eq!(parts(OPERATORS), [Part::Health]);
    assert_eq!(parts(&OPERATORS.replace("metrics", "health")), [Part::Health, Part::Metrics]);
    assert_eq!(parts(&format!("[server]\nserves = []\n{OPERATORS}")), []);
    check_refused(&format!("[server]\nserves = [\"metrics\"]\n{OPERATORS}"), "4:6", "and so does `operators`");
}

/// Threat: T37
#[test]
fn audit_tokens_without_signature_are_taken_behind_certificates_only() {
    let locator = EXCHANGE.replace("netsmart", "nrl") + "jwt = \"unsigned\"\n";
    assert!(Config::parse(&locator, "f").is_ok(), "what stands in front of [server] is not known");
    let says = "the listener `spine` lets callers in without a certificate";
    check_refused(&format!("{locator}{SPINE}"), "2:6", says);
    check_refused(&format!("{locator}{SPINE}{MUTUAL}client_cert = \"optional\"\n"), "2:6", says);
    check_refused(&format!("{locator}{SPINE}{}", MUTUAL.replace("client_ca = \"a\"\n", "")), "2:6", says);
    assert!(Config::parse(&format!("{locator}{SPINE}{MUTUAL}"), "f").is_ok());
    let system = format!("{PARTNER}asid = \"200000000115\"\n");
    check_refused(&format!("{locator}{system}{SPINE}{MUTUAL}"), "7:6", "known by its certificate alone");
    assert!(Config::parse(&format!("{}{SPINE}", locator.replace("unsigned", "signed")), "f").is_ok());
}

#[test]
fn who_is_bound_to_certificates_comes_where_one_is_asked_for() {
    let print = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let bound = format!("{EXCHANGE}{PARTNER}certificates = [\"{print}\"]\n");
    assert!(Config::parse(&format!("{bound}{SPINE}{MUTUAL}"), "f").is_ok());
    check_refused(&format!("{bound}{OPERATORS}{MUTUAL}"), "8:14", "`n` is served at `[server]`, which asks for none");
    check_refused(
        &format!("{bound}{SPINE}{OPERATORS}{MUTUAL}"),
        "8:14",
        "`n` is served at `spine`, which asks for none",
    );
    let wants = MUTUAL.replace("client_ca = \"a\"", "client_cert = \"required\"");
    check_refused(&format!("{OPERATORS}{wants}"), "8:15", "needs `client_ca`");
}

#[test]
fn apps_are_used_where_people_log_in() {
    let app = "[[app]]\nid = \"v\"\nname = \"V\"\nexchanges = [\"n\"]\nredirect_uris = [\"https://v.example/cb\"]\n\
               scopes = [\"openid\"]\npublic = true\n";
    assert!(Config::parse(&format!("{EXCHANGE}{app}{OPERATORS}"), "f").is_ok());
    check_refused(&format!("{EXCHANGE}{app}{SPINE}"), "8:14", "is served at the listener `spine`");
}

#[test]
fn each_key_of_a_listener_is_known() {
    let text = r#"
[server]
serves = ["health"]
[[listener]]
id = "operators"
listen = "127.0.0.1:9090"
public_url = "https://operators.example.org"
exchanges = []
serves = ["health", "metrics"]
[listener.tls]
cert = "server.pem"
key = "server.key"
client_ca = "clients.pem"
client_cert = "required"
"#;
    let config = Config::parse(text, "f").unwrap_or_else(|error| panic!("{error}"));
    let operators = ListenerNumber::of_listener(0);
    assert!(config.requires_certificates(operators) && !config.requires_certificates(ListenerNumber::SERVER));
    assert_eq!(config.parts_of(operators), [Part::Health, Part::Metrics]);
    assert_eq!(config.public_url(operators), "https://operators.example.org");
}

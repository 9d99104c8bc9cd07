//! Every route × {no token, garbage, wrong scope, partner of another exchange, other partner, the right one}.

use baton_server::http::route::{Access, Place, Ways};
use hyper::Method;

use crate::harness::{Answer, Ask, JSON, Server, message};

/// A path for each place of an exchange.
pub const PATHS: [&str; 15] = [
    "",
    "/metadata",
    "/.well-known/smart-configuration",
    "/$process-message",
    "/ServiceRequest",
    "/ServiceRequest/_search",
    "/ServiceRequest/sr-1",
    "/ServiceRequest/sr-1/_history",
    "/ServiceRequest/sr-1/_history/1",
    "/MessageDefinition",
    "/Patient/$process-message",
    "/nothing-here",
    "/$endpoint",
    "/DocumentReference/d-1/$binary",
    "/launch",
];

/// Each place has a number here, so that a new one does not compile until it is in [`PATHS`].
fn number(place: &Place) -> usize {
    match place {
        Place::Base => 0,
        Place::Metadata => 1,
        Place::SmartConfiguration => 2,
        Place::ProcessMessage => 3,
        Place::Type(_) => 4,
        Place::TypeSearch(_) => 5,
        Place::Instance(..) => 6,
        Place::History(..) => 7,
        Place::Version(..) => 8,
        Place::OperationElsewhere => 9,
        Place::Unknown => 10,
        Place::Own(_) => 11,
        Place::Paper(_) => 12,
        Place::Launch(_) => 13,
    }
}

/// The first of the methods that a place takes.
fn method(path: &str) -> Method {
    let allow = Place::of(path).allow(Ways::Messages).unwrap_or("GET");
    let first = allow.split(',').next().unwrap_or_default();
    Method::from_bytes(first.as_bytes()).expect("a method")
}

fn ask(path: &str) -> Ask {
    let ask = Ask::new(method(path).as_str(), &format!("/netsmart/v4{path}")).json();
    match path {
        "/$process-message" => ask.header("Content-Type", JSON).body(message("submit", 1)),
        "/ServiceRequest/_search" => ask.header("Content-Type", "application/x-www-form-urlencoded").body("_count=5"),
        _ => ask,
    }
}

fn protected() -> impl Iterator<Item = &'static str> {
    // what is only where partners are told is in endpoint.rs and paper.rs
    let is_served = |path: &&str| Place::of(path).allow(Ways::Messages).is_some();
    let is_protected = move |path: &&str| is_served(path) && Place::of(path).access(&method(path)) != Access::Public;
    PATHS.into_iter().filter(is_protected)
}

#[test]
fn each_place_is_in_the_matrix() {
    let mut numbers: Vec<usize> = PATHS.iter().map(|path| number(&Place::of(path))).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (0..14).collect::<Vec<_>>());
}

#[track_caller]
fn check_challenge(path: &str, answer: &Answer, challenge: &str) {
    assert_eq!(answer.header("www-authenticate"), Some(challenge), "{path}");
}

/// Threat: T44
#[test]
fn without_a_token_nothing_is_served_that_needs_one() {
    let server = Server::new();
    for path in protected() {
        let answer = ask(path).send(&server);
        answer.check_refusal(401, "security");
        check_challenge(path, &answer, "Bearer realm=\"baton\"");
    }
}

/// Threat: T17
#[test]
fn garbage_is_no_token() {
    let server = Server::new();
    let good = server.token("clinic-a");
    for path in protected() {
        let (longer, shorter) = (format!("Bearer {good}x"), format!("Bearer {}", &good[1..]));
        for shown in ["Bearer abc", "Bearer ", "Basic Y2xpbmljLWE6c2VjcmV0", "abc", &longer, &shorter] {
            let answer = ask(path).header("Authorization", shown).send(&server);
            answer.check_refusal(401, "security");
            check_challenge(path, &answer, "Bearer realm=\"baton\", error=\"invalid_token\"");
        }
        let in_the_address = Ask::get(&format!("/netsmart/v4/ServiceRequest?access_token={good}")).json();
        in_the_address.send(&server).check_refusal(401, "security");
    }
}

#[test]
fn a_token_is_good_for_five_minutes_and_not_a_second_longer() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let asked = ask("/ServiceRequest").bearer(&token);
    server.pass(299);
    assert_eq!(asked.send(&server).status, 200);
    server.pass(1);
    asked.send(&server).check_refusal(401, "expired");
}

/// Threat: T44
#[test]
fn other_scopes_do_not_open_a_route() {
    let server = Server::new();
    let token = server.token("scribe");
    for path in protected() {
        let answer = ask(path).bearer(&token).send(&server);
        answer.check_refusal(403, "forbidden");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.contains("error=\"insufficient_scope\""), "{path}: {challenge}");
        assert!(
            answer.text().contains(if path == "/$process-message" { "Messaging.write" } else { ".read" }),
            "{path}"
        );
    }
}

/// Threat: T44
#[test]
fn a_partner_of_another_exchange_is_forbidden() {
    let server = Server::new();
    let token = server.token("stranger");
    for path in protected() {
        ask(path).bearer(&token).send(&server).check_refusal(403, "forbidden");
    }
}

/// Threat: T44, T47
#[test]
fn what_another_partner_submitted_does_not_exist() {
    let server = Server::new();
    let owner = server.token("clinic-a");
    assert_eq!(ask("/$process-message").bearer(&owner).send(&server).status, 200);
    let other = server.token("clinic-b");
    for path in ["/ServiceRequest/sr-1", "/ServiceRequest/sr-1/_history", "/ServiceRequest/sr-1/_history/1"] {
        assert_eq!(ask(path).bearer(&owner).send(&server).status, 200, "{path}");
        ask(path).bearer(&other).send(&server).check_refusal(404, "not-found");
    }
    for path in ["/ServiceRequest", "/ServiceRequest/_search"] {
        assert_eq!(ask(path).bearer(&owner).send(&server).member("total"), "1", "{path}");
        assert_eq!(ask(path).bearer(&other).send(&server).member("total"), "0", "{path}");
    }
}

#[test]
fn the_same_partner_in_another_exchange_has_other_referrals() {
    let server = Server::new();
    let owner = server.token("clinic-a");
    assert_eq!(ask("/$process-message").bearer(&owner).send(&server).status, 200);
    let elsewhere = Ask::get("/strict/v4/ServiceRequest/sr-1").bearer(&owner).json();
    elsewhere.send(&server).check_refusal(404, "not-found");
}

#[test]
fn discovery_needs_no_token_and_minds_no_bad_one() {
    let server = Server::new();
    for path in ["/metadata", "/.well-known/smart-configuration", "/MessageDefinition"] {
        assert_eq!(ask(path).send(&server).status, 200, "{path}");
        assert_eq!(ask(path).bearer("abc").send(&server).status, 200, "{path}");
    }
    ask("/MessageDefinition/x/_history").send(&server).check_refusal(404, "not-found");
    for path in ["/health/live", "/health/ready", "/metrics"] {
        assert_eq!(Ask::get(path).send(&server).status, 200, "{path}");
    }
}

//! Tokens are looked into and taken back. Source: RFC 7662; RFC 7009; SMART App Launch 2.2, "Token Introspection".

use std::sync::Arc;

use baton_store::{MemoryStore, Store};

use crate::harness::{Answer, Ask, CONFIG, FORM, Server};

/// Asks as a partner about a token.
fn about(server: &Server, place: &str, partner: &str, token: &str) -> Answer {
    let form = format!("client_id={partner}&client_secret=secret-of-{partner}&token={token}");
    Ask::post(place).header("Content-Type", FORM).body(form).send(server)
}

fn look(server: &Server, partner: &str, token: &str) -> Answer {
    about(server, "/oauth/introspect", partner, token)
}

fn by_bearer(server: &Server, bearer: &str, token: &str) -> Answer {
    let form = format!("token={token}");
    Ask::post("/oauth/introspect").header("Content-Type", FORM).bearer(bearer).body(form).send(server)
}

fn read(server: &Server, token: &str) -> Answer {
    Ask::get("/netsmart/v4/ServiceRequest").bearer(token).json().send(server)
}

#[track_caller]
fn check_refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.member("error").as_str()), (status, error), "{}", answer.text());
}

/// Threat: T34
#[test]
fn nobody_looks_into_a_token_without_saying_who_they_are() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let ask = |form: &str| Ask::post("/oauth/introspect").header("Content-Type", FORM).body(form).send(&server);
    check_refused(&ask(&format!("token={token}")), 401, "invalid_client");
    check_refused(&ask(&format!("token={token}&client_id=clinic-a")), 401, "invalid_client");
    check_refused(&ask(&format!("token={token}&client_id=clinic-a&client_secret=x")), 401, "invalid_client");
    check_refused(&ask("client_id=clinic-a&client_secret=secret-of-clinic-a"), 400, "invalid_request");
    let bearer = by_bearer(&server, "unknown", &token);
    check_refused(&bearer, 401, "invalid_token");
    assert_eq!(bearer.header("www-authenticate"), Some("Bearer realm=\"baton\", error=\"invalid_token\""));
}

/// Threat: T09
#[test]
fn a_parameter_stands_once_where_tokens_are_looked_into_and_taken_back() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let good = [("client_id", "clinic-a"), ("client_secret", "secret-of-clinic-a"), ("token", token.as_str())];
    for place in ["/oauth/introspect", "/oauth/revoke"] {
        for (name, value) in good {
            for (first, second) in [(value, value), (value, "other"), ("other", value), ("", value)] {
                let rest =
                    good.iter().filter(|(other, _)| *other != name).map(|(name, value)| format!("&{name}={value}"));
                let form = format!("{name}={first}&{name}={second}{}", rest.collect::<String>());
                let answer = Ask::post(place).header("Content-Type", FORM).body(form).send(&server);
                check_refused(&answer, 400, "invalid_request");
            }
        }
        let whole = format!("client_id=clinic-a&client_secret=secret-of-clinic-a&token={token}");
        let ask = |place: &str, form: &str| Ask::post(place).header("Content-Type", FORM).body(form).send(&server);
        check_refused(&ask(place, &format!("{whole}&x=1&x=2")), 400, "invalid_request");
        // nor does anything of it stand in the address
        let rest = "client_id=clinic-a&client_secret=secret-of-clinic-a";
        check_refused(&ask(&format!("{place}?token={token}"), rest), 400, "invalid_request");
        check_refused(&ask(&format!("{place}?client_secret=other"), &whole), 400, "invalid_request");
    }
    let both = format!("token={token}&client_id=clinic-b&client_secret=secret-of-clinic-b");
    let both = Ask::post("/oauth/introspect").header("Content-Type", FORM).bearer(&token).body(both).send(&server);
    check_refused(&both, 400, "invalid_request");
    assert_eq!(read(&server, &token).status, 200, "nothing was taken back");
}

/// Expired, of somebody else, made up, taken back and not a token at all.
/// Threat: T34
#[test]
fn what_is_not_good_is_told_in_the_same_bytes() {
    let server = Server::new();
    let expired = server.token("clinic-a");
    server.pass(300);
    let (foreign, revoked) = (server.token("clinic-b"), server.token("clinic-a"));
    assert_eq!(about(&server, "/oauth/revoke", "clinic-a", &revoked).status, 200);
    for token in [expired.as_str(), &foreign, &revoked, "made-up", "%00", &"x".repeat(4000)] {
        let answer = look(&server, "clinic-a", token);
        assert_eq!((answer.status, answer.text().as_str()), (200, "{\"active\":false}"), "{token}");
    }
}

#[test]
fn a_good_token_is_told_to_its_client_and_to_who_shows_a_token() {
    let server = Server::new();
    let (token, other) = (server.token("clinic-a"), server.token("clinic-b"));
    for answer in [look(&server, "clinic-a", &token), by_bearer(&server, &other, &token)] {
        assert_eq!(answer.value()["active"], true);
        assert_eq!((answer.member("client_id"), answer.member("token_type")), ("clinic-a".into(), "Bearer".into()));
        assert_eq!(answer.member("scope"), "system/Messaging.write system/*.read");
        assert_eq!(answer.member("exp"), (crate::harness::BEGIN_MICROS / 1_000_000 + 300).to_string());
        assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    }
}

/// At once where it was taken back, within a second everywhere else.
/// Threat: T35
#[test]
fn a_token_that_was_taken_back_is_refused_within_a_second_by_every_process() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let (first, second) = (Server::with(CONFIG, store.clone()), Server::with(CONFIG, store));
    let token = first.token("clinic-a");
    assert_eq!([read(&first, &token).status, read(&second, &token).status], [200, 200]);
    assert_eq!(about(&first, "/oauth/revoke", "clinic-a", &token).status, 200);
    read(&first, &token).check_refusal(401, "security");
    second.pass(1);
    read(&second, &token).check_refusal(401, "security");
}

#[test]
fn nobody_takes_back_what_is_not_theirs_nor_learns_whether_it_is_there() {
    let server = Server::new();
    let token = server.token("clinic-a");
    for token in [token.as_str(), "made-up"] {
        let answer = about(&server, "/oauth/revoke", "clinic-b", token);
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    }
    server.pass(1);
    assert_eq!(read(&server, &token).status, 200);
    check_refused(&about(&server, "/oauth/revoke", "nobody", &token), 401, "invalid_client");
}

#[test]
fn discovery_names_both() {
    let server = Server::new();
    let answer = Ask::get("/netsmart/v4/.well-known/smart-configuration").send(&server);
    assert_eq!(answer.member("introspection_endpoint"), "https://referrals.example.org/oauth/introspect");
    assert_eq!(answer.member("revocation_endpoint"), "https://referrals.example.org/oauth/revoke");
}

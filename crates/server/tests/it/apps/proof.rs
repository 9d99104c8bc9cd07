//! Apps that prove who they are with a key: their assertions are good once, whatever came of the first time.

use baton_oauth::assertion::ASSERTION_TYPE;
use baton_testkit::signer::EC;

use super::{Asking, Browser, VERIFIER, World};
use crate::{
    assertion::{in_place, signed},
    harness::Answer,
};

/// A server with an app that has a key.
fn world() -> World {
    let keys = in_place();
    World::with(&format!(
        "[[app]]\nid = \"keyed\"\nname = \"Keyed\"\nexchanges = [\"ontario\"]\n\
         redirect_uris = [\"https://keyed.example/cb\"]\nscopes = [\"user/*.rs\", \"offline_access\"]\n{keys}\n"
    ))
}

fn code(world: &World) -> String {
    Browser::new(world).code("ada", &Asking::of("keyed", "user/*.rs offline_access"), None)
}

/// Asks with the assertion of a number.
fn ask(world: &World, jti: &str, form: &[(&str, &str)]) -> Answer {
    let proof = signed(&EC, "keyed", jti, |_, _| {});
    world.token(&[form, &[("client_assertion_type", ASSERTION_TYPE), ("client_assertion", &proof)]].concat())
}

fn with_code(code: &str) -> [(&str, &str); 4] {
    [
        ("grant_type", "authorization_code"),
        ("redirect_uri", "https://keyed.example/cb"),
        ("code_verifier", VERIFIER),
        ("code", code),
    ]
}

fn with_refresh(token: &str) -> [(&str, &str); 2] {
    [("grant_type", "refresh_token"), ("refresh_token", token)]
}

#[track_caller]
fn check(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.member("error").as_str()), (status, error), "{}", answer.text());
}

/// Threat: T25
#[test]
fn an_assertion_that_was_used_gets_nothing_for_what_is_good() {
    let world = world();
    let given = ask(&world, "1", &with_code(&code(&world)));
    assert_eq!(given.status, 200, "{}", given.text());
    let (fresh, refresh) = (code(&world), given.member("refresh_token"));
    check(&ask(&world, "1", &with_code(&fresh)), 401, "invalid_client");
    check(&ask(&world, "1", &with_refresh(&refresh)), 401, "invalid_client");
    // neither was used up by that
    assert_eq!(ask(&world, "2", &with_code(&fresh)).status, 200);
    assert_eq!(ask(&world, "3", &with_refresh(&refresh)).status, 200);
}

/// Threat: T25
#[test]
fn an_assertion_that_was_used_ends_nothing() {
    let world = world();
    let code = code(&world);
    let given = ask(&world, "1", &with_code(&code));
    let (token, refresh) = (given.member("access_token"), given.member("refresh_token"));
    let next = ask(&world, "2", &with_refresh(&refresh));
    for jti in ["1", "2"] {
        check(&ask(&world, jti, &with_code(&code)), 401, "invalid_client");
        check(&ask(&world, jti, &with_refresh(&refresh)), 401, "invalid_client");
    }
    world.server.pass(1);
    assert_eq!(world.read(&token, "Task").status, 200);
    // while a new one does
    check(&ask(&world, "3", &with_code(&code)), 400, "invalid_grant");
    world.server.pass(1);
    world.read(&token, "Task").check_refusal(401, "security");
    check(&ask(&world, "4", &with_refresh(&next.member("refresh_token"))), 400, "invalid_grant");
}

/// Threat: T25
#[test]
fn an_assertion_is_used_up_by_a_grant_that_is_no_good_and_by_one_that_ends_all() {
    let world = world();
    let code = code(&world);
    assert_eq!(ask(&world, "1", &with_code(&code)).status, 200);
    check(&ask(&world, "2", &with_code("nonsense")), 400, "invalid_grant");
    check(&ask(&world, "3", &with_code(&code)), 400, "invalid_grant");
    for jti in ["2", "3"] {
        check(&ask(&world, jti, &with_refresh("nonsense")), 401, "invalid_client");
    }
}

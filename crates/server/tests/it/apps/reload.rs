//! What people and apps may do changes with the configuration while the server runs.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Asking, Browser, ORIGIN, PASSWORD, VERIFIER, World, came_back, flow, values};
use crate::{
    endpoint::until,
    harness::{Answer, Ask},
};

const PRACTICE: &str = "client_secret = \"secret-of-practice-d\"\n";

#[test]
fn people_of_a_partner_that_is_disabled_are_out_and_so_are_their_apps() {
    let mut world = World::new();
    let token = world.granted("ada", "user/*.rs", None).member("access_token");
    assert_eq!(world.read(&token, "Task").status, 200);
    let disabled = world.config.replace(PRACTICE, &format!("{PRACTICE}disabled = true\n"));
    world.server.reconfigure(&disabled);
    world.read(&token, "Task").check_refusal(401, "security");
    let browser = Browser::new(&world);
    let page = browser.get(&Asking::of("viewer", "user/*.rs").path());
    assert_eq!(browser.log_in(&page, "ada", PASSWORD).status, 403);
    assert_eq!(browser.log_in(&page, "tom", PASSWORD).status, 200);
}

#[test]
fn an_app_that_is_taken_out_is_unknown_and_its_tokens_are_refused() {
    let mut world = World::new();
    let token = world.granted("ada", "user/*.rs", None).member("access_token");
    let (before, after) = world.config.split_once("[[app]]").expect("an app");
    let (_, forms) = after.split_once("[[app]]").expect("two apps");
    let without = format!("{before}[[app]]{forms}");
    world.server.reconfigure(&without);
    world.read(&token, "Task").check_refusal(401, "security");
    assert_eq!(Ask::get(&Asking::of("viewer", "user/*.rs").path()).send(&world.server).status, 400);
}

/// The browser of somebody who was asked for all that the app wants, before the configuration changes.
fn asked(world: &World, scope: &str) -> (Option<String>, Answer) {
    let browser = Browser::new(world);
    let page = browser.log_in(&browser.get(&Asking::of("viewer", scope).path()), "ada", PASSWORD);
    (browser.cookie.take(), page)
}

/// The same browser after that.
fn again(world: &World, cookie: Option<String>) -> Browser<'_> {
    let browser = Browser::new(world);
    *browser.cookie.borrow_mut() = cookie;
    browser
}

const CALLBACK: &str = "\"https://viewer.example/cb\", ";

/// Threat: T07
#[test]
fn no_code_goes_to_an_address_or_an_app_that_was_taken_out_while_the_person_read_the_question() {
    for gone in [CALLBACK, "exchanges = [\"ontario\", \"other\"]\nredirect"] {
        let mut world = World::new();
        let (cookie, page) = asked(&world, "user/*.rs");
        let less = world.config.replace(gone, &gone.replace(CALLBACK, "").replace("\"ontario\", ", ""));
        world.server.reconfigure(&less);
        for decision in ["allow", "deny"] {
            let form = [("flow", &*flow(&page)), ("decision", decision), ("scope", "user/*.rs")];
            let answer = again(&world, cookie.clone()).post("/oauth/consent", &form);
            assert_eq!((answer.status, answer.header("location")), (403, None), "{gone} {decision}");
        }
    }
}

/// Threat: T07
#[test]
fn a_code_for_an_address_that_was_taken_out_gives_no_token() {
    let mut world = World::new();
    let code = Browser::new(&world).code("ada", &Asking::of("viewer", "user/*.rs"), None);
    let less = world.config.replace(CALLBACK, "");
    world.server.reconfigure(&less);
    assert_eq!(world.redeem(&code).member("error"), "invalid_grant");
}

#[test]
fn a_person_gives_no_more_than_the_app_may_have_by_then() {
    let mut world = World::new();
    let (cookie, page) = asked(&world, "openid user/*.rs");
    let code = Browser::new(&world).code("ada", &Asking::of("viewer", "openid user/*.rs offline_access"), None);
    let less = world.config.replace("\"user/*.cruds\", ", "").replace("\"offline_access\", ", "");
    world.server.reconfigure(&less);
    let later = came_back(&again(&world, cookie).agree(&page, None), "code");
    for code in [code, later] {
        let answer = world.redeem(&code);
        assert_eq!((answer.status, answer.member("scope").as_str()), (200, "openid"), "{}", answer.text());
        assert!(answer.value().get("refresh_token").is_none());
    }
}

#[test]
fn what_an_app_may_ask_for_is_read_again_and_so_are_its_pages() {
    let mut world = World::new();
    let config =
        world.config.replace("\"user/*.cruds\", ", "").replace("https://viewer.example\"]", "https://new.example\"]");
    world.server.reconfigure(&config);
    let browser = Browser::new(&world);
    let page = browser.get(&Asking::of("viewer", "openid user/*.rs patient/*.rs").path());
    let page = browser.log_in(&page, "ada", PASSWORD);
    assert_eq!(values(&page, "scope"), ["patient/*.rs"]);
    for (origin, expected) in [("https://viewer.example", None), ("https://new.example", Some("https://new.example"))] {
        let answer = Ask::new("OPTIONS", "/oauth/token").header("Origin", origin).send(&world.server);
        assert_eq!(answer.header("access-control-allow-origin"), expected);
    }
}

/// Threat: T19
#[test]
fn what_an_app_may_have_no_more_its_tokens_have_no_more_and_its_next_ones_have_not() {
    let mut world = World::new();
    let given = world.granted("ada", "user/*.rs user/Task.rs offline_access", None);
    let token = given.member("access_token");
    assert_eq!(world.read(&token, "ServiceRequest").status, 200);
    let narrower = world.config.replace("\"user/*.cruds\"", "\"user/Task.rs\"");
    world.server.reconfigure(&narrower);
    world.read(&token, "ServiceRequest").check_refusal(403, "forbidden");
    assert_eq!(world.read(&token, "Task").status, 200);
    let refresh = |token: &str| {
        world.token(&[("grant_type", "refresh_token"), ("client_id", "viewer"), ("refresh_token", token)])
    };
    let next = refresh(&given.member("refresh_token"));
    assert_eq!(next.member("scope"), "user/Task.rs offline_access");
    // what comes back into the configuration comes back to what people agreed to
    let (config, next) = (world.config.clone(), next.member("refresh_token"));
    world.server.reconfigure(&config);
    assert_eq!(world.read(&token, "ServiceRequest").status, 200);
    let refresh = world.token(&[("grant_type", "refresh_token"), ("client_id", "viewer"), ("refresh_token", &next)]);
    assert_eq!(refresh.member("scope"), "user/*.rs user/Task.rs offline_access");
}

#[test]
fn a_code_and_a_refresh_token_give_nothing_where_nothing_is_left() {
    let mut world = World::new();
    let code = Browser::new(&world).code("ada", &Asking::of("viewer", "user/*.rs"), None);
    let without = world.config.replace("\"user/*.cruds\", ", "");
    world.server.reconfigure(&without);
    let answer = world.redeem(&code);
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_grant"));
}

#[test]
fn an_app_may_be_registered_with_hashes_of_its_secrets() {
    let mut world = World::new();
    // printf %s secret-of-forms | sha256sum
    let hash = |secret: &str| -> String {
        use sha2::{Digest, Sha256};
        Sha256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let hashed = format!(
        "client_secret_sha256 = \"{}\"\nold_client_secret_sha256 = \"{}\"",
        hash("new-secret"),
        hash("secret-of-forms")
    );
    let config = world.config.replace("client_secret = \"secret-of-forms\"", &hashed);
    world.server.reconfigure(&config);
    let asked = |secret: &str| {
        let form = [("grant_type", "authorization_code"), ("client_id", "forms"), ("client_secret", secret)];
        let rest = [("code", "none"), ("redirect_uri", "https://forms.example/cb"), ("code_verifier", VERIFIER)];
        world.token(&[form.as_slice(), &rest].concat()).member("error")
    };
    assert_eq!([asked("new-secret"), asked("secret-of-forms")], ["invalid_grant", "invalid_grant"]);
    assert_eq!(asked("another"), "invalid_client");
}

#[test]
fn a_server_that_is_hung_up_signs_with_the_new_key_and_publishes_the_old_one_too() {
    let mut world = World::new();
    let file = world.folder.path().join("baton.toml");
    std::fs::write(&file, &world.config).expect("the folder is ours");
    let kid_of = |token: &str| {
        let header = token.split('.').next().expect("a header");
        let header = URL_SAFE_NO_PAD.decode(header).expect("base64");
        serde_json::from_slice::<serde_json::Value>(&header).expect("JSON")["kid"].as_str().expect("a name").to_owned()
    };
    let signed = |world: &World| kid_of(&world.granted("ada", "openid user/*.rs", None).member("id_token"));
    let published = |world: &World| {
        let keys = Ask::get("/oauth/jwks").send(&world.server).value()["keys"].as_array().cloned().expect("keys");
        keys.iter().map(|key| key["kid"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    let first = signed(&world);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_baton"));
    let output = command.args(["keys", "rotate", "--config"]).arg(&file).output().expect("the program was built");
    let second = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert_eq!((signed(&world), published(&world)), (first.clone(), vec![first.clone()]));
    let config = world.config.clone();
    world.server.reconfigure(&config);
    // the file is read beside all else
    until(|| signed(&world) == second);
    assert_eq!(published(&world), [second, first]);
}

/// Clients that read no `.well-known` find their way by it.
#[test]
fn the_capability_statement_says_where_codes_are_asked_for_while_there_are_apps() {
    let mut world = World::new();
    let named = |world: &World| {
        let told = Ask::get("/ontario/metadata").json().send(&world.server).value();
        let uris = told["rest"][0]["security"]["extension"][0]["extension"].as_array().cloned().expect("addresses");
        uris.iter().map(|uri| uri["valueUri"].as_str().expect("an address").to_owned()).collect::<Vec<_>>()
    };
    let (authorize, token) = (format!("{ORIGIN}/oauth/authorize"), format!("{ORIGIN}/oauth/token"));
    assert_eq!(named(&world), [authorize, token.clone()]);
    let (without, _) = world.config.split_once("[[app]]").expect("an app");
    let without = without.to_owned();
    world.server.reconfigure(&without);
    assert_eq!(named(&world), [token]);
}

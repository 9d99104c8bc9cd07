//! Codes: what they are asked for with, and that each is good once, for a minute, for its app.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::{runtime::Runtime, task::spawn_blocking};

use super::{Asking, BASE, Browser, VERIFIER, World, account, came_back, redemption};
use crate::harness::{Answer, Ask, FORM};
use baton_exchange::access::{Account, AccountState};

#[track_caller]
fn check_no_tokens(answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.member("error").as_str()), (400, error), "{}", answer.text());
}

/// The code of the app in the browser, asked for with what is usual.
fn code(world: &World) -> String {
    Browser::new(world).code("ada", &Asking::of("viewer", "openid user/*.rs"), None)
}

#[test]
fn a_person_lets_an_app_read_what_their_partner_may_see() {
    let world = World::new();
    let patient = world.refer(1);
    let answer = world.granted("ada", "openid fhirUser launch/patient patient/*.rs offline_access", Some(&patient));
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!((answer.member("token_type"), answer.member("expires_in")), ("Bearer".into(), "900".into()));
    assert_eq!(answer.member("scope"), "openid fhirUser launch/patient patient/*.rs offline_access");
    assert_eq!((answer.member("patient"), answer.member("need_patient_banner")), (patient.clone(), "true".into()));
    assert_eq!(answer.member("smart_style_url"), "https://referrals.example.org/oauth/style.json");
    assert_eq!((answer.header("cache-control"), answer.header("pragma")), (Some("no-store"), Some("no-cache")));
    let token = answer.member("access_token");
    assert_eq!(world.read(&token, &format!("Patient/{patient}")).status, 200);
    world.server.pass(899);
    assert_eq!(world.read(&token, "Patient").member("total"), "1");
    world.server.pass(1);
    world.read(&token, "Patient").check_refusal(401, "expired");
}

#[test]
fn an_id_token_says_who_it_is_and_is_checked_with_the_published_keys() {
    let world = World::new();
    let answer = world.granted("ada", "openid fhirUser user/*.rs", None);
    let token = answer.member("id_token");
    let keys = Ask::get("/oauth/jwks").send(&world.server);
    assert_eq!((keys.status, keys.header("access-control-allow-origin")), (200, Some("*")));
    assert!(baton_oauth::jws::KeySet::read(&keys.text()).expect("keys").verify(&token));
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("claims")).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    for (name, expected) in [
        ("iss", json!("https://referrals.example.org")),
        ("aud", json!("viewer")),
        ("sub", json!("subject-of-ada")),
        ("nonce", json!("n-1")),
        ("fhirUser", json!("https://referrals.example.org/ontario/Practitioner/p-1")),
    ] {
        assert_eq!(claims[name], expected, "{name}");
    }
    let told = Ask::get("/.well-known/openid-configuration").send(&world.server);
    assert_eq!(told.member("jwks_uri"), "https://referrals.example.org/oauth/jwks");
    assert_eq!(told.member("authorization_endpoint"), "https://referrals.example.org/oauth/authorize");
    let smart = Ask::get("/ontario/.well-known/smart-configuration").send(&world.server);
    assert_eq!(smart.member("issuer"), "https://referrals.example.org");
}

/// Threat: T01, T02
#[test]
fn there_is_no_code_without_pkce() {
    let world = World::new();
    let asking = Asking::of("viewer", "user/*.rs");
    let wrong = [
        asking.clone().with("code_challenge", None),
        asking.clone().with("code_challenge", Some("")),
        asking.clone().with("code_challenge", Some("abc")),
        asking.clone().with("code_challenge_method", None),
        asking.clone().with("code_challenge_method", Some("plain")),
        asking.clone().with("code_challenge_method", Some("s256")),
    ];
    for asking in wrong {
        let answer = Browser::new(&world).get(&asking.path());
        assert_eq!(
            (came_back(&answer, "error"), came_back(&answer, "state")),
            ("invalid_request".into(), "a state".into())
        );
        assert!(!answer.header("location").expect("an address").contains("code="));
    }
}

/// Threat: T03
#[test]
fn the_verifier_is_the_one_behind_the_challenge() {
    let world = World::new();
    let challenge = super::challenge(VERIFIER);
    let longer = format!("{VERIFIER}A");
    for verifier in [&challenge, &VERIFIER[1..], &longer, "x"] {
        let code = code(&world);
        let mut form = redemption(&code);
        form[3].1 = verifier;
        check_no_tokens(&world.token(&form), "invalid_grant");
    }
    let code = code(&world);
    check_no_tokens(&world.token(&redemption(&code)[..3]), "invalid_request");
}

/// Threat: T04
#[test]
fn a_code_that_comes_again_takes_back_what_it_gave() {
    let world = World::new();
    let code = Browser::new(&world).code("ada", &Asking::of("viewer", "user/*.rs offline_access"), None);
    let first = world.redeem(&code);
    let token = first.member("access_token");
    assert_eq!(world.read(&token, "Patient").status, 200);
    check_no_tokens(&world.redeem(&code), "invalid_grant");
    world.read(&token, "Patient").check_refusal(401, "security");
    let refresh =
        [("grant_type", "refresh_token"), ("client_id", "viewer"), ("refresh_token", &first.member("refresh_token"))];
    check_no_tokens(&world.token(&refresh), "invalid_grant");
}

/// Threat: T04
#[test]
fn of_many_who_show_a_code_at_once_one_gets_tokens() {
    let world = Arc::new(World::new());
    let runtime = Runtime::new().expect("a runtime");
    for _ in 0..5 {
        // an address is refused 50 times, and 5 times more each second
        world.server.pass(10);
        let shown = code(&world);
        let given = runtime.block_on(async {
            let asks = (0..50).map(|_| {
                let (world, shown) = (world.clone(), shown.clone());
                spawn_blocking(move || world.redeem(&shown).status)
            });
            let mut given = Vec::new();
            for asked in asks.collect::<Vec<_>>() {
                given.push(asked.await.expect("it ends"));
            }
            given
        });
        assert_eq!(given.iter().filter(|status| **status == 200).count(), 1, "{given:?}");
        assert!(given.iter().all(|status| [200, 400].contains(status)), "{given:?}");
    }
}

/// Threat: T05, T118
#[test]
fn a_code_is_good_for_a_minute() {
    let world = World::new();
    let (late, in_time) = (code(&world), code(&world));
    world.server.pass(59);
    assert_eq!(world.redeem(&in_time).status, 200);
    world.server.pass(1);
    check_no_tokens(&world.redeem(&late), "invalid_grant");
    // a clock that is set back is no help
    world.server.pass(-50);
    check_no_tokens(&world.redeem(&late), "invalid_grant");
}

/// Threat: T06
#[test]
fn a_code_is_for_its_app_and_its_address() {
    let world = World::new();
    let code = code(&world);
    let mut form = redemption(&code);
    form[2].1 = "https://viewer.example/other";
    check_no_tokens(&world.token(&form), "invalid_grant");
    let mut form = redemption(&code).to_vec();
    form[1].1 = "forms";
    form.push(("client_secret", "secret-of-forms"));
    check_no_tokens(&world.token(&form), "invalid_grant");
    // an app with a secret is not believed without it
    let answer = world.token(&form[..5]);
    assert_eq!((answer.status, answer.member("error").as_str()), (401, "invalid_client"));
    assert_eq!(world.redeem(&code).status, 200);
}

/// What only resembles the registered address, or leads elsewhere.
const RESEMBLING: [&str; 71] = [
    "",
    "https://viewer.example",
    "https://viewer.example/cb/",
    "https://viewer.example/cb?x=1",
    "https://viewer.example/cb#",
    "https://viewer.example/CB",
    "https://VIEWER.example/cb",
    "http://viewer.example/cb",
    "https://viewer.example:443/cb",
    "https://viewer.example./cb",
    "https://viewer.example.evil.example/cb",
    "https://viewer.example@evil.example/cb",
    "https://evil.example\\@viewer.example/cb",
    "https://viewer.example/x/../cb",
    "https://viewer.example/%2e%2e/cb",
    "//viewer.example/cb",
    "javascript:alert(1)",
    "https://forms.example/cb",
    "https://viewer.example/cb\r\nX: y",
    "https://viewer.example/cb ",
    " https://viewer.example/cb",
    "\thttps://viewer.example/cb",
    "https://viewer.example/cb\t",
    "https://viewer.example/cb\0",
    "https://viewer.example/cb%00",
    "https://viewer.example/cb;x",
    "https://viewer.example/cb/.",
    "https://viewer.example/./cb",
    "https://viewer.example//cb",
    "https://viewer.example/cb//",
    "https://viewer.example/cb?",
    "https://viewer.example/cb#x",
    "https://viewer.example/cb%23",
    "https://viewer.example/cb%3f",
    "https://viewer.example/%63b",
    "https://viewer.example/c",
    "https://viewer.example/cbb",
    "https://viewer.example/other/../cb",
    "https://viewer.example\\cb",
    "https:\\\\viewer.example\\cb",
    "https:/viewer.example/cb",
    "https:viewer.example/cb",
    "https:///viewer.example/cb",
    "HTTPS://viewer.example/cb",
    "viewer.example/cb",
    "/cb",
    "cb",
    "*",
    "https://*.example/cb",
    "https://xviewer.example/cb",
    "https://viewer.example.",
    "https://viewer.examples/cb",
    "https://viewer.exampl/cb",
    "https://sub.viewer.example/cb",
    "https://viewer.example:8443/cb",
    "https://viewer.example:/cb",
    "https://viewer.example:0443/cb",
    "https://user@viewer.example/cb",
    "https://user:word@viewer.example/cb",
    "https://viewer.example%40evil.example/cb",
    "https://viewer.example%2eevil.example/cb",
    "https://vi\u{435}wer.example/cb",
    "https://viewer\u{3002}example/cb",
    "https://viewer.example/cb\u{202e}",
    "https://127.0.0.1/cb",
    "https://localhost/cb",
    "http://localhost/cb",
    "data:text/html,x",
    "ftp://viewer.example/cb",
    "https://viewer.example/cb https://viewer.example/other",
    "https://viewer.example/cb,https://evil.example/",
];

/// Nobody is sent anywhere that is not registered, to the letter.
/// Threat: T07, T08
#[test]
fn no_other_address_gets_an_answer() {
    let world = World::new();
    for address in RESEMBLING {
        let answer =
            Browser::new(&world).get(&Asking::of("viewer", "user/*.rs").with("redirect_uri", Some(address)).path());
        assert_eq!((answer.status, answer.header("location")), (400, None), "{address}");
        assert!(answer.header("content-type").is_some_and(|it| it.starts_with("text/html")));
    }
    for asking in [Asking::of("nobody", "user/*.rs"), Asking::of("practice-d", "user/*.rs")] {
        let answer = Browser::new(&world).get(&asking.path());
        assert_eq!((answer.status, answer.header("location")), (400, None));
    }
}

/// In the address, in the form, and one in each.
/// Threat: T09
#[test]
fn a_parameter_stands_once() {
    let world = World::new();
    let asking = Asking::of("viewer", "user/*.rs");
    for (name, value) in asking.0.clone() {
        for twice in [asking.clone().and(&name, &value), asking.clone().and(&name, "other")] {
            let by_get = Browser::new(&world).get(&twice.path());
            let in_form =
                Ask::post("/oauth/authorize").header("Content-Type", FORM).body(twice.query()).send(&world.server);
            let rest = super::encoded(&[(&name, &value)]);
            let in_both = Ask::post(&asking.path()).header("Content-Type", FORM).body(rest).send(&world.server);
            for answer in [by_get, in_form, in_both] {
                match name.as_str() {
                    "client_id" | "redirect_uri" => assert_eq!((answer.status, answer.header("location")), (400, None)),
                    _ => assert_eq!(came_back(&answer, "error"), "invalid_request", "{name}"),
                }
            }
        }
    }
    let good = Ask::post("/oauth/authorize").header("Content-Type", FORM).body(asking.query()).send(&world.server);
    assert_eq!(good.status, 303);
}

/// Threat: T10
#[test]
fn there_are_codes_and_nothing_else() {
    let world = World::new();
    let asking = Asking::of("viewer", "user/*.rs");
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "code id_token", "unsupported_response_type"),
        ("response_mode", "fragment", "invalid_request"),
        ("response_mode", "form_post", "invalid_request"),
        ("request", "x", "request_not_supported"),
        ("request_uri", "https://a.example", "request_uri_not_supported"),
        ("prompt", "none", "login_required"),
        ("scope", "system/*.rs", "invalid_scope"),
        ("scope", "user/Task.rs?focus=1", "invalid_scope"),
    ] {
        let answer = Browser::new(&world).get(&asking.clone().with(name, Some(value)).path());
        assert_eq!(came_back(&answer, "error"), error, "{name}={value}");
    }
}

/// A token is for the address that the app named, and good nowhere else.
/// Threat: T11
#[test]
fn a_token_is_for_the_address_that_the_app_named() {
    let world = World::new();
    let asking = Asking::of("viewer", "user/*.rs");
    for audience in [
        "",
        "https://referrals.example.org",
        "https://referrals.example.org/ontario/x",
        "http://referrals.example.org/ontario",
        "https://referrals.example.org:443/ontario",
        "https://evil.example/ontario",
        "https://referrals.example.org/ONTARIO",
    ] {
        let answer = Browser::new(&world).get(&asking.clone().with("aud", Some(audience)).path());
        assert_eq!(came_back(&answer, "error"), "invalid_request", "{audience}");
    }
    let code = Browser::new(&world).code("ada", &asking.with("aud", Some(&format!("{BASE}/"))), None);
    let token = world.redeem(&code).member("access_token");
    assert_eq!(world.read(&token, "Patient").status, 200);
    Ask::get("/other/Patient").bearer(&token).json().send(&world.server).check_refusal(403, "forbidden");
}

/// Threat: T12
#[test]
fn a_state_comes_back_as_it_was() {
    let world = World::new();
    let long = "x".repeat(2048);
    for state in ["a b&c=d#\r\nSet-Cookie: x\0é+%", "\u{202e}", &long] {
        let asking = Asking::of("viewer", "user/*.rs").with("state", Some(state));
        let browser = Browser::new(&world);
        let page = browser.get(&asking.path());
        let page = browser.log_in(&page, "ada", super::PASSWORD);
        let answer = browser.agree(&page, None);
        assert_eq!(came_back(&answer, "state"), state);
        assert_eq!(came_back(&answer, "iss"), "https://referrals.example.org");
        assert_eq!(answer.headers.iter().filter(|(name, _)| name == "location").count(), 1);
    }
}

#[test]
fn who_is_disabled_has_nothing_any_more_and_neither_have_their_apps() {
    let world = World::new();
    let answer = world.granted("ada", "user/*.rs offline_access", None);
    let (token, code) = (answer.member("access_token"), code(&world));
    assert_eq!(world.read(&token, "Patient").status, 200);
    world.put(&Account { version: 2, state: AccountState::Disabled, ..account("ada", "practice-d") });
    world.server.pass(1);
    world.read(&token, "Patient").check_refusal(401, "security");
    check_no_tokens(&world.redeem(&code), "invalid_grant");
    let refresh = answer.member("refresh_token");
    let form = [("grant_type", "refresh_token"), ("client_id", "viewer"), ("refresh_token", &refresh)];
    check_no_tokens(&world.token(&form), "invalid_grant");
}

/// As after another password, a logout, or an account that was closed and is open again.
/// Threat: T18
#[test]
fn what_a_person_let_apps_have_ends_with_the_epoch_in_which_they_did() {
    let world = World::new();
    let [offline, online] = ["offline_access", "online_access"].map(|lasting| {
        let scope = format!("user/*.rs {lasting}");
        world.granted("ada", &scope, None)
    });
    let code = code(&world);
    world.put(&Account { version: 2, ..account("ada", "practice-d") }.with_all_ended());
    world.server.pass(1);
    check_no_tokens(&world.redeem(&code), "invalid_grant");
    for answer in [offline, online] {
        world.read(&answer.member("access_token"), "Patient").check_refusal(401, "security");
        let refresh = answer.member("refresh_token");
        let form = [("grant_type", "refresh_token"), ("client_id", "viewer"), ("refresh_token", &refresh)];
        check_no_tokens(&world.token(&form), "invalid_grant");
    }
    let anew = world.granted("ada", "user/*.rs", None).member("access_token");
    assert_eq!(world.read(&anew, "Patient").status, 200);
}

#[test]
fn apps_ask_for_nothing_but_what_people_let_them_have() {
    let world = World::new();
    let form = [("grant_type", "client_credentials"), ("client_id", "forms"), ("client_secret", "secret-of-forms")];
    check_no_tokens(&world.token(&form), "unauthorized_client");
    let code = code(&world);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "practice-d"),
        ("client_secret", "secret-of-practice-d"),
        ("code", &code),
        ("redirect_uri", "https://viewer.example/cb"),
        ("code_verifier", VERIFIER),
    ];
    check_no_tokens(&world.token(&form), "unauthorized_client");
}

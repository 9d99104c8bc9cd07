//! Refresh tokens, and what is said of and done to an app's tokens.

use std::sync::Arc;

use tokio::{runtime::Runtime, task::spawn_blocking};

use super::{Asking, Browser, World, encoded};
use crate::harness::{Answer, Ask, FORM};

const SCOPE: &str = "openid user/*.rs offline_access";

fn refresh(world: &World, token: &str, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("grant_type", "refresh_token"), ("client_id", "viewer"), ("refresh_token", token)];
    form.extend(more);
    world.token(&form)
}

#[track_caller]
fn check_refused(answer: &Answer, error: &str) {
    assert_eq!((answer.status, answer.member("error").as_str()), (400, error), "{}", answer.text());
}

fn about(world: &World, place: &str, form: &[(&str, &str)]) -> Answer {
    Ask::post(place).header("Content-Type", FORM).body(encoded(form)).send(&world.server)
}

#[test]
fn each_gives_the_next_one_for_90_days() {
    let world = World::new();
    let mut answer = world.granted("ada", SCOPE, None);
    for _ in 0..4 {
        world.server.pass(20 * 24 * 3600);
        answer = refresh(&world, &answer.member("refresh_token"), &[]);
        assert_eq!(answer.member("scope"), SCOPE);
        assert_eq!(world.read(&answer.member("access_token"), "Patient").status, 200);
    }
    world.server.pass(10 * 24 * 3600);
    check_refused(&refresh(&world, &answer.member("refresh_token"), &[]), "invalid_grant");
}

#[test]
fn there_is_none_for_who_did_not_ask() {
    let world = World::new();
    assert!(world.granted("ada", "user/*.rs", None).value().get("refresh_token").is_none());
}

/// Threat: T18
#[test]
fn one_that_comes_again_ends_them_all() {
    let world = World::new();
    let first = world.granted("ada", SCOPE, None);
    let second = refresh(&world, &first.member("refresh_token"), &[]);
    let token = second.member("access_token");
    assert_eq!(world.read(&token, "Patient").status, 200);
    check_refused(&refresh(&world, &first.member("refresh_token"), &[]), "invalid_grant");
    world.read(&token, "Patient").check_refusal(401, "security");
    world.read(&first.member("access_token"), "Patient").check_refusal(401, "security");
    check_refused(&refresh(&world, &second.member("refresh_token"), &[]), "invalid_grant");
}

/// However often an app asks, its consent takes the same place.
/// Threat: T90
#[test]
fn what_is_remembered_of_refresh_tokens_does_not_grow_with_their_number() {
    let world = World::new();
    let first = world.granted("ada", SCOPE, None);
    let place = |answer: &Answer| answer.member("refresh_token")[..43].to_owned();
    let mut answer = refresh(&world, &first.member("refresh_token"), &[]);
    for _ in 0..5 {
        assert_eq!(place(&answer), place(&first), "all are found by one handle");
        answer = refresh(&world, &answer.member("refresh_token"), &[]);
    }
    // a secret that was never given is a second use as well
    let forged = place(&answer) + &"A".repeat(43);
    check_refused(&refresh(&world, &forged, &[]), "invalid_grant");
    check_refused(&refresh(&world, &answer.member("refresh_token"), &[]), "invalid_grant");
}

/// Threat: T18
#[test]
fn of_many_that_come_at_once_one_gives_another() {
    let world = Arc::new(World::new());
    let shown = world.granted("ada", SCOPE, None).member("refresh_token");
    let given = Runtime::new().expect("a runtime").block_on(async {
        let asks = (0..20).map(|_| {
            let (world, shown) = (world.clone(), shown.clone());
            spawn_blocking(move || refresh(&world, &shown, &[]).status)
        });
        let mut given = 0;
        for asked in asks.collect::<Vec<_>>() {
            given += usize::from(asked.await.expect("it ends") == 200);
        }
        given
    });
    assert_eq!(given, 1);
}

/// Threat: T19
#[test]
fn it_gives_no_more_than_was_granted() {
    let world = World::new();
    let token = world.granted("ada", SCOPE, None).member("refresh_token");
    for wider in ["user/*.cruds", "patient/*.rs", "openid fhirUser", "system/*.rs"] {
        check_refused(&refresh(&world, &token, &[("scope", wider)]), "invalid_scope");
    }
    let fewer = refresh(&world, &token, &[("scope", "user/Task.rs")]);
    assert_eq!(fewer.member("scope"), "user/Task.rs");
    world.read(&fewer.member("access_token"), "Patient").check_refusal(403, "forbidden");
    assert_eq!(refresh(&world, &fewer.member("refresh_token"), &[]).member("scope"), SCOPE);
}

/// Threat: T14
#[test]
fn the_patient_stays_who_it_was() {
    let world = World::new();
    let patient = world.refer(1);
    world.refer(2);
    let answer = world.granted("ada", "launch/patient patient/*.rs offline_access", Some(&patient));
    let others = [("patient", "other"), ("resource", "https://evil.example"), ("fhirContext", "[]"), ("launch", "x")];
    let again = refresh(&world, &answer.member("refresh_token"), &others);
    assert_eq!(again.member("patient"), patient);
    assert_eq!(world.read(&again.member("access_token"), "Patient").member("total"), "1");
}

/// Threat: T20
#[test]
fn another_app_hears_what_it_would_hear_of_an_unknown_one() {
    let world = World::new();
    let token = world.granted("ada", SCOPE, None).member("refresh_token");
    let by_forms = |token: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "forms"),
            ("client_secret", "secret-of-forms"),
            ("refresh_token", token),
        ];
        world.token(&form)
    };
    let (foreign, unknown) = (by_forms(&token), by_forms("unknown"));
    assert_eq!((foreign.status, foreign.body), (unknown.status, unknown.body));
    assert_eq!(refresh(&world, &token, &[]).status, 200);
}

/// As fhirclient asks: the token says whose it is, where that is an app without a secret.
#[test]
fn an_app_without_a_secret_need_not_name_itself() {
    let world = World::new();
    let first = world.granted("ada", SCOPE, None).member("refresh_token");
    let unnamed = |token: &str| world.token(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
    let next = unnamed(&first);
    assert_eq!(next.status, 200);
    check_refused(&unnamed("unknown"), "invalid_grant");
    check_refused(&unnamed(&first), "invalid_grant");
    world.read(&next.member("access_token"), "Patient").check_refusal(401, "security");
    let redeemed = world.token(&[
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("redirect_uri", "x"),
        ("code_verifier", "x"),
    ]);
    assert_eq!((redeemed.status, redeemed.member("error").as_str()), (401, "invalid_client"));
}

#[test]
fn online_access_ends_with_the_session() {
    let world = World::new();
    let answer = world.granted("ada", "user/*.rs online_access", None);
    let next = refresh(&world, &answer.member("refresh_token"), &[]);
    assert_eq!(next.status, 200);
    world.server.pass(8 * 3600);
    check_refused(&refresh(&world, &next.member("refresh_token"), &[]), "invalid_grant");
}

#[test]
fn an_app_that_takes_back_one_token_takes_back_all() {
    let world = World::new();
    for which in ["access_token", "refresh_token"] {
        let answer = world.granted("ada", SCOPE, None);
        let (shown, token) = (answer.member(which), answer.member("access_token"));
        let foreign = [("client_id", "forms"), ("client_secret", "secret-of-forms"), ("token", shown.as_str())];
        assert_eq!(about(&world, "/oauth/revoke", &foreign).status, 200);
        assert_eq!(world.read(&token, "Patient").status, 200);
        assert_eq!(about(&world, "/oauth/revoke", &[("client_id", "viewer"), ("token", &shown)]).status, 200);
        world.read(&token, "Patient").check_refusal(401, "security");
        check_refused(&refresh(&world, &answer.member("refresh_token"), &[]), "invalid_grant");
    }
}

/// Threat: T34
#[test]
fn a_persons_token_is_told_with_its_context_to_who_may_know() {
    let world = World::new();
    let patient = world.refer(1);
    let answer = world.granted("ada", "openid fhirUser launch/patient patient/*.rs", Some(&patient));
    let token = answer.member("access_token");
    let ask = |client: &str| {
        let secret = format!("secret-of-{client}");
        about(&world, "/oauth/introspect", &[("client_id", client), ("client_secret", &secret), ("token", &token)])
    };
    let told = ask("practice-d");
    assert_eq!((told.member("client_id"), told.member("patient")), ("viewer".into(), patient));
    assert_eq!(
        (told.member("iss"), told.member("sub")),
        ("https://referrals.example.org".into(), "subject-of-ada".into())
    );
    assert_eq!(told.member("fhirUser"), "https://referrals.example.org/ontario/Practitioner/p-1");
    // who was let know that it is the same person, and not which one, is told no more here
    let openid = world.granted("ada", "openid user/*.rs", None).member("access_token");
    let form = [("client_id", "practice-d"), ("client_secret", "secret-of-practice-d"), ("token", openid.as_str())];
    let told = about(&world, "/oauth/introspect", &form);
    assert_eq!((told.member("sub").as_str(), told.value().get("fhirUser")), ("subject-of-ada", None));
    for client in ["forms", "centre-e"] {
        assert_eq!(ask(client).text(), "{\"active\":false}", "{client}");
    }
    let by_word = about(&world, "/oauth/introspect", &[("client_id", "viewer"), ("token", &token)]);
    assert_eq!((by_word.status, by_word.member("error").as_str()), (401, "invalid_client"));
}

/// Threat: T36
#[test]
fn what_is_kept_gives_no_tokens() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("baton.db");
    let runtime = Runtime::new().expect("a runtime");
    let store = runtime.block_on(baton_store::open(&format!("sqlite:{}", path.display()))).expect("a store");
    let world = World::on(store);
    let mut shown = Vec::new();
    for _ in 0..5 {
        let browser = Browser::new(&world);
        shown.push(browser.code("ada", &Asking::of("viewer", SCOPE), None));
        let answer = world.redeem(shown.last().expect("a code"));
        let next = refresh(&world, &answer.member("refresh_token"), &[]);
        for tokens in [&answer, &next] {
            shown.extend(["access_token", "refresh_token"].map(|name| tokens.member(name)));
        }
        shown.extend(browser.cookie.borrow().as_ref().and_then(|it| it.split_once('=')).map(|(_, it)| it.to_owned()));
    }
    shown.push(super::PASSWORD.to_owned());
    let files = std::fs::read_dir(folder.path()).expect("the folder is ours");
    let kept: Vec<Vec<u8>> = files.map(|file| std::fs::read(file.expect("a file").path()).expect("a file")).collect();
    assert!(kept.iter().map(Vec::len).sum::<usize>() > 10_000);
    for text in &shown {
        let is_in = |bytes: &Vec<u8>| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!kept.iter().any(is_in), "a token is kept as it is");
    }
}

#[test]
fn pages_of_a_registered_origin_may_ask_and_others_may_not() {
    let world = World::new();
    let asked =
        |method: &str, path: &str, origin: &str| Ask::new(method, path).header("Origin", origin).send(&world.server);
    for path in ["/oauth/token", "/ontario/Patient", "/oauth/revoke"] {
        let good = asked("OPTIONS", path, "https://viewer.example");
        assert_eq!(good.header("access-control-allow-origin"), Some("https://viewer.example"), "{path}");
        assert!(good.header("access-control-allow-headers").is_some_and(|it| it.contains("Authorization")));
        assert_eq!(good.header("access-control-allow-credentials"), None);
        for origin in ["https://evil.example", "null", "https://viewer.example.evil.example", "http://viewer.example"] {
            assert_eq!(asked("OPTIONS", path, origin).header("access-control-allow-origin"), None, "{origin}");
        }
    }
    let read = asked("GET", "/ontario/Patient", "https://viewer.example");
    assert_eq!((read.status, read.header("access-control-allow-origin")), (401, Some("https://viewer.example")));
    for path in ["/oauth/authorize", "/oauth/introspect", "/metrics"] {
        assert_eq!(asked("GET", path, "https://viewer.example").header("access-control-allow-origin"), None, "{path}");
    }
    let discovery = asked("GET", "/ontario/.well-known/smart-configuration", "https://evil.example");
    assert_eq!(discovery.header("access-control-allow-origin"), Some("*"));
}

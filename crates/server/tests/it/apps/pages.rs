//! Login and consent: who may send their forms, what frames them, what a session is, how often passwords are guessed.

use std::sync::{Arc, atomic::Ordering};

use baton_exchange::access::Account;

use super::{Asking, Browser, ORIGIN, PASSWORD, World, account, came_back, encoded, flow, values};
use crate::{
    faults::{CORRUPT, Faulty, READ_ONLY, UNAVAILABLE, WELL},
    harness::{Answer, Ask, FORM},
};

fn asking() -> Asking {
    Asking::of("viewer", "openid launch/patient patient/*.rs user/Task.rs")
}

/// Threat: T16, T17, T64
#[test]
fn pages_are_framed_by_nobody_run_nothing_and_tell_no_other_origin() {
    let world = World::new();
    let browser = Browser::new(&world);
    let login = browser.get(&asking().path());
    let consent = browser.log_in(&login, "ada", PASSWORD);
    let sorry = browser.get("/oauth/authorize");
    for page in [&login, &consent, &sorry] {
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script"), "{policy}");
        assert_eq!((page.header("x-frame-options"), page.header("cache-control")), (Some("DENY"), Some("no-store")));
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
        let text = page.text().to_lowercase();
        for runs in ["<script", "<iframe", "<frame", "<object", "<embed", "javascript:", " style="] {
            assert!(!text.contains(runs), "{runs} in {text}");
        }
        assert!(!has_handler(&text), "{text}");
    }
    // forms of both may lead back to the app
    for page in [&login, &consent] {
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(policy.contains("form-action 'self' https://viewer.example;"), "{policy}");
    }
    assert_eq!(Ask::get("/oauth/page.css").send(&world.server).status, 200);
}

/// Whether an element has an attribute like `onclick`.
fn has_handler(text: &str) -> bool {
    let tags = text.split('<').filter_map(|rest| rest.split('>').next());
    tags.flat_map(str::split_whitespace).any(|word| word.starts_with("on") && word.contains('='))
}

/// Threat: T09, T15
#[test]
fn a_form_that_says_twice_where_it_comes_from_is_not_read() {
    let world = World::new();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    let form = encoded(&[("flow", &flow(&page)), ("login", "ada"), ("password", PASSWORD)]);
    let ask = Ask::post("/oauth/login").header("Content-Type", FORM).header("Origin", ORIGIN).header("Origin", ORIGIN);
    assert_eq!(browser.send(ask.body(form)).status, 403);
    assert_eq!(browser.log_in(&page, "ada", PASSWORD).status, 200);
}

#[test]
fn names_are_text_on_pages() {
    let world = World::new();
    let browser = Browser::new(&world);
    let login = browser.get(&asking().path());
    assert!(login.text().contains("Viewer &lt;b&gt;&amp; asks for access"), "{}", login.text());
    let consent = browser.log_in(&login, "ada", PASSWORD).text();
    assert!(consent.contains("&lt;i&gt;ada&lt;/i&gt;") && !consent.contains("<i>ada"), "{consent}");
}

#[test]
fn who_is_asked_sees_where_the_app_is_whatever_it_calls_itself() {
    let world = World::new();
    let browser = Browser::new(&world);
    let login = browser.get(&asking().path());
    let consent = browser.log_in(&login, "ada", PASSWORD).text();
    assert!(consent.contains("The app is at <strong>https://viewer.example</strong>."), "{consent}");
}

#[test]
fn every_input_of_a_page_has_a_label() {
    let world = World::new();
    world.refer(1);
    let browser = Browser::new(&world);
    let login = browser.get(&asking().path());
    let consent = browser.log_in(&login, "ada", PASSWORD);
    for page in [login.text(), consent.text()] {
        assert!(page.contains("<html lang=\"en\">") && page.matches("<h1>").count() == 1);
        let inputs = page.matches("<input").count() - page.matches("type=\"hidden\"").count();
        assert_eq!(inputs, page.matches("<label>").count(), "{page}");
    }
}

/// Threat: T15
#[test]
fn a_form_that_comes_from_elsewhere_is_not_read() {
    let world = World::new();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    let form = encoded(&[("flow", &flow(&page)), ("login", "ada"), ("password", PASSWORD)]);
    let post = |origin: Option<&str>| {
        let ask = Ask::post("/oauth/login").header("Content-Type", FORM).body(form.clone());
        browser.send(match origin {
            Some(origin) => ask.header("Origin", origin),
            None => ask,
        })
    };
    for origin in [
        None,
        Some("null"),
        Some("https://evil.example"),
        Some("https://referrals.example.org.evil.example"),
        Some("http://referrals.example.org"),
        Some("https://referrals.example.org:8443"),
    ] {
        assert_eq!(post(origin).status, 403, "{origin:?}");
    }
    assert_eq!(post(Some(ORIGIN)).status, 200);
}

/// The form of one browser is worth nothing in another, nor a second time.
/// Threat: T15
#[test]
fn a_form_belongs_to_one_browser_and_is_good_once() {
    let world = World::new();
    let (ada, eve) = (Browser::new(&world), Browser::new(&world));
    let page = ada.get(&asking().path());
    eve.get(&asking().path());
    assert_eq!(eve.log_in(&page, "eve", PASSWORD).status, 403);
    assert_eq!(Browser::new(&world).log_in(&page, "eve", PASSWORD).status, 403);
    let old = Asking::of("viewer", "user/*.rs");
    let page = ada.log_in(&ada.get(&old.path()), "ada", PASSWORD);
    let eves = eve.log_in(&eve.get(&old.path()), "eve", PASSWORD);
    assert_eq!(eve.agree(&page, None).status, 403);
    assert_eq!(came_back(&ada.agree(&page, None), "state"), "a state");
    assert_eq!(ada.agree(&page, None).status, 403);
    world.server.pass(601);
    assert_eq!(eve.agree(&eves, None).status, 403);
    assert_eq!(ada.post("/oauth/consent", &[("flow", "made-up"), ("decision", "allow")]).status, 403);
}

/// Threat: T43
#[test]
fn a_login_gives_a_new_number_that_only_this_host_and_no_script_sees() {
    let world = World::new();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    let before = page.header("set-cookie").expect("a cookie").to_owned();
    let after = browser.log_in(&page, "ada", PASSWORD).header("set-cookie").expect("a cookie").to_owned();
    assert_ne!(before, after);
    for cookie in [&before, &after] {
        assert!(
            cookie.starts_with("__Host-baton=") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"),
            "{cookie}"
        );
    }
    // who knows the number from before the login has nothing
    let thief = Browser::new(&world);
    *thief.cookie.borrow_mut() = before.split(';').next().map(str::to_owned);
    assert!(thief.get(&asking().path()).text().contains("name=\"password\""));
    // and one that somebody else made up is no session
    *thief.cookie.borrow_mut() = Some(format!("__Host-baton={}", "A".repeat(43)));
    let fixed = thief.log_in(&thief.get(&asking().path()), "eve", PASSWORD);
    assert!(!fixed.header("set-cookie").expect("a cookie").contains(&"A".repeat(43)));
}

#[test]
fn who_is_logged_in_is_not_asked_again_unless_the_app_wants_it() {
    let world = World::new();
    let browser = Browser::new(&world);
    browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD);
    let is_asked = |answer: &Answer| answer.text().contains("name=\"password\"");
    assert!(!is_asked(&browser.get(&asking().path())));
    assert!(is_asked(&browser.get(&asking().with("prompt", Some("login")).path())));
    let silent = browser.get(&asking().with("prompt", Some("none")).path());
    assert_eq!(came_back(&silent, "error"), "consent_required");
    let page = browser.get(&asking().path());
    assert!(is_asked(&browser.post("/oauth/logout", &[("flow", &flow(&page))])));
    assert!(is_asked(&browser.get(&asking().path())));
    browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD);
    world.server.pass(8 * 3600);
    assert!(is_asked(&browser.get(&asking().path())));
}

/// The page on which an app wants somebody to log in asks for a password and for nothing else.
/// Threat: T13
#[test]
fn nobody_agrees_to_what_they_were_not_asked() {
    let world = World::new();
    let browser = Browser::new(&world);
    browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD);
    for wanted in [("prompt", "login"), ("prompt", "select_account"), ("max_age", "0")] {
        let login = browser.get(&asking().and(wanted.0, wanted.1).path());
        for decision in ["allow", "more", "deny"] {
            let form = [("flow", &*flow(&login)), ("decision", decision), ("scope", "user/Task.rs")];
            assert_eq!(browser.post("/oauth/consent", &form).status, 403, "{wanted:?} {decision}");
        }
        let asked = browser.log_in(&login, "ada", PASSWORD);
        assert!(asked.text().contains("action=\"/oauth/consent\""), "{wanted:?}");
    }
}

/// Source: OpenID Connect Core 1.0, section 3.1.2.1.
#[test]
fn who_logged_in_too_long_ago_for_the_app_logs_in_again() {
    let world = World::new();
    let browser = Browser::new(&world);
    browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD);
    world.server.pass(60);
    let is_asked = |max_age: &str| {
        let page = browser.get(&asking().and("max_age", max_age).path());
        page.text().contains("name=\"password\"")
    };
    assert_eq!(["61", "60", "99999999999"].map(is_asked), [false, true, false]);
    let silent = browser.get(&asking().and("max_age", "60").and("prompt", "none").path());
    assert_eq!(came_back(&silent, "error"), "login_required");
    for wrong in ["-1", "1.5", "x"] {
        assert_eq!(came_back(&browser.get(&asking().and("max_age", wrong).path()), "error"), "invalid_request");
    }
}

/// Browsers send no cookie of ours with the form of another site: it must not be replaced.
/// Threat: T15
#[test]
fn a_form_of_another_site_logs_nobody_out() {
    let world = World::new();
    let browser = Browser::new(&world);
    browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD);
    let evil = Ask::post("/oauth/authorize").header("Content-Type", FORM).header("Origin", "https://evil.example");
    let answer = evil.body(asking().query()).send(&world.server);
    assert_eq!((answer.status, answer.header("set-cookie")), (303, None));
    let location =
        answer.header("location").and_then(|it| it.strip_prefix(ORIGIN)).expect("an address here").to_owned();
    let page = browser.get(&location);
    assert!(page.header("set-cookie").is_none() && page.text().contains("action=\"/oauth/consent\""));
    assert!(browser.get(&asking().path()).text().contains("action=\"/oauth/consent\""), "still logged in");
    // who is not logged in goes on there, too
    let other = Browser::new(&world);
    let page = other.log_in(&other.get(&location), "tom", PASSWORD);
    assert!(page.text().contains("action=\"/oauth/consent\""));
    world.server.pass(600);
    assert_eq!(browser.get(&location).status, 403);
}

#[test]
fn a_session_of_another_epoch_is_over() {
    let world = World::new();
    let browser = Browser::new(&world);
    browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD);
    let page = browser.get(&asking().path());
    world.put(&Account { version: 2, ..account("ada", "practice-d") }.with_all_ended());
    assert_eq!(browser.agree(&page, None).status, 403);
    assert!(browser.get(&asking().path()).text().contains("name=\"password\""));
}

/// Threat: T42
#[test]
fn a_password_is_guessed_a_few_times() {
    let world = World::new();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    for _ in 0..5 {
        let answer = browser.log_in(&page, "ada", "wrong");
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("role=\"alert\"") && answer.header("set-cookie").is_none());
    }
    let answer = browser.log_in(&page, "ADA ", PASSWORD);
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("900")));
    assert_eq!(browser.log_in(&page, "eve", PASSWORD).status, 200);
    world.server.pass(900);
    let page = Browser::new(&world);
    assert_eq!(page.log_in(&page.get(&asking().path()), "ada", PASSWORD).status, 200);
}

/// Each is kept for ten minutes, whoever begins it.
/// Threat: T90
#[test]
fn so_much_is_begun_from_an_address_and_no_more() {
    let world = World::with("[limits]\naddress_logins_per_second = 1\naddress_logins_burst = 3\n");
    let begun = |path: &str| Browser::new(&world).get(path);
    let asked = asking().path();
    for path in [&*asked, "/ontario/launch", "/ontario/launch/x"] {
        assert_eq!(begun(path).status, 200, "{path}");
    }
    for path in [&*asked, "/ontario/launch", "/ontario/launch/x"] {
        let answer = begun(path);
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")), "{path}");
        assert!(answer.header("content-type").is_some_and(|it| it.starts_with("text/html")));
    }
    world.server.pass(1);
    assert_eq!([begun(&asked).status, begun(&asked).status], [200, 429]);
}

#[test]
fn a_form_of_a_page_may_have_16_kib_and_no_more() {
    let world = World::new();
    let sent = |bytes: usize| {
        let form = Ask::post("/oauth/login").header("Content-Type", FORM).header("Origin", ORIGIN);
        let page = form.body("x".repeat(bytes)).send(&world.server);
        assert!(page.text().contains("role=\"alert\""), "{}", page.text());
        page.status
    };
    assert_eq!([sent(16 * 1024), sent(16 * 1024 + 1)], [403, 413]);
}

/// Whoever is not a named proxy says nothing of whom they call for, and who is says it of who called them.
/// Threat: T42
#[test]
fn behind_a_named_proxy_everybody_has_their_own_guesses() {
    let tries = |world: &World, said: &str| {
        let browser = Browser::new(world);
        let page = browser.get(&asking().path());
        let wrong = [("flow", flow(&page)), ("login", "ada".to_owned()), ("password", "wrong".to_owned())];
        let wrong = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
        (0..6)
            .map(|_| {
                let form = Ask::post("/oauth/login").header("Content-Type", FORM).header("Origin", ORIGIN);
                browser.send(form.header("X-Forwarded-For", said).body(encoded(&wrong))).status
            })
            .filter(|status| *status == 403)
            .count()
    };
    let world = World::new();
    let counts = ["192.0.2.1", "192.0.2.2"].map(|said| tries(&world, said));
    assert_eq!(counts, [5, 0], "a forged header makes nobody somebody else");
    let world = World::behind("127.0.0.1");
    let counts =
        ["192.0.2.1", "192.0.2.2", "forged, 192.0.2.1", "192.0.2.3, 192.0.2.2"].map(|said| tries(&world, said));
    assert_eq!(counts, [5, 5, 0, 0]);
}

/// They have no use for JSON, and nothing of what happened is told.
#[test]
fn people_are_told_on_a_page_what_does_not_work() {
    let store = Arc::new(Faulty::default());
    let world = World::on(store.clone());
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    let at_launch = browser.get("/ontario/launch");
    assert_eq!(at_launch.status, 200);
    let check = |answer: &Answer, status: u16| {
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        assert!(answer.text().contains("role=\"alert\"") && !answer.text().contains("hidden"), "{}", answer.text());
    };
    check(&browser.get("/oauth/login"), 405);
    check(&browser.get("/oauth/login/callback?state=x&code=y"), 404);
    store.fault.store(UNAVAILABLE, Ordering::SeqCst);
    check(&browser.log_in(&page, "ada", PASSWORD), 503);
    check(&browser.get("/ontario/launch"), 503);
    store.fault.store(CORRUPT, Ordering::SeqCst);
    check(&browser.log_in(&page, "ada", PASSWORD), 500);
}

/// Once it is known that the address is the app's. Source: RFC 6749, section 4.1.2.1.
#[test]
fn an_app_is_told_when_the_server_cannot() {
    let store = Arc::new(Faulty::default());
    let (world, asking) = (World::on(store.clone()), Asking::of("viewer", "openid user/*.rs"));
    let browser = Browser::new(&world);
    let page = browser.get(&asking.path());
    let page = browser.log_in(&page, "ada", PASSWORD);
    for (fault, error) in [(UNAVAILABLE, "temporarily_unavailable"), (CORRUPT, "server_error")] {
        store.fault.store(fault, Ordering::SeqCst);
        let told = browser.get(&asking.path());
        assert_eq!((came_back(&told, "error").as_str(), came_back(&told, "state").as_str()), (error, "a state"));
        // before that the person is told
        assert_eq!(browser.get(&asking.clone().with("redirect_uri", Some("https://evil.example/")).path()).status, 400);
        store.fault.store(WELL, Ordering::SeqCst);
    }
    store.fault.store(READ_ONLY, Ordering::SeqCst);
    assert_eq!(came_back(&browser.agree(&page, None), "error"), "temporarily_unavailable");
    store.fault.store(WELL, Ordering::SeqCst);
    // nothing was used up by that
    assert!(!came_back(&browser.agree(&page, None), "code").is_empty());
}

#[test]
fn nobody_learns_who_has_an_account() {
    let world = World::new();
    let browser = Browser::new(&world);
    let page = browser.get(&asking().path());
    let told = |login: &str| {
        let answer = browser.log_in(&page, login, "wrong");
        (answer.status, answer.body)
    };
    assert_eq!(told("ada"), told("nobody"));
    assert_eq!(told("ada"), told("no body at all"));
}

#[test]
fn an_app_hears_no_and_gets_what_is_left() {
    let world = World::new();
    let patient = world.refer(1);
    let browser = Browser::new(&world);
    let page = browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD);
    assert_eq!(values(&page, "scope"), ["patient/*.rs", "user/Task.rs"]);
    assert_eq!(values(&page, "patient"), std::slice::from_ref(&patient));
    let denied = browser.post("/oauth/consent", &[("flow", &flow(&page)), ("decision", "deny")]);
    assert_eq!(came_back(&denied, "error"), "access_denied");
    let page = browser.get(&asking().path());
    let form = [
        ("flow", &*flow(&page)),
        ("decision", "allow"),
        ("scope", "user/Task.rs"),
        ("scope", "user/*.cruds"),
        ("patient", &patient),
    ];
    let code = came_back(&browser.post("/oauth/consent", &form), "code");
    assert_eq!(world.redeem(&code).member("scope"), "openid launch/patient user/Task.rs");
}

#[test]
fn patients_of_one_name_and_birth_date_are_told_apart_and_a_choice_is_asked_for_before_it_is_sent() {
    let world = World::new();
    world.refer(1);
    let browser = Browser::new(&world);
    let alone = browser.log_in(&browser.get(&asking().path()), "ada", PASSWORD).text();
    assert!(alone.contains("name=\"patient\"") && !alone.contains("number ending in"), "{alone}");
    world.refer(2);
    let page = browser.get(&asking().path()).text();
    // of 1234567801 and 1234567802
    for end in ["7801", "7802"] {
        assert_eq!(page.matches(&format!("number ending in {end}")).count(), 1, "{page}");
    }
    assert!(!page.contains("1234567801"), "{page}");
    assert_eq!(page.matches("type=\"radio\"").count(), page.matches(" required> ").count());
    assert!(page.contains("value=\"deny\" class=\"plain\" formnovalidate>"), "{page}");
    let launch = browser.get("/ontario/launch").text();
    assert!(launch.contains("number ending in 7801</option>"), "{launch}");
}

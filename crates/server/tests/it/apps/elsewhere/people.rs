//! Who is let in of those whom the provider knows, in which browser, and how often.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_exchange::access::{Account, AccountState};
use baton_testkit::signer::EC;
use serde_json::json;

use super::{Clinic, Question, SECRET, asked, asking, provider::NOW};
use crate::{
    apps::{Browser, PASSWORD, came_back, flow},
    harness::Answer,
    visit::{lines, told},
};

/// Comes back with an ID token that is good but for what is changed.
fn back(clinic: &Clinic, browser: &Browser<'_>, claims: &serde_json::Value) -> Answer {
    let question = asked(browser, &asking());
    clinic.provider.gives(&question.value("nonce"), &EC, |_, told| {
        for (name, value) in claims.as_object().expect("claims") {
            told[name] = value.clone();
        }
    });
    browser.get(&question.answered("&code=c-1"))
}

#[track_caller]
fn check_kept_out(page: &Answer, words: &str) {
    assert_eq!(page.status, 403, "{}", page.text());
    assert!(page.text().contains(words) && page.text().contains("role=\"alert\""), "{}", page.text());
    assert!(page.text().contains("name=\"again\""), "{}", page.text());
}

#[test]
fn nobody_gets_in_whom_the_operator_has_not_let_in() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    for stranger in ["248290", "ada", "anna", "248289 ", "", "A"] {
        let page = back(&clinic, &browser, &json!({"sub": stranger, "email": "anna", "preferred_username": "anna"}));
        assert!(matches!(page.status, 403 | 503), "{stranger}: {}", page.text());
        assert!(!browser.get(&asking().path()).text().contains("name=\"decision\""));
    }
    let page = back(&clinic, &browser, &json!({"sub": "248290"}));
    check_kept_out(&page, "have no account here");
}

#[test]
fn a_closed_account_is_closed_to_the_provider_too_and_so_is_what_is_linked_to_somebody_else_now() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    assert_eq!(back(&clinic, &browser, &json!({})).status, 200);
    let person = clinic.person("anna", "sub", "another");
    clinic.world.put(&Account { version: 2, ..person }.with_all_ended());
    // as `baton user link` leaves it: the session has ended with the link
    check_kept_out(&back(&clinic, &browser, &json!({})), "have no account here");
    let person = clinic.person("anna", "sub", "248289");
    clinic.world.put(&Account { version: 3, epoch: 1, state: AccountState::Disabled, ..person });
    check_kept_out(&back(&clinic, &browser, &json!({})), "have no account here");
}

#[test]
fn an_address_counts_where_the_provider_has_verified_it() {
    let clinic = Clinic::with("", &format!("account_claim = \"email\"\n{SECRET}"));
    clinic.know("bea", "email", "bea@clinic.example");
    let browser = Browser::new(&clinic.world);
    let question = asked(&browser, &asking());
    assert_eq!(question.value("scope"), "openid email");
    for verified in [json!(false), json!("true"), json!(null)] {
        let page = back(&clinic, &browser, &json!({"email": "bea@clinic.example", "email_verified": verified}));
        check_kept_out(&page, "by what you are known here (email)");
    }
    // who is known by sub is another person
    check_kept_out(&back(&clinic, &browser, &json!({"email": "248289", "email_verified": true})), "no account here");
    let page = back(&clinic, &browser, &json!({"email": "bea@clinic.example", "email_verified": true}));
    assert!(page.text().contains("&lt;i&gt;bea&lt;/i&gt;"), "{}", page.text());
}

/// Threat: T15
#[test]
fn an_answer_is_taken_once_in_the_browser_that_asked_and_for_ten_minutes() {
    let clinic = Clinic::new();
    let (browser, other) = (Browser::new(&clinic.world), Browser::new(&clinic.world));
    let question = asked(&browser, &asking());
    clinic.provider.gives(&question.value("nonce"), &EC, |_, _| {});
    let callback = question.answered("&code=c-1");
    // who is sent here by somebody else is not logged in as them
    assert_eq!(other.get(&callback).status, 403);
    asked(&other, &asking());
    assert_eq!(other.get(&callback).status, 403);
    for wrong in ["/oauth/login/callback?code=c-1", "/oauth/login/callback?code=c-1&state=x", "/oauth/login/callback"] {
        assert_eq!(browser.get(wrong).status, 403, "{wrong}");
    }
    assert!(clinic.provider.heard().is_empty());
    let cookie = browser.cookie.borrow().clone();
    assert_eq!(browser.get(&callback).status, 200);
    *browser.cookie.borrow_mut() = cookie;
    assert_eq!(browser.get(&callback).status, 403);
    assert_eq!(clinic.provider.heard().len(), 1);
    let question = asked(&other, &asking());
    clinic.world.server.pass(600);
    assert_eq!(other.get(&question.answered("&code=c-1")).status, 403);
}

/// Threat: T43
#[test]
fn a_login_elsewhere_gives_the_browser_another_number_and_ends_the_session_before() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let page = browser.get(&asking().path());
    browser.log_in(&page, "ada", PASSWORD);
    let before = browser.cookie.borrow().clone();
    let page = browser.get(&asking().with("prompt", Some("login")).path());
    let question = Question::on(&browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page))]));
    assert_eq!(question.value("prompt"), "login");
    clinic.provider.gives(&question.value("nonce"), &EC, |_, _| {});
    assert!(browser.get(&question.answered("&code=c-1")).text().contains("anna"));
    *browser.cookie.borrow_mut() = before;
    assert!(!browser.get(&asking().path()).text().contains("name=\"decision\""));
}

#[test]
fn where_passwords_are_not_taken_browsers_go_to_the_provider_at_once() {
    let clinic = Clinic::with("passwords = false", SECRET);
    let browser = Browser::new(&clinic.world);
    let answer = browser.get(&asking().path());
    assert_eq!(answer.status, 303, "{}", answer.text());
    let question = Question::of(answer.header("location").expect("an address"));
    assert_eq!(question.get("prompt"), None);
    clinic.provider.gives(&question.value("nonce"), &EC, |_, _| {});
    let page = browser.get(&question.answered("&code=c-1"));
    assert!(page.text().contains("anna"), "{}", page.text());
    // somebody else is not taken for the one whom the provider remembers
    let page = browser.post("/oauth/logout", &[("flow", &flow(&page))]);
    assert!(page.status == 200 && !page.text().contains("name=\"password\""), "{}", page.text());
    let question = Question::on(&browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page))]));
    assert_eq!(question.value("prompt"), "login");
    let refused = browser.log_in(&page, "ada", PASSWORD);
    check_kept_out(&refused, "Passwords are not taken here");
}

/// What the app asks for about the login holds for the provider's, too, and what it is told is true.
#[test]
fn an_app_that_wants_a_login_of_late_gets_the_providers() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let wants = asking().and("max_age", "60");
    let back = |question: &Question, claims: &[(&str, i64)]| {
        clinic.provider.gives(&question.value("nonce"), &EC, |_, told| {
            for (name, value) in claims {
                told[*name] = json!(value);
            }
        });
        browser.get(&question.answered("&code=c-1"))
    };
    let question = asked(&browser, &wants);
    assert_eq!((question.get("prompt"), question.value("max_age").as_str()), (None, "60"));
    assert_eq!(back(&question, &[]).status, 503, "it has to say when");
    let page = back(&asked(&browser, &wants), &[("auth_time", NOW - 91)]);
    check_kept_out(&page, "did not log you in");
    // who tries again is asked there
    let again = browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page)), ("again", "1")]);
    let question = Question::on(&again);
    assert_eq!((question.value("prompt").as_str(), question.value("max_age").as_str()), ("login", "60"));
    let page = back(&question, &[("auth_time", NOW - 50)]);
    let code = came_back(&browser.agree(&page, None), "code");
    let told = clinic.world.redeem(&code).member("id_token");
    let claims = told.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok()).expect("claims");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("claims");
    assert_eq!(claims["auth_time"], json!(NOW - 50));
    // the session is as old as the login
    clinic.world.server.pass(9);
    assert!(browser.get(&wants.path()).text().contains("name=\"decision\""));
    clinic.world.server.pass(1);
    let question = asked(&browser, &wants);
    assert_eq!(question.value("prompt"), "login");
    assert_eq!(asked(&browser, &asking().and("prompt", "login")).get("max_age"), None);
}

#[test]
fn who_has_no_password_here_cannot_log_in_with_one() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let page = browser.get(&asking().path());
    for password in ["", "248289", PASSWORD] {
        assert_eq!(browser.log_in(&page, "anna", password).status, 403);
    }
}

#[test]
fn logins_elsewhere_have_lines_in_the_audit_that_name_nobody() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    back(&clinic, &browser, &json!({"sub": "248290"}));
    back(&clinic, &browser, &json!({"aud": "other"}));
    let question = asked(&browser, &asking());
    browser.get(&question.answered("&error=access_denied"));
    back(&clinic, &browser, &json!({}));
    let told: Vec<_> = lines(&clinic.world.store, 0).iter().map(told).collect();
    let expected = [
        "login no_account 403 0",
        "login provider_failed 503 0",
        "login refused_elsewhere 403 0",
        "practice-d login 200 0",
    ];
    assert_eq!(told, expected);
}

//! Who is let in of those whom the provider knows, in which browser, and how often.

use baton_exchange::access::{Account, AccountState};
use baton_testkit::signer::EC;
use serde_json::json;

use super::{Clinic, Question, SECRET, asked, asking};
use crate::{
    apps::{Browser, PASSWORD, flow},
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

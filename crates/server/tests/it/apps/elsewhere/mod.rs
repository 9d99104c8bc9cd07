//! People log in at an OpenID provider. What is wrong with documents, answers and ID tokens is tried out in the tests of the
//! `oauth` crate; here is that all of it is looked at, and what people see.
//! Source: OpenID Connect Core 1.0, section 3.1; RFC 9207; RFC 9700, section 4.

mod people;
mod provider;
mod trouble;

use std::sync::Arc;

use baton_exchange::access::{Account, Elsewhere};
use baton_oauth::pkce::{Challenge, METHOD};
use baton_store::MemoryStore;
use baton_testkit::signer::EC;

use self::provider::Provider;
use super::{Asking, Browser, World, account, came_back, flow};
use crate::harness::Answer;

const SECRET: &str = "client_secret = \"secret at the provider\"";

/// A server whose people may log in at a provider, one of whom is known there.
struct Clinic {
    world: World,
    provider: Provider,
}

impl Clinic {
    fn new() -> Clinic {
        Clinic::with("", SECRET)
    }

    /// With something more in `[login]` and in `[login.oidc]`.
    fn with(login: &str, oidc: &str) -> Clinic {
        let provider = Provider::new();
        let more = format!(
            "[delivery]\nallow_private_addresses = true\n[login]\n{login}\n[login.oidc]\nissuer = \"{}\"\n\
             client_id = \"baton\"\nname = \"Clinic <b>\"\n{oidc}\n",
            provider.issuer
        );
        let clinic = Clinic { world: World::of(Arc::new(MemoryStore::default()), &more), provider };
        clinic.know("anna", "sub", "248289");
        clinic
    }

    /// Makes an account for somebody whom the provider knows.
    fn know(&self, login: &str, claim: &str, value: &str) {
        self.world.put(&self.person(login, claim, value));
    }

    fn person(&self, login: &str, claim: &str, value: &str) -> Account {
        let elsewhere = Elsewhere::new(&self.provider.issuer, claim, value);
        Account { password: None, elsewhere, ..account(login, "practice-d") }
    }
}

fn asking() -> Asking {
    Asking::of("viewer", "openid user/*.rs")
}

/// A question that a browser takes to the provider.
struct Question {
    address: url::Url,
}

impl Question {
    fn of(location: &str) -> Question {
        Question { address: url::Url::parse(location).unwrap_or_else(|error| panic!("{error}: {location}")) }
    }

    /// What a page that leads on by itself leads to.
    #[track_caller]
    fn on(page: &Answer) -> Question {
        let text = page.text();
        let (_, rest) = text.split_once("content=\"0;url=").unwrap_or_else(|| panic!("{text}"));
        Question::of(&rest.split('"').next().expect("an address").replace("&amp;", "&"))
    }

    fn get(&self, name: &str) -> Option<String> {
        self.address.query_pairs().find(|(one, _)| one == name).map(|(_, value)| value.into_owned())
    }

    fn value(&self, name: &str) -> String {
        self.get(name).unwrap_or_else(|| panic!("no {name} in {}", self.address))
    }

    /// Where the provider sends the browser back to.
    fn answered(&self, more: &str) -> String {
        let state = self.value("state");
        format!("/oauth/login/callback?state={state}{more}")
    }
}

/// Goes to the provider from the page on which an app's request puts somebody.
fn asked(browser: &Browser<'_>, asking: &Asking) -> Question {
    let page = browser.get(&asking.path());
    assert!(page.text().contains("Log in with Clinic &lt;b&gt;"), "{}", page.text());
    Question::on(&browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page))]))
}

#[test]
fn who_logs_in_at_the_provider_lets_an_app_act_and_the_app_learns_who_it_is() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let question = asked(&browser, &asking());
    assert!(
        question.address.as_str().starts_with(&format!("{}/auth?kind=a&response_type=code", clinic.provider.issuer))
    );
    let redirect_uri = "https://referrals.example.org/oauth/login/callback";
    assert_eq!((question.value("redirect_uri").as_str(), question.value("scope").as_str()), (redirect_uri, "openid"));
    let before = browser.cookie.borrow().clone();
    clinic.provider.gives(&question.value("nonce"), &EC, |_, _| {});
    let page = browser.get(&question.answered("&code=c-1"));
    assert!(page.status == 200 && page.text().contains("&lt;i&gt;anna&lt;/i&gt;"), "{}", page.text());
    assert_ne!(before, browser.cookie.borrow().clone());
    let code = came_back(&browser.agree(&page, None), "code");
    let token = clinic.world.redeem(&code).member("access_token");
    assert_eq!(clinic.world.read(&token, "Task").status, 200);
    // and the session is there for the next app
    assert!(browser.get(&asking().path()).text().contains("name=\"decision\""));
}

#[test]
fn the_code_is_redeemed_with_the_verifier_of_the_question_and_the_secret_in_the_header() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let question = asked(&browser, &asking());
    clinic.provider.gives(&question.value("nonce"), &EC, |_, _| {});
    assert_eq!(browser.get(&question.answered("&code=c%2F1")).status, 200);
    let heard = clinic.provider.heard();
    let [(head, form)] = heard.as_slice() else { panic!("asked {} times", heard.len()) };
    // baton:secret+at+the+provider
    assert!(head.contains("Basic YmF0b246c2VjcmV0K2F0K3RoZStwcm92aWRlcg=="), "{head}");
    let form: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let sent = |name: &str| form.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value);
    assert_eq!((sent("grant_type"), sent("code"), sent("client_secret")), ("authorization_code", "c/1", ""));
    assert_eq!(sent("redirect_uri"), question.value("redirect_uri"));
    let challenge = Challenge::read(question.get("code_challenge").as_deref(), Some(METHOD)).expect("a challenge");
    assert!(challenge.is_met(sent("code_verifier")));
    assert_eq!(question.value("code_challenge_method"), METHOD);
}

#[test]
fn a_launch_from_here_goes_on_after_a_login_elsewhere() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let page = browser.get("/ontario/launch");
    let question = Question::on(&browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page))]));
    clinic.provider.gives(&question.value("nonce"), &EC, |_, _| {});
    let page = browser.get(&question.answered("&code=c-1"));
    assert!(page.text().contains("url=/ontario/launch"), "{}", page.text());
    assert!(browser.get("/ontario/launch").text().contains("Launch an app"));
}

#[test]
fn without_a_provider_there_is_no_way_to_one() {
    let mut clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let question = asked(&browser, &asking());
    let config = clinic.world.config.split("[delivery]").next().expect("tables").to_owned();
    clinic.world.server.reconfigure(&config);
    let browser = Browser::new(&clinic.world);
    assert_eq!(browser.get(&question.answered("&code=c-1")).status, 404);
    let page = browser.get(&asking().path());
    assert!(!page.text().contains("Log in with"), "{}", page.text());
    assert_eq!(browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page))]).status, 404);
}

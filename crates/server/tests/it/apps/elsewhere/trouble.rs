//! A provider that says what it should not, too much, or nothing.

use base64::{Engine, prelude::BASE64_STANDARD};
use baton_oauth::{
    assertion::{ASSERTION_TYPE, Expected, claimed},
    jws::KeySet,
};
use baton_testkit::signer::{EC, OTHER, P256, RSA_PKCS8, Signer};
use serde_json::{Value, json};

use super::{
    Clinic, Question, SECRET, asked, asking,
    provider::{NOW, Play},
};
use crate::apps::{Browser, flow};

/// Comes back after something at the provider was changed: the status of the page.
fn back(
    clinic: &Clinic,
    signer: &Signer,
    change: impl Fn(&mut Value, &mut Value),
    after: impl FnOnce(&mut Play),
) -> u16 {
    let browser = Browser::new(&clinic.world);
    let question = asked(&browser, &asking());
    clinic.provider.gives(&question.value("nonce"), signer, change);
    clinic.provider.change(after);
    let page = browser.get(&question.answered("&code=c-1"));
    if page.status != 200 {
        assert!(page.text().contains("role=\"alert\"") && !page.text().contains("248289"), "{}", page.text());
        assert!(!browser.get(&asking().path()).text().contains("name=\"decision\""));
    }
    page.status
}

#[track_caller]
fn check_refused(clinic: &Clinic, change: impl Fn(&mut Value, &mut Value)) {
    assert_eq!(back(clinic, &EC, change, |_| {}), 503);
}

#[test]
fn an_id_token_that_does_not_fit_lets_nobody_in() {
    let clinic = Clinic::new();
    // another answer's code is put into the address by whoever comes with it
    assert_eq!(back(&clinic, &EC, |_, claims| claims["nonce"] = json!("another"), |_| {}), 403);
    check_refused(&clinic, |_, claims| claims["iss"] = json!("https://id.example"));
    check_refused(&clinic, |_, claims| claims["aud"] = json!("other"));
    check_refused(&clinic, |_, claims| claims["azp"] = json!("other"));
    check_refused(&clinic, |_, claims| claims["exp"] = json!(NOW));
    check_refused(&clinic, |_, claims| claims["iat"] = json!(NOW + 31));
    check_refused(&clinic, |header, _| header["alg"] = json!("none"));
    check_refused(&clinic, |header, _| header["alg"] = json!("HS256"));
    check_refused(&clinic, |header, _| header["kid"] = json!("nobody"));
    let forged = Signer { kid: "ec", algorithm: OTHER.algorithm, key: OTHER.key.clone() };
    assert_eq!(back(&clinic, &forged, |_, _| {}, |_| {}), 503);
    assert_eq!(back(&clinic, &EC, |_, _| {}, |_| {}), 200);
}

#[test]
fn an_answer_of_another_issuer_is_not_looked_at_and_one_that_should_say_its_own_has_to() {
    let clinic = Clinic::new();
    clinic.provider.change(|play| play.document.1["authorization_response_iss_parameter_supported"] = json!(true));
    let issuer = clinic.provider.issuer.clone();
    for (more, expected) in
        [("&iss=https%3A%2F%2Fid.example".to_owned(), 403), (String::new(), 403), (format!("&iss={issuer}"), 200)]
    {
        let browser = Browser::new(&clinic.world);
        let question = asked(&browser, &asking());
        clinic.provider.gives(&question.value("nonce"), &EC, |_, _| {});
        assert_eq!(browser.get(&question.answered(&format!("&code=c-1{more}"))).status, expected, "{more}");
    }
    assert_eq!(clinic.provider.heard().len(), 1);
}

/// Where the provider's page is not known, people are told so at once.
#[track_caller]
fn check_not_found(change: impl FnOnce(&mut Play)) {
    let clinic = Clinic::new();
    clinic.provider.change(change);
    let browser = Browser::new(&clinic.world);
    let page = browser.get(&asking().path());
    let page = browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page))]);
    assert_eq!((page.status, page.header("retry-after")), (503, Some("60")), "{}", page.text());
    assert!(page.text().contains("does not work just now"), "{}", page.text());
    // and it is asked once in half a minute
    let page = browser.get(&asking().path());
    browser.post("/oauth/login/elsewhere", &[("flow", &flow(&page))]);
    assert_eq!(clinic.provider.looks(), 1);
}

#[test]
fn a_document_that_is_of_no_use_leads_nobody_anywhere() {
    check_not_found(|play| play.document.0 = 500);
    check_not_found(|play| play.document.0 = 302);
    check_not_found(|play| play.document.1 = json!("x".repeat(70_000)));
    check_not_found(|play| play.document.1["issuer"] = json!("https://id.example"));
    check_not_found(|play| play.document.1["token_endpoint"] = json!("https://elsewhere.example/token"));
    check_not_found(|play| play.document.1["jwks_uri"] = json!("http://127.0.0.1:1/jwks"));
    check_not_found(|play| play.document.1["authorization_endpoint"] = json!("http://elsewhere.example/auth"));
}

#[test]
fn a_token_endpoint_that_fails_or_says_too_much_lets_nobody_in() {
    let clinic = Clinic::new();
    assert_eq!(back(&clinic, &EC, |_, _| {}, |play| play.token = (400, json!({"error": "invalid_grant"}))), 403);
    let changes: [fn(&mut Play); 6] = [
        |play| play.token = (400, json!({"error": "unauthorized_client"})),
        |play| play.token = (401, json!({"error": "invalid_client"})),
        |play| play.token.0 = 302,
        |play| play.token.0 = 500,
        |play| play.token.1 = json!({"access_token": "a", "token_type": "Bearer"}),
        |play| play.token.1["more"] = json!("x".repeat(70_000)),
    ];
    for change in changes {
        assert_eq!(back(&clinic, &EC, |_, _| {}, change), 503);
    }
    assert_eq!(back(&clinic, &EC, |_, _| {}, |_| {}), 200);
}

/// Who tries again gets no further, and the operator has to hear of it.
#[test]
fn an_error_that_is_about_the_server_is_not_put_to_the_person() {
    let clinic = Clinic::new();
    for (error, status) in [
        ("access_denied", 403),
        ("login_required", 403),
        ("Ada%20was%20here", 403),
        ("invalid_scope", 503),
        ("unauthorized_client", 503),
        ("invalid_request", 503),
        ("temporarily_unavailable", 503),
    ] {
        let browser = Browser::new(&clinic.world);
        let question = asked(&browser, &asking());
        assert_eq!(browser.get(&question.answered(&format!("&error={error}"))).status, status, "{error}");
    }
}

#[test]
fn keys_that_cannot_be_had_let_nobody_in_and_new_ones_are_fetched() {
    for change in [(|play: &mut Play| play.keys.0 = 500) as fn(&mut Play), |play| {
        play.keys.1["more"] = json!("x".repeat(70_000));
    }] {
        assert_eq!(back(&Clinic::new(), &EC, |_, _| {}, change), 503);
    }
    let clinic = Clinic::new();
    assert_eq!(back(&clinic, &EC, |_, _| {}, |_| {}), 200);
    clinic.provider.change(|play| play.keys.1 = json!({"keys": [EC.jwk(), P256.jwk()]}));
    clinic.world.server.pass(31);
    let later = |_: &mut Value, claims: &mut Value| claims["exp"] = json!(NOW + 300);
    assert_eq!(back(&clinic, &P256, later, |_| {}), 200);
}

#[test]
fn a_provider_that_is_away_for_a_while_is_still_known() {
    let clinic = Clinic::new();
    assert_eq!(back(&clinic, &EC, |_, _| {}, |_| {}), 200);
    clinic.world.server.pass(301);
    clinic.provider.change(|play| play.document.0 = 500);
    let later = |_: &mut Value, claims: &mut Value| claims["exp"] = json!(NOW + 900);
    assert_eq!(back(&clinic, &EC, later, |_| {}), 200);
}

#[test]
fn who_authenticates_with_a_key_shows_the_provider_an_assertion() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("baton.pem");
    let pem =
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", BASE64_STANDARD.encode(&*RSA_PKCS8));
    std::fs::write(&path, pem).expect("the folder is ours");
    let clinic = Clinic::with("", &format!("key_file = \"{}\"", path.display()));
    assert_eq!(back(&clinic, &EC, |_, _| {}, |_| {}), 200);
    let (head, form) = clinic.provider.heard().pop().expect("it was asked");
    assert!(!head.to_ascii_lowercase().contains("authorization:"));
    let form: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let sent = |name: &str| form.iter().find(|(one, _)| one == name).map_or("", |(_, value)| value);
    assert_eq!((sent("client_id"), sent("client_assertion_type")), ("baton", ASSERTION_TYPE));
    let key = baton_oauth::client_key::ClientKey::from_pkcs8(&RSA_PKCS8).expect("a key");
    let keys = KeySet::read(&key.published().to_string()).expect("good keys");
    let audience = format!("{}/token", clinic.provider.issuer);
    let expected = Expected { audiences: &[&audience], key_url: None, now: NOW };
    let shown = claimed(sent("client_assertion")).expect("an assertion");
    assert_eq!(shown.verify(&keys, &expected).expect("it is good").client_id, "baton");
}

#[test]
fn a_secret_is_shown_in_the_form_where_the_provider_wants_it_there() {
    let clinic = Clinic::with("", SECRET);
    let methods = json!(["client_secret_post"]);
    clinic.provider.change(|play| play.document.1["token_endpoint_auth_methods_supported"] = methods);
    assert_eq!(back(&clinic, &EC, |_, _| {}, |_| {}), 200);
    let (head, form) = clinic.provider.heard().pop().expect("it was asked");
    assert!(form.contains("client_id=baton&client_secret=secret+at+the+provider"), "{form}");
    assert!(!head.to_ascii_lowercase().contains("authorization:"));
}

#[test]
fn a_question_never_leads_to_where_the_app_wants() {
    let clinic = Clinic::new();
    let browser = Browser::new(&clinic.world);
    let question: Question = asked(&browser, &asking());
    assert!(question.address.as_str().starts_with(&clinic.provider.issuer));
    assert!(!question.address.as_str().contains("viewer"));
}

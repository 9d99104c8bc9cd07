use super::{
    App, AuthorizeRefusal, AuthorizeRequest, Back, BackRefusal, HANDLE_BYTES_MAX, PageRefusal, Prompt, STATE_BYTES_MAX,
    authorize_request,
};
use crate::{pkce::ChallengeRefusal, redirect::RedirectUri};

const BASE: &str = "https://referrals.example.org/ontario";
const CALLBACK: &str = "https://app.example/cb";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const GOOD: [(&str, &str); 8] = [
    ("response_type", "code"),
    ("client_id", "app"),
    ("redirect_uri", CALLBACK),
    ("scope", "launch/patient patient/Task.rs"),
    ("state", "s"),
    ("aud", BASE),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

fn app() -> App {
    App {
        client_id: "app".to_owned(),
        redirect_uris: vec![RedirectUri::read(CALLBACK).expect("an address")],
        scopes: ["launch", "launch/patient", "patient/*.rs"].map(str::to_owned).to_vec(),
    }
}

fn ask(parameters: &[(&str, &str)]) -> Result<AuthorizeRequest, AuthorizeRefusal> {
    let parameters: Vec<_> = parameters.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    authorize_request(&parameters, Some(&app()), BASE)
}

/// The good request with other values, or with none.
fn with<'v>(others: &[(&'v str, &'v str)]) -> Vec<(&'v str, &'v str)> {
    let mut parameters: Vec<_> =
        GOOD.into_iter().filter(|(name, _)| others.iter().all(|(other, _)| other != name)).collect();
    parameters.extend(others);
    parameters
}

#[track_caller]
fn check_page(parameters: &[(&str, &str)], refusal: PageRefusal) {
    assert_eq!(ask(parameters), Err(AuthorizeRefusal::Page(refusal)), "{parameters:?}");
}

#[track_caller]
fn check_back(others: &[(&str, &str)], why: BackRefusal) {
    match ask(&with(others)) {
        Err(AuthorizeRefusal::Back(back)) => {
            assert_eq!((back.why, back.redirect_uri.as_str()), (why, CALLBACK), "{others:?}");
        }
        other => panic!("{others:?}: {other:?}"),
    }
}

/// Threat: T08
#[test]
fn nobody_is_sent_to_an_address_that_is_not_the_apps() {
    check_page(&with(&[("client_id", "")]), PageRefusal::NoClient);
    check_page(&with(&[("client_id", "other")]), PageRefusal::UnknownClient);
    for uri in
        ["", "https://evil.example/", "https://app.example/cb/", "https://app.example/cb?x", "javascript:alert(1)"]
    {
        check_page(&with(&[("redirect_uri", uri), ("response_type", "token")]), PageRefusal::RedirectUri);
    }
    let parameters: Vec<_> = GOOD.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let nobody = authorize_request(&parameters, None, BASE);
    assert_eq!(nobody, Err(AuthorizeRefusal::Page(PageRefusal::UnknownClient)));
}

/// Doubled in address, form or both, in either order.
/// Threat: T09
#[test]
fn a_repeated_parameter_is_refused() {
    for name in super::PARAMETERS {
        let (_, good) = GOOD.into_iter().find(|(one, _)| *one == name).unwrap_or((name, "x"));
        for (first, second) in [(good, good), (good, "evil"), ("evil", good), (good, ""), ("", good)] {
            let parameters = with(&[(name, first), (name, second)]);
            let refused = ask(&parameters).expect_err(name);
            match name {
                "client_id" => assert_eq!(refused, AuthorizeRefusal::Page(PageRefusal::NoClient), "{first} {second}"),
                "redirect_uri" => assert_eq!(refused, AuthorizeRefusal::Page(PageRefusal::RedirectUri)),
                other => {
                    let state = (other != "state").then(|| "s".to_owned());
                    let redirect_uri = app().redirect_uris[0].clone();
                    let back = Back { redirect_uri, state, why: BackRefusal::Repeated };
                    assert_eq!(refused, AuthorizeRefusal::Back(back), "{other}");
                }
            }
        }
    }
}

/// Those who look at it on the way may know it.
/// Threat: T09
#[test]
fn a_parameter_that_means_nothing_stands_there_once_too() {
    check_back(&[("x", "1"), ("x", "2")], BackRefusal::Repeated);
    assert!(ask(&with(&[("x", "1"), ("X", "2")])).is_ok());
}

/// Threat: T10
#[test]
fn only_a_code_is_given_and_only_by_address() {
    check_back(&[("response_type", "")], BackRefusal::Missing("response_type"));
    for kind in ["token", "id_token", "code token", "code id_token", "none", "Code", "code "] {
        check_back(&[("response_type", kind)], BackRefusal::ResponseType);
    }
    for mode in ["fragment", "form_post", "jwt", "web_message", "Query"] {
        check_back(&[("response_mode", mode)], BackRefusal::ResponseMode);
    }
    check_back(&[("request", "a.b.c")], BackRefusal::RequestObject);
    check_back(&[("request_uri", "https://app.example/request")], BackRefusal::RequestUri);
}

/// Threat: T01, T02
#[test]
fn there_is_no_code_without_a_good_challenge() {
    check_back(&[("code_challenge", "")], BackRefusal::Challenge(ChallengeRefusal::Missing));
    check_back(&[("code_challenge", "x")], BackRefusal::Challenge(ChallengeRefusal::Form));
    for method in ["", "plain", "s256"] {
        check_back(&[("code_challenge_method", method)], BackRefusal::Challenge(ChallengeRefusal::Method));
    }
}

/// Threat: T11
#[test]
fn a_token_for_another_server_is_not_given() {
    check_back(&[("aud", "")], BackRefusal::Missing("aud"));
    for other in [
        "https://referrals.example.org",
        "https://referrals.example.org/",
        "https://referrals.example.org/ontario//",
        "https://referrals.example.org/ontario2",
        "https://referrals.example.org/ontario/metadata",
        "https://referrals.example.org/Ontario",
        "https://REFERRALS.example.org/ontario",
        "https://referrals.example.org:443/ontario",
        "http://referrals.example.org/ontario",
        "https://referrals.example.org/ontario?a=b",
        "https://referrals.example.org/ontario#a",
        "https://referrals.example.org.evil.example/ontario",
        "https://referrals.example.org@evil.example/ontario",
        "https://referrals.example.org/x/../ontario",
        "https://referrals.example.org/netsmart/v4",
    ] {
        check_back(&[("aud", other)], BackRefusal::Audience);
        check_back(&[("aud", ""), ("resource", other)], BackRefusal::Audience);
        check_back(&[("resource", other)], BackRefusal::Audience);
    }
    let slash = format!("{BASE}/");
    for good in [
        [("aud", slash.as_str()), ("resource", "")],
        [("aud", ""), ("resource", BASE)],
        [("aud", BASE), ("resource", BASE)],
    ] {
        assert!(ask(&with(&good)).is_ok(), "{good:?}");
    }
}

#[test]
fn state_and_scope_are_needed() {
    check_back(&[("state", "")], BackRefusal::Missing("state"));
    check_back(&[("scope", "")], BackRefusal::Missing("scope"));
    check_back(&[("scope", "user/*.cruds openid")], BackRefusal::Scope);
    check_back(&[("scope", "launch")], BackRefusal::Missing("launch"));
}

#[test]
fn what_a_person_is_asked_is_said_in_known_words() {
    for wrong in ["none login", "create", "Login", "login,consent"] {
        check_back(&[("prompt", wrong)], BackRefusal::Prompt);
    }
    let prompts = |text| ask(&with(&[("prompt", text)])).expect("a request").prompts;
    assert_eq!(prompts("none"), [Prompt::Nothing]);
    assert_eq!(prompts("login consent"), [Prompt::Login, Prompt::Consent]);
}

/// Threat: T12
#[test]
fn a_state_of_4096_bytes_comes_back_as_it_was_and_a_longer_one_with_the_refusal() {
    let state = "\r\n\0\u{e9}".repeat(4096 / 5) + "x";
    assert_eq!(state.len(), 4096);
    let request = ask(&with(&[("state", &state)])).expect("a request");
    for location in
        [request.location("c", "https://i.example"), request.refused(BackRefusal::Denied).location("https://i.example")]
    {
        let url = url::Url::parse(&location).expect("an address");
        assert!(url.query_pairs().any(|(name, value)| name == "state" && value == state.as_str()));
        assert!(location.bytes().all(|byte| (0x21..0x7F).contains(&byte)));
    }
    let longer = format!("{state}x");
    let Err(AuthorizeRefusal::Back(back)) = ask(&with(&[("state", &longer)])) else { panic!("it is refused") };
    assert_eq!((back.why, back.state), (BackRefusal::TooLong, Some(longer)));
}

/// Threat: T90
#[test]
fn what_is_kept_for_an_app_is_short() {
    for (name, max) in [("state", STATE_BYTES_MAX), ("launch", HANDLE_BYTES_MAX), ("nonce", HANDLE_BYTES_MAX)] {
        assert!(ask(&with(&[(name, &"x".repeat(max))])).is_ok(), "{name}");
        check_back(&[(name, &"x".repeat(max + 1))], BackRefusal::TooLong);
    }
}

#[test]
fn a_refusal_goes_back_with_code_words_state_and_issuer() {
    let Err(AuthorizeRefusal::Back(back)) = ask(&with(&[("response_type", "token")])) else { panic!("it is refused") };
    let expected = "https://app.example/cb?error=unsupported_response_type&error_description=response_type+must+be+code\
                    &state=s&iss=https%3A%2F%2Fi.example";
    assert_eq!(back.location("https://i.example"), expected);
}

#[test]
fn a_good_request_is_understood() {
    let request = ask(&with(&[("launch", "l"), ("nonce", "n"), ("patient", "B")])).expect("a request");
    assert_eq!(request.scopes, ["launch/patient", "patient/Task.rs"]);
    assert_eq!((request.launch.as_deref(), request.nonce.as_deref()), (Some("l"), Some("n")));
    let location = request.location("c", "https://i.example");
    assert_eq!(location, "https://app.example/cb?code=c&state=s&iss=https%3A%2F%2Fi.example");
}

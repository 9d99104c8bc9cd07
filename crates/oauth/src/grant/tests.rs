use baton_testkit::signer::EC;
use serde_json::json;

use super::{
    Authentication, Grant, GrantType, TokenRefusal, TokenRequest, asked_token, check_address, token_question,
    token_request,
};
use crate::assertion::{ASSERTION_TYPE, AssertionRefusal};

/// `clinic-a:s`
const BASIC: &str = "Basic Y2xpbmljLWE6cw==";

const ALL: [GrantType; 3] = [GrantType::ClientCredentials, GrantType::AuthorizationCode, GrantType::RefreshToken];

fn ask_of(
    offered: &[GrantType],
    authorization: Option<&str>,
    form: &[(&str, &str)],
) -> Result<TokenRequest, TokenRefusal> {
    let form: Vec<(String, String)> = form.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    token_request(offered, authorization, &form)
}

fn ask(authorization: Option<&str>, form: &[(&str, &str)]) -> Result<TokenRequest, TokenRefusal> {
    ask_of(&ALL, authorization, form)
}

#[track_caller]
fn check_refused(authorization: Option<&str>, form: &[(&str, &str)], expected: TokenRefusal) {
    assert_eq!(ask(authorization, form), Err(expected), "{form:?}");
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const CODE_GRANT: (&str, &str) = ("grant_type", "authorization_code");
const TYPE: (&str, &str) = ("client_assertion_type", ASSERTION_TYPE);

/// Threat: T09
#[test]
fn a_repeated_parameter_is_refused() {
    check_refused(Some(BASIC), &[GRANT, ("scope", "a"), ("scope", "b")], TokenRefusal::Repeated);
    check_refused(Some(BASIC), &[GRANT, GRANT], TokenRefusal::Repeated);
    // also one that means nothing here: it may to somebody on the way
    for name in super::PARAMETERS.into_iter().chain(["x", ""]) {
        for (first, second) in [("a", "a"), ("a", ""), ("", "a")] {
            check_refused(Some(BASIC), &[GRANT, (name, first), (name, second)], TokenRefusal::Repeated);
        }
    }
}

/// Threat: T09
#[test]
fn what_belongs_into_the_form_is_refused_in_the_address() {
    let check = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        check_address(&pairs)
    };
    for name in super::PARAMETERS {
        assert_eq!(check(&[("x", "1"), (name, "")]), Err(TokenRefusal::InAddress), "{name}");
    }
    assert_eq!(check(&[("x", "1"), ("x", "2")]), Err(TokenRefusal::Repeated));
    assert_eq!((check(&[]), check(&[("x", "1")])), (Ok(()), Ok(())));
}

#[test]
fn who_shows_a_token_shows_no_credentials_beside_it() {
    let asked = |name: &str| asked_token(&[("token".to_owned(), "t".to_owned()), (name.to_owned(), "x".to_owned())]);
    for name in ["client_secret", "client_assertion", "client_assertion_type"] {
        assert_eq!(asked(name), Err(TokenRefusal::TwoWays), "{name}");
    }
    assert_eq!(asked("client_id"), Ok("t".to_owned()));
}

#[test]
fn a_request_without_grant_type_is_refused() {
    check_refused(Some(BASIC), &[], TokenRefusal::NoGrantType);
    check_refused(Some(BASIC), &[("grant_type", "")], TokenRefusal::NoGrantType);
}

#[test]
fn another_grant_type_is_refused() {
    for other in ["authorization_code", "refresh_token", "password", "implicit", "Client_Credentials"] {
        let asked = ask_of(&[GrantType::ClientCredentials], Some(BASIC), &[("grant_type", other)]);
        assert_eq!(asked, Err(TokenRefusal::OtherGrantType), "{other}");
    }
}

#[test]
fn a_client_that_authenticates_twice_is_refused() {
    check_refused(Some(BASIC), &[GRANT, ("client_secret", "s")], TokenRefusal::TwoWays);
    check_refused(Some(BASIC), &[GRANT, ("client_assertion", "x")], TokenRefusal::TwoWays);
    check_refused(Some(BASIC), &[GRANT, ("client_assertion", "x"), TYPE], TokenRefusal::TwoWays);
    check_refused(Some(BASIC), &[GRANT, TYPE], TokenRefusal::TwoWays);
    check_refused(Some("Bearer x"), &[GRANT, ("client_assertion", "x"), TYPE], TokenRefusal::TwoWays);
    check_refused(Some(BASIC), &[GRANT, ("client_id", "clinic-b")], TokenRefusal::TwoWays);
    check_refused(None, &[GRANT, ("client_secret", "s"), ("client_assertion", "x")], TokenRefusal::TwoWays);
    check_refused(None, &[GRANT, ("client_secret", "s"), ("client_assertion", "x"), TYPE], TokenRefusal::TwoWays);
}

#[test]
fn a_client_that_does_not_authenticate_is_refused() {
    check_refused(None, &[GRANT], TokenRefusal::NoCredentials);
    check_refused(None, &[GRANT, ("client_id", "clinic-a")], TokenRefusal::NoCredentials);
    check_refused(None, &[GRANT, ("client_secret", "s")], TokenRefusal::NoCredentials);
    check_refused(Some("Bearer x"), &[GRANT], TokenRefusal::NoCredentials);
    check_refused(None, &[CODE_GRANT, ("code", "c")], TokenRefusal::NoCredentials);
}

#[test]
fn an_assertion_of_another_type_is_refused() {
    check_refused(None, &[GRANT, ("client_assertion", "x")], TokenRefusal::OtherAssertionType);
    check_refused(None, &[GRANT, TYPE], TokenRefusal::OtherAssertionType);
    for other in ["urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "jwt-bearer", "not_an_assertion_type"] {
        let form = [GRANT, ("client_assertion", "x"), ("client_assertion_type", other)];
        check_refused(None, &form, TokenRefusal::OtherAssertionType);
    }
    assert_eq!(TokenRefusal::OtherAssertionType.code(), "invalid_client");
}

#[test]
fn an_assertion_of_another_client_than_the_form_says_is_refused() {
    let header = json!({"alg": "ES384", "kid": "ec"}).to_string();
    let token = EC.sign(&header, &json!({"iss": "clinic-a", "sub": "clinic-a"}).to_string());
    let claimed = |client_id: Option<&str>| {
        let mut form = vec![GRANT, TYPE, ("client_assertion", token.as_str())];
        form.extend(client_id.map(|client_id| ("client_id", client_id)));
        match ask(None, &form).expect("a request").authentication {
            Authentication::Assertion(assertion) => assertion.claimed().map(|claimed| claimed.client_id().to_owned()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(claimed(Some("clinic-b")), Err(AssertionRefusal::OtherClient));
    assert_eq!(claimed(Some("clinic-a")), Ok("clinic-a".to_owned()));
    assert_eq!(claimed(None), Ok("clinic-a".to_owned()));
}

/// Threat: T24
#[test]
fn all_refusals_of_an_assertion_have_the_same_words_and_code() {
    let said = |refusal| {
        let refusal = TokenRefusal::WrongAssertion(refusal);
        (refusal.code(), refusal.to_string())
    };
    let expected = said(AssertionRefusal::UnknownClient);
    assert_eq!(expected.0, "invalid_client");
    for refusal in [AssertionRefusal::Signature, AssertionRefusal::NoKey, AssertionRefusal::Audience] {
        assert_eq!(said(refusal), expected);
    }
}

/// On the way back a code is worth nothing without the text behind its challenge.
/// Threat: T01
#[test]
fn a_code_comes_with_its_address_and_its_verifier() {
    let form = [("code", "c"), ("redirect_uri", "https://app.example/"), ("code_verifier", "v")];
    for (missing, _) in form {
        let rest = form.iter().filter(|(name, _)| *name != missing).copied();
        let form: Vec<_> = [CODE_GRANT, ("client_id", "app")].into_iter().chain(rest).collect();
        check_refused(None, &form, TokenRefusal::Missing(missing));
    }
    check_refused(Some(BASIC), &[("grant_type", "refresh_token")], TokenRefusal::Missing("refresh_token"));
}

#[test]
fn a_secret_is_taken_from_the_header_or_from_the_form() {
    let by_header = ask(Some(BASIC), &[GRANT, ("client_id", "clinic-a"), ("scope", "x")]).unwrap();
    let by_form = ask(None, &[GRANT, ("client_id", "clinic-a"), ("client_secret", "s"), ("scope", "x")]).unwrap();
    assert_eq!(by_header, by_form);
    assert_eq!(by_header.scope.as_deref(), Some("x"));
}

#[test]
fn an_app_without_secret_names_itself() {
    let form = [
        CODE_GRANT,
        ("client_id", "app"),
        ("code", "c"),
        ("redirect_uri", "https://app.example/"),
        ("code_verifier", "v"),
    ];
    let request = ask(None, &form).expect("a request");
    assert_eq!(request.authentication, Authentication::Public { client_id: "app".to_owned() });
    let (code, redirect_uri, verifier) = ("c".to_owned(), "https://app.example/".to_owned(), "v".to_owned());
    assert_eq!(request.grant, Grant::AuthorizationCode { code, redirect_uri, verifier });
}

#[test]
fn debug_output_hides_what_is_shown() {
    let form = [("grant_type", "refresh_token"), ("refresh_token", "hidden"), ("client_assertion", "hidden"), TYPE];
    let text = format!("{:?}", ask(None, &form).expect("a request"));
    assert!(!text.contains("hidden"), "{text}");
}

/// Threat: T34
#[test]
fn who_asks_about_a_token_says_who_they_are() {
    let ask = |authorization, form: &[(&str, &str)]| {
        let form: Vec<_> = form.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        token_question(authorization, &form)
    };
    assert_eq!(ask(None, &[("token", "t")]), Err(TokenRefusal::NoCredentials));
    assert_eq!(ask(Some(BASIC), &[]), Err(TokenRefusal::Missing("token")));
    assert_eq!(ask(Some(BASIC), &[("token", "t"), ("token", "u")]), Err(TokenRefusal::Repeated));
    assert_eq!(ask(Some(BASIC), &[("token", "t"), ("client_secret", "s")]), Err(TokenRefusal::TwoWays));
    let question = ask(Some(BASIC), &[("token", "hidden"), ("token_type_hint", "access_token")]).expect("a question");
    assert!(matches!(question.authentication, Authentication::Secret(_)));
    assert!(!format!("{question:?}").contains("hidden"));
}

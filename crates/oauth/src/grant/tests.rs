use super::{TokenRefusal, TokenRequest, token_request};

/// `clinic-a:s`
const BASIC: &str = "Basic Y2xpbmljLWE6cw==";

fn ask(authorization: Option<&str>, form: &[(&str, &str)]) -> Result<TokenRequest, TokenRefusal> {
    let form: Vec<(String, String)> = form.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    token_request(authorization, &form)
}

fn check_refused(authorization: Option<&str>, form: &[(&str, &str)], expected: TokenRefusal) {
    assert_eq!(ask(authorization, form), Err(expected), "{form:?}");
}

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[test]
fn a_repeated_parameter_is_refused() {
    check_refused(Some(BASIC), &[GRANT, ("scope", "a"), ("scope", "b")], TokenRefusal::Repeated);
}

#[test]
fn a_request_without_grant_type_is_refused() {
    check_refused(Some(BASIC), &[], TokenRefusal::NoGrantType);
    check_refused(Some(BASIC), &[("grant_type", "")], TokenRefusal::NoGrantType);
}

#[test]
fn another_grant_type_is_refused() {
    for other in ["authorization_code", "password", "Client_Credentials"] {
        check_refused(Some(BASIC), &[("grant_type", other)], TokenRefusal::OtherGrantType);
    }
}

#[test]
fn a_client_that_authenticates_twice_is_refused() {
    check_refused(Some(BASIC), &[GRANT, ("client_secret", "s")], TokenRefusal::TwoWays);
    check_refused(Some(BASIC), &[GRANT, ("client_assertion", "x")], TokenRefusal::TwoWays);
    check_refused(Some(BASIC), &[GRANT, ("client_id", "clinic-b")], TokenRefusal::TwoWays);
    check_refused(None, &[GRANT, ("client_secret", "s"), ("client_assertion", "x")], TokenRefusal::TwoWays);
}

#[test]
fn a_client_that_does_not_authenticate_is_refused() {
    check_refused(None, &[GRANT], TokenRefusal::NoCredentials);
    check_refused(None, &[GRANT, ("client_id", "clinic-a")], TokenRefusal::NoCredentials);
    check_refused(None, &[GRANT, ("client_secret", "s")], TokenRefusal::NoCredentials);
    check_refused(Some("Bearer x"), &[GRANT], TokenRefusal::NoCredentials);
}

#[test]
fn an_assertion_is_refused_by_name() {
    check_refused(None, &[GRANT, ("client_assertion", "x")], TokenRefusal::AssertionNotOffered);
    assert_eq!(TokenRefusal::AssertionNotOffered.code(), "invalid_client");
}

#[test]
fn a_secret_is_taken_from_the_header_or_from_the_form() {
    let by_header = ask(Some(BASIC), &[GRANT, ("client_id", "clinic-a"), ("scope", "x")]).unwrap();
    let by_form = ask(None, &[GRANT, ("client_id", "clinic-a"), ("client_secret", "s"), ("scope", "x")]).unwrap();
    assert_eq!(by_header, by_form);
    assert_eq!(by_header.scope.as_deref(), Some("x"));
}

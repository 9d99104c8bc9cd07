use serde_json::{Value, json};

use super::{Identity, IdentityRefusal, Wanted, claimed};
use crate::jws::KeySet;
use baton_testkit::signer::{EC, OTHER, P256, RSA, Signer};

const NOW: i64 = 1_000_000;

fn token(signer: &Signer, change: impl Fn(&mut Value, &mut Value)) -> String {
    let mut header = json!({"alg": format!("{:?}", signer.algorithm), "kid": signer.kid});
    let mut claims = json!({
        "iss": "https://id.example", "sub": "248289", "aud": "baton", "nonce": "n-1", "iat": NOW, "exp": NOW + 300,
        "email": "ada@clinic.example", "email_verified": true,
    });
    change(&mut header, &mut claims);
    signer.sign(&header.to_string(), &claims.to_string())
}

fn read(token: &str) -> Result<Identity, IdentityRefusal> {
    read_since(token, None)
}

fn read_since(token: &str, since: Option<i64>) -> Result<Identity, IdentityRefusal> {
    let keys = KeySet::read(&json!({"keys": [EC.jwk(), P256.jwk(), RSA.jwk()]}).to_string()).expect("good keys");
    let wanted = Wanted { issuer: "https://id.example", client_id: "baton", nonce: "n-1", since, now: NOW };
    claimed(token)?.verify(&keys, &wanted)
}

#[track_caller]
fn check(change: impl Fn(&mut Value, &mut Value), expected: IdentityRefusal) {
    assert_eq!(read(&token(&EC, change)).map(|_| ()), Err(expected));
}

#[track_caller]
fn check_claim(name: &str, values: impl IntoIterator<Item = Value>, expected: IdentityRefusal) {
    for value in values {
        check(|_, claims| claims[name] = value.clone(), expected);
    }
    check(|_, claims| drop(claims.as_object_mut().expect("claims").remove(name)), expected_without(name, expected));
}

fn expected_without(name: &str, otherwise: IdentityRefusal) -> IdentityRefusal {
    if matches!(name, "exp" | "iat") { IdentityRefusal::NoTime } else { otherwise }
}

#[test]
fn what_a_provider_signed_with_a_key_of_its_own_is_believed() {
    for signer in [&*EC, &*P256, &*RSA] {
        let identity = read(&token(signer, |_, _| {})).expect("it is good");
        assert_eq!(identity.claim("sub"), Some("248289"), "{}", signer.kid);
        assert_eq!(format!("{identity:?}"), "Identity(…)");
    }
}

/// Where it was asked for; where not, the provider may say what it likes.
#[test]
fn who_has_to_have_logged_in_of_late_did_so_by_the_word_of_the_provider() {
    let since = Some(NOW - 60);
    let read = |at: Value, since| read_since(&token(&EC, |_, claims| claims["auth_time"] = at.clone()), since);
    for (at, expected) in [
        (json!(NOW - 91), Err(IdentityRefusal::TooLongAgo)),
        (json!(NOW - 90), Ok(Some(NOW - 90))),
        (json!(NOW + 30), Ok(Some(NOW + 30))),
        (json!(NOW + 31), Err(IdentityRefusal::FromTheFuture)),
        (json!(NOW.to_string()), Err(IdentityRefusal::NoLogin)),
        (Value::Null, Err(IdentityRefusal::NoLogin)),
    ] {
        assert_eq!(read(at.clone(), since).map(|identity| identity.authenticated()), expected, "{at}");
    }
    assert_eq!(read_since(&token(&EC, |_, _| {}), since).map(|_| ()), Err(IdentityRefusal::NoLogin));
    for (at, expected) in [(json!(1), Some(1)), (json!("x"), None)] {
        assert_eq!(read(at, None).expect("it is good").authenticated(), expected);
    }
}

#[test]
fn algorithms_that_prove_nothing_are_refused() {
    for algorithm in ["none", "None", "HS256", "RS512", "EdDSA", ""] {
        check(|header, _| header["alg"] = json!(algorithm), IdentityRefusal::Algorithm);
    }
    check(|header, _| header["alg"] = json!("RS256"), IdentityRefusal::Key);
    check(|header, _| header["alg"] = json!("ES256"), IdentityRefusal::Key);
}

#[test]
fn a_token_brings_no_key_along_and_names_one_of_the_provider() {
    for member in ["jwk", "jku", "x5u", "x5c", "crit"] {
        check(|header, _| header[member] = json!([]), IdentityRefusal::Header);
    }
    check(|header, _| header["kid"] = json!("nobody"), IdentityRefusal::Key);
    check(|header, _| header["kid"] = json!(""), IdentityRefusal::NoKeyId);
    let forged = Signer { kid: "ec", algorithm: OTHER.algorithm, key: OTHER.key.clone() };
    assert_eq!(read(&token(&forged, |_, _| {})).map(|_| ()), Err(IdentityRefusal::Signature));
    assert_eq!(read("a.b").map(|_| ()), Err(IdentityRefusal::Form));
    assert_eq!(read(&"a".repeat(40_000)).map(|_| ()), Err(IdentityRefusal::Form));
}

#[test]
fn it_is_of_this_provider_and_answers_this_question() {
    check_claim("iss", [json!("https://id.example/"), json!(["https://id.example"])], IdentityRefusal::Issuer);
    check_claim("nonce", [json!("n-2"), json!("n-1 "), json!(1)], IdentityRefusal::Nonce);
    check_claim("sub", [json!(""), json!(1)], IdentityRefusal::NoSubject);
}

#[test]
fn it_is_for_us_and_nobody_else_asked_for_it() {
    let others = [json!("other"), json!(["other"]), json!(["baton", "other"]), json!([["baton"]]), json!(1)];
    check_claim("aud", others, IdentityRefusal::Audience);
    check(|_, claims| claims["azp"] = json!("other"), IdentityRefusal::Audience);
    check(|_, claims| claims["azp"] = json!(1), IdentityRefusal::Audience);
    for audience in [json!(["baton"]), json!("baton")] {
        assert!(read(&token(&EC, |_, claims| claims["aud"] = audience.clone())).is_ok());
    }
    let several = token(&EC, |_, claims| {
        claims["aud"] = json!(["other", "baton"]);
        claims["azp"] = json!("baton");
    });
    assert!(read(&several).is_ok());
}

#[test]
fn it_is_good_now() {
    check_claim("exp", [json!(NOW), json!(NOW - 1)], IdentityRefusal::Expired);
    check_claim("iat", [json!(NOW + 31)], IdentityRefusal::FromTheFuture);
    check(|_, claims| claims["nbf"] = json!(NOW + 31), IdentityRefusal::FromTheFuture);
    for text in [json!("9999999999"), json!(9_999_999_999.5), json!(-1), Value::Null] {
        check(|_, claims| claims["exp"] = text.clone(), IdentityRefusal::NoTime);
    }
}

/// Anybody may write anybody's address into a profile.
#[test]
fn an_address_that_the_provider_has_not_verified_is_none() {
    let email = |verified: Value| {
        let identity = read(&token(&EC, |_, claims| claims["email_verified"] = verified.clone())).expect("it is good");
        identity.claim("email").map(str::to_owned)
    };
    assert_eq!(email(json!(true)).as_deref(), Some("ada@clinic.example"));
    for unverified in [json!(false), json!("true"), json!(1), Value::Null] {
        assert_eq!(email(unverified.clone()), None, "{unverified}");
    }
    assert_eq!(read(&token(&EC, |_, _| {})).expect("it is good").claim("upn"), None);
}

//! The corpus of assertions that are not good. Rows T21 to T23, T27 and T28 of the threat table, and the good ones last.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_testkit::signer::{EC, OTHER, P256, RSA, Signer};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::{ASSERTION_BYTES_MAX, AssertionRefusal, Expected, Verified, claimed};
use crate::jws::KeySet;

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://referrals.example.org";
const TOKEN_URL: &str = "https://referrals.example.org/oauth/token";
const KEY_URL: &str = "https://clinic-a.example/jwks.json";

fn expected() -> Expected<'static> {
    Expected { audiences: &[ISSUER, TOKEN_URL], key_url: Some(KEY_URL), now: NOW }
}

fn header(signer: &Signer) -> Value {
    json!({"alg": format!("{:?}", signer.algorithm), "kid": signer.kid, "typ": "JWT"})
}

fn claims() -> Value {
    json!({"iss": "clinic-a", "sub": "clinic-a", "aud": TOKEN_URL, "exp": NOW + 300, "iat": NOW, "jti": "1"})
}

fn keys() -> KeySet {
    KeySet::read(&json!({"keys": [EC.jwk(), RSA.jwk(), P256.jwk()]}).to_string()).expect("good keys")
}

fn verdict(token: &str, expected: &Expected<'_>) -> Result<Verified, AssertionRefusal> {
    claimed(token)?.verify(&keys(), expected)
}

#[track_caller]
fn check_token(token: &str, refusal: AssertionRefusal) {
    assert_eq!(verdict(token, &expected()), Err(refusal), "{}", &token[..token.len().min(200)]);
}

/// An assertion with another member in its header.
#[track_caller]
fn check_header(member: &str, value: impl Into<Value>, refusal: AssertionRefusal) {
    let mut header = header(&EC);
    header[member] = value.into();
    check_token(&EC.sign(&header.to_string(), &claims().to_string()), refusal);
}

fn with_claim(claim: &str, value: Value) -> String {
    let mut claims = claims();
    claims[claim] = value;
    EC.sign(&header(&EC).to_string(), &claims.to_string())
}

/// An assertion with another claim.
#[track_caller]
fn check_claim(claim: &str, value: impl Into<Value>, refusal: AssertionRefusal) {
    check_token(&with_claim(claim, value.into()), refusal);
}

#[track_caller]
fn check_without(claim: &str, refusal: AssertionRefusal) {
    let mut claims = claims();
    claims.as_object_mut().expect("an object").remove(claim);
    check_token(&EC.sign(&header(&EC).to_string(), &claims.to_string()), refusal);
}

fn good() -> String {
    EC.sign(&header(&EC).to_string(), &claims().to_string())
}

/// A good assertion with another signature.
fn signed_by(signature: &[u8]) -> String {
    let good = good();
    let (signed, _) = good.rsplit_once('.').expect("three parts");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Threat: T21
#[test]
fn other_algorithms_are_refused() {
    for algorithm in
        ["none", "None", "NONE", "", "HS256", "HS384", "RS256", "RS512", "PS256", "PS384", "ES256", "EdDSA", "es384"]
    {
        check_header("alg", algorithm, AssertionRefusal::Algorithm);
    }
    for algorithm in [Value::Null, json!(1), json!(["ES384"]), json!({})] {
        check_header("alg", algorithm, AssertionRefusal::Algorithm);
    }
    check_token(&P256.sign(&header(&P256).to_string(), &claims().to_string()), AssertionRefusal::Algorithm);
}

/// The public key is known to all.
/// Threat: T21
#[test]
fn a_public_key_is_no_secret_to_sign_with() {
    let jwk = EC.jwk().to_string();
    let point: Vec<u8> =
        ["x", "y"].iter().flat_map(|part| EC.jwk()[*part].as_str().unwrap().as_bytes().to_vec()).collect();
    for secret in [jwk.as_bytes(), point.as_slice()] {
        for (named, algorithm) in
            [("HS384", Algorithm::HS384), ("ES384", Algorithm::HS384), ("HS256", Algorithm::HS256)]
        {
            let signer = Signer { kid: "ec", algorithm, key: EncodingKey::from_secret(secret) };
            let token = signer.sign(&json!({"alg": named, "kid": "ec"}).to_string(), &claims().to_string());
            let refusal = if named == "ES384" { AssertionRefusal::Signature } else { AssertionRefusal::Algorithm };
            check_token(&token, refusal);
        }
    }
}

/// Threat: T21
#[test]
fn a_signature_that_is_not_the_keys_is_refused() {
    let other = OTHER.sign(&header(&EC).to_string(), &claims().to_string());
    check_token(&other, AssertionRefusal::Signature);
    let of_another = with_claim("jti", json!("2"));
    let (_, signature) = of_another.rsplit_once('.').unwrap();
    check_token(&format!("{}.{signature}", good().rsplit_once('.').unwrap().0), AssertionRefusal::Signature);
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    check_token(&signed_by(&signature[..95]), AssertionRefusal::Signature);
    check_token(&signed_by(&[signature.as_slice(), &[0]].concat()), AssertionRefusal::Signature);
    check_token(&signed_by(&[0; 96]), AssertionRefusal::Signature);
    check_token(&signed_by(&[&[0; 48], &signature[48..]].concat()), AssertionRefusal::Signature);
    check_token(&signed_by(&[&signature[..48], &[0; 48]].concat()), AssertionRefusal::Signature);
    check_token(&signed_by(&in_der(&signature)), AssertionRefusal::Signature);
}

/// The two numbers of a signature as X.509 writes them, which JWS does not.
fn in_der(signature: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| [&[2, 49, 0], bytes].concat();
    let (r, s) = signature.split_at(48);
    [&[0x30, 102], number(r).as_slice(), number(s).as_slice()].concat()
}

/// What an RSA key signed in another way, under a header that lies.
/// Threat: T21
#[test]
fn a_signature_in_another_way_of_the_same_key_is_refused() {
    for algorithm in [Algorithm::RS256, Algorithm::PS384, Algorithm::RS512] {
        let signer = Signer { kid: "rsa", algorithm, key: RSA.key.clone() };
        let token = signer.sign(&header(&RSA).to_string(), &claims().to_string());
        check_token(&token, AssertionRefusal::Signature);
    }
}

#[test]
fn what_is_not_three_parts_of_clean_base64url_is_refused() {
    let good = good();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let nested = good.replacen(signed.split_once('.').unwrap().1, &URL_SAFE_NO_PAD.encode(&good), 1);
    let jwe = format!("{good}.AAAA.AAAA");
    for token in ["", "..", "x", "a.b", signed, &format!("{signed}."), &format!("{good}."), &format!(".{good}"), &jwe] {
        check_token(token, AssertionRefusal::NotCompact);
    }
    for token in [format!("{good}=="), format!(" {good}"), format!("{good}\n"), format!("{signed}.{signature}+")] {
        check_token(&token, AssertionRefusal::NotCompact);
    }
    check_token(&nested, AssertionRefusal::Claims);
}

#[test]
fn an_assertion_may_have_8192_bytes_and_no_more() {
    let long = |more: usize| with_claim("more", json!("x".repeat(more)));
    let mut filling = 0;
    while long(filling + 1).len() <= ASSERTION_BYTES_MAX {
        filling += 1 + (ASSERTION_BYTES_MAX - long(filling + 1).len()) / 2;
    }
    assert!(verdict(&long(filling), &expected()).is_ok());
    check_token(&long(filling + 2), AssertionRefusal::TooLong);
}

/// Two readers of one token must not see two things.
/// Threat: T22
#[test]
fn a_member_that_stands_twice_is_refused() {
    let claims = claims().to_string();
    let twice = |text: &str, member: &str| text.replacen('{', &format!("{{{member},"), 1);
    for member in [r#""aud":"https://other.example""#, r#""exp":1"#, r#""iss":"clinic-b""#, r#""jti":"1""#] {
        check_token(&EC.sign(&header(&EC).to_string(), &twice(&claims, member)), AssertionRefusal::Claims);
    }
    let header = twice(&header(&EC).to_string(), r#""alg":"none""#);
    check_token(&EC.sign(&header, &claims), AssertionRefusal::Header);
}

#[test]
fn what_is_no_object_is_refused() {
    for text in ["", "null", "[]", "\"a\"", "1", "{} {}"] {
        check_token(&EC.sign(&header(&EC).to_string(), text), AssertionRefusal::Claims);
        check_token(&EC.sign(text, &claims().to_string()), AssertionRefusal::Header);
    }
}

/// Keys come from the registration only, and no address of a token is ever called.
/// Threat: T28
#[test]
fn a_header_that_brings_keys_or_wants_more_is_refused() {
    check_header("jwk", EC.jwk(), AssertionRefusal::HeaderMember);
    check_header("x5u", "https://clinic-a.example/cert", AssertionRefusal::HeaderMember);
    check_header("x5c", json!([]), AssertionRefusal::HeaderMember);
    check_header("crit", json!(["exp"]), AssertionRefusal::HeaderMember);
    check_header("crit", Value::Null, AssertionRefusal::HeaderMember);
}

#[test]
fn another_type_is_refused() {
    for kind in [json!("at+jwt"), json!("JWE"), json!(""), json!(1), Value::Null] {
        check_header("typ", kind, AssertionRefusal::Type);
    }
}

/// Threat: T28
#[test]
fn another_address_of_keys_is_refused() {
    for url in [
        "https://evil.example/jwks.json",
        "https://clinic-a.example/jwks.json.evil.example",
        "https://clinic-a.example/jwks.json?",
        "https://clinic-a.example/jwks.json/",
        "https://clinic-a.example:443/jwks.json",
        "https://CLINIC-A.example/jwks.json",
        "http://clinic-a.example/jwks.json",
        "https://clinic-a.example@evil.example/jwks.json",
        "https://x:y@clinic-a.example/jwks.json",
        "http://169.254.169.254/",
        "",
    ] {
        check_header("jku", url, AssertionRefusal::KeyUrl);
    }
    for no_text in [json!(1), Value::Null, json!([KEY_URL])] {
        check_header("jku", no_text, AssertionRefusal::KeyUrl);
    }
}

/// The question that comes before the keys are fetched.
/// Threat: T28
#[test]
fn an_address_of_keys_fits_only_where_it_is_registered() {
    let named = |jku: Option<&str>| {
        let mut header = header(&EC);
        jku.into_iter().for_each(|jku| header["jku"] = json!(jku));
        claimed(&EC.sign(&header.to_string(), &claims().to_string())).expect("a claim")
    };
    assert!(!named(Some(KEY_URL)).fits(None));
    assert!(!named(Some("https://evil.example")).fits(Some(KEY_URL)));
    assert!(named(Some(KEY_URL)).fits(Some(KEY_URL)));
    assert!(named(None).fits(Some(KEY_URL)) && named(None).fits(None));
}

/// Threat: T27
#[test]
fn a_key_that_is_not_named_well_is_refused() {
    for kid in [json!(""), json!(1), Value::Null, json!(["ec"]), json!("a\u{0}b"), json!("x".repeat(257))] {
        check_header("kid", kid, AssertionRefusal::NoKeyId);
    }
    for kid in ["nobody", "EC", "ec ", "../ec", "' OR 1=1 --", "rsa", "p256"] {
        check_header("kid", kid, AssertionRefusal::NoKey);
    }
    let unnamed = json!({"alg": "ES384"}).to_string();
    check_token(&EC.sign(&unnamed, &claims().to_string()), AssertionRefusal::NoKeyId);
}

/// Threat: T27
#[test]
fn a_name_of_two_keys_is_no_name() {
    let mut other = OTHER.jwk();
    other["kid"] = json!("ec");
    let keys = KeySet::read(&json!({"keys": [EC.jwk(), other]}).to_string()).expect("good keys");
    let verdict = claimed(&good()).and_then(|claimed| claimed.verify(&keys, &expected()));
    assert_eq!(verdict, Err(AssertionRefusal::ManyKeys));
}

/// Threat: T22
#[test]
fn issuer_and_subject_are_the_client() {
    for wrong in [json!(1), json!(["clinic-a"]), json!(""), Value::Null] {
        check_claim("iss", wrong.clone(), AssertionRefusal::NoClient);
        check_claim("sub", wrong, AssertionRefusal::TwoClients);
    }
    check_claim("iss", "clinic-b", AssertionRefusal::TwoClients);
    check_claim("sub", "clinic-b", AssertionRefusal::TwoClients);
    check_without("iss", AssertionRefusal::NoClient);
    check_without("sub", AssertionRefusal::TwoClients);
}

/// Threat: T23
#[test]
fn an_assertion_for_others_or_for_several_is_refused() {
    for audience in [
        "https://other.example/oauth/token",
        "https://referrals.example.org/",
        "https://referrals.example.org/oauth/token/",
        "https://referrals.example.org/oauth",
        "https://Referrals.example.org/oauth/token",
        "https://referrals.example.org:443/oauth/token",
        "http://referrals.example.org/oauth/token",
        "https://referrals.example.org/oauth/token?a=b",
        "https://referrals.example.org/oauth/token#a",
        "https://referrals.example.org.evil.example/oauth/token",
        " https://referrals.example.org/oauth/token",
        "",
    ] {
        check_claim("aud", audience, AssertionRefusal::Audience);
    }
    for several in
        [json!([TOKEN_URL]), json!([TOKEN_URL, "https://other.example"]), json!([]), json!({}), Value::Null, json!(1)]
    {
        check_claim("aud", several, AssertionRefusal::Audience);
    }
    check_without("aud", AssertionRefusal::Audience);
}

/// CVE-2026-25537.
/// Threat: T22
#[test]
fn times_are_whole_numbers() {
    for claim in ["exp", "iat", "nbf"] {
        let wrong = [
            json!("1800000100"),
            json!(1_800_000_100.5),
            json!(1_800_000_100.0),
            json!(-1),
            Value::Null,
            json!([NOW]),
            json!({}),
            json!(true),
        ];
        for wrong in wrong.into_iter().chain([json!(u64::MAX)]) {
            check_claim(claim, wrong, AssertionRefusal::NoTime);
        }
        let huge = claims().to_string().replacen('{', &format!("{{\"{claim}\":1e309,"), 1);
        check_token(&EC.sign(&header(&EC).to_string(), &huge), AssertionRefusal::Claims);
    }
    check_without("exp", AssertionRefusal::NoExpiry);
}

#[test]
fn an_assertion_is_good_from_before_it_was_made_until_it_expires() {
    check_claim("exp", 0, AssertionRefusal::Expired);
    check_claim("exp", NOW, AssertionRefusal::Expired);
    check_claim("exp", NOW + 331, AssertionRefusal::ExpiresTooLate);
    check_claim("exp", i64::MAX, AssertionRefusal::ExpiresTooLate);
    check_claim("iat", NOW + 31, AssertionRefusal::FromTheFuture);
    check_claim("nbf", NOW + 31, AssertionRefusal::FromTheFuture);
    for (claim, time) in [("exp", NOW + 1), ("exp", NOW + 330), ("iat", NOW + 30), ("nbf", NOW + 30), ("iat", 0)] {
        assert!(verdict(&with_claim(claim, json!(time)), &expected()).is_ok(), "{claim} {time}");
    }
}

/// Without a number it cannot be told from the next one.
/// Threat: T25
#[test]
fn an_assertion_has_a_number_of_its_own() {
    for wrong in [json!(1), Value::Null, json!(""), json!(["1"]), json!("a\nb"), json!("x".repeat(257))] {
        check_claim("jti", wrong, AssertionRefusal::NoNumber);
    }
    check_without("jti", AssertionRefusal::NoNumber);
    let longest = "x".repeat(256);
    assert_eq!(verdict(&with_claim("jti", json!(longest)), &expected()).map(|verified| verified.jti), Ok(longest));
}

/// Before its signature is good, an assertion is not told what else is wrong.
/// Threat: T24
#[test]
fn claims_do_not_count_before_the_signature_does() {
    let mut claims = claims();
    claims["aud"] = json!("https://other.example");
    check_token(&OTHER.sign(&header(&EC).to_string(), &claims.to_string()), AssertionRefusal::Signature);
    assert_eq!(claimed(&good()).map(|claimed| claimed.of_nobody()).ok(), Some(AssertionRefusal::UnknownClient));
}

#[test]
fn debug_output_hides_the_assertion() {
    assert_eq!(format!("{:?}", claimed(&good()).expect("a claim")), "Claimed(clinic-a, …)");
}

#[test]
fn a_good_assertion_of_either_kind_is_verified() {
    for signer in [&*EC, &*RSA] {
        for (kind, audience) in [(Some("JWT"), ISSUER), (Some("jwt"), TOKEN_URL), (None, TOKEN_URL)] {
            let (mut header, mut claims) = (header(signer), claims());
            header["typ"] = json!(kind);
            if kind.is_none() {
                header.as_object_mut().expect("an object").remove("typ");
            }
            header["jku"] = json!(KEY_URL);
            claims["aud"] = json!(audience);
            let expires = NOW + 300;
            let verified = Verified { client_id: "clinic-a".to_owned(), jti: "1".to_owned(), expires };
            assert_eq!(verdict(&signer.sign(&header.to_string(), &claims.to_string()), &expected()), Ok(verified));
        }
    }
}

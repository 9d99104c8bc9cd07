use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, ParsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use super::{KeySet, KeySetError, NotOne};
use baton_testkit::signer::{EC, OTHER, P256, RSA, Signer};

fn set(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

fn with(signer: &Signer, member: &str, value: impl Into<Value>) -> Value {
    let mut jwk = signer.jwk();
    jwk[member] = value.into();
    jwk
}

fn rsa_of(bytes: usize) -> Value {
    json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(vec![0xFF; bytes]), "e": "AQAB"})
}

/// The second key of a set is not good, which the operator hears of; published by somebody else, it is left out.
#[track_caller]
fn check_not_good(jwk: Value, reason: &str) {
    let text = set(&[EC.jwk(), jwk]);
    let unusable = KeySetError::Unusable { number: 2, reason: reason.to_owned() };
    assert_eq!(KeySet::read(&text).map(|_| ()), Err(unusable));
    assert_eq!(KeySet::published(&text).map(|keys| keys.0.len()), Ok(1));
}

#[test]
fn what_is_no_set_is_not_read() {
    for text in ["", "[]", "{}", r#"{"keys": 1}"#, r#"{"keys": {}}"#, r#"{"keys": [], "keys": []}"#] {
        assert!(matches!(KeySet::read(text), Err(KeySetError::Unreadable(_))), "{text}");
        assert!(matches!(KeySet::published(text), Err(KeySetError::Unreadable(_))), "{text}");
    }
}

#[test]
fn a_set_without_keys_is_none_but_others_may_publish_one() {
    assert_eq!(KeySet::read(&set(&[])).map(|_| ()), Err(KeySetError::Empty));
    for keys in [vec![], vec![json!({"kty": "oct", "k": "AAAA"})]] {
        assert_eq!(KeySet::published(&set(&keys)).map(|keys| keys.is_empty()), Ok(true));
    }
}

#[test]
fn symmetric_keys_and_private_ones_are_not_good() {
    check_not_good(json!({"kty": "oct", "k": "AAAA"}), "it is symmetric: RSA and EC keys are good");
    let private = "it holds a secret, and who knows the secret can sign: only the public part belongs here";
    check_not_good(with(&RSA, "d", "AQAB"), private);
}

#[test]
fn keys_for_encryption_are_not_good() {
    check_not_good(with(&RSA, "use", "enc"), "its use is not sig");
    check_not_good(with(&RSA, "key_ops", json!(["encrypt"])), "verify is not among its key_ops");
    check_not_good(with(&RSA, "alg", "RSA-OAEP"), "its alg does not fit its kty");
    check_not_good(with(&EC, "alg", "RS384"), "its alg does not fit its kty");
}

#[test]
fn keys_of_other_kinds_are_not_good() {
    check_not_good(json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}), "its kty is not supported: RSA and EC are");
    check_not_good(json!({}), "its kty is not supported: RSA and EC are");
    check_not_good(json!(1), "it is no JSON object");
    check_not_good(with(&EC, "crv", "P-521"), "its curve is not supported: P-256 and P-384 are");
    check_not_good(with(&EC, "crv", "P-256"), "its x and y have 32 bytes each on this curve");
    check_not_good(with(&EC, "kid", 1), "its kid is no text");
}

#[test]
fn rsa_keys_have_2048_to_8192_bits() {
    check_not_good(rsa_of(255), "it has 2040 bits: RSA keys have 2048 to 8192");
    check_not_good(rsa_of(1025), "it has 8200 bits: RSA keys have 2048 to 8192");
    let mut padded = vec![0; 8];
    padded.extend([0x7F; 256]);
    let padded = json!({"kty": "RSA", "n": URL_SAFE_NO_PAD.encode(padded), "e": "AQAB"});
    check_not_good(padded, "it has 2047 bits: RSA keys have 2048 to 8192");
    assert!(KeySet::read(&set(&[rsa_of(256), rsa_of(1024)])).is_ok());
}

#[test]
fn an_exponent_is_odd_and_more_than_one() {
    for exponent in ["AQ", "AAAB", "AAI", ""] {
        check_not_good(with(&RSA, "e", exponent), "its e is no exponent of RSA");
    }
}

#[test]
fn a_signature_counts_with_the_key_that_the_token_names_only() {
    let keys = KeySet::read(&set(&[EC.jwk(), P256.jwk(), RSA.jwk()])).expect("good keys");
    for signer in [&*EC, &*P256, &*RSA] {
        let header = |kid: &str| json!({"alg": format!("{:?}", signer.algorithm), "kid": kid}).to_string();
        assert!(keys.verify(&signer.sign(&header(signer.kid), "{}")), "{}", signer.kid);
        assert!(!keys.verify(&signer.sign(&header("nobody"), "{}")), "{}", signer.kid);
    }
    let unnamed = json!({"alg": "ES384"}).to_string();
    assert!(keys.verify(&EC.sign(&unnamed, "{}")));
    assert!(!keys.verify(&OTHER.sign(&unnamed, "{}")));
}

#[test]
fn a_key_of_a_client_that_no_assertion_could_be_signed_with_is_refused() {
    let check = |jwks: &[Value], expected: Option<(usize, &str)>| {
        let wrong = match KeySet::of_client(&set(jwks)) {
            Ok(_) => None,
            Err(KeySetError::Unusable { number, reason }) => Some((number, reason)),
            Err(other) => panic!("{other}"),
        };
        let (number, words) = expected.unzip();
        assert_eq!(wrong.as_ref().map(|(number, _)| *number), number, "{wrong:?}");
        assert!(wrong.is_none_or(|(_, reason)| reason.contains(words.unwrap_or_default())));
    };
    let mut unnamed = EC.jwk();
    unnamed.as_object_mut().expect("an object").remove("kid");
    check(&[RSA.jwk(), unnamed], Some((2, "no kid")));
    check(&[with(&EC, "kid", "")], Some((1, "no kid")));
    check(&[P256.jwk()], Some((1, "RS384 (RSA) or ES384")));
    check(&[with(&RSA, "alg", "RS256")], Some((1, "another algorithm")));
    check(&[EC.jwk(), with(&OTHER, "kid", EC.kid)], Some((2, "another key of the same type")));
    check(&[with(&EC, "kid", "a"), with(&RSA, "kid", "a")], None);
    check(&[with(&RSA, "alg", "RS384"), EC.jwk()], None);
}

#[test]
fn one_key_has_the_name_and_the_type_or_none_does() {
    let keys = |jwks: &[Value]| KeySet::read(&set(jwks)).expect("good keys");
    let found = |keys: &KeySet, kid, algorithm| keys.only(kid, algorithm).map(|key| key.id.clone());
    let twins = keys(&[with(&EC, "kid", "a"), with(&OTHER, "kid", "a"), with(&RSA, "kid", "a")]);
    assert_eq!(found(&twins, "a", Algorithm::ES384), Err(NotOne::Many));
    assert_eq!(found(&twins, "a", Algorithm::RS384), Ok(Some("a".to_owned())));
    assert_eq!(found(&twins, "b", Algorithm::RS384), Err(NotOne::None));
    let pinned = keys(&[with(&RSA, "alg", "RS256"), P256.jwk()]);
    assert_eq!(found(&pinned, "rsa", Algorithm::RS384), Err(NotOne::None));
    assert_eq!(found(&pinned, "p256", Algorithm::ES384), Err(NotOne::None));
}

/// A point that the library refuses would cost no time.
/// Threat: T24
#[test]
fn the_key_of_nobody_is_a_point_of_its_curve() {
    let point = super::key::P384_OF_NOBODY;
    let point = [&[4], point.as_slice()].concat();
    assert!(ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).is_ok());
}

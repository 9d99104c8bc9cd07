//! Tokens that are signed, where signatures count.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use baton_store::MemoryStore;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PublicKeyData, SignatureAlgorithm};
use serde_json::{Value, json};

use super::{AMS01, CONFIG, PATIENT, claims, token};
use crate::harness::{Answer, Ask, Server};

struct Signer {
    key: KeyPair,
    id: &'static str,
    algorithm: Algorithm,
}

impl Signer {
    fn new(id: &'static str, curve: &'static SignatureAlgorithm, algorithm: Algorithm) -> Signer {
        Signer { key: KeyPair::generate_for(curve).expect("chance"), id, algorithm }
    }

    fn jwk(&self) -> Value {
        let point = self.key.der_bytes();
        let (x, y) = point[1..].split_at((point.len() - 1) / 2);
        let curve = if self.algorithm == Algorithm::ES256 { "P-256" } else { "P-384" };
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({"kty": "EC", "crv": curve, "kid": self.id, "alg": format!("{:?}", self.algorithm), "x": part(x), "y": part(y)})
    }

    fn sign(&self, kid: Option<&str>, claims: &Value) -> String {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(self.algorithm) };
        encode(&header, claims, &EncodingKey::from_ec_der(&self.key.serialize_der())).expect("a signature")
    }
}

fn server(keys: &[Value], jwt: &str) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("keys.json");
    std::fs::write(&file, json!({"keys": keys}).to_string()).expect("a file");
    let keyed = format!("jwt = \"{jwt}\"\njwt_jwks_file = \"{}\"", file.display());
    let config = CONFIG.replacen("jwt = \"unsigned\"", &keyed, 1);
    (Server::with(&config, Arc::new(MemoryStore::default())), folder)
}

fn ask(server: &Server, token: &str) -> Answer {
    let ask = Ask::get(&format!("/nrl/DocumentReference?subject={PATIENT}")).json().bearer(token);
    ask.header("fromASID", AMS01.0).header("toASID", "999999999999").send(server)
}

#[track_caller]
fn check_untrusted(server: &Server, token: &str) {
    let answer = ask(server, token);
    answer.check_refusal(400, "structure");
    let expected = "The JWT associated with the Authorisation header must be signed with a key that is known here";
    assert_eq!(answer.member("issue/0/diagnostics"), expected);
}

/// Threat: T37
#[test]
fn only_tokens_with_a_known_signature_are_good() {
    let ours = Signer::new("ours", &PKCS_ECDSA_P384_SHA384, Algorithm::ES384);
    let next = Signer::new("next", &PKCS_ECDSA_P256_SHA256, Algorithm::ES256);
    let foreign = Signer::new("ours", &PKCS_ECDSA_P384_SHA384, Algorithm::ES384);
    let (server, _folder) = server(&[ours.jwk(), next.jwk()], "signed");
    let claims = claims(AMS01, "patient/DocumentReference.read");
    for good in [ours.sign(Some("ours"), &claims), ours.sign(None, &claims), next.sign(Some("next"), &claims)] {
        // a patient whom nobody knows: the token was let pass
        assert_eq!(ask(&server, &good).status, 404, "{}", ask(&server, &good).text());
    }
    let good = ours.sign(Some("ours"), &claims);
    let (signed, signature) = good.rsplit_once('.').expect("three sections");
    for bad in [
        token(AMS01, "patient/DocumentReference.read"),
        foreign.sign(Some("ours"), &claims),
        ours.sign(Some("next"), &claims),
        ours.sign(Some("nobody"), &claims),
        format!("{signed}.{}", &signature[..signature.len() - 4]),
        format!("{signed}.{}", signature.chars().rev().collect::<String>()),
    ] {
        check_untrusted(&server, &bad);
    }
}

#[test]
fn where_unsigned_tokens_are_let_pass_a_wrong_signature_still_is_not() {
    let ours = Signer::new("ours", &PKCS_ECDSA_P384_SHA384, Algorithm::ES384);
    let foreign = Signer::new("ours", &PKCS_ECDSA_P384_SHA384, Algorithm::ES384);
    let (server, _folder) = server(&[ours.jwk()], "unsigned");
    let claims = claims(AMS01, "patient/DocumentReference.read");
    assert_eq!(ask(&server, &token(AMS01, "patient/DocumentReference.read")).status, 404);
    assert_eq!(ask(&server, &ours.sign(Some("ours"), &claims)).status, 404);
    check_untrusted(&server, &foreign.sign(Some("ours"), &claims));
}

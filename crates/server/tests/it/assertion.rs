//! Clients that prove who they are with a key. The corpus of what is wrong with assertions is in the tests of the `oauth` crate;
//! here are the ways to keys, and that an assertion is good once.
//! Source: SMART App Launch 2.2, "Client Authentication: Asymmetric"; spec of security, 2.2.

use std::sync::Arc;

use baton_exchange::{
    decision::{Batch, Change},
    time::Timestamp,
};
use baton_oauth::assertion::SKEW_SECS;
use baton_store::{MemoryStore, Store};
use baton_testkit::signer::{EC, OTHER, RSA, Signer};
use serde_json::{Value, json};
use tokio::{runtime::Runtime, task::spawn_blocking};

use crate::{
    harness::{Answer, Ask, BEGIN_MICROS, FORM, Server},
    receiver::{Listening, Receiver},
};

const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[delivery]
allow_private_addresses = true
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
[[partner]]
id = "clinic-a"
name = "Clinic A"
exchanges = ["netsmart"]
KEYS
scopes = ["system/Messaging.write", "system/*.read"]
[[partner]]
id = "clinic-b"
name = "Clinic B"
exchanges = ["netsmart"]
client_secret = "secret-of-clinic-b"
scopes = ["system/*.read"]
"#;

const NOW: i64 = BEGIN_MICROS / 1_000_000;
pub const TOKEN_URL: &str = "https://referrals.example.org/oauth/token";

fn set(keys: &[&Signer]) -> String {
    json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<Value>>()}).to_string()
}

pub fn in_place() -> String {
    let jwk = EC.jwk();
    format!(
        "jwks = {{ keys = [{{ kid = \"ec\", kty = \"EC\", crv = \"P-384\", x = {}, y = {} }}] }}",
        jwk["x"], jwk["y"]
    )
}

fn with(keys: &str, store: Arc<dyn Store>) -> Server {
    Server::with(&CONFIG.replace("KEYS", keys), store)
}

fn server(keys: &str) -> Server {
    with(keys, Arc::new(MemoryStore::default()))
}

/// An assertion of a client, with its number.
pub fn signed(signer: &Signer, client: &str, jti: &str, change: impl Fn(&mut Value, &mut Value)) -> String {
    let mut header = json!({"alg": format!("{:?}", signer.algorithm), "kid": signer.kid, "typ": "JWT"});
    let mut claims = json!({"iss": client, "sub": client, "aud": TOKEN_URL, "exp": NOW + 200, "jti": jti});
    change(&mut header, &mut claims);
    signer.sign(&header.to_string(), &claims.to_string())
}

fn assertion(signer: &Signer, jti: &str) -> String {
    signed(signer, "clinic-a", jti, |_, _| {})
}

fn request(assertion: &str, more: &str) -> Ask {
    let form = format!(
        "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
         &client_assertion={assertion}{more}"
    );
    Ask::post("/oauth/token").header("Content-Type", FORM).body(form)
}

fn ask(server: &Server, assertion: &str) -> Answer {
    request(assertion, "").send(server)
}

#[track_caller]
fn check_refused(answer: &Answer) {
    assert_eq!((answer.status, answer.member("error").as_str()), (401, "invalid_client"), "{}", answer.text());
}

/// Threat: T25
#[test]
fn an_assertion_is_good_once_also_after_a_restart_and_at_another_process() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let mut first = with(&in_place(), store.clone());
    let second = with(&in_place(), store.clone());
    assert_eq!(ask(&first, &assertion(&EC, "1")).status, 200);
    check_refused(&ask(&first, &assertion(&EC, "1")));
    check_refused(&ask(&second, &assertion(&EC, "1")));
    first.stop();
    check_refused(&ask(&with(&in_place(), store), &assertion(&EC, "1")));
    assert_eq!(ask(&second, &assertion(&EC, "2")).status, 200);
}

/// The clocks of two processes differ a little: what one has forgotten is not good at the other.
/// Threat: T25
#[test]
fn that_an_assertion_was_used_is_known_until_it_is_over_by_every_clock() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::default());
    let (first, second) = (with(&in_place(), store.clone()), with(&in_place(), store.clone()));
    assert_eq!(ask(&first, &assertion(&EC, "1")).status, 200);
    let changes = vec![Change::ForgetExpired(Timestamp(0).plus_secs(NOW + 200 + SKEW_SECS))];
    let forgotten = store.commit(Batch { asserts: Vec::new(), changes });
    Runtime::new().expect("a runtime").block_on(forgotten).expect("the store is well");
    check_refused(&ask(&second, &assertion(&EC, "1")));
}

/// Threat: T25
#[test]
fn of_many_who_use_an_assertion_at_once_one_gets_a_token() {
    let server = Arc::new(server(&in_place()));
    let (runtime, shown) = (Runtime::new().expect("a runtime"), assertion(&EC, "1"));
    let given = runtime.block_on(async {
        let asks = (0..30).map(|_| {
            let (server, shown) = (server.clone(), shown.clone());
            spawn_blocking(move || ask(&server, &shown).status)
        });
        let mut given = 0;
        for asked in asks.collect::<Vec<_>>() {
            given += usize::from(asked.await.expect("it ends") == 200);
        }
        given
    });
    assert_eq!(given, 1);
}

/// Threat: T26
#[test]
fn what_is_not_signed_well_uses_no_number_up() {
    let server = server(&in_place());
    let forged = Signer { kid: "ec", algorithm: OTHER.algorithm, key: OTHER.key.clone() };
    check_refused(&ask(&server, &assertion(&forged, "1")));
    assert_eq!(ask(&server, &assertion(&EC, "1")).status, 200);
}

/// Whatever came of it: a refusal is written with it that it was used.
/// Threat: T25
#[test]
fn an_assertion_whose_request_was_refused_is_good_no_more() {
    let server = server(&in_place());
    let codes = "grant_type=authorization_code&code=x&redirect_uri=x&code_verifier=x&client_assertion_type=\
                 urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";
    let by_code = |shown: &str| {
        let form = format!("{codes}&client_assertion={shown}");
        Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server)
    };
    let no_scope = request(&assertion(&EC, "1"), "&scope=system/Patient.write").send(&server);
    assert_eq!((no_scope.status, no_scope.member("error").as_str()), (400, "invalid_scope"));
    let no_grant = by_code(&assertion(&EC, "2"));
    assert_eq!((no_grant.status, no_grant.member("error").as_str()), (400, "unauthorized_client"));
    for jti in ["1", "2"] {
        check_refused(&ask(&server, &assertion(&EC, jti)));
        // nor does it say who somebody is whose request would be refused anyway
        check_refused(&request(&assertion(&EC, jti), "&scope=system/Patient.write").send(&server));
        check_refused(&by_code(&assertion(&EC, jti)));
    }
    assert_eq!(ask(&server, &assertion(&EC, "3")).status, 200);
    check_refused(&request(&assertion(&EC, "3"), "&scope=system/Patient.write").send(&server));
}

/// Threat: T25
#[test]
fn an_assertion_is_good_once_where_tokens_are_looked_into_and_taken_back() {
    let server = server(&in_place());
    let token = ask(&server, &assertion(&EC, "1")).member("access_token");
    let about = |place: &str, jti: &str| {
        let form = format!(
            "token={token}&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
             &client_assertion={}",
            assertion(&EC, jti)
        );
        Ask::post(place).header("Content-Type", FORM).body(form).send(&server)
    };
    for (place, jti) in [("/oauth/introspect", "2"), ("/oauth/revoke", "3")] {
        for used in ["1", jti] {
            if used == jti {
                assert_eq!(about(place, jti).status, 200, "{place}");
            }
            check_refused(&about("/oauth/introspect", used));
            check_refused(&about("/oauth/revoke", used));
        }
    }
}

#[test]
fn a_token_that_was_asked_for_with_a_key_opens_what_it_says() {
    let server = server(&in_place());
    let answer = request(&assertion(&EC, "1"), "&scope=system/ServiceRequest.rs").send(&server);
    assert_eq!(answer.member("scope"), "system/ServiceRequest.rs");
    let token = answer.member("access_token");
    assert_eq!(Ask::get("/netsmart/v4/ServiceRequest").bearer(&token).json().send(&server).status, 200);
    Ask::get("/netsmart/v4/Patient").bearer(&token).json().send(&server).check_refusal(403, "forbidden");
}

/// All that is wrong with an assertion is answered alike.
/// Threat: T21, T22, T23, T24
#[test]
fn nobody_learns_what_is_wrong_with_an_assertion() {
    let server = server(&in_place());
    let other_audience = |_: &mut Value, claims: &mut Value| claims["aud"] = json!("https://other.example.org/token");
    let answers = [
        ask(&server, &assertion(&OTHER, "1")),
        ask(&server, &assertion(&RSA, "2")),
        ask(&server, &signed(&EC, "nobody", "3", |_, _| {})),
        ask(&server, &signed(&EC, "clinic-b", "4", |_, _| {})),
        ask(&server, &signed(&EC, "clinic-a", "5", other_audience)),
        ask(&server, &signed(&EC, "clinic-a", "6", |_, claims| claims["exp"] = json!(NOW - 1))),
        ask(&server, "a.b.c"),
    ];
    for answer in &answers {
        check_refused(answer);
        assert_eq!(answer.text(), answers[0].text());
    }
}

#[test]
fn a_client_authenticates_in_one_way() {
    let server = server(&in_place());
    let answer = request(&assertion(&EC, "1"), "").header("Authorization", "Basic Y2xpbmljLWI6cw==").send(&server);
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_request"));
    check_refused(&request(&assertion(&EC, "2"), "&client_id=clinic-b").send(&server));
    let secret = "grant_type=client_credentials&client_id=clinic-a&client_secret=";
    check_refused(&Ask::post("/oauth/token").header("Content-Type", FORM).body(secret).send(&server));
}

#[test]
fn keys_may_be_in_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("keys.json");
    std::fs::write(&file, set(&[&RSA, &EC])).expect("the folder is ours");
    let server = server(&format!("jwks_file = \"{}\"", file.display()));
    assert_eq!(ask(&server, &assertion(&RSA, "1")).status, 200);
    assert_eq!(ask(&server, &assertion(&EC, "2")).status, 200);
}

/// A client that publishes keys, and a server that knows where.
struct Publishing {
    server: Server,
    client: Listening,
    _runtime: Runtime,
}

impl Publishing {
    fn new(head: &str, keys: &str) -> Publishing {
        let runtime = Runtime::new().expect("a runtime");
        let answer = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{keys}", keys.len());
        let client = runtime.block_on(Receiver::answering(&answer).listen());
        let server = server(&format!("jwks_url = \"http://127.0.0.1:{}/keys\"", client.port()));
        Publishing { server, client, _runtime: runtime }
    }

    fn looks(&self) -> usize {
        self.client.heard().matches("GET /keys ").count()
    }
}

/// Threat: T30
#[test]
fn published_keys_are_looked_at_once_in_a_while_whatever_is_asked() {
    let publishing = Publishing::new("200 OK", &set(&[&EC]));
    for jti in ["1", "2", "3"] {
        assert_eq!(ask(&publishing.server, &assertion(&EC, jti)).status, 200);
        check_refused(&ask(&publishing.server, &assertion(&OTHER, jti)));
    }
    assert_eq!(publishing.looks(), 1);
    publishing.server.pass(30);
    check_refused(&ask(&publishing.server, &assertion(&OTHER, "4")));
    check_refused(&ask(&publishing.server, &assertion(&OTHER, "5")));
    assert_eq!(publishing.looks(), 2);
}

/// Whoever has seen one assertion knows the name of the key.
/// Threat: T30
#[test]
fn keys_that_may_not_be_kept_are_looked_at_once_a_second_whoever_names_them() {
    let publishing = Publishing::new("200 OK\r\nCache-Control: no-store", &set(&[&EC]));
    let forged = |jti: &str| assertion(&EC, jti) + "AAAA";
    for second in 1..4 {
        for jti in ["1", "2", "3"] {
            check_refused(&ask(&publishing.server, &forged(jti)));
        }
        assert_eq!(ask(&publishing.server, &assertion(&EC, &format!("good-{second}"))).status, 200);
        assert_eq!(publishing.looks(), second);
        publishing.server.pass(1);
    }
}

#[test]
fn keys_that_were_fetched_are_kept_when_the_configuration_is_read_again() {
    let mut publishing = Publishing::new("200 OK", &set(&[&EC]));
    assert_eq!(ask(&publishing.server, &assertion(&EC, "1")).status, 200);
    let keys = format!("jwks_url = \"http://127.0.0.1:{}/keys\"", publishing.client.port());
    publishing.server.reconfigure(&CONFIG.replace("KEYS", &keys));
    assert_eq!(ask(&publishing.server, &assertion(&EC, "2")).status, 200);
    assert_eq!(publishing.looks(), 1);
    publishing.server.reconfigure(&CONFIG.replace("KEYS", &in_place().replace("\"ec\"", "\"new\"")));
    check_refused(&ask(&publishing.server, &assertion(&EC, "3")));
}

#[test]
fn keys_that_cannot_be_had_are_no_keys_and_no_failure() {
    for (head, keys) in
        [("404 Not Found", ""), ("302 Found", ""), ("200 OK", "no keys"), ("200 OK", &"x".repeat(70_000))]
    {
        let publishing = Publishing::new(head, keys);
        check_refused(&ask(&publishing.server, &assertion(&EC, "1")));
        check_refused(&ask(&publishing.server, &assertion(&EC, "2")));
        assert_eq!(publishing.looks(), 1, "{head}");
    }
}

/// Threat: T28
#[test]
fn keys_are_fetched_from_the_registered_address_only() {
    let publishing = Publishing::new("200 OK", &set(&[&EC]));
    let (port, elsewhere) = (publishing.client.port(), "https://evil.example.org/keys".to_owned());
    let at = |url: String| move |header: &mut Value, _: &mut Value| header["jku"] = json!(url);
    for url in [elsewhere, format!("http://127.0.0.1:{port}/keys/x"), format!("http://127.0.0.1:{port}@evil/keys")] {
        check_refused(&ask(&publishing.server, &signed(&EC, "clinic-a", "1", at(url))));
    }
    assert_eq!(publishing.looks(), 0);
    let right = at(format!("http://127.0.0.1:{port}/keys"));
    assert_eq!(ask(&publishing.server, &signed(&EC, "clinic-a", "1", right)).status, 200);
}

/// Threat: T29
#[test]
fn keys_are_not_fetched_from_an_address_inside() {
    let runtime = Runtime::new().expect("a runtime");
    let keys = set(&[&EC]);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{keys}", keys.len());
    let inside = runtime.block_on(Receiver::answering(&answer).listen());
    let config = CONFIG.replace("allow_private_addresses = true", "");
    let config = config.replace("KEYS", &format!("jwks_url = \"http://127.0.0.1:{}/keys\"", inside.port()));
    check_refused(&ask(&Server::with(&config, Arc::new(MemoryStore::default())), &assertion(&EC, "1")));
    assert_eq!(inside.connections(), 0);
}

#[test]
fn an_old_secret_is_good_beside_the_new_one() {
    let server = server("client_secret = \"new\"\nold_client_secret = \"old\"");
    let ask = |secret: &str| {
        let form = format!("grant_type=client_credentials&client_id=clinic-a&client_secret={secret}");
        Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server).status
    };
    assert_eq!(["new", "old", "older"].map(ask), [200, 200, 401]);
}

#[test]
fn a_secret_is_known_by_its_hash() {
    // of `new`
    let hash = "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437";
    let server = server(&format!("client_secret_sha256 = \"{hash}\"\nold_client_secret = \"old\""));
    let ask = |secret: &str| {
        let form = format!("grant_type=client_credentials&client_id=clinic-a&client_secret={secret}");
        Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server).status
    };
    assert_eq!(["new", "old", hash].map(ask), [200, 200, 401]);
}

#[test]
fn discovery_says_that_keys_are_taken() {
    let answer = Ask::get("/netsmart/v4/.well-known/smart-configuration").send(&server(&in_place())).text();
    for word in ["private_key_jwt", "RS384", "ES384", "client-confidential-asymmetric"] {
        assert!(answer.contains(word), "{word}: {answer}");
    }
}

//! Several addresses of one server: what is served where, what each is called, and who gets in.

use std::{
    io::{Read, Write},
    sync::Arc,
};

use baton_server::tls::CertificateFingerprint;
use baton_store::MemoryStore;
use baton_testkit::signer::EC;
use serde_json::json;

use crate::{
    certificates::Certified,
    harness::{Answer, Ask, BEGIN_MICROS, CONFIG, Connection, FORM, Server, message},
    locator::{AMS01, PATIENT, reading},
    served::Served,
    tls::{Files, ask as ask_live, connect, shown},
};

const OPERATORS: &str =
    "[[listener]]\nid = \"operators\"\nlisten = \"127.0.0.1:0\"\nserves = [\"metrics\", \"health\"]\n";

/// The exchange `strict` at an address of its own.
const PRIVATE: &str = "[[listener]]\nid = \"private\"\nlisten = \"127.0.0.1:0\"\n\
                       public_url = \"https://private.example.org\"\nexchanges = [\"strict\"]\n";

fn server(listeners: &str) -> Server {
    Server::with(&format!("{CONFIG}{listeners}"), Arc::new(MemoryStore::default()))
}

fn at(server: &Server, listener: &str, ask: &Ask) -> Answer {
    ask.send_on(&mut Connection::to(&server.address_of(listener)))
}

/// An answer without what differs each time.
fn told(answer: &Answer) -> (u16, Vec<String>, String) {
    let mut names: Vec<String> = answer.headers.iter().map(|(name, _)| name.clone()).collect();
    names.sort();
    let diagnostics = answer.member("issue/0/diagnostics");
    (answer.status, names, answer.text().replace(&diagnostics, ""))
}

/// Places of the server itself, and of its exchanges.
const PLACES: [&str; 12] = [
    "/health/live",
    "/health/ready",
    "/metrics",
    "/oauth/token",
    "/oauth/introspect",
    "/oauth/authorize",
    "/.well-known/openid-configuration",
    "/netsmart/v4/metadata",
    "/netsmart/v4/ServiceRequest",
    "/strict/v4/metadata",
    "/strict/v4/.well-known/smart-configuration",
    "/nothing",
];

/// Those of them that are there.
fn found(mut get: impl FnMut(&Ask) -> Answer) -> Vec<&'static str> {
    PLACES.into_iter().filter(|place| get(&Ask::get(place).json()).status != 404).collect()
}

/// Threat: T70
/// Threat: T123
#[test]
fn metrics_that_operators_have_for_themselves_are_nowhere_else() {
    let server = server(OPERATORS);
    assert_eq!(found(|ask| at(&server, "operators", ask)), ["/health/live", "/health/ready", "/metrics"]);
    let public = found(|ask| ask.send(&server));
    assert!(!public.contains(&"/metrics") && public.contains(&"/health/ready"), "{public:?}");
    let metrics = at(&server, "operators", &Ask::get("/metrics"));
    assert!(metrics.text().contains("baton_requests_total{route=\"(none)\""), "{}", metrics.text());
}

/// Threat: T70
#[test]
fn what_is_served_elsewhere_looks_like_what_is_nowhere() {
    let server = server(&format!("{OPERATORS}{PRIVATE}"));
    for method in ["GET", "POST", "OPTIONS", "DELETE"] {
        let nowhere = told(&Ask::new(method, "/nothing").json().send(&server));
        for place in ["/metrics", "/strict/v4/metadata", "/strict/v4/$process-message", "/strict/v4"] {
            assert_eq!(told(&Ask::new(method, place).json().send(&server)), nowhere, "{method} {place}");
        }
        let elsewhere = told(&at(&server, "private", &Ask::new(method, "/netsmart/v4/metadata").json()));
        assert_eq!(elsewhere, nowhere, "{method}");
    }
}

#[test]
fn without_other_listeners_all_is_at_one_address() {
    let server = Server::new();
    let all = found(|ask| ask.send(&server));
    assert!(["/health/live", "/metrics", "/oauth/token", "/strict/v4/metadata"].iter().all(|it| all.contains(it)));
}

#[test]
fn health_may_be_kept_from_the_public_too() {
    let text = CONFIG.replace("[server]\n", "[server]\nserves = []\n") + OPERATORS;
    let server = Server::with(&text, Arc::new(MemoryStore::default()));
    assert!(!found(|ask| ask.send(&server)).iter().any(|place| place.starts_with("/health")));
    assert_eq!(at(&server, "operators", &Ask::get("/health/ready")).status, 200);
}

/// A token of clinic A from a listener.
/// As its discovery says: people log in at `[server]`.
#[test]
fn a_listener_for_systems_redeems_nothing_that_people_let_apps_have() {
    let server = server(PRIVATE);
    let ask = |form: &str| at(&server, "private", &Ask::post("/oauth/token").header("Content-Type", FORM).body(form));
    for form in [
        "grant_type=authorization_code&client_id=x&code=x&redirect_uri=x&code_verifier=x",
        "grant_type=refresh_token&client_id=x&refresh_token=x",
        "grant_type=refresh_token&refresh_token=x",
    ] {
        let answer = ask(form);
        assert_eq!((answer.status, answer.member("error").as_str()), (400, "unsupported_grant_type"), "{form}");
    }
}

fn token(server: &Server, listener: &str) -> String {
    let form = "grant_type=client_credentials&client_id=clinic-a&client_secret=secret-of-clinic-a";
    let answer = at(server, listener, &Ask::post("/oauth/token").header("Content-Type", FORM).body(form));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.member("access_token")
}

#[test]
fn an_exchange_is_called_what_its_listener_is_called() {
    let server = server(PRIVATE);
    let get = |path: &str| at(&server, "private", &Ask::get(path).json());
    let base = "https://private.example.org/strict/v4";
    assert_eq!(get("/strict/v4/metadata").member("implementation/url"), base);
    let smart = get("/strict/v4/.well-known/smart-configuration");
    assert_eq!(smart.member("token_endpoint"), "https://private.example.org/oauth/token");
    let token = token(&server, "private");
    let sent = Ask::message("/strict/v4", &message("submit", 1)).bearer(&token);
    assert_eq!(at(&server, "private", &sent).status, 200);
    let found = at(&server, "private", &Ask::get("/strict/v4/ServiceRequest").bearer(&token).json());
    assert!(found.member("entry/0/fullUrl").starts_with(base), "{}", found.text());
    let public = Ask::get("/netsmart/v4/metadata").json().send(&server);
    assert_eq!(public.member("implementation/url"), "https://referrals.example.org/netsmart/v4");
}

#[test]
fn an_assertion_names_the_listener_at_which_it_is_shown() {
    let jwk = EC.jwk();
    let keys = format!(
        "jwks = {{ keys = [{{ kid = \"ec\", kty = \"EC\", crv = \"P-384\", x = {}, y = {} }}] }}\n",
        jwk["x"], jwk["y"]
    );
    let text = CONFIG.replace("client_secret = \"secret-of-clinic-a\"\n", &keys) + PRIVATE;
    let server = Server::with(&text, Arc::new(MemoryStore::default()));
    let shown_at = |audience: &str, jti: &str| {
        let header = json!({"alg": "ES384", "kid": EC.kid, "typ": "JWT"});
        let exp = BEGIN_MICROS / 1_000_000 + 200;
        let claims = json!({"iss": "clinic-a", "sub": "clinic-a", "aud": audience, "exp": exp, "jti": jti});
        let form = format!(
            "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A\
             jwt-bearer&client_assertion={}",
            EC.sign(&header.to_string(), &claims.to_string())
        );
        at(&server, "private", &Ask::post("/oauth/token").header("Content-Type", FORM).body(form)).status
    };
    assert_eq!(shown_at("https://private.example.org/oauth/token", "1"), 200);
    assert_eq!(shown_at("https://private.example.org", "2"), 200);
    assert_eq!(shown_at("https://referrals.example.org/oauth/token", "3"), 401);
}

#[test]
fn people_log_in_at_one_address() {
    let server = server(PRIVATE);
    let private = found(|ask| at(&server, "private", ask));
    assert_eq!(
        private,
        ["/oauth/token", "/oauth/introspect", "/strict/v4/metadata", "/strict/v4/.well-known/smart-configuration"]
    );
}

/// A locator that takes unsigned tokens from two systems with a certificate each, at a listener of its own.
fn behind_certificates(files: &Files, consumer: &Certified, provider: &Certified) -> Server {
    let print = |certified: &Certified| CertificateFingerprint::of(&certified.der());
    let partner = |id: &str, role: &str, asid: &str, ods: &str, its: &Certified| {
        format!(
            "[[partner]]\nid = \"{id}\"\nname = \"{ods}\"\nexchanges = [\"nrl\"]\nroles = [\"{role}\"]\nasid = \"{asid}\"\n\
             ods = \"{ods}\"\ncertificates = [\"{}\"]\n",
            print(its)
        )
    };
    server(&format!(
        "[[exchange]]\nid = \"nrl\"\ndialect = \"nrl\"\npath = \"/nrl\"\njwt = \"unsigned\"\n{}{}\
         [[listener]]\nid = \"spine\"\nlisten = \"127.0.0.1:0\"\nexchanges = [\"nrl\"]\n{}",
        partner("ams01", "consumer", "200000000115", "AMS01", consumer),
        partner("rr8", "provider", "200000000118", "RR8", provider),
        files.mutual_of_listener()
    ))
}

/// Asks with a certificate; gives the status, or nothing when the handshake fails.
fn ask(address: &str, files: &Files, shows: Option<&Certified>, ask: &Ask) -> Option<u16> {
    let mut tls = connect(address, files.authority.trusting(shows));
    tls.write_all(&ask.clone().header("Connection", "close").head(None)).ok()?;
    let mut answer = String::new();
    let _ = tls.read_to_string(&mut answer);
    answer.split(' ').nth(1).and_then(|status| status.parse().ok())
}

/// Threat: T37
#[test]
fn unsigned_tokens_are_taken_from_their_own_certificate_at_their_own_listener_and_nowhere_else() {
    let files = Files::new();
    let (consumer, provider) = (files.clients.client("AMS01"), files.clients.client("RR8"));
    let server = behind_certificates(&files, &consumer, &provider);
    let spine = server.address_of("spine");
    let search = reading(AMS01, &format!("/DocumentReference?subject={PATIENT}"));
    // a patient whom nobody knows: the caller was let pass
    assert_eq!(ask(&spine, &files, Some(&consumer), &search), Some(404));
    assert_eq!(ask(&spine, &files, Some(&provider), &search), Some(401), "another's certificate");
    assert_eq!(ask(&spine, &files, None, &search), None, "no certificate");
    search.send(&server).check_refusal(404, "not-found");
    // and such a token opens nothing else
    let asid = |path: &str| Ask::get(path).bearer(&crate::locator::token(AMS01, "patient/*.read")).json();
    asid("/netsmart/v4/ServiceRequest").send(&server).check_refusal(401, "security");
    assert_eq!(ask(&spine, &files, Some(&consumer), &asid("/netsmart/v4/ServiceRequest")), Some(404));
    assert_eq!(ask(&spine, &files, Some(&consumer), &Ask::get("/oauth/token")), Some(404), "no tokens are given there");
}

#[test]
fn certificates_of_each_listener_are_read_again() {
    let files = Files::new();
    let server = server(&format!("{OPERATORS}{}", files.mutual_of_listener()));
    let client = files.clients.client("Operator");
    let operators = server.address_of("operators");
    let seen = || {
        let mut tls = connect(&operators, files.authority.trusting(Some(&client)));
        ask_live(&mut tls).expect("an answer");
        shown(&tls)
    };
    let before = seen();
    let renewed = files.renew();
    server.reload();
    assert_eq!(seen(), renewed.der());
    assert_ne!(before, renewed.der());
    assert_eq!(Ask::get("/health/live").send(&server).status, 200, "the other one speaks HTTP as before");
}

#[test]
fn a_configuration_that_is_read_again_reaches_each_listener_and_moves_none() {
    let mut server = server(&format!("{OPERATORS}{PRIVATE}"));
    let reads = |server: &Server, token: &str| {
        at(server, "private", &Ask::get("/strict/v4/ServiceRequest").bearer(token).json()).status
    };
    let token = token(&server, "private");
    assert_eq!(reads(&server, &token), 200);
    let disabled = CONFIG.replace("name = \"Clinic A\"\n", "name = \"Clinic A\"\ndisabled = true\n");
    server.reconfigure(&format!("{disabled}{OPERATORS}{PRIVATE}"));
    assert_eq!(reads(&server, &token), 401);
    // without the listeners: they stay until a restart, and so does what is served there
    server.reconfigure(CONFIG);
    assert_eq!(reads(&server, &token), 200);
    let metadata = at(&server, "private", &Ask::get("/strict/v4/metadata").json());
    assert_eq!(metadata.member("implementation/url"), "https://private.example.org/strict/v4");
    assert_eq!(Ask::get("/strict/v4/metadata").json().send(&server).status, 404);
    assert_eq!(
        (Ask::get("/metrics").send(&server).status, at(&server, "operators", &Ask::get("/metrics")).status),
        (404, 200)
    );
}

#[test]
fn each_listener_has_a_ready_line_with_its_name() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("[store]\nurl = \"sqlite:baton.db\"\n{CONFIG}{OPERATORS}{PRIVATE}");
    std::fs::write(folder.path().join("baton.toml"), text).expect("the folder is ours");
    let mut served = Served::at(folder.path());
    let (operators, private) = (served.says(), served.says());
    let address = operators.strip_prefix("ready http://").and_then(|rest| rest.strip_suffix(" operators"));
    let address = address.unwrap_or_else(|| panic!("{operators}"));
    assert!(private.starts_with("ready http://127.0.0.1:") && private.ends_with(" private"), "{private}");
    assert_eq!(Ask::get("/metrics").send_on(&mut Connection::to(address)).status, 200);
    assert_eq!(Ask::get("/metrics").send_on(&mut Connection::to(served.address())).status, 404);
}

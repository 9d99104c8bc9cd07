//! What is there and must not be told: to strangers, by questions that are asked in a roundabout way, in files and in logs.

use std::sync::Arc;

use baton_store::MemoryStore;
use serde_json::json;

use crate::{
    endpoint,
    harness::{Answer, Ask, FORM, Server, message},
    locator,
};

const READ: &str = "/netsmart/v4/ServiceRequest";

fn send(server: &Server, partner: &str, body: &str) -> Answer {
    Ask::message("/netsmart/v4", body).bearer(&server.token(partner)).json().send(server)
}

fn get(server: &Server, partner: &str, path: &str) -> Answer {
    Ask::get(path).bearer(&server.token(partner)).json().header("X-Request-ID", "r").send(server)
}

/// Threat: T48
#[test]
fn what_may_not_be_seen_and_what_is_not_there_get_the_same_answer() {
    let server = Server::new();
    assert_eq!(send(&server, "clinic-a", &message("submit", 1)).status, 200);
    for (there, nowhere) in [
        (format!("{READ}/sr-1"), format!("{READ}/sr-2")),
        (format!("{READ}/sr-1/_history"), format!("{READ}/sr-2/_history")),
        (format!("{READ}/sr-1/_history/1"), format!("{READ}/sr-2/_history/1")),
        (format!("{READ}?identifier=urn:test:referral%7CR-1"), format!("{READ}?identifier=urn:test:referral%7CR-2")),
        ("/netsmart/v4/Patient/pat-1".to_owned(), "/netsmart/v4/Patient/pat-2".to_owned()),
    ] {
        assert_eq!(get(&server, "clinic-a", &there).status, 200, "{there}");
        let [hidden, missing] = [&there, &nowhere].map(|path| get(&server, "clinic-b", path));
        assert_eq!((hidden.status, hidden.headers), (missing.status, missing.headers), "{there}");
        let (hidden, missing) = (String::from_utf8(hidden.body), String::from_utf8(missing.body));
        assert_eq!(hidden.unwrap(), missing.unwrap().replace("R-2", "R-1"), "{there}");
    }
}

/// Threat: T24
#[test]
fn an_unknown_client_and_a_wrong_secret_get_the_same_answer() {
    let server = Server::new();
    let answer = |client: &str| {
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret=wrong");
        Ask::post("/oauth/token").header("Content-Type", FORM).header("X-Request-ID", "r").body(form).send(&server)
    };
    let known = answer("clinic-a");
    assert_eq!(known.status, 401);
    for other in ["nobody", "keys-only", "CLINIC-A", "clinic-a%00", "clinic-a%20"] {
        assert_eq!(answer(other), known, "{other}");
    }
}

/// Threat: T45, T46
#[test]
fn questions_that_lead_from_one_resource_to_another_are_not_answered() {
    let server = Server::new();
    assert_eq!(send(&server, "clinic-a", &message("submit", 1)).status, 200);
    for query in [
        "_include=*",
        "_include=ServiceRequest:subject",
        "_include:iterate=ServiceRequest:subject",
        "_revinclude=Task:based-on",
        "_has:Task:based-on:status=requested",
        "subject:Patient.name=Testcase",
        "patient.name=Testcase",
        "_filter=name%20eq%20x",
        "_query=x",
        "_contained=both",
    ] {
        for partner in ["clinic-a", "clinic-b"] {
            get(&server, partner, &format!("{READ}?{query}")).check_refusal(400, "not-supported");
        }
    }
}

/// Threat: T49
#[test]
fn there_is_no_history_of_a_type_or_of_everything() {
    let server = Server::new();
    for path in ["/_history", "/ServiceRequest/_history", "/Patient/_history?_count=5"] {
        get(&server, "clinic-a", &format!("/netsmart/v4{path}")).check_refusal(404, "not-found");
    }
    let read = locator::reading(locator::AMS01, "/DocumentReference/_history").send(&locator::server());
    assert_eq!(read.status, 404);
}

/// Threat: T56
#[test]
fn who_sends_is_who_the_token_belongs_to_whatever_the_message_says() {
    let server = Server::new();
    for (partner, number) in [("clinic-a", 1), ("clinic-b", 2)] {
        let names_a = message("submit", number).replace("https://ehr.example.org/fhir", "https://clinic-a.example.org");
        assert_eq!(send(&server, partner, &names_a).status, 200);
    }
    for (partner, own, other) in [("clinic-a", "sr-1", "sr-2"), ("clinic-b", "sr-2", "sr-1")] {
        assert_eq!(get(&server, partner, &format!("{READ}/{own}")).status, 200);
        assert_eq!(get(&server, partner, &format!("{READ}/{other}")).status, 404);
    }
}

/// Threat: T37
#[test]
fn a_token_that_nobody_signed_opens_nothing_but_where_the_operator_says_so() {
    let server = Server::new();
    let claims =
        json!({"sub": "clinic-a", "client_id": "clinic-a", "scope": "system/*.read", "exp": 4_000_000_000_u32});
    let forged = locator::unsigned(&claims);
    for path in ["/ServiceRequest", "/ServiceRequest/sr-1", "/Task"] {
        let ask = Ask::get(&format!("/netsmart/v4{path}")).json();
        ask.bearer(&forged).send(&server).check_refusal(401, "security");
    }
}

/// Threat: T36
#[test]
fn tokens_and_secrets_are_in_no_file_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let mut server = Server::with(crate::harness::CONFIG, runtime.block_on(baton_store::open(&url)).unwrap());
    let mut hidden: Vec<String> = (0..20).map(|_| server.token("clinic-a")).collect();
    hidden.push("secret-of-clinic-a".to_owned());
    server.stop();
    let mut bytes = 0;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        // the log goes when the store is closed
        let Ok(content) = std::fs::read(file.unwrap().path()) else { continue };
        bytes += content.len();
        for hidden in &hidden {
            assert!(!content.windows(hidden.len()).any(|part| part == hidden.as_bytes()));
        }
    }
    assert!(bytes > 4096, "there are files");
}

/// Threat: T84
#[test]
fn what_is_asked_for_is_never_part_of_the_question_to_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let url = format!("sqlite:{}", folder.path().join("baton.db").display());
    let server = Server::with(crate::harness::CONFIG, runtime.block_on(baton_store::open(&url)).unwrap());
    let token = server.token("clinic-a");
    assert_eq!(send(&server, "clinic-a", &message("submit", 1)).status, 200);
    for piece in [
        "' OR '1'='1",
        "'; DROP TABLE resource; --",
        "\" OR \"\"=\"",
        "x' UNION SELECT body FROM resource --",
        "%",
        "_",
        "R-_",
        "R-%",
        "*",
        "\\",
        "R-2\\",
        "R-1' --",
        "R-1/**/",
        "char(82,45,49)",
        "1) OR (1=1",
        "$1",
        "?1",
        ":a",
    ] {
        let encoded: String = piece.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for query in [
            format!("identifier={encoded}"),
            format!("identifier=urn:test:referral%7C{encoded}"),
            format!("identifier={encoded}%7CR-1"),
            format!("_id={encoded}"),
            format!("patient={encoded}"),
        ] {
            let answer = Ask::get(&format!("{READ}?{query}")).bearer(&token).json().send(&server);
            let found = if answer.status == 200 { answer.member("total") } else { "0".to_owned() };
            assert!(answer.status < 500 && found == "0", "{query}: {}", answer.text());
        }
    }
    assert_eq!(get(&server, "clinic-a", READ).member("total"), "1");
}

/// Threat: T117
#[test]
fn where_nothing_is_configured_nobody_gets_anything() {
    let server = Server::with("[server]\nlisten = \"127.0.0.1:0\"\n", Arc::new(MemoryStore::default()));
    for client in ["admin", "baton", "demo", "clinic-a", ""] {
        for secret in ["admin", "baton", "demo", "change-me", "secret", ""] {
            let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}");
            let answer = Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server);
            assert!(matches!(answer.status, 400 | 401), "{client} {secret}");
        }
    }
    for path in ["/netsmart/v4/ServiceRequest", "/ontario/Task", "/nrl/DocumentReference", "/admin", "/console"] {
        assert_eq!(Ask::get(path).send(&server).status, 404, "{path}");
    }
}

/// Threat: T117
#[test]
fn a_partner_without_scopes_or_roles_gets_nothing() {
    let config = endpoint::CONFIG.replace("NOTIFY", "").replace("PRIVATE", "false");
    let config = config.replace("scopes = [\"system/*.read\", \"system/*.write\"]\n", "");
    let server = Server::with(&config, Arc::new(MemoryStore::default()));
    let form = "grant_type=client_credentials&client_id=stranger&client_secret=secret-of-stranger";
    let answer = Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(&server);
    assert_eq!((answer.status, answer.member("error").as_str()), (400, "invalid_scope"));
}

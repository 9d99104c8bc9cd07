//! Which format an answer has: `_format`, Accept, the guide.

use crate::harness::{Ask, JSON, Server, message};

const XML: &str = "application/fhir+xml";

#[track_caller]
fn check(base: &str, query: &str, accept: Option<&str>, status: u16, format: &str) {
    let server = Server::new();
    let token = server.token("clinic-a");
    let ask = Ask::post(&format!("{base}/$process-message{query}")).bearer(&token);
    let ask = ask.header("Content-Type", JSON).body(message("submit", 1));
    let answer = match accept {
        Some(accept) => ask.header("Accept", accept).send(&server),
        None => ask.send(&server),
    };
    assert_eq!(answer.status, status, "{accept:?} {query}: {}", answer.text());
    let content_type = answer.header("content-type").unwrap_or_default();
    assert!(content_type.starts_with(format), "{accept:?} {query}: {content_type}");
    if status == 406 {
        assert!(answer.text().contains("OperationOutcome") && answer.text().contains("not-supported"));
    }
}

#[test]
fn what_cannot_be_given_is_refused_in_the_format_of_the_guide() {
    for accept in ["text/html", "application/pdf", "application/fhir+json;fhirVersion=3.0"] {
        check("/netsmart/v4", "", Some(accept), 406, XML);
        check("/strict/v4", "", Some(accept), 406, JSON);
    }
    check("/strict/v4", "?_format=ttl", Some(JSON), 406, JSON);
}

#[test]
fn without_a_wish_the_guide_decides() {
    check("/netsmart/v4", "", None, 200, XML);
    check("/strict/v4", "", None, 200, JSON);
}

#[test]
fn a_wish_is_granted() {
    for base in ["/netsmart/v4", "/strict/v4"] {
        check(base, "", Some(JSON), 200, JSON);
        check(base, "", Some("application/json"), 200, JSON);
        check(base, "", Some("text/xml"), 200, XML);
        check(base, "", Some("*/*"), 200, JSON);
        check(base, "", Some("text/html, application/fhir+xml;q=0.3"), 200, XML);
        check(base, "", Some("application/fhir+json; fhirVersion=4.0"), 200, JSON);
        check(base, "?_format=xml", Some(JSON), 200, XML);
        check(base, "?_format=application/fhir%2Bjson", Some(XML), 200, JSON);
        check(base, "?_format=application/fhir+json", Some(XML), 200, JSON);
    }
}

#[test]
fn the_body_says_what_it_is_or_is_not_read() {
    let server = Server::new();
    let token = server.token("clinic-a");
    let send = |base: &str, content_type: Option<&str>| {
        let ask = Ask::post(&format!("{base}/$process-message")).bearer(&token).json().body(message("submit", 1));
        match content_type {
            Some(content_type) => ask.header("Content-Type", content_type).send(&server),
            None => ask.send(&server),
        }
    };
    for base in ["/netsmart/v4", "/strict/v4"] {
        send(base, None).check_refusal(415, "not-supported");
        for content_type in ["text/csv", "multipart/form-data", "application/fhir+json; charset=utf-16"] {
            send(base, Some(content_type)).check_refusal(415, "not-supported");
        }
    }
    let form = "application/x-www-form-urlencoded";
    send("/strict/v4", Some(form)).check_refusal(415, "not-supported");
    assert_eq!(send("/netsmart/v4", Some(form)).status, 200);
}

#[test]
fn who_comes_before_what() {
    let server = Server::new();
    let nonsense = Ask::post("/netsmart/v4/$process-message?async=maybe").header("Content-Type", "text/csv").body("{");
    nonsense.clone().json().send(&server).check_refusal(401, "security");
    let scribe = server.token("scribe");
    nonsense.clone().bearer(&scribe).json().send(&server).check_refusal(403, "forbidden");
    let token = server.token("clinic-a");
    nonsense.bearer(&token).json().send(&server).check_refusal(415, "not-supported");
    let ask = |query: &str, accept: &str| {
        let ask = Ask::post(&format!("/netsmart/v4/$process-message{query}")).header("Content-Type", JSON);
        ask.bearer(&token).header("Accept", accept).body("{").send(&server)
    };
    assert_eq!(ask("?async=maybe", "text/html").status, 406);
    ask("?async=maybe", JSON).check_refusal(400, "value");
    ask("?async=true", JSON).check_refusal(422, "not-supported");
    assert_eq!(ask("?response-url=https://a.example", JSON).status, 400);
    ask("", JSON).check_refusal(400, "structure");
}

#[test]
fn several_accept_headers_are_one_list() {
    let server = Server::new();
    let ask = Ask::message("/strict/v4", &message("submit", 1)).bearer(&server.token("clinic-a"));
    let answer = ask.header("Accept", "text/html").header("Accept", "application/fhir+xml;q=0.1").send(&server);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/fhir+xml;charset=utf-8")));
}

#[test]
fn a_sender_that_prefers_little_gets_the_header_and_the_warnings() {
    let server = Server::new();
    let ask = Ask::message("/netsmart/v4", &message("submit", 1).replace("\"subject\"", "\"odd\":1,\"subject\""));
    let short = server.as_clinic_a(ask.header("Prefer", "return=minimal"));
    let entries = short.value()["entry"]
        .as_array()
        .map(|entries| entries.iter().map(|entry| entry["resource"]["resourceType"].to_string()).collect::<Vec<_>>());
    assert_eq!(entries, Some(vec!["\"MessageHeader\"".to_owned(), "\"OperationOutcome\"".to_owned()]));
    assert_eq!(short.header("preference-applied"), Some("return=minimal"));
    // what is remembered is the whole answer
    let ask = Ask::message("/netsmart/v4", &message("submit", 1).replace("\"subject\"", "\"odd\":1,\"subject\""));
    let whole = server.as_clinic_a(ask);
    assert_eq!((whole.member("id"), whole.value()["entry"].as_array().map(Vec::len)), (short.member("id"), Some(4)));
}

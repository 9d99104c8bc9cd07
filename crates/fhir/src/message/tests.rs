use super::{Answer, Event, Header, OwnHeader, Request, answer, shorten};
use crate::{bundle::Bundle, finding::Finding, json, testing, tree::Tree};

const MESSAGE: &str = r#"{"resourceType": "Bundle", "id": "b", "type": "message", "timestamp": "2026-01-01T00:00:00Z", "entry": [
  {"fullUrl": "https://a.example/MessageHeader/h", "resource": {"resourceType": "MessageHeader", "id": "h",
    "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/messageheader-response-request", "valueCode": "never"}],
    "eventCoding": {"system": "s", "code": "c"}, "destination": [{"endpoint": "https://b.example"}],
    "source": {"name": "n", "software": "w", "endpoint": "https://a.example"}, "focus": [{"reference": "ServiceRequest/1"}]}},
  {"fullUrl": "https://a.example/ServiceRequest/1", "resource": {"resourceType": "ServiceRequest", "id": "1",
    "meta": {"lastUpdated": "2026-01-01T00:00:00Z"}, "status": "active", "subject": {"reference": "Patient/1"}}}]}"#;

/// Checks an answer, and that a short one is the same without the echo.
fn check_answer(own: Option<OwnHeader<'_>>, findings: &[Finding], expected_entries: &str) {
    let tree = testing::tree(MESSAGE);
    let bundle = Bundle::of(tree.root()).expect("it is a Bundle");
    let first = bundle.entries().next().and_then(|entry| entry.resource).expect("it has a header");
    let header = Header::of(first).expect("it is a header");
    let says = Answer {
        bundle_id: "new",
        full_url: Some("urn:uuid:1"),
        quoted: "b",
        own,
        outcome_url: "urn:uuid:2",
        findings,
    };
    let mut tree = answer(&bundle, &header, &says);
    check_entries(&tree, expected_entries);
    shorten(&mut tree);
    check_entries(&tree, &expected_entries.replace(&format!(",{ECHO}"), ""));
}

fn check_entries(answer: &Tree, expected: &str) {
    let mut written = Vec::new();
    json::write(answer.root(), &mut written);
    let expected = format!(r#"{{"resourceType":"Bundle","id":"new","type":"message","entry":[{expected}]}}"#);
    assert_eq!(String::from_utf8(written).expect("JSON is text"), expected);
}

const ECHO: &str = r#"{"fullUrl":"https://a.example/ServiceRequest/1","resource":{"resourceType":"ServiceRequest","id":"1","meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"status":"active","subject":{"reference":"Patient/1"}}}"#;

#[test]
fn an_answer_without_header_of_its_own_has_event_response_and_focus() {
    let header = r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"MessageHeader","eventCoding":{"system":"s","code":"c"},"response":{"identifier":"b","code":"ok"},"focus":[{"reference":"ServiceRequest/1"}]}}"#;
    check_answer(None, &[], &format!("{header},{ECHO}"));
}

#[test]
fn an_answer_of_its_own_goes_back_to_the_source() {
    let own = OwnHeader { id: "1", name: "Baton", endpoint: "https://b.example" };
    let header = r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"MessageHeader","id":"1","eventCoding":{"system":"s","code":"c"},"destination":[{"name":"n","endpoint":"https://a.example"}],"source":{"name":"Baton","endpoint":"https://b.example"},"response":{"identifier":"b","code":"ok"},"focus":[{"reference":"ServiceRequest/1"}]}}"#;
    check_answer(Some(own), &[], &format!("{header},{ECHO}"));
}

#[test]
fn findings_stand_in_an_outcome_that_the_header_refers_to() {
    let finding = Finding::new(&json::rules::REPAIR_BOM, "x").with(crate::finding::Severity::Warning);
    let header = r#"{"fullUrl":"urn:uuid:1","resource":{"resourceType":"MessageHeader","eventCoding":{"system":"s","code":"c"},"response":{"identifier":"b","code":"ok","details":{"reference":"urn:uuid:2"}},"focus":[{"reference":"ServiceRequest/1"}]}}"#;
    let issue = r#"{"severity":"warning","code":"structure","details":{"coding":[{"system":"urn:baton:rule","code":"json-repair-bom"}],"text":"a byte order mark was left out"},"diagnostics":"x"}"#;
    let outcome =
        format!(r#"{{"fullUrl":"urn:uuid:2","resource":{{"resourceType":"OperationOutcome","issue":[{issue}]}}}}"#);
    check_answer(None, &[finding], &format!("{header},{ECHO},{outcome}"));
}

#[test]
fn a_header_says_what_happened_to_what_and_for_whom() {
    let tree = testing::tree(MESSAGE);
    let first = Bundle::of(tree.root()).and_then(|bundle| bundle.entries().next()).and_then(|entry| entry.resource);
    let header = first.and_then(Header::of).expect("it is a header");
    assert_eq!(header.id(), Some("h"));
    assert_eq!(header.event(), Some(Event::Coding { system: Some("s"), code: Some("c") }));
    assert_eq!(header.focus().next().and_then(|focus| focus.reference), Some("ServiceRequest/1"));
    assert_eq!(header.destinations().next().and_then(|to| to.endpoint), Some("https://b.example"));
    assert_eq!(header.response_request(), Some("never"));
    assert!(header.response().is_none() && header.definition().is_none());
}

#[test]
fn a_header_may_name_its_event_by_uri() {
    let tree = testing::tree(r#"{"resourceType": "MessageHeader", "eventUri": "urn:x"}"#);
    assert_eq!(Header::of(tree.root()).and_then(|header| header.event()), Some(Event::Uri("urn:x")));
}

#[test]
fn a_request_says_its_status_subject_and_time() {
    let tree = testing::tree(MESSAGE);
    let second = Bundle::of(tree.root()).and_then(|bundle| bundle.entries().nth(1)).and_then(|entry| entry.resource);
    let request = second.and_then(Request::of).expect("it is a request");
    assert_eq!(request.status().and_then(crate::tree::Node::as_str), Some("active"));
    assert_eq!(request.subject().and_then(|subject| subject.str("reference")), Some("Patient/1"));
    assert_eq!(request.last_updated(), Some("2026-01-01T00:00:00Z"));
}

use super::{Bundle, invariants};
use crate::finding::{FINDINGS_MAX, Severity};
use crate::tree::Tree;

const HEADER: &str =
    r#"{"fullUrl": "https://a.example/MessageHeader/h", "resource": {"resourceType": "MessageHeader"}}"#;
const PATIENT: &str =
    r#"{"fullUrl": "https://a.example/Patient/p", "resource": {"resourceType": "Patient", "id": "p"}}"#;

/// Findings of a Bundle as `rule expression`.
fn found(json: &str) -> Vec<String> {
    let tree = crate::testing::tree(json);
    let bundle = Bundle::of(tree.root()).expect("the test gives a Bundle");
    let mut findings = Vec::new();
    invariants(&bundle, &mut findings);
    assert!(findings.iter().all(|finding| finding.severity != Severity::Error || finding.expression.is_some()));
    findings.iter().map(|f| format!("{} {}", f.rule.id, f.expression.as_deref().unwrap_or("-"))).collect()
}

fn message(members: &str, entries: &[&str]) -> String {
    format!(r#"{{"resourceType": "Bundle", "type": "message"{members}, "entry": [{}]}}"#, entries.join(", "))
}

fn check_entries(entries: &[&str], expected: &[&str]) {
    assert_eq!(found(&message("", entries)), expected, "{entries:?}");
}

/// A second entry with that text among its members.
fn check_entry(members: &str, expected: &[&str]) {
    let entry = format!(r#"{{{members}, "resource": {{"resourceType": "Patient", "id": "p"}}}}"#);
    check_entries(&[HEADER, &entry], expected);
}

#[test]
fn a_bundle_has_to_say_that_it_is_a_message() {
    let entry = format!("\"entry\": [{HEADER}]");
    let without = format!(r#"{{"resourceType": "Bundle", {entry}}}"#);
    assert_eq!(found(&without), ["msg-type-required Bundle.type"]);
    let other = format!(r#"{{"resourceType": "Bundle", "type": "document", {entry}}}"#);
    assert_eq!(found(&other), ["msg-type Bundle.type"]);
}

#[test]
fn a_message_has_entries() {
    assert_eq!(found(r#"{"resourceType": "Bundle", "type": "message"}"#), ["msg-entry-required Bundle.entry"]);
    check_entries(&[], &["msg-entry-required Bundle.entry"]);
}

#[test]
fn the_header_comes_first() {
    check_entries(&[PATIENT], &["msg-header-first Bundle.entry[0].resource"]);
    check_entries(&[PATIENT, HEADER], &["msg-header-first Bundle.entry[0].resource"]);
}

#[test]
fn a_total_belongs_to_searches() {
    assert_eq!(found(&message(", \"total\": 1", &[HEADER])), ["bdl-1 Bundle.total"]);
}

#[test]
fn search_request_and_response_have_no_place_in_an_entry() {
    let url = r#""fullUrl": "https://a.example/Patient/p""#;
    check_entry(&format!(r#"{url}, "search": {{"mode": "match"}}"#), &["bdl-2 Bundle.entry[1].search"]);
    check_entry(&format!(r#"{url}, "request": {{"method": "PUT"}}"#), &["bdl-3 Bundle.entry[1].request"]);
    check_entry(&format!(r#"{url}, "response": {{"status": "200"}}"#), &["bdl-4 Bundle.entry[1].response"]);
}

#[test]
fn an_entry_has_a_resource() {
    check_entries(&[HEADER, r#"{"fullUrl": "urn:uuid:1"}"#], &["bdl-5 Bundle.entry[1]"]);
    check_entries(&[HEADER, "{}"], &["bdl-5 Bundle.entry[1]", "fullurl-missing Bundle.entry[1].fullUrl"]);
}

#[test]
fn a_full_url_stands_once() {
    check_entries(&[HEADER, PATIENT, PATIENT], &["bdl-7 Bundle.entry[2].fullUrl"]);
}

#[test]
fn a_full_url_may_stand_twice_with_different_versions() {
    let version = |id: &str| PATIENT.replace(r#""id": "p""#, &format!(r#""id": "p", "meta": {{"versionId": "{id}"}}"#));
    check_entries(&[HEADER, &version("1"), &version("2")], &[]);
    check_entries(&[HEADER, &version("1"), &version("1")], &["bdl-7 Bundle.entry[2].fullUrl"]);
}

#[test]
fn a_full_url_names_no_version() {
    check_entry(r#""fullUrl": "https://a.example/Patient/p/_history/1""#, &["bdl-8 Bundle.entry[1].fullUrl"]);
}

#[test]
fn a_full_url_is_absolute() {
    check_entry(r#""fullUrl": "Patient/p""#, &["fullurl-relative Bundle.entry[1].fullUrl"]);
    check_entry(r#""fullUrl": "7d0f2c1e-6a0a-4c53-9a57-2f5d0a6c1001""#, &["fullurl-relative Bundle.entry[1].fullUrl"]);
}

#[test]
fn each_entry_has_a_full_url() {
    let bare = r#"{"resource": {"resourceType": "Patient"}}"#;
    let places = ["fullurl-missing Bundle.entry[1].fullUrl", "fullurl-missing Bundle.entry[2].fullUrl"];
    check_entries(&[HEADER, bare, bare], &places);
}

#[test]
fn a_full_url_agrees_with_its_resource() {
    check_entry(r#""fullUrl": "https://a.example/Patient/q""#, &["id-fullurl-mismatch Bundle.entry[1].resource.id"]);
    check_entry(
        r#""fullUrl": "https://a.example/Person/p""#,
        &["id-fullurl-mismatch Bundle.entry[1].resource.resourceType"],
    );
    check_entry(r#""fullUrl": "urn:uuid:7d0f2c1e-6a0a-4c53-9a57-2f5d0a6c1001""#, &[]);
}

#[test]
fn a_proper_message_has_no_findings() {
    check_entries(&[HEADER, PATIENT], &[]);
}

#[test]
fn a_flood_of_findings_hides_no_other_rule() {
    let mut entries = vec![HEADER];
    entries.extend(vec![r#"{"resource": {"resourceType": "Patient"}}"#; FINDINGS_MAX + 50]);
    entries.push(r#"{"fullUrl": "urn:uuid:1"}"#);
    let found = found(&message("", &entries));
    assert_eq!(
        found[FINDINGS_MAX..],
        ["findings-more -".to_owned(), format!("bdl-5 Bundle.entry[{}]", FINDINGS_MAX + 51)]
    );
}

#[test]
fn an_entry_is_known_by_its_full_url_before_its_id() {
    let logical_id = |full_url: &str| {
        let entry = format!(r#"{{{full_url}"resource": {{"resourceType": "Patient", "id": "own"}}}}"#);
        let tree: Tree = crate::testing::tree(&message("", &[&entry]));
        let bundle = Bundle::of(tree.root()).expect("it is a Bundle");
        bundle.entries().next().and_then(|entry| entry.logical_id()).map(str::to_owned)
    };
    for (full_url, expected) in [
        (r#""fullUrl": "https://a.example/Patient/p","#, "p"),
        (r#""fullUrl": "Patient/p","#, "p"),
        (r#""fullUrl": "urn:uuid:12","#, "12"),
        (r#""fullUrl": "urn:oid:1.2","#, "1.2"),
        (r#""fullUrl": "https://a.example/","#, "own"),
        ("", "own"),
    ] {
        assert_eq!(logical_id(full_url).as_deref(), Some(expected), "{full_url}");
    }
}

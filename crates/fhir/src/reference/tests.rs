use super::{Address, Index, Resolution, findings, references};
use crate::bundle::Bundle;
use crate::finding::{FINDINGS_MAX, Fault};
use crate::testing;

/// A message of entries, each given as fullUrl (or nothing), type, id and further members of its resource.
fn message(entries: &[(&str, &str, &str, &str)]) -> String {
    let entry = |(url, resource_type, id, members): &(&str, &str, &str, &str)| {
        let url = if url.is_empty() { String::new() } else { format!(r#""fullUrl": "{url}", "#) };
        format!(r#"{{{url}"resource": {{"resourceType": "{resource_type}", "id": "{id}"{members}}}}}"#)
    };
    let entries: Vec<_> = entries.iter().map(entry).collect();
    format!(r#"{{"resourceType": "Bundle", "type": "message", "entry": [{}]}}"#, entries.join(","))
}

fn resolved(json: &str, reference: &str, from: usize) -> String {
    let tree = testing::tree(json);
    let bundle = Bundle::of(tree.root()).expect("the test gives a Bundle");
    match Index::new(&bundle).resolve(reference, from) {
        Resolution::Entry(entry) => entry.to_string(),
        Resolution::Contained(node) => format!("contained {}", node.resource_type().unwrap_or("-")),
        other => format!("{other:?}"),
    }
}

fn check_resolved(entries: &[(&str, &str, &str, &str)], table: &[(&str, &str)]) {
    for (reference, expected) in table {
        assert_eq!(resolved(&message(entries), reference, 0), *expected, "{reference}");
    }
}

#[test]
fn a_relative_reference_belongs_to_the_server_of_its_entry() {
    let entries = [
        ("https://a.example/fhir/Patient/1", "Patient", "1", ""),
        ("https://a.example/fhir/Patient/2", "Patient", "2", ""),
        ("https://b.example/fhir/Patient/3", "Patient", "3", ""),
    ];
    check_resolved(
        &entries,
        &[
            ("Patient/2", "1"),
            ("https://a.example/fhir/Patient/2", "1"),
            ("Patient/1", "0"),
            ("Patient/3", "NotInMessage"),
            ("https://b.example/fhir/Patient/3", "2"),
            ("Patient/4", "NotInMessage"),
            ("Group/2", "NotInMessage"),
            ("2", "NotInMessage"),
            ("", "NotInMessage"),
            ("https://a.example/fhir/Patient/4", "NotInMessage"),
            ("https://c.example/fhir/Patient/2", "Elsewhere"),
            ("https://c.example/anything?x=1", "Elsewhere"),
        ],
    );
}

#[test]
fn the_full_url_decides_and_not_the_id() {
    let entries = [
        ("https://a.example/ServiceRequest/1", "ServiceRequest", "1", ""),
        ("https://a.example/PractitionerRole/role", "PractitionerRole", "1176", ""),
    ];
    check_resolved(&entries, &[("PractitionerRole/role", "1"), ("PractitionerRole/1176", "NotInMessage")]);
}

#[test]
fn a_urn_means_the_same_full_url_and_no_other() {
    let entries = [
        ("urn:uuid:aa", "Patient", "1", ""),
        ("urn:uuid:bb", "Patient", "2", ""),
        ("urn:oid:1.2.3", "Patient", "3", ""),
        ("cc", "Patient", "4", ""),
    ];
    check_resolved(
        &entries,
        &[
            ("urn:uuid:bb", "1"),
            ("urn:oid:1.2.3", "2"),
            ("urn:uuid:cc", "3"),
            ("urn:uuid:BB", "NotInMessage"),
            ("urn:uuid:dd", "NotInMessage"),
            ("Patient/2", "NotInMessage"),
            ("bb", "NotInMessage"),
        ],
    );
}

#[test]
fn from_an_entry_without_a_server_the_only_one_of_that_type_and_id_is_meant() {
    let entries = [
        ("urn:uuid:aa", "Patient", "1", ""),
        ("https://a.example/Patient/2", "Patient", "2", ""),
        ("https://a.example/Patient/3", "Patient", "3", ""),
        ("https://b.example/Patient/3", "Patient", "3", ""),
    ];
    check_resolved(&entries, &[("Patient/2", "1"), ("Patient/3", "NotInMessage")]);
}

#[test]
fn a_version_is_ignored_unless_it_tells_two_entries_apart() {
    let version = |id: &str| format!(r#", "meta": {{"versionId": "{id}"}}"#);
    let (first, second) = (version("1"), version("2"));
    let entries = [
        ("https://a.example/Patient/1", "Patient", "1", ""),
        ("https://a.example/Group/1", "Group", "1", &first),
        ("https://a.example/Group/1", "Group", "1", &second),
    ];
    check_resolved(
        &entries,
        &[
            ("Patient/1/_history/7", "0"),
            ("https://a.example/Patient/1/_history/7", "0"),
            ("Group/1/_history/1", "1"),
            ("Group/1/_history/2", "2"),
            ("Group/1", "1"),
        ],
    );
}

#[test]
fn without_any_full_url_type_and_id_decide() {
    let entries = [("", "Patient", "1", ""), ("", "Group", "2", ""), ("", "Patient", "2", "")];
    check_resolved(&entries, &[("Patient/2", "2"), ("Group/2", "1"), ("Patient/3", "NotInMessage")]);
}

#[test]
fn relative_full_urls_are_read_as_of_one_server() {
    let entries = [("Patient/1", "Patient", "1", ""), ("Group/2", "Group", "x", "")];
    check_resolved(&entries, &[("Group/2", "1"), ("Group/x", "NotInMessage")]);
}

#[test]
fn a_contained_resource_is_looked_for_in_its_container_only() {
    let contained = r#", "contained": [{"resourceType": "Group", "id": "g"}]"#;
    let entries = [("urn:uuid:aa", "Patient", "1", contained), ("urn:uuid:bb", "Patient", "2", "")];
    check_resolved(&entries, &[("#g", "contained Group"), ("#", "Container"), ("#1", "MissingContained")]);
    assert_eq!(resolved(&message(&entries), "#g", 1), "MissingContained");
}

#[test]
fn an_address_is_taken_apart() {
    for (text, expected) in [
        ("Patient/1", Some(("", "Patient", "1", None))),
        ("Patient/1#a", Some(("", "Patient", "1", None))),
        ("http://a.example/b/Patient/1/_history/2", Some(("http://a.example/b", "Patient", "1", Some("2")))),
        ("/Patient/1", None),
        ("a/Patient/1", None),
        ("patient/1", None),
        ("Patient/", None),
        ("Patient/a_b", Some(("", "Patient", "a_b", None))),
        ("Patient/a b", None),
        ("Patient?name=a", None),
        ("https:///Patient/1", None),
        ("file:///Patient/1", None),
        ("urn:uuid:1", None),
        ("#a", None),
    ] {
        let address = Address::parse(text).map(|a| (a.root, a.resource_type, a.id, a.version));
        assert_eq!(address, expected, "{text}");
    }
}

#[test]
fn references_of_extensions_and_contained_resources_are_collected() {
    let tree = testing::tree(
        r##"{"resourceType": "Patient",
            "contained": [{"resourceType": "Group", "member": [{"entity": {"reference": "a"}}]}],
            "extension": [{"url": "u", "valueReference": {"reference": "b"}}],
            "link": [{"other": {"reference": "c"}}, {"other": {"identifier": {"value": "x"}}}],
            "generalPractitioner": [{"display": "x"}, {"reference": "d"}]}"##,
    );
    let texts: Vec<_> = references(tree.root()).map(|reference| reference.text).collect();
    assert_eq!(texts, ["a", "b", "c", "d"]);
}

#[test]
fn references_inside_a_nested_bundle_stay_there() {
    let bundle = r#"{"resourceType": "Bundle", "entry": [{"resource": {"subject": {"reference": "a"}}}]}"#;
    assert_eq!(references(testing::tree(bundle).root()).count(), 0);
    let parameters = format!(r#"{{"resourceType": "Parameters", "parameter": [{{"resource": {bundle}}}]}}"#);
    assert_eq!(references(testing::tree(&parameters).root()).count(), 0);
}

/// Findings of a message as `rule expression`. Every entry refers to the ones that are named.
fn found(entries: &[(&str, &[&str])]) -> Vec<String> {
    let members: Vec<String> = entries.iter().map(|(_, targets)| focus(targets)).collect();
    let urls: Vec<String> = entries.iter().map(|(name, _)| format!("https://a.example/Group/{name}")).collect();
    let mut all = Vec::new();
    for (at, (name, _)) in entries.iter().enumerate() {
        let (url, resource_type) = if at == 0 { ("urn:uuid:1", "MessageHeader") } else { (urls[at].as_str(), "Group") };
        all.push((url, resource_type, *name, members[at].as_str()));
    }
    found_in(&message(&all))
}

fn focus(targets: &[&str]) -> String {
    let targets: Vec<_> = targets.iter().map(|target| format!(r#"{{"reference": "Group/{target}"}}"#)).collect();
    format!(r#", "focus": [{}]"#, targets.join(","))
}

fn found_in(json: &str) -> Vec<String> {
    let tree = testing::tree(json);
    let bundle = Bundle::of(tree.root()).expect("the test gives a Bundle");
    let mut list = Vec::new();
    findings(&Index::new(&bundle), &mut list);
    list.iter().map(|f| format!("{} {}", f.rule.id, f.expression.as_deref().unwrap_or("-"))).collect()
}

#[test]
fn a_missing_target_is_reported_at_its_reference() {
    assert_eq!(found(&[("h", &["a", "b"]), ("a", &[])]), ["ref-dangling Bundle.entry[0].resource.focus[1]"]);
}

#[test]
fn a_missing_contained_resource_is_malformed() {
    let member = r##", "subject": {"reference": "#x"}"##;
    let json = message(&[("urn:uuid:1", "MessageHeader", "h", member)]);
    assert_eq!(found_in(&json), ["ref-1 Bundle.entry[0].resource.subject"]);
    assert_eq!(super::rules::CONTAINED_MISSING.fault, Fault::Malformed);
}

#[test]
fn a_reference_to_elsewhere_is_a_warning() {
    let member = r#", "sender": {"reference": "https://b.example/Group/1"}"#;
    let tree = testing::tree(&message(&[("https://a.example/MessageHeader/h", "MessageHeader", "h", member)]));
    let bundle = Bundle::of(tree.root()).expect("it is a Bundle");
    let mut list = Vec::new();
    findings(&Index::new(&bundle), &mut list);
    let found: Vec<_> = list.iter().map(|finding| (finding.rule.id, finding.severity.refuses())).collect();
    assert_eq!(found, [("ref-elsewhere", false)]);
}

#[test]
fn a_logical_reference_needs_no_target() {
    let member = r#", "sender": {"identifier": {"system": "s", "value": "v"}, "display": "d"}"#;
    assert_eq!(found_in(&message(&[("urn:uuid:1", "MessageHeader", "h", member)])), [""; 0]);
}

#[test]
fn a_resource_that_nobody_refers_to_is_an_orphan() {
    assert_eq!(found(&[("h", &["a"]), ("a", &[]), ("b", &["a"])]), ["ref-orphan Bundle.entry[2].resource"]);
}

#[test]
fn referring_to_oneself_does_not_help() {
    assert_eq!(found(&[("h", &[]), ("a", &["a"])]), ["ref-orphan Bundle.entry[1].resource"]);
}

#[test]
fn a_cycle_is_no_way_in() {
    let orphans = ["ref-orphan Bundle.entry[1].resource", "ref-orphan Bundle.entry[2].resource"];
    assert_eq!(found(&[("h", &[]), ("a", &["b"]), ("b", &["a"])]), orphans);
}

#[test]
fn an_island_is_reported_as_a_whole_with_its_reasons() {
    let tree = testing::tree(&message(&[
        ("urn:uuid:1", "MessageHeader", "h", ""),
        ("urn:uuid:2", "Group", "a", r#", "m": {"reference": "urn:uuid:3"}"#),
        ("urn:uuid:3", "Practitioner", "b", ""),
    ]));
    let bundle = Bundle::of(tree.root()).expect("it is a Bundle");
    let mut list = Vec::new();
    findings(&Index::new(&bundle), &mut list);
    let diagnostics: Vec<_> = list.iter().map(|finding| finding.diagnostics.as_ref()).collect();
    let expected = [
        "Group in entry[1]: nobody refers to it",
        "Practitioner in entry[2]: it cannot be reached from the MessageHeader",
    ];
    assert_eq!(diagnostics, expected);
}

#[test]
fn a_cycle_that_the_header_leads_to_is_fine() {
    assert_eq!(found(&[("h", &["a"]), ("a", &["b"]), ("b", &["a", "b"])]), [""; 0]);
}

/// Threat: T82
#[test]
fn ten_thousand_entries_and_a_hundred_thousand_references_are_no_burden() {
    let names: Vec<String> = (0..10_000).map(|at| format!("g{at}")).collect();
    let missing = vec!["missing"; 9];
    let targets: Vec<Vec<&str>> = (0..10_000)
        .map(|at| [missing.as_slice(), &[names.get(at + 1).map_or("g0", String::as_str)]].concat())
        .collect();
    let entries: Vec<(&str, &[&str])> =
        names.iter().zip(&targets).map(|(name, to)| (name.as_str(), to.as_slice())).collect();
    let found = found(&entries);
    assert_eq!(found.len(), FINDINGS_MAX + 1);
}

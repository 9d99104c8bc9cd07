use baton_fhir::{
    bundle::Bundle,
    finding::Severity,
    json,
    reading::{ReadLimits, Reading},
    reference::Index,
    tree::Tree,
};
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::{check, patient_entry};

const PATIENT: &str = r#"{"fullUrl": "urn:uuid:p", "resource": {"resourceType": "Patient",
    "identifier": [{"system": "urn:hcn", "value": "123"}, {"system": "urn:mrn", "value": "9"}]}}"#;
const STRANGER: &str = r#"{"fullUrl": "urn:uuid:q", "resource": {"resourceType": "Patient",
    "identifier": [{"system": "urn:hcn", "value": "456"}], "name": [{"family": "Thornquist"}]}}"#;
const REQUEST: &str = r#"{"fullUrl": "urn:uuid:s", "resource": {"resourceType": "ServiceRequest", "subject": {"reference": "urn:uuid:p"}}}"#;

fn bundle(entries: &[&str]) -> Tree {
    let text = format!(r#"{{"resourceType": "Bundle", "type": "message", "entry": [{}]}}"#, entries.join(","));
    json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("the test wrote JSON").tree
}

fn found(entries: &[&str]) -> String {
    let tree = bundle(entries);
    let index = Index::new(&Bundle::of(tree.root()).expect("it is one"));
    let mut findings = Vec::new();
    check(&index, patient_entry(&index), &mut findings);
    let line = |finding: &baton_fhir::finding::Finding| {
        assert!(!finding.diagnostics.contains("Thornquist") && !finding.diagnostics.contains("456"));
        let severity = if finding.severity == Severity::Error { "" } else { "warning: " };
        format!("{severity}{}: {}", finding.expression.as_deref().unwrap_or("-"), finding.diagnostics)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// A message about one patient, with one more resource of that JSON and a stranger's Patient beside it.
fn check_with(resource: &str, expected: Expect) {
    expected.assert_eq(&found(&[REQUEST, PATIENT, &format!(r#"{{"resource": {resource}}}"#), STRANGER]));
}

fn check_other(resource: &str) {
    let found = found(&[REQUEST, PATIENT, &format!(r#"{{"resource": {resource}}}"#), STRANGER]);
    assert!(found.contains("is another patient") && !found.starts_with("warning"), "{resource}: {found}");
}

#[test]
fn a_paper_of_a_stranger_is_refused_and_nobody_is_named() {
    check_with(
        r#"{"resourceType": "DocumentReference", "subject": {"reference": "urn:uuid:q"}}"#,
        expect![
            "Bundle.entry[2].resource.subject: the subject of DocumentReference is another patient than the one of the referral"
        ],
    );
}

#[test]
fn everything_that_has_a_subject_has_the_same() {
    for (resource_type, element) in [
        ("QuestionnaireResponse", "subject"),
        ("Task", "for"),
        ("AllergyIntolerance", "patient"),
        ("Communication", "subject"),
        ("Coverage", "beneficiary"),
    ] {
        check_other(&format!(r#"{{"resourceType": "{resource_type}", "{element}": {{"reference": "urn:uuid:q"}}}}"#));
    }
    check_other(r#"{"resourceType": "Appointment", "participant": [{"actor": {"reference": "urn:uuid:q"}}]}"#);
    check_other(
        r#"{"resourceType": "Basic", "contained": [{"resourceType": "Condition", "subject": {"reference": "urn:uuid:q"}}]}"#,
    );
}

#[test]
fn a_patient_who_is_not_in_the_message_is_another_one() {
    check_other(r#"{"resourceType": "DocumentReference", "subject": {"reference": "Patient/other"}}"#);
    check_other(
        r#"{"resourceType": "DocumentReference", "subject": {"reference": "https://example.org/fhir/Patient/other"}}"#,
    );
}

#[test]
fn a_number_that_the_patient_does_not_have_is_anothers() {
    check_other(r#"{"resourceType": "Task", "for": {"identifier": {"system": "urn:hcn", "value": "456"}}}"#);
    check_other(
        r##"{"resourceType": "Task", "for": {"reference": "#x"}, "contained": [{"resourceType": "Patient", "id": "x",
            "identifier": [{"system": "urn:hcn", "value": "456"}]}]}"##,
    );
}

#[test]
fn a_subject_that_leads_nowhere_is_only_warned_of() {
    check_with(
        r#"{"resourceType": "DocumentReference", "subject": {"reference": "urn:uuid:lost"}}"#,
        expect![
            "warning: Bundle.entry[2].resource.subject: the subject of DocumentReference leads nowhere, so that it cannot be told whether it is the patient"
        ],
    );
}

#[test]
fn what_is_the_patients_or_nobodys_passes() {
    for resource in [
        r#"{"resourceType": "DocumentReference"}"#,
        r#"{"resourceType": "DocumentReference", "subject": {"display": "the patient"}}"#,
        r#"{"resourceType": "DocumentReference", "subject": {"reference": "urn:uuid:p"}}"#,
        r#"{"resourceType": "DocumentReference", "subject": {"reference": "Patient/p"}}"#,
        r#"{"resourceType": "Task", "for": {"identifier": {"system": "urn:mrn", "value": "9"}}}"#,
        r#"{"resourceType": "Task", "for": {"reference": "Patient/7", "identifier": {"system": "urn:mrn", "value": "9"}}}"#,
        r#"{"resourceType": "Observation", "subject": {"reference": "Location/1"}}"#,
        r#"{"resourceType": "Appointment", "participant": [{"actor": {"reference": "PractitionerRole/1"}}]}"#,
        r#"{"resourceType": "Appointment", "participant": [{"actor": {"identifier": {"system": "urn:licence", "value": "1"}}}]}"#,
        r#"{"resourceType": "Appointment", "participant": [{"actor": {"reference": "urn:uuid:lost"}}, {"required": "required"}]}"#,
        r#"{"resourceType": "Library", "subjectCodeableConcept": {"text": "x"}}"#,
    ] {
        assert_eq!(found(&[REQUEST, PATIENT, &format!(r#"{{"resource": {resource}}}"#), STRANGER]), "", "{resource}");
    }
}

#[test]
fn a_patient_who_stands_there_twice_is_one() {
    let again = r#"{"fullUrl": "urn:uuid:p2", "resource": {"resourceType": "Patient", "identifier": [{"system": "urn:hcn", "value": "123"}]}}"#;
    let paper = r#"{"resource": {"resourceType": "DocumentReference", "subject": {"reference": "urn:uuid:p2"}}}"#;
    assert_eq!(found(&[REQUEST, PATIENT, again, paper]), "");
}

#[test]
fn without_a_patient_in_the_message_the_referrals_subject_says_who_it_is() {
    let request = r#"{"resource": {"resourceType": "ServiceRequest", "subject": {"reference": "Patient/1"}}}"#;
    let task =
        |id: &str| format!(r#"{{"resource": {{"resourceType": "Task", "for": {{"reference": "Patient/{id}"}}}}}}"#);
    assert_eq!(found(&[&task("1"), request]), "");
    assert!(found(&[&task("2"), request]).starts_with("Bundle.entry[0].resource.for: the subject of Task is another"));
    assert_eq!(found(&[&task("2")]), "");
}

#[test]
fn a_second_request_of_another_patient_is_refused() {
    let other = r#"{"fullUrl": "urn:uuid:t", "resource": {"resourceType": "ServiceRequest", "subject": {"reference": "urn:uuid:q"}}}"#;
    assert!(found(&[REQUEST, PATIENT, other, STRANGER]).contains("the subject of ServiceRequest"));
}

#[test]
fn many_subjects_with_many_numbers_take_no_long_time() {
    let numbers = |start: u32| {
        let number = |at| format!(r#"{{"system": "urn:n", "value": "{at}"}}"#);
        (start..start + 20_000).map(number).collect::<Vec<_>>().join(",")
    };
    let patient = |name: &str, start| {
        format!(
            r#"{{"fullUrl": "urn:uuid:{name}", "resource": {{"resourceType": "Patient", "identifier": [{}]}}}}"#,
            numbers(start)
        )
    };
    let actors = vec![r#"{"actor": {"reference": "urn:uuid:q"}}"#; 20_000].join(",");
    let appointment = format!(r#"{{"resource": {{"resourceType": "Appointment", "participant": [{actors}]}}}}"#);
    assert!(found(&[REQUEST, &patient("p", 0), &patient("q", 50_000), &appointment]).contains("another patient"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_message_in_which_all_lead_to_one_patient_passes(elements in proptest::collection::vec(0_usize..4, 0..8)) {
        let resource = |element: &usize| {
            let (resource_type, name) = [("Task", "for"), ("Condition", "subject"), ("Consent", "patient"), ("Basic", "subject")][*element];
            format!(r#"{{"resource": {{"resourceType": "{resource_type}", "{name}": {{"reference": "urn:uuid:p"}}}}}}"#)
        };
        let resources: Vec<String> = elements.iter().map(resource).collect();
        let mut entries = vec![REQUEST, PATIENT];
        entries.extend(resources.iter().map(String::as_str));
        prop_assert_eq!(found(&entries), "");
        // and one stranger among them is found wherever it stands
        let stranger = r#"{"resource": {"resourceType": "Task", "for": {"reference": "urn:uuid:q"}}}"#;
        entries.insert(1 + elements.len() / 2, stranger);
        entries.push(STRANGER);
        prop_assert!(found(&entries).contains("another patient"));
    }
}

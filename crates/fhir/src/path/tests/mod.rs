mod refused;

use super::Path;
use crate::definitions::{FhirVersion, definitions};
use crate::testing::tree;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","active":true,
    "extension":[{"url":"urn:a","valueString":"x"},{"url":"urn:b","valueCode":"y"}],
    "identifier":[{"system":"urn:s1","value":"1"},{"system":"urn:s2","value":"2"},{"value":"3"}],
    "name":[{"use":"usual","given":["Jo"]},
        {"use":"official","family":"Doe","given":["John",null,"Q"],"_given":[null,{"extension":[{"url":"urn:none"}]}]}],
    "birthDate":"1974-12-25","_birthDate":{"extension":[{"url":"urn:time","valueDateTime":"1974-12-25T14:35:45-05:00"}]},
    "multipleBirthInteger":2,
    "contact":[{"gender":"female","name":{"family":"Roe"}},{"gender":"male"}],
    "contained":[{"resourceType":"Organization","id":"o","name":"Org"}],
    "generalPractitioner":[{"reference":"Practitioner/1"}]}"#;

fn places_in(document: &str, version: FhirVersion, path: &str) -> Result<Vec<String>, String> {
    let tree = tree(document);
    let path = Path::parse(path).map_err(|error| error.to_string())?;
    let places = path.places(&tree, definitions(version)).map_err(|error| error.to_string())?;
    let shown = places.iter().map(|place| match (place.value, place.beside) {
        (Some(value), _) => tree.node(value).path(),
        (None, Some(beside)) => format!("_{}", tree.node(beside).path()),
        (None, None) => "nothing".to_owned(),
    });
    Ok(shown.collect())
}

#[track_caller]
fn check(path: &str, expected: &[&str]) {
    let found = places_in(PATIENT, FhirVersion::R4, path).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(found, expected, "{path}");
}

#[track_caller]
fn check_refused(path: &str, expected: &str) {
    assert_eq!(places_in(PATIENT, FhirVersion::R4, path).expect_err(path), expected, "{path}");
}

/// Whether something holds for the patient.
#[track_caller]
fn check_true(criteria: &str, expected: bool) {
    let kept = places_in(PATIENT, FhirVersion::R4, &format!("Patient.where({criteria})"));
    assert_eq!(kept, Ok(vec!["Patient".to_owned(); usize::from(expected)]), "{criteria}");
}

#[test]
fn names_lead_from_the_type_or_without_it() {
    check("Patient", &["Patient"]);
    check("Patient.active", &["Patient.active"]);
    check("active", &["Patient.active"]);
    check("$this.active", &["Patient.active"]);
    check("Resource.id", &["Patient.id"]);
    check("DomainResource.contained.name", &["Patient.contained[0].name"]);
    check("Patient.`name`.family", &["Patient.name[1].family"]);
    check("  Patient \n. contact . name ", &["Patient.contact[0].name"]);
    check("Patient.maritalStatus.coding", &[]);
}

#[test]
fn lists_have_numbers_and_ends() {
    check("Patient.identifier", &["Patient.identifier[0]", "Patient.identifier[1]", "Patient.identifier[2]"]);
    check("Patient.identifier[1].value", &["Patient.identifier[1].value"]);
    check("Patient.identifier[3]", &[]);
    check("Patient.identifier.first()", &["Patient.identifier[0]"]);
    check("Patient.identifier.last().value", &["Patient.identifier[2].value"]);
    check("Patient.identifier.tail()", &["Patient.identifier[1]", "Patient.identifier[2]"]);
    check("Patient.name.given.first()", &["Patient.name[0].given[0]"]);
    check("Patient.name[1].single()", &["Patient.name[1]"]);
    check("(Patient.identifier | Patient.identifier[1] | active).last()", &["Patient.active"]);
}

#[test]
fn a_primitive_without_a_value_is_there_and_has_extensions() {
    check("Patient.name[1].given[1]", &["_Patient.name[1].given[1]"]);
    check("Patient.name[1].given[2]", &["Patient.name[1].given[2]"]);
    check("Patient.name.given.extension", &["Patient.name[1].given[1].extension[0]"]);
    check("Patient.birthDate.extension('urn:time').value", &["Patient.birthDate.extension[0].valueDateTime"]);
    check("Patient.name.given.where(hasValue().not())", &["_Patient.name[1].given[1]"]);
}

#[test]
fn choices_go_by_their_name_without_the_type() {
    check("Patient.multipleBirth", &["Patient.multipleBirthInteger"]);
    check("Patient.multipleBirth.ofType(integer)", &["Patient.multipleBirthInteger"]);
    check("Patient.multipleBirth.ofType(boolean)", &[]);
    check("Patient.multipleBirth as integer", &["Patient.multipleBirthInteger"]);
    check("(Patient.multipleBirth as FHIR.integer)", &["Patient.multipleBirthInteger"]);
    check("Patient.extension.where(value is code)", &["Patient.extension[1]"]);
    check("Patient.extension.value.ofType(string)", &["Patient.extension[0].valueString"]);
    check_refused(
        "Patient.extension.value.as(string)",
        "one value was expected here, and there are 2, at column 28 of the path",
    );
    check("Patient.extension.value.where(is(string)).first()", &["Patient.extension[0].valueString"]);
    check_refused(
        "Patient.multipleBirthInteger",
        "multipleBirthInteger is called multipleBirth here, whatever its type; in a path multipleBirth.ofType(integer), \
         at column 9 of the path",
    );
}

#[test]
fn where_keeps_what_its_criteria_say() {
    check("Patient.name.where(use = 'official').given[0]", &["Patient.name[1].given[0]"]);
    check("Patient.identifier.where(system.empty())", &["Patient.identifier[2]"]);
    check("Patient.identifier.where(system.exists() and value != '1')", &["Patient.identifier[1]"]);
    check("Patient.identifier.where($this.value = '3')", &["Patient.identifier[2]"]);
    check("Patient.contact.where(name.family = 'Roe' or gender = 'other')", &["Patient.contact[0]"]);
    check("Patient.contact.where(name.exists(family = 'Roe'))", &["Patient.contact[0]"]);
    check(
        "Patient.generalPractitioner.reference.where(startsWith('Practitioner/')).first()",
        &["Patient.generalPractitioner[0].reference"],
    );
    check("Patient.extension('urn:b')", &["Patient.extension[1]"]);
    check("Patient.extension.where(url = 'urn:b').value", &["Patient.extension[1].valueCode"]);
    check("Patient.name.where({})", &[]);
}

#[test]
fn operators_follow_three_valued_logic() {
    for criteria in [
        "active",
        "active = true",
        "true and true",
        "false or active",
        "true xor false",
        "false implies {}",
        "true or {}",
        "({} and false).not()",
        "({} or {}).empty()",
        "(1 = {}).empty()",
        "1 = 1.0 and 10 > 9 and -1 < 0 and 'a' < 'b' and 2 <= 2 and 2 >= 2",
        "'a' != 'b' and ('A b' ~ 'a  B') and 'a' !~ 'b'",
        "multipleBirth = 2",
        "birthDate >= '1974'",
        "contact.gender = ('female' | 'male')",
        "contact.gender ~ ('male' | 'female')",
        "name[0] != name[1] and name[0] = name.first()",
        "('a' | 'a' | 'b').tail() = 'b'",
        "1 = 1 implies 2 = 2",
        "active is boolean and (name.given[0] is Patient).not()",
        "identifier.value.where(contains('2')).exists() and id.endsWith('p')",
        "'\\u0041\\'\\\\' = 'A\\'\\\\'",
    ] {
        check_true(criteria, true);
    }
    for criteria in
        ["active.not()", "false or {}", "1 = '1'", "active = 'true'", "contact.gender = 'female'", "{} = {}"]
    {
        check_true(criteria, false);
    }
}

#[test]
fn and_binds_more_strongly_than_or_and_comparison_more_than_both() {
    check_true("true or false and false", true);
    check_true("(true or false) and false", false);
    check_true("1 > 2 = false", true);
}

#[test]
fn versions_differ_in_their_elements() {
    let stu3 = r#"{"resourceType":"DocumentReference","status":"current","indexed":"2020-01-01T00:00:00Z"}"#;
    assert_eq!(
        places_in(stu3, FhirVersion::Stu3, "DocumentReference.indexed"),
        Ok(vec!["DocumentReference.indexed".to_owned()])
    );
    assert!(places_in(stu3, FhirVersion::R4, "DocumentReference.indexed").is_err(), "R4 has no indexed");
    let referral = r#"{"resourceType":"ReferralRequest","occurrencePeriod":{"start":"2020"}}"#;
    assert_eq!(
        places_in(referral, FhirVersion::Stu3, "occurrence.start"),
        Ok(vec!["ReferralRequest.occurrencePeriod.start".to_owned()])
    );
    assert!(places_in(referral, FhirVersion::R4, "occurrence").is_err(), "R4 has no ReferralRequest");
}

#[test]
fn resources_within_resources_have_their_own_elements() {
    let bundle = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","active":true}},{"resource":{"resourceType":"Task","status":"draft"}}]}"#;
    let places = |path| places_in(bundle, FhirVersion::R4, path);
    assert_eq!(places("Bundle.entry.resource.status"), Ok(vec!["Bundle.entry[1].resource.status".to_owned()]));
    assert_eq!(places("entry.resource.ofType(Patient).active"), Ok(vec!["Bundle.entry[0].resource.active".to_owned()]));
    assert_eq!(places("entry.where(resource is DomainResource)").map(|found| found.len()), Ok(2));
    assert!(places("entry.resource.family").is_err(), "neither of them has a family");
}

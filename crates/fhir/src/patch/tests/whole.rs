//! Patches as a whole: how they are read, that they are all or nothing, and how much they may ask for.

use super::{NAMES, add, delete, insert, move_item, parameters, path, replace, resource, written};
use crate::definitions::{FhirVersion, definitions};
use crate::finding::Fault;
use crate::patch::{Action, OPERATIONS_MAX, PatchFault, Value, apply, operations, patch};
use crate::reading::{ReadLimits, Reading};
use crate::testing::tree;
use crate::tree::Node;
use crate::xml;

#[test]
fn operations_see_what_those_before_them_did() {
    let (first, second) = (
        add("Patient", "name", r#""valueHumanName":{"family":"A"}"#),
        add("Patient.name[0]", "given", r#""valueString":"a""#),
    );
    let patched = patch(&resource(r#""id":"p""#), parameters(&[&first, &second]).root(), definitions(FhirVersion::R4));
    let patched = patched.expect("the second finds what the first made");
    assert_eq!(written(&patched), r#"{"resourceType":"Patient","id":"p","name":[{"family":"A","given":["a"]}]}"#);
}

#[test]
fn a_refused_patch_leaves_the_resource_as_it_was_and_names_the_operation() {
    let before = resource(NAMES);
    let (first, second) = (
        delete("Patient.name[0]"),
        replace("Patient.name.where(family = 'Zoe')", r#""valueHumanName":{"family":"X"}"#),
    );
    let error = patch(&before, parameters(&[&first, &second]).root(), definitions(FhirVersion::R4))
        .expect_err("nothing is there");
    assert_eq!(error.to_string(), "operation 2 at Patient.name.where(family = '…'): nothing is there");
    assert_eq!(written(&before), written(&resource(NAMES)));
    let finding = error.finding();
    assert_eq!((finding.rule.id, finding.rule.fault), ("patch-place", Fault::Unprocessable));
    assert!(finding.position.is_some(), "the operation stands somewhere in the patch");
}

#[test]
fn a_patch_without_operations_changes_nothing() {
    let nothing = tree(r#"{"resourceType":"Parameters"}"#);
    let patched = patch(&resource(NAMES), nothing.root(), definitions(FhirVersion::R4)).expect("it is a patch");
    assert_eq!(written(&patched), written(&resource(NAMES)));
}

#[test]
fn an_operation_has_its_parts_and_no_others() {
    let value = r#"{"name":"value","valueString":"x"}"#;
    for (parts, expected) in [
        (r#"{"name":"path","valueString":"a"}"#.to_owned(), "type is missing"),
        (r#"{"name":"type","valueCode":"delete"}"#.to_owned(), "type is here, path is missing"),
        (path("remove", "a"), "type has to be one of add, insert, delete, replace, move"),
        (path("replace", "a"), "value is missing"),
        (format!("{},{value}", path("add", "a")), "name is missing"),
        (format!("{},{value}", path("insert", "a")), "index is missing"),
        (path("move", "a"), "source is missing"),
        (format!("{},{value}", path("delete", "a")), "this operation has no value"),
        (format!("{},{}", path("delete", "a"), path("delete", "a")), "type is there twice"),
        (format!("{},{{\"name\":\"x\"}}", path("delete", "a")), "this operation has no part of that name"),
        (insert("a", 0, r#""valueString":"x""#).replace(":0}", ":-1}"), "index has to be an integer from 0"),
        (
            insert("a", 0, r#""valueString":"x""#).replace("valueInteger", "valueString"),
            "index has to be an integer from 0",
        ),
        (path("delete", "a").replace("valueCode", "valueString"), "type has to be a code"),
        (path("delete", "a").replace("valueString", "valueMarkdown"), "path has to be a string"),
        (replace("a", r#""id":"x""#), "value has to be one value, one resource or a list of parts"),
        (replace("a", r#""valueThing":"x""#), "value has to be one value, one resource or a list of parts"),
        (
            replace("a", r#""valueString":"x","valueCode":"y""#),
            "value has to be one value, one resource or a list of parts",
        ),
        (
            replace("a", r#""valueString":"x","_valueCode":{"id":"y"}"#),
            "value has to be one value, one resource or a list of parts",
        ),
    ] {
        let error =
            operations(parameters(&[&parts]).root(), definitions(FhirVersion::R4)).map(|_| ()).expect_err(&parts);
        let expected =
            expected.rsplit(", ").next().filter(|_| expected.starts_with("type is here")).unwrap_or(expected);
        assert_eq!(error.fault.to_string(), expected, "{parts}");
        assert_eq!(error.operation, Some(1));
        assert_eq!(error.finding().rule.id, "patch-operation");
    }
}

#[test]
fn what_is_no_patch_is_refused() {
    let refused = |text: &str| {
        operations(tree(text).root(), definitions(FhirVersion::R4)).map(|_| ()).expect_err(text).to_string()
    };
    assert_eq!(refused(r#"{"resourceType":"Patient"}"#), "a resource of type Parameters was expected");
    let other = r#"{"resourceType":"Parameters","parameter":[{"name":"action"}]}"#;
    assert_eq!(refused(other), "operation 1: name has to be operation, as the name of each parameter");
    assert_eq!(refused(&other.replace(r#"{"name":"action"}"#, "null,7")), refused(other));
}

#[test]
fn a_patch_can_be_recognised_before_it_is_applied() {
    let withdraw = r#"<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>
        <part><name value="value"/><valueString value="entered-in-error"/></part>
        <part><name value="path"/><valueString value="DocumentReference.status"/></part>
        <part><name value="type"/><valueCode value="replace"/></part></parameter></Parameters>"#;
    let stu3 = definitions(FhirVersion::Stu3);
    let read = xml::read(withdraw.as_bytes(), stu3, Reading::Strict, &ReadLimits::default()).expect("it is XML").tree;
    let operations = operations(read.root(), stu3).expect("it is a patch");
    let [one] = &operations[..] else { panic!("one operation was written") };
    assert_eq!((one.number, one.path), (1, "DocumentReference.status"));
    let Action::Replace { value: Value::Typed { of: "string", value, beside: None } } = &one.action else {
        panic!("it replaces a string")
    };
    assert_eq!(value.and_then(Node::as_str), Some("entered-in-error"));
    let pointer = tree(r#"{"resourceType":"DocumentReference","status":"current","indexed":"2020-01-01T00:00:00Z"}"#);
    let patched = apply(&pointer, &operations, stu3).expect("there is a status");
    assert_eq!(patched.root().str("status"), Some("entered-in-error"));
}

#[test]
fn stu3_has_its_own_elements() {
    let stu3 = definitions(FhirVersion::Stu3);
    let referral = tree(r#"{"resourceType":"ReferralRequest","status":"active","recipient":[{"reference":"a/1"}]}"#);
    let requester = add(
        "ReferralRequest",
        "requester",
        r#""part":[{"name":"agent","valueReference":{"reference":"Practitioner/1"}}]"#,
    );
    let patched = patch(&referral, parameters(&[&requester]).root(), stu3).expect("STU3 has requester.agent");
    assert_eq!(
        written(&patched),
        r#"{"resourceType":"ReferralRequest","status":"active","requester":{"agent":{"reference":"Practitioner/1"}},"recipient":[{"reference":"a/1"}]}"#
    );
    let error = patch(&referral, parameters(&[&requester]).root(), definitions(FhirVersion::R4))
        .expect_err("R4 has no ReferralRequest");
    assert!(matches!(error.fault, PatchFault::Path(_)), "{error}");
}

#[test]
fn a_patch_has_a_largest_number_of_operations() {
    let fault = |count: usize| {
        let delete = delete("Patient.active");
        let parameters = parameters(&vec![delete.as_str(); count]);
        patch(&resource(NAMES), parameters.root(), definitions(FhirVersion::R4)).err().map(|error| error.fault)
    };
    assert_eq!(fault(OPERATIONS_MAX), None);
    assert_eq!(fault(OPERATIONS_MAX + 1), Some(PatchFault::TooManyOperations(OPERATIONS_MAX)));
}

#[test]
fn a_patch_does_not_build_deeper_than_readers_read() {
    // each extension within an extension takes two levels, the resource one
    let fault = |levels: usize| {
        let inner = |path: &str| add(path, "extension", r#""part":[{"name":"url","valueUri":"urn:x"}]"#);
        let paths = (0..levels).map(|level| format!("Patient{}", ".extension".repeat(level)));
        let operations: Vec<String> = paths.map(|path| inner(&path)).collect();
        let operations: Vec<&str> = operations.iter().map(String::as_str).collect();
        patch(&resource(r#""id":"p""#), parameters(&operations).root(), definitions(FhirVersion::R4))
            .err()
            .map(|error| error.fault)
    };
    assert_eq!(fault(31), None);
    assert_eq!(fault(32), Some(PatchFault::TooCostly("levels")));
}

#[test]
fn many_operations_on_a_long_list_run_out_of_steps() {
    let names = vec![r#"{"family":"A"}"#; 20_000].join(",");
    let move_all = move_item("Patient.name", 0, 19_999);
    let parameters = parameters(&vec![move_all.as_str(); OPERATIONS_MAX]);
    let error = patch(&resource(&format!(r#""name":[{names}]"#)), parameters.root(), definitions(FhirVersion::R4));
    assert_eq!(error.map(|_| ()).map_err(|error| error.fault), Err(PatchFault::TooCostly("steps")));
}

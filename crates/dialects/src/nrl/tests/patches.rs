//! The one patch.

use baton_fhir::{
    json as fhir_json,
    reading::{ReadLimits, Reading},
};
use serde_json::{Value, json};

use super::{locator, said, worded};
use crate::{
    Mode,
    nrl::{Body, Locator, Named, Ready, Refused, Wording, recognise},
};
use baton_fhir::format::Format;

fn patch() -> Value {
    json!({"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "DocumentReference.status"},
        {"name": "value", "valueString": "entered-in-error"},
    ]}]})
}

fn recognised(body: &Value) -> Result<(), Refused> {
    let read = fhir_json::read(body.to_string().as_bytes(), Reading::Strict, &ReadLimits::default());
    recognise(read.expect("JSON").tree.root())
}

#[track_caller]
fn check(edit: impl FnOnce(&mut Value), element: &str, place: &str) {
    let mut body = patch();
    edit(&mut body);
    let refused = recognised(&body).expect_err("it is refused");
    let (status, code, issues) = said(&locator(), &refused);
    let text = format!("Resource is invalid : {element}");
    assert_eq!((status, code, issues), (400, format!("INVALID_RESOURCE {text}"), vec![format!("{place} {text}")]));
}

/// Threat: T53
#[test]
fn each_part_has_to_be_what_it_is() {
    let part = |number: usize| format!("Parameters.parameter[0].part[{number}]");
    check(|body| drop(body.as_object_mut().expect("object").remove("parameter")), "parameter", "Parameters.parameter");
    check(|body| body["parameter"][0]["name"] = json!("op"), "parameter.name", "Parameters.parameter[0].name");
    check(|body| body["parameter"][0]["part"][0]["valueCode"] = json!("add"), "parameter.part.type", &part(0));
    check(
        |body| body["parameter"][0]["part"][0] = json!({"name": "type", "valueString": "replace"}),
        "parameter.part.type",
        &part(0),
    );
    check(|body| body["parameter"][0]["part"][1]["valueString"] = json!("status"), "parameter.part.path", &part(1));
    check(
        |body| body["parameter"][0]["part"][2]["valueString"] = json!("superseded"),
        "parameter.part.value",
        &part(2),
    );
    check(
        |body| body["parameter"][0]["part"][2] = json!({"name": "value", "valueCode": "entered-in-error"}),
        "parameter.part.value",
        &part(2),
    );
    check(
        |body| body["parameter"][0]["part"] = json!([{"name": "x"}]),
        "parameter.part.type",
        "Parameters.parameter[0].part",
    );
    for other in ["valueCode", "valueUri"] {
        let two = |body: &mut Value| body["parameter"][0]["part"][2][other] = json!("entered-in-error");
        check(two, "parameter.part.value", &part(2));
    }
    let parts = |body: &mut Value| body["parameter"][0]["part"][0]["part"] = json!([{"name": "x"}]);
    check(parts, "parameter.part.type", &part(0));
    let more =
        |body: &mut Value| body["parameter"][0]["part"].as_array_mut().expect("parts").push(json!({"name": "x"}));
    check(more, "parameter.part", "Parameters.parameter[0].part");
}

#[test]
fn the_workbench_blames_the_value_as_a_parameter() {
    let mut body = patch();
    body["parameter"][0]["part"][2]["valueString"] = json!("superseded");
    let (_, code, issues) = said(&worded(Wording::Workbench), &recognised(&body).expect_err("it is refused"));
    assert_eq!(code, "INVALID_PARAMETER Invalid parameter");
    assert_eq!(issues, ["Parameters.parameter[0].part[2] Parameter is invalid: value"]);
}

#[test]
fn another_resource_is_no_patch() {
    let (status, code, _) = said(&locator(), &recognised(&json!({"resourceType": "Patient"})).expect_err("refused"));
    assert_eq!((status, code.as_str()), (400, "INVALID_REQUEST_MESSAGE Invalid Request Message"));
}

#[test]
fn parts_stand_in_any_order_and_only_the_first_operation_counts() {
    let mut body = patch();
    body["parameter"][0]["part"].as_array_mut().expect("parts").reverse();
    body["parameter"].as_array_mut().expect("parameters").push(json!({"name": "operation", "part": []}));
    assert_eq!(recognised(&body), Ok(()));
}

const XML: &str = r#"<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/>
    <part><name value="type"/><valueCode value="replace"/></part>
    <part><name value="path"/><valueString value="DocumentReference.status"/></part>
    <part><name value="value"/><valueString value="entered-in-error"/></part></parameter></Parameters>"#;

/// Places and reasons of what a patch in XML is refused for, or ids of the rules that were repaired.
fn read_xml(mode: Mode, from: &str, to: &str) -> Result<Vec<String>, Vec<String>> {
    assert!(XML.contains(from), "{from}");
    let body = XML.replacen(from, to, 1);
    let locator = Locator { mode, ..locator() };
    let named = Named::id("019abcde-f012-7345-89ab-cdef01234567-bab70707070707070707");
    match Ready::update(&locator, named, Body { bytes: body.as_bytes(), format: Format::Xml }) {
        Ok(ready) => Ok(ready.warnings().iter().map(|warning| warning.rule.id.to_owned()).collect()),
        Err(refused) => Err(said(&locator, &refused).2),
    }
}

#[test]
fn an_element_that_stands_twice_in_a_patch_is_refused() {
    let value = r#"<valueString value="entered-in-error"/>"#;
    for mode in [Mode::Compat, Mode::Strict] {
        let said = read_xml(mode, value, &format!(r#"{value}<valueString value="current"/>"#)).expect_err("two values");
        assert!(
            said[0].starts_with("Parameters.parameter[0].part[2].valueString valueString may stand once"),
            "{said:?}"
        );
    }
}

#[test]
fn compat_repairs_the_order_of_a_patch_and_strict_refuses_it() {
    let (from, to) =
        (r#"<name value="type"/><valueCode value="replace"/>"#, r#"<valueCode value="replace"/><name value="type"/>"#);
    assert_eq!(read_xml(Mode::Compat, from, to), Ok(vec!["xml-order".to_owned()]));
    let said = read_xml(Mode::Strict, from, to).expect_err("strict takes no other order");
    assert!(said[0].starts_with("Parameters.parameter[0].part[0].name "), "{said:?}");
}

#[test]
fn what_stands_behind_the_first_operation_is_not_looked_at() {
    for mode in [Mode::Compat, Mode::Strict] {
        let second = "</parameter><parameter><colour value=\"red\"/></parameter>";
        assert_eq!(read_xml(mode, "</parameter>", second), Ok(Vec::new()));
    }
}

//! The one patch.

use baton_fhir::{
    json as fhir_json,
    reading::{ReadLimits, Reading},
};
use serde_json::{Value, json};

use super::{locator, said, worded};
use crate::nrl::{Refused, Wording, recognise};

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

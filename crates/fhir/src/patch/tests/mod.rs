mod add;
mod change;
mod whole;

use super::{PatchError, patch};
use crate::definitions::{FhirVersion, definitions};
use crate::json;
use crate::testing::tree;
use crate::tree::Tree;

/// A Parameters resource; each operation is its parts.
fn parameters(operations: &[&str]) -> Tree {
    let parameters = operations.iter().map(|parts| format!(r#"{{"name":"operation","part":[{parts}]}}"#));
    tree(&format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, parameters.collect::<Vec<_>>().join(",")))
}

fn path(kind: &str, path: &str) -> String {
    format!(r#"{{"name":"type","valueCode":"{kind}"}},{{"name":"path","valueString":"{path}"}}"#)
}

fn add(at: &str, name: &str, value: &str) -> String {
    format!(r#"{},{{"name":"name","valueString":"{name}"}},{{"name":"value",{value}}}"#, path("add", at))
}

fn insert(at: &str, index: u32, value: &str) -> String {
    format!(r#"{},{{"name":"index","valueInteger":{index}}},{{"name":"value",{value}}}"#, path("insert", at))
}

fn replace(at: &str, value: &str) -> String {
    format!(r#"{},{{"name":"value",{value}}}"#, path("replace", at))
}

fn move_item(at: &str, source: u32, destination: u32) -> String {
    format!(
        r#"{},{{"name":"source","valueInteger":{source}}},{{"name":"destination","valueInteger":{destination}}}"#,
        path("move", at)
    )
}

fn delete(at: &str) -> String {
    path("delete", at)
}

fn written(tree: &Tree) -> String {
    let mut out = Vec::new();
    json::write(tree.root(), &mut out);
    String::from_utf8(out).expect("JSON is text")
}

fn resource(members: &str) -> Tree {
    tree(&format!(r#"{{"resourceType":"Patient",{members}}}"#))
}

fn patched(members: &str, operation: &str) -> Result<String, PatchError> {
    let patched = patch(&resource(members), parameters(&[operation]).root(), definitions(FhirVersion::R4))?;
    let text = written(&patched);
    let members = text.strip_prefix(r#"{"resourceType":"Patient""#).and_then(|text| text.strip_suffix('}'));
    Ok(members.expect("it is still a patient").trim_start_matches(',').to_owned())
}

#[track_caller]
fn check(members: &str, operation: &str, expected: &str) {
    let found = patched(members, operation).unwrap_or_else(|error| panic!("{operation}: {error}"));
    assert_eq!(found, expected, "{operation}");
}

#[track_caller]
fn check_refused(members: &str, operation: &str, expected: &str) {
    assert_eq!(patched(members, operation).expect_err(operation).to_string(), expected, "{operation}");
}

const NAMES: &str = r#""name":[{"family":"A"},{"family":"B"},{"family":"C"}]"#;
const GIVEN: &str = r#""name":[{"given":["a",null,"c"],"_given":[null,{"id":"n"},{"id":"m"}]}]"#;

use super::{OPERATIONS_MAX, patch};
use crate::json::{read_value, write};
use crate::patch::{PatchError, PatchFault};
use crate::reading::ReadLimits;
use crate::tree::Tree;

fn value(text: &str) -> Tree {
    read_value(text.as_bytes(), &ReadLimits::default()).expect("the test wrote JSON")
}

fn patched(document: &str, operations: &str) -> Result<String, PatchError> {
    let patched = patch(&value(document), value(operations).root())?;
    let mut out = Vec::new();
    write(patched.root(), &mut out);
    Ok(String::from_utf8(out).expect("JSON is text"))
}

#[track_caller]
fn check(document: &str, operation: &str, expected: &str) {
    let found = patched(document, &format!("[{operation}]")).unwrap_or_else(|error| panic!("{operation}: {error}"));
    assert_eq!(found, expected, "{operation}");
}

#[track_caller]
fn check_refused(document: &str, operation: &str, expected: &str) {
    let error = patched(document, &format!("[{operation}]")).expect_err(operation);
    assert_eq!(error.to_string(), expected, "{operation}");
}

#[test]
fn add_makes_or_replaces_a_member_and_makes_room_for_an_item() {
    check(r#"{"a":1}"#, r#"{"op":"add","path":"/b","value":2.50}"#, r#"{"a":1,"b":2.50}"#);
    check(r#"{"a":1,"b":2}"#, r#"{"op":"add","path":"/a","value":null}"#, r#"{"a":null,"b":2}"#);
    check("[1,2]", r#"{"op":"add","path":"/0","value":[0]}"#, "[[0],1,2]");
    check("[1,2]", r#"{"op":"add","path":"/2","value":3}"#, "[1,2,3]");
    check("[]", r#"{"op":"add","path":"/-","value":{}}"#, "[{}]");
    check("[1]", r#"{"op":"add","path":"","value":"new"}"#, r#""new""#);
    check(r#"{"a":{}}"#, r#"{"op":"add","path":"/a/x~1y~0z","value":1}"#, r#"{"a":{"x/y~z":1}}"#);
}

#[test]
fn add_refuses_places_that_cannot_be() {
    check_refused("{}", r#"{"op":"add","path":"/a/b","value":1}"#, "operation 1 at /a/b: nothing is there");
    check_refused(
        "[1]",
        r#"{"op":"add","path":"/2","value":1}"#,
        "operation 1 at /2: there is no place 2 in a list of 1",
    );
    check_refused("[1]", r#"{"op":"add","path":"/00","value":1}"#, "operation 1 at /00: nothing is there");
    check_refused("[1]", r#"{"op":"add","path":"/1e0","value":1}"#, "operation 1 at /1e0: nothing is there");
    check_refused("{}", r#"{"op":"add","path":"/","value":1}"#, "operation 1 at /: a member needs a name");
    check_refused("1", r#"{"op":"add","path":"/a","value":1}"#, "operation 1 at /a: nothing is there");
}

#[test]
fn remove_takes_away_what_is_there() {
    check(r#"{"a":1,"b":2}"#, r#"{"op":"remove","path":"/a"}"#, r#"{"b":2}"#);
    check("[1,2,3]", r#"{"op":"remove","path":"/2"}"#, "[1,2]");
    check_refused("[1]", r#"{"op":"remove","path":"/-"}"#, "operation 1 at /-: nothing is there");
    check_refused("{}", r#"{"op":"remove","path":"/a"}"#, "operation 1 at /a: nothing is there");
    check_refused(
        "{}",
        r#"{"op":"remove","path":""}"#,
        "operation 1 at : a patch changes a part of the resource and not the whole",
    );
}

#[test]
fn replace_wants_something_to_be_there() {
    check(r#"{"a":1,"b":2}"#, r#"{"op":"replace","path":"/a","value":{"c":[]}}"#, r#"{"a":{"c":[]},"b":2}"#);
    check("[1,2]", r#"{"op":"replace","path":"/1","value":3}"#, "[1,3]");
    check("[1]", r#"{"op":"replace","path":"","value":{}}"#, "{}");
    check_refused("{}", r#"{"op":"replace","path":"/a","value":1}"#, "operation 1 at /a: nothing is there");
}

#[test]
fn move_takes_out_first_and_puts_in_then() {
    check(r#"{"a":[1,2,3]}"#, r#"{"op":"move","from":"/a/0","path":"/a/2"}"#, r#"{"a":[2,3,1]}"#);
    check(r#"{"a":{"b":1}}"#, r#"{"op":"move","from":"/a/b","path":"/a"}"#, r#"{"a":1}"#);
    check(r#"{"a":1}"#, r#"{"op":"move","from":"/a","path":"/a"}"#, r#"{"a":1}"#);
    check_refused(
        r#"{"a":{}}"#,
        r#"{"op":"move","from":"/a","path":"/a/b"}"#,
        "operation 1 at /a/b: from has to be a place that path does not lead into",
    );
    check_refused(r#"{"a":1}"#, r#"{"op":"move","from":"/b","path":"/b"}"#, "operation 1 at /b: nothing is there");
    check_refused(
        r#"{"a":[1]}"#,
        r#"{"op":"move","from":"/a/0","path":"/a/1"}"#,
        "operation 1 at /a/1: there is no place 1 in a list of 0",
    );
}

#[test]
fn copy_leaves_the_original_alone() {
    let copies = r#"{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/b/x","value":"\u00e4"}"#;
    check(r#"{"a":{"n":1.0}}"#, copies, r#"{"a":{"n":1.0},"b":{"n":1.0,"x":"ä"}}"#);
    check("[1]", r#"{"op":"copy","from":"","path":"/-"}"#, "[1,[1]]");
    check_refused("{}", r#"{"op":"copy","from":"/a","path":"/b"}"#, "operation 1 at /b: nothing is there");
}

#[test]
fn test_compares_values_and_not_their_spelling() {
    check(
        r#"{"a":{"x":1,"y":[null]}}"#,
        r#"{"op":"test","path":"/a","value":{"y":[null],"x":1.0e0}}"#,
        r#"{"a":{"x":1,"y":[null]}}"#,
    );
    let failed = "operation 1 at /a: another value is there than the test expects";
    check_refused(r#"{"a":1}"#, r#"{"op":"test","path":"/a","value":"1"}"#, failed);
    check_refused(r#"{"a":[1,2]}"#, r#"{"op":"test","path":"/a","value":[2,1]}"#, failed);
    check_refused("{}", r#"{"op":"test","path":"/a","value":null}"#, "operation 1 at /a: nothing is there");
}

#[test]
fn an_operation_says_what_it_needs() {
    check_refused("{}", "7", "operation 1: an object was expected");
    check_refused("{}", r#"{"path":"/a"}"#, "operation 1 at /a: op is missing");
    check_refused(
        "{}",
        r#"{"op":"merge","path":"/a"}"#,
        "operation 1 at /a: op has to be one of add, remove, replace, move, copy, test",
    );
    check_refused("{}", r#"{"op":"remove"}"#, "operation 1: path is missing");
    check_refused("{}", r#"{"op":"remove","path":["a"]}"#, "operation 1: path has to be a string");
    check_refused("{}", r#"{"op":"add","path":"/a"}"#, "operation 1 at /a: value is missing");
    check_refused("{}", r#"{"op":"copy","path":"/a"}"#, "operation 1 at /a: from is missing");
    check_refused(
        "{}",
        r#"{"op":"remove","path":"a"}"#,
        "operation 1 at a: path has to be a JSON Pointer, which begins with /",
    );
    check_refused(
        "{}",
        r#"{"op":"remove","path":"/~2"}"#,
        "operation 1 at /~2: path has to be a JSON Pointer, in which ~ is written ~0 and / is written ~1",
    );
    assert_eq!(patched("{}", "{}").expect_err("no list").to_string(), "a list of operations was expected");
}

#[test]
fn a_refused_patch_leaves_the_document_as_it_was_and_names_the_operation() {
    let document = value(r#"{"a":1}"#);
    let operations = value(r#"[{"op":"remove","path":"/a"},{"op":"remove","path":"/a"}]"#);
    let error = patch(&document, operations.root()).expect_err("it is gone");
    assert_eq!((error.operation, error.fault), (Some(2), PatchFault::NothingThere));
    assert!(document.root().get("a").is_some());
}

fn fault(document: &str, operations: &str) -> Option<PatchFault> {
    patched(document, operations).err().map(|error| error.fault)
}

fn repeated(operation: &str, count: usize) -> String {
    format!("[{}]", vec![operation; count].join(","))
}

#[test]
fn a_patch_has_a_largest_number_of_operations() {
    let test = r#"{"op":"test","path":"","value":1}"#;
    assert_eq!(fault("1", &repeated(test, OPERATIONS_MAX)), None);
    assert_eq!(fault("1", &repeated(test, OPERATIONS_MAX + 1)), Some(PatchFault::TooManyOperations(OPERATIONS_MAX)));
}

#[test]
fn a_document_that_doubles_is_stopped() {
    let double = r#"{"op":"copy","from":"","path":"/-"}"#;
    assert_eq!(fault("[1]", &repeated(double, 15)), None);
    assert_eq!(fault("[1]", &repeated(double, 40)), Some(PatchFault::TooCostly("values")));
    let long = format!(r#"["{}"]"#, "x".repeat(1 << 20));
    let again = r#"{"op":"copy","from":"/0","path":"/-"}"#;
    assert_eq!(fault(&long, &repeated(again, 16)), None);
    assert_eq!(fault(&long, &repeated(again, 17)), Some(PatchFault::TooCostly("bytes")));
}

#[test]
fn a_patch_does_not_build_deeper_than_readers_read() {
    let deeper = r#"{"op":"copy","from":"","path":"/0"}"#;
    assert_eq!(fault("[]", &repeated(deeper, 5)), None);
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let put = |levels: usize| format!(r#"[{{"op":"add","path":"/-","value":{}}}]"#, nested(levels));
    assert_eq!(fault(&nested(1), &put(60)), None);
    let add_within = |levels: usize| format!(r#"[{{"op":"add","path":"{}/-","value":[]}}]"#, "/0".repeat(levels - 1));
    assert_eq!(fault(&nested(63), &add_within(63)), None);
    assert_eq!(fault(&nested(64), &add_within(64)), Some(PatchFault::TooCostly("levels")));
}

#[test]
fn many_operations_on_a_long_list_run_out_of_steps() {
    let list = format!("[{}]", vec!["1"; 20_000].join(","));
    let last = r#"{"op":"move","from":"/19999","path":"/0"}"#;
    assert_eq!(fault(&list, &repeated(last, OPERATIONS_MAX)), Some(PatchFault::TooCostly("steps")));
}

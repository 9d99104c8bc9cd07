use super::{read, write, write_pretty};
use crate::reading::{ReadLimits, Reading};

fn read_text(text: &str, reading: Reading) -> Result<String, String> {
    match read(text.as_bytes(), reading, &ReadLimits::default()) {
        Ok(read) => {
            let mut out = Vec::new();
            write(read.tree.root(), &mut out);
            let rules: Vec<_> = read.findings.iter().map(|finding| finding.rule.id).collect();
            let text = String::from_utf8(out).expect("what was read as text is written as text");
            Ok(format!("{text}{}{}", if rules.is_empty() { "" } else { " " }, rules.join(" ")))
        }
        Err(finding) => {
            let position = finding.position.map_or("?".to_owned(), |at| format!("{}:{}", at.line, at.column));
            Err(format!("{} {position} {}", finding.rule.id, finding.diagnostics))
        }
    }
}

fn check_refused(text: &str, expected: &str) {
    for reading in [Reading::Strict, Reading::Repair] {
        assert_eq!(read_text(text, reading).expect_err(text), expected, "{text}");
    }
}

fn check_value(value: &str) {
    let text = format!(r#"{{"resourceType":"Basic","value":{value}}}"#);
    assert_eq!(read_text(&text, Reading::Strict).as_deref(), Ok(text.as_str()));
}

fn check_bad_value(value: &str) {
    let text = format!(r#"{{"resourceType":"Basic","value":{value}}}"#);
    let refused = read_text(&text, Reading::Repair).expect_err(value);
    assert!(refused.starts_with("json-syntax 1:"), "{value}: {refused}");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    check_refused("", "json-syntax 1:1 the body is empty");
    check_refused("  \n ", "json-syntax 2:2 the body is empty");
    check_refused("hello", "json-syntax 1:1 a value was expected, found something else");
    check_refused("{", "json-syntax 1:2 a property name in double quotes was expected, found the end of the text");
    check_refused(
        "{\n  'a':1}",
        "json-syntax 2:3 a property name in double quotes was expected, found a single quote; JSON strings stand in double quotes",
    );
    check_refused("{\"a\" 1}", "json-syntax 1:6 ':' was expected after a property name, found a number");
    check_refused("{\"a\":[1 2]}", "json-syntax 1:9 ',' or ']' was expected, found a number");
    check_refused("{\"a\":1}}", "json-syntax 1:8 the end of the text was expected, found '}'");
    check_refused("{,}", "json-syntax 1:2 a property name in double quotes was expected, found ','");
    check_refused("[,1]", "json-syntax 1:2 a value was expected, found ','");
    check_refused("{\"a\":1,,}", "json-syntax 1:8 a property name in double quotes was expected, found ','");
    check_refused("{\"\":1}", "json-syntax 1:2 a property name is empty");
    check_refused("{\"a\":\"b\nc\"}", "json-syntax 1:8 a control character in a string has to be escaped");
}

#[test]
fn a_body_that_is_no_resource_is_refused() {
    check_refused("[]", "json-root 1:1 a JSON object was expected");
    check_refused("42", "json-root 1:1 a JSON object was expected");
    check_refused("null", "json-root 1:1 a JSON object was expected");
    check_refused("{}", "json-resource-type 1:1 resourceType is missing or no string");
    check_refused("{\"resourceType\":1}", "json-resource-type 1:1 resourceType is missing or no string");
}

/// Threat: T75
#[test]
fn a_name_that_stands_twice_is_refused_where_it_stands_again() {
    let what = "the same name stands above in this object; which of the two counts cannot be known";
    check_refused("{\"a\":1,\n\"a\":1}", &format!("json-duplicate-key 2:1 {what}"));
    check_refused("{\"a\":1,\"\\u0061\":1}", &format!("json-duplicate-key 1:8 {what}"));
    let many: String = (0..40).map(|number| format!("\"n{number}\":1,")).collect();
    check_refused(&format!("{{{many}\n\"n3\":1}}"), &format!("json-duplicate-key 2:1 {what}"));
}

/// Threat: T75
#[test]
fn a_byte_that_is_no_utf_8_is_refused_where_it_stands() {
    let refused = read(b"{\"a\":\n\"\xff\"}", Reading::Repair, &ReadLimits::default()).expect_err("no UTF-8");
    assert_eq!(refused.rule.id, "json-encoding");
    assert_eq!(refused.position.map(|at| (at.line, at.column)), Some((2, 2)));
}

/// Threat: T75
#[test]
fn numbers_that_json_does_not_have_are_refused() {
    ["01", "1.", ".5", "1e", "1e+", "-", "+1", "NaN", "Infinity", "0x10", "1_000", "--1"]
        .into_iter()
        .for_each(check_bad_value);
}

/// Threat: T75
#[test]
fn strings_that_json_does_not_have_are_refused() {
    [r#""\x""#, r#""\u12""#, r#""\ud800""#, r#""\ud800A""#, r#""\udc00""#, r#""\"#, r#""a"#]
        .into_iter()
        .for_each(check_bad_value);
}

#[test]
fn numbers_keep_their_text() {
    ["0", "-0", "38.930", "1.0e2", "1E-2", "-9.4670e1", "123456789012345678901234567890.123456789"]
        .into_iter()
        .for_each(check_value);
}

#[test]
fn text_keeps_its_characters() {
    ["\"\"", "\"é ñ 👩🏽‍⚕️ שלום\"", "\"a\\\"b\\\\c\\n\\t\"", "true", "false", "null", "[]", "{}", "[[],{}]"]
        .into_iter()
        .for_each(check_value);
}

#[test]
fn escapes_become_the_characters_that_they_stand_for() {
    let read = read_text(r#"{"resourceType":"Basic","v":"\u00e9\/\ud83d\ude00\u0001"}"#, Reading::Strict);
    assert_eq!(read.as_deref(), Ok(r#"{"resourceType":"Basic","v":"é/😀\u0001"}"#));
}

#[test]
fn comments_and_trailing_commas_are_refused_by_name_in_strict() {
    let refused = |text| read_text(text, Reading::Strict).expect_err(text);
    assert_eq!(refused("{ // x\n}"), "json-syntax 1:3 a comment is not JSON");
    assert_eq!(refused("{\"a\":[1,\n ]}"), "json-syntax 1:8 a trailing comma is not JSON");
}

#[test]
fn each_repair_is_a_warning_of_its_own() {
    let text = "{\"resourceType\":/* one */\"Basic\", // two\n\"v\":[1, ],}";
    let expected = r#"{"resourceType":"Basic","v":[1]} json-repair-comment json-repair-comment json-repair-comma json-repair-comma"#;
    assert_eq!(read_text(text, Reading::Repair).as_deref(), Ok(expected));
}

#[test]
fn a_comment_that_does_not_end_is_refused() {
    assert!(read_text("{ /* x", Reading::Repair).expect_err("no end").starts_with("json-syntax 1:3"));
}

/// Threat: T75
#[test]
fn a_byte_order_mark_is_skipped_and_noted_where_repairs_are_made() {
    let text = "\u{feff}{\"resourceType\":\"Basic\"}";
    assert_eq!(read_text(text, Reading::Strict).as_deref(), Ok(r#"{"resourceType":"Basic"}"#));
    assert_eq!(read_text(text, Reading::Repair).as_deref(), Ok(r#"{"resourceType":"Basic"} json-repair-bom"#));
}

/// Threat: T74
#[test]
fn the_depth_limit_holds_at_the_limit_and_one_over() {
    let nested = |levels: usize| {
        let (open, close) = ("[".repeat(levels - 1), "]".repeat(levels - 1));
        read_text(&format!("{{\"resourceType\":\"Basic\",\"v\":{open}{close}}}"), Reading::Strict)
    };
    assert!(nested(64).is_ok());
    assert!(nested(65).expect_err("too deep").starts_with("json-depth"));
    assert!(read_text(&"[".repeat(100_000), Reading::Repair).expect_err("too deep").starts_with("json-depth"));
}

/// Threat: T74
#[test]
fn the_node_limit_holds_at_the_limit_and_one_over() {
    let limits = ReadLimits { nodes_max: 4, ..ReadLimits::default() };
    let read =
        |text: &str| read(text.as_bytes(), Reading::Strict, &limits).map(|_| ()).map_err(|finding| finding.rule.id);
    assert_eq!(read(r#"{"resourceType":"Basic","v":[1]}"#), Ok(()));
    assert_eq!(read(r#"{"resourceType":"Basic","v":[1,2]}"#), Err("json-nodes"));
}

#[test]
fn pretty_json_has_two_spaces_a_level() {
    let text = br#"{"resourceType":"Basic","v":[1,{}]}"#;
    let read = read(text, Reading::Strict, &ReadLimits::default()).expect("it is JSON");
    let mut out = Vec::new();
    write_pretty(read.tree.root(), &mut out);
    let expected = "{\n  \"resourceType\": \"Basic\",\n  \"v\": [\n    1,\n    {}\n  ]\n}\n";
    assert_eq!(String::from_utf8(out).as_deref(), Ok(expected));
}

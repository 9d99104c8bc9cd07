//! The cases of JSON Patch.

use baton_fhir::canonical::content_hash;
use baton_fhir::tree::Tree;
use baton_fhir::{json, patch, reading::ReadLimits};

const CASES: usize = 16;

fn value(text: &str) -> Tree {
    json::read_value(text.as_bytes(), &ReadLimits::default()).expect("the suite is JSON")
}

#[test]
fn hl7s_cases_of_json_patch_pass() {
    let Some(suite) = super::suite("r4/patch/json-patch-tests.json") else {
        return;
    };
    let suite = value(&suite);
    let mut count = 0;
    for case in suite.root().children() {
        let name = case.str("comment").expect("a case has a comment");
        let alone = |part: &str| {
            let mut out = Vec::new();
            json::write(case.get(part).expect(name), &mut out);
            value(&String::from_utf8(out).expect("JSON is text"))
        };
        let patched = patch::json::patch(&alone("doc"), alone("patch").root());
        match case.get("expected") {
            Some(expected) => {
                let patched = patched.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(
                    content_hash(patched.root()) == content_hash(expected),
                    "{name}: another document was expected"
                );
            }
            None => assert!(patched.is_err(), "{name}: an error was expected"),
        }
        count += 1;
    }
    assert_eq!(count, CASES);
}

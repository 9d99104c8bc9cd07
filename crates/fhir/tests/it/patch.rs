//! The cases of FHIRPath Patch. Their `mode` says whether a case is about applying a patch (`forwards`), about making one of
//! two resources (`reverse`), or `both`; Baton makes none, so that it runs all but `reverse`.

use baton_fhir::canonical::content_hash;
use baton_fhir::definitions::{FhirVersion, definitions};
use baton_fhir::patch::patch;
use baton_fhir::reading::{ReadLimits, Reading};
use baton_fhir::tree::{Node, Tree};
use baton_fhir::{json, xml};

const CASES: usize = 33;

/// What stands between a tag and its end.
fn between<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let start = text.find(&format!("<{name}>"))? + name.len() + 2;
    let length = text[start..].find(&format!("</{name}>"))?;
    Some(text[start..start + length].trim())
}

fn read(resource: &str) -> Tree {
    let read = xml::read(resource.as_bytes(), definitions(FhirVersion::R4), Reading::Strict, &ReadLimits::default());
    read.expect("the suite has resources").tree
}

/// The same resource as JSON has it: a patch must not care where a tree came from.
fn as_json(tree: &Tree) -> Tree {
    let mut out = Vec::new();
    json::write(tree.root(), &mut out);
    json::read(&out, Reading::Strict, &ReadLimits::default()).expect("it was written as JSON").tree
}

/// What a resource says; white space and quotes in a narrative may be written in several ways.
fn content(node: Node<'_>) -> [u8; 32] {
    let mut out = Vec::new();
    json::write(node, &mut out);
    let plain =
        String::from_utf8(out).expect("JSON is text").replace("&quot;", "\\\"").replace("\\r", "").replace("\\n", " ");
    let words: Vec<&str> = plain.split_whitespace().collect();
    let again = json::read(words.join(" ").as_bytes(), Reading::Strict, &ReadLimits::default());
    content_hash(again.expect("it is still JSON").tree.root())
}

fn check(name: &str, case: &str) {
    let (input, diff) = (read(between(case, "input").expect(name)), read(between(case, "diff").expect(name)));
    for (input, diff) in [(&input, &diff), (&as_json(&input), &as_json(&diff))] {
        let patched = patch(input, diff.root(), definitions(FhirVersion::R4));
        match between(case, "output") {
            Some(output) => {
                let patched = patched.unwrap_or_else(|error| panic!("{name}: {error}"));
                let expected = read(output);
                assert!(content(patched.root()) == content(expected.root()), "{name}: another resource was expected");
            }
            None => assert!(patched.is_err(), "{name}: an error was expected"),
        }
    }
}

#[test]
fn hl7s_cases_of_fhirpath_patch_pass() {
    let Some(suite) = super::suite("r4/patch/fhir-patch-tests.xml") else {
        return;
    };
    let mut count = 0;
    for case in suite.split("<case ").skip(1) {
        let (head, _) = case.split_once('>').expect("a case has a head");
        if !head.contains("mode=\"reverse\"") {
            check(head, case);
            count += 1;
        }
    }
    assert_eq!(count, CASES);
}

//! Random paths and patches: nothing panics, what is refused changes nothing, and what comes out can be read again.

use baton_fhir::canonical::content_hash;
use baton_fhir::check::{Options, document};
use baton_fhir::definitions::{FhirVersion, definitions};
use baton_fhir::patch;
use baton_fhir::path::Path;
use baton_fhir::reading::{ReadLimits, Reading};
use baton_fhir::tree::Tree;
use baton_fhir::{json, xml};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","active":true,"extension":[{"url":"urn:a","valueString":"x"}],
    "identifier":[{"system":"urn:s","value":"1"},{"value":"2"}],
    "name":[{"family":"A","given":["a",null,"c"],"_given":[null,{"id":"n"},{"extension":[{"url":"urn:b"}]}]},{"use":"old"}],
    "birthDate":"1974-12-25","_birthDate":{"id":"b"},"contact":[{"name":{"text":"x"}},{"gender":"male"}],
    "contained":[{"resourceType":"Organization","id":"o"}],"deceasedBoolean":false}"#;

/// Words that paths are made of, and some that they are not.
const WORDS: &[&str] = &[
    "Patient",
    "name",
    "given",
    "family",
    "contact",
    "extension",
    "identifier",
    "value",
    "birthDate",
    "deceased",
    "contained",
    "active",
    "id",
    "gender",
    ".",
    ".",
    ".",
    "[0]",
    "[1]",
    "[",
    "]",
    "(",
    ")",
    "where(",
    "exists()",
    "empty()",
    "not()",
    "first()",
    "last()",
    "ofType(",
    "is",
    "as",
    "and",
    "or",
    "implies",
    "|",
    "=",
    "!=",
    "~",
    "<",
    ">=",
    "'a'",
    "'",
    "1",
    "-1.5",
    "$this",
    "{}",
    "true",
    " ",
    "extension('urn:a')",
    "ö",
    "\\",
    "`name`",
    "@",
    "%",
];

const PATHS: &[&str] = &[
    "Patient",
    "Patient.name",
    "Patient.name[0]",
    "Patient.name[0].given",
    "Patient.name[0].given[1]",
    "Patient.name.given",
    "Patient.name.first().given.last()",
    "Patient.birthDate",
    "Patient.birthDate.id",
    "Patient.birthDate.extension",
    "Patient.contact",
    "Patient.contact[0]",
    "Patient.contact[0].name",
    "Patient.contact[0].name.text",
    "Patient.deceased",
    "Patient.extension",
    "Patient.extension('urn:a')",
    "Patient.extension('urn:a').value",
    "Patient.contained[0].id",
    "Patient.identifier.where(value = '2')",
    "Patient.active",
    "Patient.name[0].given[2].extension[0].url",
];

const VALUES: &[&str] = &[
    r#""valueString":"x""#,
    r#""valueCode":"male""#,
    r#""valueBoolean":true"#,
    r#""valueDate":"2001""#,
    r#""_valueString":{"id":"z"}"#,
    r#""valueString":"y","_valueString":{"extension":[{"url":"urn:c"}]}"#,
    r#""valueHumanName":{"given":["q"],"_given":[{"id":"q"}]}"#,
    r#""valueIdentifier":{"value":"9"}"#,
    r#""resource":{"resourceType":"Basic"}"#,
    r#""valueExtension":{}"#,
    r#""valueHumanName":[]"#,
    r#""part":[{"name":"url","valueUri":"urn:d"},{"name":"value","valueInteger":1}]"#,
    r#""part":[{"name":"gender","valueCode":"female"}]"#,
    r#""part":[]"#,
    r#""valueString":null"#,
];

const NAMES: &[&str] =
    &["name", "given", "active", "contact", "extension", "deceased", "birthDate", "text", "value", "contained", "nope"];

const POINTERS: &[&str] = &[
    "",
    "/",
    "/name",
    "/name/0",
    "/name/0/given",
    "/name/0/given/1",
    "/name/0/given/-",
    "/name/0/_given/2/extension",
    "/name/5",
    "/birthDate",
    "/_birthDate",
    "/contact/0/name/text",
    "/contained/0",
    "/extension/-",
    "/new",
    "/new/deep",
    "/~1",
    "/~",
    "x",
];

/// Rules that these values break by what they mean, and not by how the patch put them there.
const MEANING: &[&str] = &["fhir-required"];

fn read(text: &str) -> Tree {
    json::read_value(text.as_bytes(), &ReadLimits::default()).expect("it is JSON")
}

fn written(tree: &Tree) -> Vec<u8> {
    let mut out = Vec::new();
    json::write(tree.root(), &mut out);
    out
}

fn any_operation() -> impl Strategy<Value = String> {
    let kinds = select(vec!["add", "insert", "delete", "replace", "move"]);
    (kinds, select(PATHS), select(NAMES), select(VALUES), 0..4_u8, 0..4_u8).prop_map(|(kind, path, name, value, from, to)| {
        let more = match kind {
            "add" => format!(r#",{{"name":"name","valueString":"{name}"}},{{"name":"value",{value}}}"#),
            "insert" => format!(r#",{{"name":"index","valueInteger":{from}}},{{"name":"value",{value}}}"#),
            "replace" => format!(r#",{{"name":"value",{value}}}"#),
            "move" => {
                format!(r#",{{"name":"source","valueInteger":{from}}},{{"name":"destination","valueInteger":{to}}}"#)
            }
            _ => String::new(),
        };
        format!(
            r#"{{"name":"operation","part":[{{"name":"type","valueCode":"{kind}"}},{{"name":"path","valueString":"{path}"}}{more}]}}"#
        )
    })
}

fn any_json_operation() -> impl Strategy<Value = String> {
    let kinds = select(vec!["add", "remove", "replace", "move", "copy", "test"]);
    let values = select(vec!["1", "null", r#""x""#, "[1.50]", r#"{"a":{}}"#, "[]"]);
    (kinds, select(POINTERS), select(POINTERS), values).prop_map(|(kind, path, from, value)| {
        format!(r#"{{"op":"{kind}","path":"{path}","from":"{from}","value":{value}}}"#)
    })
}

/// A patched resource breaks no rule but those about what values mean, and XML says the same as JSON.
fn check_sound(patched: &Tree) {
    let r4 = definitions(FhirVersion::R4);
    let findings = document(&mut patched.clone(), r4, &Options::new(Reading::Strict));
    let broken: Vec<_> = findings.iter().filter(|finding| !MEANING.contains(&finding.rule.id)).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let mut out = Vec::new();
    xml::write(patched.root(), r4, &mut out);
    let again = xml::read(&out, r4, Reading::Strict, &ReadLimits::default()).expect("what a patch makes can be read");
    assert!(again.findings.is_empty(), "{:?}", again.findings);
    assert!(content_hash(again.tree.root()) == content_hash(patched.root()), "XML and JSON say the same");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_path_parser_panic(text in any::<String>(), words in vec(select(WORDS), 0..24)) {
        let tree = read(PATIENT);
        for path in [text, words.concat(), words.join(" "), format!("Patient.{}", words.concat())] {
            if let Ok(path) = Path::parse(&path) {
                // what it leads to is another matter; that it leads there without harm is this one
                let _ = path.places(&tree, definitions(FhirVersion::R4)).is_ok();
                let _ = path.places(&tree, definitions(FhirVersion::Stu3)).is_ok();
            }
        }
    }

    #[test]
    fn a_patch_makes_a_sound_resource_or_changes_nothing(operations in vec(any_operation(), 1..8)) {
        let mut tree = read(PATIENT);
        for operation in &operations {
            let parameters = read(&format!(r#"{{"resourceType":"Parameters","parameter":[{operation}]}}"#));
            let before = written(&tree);
            let patched = patch::patch(&tree, parameters.root(), definitions(FhirVersion::R4));
            prop_assert_eq!(written(&tree), before);
            if let Ok(patched) = patched {
                check_sound(&patched);
                tree = patched;
            }
        }
    }

    #[test]
    fn a_patch_is_done_as_a_whole_or_not_at_all(operations in vec(any_operation(), 1..4)) {
        let (before, r4) = (read(PATIENT), definitions(FhirVersion::R4));
        let one_by_one = operations.iter().try_fold(before.clone(), |tree, operation| {
            let parameters = read(&format!(r#"{{"resourceType":"Parameters","parameter":[{operation}]}}"#));
            patch::patch(&tree, parameters.root(), r4).ok()
        });
        let parameters = read(&format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, operations.join(",")));
        let at_once = patch::patch(&before, parameters.root(), r4).ok();
        prop_assert_eq!(at_once.map(|tree| written(&tree)), one_by_one.map(|tree| written(&tree)));
        prop_assert_eq!(written(&before), written(&read(PATIENT)));
    }

    #[test]
    fn a_json_patch_makes_json_or_changes_nothing(operations in vec(any_json_operation(), 1..8)) {
        let mut tree = read(PATIENT);
        for operation in &operations {
            let before = written(&tree);
            let patched = patch::json::patch(&tree, read(&format!("[{operation}]")).root());
            prop_assert_eq!(written(&tree), before);
            if let Ok(patched) = patched {
                prop_assert_eq!(written(&read(&String::from_utf8_lossy(&written(&patched)))), written(&patched));
                tree = patched;
            }
        }
    }

    #[test]
    fn no_parameters_make_the_reader_of_operations_panic(parts in vec((select(NAMES), select(VALUES)), 0..4), name in any::<String>()) {
        let mut tree = Tree::resource("Parameters");
        let parameters = tree.add_array(tree.root_id(), "parameter");
        let parameter = tree.add_object(parameters, "");
        tree.add_str(parameter, "name", &name);
        let parts: Vec<String> = parts.iter().map(|(name, value)| format!(r#"{{"name":"{name}",{value}}}"#)).collect();
        tree.add_copy(parameter, "part", read(&format!("[{}]", parts.join(","))).root());
        let _ = patch::operations(tree.root(), definitions(FhirVersion::R4)).is_ok();
    }
}

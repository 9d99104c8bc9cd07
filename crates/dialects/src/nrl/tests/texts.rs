//! The table of texts is whole.

use std::collections::BTreeSet;

use crate::nrl::{Wording, texts::texts};

#[test]
fn each_row_is_worded_for_wordings_that_exist_and_with_issues_that_fhir_has() {
    let table: toml::Table = toml::from_str(include_str!("../texts.toml")).expect("a table");
    let mut rows: Vec<(String, &toml::Table)> = Vec::new();
    for (name, row) in &table {
        match (name.as_str(), row.as_table()) {
            ("malformed", _) => {}
            ("refusal", Some(refusals)) => {
                rows.extend(refusals.iter().filter_map(|(name, row)| Some((name.clone(), row.as_table()?))));
            }
            (_, Some(row)) => rows.push((name.clone(), row)),
            (_, None) => panic!("{name} is no row"),
        }
    }
    let names: BTreeSet<&str> = Wording::ALL.into_iter().filter_map(Wording::name).collect();
    let fhir = crate::nrl::fhir();
    let issue = fhir.type_named("OperationOutcome.issue").expect("FHIR has issues");
    let set = |name: &str| fhir.value_set(issue.element(name).expect(name).element).expect("its codes are bound");
    for (name, row) in rows {
        let code = row["issue"].as_str().expect("a code");
        assert!(set("code").contains(code), "{name}: {code}");
        for (wording, other) in row.get("wording").and_then(toml::Value::as_table).into_iter().flatten() {
            assert!(names.contains(wording.as_str()), "{name}: {wording}");
            assert!(other.as_table().is_some_and(|other| !other.is_empty()), "{name}: {wording}");
        }
    }
}

#[test]
fn another_wording_replaces_only_what_it_names() {
    let row = texts().updated.in_wording(Wording::Reference);
    assert_eq!((row.status, row.code.as_str(), row.display.as_str()), (200, "RESOURCE_UPDATED", "Resource updated"));
    assert_eq!(texts().updated.in_wording(Wording::Workbench).display, "Resource has been updated");
    assert_eq!(texts().updated.wordings().collect::<Vec<_>>(), ["2.8", "ri"]);
}

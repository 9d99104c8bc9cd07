//! Names of FHIR elements stand in `fhir` and in the guides only: elsewhere a typo would find nobody.

use std::collections::BTreeSet;

use super::{complaint::Complaint, house::House, source::Source};

/// What asks a tree for an element by name. `get` is not among them: headers and queries have it too.
const ASKS: &[&str] = &[
    ".str(\"",
    ".each(\"",
    ".at(&[\"",
    ".is_named(\"",
    "add_str(",
    "add_number(",
    "add_bool(",
    "add_object(",
    "add_array(",
    "add_copy(",
];

/// `element-names`: outside of tests, no crate but `fhir` and `dialects` asks a tree for an element by a literal name, or
/// has a literal that is an element's name. Of the names in the tables of definitions those with a capital letter count
/// (`fullUrl`); others (`status`) are words of every day. `exchange` has no `get` of a literal either.
pub fn check(house: &House) -> Vec<Complaint> {
    let names = names(house);
    let mut complaints = Vec::new();
    for source in house.sources.iter().filter(|source| is_checked(source)) {
        let asked = ASKS.iter().flat_map(|ask| source.code.match_indices(ask)).map(|(offset, _)| offset);
        let got =
            source.code.match_indices(".get(\"").map(|(offset, _)| offset).filter(|_| source.krate() == "exchange");
        let named = source
            .literals
            .iter()
            .filter(|literal| names.contains(literal.text.as_str()))
            .map(|literal| literal.offset);
        let lines: BTreeSet<usize> = asked
            .chain(got)
            .chain(named)
            .filter(|offset| !source.is_test(*offset))
            .map(|offset| source.line(offset))
            .collect();
        let says = "an element of FHIR is named here: give fhir a view that answers what is asked, and ask that";
        complaints.extend(lines.iter().map(|line| Complaint::new("element-names", &source.path, *line, says)));
    }
    complaints
}

fn is_checked(source: &Source) -> bool {
    source.path.starts_with("crates/") && !matches!(source.krate(), "fhir" | "dialects")
}

/// Names of elements in the tables of definitions that cannot be mistaken for other words.
fn names(house: &House) -> BTreeSet<&str> {
    let tables =
        house.texts.iter().filter(|text| text.path.starts_with("crates/fhir/data/") && text.path.ends_with(".txt"));
    let elements = tables.flat_map(|table| table.text.lines()).filter_map(|line| line.strip_prefix(' '));
    let names = elements.filter_map(|line| line.split([' ', '[']).next());
    names.filter(|name| name.contains(|c: char| c.is_ascii_uppercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::complaints;

    const TABLE: (&str, &str) =
        ("crates/fhir/data/r4.txt", "resource Bundle\n id 0..1 - id\n fullUrl 0..1 - uri\n valueSet[x] 0..1 - uri\n");

    #[track_caller]
    fn check(path: &str, code: &str, lines: &[usize]) {
        let found = complaints(super::check, &[TABLE, (path, code)]);
        let expected: Vec<String> = lines.iter().map(|line| format!("{path}:{line}:")).collect();
        let places: Vec<&str> = found.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(places, expected, "{found:?}");
    }

    #[test]
    fn asking_a_tree_by_a_literal_name_is_refused() {
        check("crates/server/src/a.rs", "\nnode.str(\"id\")", &[2]);
        check("crates/server/src/a.rs", "node.at(&[\"a\", \"b\"])", &[1]);
        check("crates/store/src/a.rs", "tree.add_str(root, \"id\", x)", &[1]);
    }

    #[test]
    fn a_name_from_the_definitions_is_refused() {
        check("crates/server/src/a.rs", "let name = \"fullUrl\";\nlet other = \"valueSet\";", &[1, 2]);
    }

    #[test]
    fn exchange_gets_nothing_by_a_literal_name() {
        check("crates/exchange/src/a.rs", "node.get(\"status\")", &[1]);
    }

    #[test]
    fn other_words_tests_guides_and_fhir_are_fine() {
        check("crates/server/src/a.rs", "headers.get(\"id\"); \"status\"; \"a fullUrl\"; text.find(\"id\")", &[]);
        check("crates/server/src/a/tests.rs", "node.str(\"id\")", &[]);
        check("crates/fhir/src/a.rs", "node.str(\"fullUrl\")", &[]);
        check("crates/dialects/src/a.rs", "node.str(\"fullUrl\")", &[]);
    }
}

//! Ids of rules are stable and printed to partners, so no two rules of the workspace have the same.

use std::collections::BTreeMap;

use super::{
    complaint::Complaint,
    house::House,
    lex::{Piece, closing},
    source::Source,
};

/// `rule-id`: in `Rule { id: "…" }`, in `rules! { NAME = "…", … }` and in calls of `rule("…")`, outside of tests, every id
/// stands once and is made of small letters, digits and dashes.
pub fn check(house: &House) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    for source in &house.sources {
        for id in ids(source) {
            let place = format!("{}:{}", source.path, source.line(id.offset));
            if !id.text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') || id.text.is_empty()
            {
                let says = format!("the rule id {:?} is not made of small letters, digits and dashes", id.text);
                complaints.push(Complaint::at("rule-id", source, id.offset, says));
            }
            if let Some(first) = seen.get(id.text.as_str()) {
                let says = format!("the rule id {:?} stands already at {first}: give this rule its own", id.text);
                complaints.push(Complaint::at("rule-id", source, id.offset, says));
            } else {
                seen.insert(&id.text, place);
            }
        }
    }
    complaints
}

/// Literals of a source that are ids of rules.
fn ids(source: &Source) -> Vec<&Piece> {
    let regions = |start: &str| -> Vec<(usize, usize)> {
        let found = source.code.match_indices(start).map(|(at, _)| at + start.len() - 1);
        found.map(|open| (open, closing(&source.code, open))).collect()
    };
    let (structs, tables) = (regions("Rule {"), regions("rules! {"));
    let within =
        |regions: &[(usize, usize)], at: usize| regions.iter().any(|(open, close)| (*open..*close).contains(&at));
    let is_id = |literal: &&Piece| {
        let before = source.code[..literal.offset].trim_end();
        let field = before.ends_with("id:") && within(&structs, literal.offset);
        let row = before.ends_with('=') && within(&tables, literal.offset);
        let call = before.strip_suffix('(').is_some_and(|name| name.ends_with(" rule"));
        (field || row || call) && !source.is_test(literal.offset)
    };
    source.literals.iter().filter(is_id).collect()
}

#[cfg(test)]
mod tests {
    use super::super::complaints;

    #[track_caller]
    fn check(code: &str, other: &str, expected: &[&str]) {
        let found = complaints(super::check, &[("a.rs", code), ("b.rs", other)]);
        assert_eq!(found, expected);
    }

    const TWICE: &str = "b.rs:1: the rule id \"json-depth\" stands already at a.rs:1: give this rule its own [rule-id]";
    const STRUCT: &str = "static A: Rule = Rule { id: \"json-depth\", text: \"t\" };";

    #[test]
    fn an_id_stands_once_whatever_way_it_is_written() {
        check(STRUCT, STRUCT, &[TWICE]);
        check(STRUCT, "rules! { /// Doc. \n A = \"other\", Invalid, Malformed, \"t\"; }", &[]);
        check(STRUCT, "rules! { A = \"json-depth\", Invalid, Malformed, \"t\"; }", &[TWICE]);
        check(STRUCT, "static A: Rule = rule(\"json-depth\", \"t\");", &[TWICE]);
    }

    #[test]
    fn an_id_has_one_form() {
        let says = "b.rs:1: the rule id \"Json_Depth\" is not made of small letters, digits and dashes [rule-id]";
        check("", "static A: Rule = Rule { id: \"Json_Depth\" };", &[says]);
    }

    #[test]
    fn other_ids_and_tests_are_fine() {
        check(STRUCT, "let a = Caller { id: \"json-depth\" };", &[]);
        check(STRUCT, "#[cfg(test)]\nmod tests { static A: Rule = Rule { id: \"json-depth\" }; }", &[]);
    }
}

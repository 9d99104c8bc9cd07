//! One noun has one name: in both stores, in the tests of their contract, in every crate, in the docs.

use std::collections::BTreeSet;

use super::{complaint::Complaint, house::House, source::Source};

const SQLITE: &str = "crates/store/src/sqlite/";
const POSTGRES: &str = "crates/store/src/postgres/";
const CONTRACT: &str = "crates/store/tests/contract/";
const EXCHANGE: &str = "crates/exchange/src/";
const DIALECTS: &str = "crates/dialects/src/";

/// `mirror`: a file in one store has a file of the same name in the other; the contract's tests are named as files of
/// `exchange` or `store`; no file is called by the plural of a noun of `exchange`; a guide has its page in `docs/dialects`.
pub fn check(house: &House) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    check_stores(house, SQLITE, POSTGRES, &mut complaints);
    check_stores(house, POSTGRES, SQLITE, &mut complaints);
    check_contract(house, &mut complaints);
    check_plurals(house, &mut complaints);
    check_guides(house, &mut complaints);
    complaints
}

fn check_stores(house: &House, here: &str, there: &str, complaints: &mut Vec<Complaint>) {
    let others = names(house, there);
    for source in
        within(house, here).filter(|source| !others.contains(source.stem()) && source.path != format!("{here}mod.rs"))
    {
        let says = format!(
            "{} has no counterpart in {there}: the same noun has the same file name in both stores",
            source.stem()
        );
        complaints.push(Complaint::new("mirror", &source.path, 1, says));
    }
}

fn check_contract(house: &House, complaints: &mut Vec<Complaint>) {
    let nouns: BTreeSet<&str> = names(house, EXCHANGE).union(&names(house, "crates/store/src/")).copied().collect();
    for source in within(house, CONTRACT).filter(|source| source.stem() != "main" && !nouns.contains(source.stem())) {
        let says = format!("{} is no file of exchange or store: name the test file as what it tests", source.stem());
        complaints.push(Complaint::new("mirror", &source.path, 1, says));
    }
}

fn check_plurals(house: &House, complaints: &mut Vec<Complaint>) {
    let nouns: BTreeSet<String> = top_level(house, EXCHANGE).iter().map(|noun| format!("{noun}s")).collect();
    for source in house.sources.iter().filter(|source| nouns.contains(source.stem())) {
        let says = format!(
            "{} is called {} in exchange: the same noun has the same file name",
            source.stem(),
            source.stem().trim_end_matches('s')
        );
        complaints.push(Complaint::new("mirror", &source.path, 1, says));
    }
}

fn check_guides(house: &House, complaints: &mut Vec<Complaint>) {
    for source in within(house, DIALECTS) {
        let Some((guide, "mod.rs")) = source.path[DIALECTS.len()..].split_once('/') else {
            continue;
        };
        let page = format!("docs/dialects/{guide}.md");
        if house.text(&page).is_none() {
            complaints.push(Complaint::new("mirror", &source.path, 1, format!("the guide has no page: write {page}")));
        }
    }
}

fn within<'h>(house: &'h House, folder: &'h str) -> impl Iterator<Item = &'h Source> {
    house.sources.iter().filter(move |source| source.path.starts_with(folder))
}

fn names<'h>(house: &'h House, folder: &'h str) -> BTreeSet<&'h str> {
    within(house, folder).map(Source::stem).collect()
}

/// Modules that stand directly in a folder, as files or folders.
fn top_level<'h>(house: &'h House, folder: &'h str) -> BTreeSet<&'h str> {
    let first = |source: &'h Source| source.path[folder.len()..].split('/').next().unwrap_or_default();
    within(house, folder).map(|source| first(source).trim_end_matches(".rs")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::complaints;

    #[track_caller]
    fn check(paths: &[&str], expected: &[&str]) {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        let found = complaints(super::check, &files);
        let places: Vec<&str> = found.iter().filter_map(|line| line.split(':').next()).collect();
        assert_eq!(places, expected, "{found:?}");
    }

    #[test]
    fn a_noun_of_one_store_that_the_other_has_not_is_refused() {
        let (audit, notice) = ("crates/store/src/sqlite/audit.rs", "crates/store/src/postgres/notice.rs");
        check(&["crates/store/src/sqlite/mod.rs", "crates/store/src/postgres/mod.rs", audit, notice], &[audit, notice]);
    }

    #[test]
    fn stores_with_the_same_nouns_are_fine() {
        check(&["crates/store/src/sqlite/audit.rs", "crates/store/src/postgres/audit.rs"], &[]);
        check(&["crates/store/src/sqlite/audit/mod.rs", "crates/store/src/postgres/audit.rs"], &[]);
    }

    #[test]
    fn a_contract_test_is_named_as_what_it_tests() {
        let contract = ["crates/store/tests/contract/main.rs", "crates/store/tests/contract/notice.rs"];
        check(&[contract[0], contract[1]], &[contract[1]]);
        check(&[contract[0], contract[1], "crates/exchange/src/notice.rs"], &[]);
        check(&[contract[0], contract[1], "crates/store/src/memory/notice.rs"], &[]);
    }

    #[test]
    fn the_plural_of_a_noun_is_refused() {
        let plural = "crates/server/src/messages.rs";
        check(&["crates/exchange/src/message/mod.rs", plural], &[plural]);
        check(&["crates/exchange/src/message/mod.rs", "crates/server/src/message.rs"], &[]);
    }

    #[test]
    fn a_guide_has_its_page() {
        let guide = "crates/dialects/src/nrl/mod.rs";
        check(&[guide], &[guide]);
        check(&[guide, "docs/dialects/nrl.md"], &[]);
    }
}

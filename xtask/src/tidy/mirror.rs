//! The same noun has the same file name in both stores.

use std::collections::BTreeSet;

use super::{Complaint, sources::Sources};

/// How each store does its work, rather than what it remembers: these have no twin.
const OWN_WAYS: [&str; 12] = [
    "mod",
    "tests",
    "writer",
    "readers",
    "group",
    "job",
    "checkpoint",
    "connect",
    "error",
    "pool",
    "statement",
    "batch",
];

/// Compares the files of the two stores.
pub fn check(sources: &Sources) -> Vec<Complaint> {
    let (sqlite, postgres) = (nouns(sources, "sqlite"), nouns(sources, "postgres"));
    let lonely = |here: &BTreeSet<String>, there: &BTreeSet<String>, store: &str, other: &str| -> Vec<Complaint> {
        let missing = here.difference(there);
        let complain = |noun: &String| {
            let text = format!("{other} has no file of this name: the same noun has the same name in both stores");
            Complaint::new(&format!("crates/store/src/{store}/{noun}.rs"), 1, text)
        };
        missing.map(complain).collect()
    };
    let mut complaints = lonely(&sqlite, &postgres, "sqlite", "postgres");
    complaints.extend(lonely(&postgres, &sqlite, "postgres", "sqlite"));
    complaints
}

fn nouns(sources: &Sources, store: &str) -> BTreeSet<String> {
    let folder = format!("crates/store/src/{store}/");
    let names = sources.rust().filter_map(|source| source.path.strip_prefix(&folder));
    let names = names.map(|name| {
        name.split('/')
            .next()
            .unwrap_or(name)
            .trim_end_matches(".rs")
            .to_owned()
    });
    names.filter(|name| !OWN_WAYS.contains(&name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sources::sources;

    #[test]
    fn a_noun_without_a_twin_is_found() {
        let files = [
            ("crates/store/src/sqlite/receipt.rs", ""),
            ("crates/store/src/sqlite/writer.rs", ""),
            ("crates/store/src/postgres/receipt.rs", ""),
            ("crates/store/src/postgres/notice.rs", ""),
        ];
        let found: Vec<_> = super::check(&sources(&files))
            .into_iter()
            .map(|complaint| complaint.file)
            .collect();
        assert_eq!(found, ["crates/store/src/postgres/notice.rs"]);
    }
}

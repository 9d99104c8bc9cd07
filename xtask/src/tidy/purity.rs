//! What may stand in which crate: no I/O, clock or chance in the pure ones, SQL in the store only, HTTP in the server only.

use super::{Complaint, sources::Sources};

const PURE: [&str; 5] = ["fhir", "exchange", "dialects", "oauth", "console"];
const IMPURE: [(&str, &str); 11] = [
    ("async fn", "is async"),
    (".await", "is async"),
    ("std::fs", "reads files"),
    ("std::net", "uses the network"),
    ("std::env", "reads the environment"),
    ("std::thread", "starts threads"),
    ("std::process", "starts processes"),
    ("SystemTime", "reads the clock"),
    ("Instant::now", "reads the clock"),
    ("Timestamp::now", "reads the clock"),
    ("println!", "writes to the outside"),
];
const SQL: [&str; 7] = [
    "\"SELECT ",
    "\"INSERT ",
    "\"UPDATE ",
    "\"DELETE FROM",
    "\"CREATE TABLE",
    "\"BEGIN",
    "\"PRAGMA",
];

/// Reads what is no test.
pub fn check(sources: &Sources) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for source in sources.rust() {
        let Some(name) = source.crate_name() else { continue };
        if source.path.contains("/examples/") {
            continue;
        }
        for (number, line) in source.code().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let mut complain = |text: String| complaints.push(Complaint::new(&source.path, number, text));
            if PURE.contains(&name) {
                for (word, does) in IMPURE.iter().filter(|(word, _)| line.contains(word)) {
                    complain(format!("{name} is pure, and {word} {does}: make it a parameter"));
                }
            }
            if name != "store" && SQL.iter().any(|sql| line.contains(sql)) {
                complain("SQL stands in the store only".to_owned());
            }
            if name != "server" && line.contains("hyper::") {
                complain("HTTP types stand in the server only".to_owned());
            }
            if matches!(name, "exchange" | "store")
                && [".get(\"", ".str(\"", ".each(\""]
                    .iter()
                    .any(|call| line.contains(call))
            {
                complain("names of FHIR elements stand in fhir and dialects only: add a view there".to_owned());
            }
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::super::sources::sources;

    fn check(path: &str, code: &str) -> usize {
        super::check(&sources(&[(path, code)])).len()
    }

    #[test]
    fn a_pure_crate_reads_no_clock() {
        assert_eq!(check("crates/exchange/src/a.rs", "let now = SystemTime::now();"), 1);
        assert_eq!(check("crates/server/src/a.rs", "let now = SystemTime::now();"), 0);
    }

    #[test]
    fn tests_and_comments_do_not_count() {
        assert_eq!(
            check(
                "crates/exchange/src/a.rs",
                "// SystemTime\n#[cfg(test)]\nmod tests { use std::fs; }"
            ),
            0
        );
        assert_eq!(check("crates/exchange/src/a/tests.rs", "use std::fs;"), 0);
    }

    #[test]
    fn sql_stands_in_the_store_only() {
        assert_eq!(check("crates/server/src/a.rs", "run(\"SELECT 1\")"), 1);
        assert_eq!(check("crates/store/src/a.rs", "run(\"SELECT 1\")"), 0);
    }

    #[test]
    fn names_of_elements_do_not_stand_in_the_rules() {
        assert_eq!(check("crates/exchange/src/a.rs", "node.get(\"status\")"), 1);
        assert_eq!(check("crates/dialects/src/a.rs", "node.get(\"status\")"), 0);
    }
}

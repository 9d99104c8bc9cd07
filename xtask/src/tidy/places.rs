//! Things that have one home: SQL in the store, HTTP types in the server.

use super::{complaint::Complaint, house::House};

/// How SQL statements begin.
const STATEMENTS: &[&str] = &[
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE UNIQUE ",
    "CREATE INDEX ",
    "CREATE DATABASE ",
    "DROP TABLE ",
    "DROP INDEX ",
    "DROP DATABASE ",
    "ALTER TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    "WITH RECURSIVE ",
];

/// Libraries whose types are HTTP's.
const HTTP: &[&str] = &["hyper", "hyper_util", "http", "http_body_util", "http_body", "axum", "reqwest"];

/// `sql-place`: string literals that begin like SQL, and `.sql` files, stand in the store only, tests included.
/// `http-place`: paths through HTTP libraries stand in the server only.
pub fn check(house: &House) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let ours = |path: &str| path.starts_with("crates/");
    for source in house.sources.iter().filter(|source| ours(&source.path)) {
        if source.krate() != "store" {
            let sql = source.literals.iter().filter(|literal| is_sql(&literal.text));
            complaints.extend(sql.map(|literal| {
                Complaint::at("sql-place", source, literal.offset, "SQL stands in crates/store only: ask the Store")
            }));
        }
        if source.krate() != "server" {
            let words = super::lex::words(&source.code);
            let http = words.iter().filter(|(offset, word)| is_http(&source.code, *offset, word));
            let says = "HTTP types stand in crates/server only: take what the rule needs to know, in its own words";
            complaints.extend(http.map(|(offset, _)| Complaint::at("http-place", source, *offset, says)));
        }
    }
    for text in house.texts.iter().filter(|text| text.path.ends_with(".sql") && !text.path.starts_with("crates/store/"))
    {
        complaints.push(Complaint::new("sql-place", &text.path, 1, "SQL stands in crates/store only"));
    }
    complaints
}

fn is_sql(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\\');
    STATEMENTS.iter().any(|statement| text.starts_with(statement))
}

fn is_http(code: &str, offset: usize, word: &str) -> bool {
    let before = code[..offset].trim_end();
    let starts_path = !before.ends_with("::") || before.ends_with(" ::");
    HTTP.contains(&word) && starts_path && code[offset + word.len()..].starts_with("::")
}

#[cfg(test)]
mod tests {
    use super::super::complaints;

    const SQL: &str = "[sql-place]";
    const HTTP: &str = "[http-place]";

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = complaints(super::check, &[(path, text)]);
        let rules: Vec<&str> = found.iter().filter_map(|line| line.rsplit(' ').next()).collect();
        assert_eq!(rules, expected, "{found:?}");
    }

    #[test]
    fn sql_outside_the_store_is_refused() {
        check("crates/server/src/a.rs", "f(\"SELECT id FROM receipt\")", &[SQL]);
        check("crates/server/src/a.rs", "f(\"\\\n   INSERT INTO receipt VALUES (1)\")", &[SQL]);
        check("crates/server/tests/it/a.rs", "f(r#\"DELETE FROM receipt\"#)", &[SQL]);
        check("crates/server/src/a.sql", "", &[SQL]);
    }

    #[test]
    fn sql_in_the_store_and_words_are_fine() {
        check("crates/store/src/a.rs", "f(\"SELECT id FROM receipt\")", &[]);
        check("crates/store/src/a.sql", "", &[]);
        check("crates/server/src/a.rs", "f(\"Select one\"); f(\"UPDATED\") // SELECT x", &[]);
    }

    #[test]
    fn http_types_outside_the_server_are_refused() {
        check("crates/dialects/src/a.rs", "use hyper::StatusCode;", &[HTTP]);
        check("crates/exchange/src/a.rs", "fn f(s: http::StatusCode) {}", &[HTTP]);
    }

    #[test]
    fn http_in_the_server_and_modules_of_that_name_are_fine() {
        check("crates/server/src/a.rs", "use hyper::StatusCode;", &[]);
        check("crates/dialects/src/a.rs", "use crate::http::Shape; // hyper::Body", &[]);
    }
}

//! Rule ids are public: each stands for one rule only.

use std::collections::BTreeMap;

use super::{Complaint, sources::Sources};

/// Looks for ids that two rules share. In the tables of rules an id is the first text after the rule's name.
pub fn check(sources: &Sources) -> Vec<Complaint> {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut complaints = Vec::new();
    for source in sources
        .rust()
        .filter(|source| source.path.ends_with("rules.rs") && !source.is_test())
    {
        for (number, line) in source.code() {
            let Some(id) = id_in(line) else { continue };
            let place = format!("{}:{number}", source.path);
            if let Some(other) = seen.insert(id, place) {
                complaints.push(Complaint::new(
                    &source.path,
                    number,
                    format!("the rule id {id} stands in {other}, too"),
                ));
            }
        }
    }
    complaints
}

fn id_in(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with("//") {
        return None;
    }
    let (before, rest) = line.split_once('"')?;
    let id = rest.split('"').next()?;
    let declares = before.trim_end().ends_with('=') || before.ends_with("rule(") || before.trim_end().ends_with("id:");
    let is_id = id.contains('-') && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (declares && is_id).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::super::sources::sources;

    #[test]
    fn an_id_that_stands_twice_is_found() {
        let files = [
            (
                "crates/x/src/rules.rs",
                "A = \"a-1\", Value, Malformed, \"text\";\nstatic B: Rule = rule(\"b-1\", x);",
            ),
            ("crates/y/src/rules.rs", "    C = \"b-1\", Value, Malformed, \"text\";"),
        ];
        assert_eq!(super::check(&sources(&files)).len(), 1);
    }
}

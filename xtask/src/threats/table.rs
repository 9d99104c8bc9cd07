//! The table of threats: ids, names, and what is to be said where tests alone do not say it.

use crate::tidy::{Complaint, House};

/// Where it stands.
pub(super) const TABLE: &str = "docs/threats.toml";

/// A row.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Threat {
    /// Such as `T67`.
    pub(super) id: String,
    pub(super) name: String,
    /// What of it the tests leave out.
    pub(super) note: Option<String>,
    /// Tests that cannot be tagged where they stand, as `path::name`.
    pub(super) tests: Vec<String>,
    /// Why there is no test.
    pub(super) untested: Option<String>,
}

/// All rows in order, and what is wrong with the table.
pub(super) fn read(house: &House) -> (Vec<Threat>, Vec<Complaint>) {
    let (mut threats, mut complaints) = (Vec::<Threat>::new(), Vec::new());
    let mut complain = |says: String| complaints.push(super::complaint(TABLE, 1, says));
    let table = house.text(TABLE).map(|file| file.text.parse::<toml::Table>());
    let rows = match &table {
        Some(Ok(table)) => table.get("threat").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default(),
        Some(Err(error)) => {
            complain(format!("it is not TOML: {error}"));
            &[]
        }
        None => &[],
    };
    for row in rows {
        match threat(row) {
            Ok(threat) if threats.iter().any(|known| known.id == threat.id) => {
                complain(format!("{} stands twice", threat.id));
            }
            Ok(threat) => threats.push(threat),
            Err(says) => complain(format!("{says}: {row}")),
        }
    }
    (threats, complaints)
}

fn threat(row: &toml::Value) -> Result<Threat, &'static str> {
    let row = row.as_table().ok_or("a threat is a table")?;
    let known = ["id", "name", "note", "tests", "untested"];
    if row.keys().any(|key| !known.contains(&key.as_str())) {
        return Err("a threat has id, name, note, tests and untested, and nothing else");
    }
    let text = |key: &str| match row.get(key) {
        None => Ok(None),
        Some(toml::Value::String(text)) if !text.trim().is_empty() => Ok(Some(text.clone())),
        Some(_) => Err("what is said of a threat is text"),
    };
    let tests = match row.get("tests") {
        None => Vec::new(),
        Some(tests) => {
            let tests = tests.as_array().ok_or("the tests of a threat are a list")?;
            tests.iter().filter_map(toml::Value::as_str).map(str::to_owned).collect()
        }
    };
    let id = text("id")?.filter(|id| is_id(id)).ok_or("the id of a threat is T and a number, as in T67")?;
    let name = text("name")?.ok_or("a threat has a name")?;
    Ok(Threat { id, name, note: text("note")?, tests, untested: text("untested")? })
}

/// Whether a word is the id of a threat.
pub(super) fn is_id(word: &str) -> bool {
    word.strip_prefix('T').is_some_and(|digits| digits.len() >= 2 && digits.bytes().all(|it| it.is_ascii_digit()))
}

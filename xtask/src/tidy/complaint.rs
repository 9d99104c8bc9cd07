//! What tidy complains about, and the exceptions that `xtask/tidy.toml` makes.

use std::fmt;

use super::{house::House, source::Source};

/// Where the exceptions stand.
pub const EXCEPTIONS: &str = "xtask/tidy.toml";

/// One place where a rule of the house is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The file.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub says: String,
    /// The rule's name.
    pub rule: &'static str,
    /// What in the file is meant, where an exception may name it: a function, a dependency.
    pub item: Option<String>,
}

impl Complaint {
    /// One about a file as a whole, or a line of it.
    pub fn new(rule: &'static str, path: &str, line: usize, says: impl Into<String>) -> Complaint {
        Complaint { path: path.to_owned(), line, says: says.into(), rule, item: None }
    }

    /// One about a place in a source.
    pub fn at(rule: &'static str, source: &Source, offset: usize, says: impl Into<String>) -> Complaint {
        Complaint::new(rule, &source.path, source.line(offset), says)
    }

    /// The same, about something that has a name.
    pub fn about(self, item: &str) -> Complaint {
        Complaint { item: Some(item.to_owned()), ..self }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} [{}]", self.path, self.line, self.says, self.rule)
    }
}

/// An exception: a rule, a place, and why.
struct Exception {
    rule: String,
    /// A file, a folder with a slash at its end, or `file::item`.
    at: String,
}

impl Exception {
    fn covers(&self, complaint: &Complaint) -> bool {
        let named = complaint.item.as_ref().is_some_and(|item| self.at == format!("{}::{item}", complaint.path));
        let folder = self.at.ends_with('/') && complaint.path.starts_with(&self.at);
        self.rule == complaint.rule && (self.at == complaint.path || named || folder)
    }
}

/// Takes away the complaints that an exception covers, and complains about exceptions that are none.
pub fn without_exceptions(house: &House, complaints: Vec<Complaint>) -> Vec<Complaint> {
    let mut left = Vec::new();
    let exceptions = exceptions(house, &mut left);
    for exception in &exceptions {
        if !complaints.iter().any(|complaint| exception.covers(complaint)) {
            let says = format!("the exception of {} from {} is not needed: take it out", exception.at, exception.rule);
            left.push(Complaint::new("exceptions", EXCEPTIONS, 1, says));
        }
    }
    left.extend(
        complaints.into_iter().filter(|complaint| !exceptions.iter().any(|exception| exception.covers(complaint))),
    );
    left.sort();
    left
}

fn exceptions(house: &House, complaints: &mut Vec<Complaint>) -> Vec<Exception> {
    let mut complain = |says: String| complaints.push(Complaint::new("exceptions", EXCEPTIONS, 1, says));
    let Some(file) = house.text(EXCEPTIONS) else {
        return Vec::new();
    };
    let table = match file.text.parse::<toml::Table>() {
        Ok(table) => table,
        Err(error) => {
            complain(format!("it is not TOML: {error}"));
            return Vec::new();
        }
    };
    let listed = table.get("exception").and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut exceptions = Vec::new();
    for entry in listed {
        let field = |name| entry.get(name).and_then(toml::Value::as_str).filter(|text| !text.is_empty());
        match (field("rule"), field("at"), field("reason")) {
            (Some(rule), Some(at), Some(_)) => exceptions.push(Exception { rule: rule.to_owned(), at: at.to_owned() }),
            _ => complain(format!("an exception has a rule, a place (at) and a reason: {entry}")),
        }
    }
    exceptions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(exceptions: &str) -> Vec<String> {
        let house = House::of([(EXCEPTIONS, exceptions)]);
        let complaints = vec![
            Complaint::new("file-size", "crates/a/src/b.rs", 1, "too long"),
            Complaint::new("function-size", "crates/a/src/b.rs", 7, "too long").about("f"),
        ];
        without_exceptions(&house, complaints).iter().map(ToString::to_string).collect()
    }

    const FILE: &str = "crates/a/src/b.rs:1: too long [file-size]";
    const FUNCTION: &str = "crates/a/src/b.rs:7: too long [function-size]";

    #[test]
    fn without_exceptions_every_complaint_counts() {
        assert_eq!(left(""), [FILE, FUNCTION]);
    }

    #[test]
    fn an_exception_takes_away_what_it_names() {
        let by_item = "[[exception]]\nrule = \"function-size\"\nat = \"crates/a/src/b.rs::f\"\nreason = \"one table\"";
        assert_eq!(left(by_item), [FILE]);
        let by_folder = "[[exception]]\nrule = \"file-size\"\nat = \"crates/a/\"\nreason = \"one table\"";
        assert_eq!(left(by_folder), [FUNCTION]);
    }

    #[test]
    fn an_exception_needs_a_reason() {
        let found = left("[[exception]]\nrule = \"file-size\"\nat = \"crates/a/src/b.rs\"");
        assert_eq!(found.len(), 3);
        assert!(found[2].contains("a reason"), "{found:?}");
    }

    #[test]
    fn an_exception_that_is_not_needed_is_a_complaint() {
        let found = left("[[exception]]\nrule = \"file-size\"\nat = \"crates/gone.rs\"\nreason = \"old\"");
        assert!(found[2].contains("crates/gone.rs from file-size is not needed"), "{found:?}");
    }
}

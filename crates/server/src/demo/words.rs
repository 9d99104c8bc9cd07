//! How the demo speaks: few words, the same layout for each step, colours only where they are seen.

use std::io::IsTerminal;

use serde_json::Value;

/// Whether to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// A terminal that wants them.
    Colours,
    /// All else.
    Plain,
}

impl Paint {
    /// Colours on a terminal, unless NO_COLOR says otherwise.
    pub fn of_output() -> Paint {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if std::io::stdout().is_terminal() && !unwanted { Paint::Colours } else { Paint::Plain }
    }

    fn with(self, code: &str, text: &str) -> String {
        match self {
            Paint::Colours => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Paint::Plain => text.to_owned(),
        }
    }

    /// A heading.
    pub fn strong(self, text: &str) -> String {
        self.with("1", text)
    }

    /// A word that introduces a line.
    pub fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    /// Something that was refused.
    pub fn bad(self, text: &str) -> String {
        self.with("31", text)
    }
}

/// One line of a step: what it is about, and what there is to say.
pub fn line(paint: Paint, about: &str, text: &str) -> String {
    format!("   {} {text}\n", paint.faint(&format!("{about:<10}")))
}

/// The issues of an OperationOutcome, two lines each: severity, rule and place; then what is wrong.
pub fn issues(paint: Paint, outcome: &Value) -> String {
    let mut text = String::new();
    for issue in outcome["issue"].as_array().into_iter().flatten() {
        let word = |pointer: &str| issue.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (severity, rule, place) = (word("/severity"), word("/details/coding/0/code"), word("/expression/0"));
        text.push_str(&format!("   {} {rule:<22} {place}\n", paint.bad(&format!("{severity:<10}"))));
        text.push_str(&format!("              {} ({})\n", word("/details/text"), word("/diagnostics")));
    }
    text
}

/// Bytes in thousands.
pub fn kilobytes(bytes: usize) -> String {
    format!("{}.{} kB", bytes / 1000, bytes % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Paint, issues, kilobytes, line};

    #[test]
    fn a_line_says_what_it_is_about_first() {
        assert_eq!(line(Paint::Plain, "sent", "a message"), "   sent       a message\n");
        assert_eq!(line(Paint::Colours, "sent", "x"), "   \u{1b}[2msent      \u{1b}[0m x\n");
    }

    #[test]
    fn an_issue_says_rule_place_and_words() {
        let outcome = json!({"issue": [{
            "severity": "error", "expression": ["Bundle.id"], "diagnostics": "line 2, column 1: missing",
            "details": {"coding": [{"code": "r-1"}], "text": "it is needed"}
        }]});
        let expected =
            "   error      r-1                    Bundle.id\n              it is needed (line 2, column 1: missing)\n";
        assert_eq!(issues(Paint::Plain, &outcome), expected);
    }

    #[test]
    fn bytes_are_told_in_thousands() {
        assert_eq!(kilobytes(12_714), "12.7 kB");
    }
}

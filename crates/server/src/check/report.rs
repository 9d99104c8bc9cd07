//! Findings as a list for people, and as an OperationOutcome for programs.

use std::fmt::Write;

use baton_fhir::{
    finding::{Fault, Finding, IssueCode, Rule, Severity},
    json,
    outcome::outcome,
};

/// Stands alone where nothing was found, because an OperationOutcome has at least one issue.
static NOTHING: Rule = Rule {
    id: "check-nothing",
    code: IssueCode::Informational,
    fault: Fault::Unprocessable,
    text: "nothing was found",
};

/// A list for people, the verdict last.
pub(crate) fn text(findings: &[Finding], refused: bool, coloured: bool) -> Vec<u8> {
    let paint = |code: &str, text: &str| {
        if coloured { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    };
    let mut out = String::new();
    for finding in findings {
        let head = format!("{}[{}]", finding.severity.as_str(), finding.rule.id);
        let place = finding.position.map_or_else(String::new, |position| format!("{position}: "));
        // writing to a String cannot fail
        let _ = writeln!(out, "{} {place}{}", paint(colour(finding.severity), &head), paint("1", finding.rule.text));
        if !finding.diagnostics.is_empty() {
            let _ = writeln!(out, "    {}", finding.diagnostics);
        }
        if let Some(expression) = &finding.expression {
            let _ = writeln!(out, "    {}", paint("2", expression));
        }
    }
    let errors = findings.iter().filter(|finding| finding.severity.refuses()).count();
    let verdict = if refused { paint("1;31", "refused") } else { paint("1;32", "acceptable") };
    let others = findings.len() - errors;
    let _ = writeln!(out, "{verdict}: {}, {}", counted(errors, "error"), counted(others, "warning"));
    out.into_bytes()
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn colour(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal | Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Information => "1;34",
    }
}

/// An OperationOutcome with one issue for each finding.
pub(super) fn json(findings: &[Finding]) -> Vec<u8> {
    let nothing = [Finding::new(&NOTHING, "").with(Severity::Information)];
    let findings = if findings.is_empty() { &nothing } else { findings };
    let mut out = Vec::new();
    json::write_pretty(outcome(findings).root(), &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::{Fault, Finding, IssueCode, Rule, Severity, json, text};
    use baton_fhir::tree::Position;

    static RULE: Rule = Rule { id: "r-1", code: IssueCode::Value, fault: Fault::Malformed, text: "a rule" };

    fn finding() -> Finding {
        let position = Some(Position { line: 3, column: 7 });
        Finding { position, expression: Some("Bundle.type".to_owned()), ..Finding::new(&RULE, "what exactly") }
    }

    #[test]
    fn a_list_says_where_what_and_the_verdict() {
        let findings = [finding(), Finding::new(&RULE, "").with(Severity::Warning)];
        let listed = String::from_utf8(text(&findings, true, false)).unwrap();
        let expected = "error[r-1] line 3, column 7: a rule\n    what exactly\n    Bundle.type\n\
                        warning[r-1] a rule\nrefused: 1 error, 1 warning\n";
        assert_eq!(listed, expected);
    }

    #[test]
    fn a_list_is_coloured_on_demand_only() {
        let listed = |coloured| String::from_utf8(text(&[finding()], true, coloured)).unwrap();
        assert!(listed(true).contains("\x1b[1;31merror[r-1]\x1b[0m"));
        assert!(!listed(false).contains('\x1b'));
    }

    #[test]
    fn nothing_found_is_an_outcome_too() {
        let written = String::from_utf8(json(&[])).unwrap();
        assert!(written.contains("\"informational\"") && !written.contains("\"error\""), "{written}");
    }
}

//! Findings as an OperationOutcome.

use crate::{
    finding::Finding,
    json::read_value,
    reading::ReadLimits,
    tree::{NodeId, Tree},
};

/// The code system of rule ids in `issue.details.coding`.
pub const RULE_SYSTEM: &str = "urn:baton:rule";

/// An OperationOutcome with one issue for each finding, in their order.
///
/// An issue has severity, code, details (rule id and stable words), diagnostics (specifics, led by line and column where
/// there are any) and the FHIRPath where one is known, so that clients that read either text find one.
#[must_use]
pub fn outcome(findings: &[Finding]) -> Tree {
    let mut tree = Tree::resource("OperationOutcome");
    let root = tree.root_id();
    add_issues(&mut tree, root, findings);
    tree
}

/// Adds the issues of an OperationOutcome that stands in another document.
pub fn add_issues(tree: &mut Tree, outcome: NodeId, findings: &[Finding]) {
    let issues = tree.add_array(outcome, "issue");
    for finding in findings {
        add_issue(tree, issues, finding);
    }
}

/// Adds one issue to a list of them.
pub fn add_issue(tree: &mut Tree, issues: NodeId, finding: &Finding) {
    let issue = tree.add_object(issues, "");
    tree.add_str(issue, "severity", finding.severity.as_str());
    tree.add_str(issue, "code", finding.rule.code.as_str());
    let details = tree.add_object(issue, "details");
    let codings = tree.add_array(details, "coding");
    let coding = tree.add_object(codings, "");
    tree.add_str(coding, "system", RULE_SYSTEM);
    tree.add_str(coding, "code", finding.rule.id);
    tree.add_str(details, "text", finding.rule.text);
    tree.add_str(issue, "diagnostics", &diagnostics(finding));
    if let Some(expression) = &finding.expression {
        let expressions = tree.add_array(issue, "expression");
        tree.add_str(expressions, "", expression);
    }
}

/// Whether a body is an OperationOutcome with an issue of code `duplicate`: its sender has already what it was sent.
#[must_use]
pub fn says_duplicate(body: &[u8]) -> bool {
    let Ok(tree) = read_value(body, &ReadLimits::default()) else { return false };
    let root = tree.root();
    let is_outcome = root.str("resourceType") == Some("OperationOutcome");
    is_outcome && root.each("issue").any(|issue| issue.str("code") == Some("duplicate"))
}

fn diagnostics(finding: &Finding) -> String {
    let specifics = if finding.diagnostics.is_empty() { finding.rule.text } else { &finding.diagnostics };
    match finding.position {
        Some(position) => format!("{position}: {specifics}"),
        None => specifics.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::outcome;
    use crate::{
        finding::{Fault, Finding, IssueCode, Rule},
        json,
        tree::Position,
    };

    static RULE: Rule =
        Rule { id: "r-1", code: IssueCode::Value, fault: Fault::Malformed, text: "a value is what it should be" };

    fn check(finding: Finding, expected: &str) {
        let mut out = Vec::new();
        json::write(outcome(&[finding]).root(), &mut out);
        let written = String::from_utf8(out).expect("JSON is text");
        let details =
            r#""details":{"coding":[{"system":"urn:baton:rule","code":"r-1"}],"text":"a value is what it should be"}"#;
        let start =
            format!(r#"{{"resourceType":"OperationOutcome","issue":[{{"severity":"error","code":"value",{details},"#);
        assert_eq!(written, format!("{start}{expected}}}]}}"));
    }

    #[test]
    fn an_issue_says_what_and_where() {
        let place = Finding {
            expression: Some("Patient.gender".into()),
            position: Some(Position { line: 3, column: 7 }),
            ..Finding::new(&RULE, "gender")
        };
        check(place, r#""diagnostics":"line 3, column 7: gender","expression":["Patient.gender"]"#);
    }

    #[test]
    fn diagnostics_are_never_empty() {
        check(Finding::new(&RULE, ""), r#""diagnostics":"a value is what it should be""#);
    }
}

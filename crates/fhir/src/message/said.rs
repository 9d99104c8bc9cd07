//! What an answer says of the message that it answers, beside its HTTP status.
//! Source: FHIR R4 MessageHeader.response, OperationOutcome.

use crate::{
    json::read_value,
    reading::ReadLimits,
    tree::{Node, Tree},
};

/// The codes of an issue. Source: FHIR R4, ValueSet issue-type.
const ISSUE_CODES: [&str; 31] = [
    "invalid",
    "structure",
    "required",
    "value",
    "invariant",
    "security",
    "login",
    "unknown",
    "expired",
    "forbidden",
    "suppressed",
    "processing",
    "not-supported",
    "duplicate",
    "multiple-matches",
    "not-found",
    "deleted",
    "too-long",
    "code-invalid",
    "extension",
    "too-costly",
    "business-rule",
    "conflict",
    "transient",
    "lock-error",
    "no-store",
    "exception",
    "timeout",
    "incomplete",
    "throttled",
    "informational",
];

/// Whether a message was processed. Source: FHIR R4, ValueSet response-code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResponseCode {
    /// It was; or the answer does not say.
    #[default]
    Ok,
    /// Not now: the same message may be sent again.
    TransientError,
    /// It is refused, and the same message will be refused again.
    FatalError,
}

/// What an answer says of the message that it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// What became of the message.
    pub code: ResponseCode,
    /// Whether an issue says that the message was there already.
    pub is_duplicate: bool,
    /// The codes of issues that are more than information. What is no code of FHIR is `other`, so that nothing that the
    /// other side wrote can get into a log by this.
    pub remarks: Vec<&'static str>,
}

impl Said {
    /// Reads a body. What is no FHIR in JSON says nothing.
    #[must_use]
    pub fn read(body: &[u8]) -> Said {
        read_value(body, &ReadLimits::default()).map(|tree| Said::of(&tree)).unwrap_or_default()
    }

    /// Looks at an answer: a message, any other Bundle, or an OperationOutcome alone.
    #[must_use]
    pub fn of(tree: &Tree) -> Said {
        let root = tree.root();
        let entries = root.each("entry").filter_map(|entry| entry.get("resource"));
        let mut said = Said::default();
        for resource in std::iter::once(root).chain(entries) {
            match resource.str("resourceType") {
                Some("MessageHeader") => said.code = code(resource),
                Some("OperationOutcome") => said.add_issues(resource),
                _ => {}
            }
        }
        said
    }

    fn add_issues(&mut self, outcome: Node<'_>) {
        for issue in outcome.each("issue") {
            let said = issue.str("code").unwrap_or_default();
            self.is_duplicate |= said == "duplicate";
            if issue.str("severity") != Some("information") {
                self.remarks.push(ISSUE_CODES.into_iter().find(|code| *code == said).unwrap_or("other"));
            }
        }
    }
}

fn code(header: Node<'_>) -> ResponseCode {
    match header.get("response").and_then(|response| response.str("code")) {
        Some("transient-error") => ResponseCode::TransientError,
        Some("fatal-error") => ResponseCode::FatalError,
        _ => ResponseCode::Ok,
    }
}

#[cfg(test)]
mod tests {
    use super::{ResponseCode, Said};

    fn message(code: &str, issues: &str) -> String {
        format!(
            r#"{{"resourceType":"Bundle","type":"message","entry":[
                {{"resource":{{"resourceType":"MessageHeader","response":{{"identifier":"1","code":"{code}"}}}}}},
                {{"resource":{{"resourceType":"OperationOutcome","issue":[{issues}]}}}}]}}"#
        )
    }

    #[test]
    fn a_message_says_what_became_of_the_one_that_it_answers() {
        for (code, expected) in [
            ("ok", ResponseCode::Ok),
            ("transient-error", ResponseCode::TransientError),
            ("fatal-error", ResponseCode::FatalError),
            ("fine", ResponseCode::Ok),
        ] {
            assert_eq!(Said::read(message(code, "").as_bytes()).code, expected, "{code}");
        }
    }

    #[test]
    fn issues_are_counted_by_codes_of_fhir_alone() {
        let issues = r#"{"severity":"warning","code":"processing","diagnostics":"Jane Doe"},
                        {"severity":"information","code":"informational"},{"severity":"warning","code":"Jane"}"#;
        let said = Said::read(message("ok", issues).as_bytes());
        assert_eq!((said.remarks, said.is_duplicate), (vec!["processing", "other"], false));
        let outcome = br#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"duplicate"}]}"#;
        assert!(Said::read(outcome).is_duplicate);
    }

    #[test]
    fn what_is_no_fhir_says_nothing() {
        for body in ["", "OK", "<html></html>", "[1]", "{}"] {
            assert_eq!(Said::read(body.as_bytes()), Said::default(), "{body}");
        }
    }
}

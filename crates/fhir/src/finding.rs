//! One result of checking: what is wrong, how badly, and where.

use std::borrow::Cow;

use crate::tree::{Node, Position};

/// How bad it is. Source: FHIR R4, `issue-severity`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing could be read after it.
    Fatal,
    /// It is refused.
    Error,
    /// It is accepted and should be mended.
    Warning,
    /// Good to know.
    Information,
}

impl Severity {
    /// FHIR's code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Information => "information",
        }
    }

    /// Whether what has such a finding is refused.
    #[must_use]
    pub fn refuses(self) -> bool {
        matches!(self, Severity::Fatal | Severity::Error)
    }
}

/// What kind of thing is wrong. Source: FHIR R4, `issue-type` (the codes that Baton uses; STU3 has the same).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "FHIR's own codes, explained there")]
pub enum IssueCode {
    Invalid,
    Structure,
    Required,
    Value,
    Invariant,
    Security,
    Login,
    Expired,
    Forbidden,
    Processing,
    NotSupported,
    Duplicate,
    NotFound,
    Deleted,
    TooLong,
    CodeInvalid,
    Extension,
    TooCostly,
    BusinessRule,
    Conflict,
    Incomplete,
    Transient,
    Throttled,
    Timeout,
    Exception,
    Informational,
}

impl IssueCode {
    /// FHIR's code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            IssueCode::Invalid => "invalid",
            IssueCode::Structure => "structure",
            IssueCode::Required => "required",
            IssueCode::Value => "value",
            IssueCode::Invariant => "invariant",
            IssueCode::Security => "security",
            IssueCode::Login => "login",
            IssueCode::Expired => "expired",
            IssueCode::Forbidden => "forbidden",
            IssueCode::Processing => "processing",
            IssueCode::NotSupported => "not-supported",
            IssueCode::Duplicate => "duplicate",
            IssueCode::NotFound => "not-found",
            IssueCode::Deleted => "deleted",
            IssueCode::TooLong => "too-long",
            IssueCode::CodeInvalid => "code-invalid",
            IssueCode::Extension => "extension",
            IssueCode::TooCostly => "too-costly",
            IssueCode::BusinessRule => "business-rule",
            IssueCode::Conflict => "conflict",
            IssueCode::Incomplete => "incomplete",
            IssueCode::Transient => "transient",
            IssueCode::Throttled => "throttled",
            IssueCode::Timeout => "timeout",
            IssueCode::Exception => "exception",
            IssueCode::Informational => "informational",
        }
    }
}

/// How far a broken rule lets a document come. Over HTTP: 400 and 422.
/// Source: FHIR R4 RESTful API, "Rejecting Updates" (400 cannot be read or fails base rules, 422 business rules).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// It cannot be read, or it is no proper FHIR.
    Malformed,
    /// It is proper FHIR, and a guide or the exchange says no.
    Unprocessable,
}

/// A rule that documents are checked against. Its id is stable: people and tests rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Stable id, printed in `issue.details.coding`.
    pub id: &'static str,
    /// FHIR's code for what is wrong when it is broken.
    pub code: IssueCode,
    /// How far a document comes that breaks it.
    pub fault: Fault,
    /// Stable words for people, printed in `issue.details.text`.
    pub text: &'static str,
}

/// Writes a table of rules: `NAME = "id", Code, Fault, "text";`, each with its documentation above it.
#[macro_export]
macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $code:ident, $fault:ident, $text:literal;)*) => {
        $($(#[$doc])* pub static $name: $crate::finding::Rule = $crate::finding::Rule {
            id: $id,
            code: $crate::finding::IssueCode::$code,
            fault: $crate::finding::Fault::$fault,
            text: $text,
        };)*
    };
}
pub use rules;

/// One result of checking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken, or that made a repair.
    pub rule: &'static Rule,
    /// How bad it is here: guides and modes differ.
    pub severity: Severity,
    /// What exactly, without personal data: names of elements, codes, counts, references by type.
    pub diagnostics: Cow<'static, str>,
    /// FHIRPath to the place, where one can be named.
    pub expression: Option<String>,
    /// Line and column, where there is a source text.
    pub position: Option<Position>,
}

impl Finding {
    /// An error without a place.
    #[must_use]
    pub fn new(rule: &'static Rule, diagnostics: impl Into<Cow<'static, str>>) -> Finding {
        let diagnostics = diagnostics.into();
        Finding { rule, severity: Severity::Error, diagnostics, expression: None, position: None }
    }

    /// An error at a node.
    #[must_use]
    pub fn at(rule: &'static Rule, node: Node<'_>, diagnostics: impl Into<Cow<'static, str>>) -> Finding {
        Finding { expression: Some(node.path()), position: node.position(), ..Finding::new(rule, diagnostics) }
    }

    /// An error at a member that an object should have and has not: its own path, the object's position.
    #[must_use]
    pub fn at_missing(
        rule: &'static Rule,
        parent: Node<'_>,
        name: &str,
        diagnostics: impl Into<Cow<'static, str>>,
    ) -> Finding {
        let expression = Some(format!("{}.{name}", parent.path()));
        Finding { expression, position: parent.position(), ..Finding::new(rule, diagnostics) }
    }

    /// The same finding with another severity.
    #[must_use]
    pub fn with(self, severity: Severity) -> Finding {
        Finding { severity, ..self }
    }
}

/// How many findings a document gets before only rules that are new to its list are added: each costs a path and a position.
pub const FINDINGS_MAX: usize = 200;

/// Stands once at the place where a list of findings stopped being complete.
pub static FINDINGS_MORE: Rule = Rule {
    id: "findings-more",
    code: IssueCode::Informational,
    fault: Fault::Unprocessable,
    text: "there are more findings than are listed",
};

/// Adds a finding, made only when there is room: below [`FINDINGS_MAX`], or when its rule is not in the list yet.
///
/// The second half matters: a guide may lower what fills the list, and must then still see each other rule that is broken.
pub fn add(findings: &mut Vec<Finding>, rule: &'static Rule, make: impl FnOnce() -> Finding) {
    let listed = |findings: &[Finding], rule: &Rule| findings.iter().any(|finding| finding.rule.id == rule.id);
    if findings.len() < FINDINGS_MAX || !listed(findings, rule) {
        findings.push(make());
    } else if !listed(findings, &FINDINGS_MORE) {
        let note = Finding::new(&FINDINGS_MORE, "the same rules are broken in more places than are listed here");
        findings.push(note.with(Severity::Information));
    }
}

//! The rules of reading JSON. Ids are stable.

use crate::finding::{Fault, IssueCode, Rule};

const fn rule(id: &'static str, code: IssueCode, text: &'static str) -> Rule {
    Rule { id, code, fault: Fault::Malformed, text }
}

/// The text is JSON.
pub static SYNTAX: Rule = rule("json-syntax", IssueCode::Structure, "the body is not valid JSON");
/// The text is UTF-8.
pub static ENCODING: Rule = rule("json-encoding", IssueCode::Structure, "the body is not valid UTF-8");
/// A name stands once in an object.
pub static DUPLICATE_KEY: Rule = rule("json-duplicate-key", IssueCode::Structure, "a name stands twice in one object");
/// Nesting has a limit.
pub static DEPTH: Rule = rule("json-depth", IssueCode::TooCostly, "the body is nested too deeply");
/// Size has a limit.
pub static NODES: Rule = rule("json-nodes", IssueCode::TooCostly, "the body has too many values");
/// A body is one resource.
pub static ROOT: Rule = rule("json-root", IssueCode::Structure, "the body has to be one FHIR resource: a JSON object");
/// A resource says its type.
pub static RESOURCE_TYPE: Rule =
    rule("json-resource-type", IssueCode::Structure, "the resource does not say its resourceType");
/// A comment was left out.
pub static REPAIR_COMMENT: Rule =
    rule("json-repair-comment", IssueCode::Structure, "a comment was left out: JSON has none");
/// A trailing comma was left out.
pub static REPAIR_COMMA: Rule =
    rule("json-repair-comma", IssueCode::Structure, "a trailing comma was left out: JSON has none");
/// A byte order mark was left out.
pub static REPAIR_BOM: Rule = rule("json-repair-bom", IssueCode::Structure, "a byte order mark was left out");

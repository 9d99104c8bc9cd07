//! What real senders are known to write: taken as it is, each kind with one finding.
//! Source: spec of Ontario, 9.2.

use baton_fhir::{
    finding::{Finding, add},
    tree::{Kind, Node},
};

use super::rules;

/// Adds what is odd in a whole document.
pub(super) fn check(root: Node<'_>, findings: &mut Vec<Finding>) {
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        match node.kind() {
            Kind::Object => object(node, findings),
            Kind::Array => {}
            Kind::String | Kind::Number | Kind::Boolean | Kind::Null => continue,
        }
        open.extend(node.children().filter(|child| matches!(child.kind(), Kind::Object | Kind::Array)));
    }
}

fn object(node: Node<'_>, findings: &mut Vec<Finding>) {
    for profile in node.each("profile").filter(|it| it.as_str().is_some_and(|text| text.contains("%7C"))) {
        add(findings, &rules::PROFILE_ESCAPED, || {
            Finding::at(&rules::PROFILE_ESCAPED, profile, "the version of a profile is separated by |")
        });
    }
    for coding in node.each("coding").filter(|it| it.kind() == Kind::Object && it.get("code").is_none()) {
        add(findings, &rules::CODING, || Finding::at(&rules::CODING, coding, "there is no code"));
    }
    for identifier in node.each("identifier").filter(|it| is_slot(*it)) {
        add(findings, &rules::IDENTIFIER, || Finding::at(&rules::IDENTIFIER, identifier, "there is no value"));
    }
}

/// An identifier that has a place and nothing in it.
fn is_slot(identifier: Node<'_>) -> bool {
    identifier.kind() == Kind::Object && identifier.get("value").is_none() && identifier.get("system").is_some()
}

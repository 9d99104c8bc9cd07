//! What is wrong with a document, in words that hold nothing of it: for reports and logs.
//! Source: NRL "Error Handling"; what may be in a report, docs/how-to/import-pointers.md.

use baton_fhir::{check::rules::UNKNOWN_ELEMENT, finding::Rule};

use super::{
    fault::Fault,
    outcome::{Refused, Voice, Wrong},
    rules::rule,
    texts::texts,
};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// The code that the guide has for it.
    pub code: String,
    /// FHIRPath to the place.
    pub expression: Option<String>,
    /// The character at which it begins, from 1.
    pub column: Option<usize>,
    /// What exactly, without anything that was written there.
    pub because: Option<String>,
}

impl Voice {
    /// Says why a document is refused without a word of it.
    #[must_use]
    pub fn remarks(&self, refused: &Refused) -> Vec<Remark> {
        refused.0.iter().map(|wrong| self.remark(wrong)).collect()
    }

    fn remark(&self, wrong: &Wrong) -> Remark {
        let position = wrong.finding.as_ref().and_then(|finding| finding.position).or(wrong.position);
        Remark {
            rule: wrong.finding.as_ref().map_or_else(|| rule(&wrong.fault), |finding| finding.rule),
            code: texts().of(&wrong.fault).in_wording(self.wording).code,
            expression: place(wrong),
            column: position.map(|position| position.column),
            because: because(wrong),
        }
    }
}

/// The guide's own reasons name codes of value sets and of organisations. What FHIR's rules say may quote a value.
fn because(wrong: &Wrong) -> Option<String> {
    match (&wrong.fault, &wrong.finding) {
        (Fault::ElementBecause { reason, .. }, None) => Some(reason.clone()),
        (Fault::OrganizationNotFound { ods }, None) => Some(format!("the organisation is {ods}")),
        _ => None,
    }
}

/// The place, without the name of an element that FHIR does not have: that may be anything.
fn place(wrong: &Wrong) -> Option<String> {
    let path = wrong.expression.as_deref()?;
    let is_unknown = wrong.finding.as_ref().is_some_and(|finding| finding.rule.id == UNKNOWN_ELEMENT.id);
    let path = if is_unknown { path.rsplit_once('.').map_or(path, |(parent, _)| parent) } else { path };
    Some(without_numbers(path))
}

/// A path with what no element is called: a sender may have put a number of a patient where a name belongs.
fn without_numbers(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut digits = String::new();
    for char in path.chars().chain(['\0']) {
        if char.is_numeric() {
            digits.push(char);
            continue;
        }
        // an index has fewer digits, and no element has as many
        plain.push_str(if digits.chars().count() < 7 { &digits } else { "…" });
        digits.clear();
        if char != '\0' {
            plain.push(char);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::without_numbers;

    #[test]
    fn a_path_keeps_its_indexes_and_loses_long_numbers() {
        assert_eq!(without_numbers("DocumentReference.content[12].format"), "DocumentReference.content[12].format");
        assert_eq!(without_numbers("DocumentReference.9876543210.x"), "DocumentReference.….x");
        assert_eq!(without_numbers("DocumentReference.x9876543210"), "DocumentReference.x…");
    }
}

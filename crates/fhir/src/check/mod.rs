//! Compares a document with FHIR's definitions, and in compat repairs what partners are known to send.

mod narrative;
mod primitives;
mod repairs;
pub mod rules;
mod targets;
mod walk;

use crate::definitions::Definitions;
use crate::finding::Finding;
use crate::reading::Reading;
use crate::tree::Tree;

/// How a document is checked.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// What becomes of faults that can be repaired: an error each, or a repair and a warning each.
    pub reading: Reading,
    /// Addresses of the modifier extensions that whoever reads the document understands.
    pub known_modifiers: &'a [&'a str],
}

impl Options<'_> {
    /// Options of somebody who understands no modifier extension.
    #[must_use]
    pub fn new(reading: Reading) -> Options<'static> {
        Options { reading, known_modifiers: &[] }
    }
}

/// Checks a whole document, in one walk: elements, cardinalities, values, codes, types of references, narratives.
///
/// Gives all that is wrong, in document order (see [`crate::finding::add`] for how much that is at most). With
/// [`Reading::Repair`] what can be repaired without guessing is changed in the tree afterwards: `null`, empty arrays and
/// unknown elements go, single values where an array belongs get one. Expressions name places in the document as it came.
///
/// ```
/// use baton_fhir::check::{Options, document};
/// use baton_fhir::definitions::{FhirVersion, definitions};
/// use baton_fhir::reading::{ReadLimits, Reading};
/// let read = baton_fhir::json::read(
///     br#"{"resourceType": "Patient", "name": [{"suffix": "JR"}]}"#, Reading::Repair, &ReadLimits::default());
/// let mut tree = read.expect("it is JSON").tree;
/// let findings = document(&mut tree, definitions(FhirVersion::R4), &Options::new(Reading::Repair));
/// assert_eq!(findings[0].expression.as_deref(), Some("Patient.name[0].suffix"));
/// assert_eq!(tree.root().each("name").next().and_then(|name| name.each("suffix").next()).and_then(|it| it.as_str()), Some("JR"));
/// ```
pub fn document(tree: &mut Tree, definitions: &Definitions, options: &Options<'_>) -> Vec<Finding> {
    let (findings, repairs) = walk::walk(tree.root(), definitions, options);
    repairs.apply(tree);
    findings
}

#[cfg(test)]
mod tests;

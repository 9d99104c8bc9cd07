//! What a Binary carries. Source: FHIR R4 Binary.

use crate::tree::Node;

/// The parts of a Binary, as it says them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Binary<'t> {
    /// The MIME type that it says it is of.
    pub content_type: Option<&'t str>,
    /// Its bytes in base64; nothing is decoded here. Spaces may stand between the letters.
    pub data: Option<&'t str>,
}

/// Reads a Binary.
///
/// ```
/// use baton_fhir::{binary::{Binary, binary}, json, reading::{ReadLimits, Reading}};
/// let text = br#"{"resourceType":"Binary","contentType":"text/plain","data":"aGk="}"#;
/// let read = json::read(text, Reading::Strict, &ReadLimits::default()).unwrap();
/// assert_eq!(binary(read.tree.root()), Binary { content_type: Some("text/plain"), data: Some("aGk=") });
/// ```
#[must_use]
pub fn binary(resource: Node<'_>) -> Binary<'_> {
    Binary { content_type: resource.str("contentType"), data: resource.str("data") }
}

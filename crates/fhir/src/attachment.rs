//! What the attachments of a document carry. Source: FHIR R4 Attachment, DocumentReference.content.

use crate::tree::Node;

/// The parts of an attachment, as it says them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attachment<'t> {
    /// The MIME type that it says it is of.
    pub content_type: Option<&'t str>,
    /// Its bytes in base64; nothing is decoded here. Spaces may stand between the letters.
    pub data: Option<&'t str>,
    /// Where it is.
    pub url: Option<&'t str>,
}

impl<'t> Attachment<'t> {
    /// Where it is, when that is outside of the message: an address of HTTP.
    ///
    /// ```
    /// use baton_fhir::attachment::Attachment;
    /// let at = |url| Attachment { url: Some(url), ..Attachment::default() }.address();
    /// assert_eq!(at("https://a.example.org/b.pdf"), Some("https://a.example.org/b.pdf"));
    /// assert_eq!(at("urn:uuid:9c1cd6a2-0bd5-4a6b-8b3f-33a2d2b3e3a4"), None);
    /// assert_eq!(at("Binary/b"), None);
    /// ```
    #[must_use]
    pub fn address(&self) -> Option<&'t str> {
        self.url.filter(|url| {
            let scheme = url.split_once("://").map(|(scheme, _)| scheme);
            scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        })
    }
}

/// The attachments of a DocumentReference, in their order: forms of the same paper.
///
/// ```
/// use baton_fhir::{attachment::attachments, json, reading::{ReadLimits, Reading}};
/// let text = br#"{"resourceType":"DocumentReference","content":[{"attachment":{"url":"Binary/b"}}]}"#;
/// let read = json::read(text, Reading::Strict, &ReadLimits::default()).unwrap();
/// let found: Vec<_> = attachments(read.tree.root()).map(|attachment| attachment.url).collect();
/// assert_eq!(found, [Some("Binary/b")]);
/// ```
pub fn attachments(document: Node<'_>) -> impl Iterator<Item = Attachment<'_>> {
    document.each("content").filter_map(|content| content.get("attachment")).map(|attachment| Attachment {
        content_type: attachment.str("contentType"),
        data: attachment.str("data"),
        url: attachment.str("url"),
    })
}

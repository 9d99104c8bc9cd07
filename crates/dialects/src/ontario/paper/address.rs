//! Papers that stay where they were made: a message says their addresses.
//! Source: guide 0.10.1, DocumentReference (`attachment.url` for later fetch from a secure server).

use baton_exchange::referral::PaperKey;
use baton_fhir::{attachment::attachments, reference::Index};

/// The addresses that the documents of a message say.
pub(crate) fn addresses(index: &Index<'_>) -> impl Iterator<Item = PaperKey> {
    let documents = index.entries().iter().filter(|entry| entry.resource_type() == Some("DocumentReference"));
    let attachments = documents.filter_map(|entry| entry.resource).flat_map(attachments);
    attachments.filter_map(|attachment| attachment.address()).map(PaperKey::of)
}

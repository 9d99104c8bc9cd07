//! The answer to a message that was accepted.
//! Source: Netsmart "Update Service Request Message", "Sample Response Payload"; docs/dialects/netsmart.md, "answers"; FHIR R4
//! messaging for strict mode.

use baton_fhir::{
    bundle::Bundle,
    finding::Finding,
    message::{Answer, Header, OwnHeader, answer},
    reference::Address,
    tree::Tree,
};

use crate::{Mode, Mount, NewIds};

/// What is answered.
pub(super) struct Request<'r, 't> {
    pub bundle: &'r Bundle<'t>,
    pub header: &'r Header<'t>,
    /// The id by which the sender knows its message.
    pub quoted: &'r str,
}

/// Whether the sender wants to hear that its message was accepted. A refusal it gets in any case: `on-success` keeps a
/// message from being sent, not an HTTP status.
pub(super) fn is_wanted(header: &Header<'_>) -> bool {
    !matches!(header.response_request(), Some("never" | "on-error"))
}

/// Builds the answer, with all that was found.
///
/// In compat the header has what the vendor's sample shows and no more: fullUrl, event, response and focus. Its other
/// elements (source, destination, sender) would say of the answer what is true of the request, and its id would claim
/// that request and answer are one message. All else is echoed as it came.
pub(super) fn reply(mount: &Mount, request: &Request<'_, '_>, findings: &[Finding], ids: &NewIds) -> Tree {
    let asked = request.bundle.entries().next().and_then(|first| first.full_url);
    let own_url = own_url(asked, &ids.answer_header);
    let endpoint = format!("{}/$process-message", mount.base);
    let outcome_url = format!("urn:uuid:{}", ids.answer_outcome);
    let (full_url, own) = match mount.mode {
        Mode::Compat => (asked, None),
        Mode::Strict => {
            let own = OwnHeader { id: &ids.answer_header, name: "Baton", endpoint: &endpoint };
            (Some(own_url.as_str()), Some(own))
        }
    };
    let bundle_id = ids.answer_bundle.as_str();
    let says = Answer { bundle_id, full_url, quoted: request.quoted, own, outcome_url: &outcome_url, findings };
    answer(request.bundle, request.header, &says)
}

/// The fullUrl of a header of our own. Relative references in the focus only lead somewhere from a header that lives on
/// the same server as the request's did; where that lives on none, ours is a UUID too.
fn own_url(asked: Option<&str>, id: &str) -> String {
    match asked.and_then(Address::parse).filter(|address| !address.root.is_empty()) {
        Some(address) => format!("{}/MessageHeader/{id}", address.root),
        None => format!("urn:uuid:{id}"),
    }
}

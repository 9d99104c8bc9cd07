//! By what a message is known, and what an answer to it quotes.
//! Source: docs/dialects/netsmart.md, "resends".

use baton_exchange::{
    id::{Home, PartnerId},
    message::{ContentHash, Identity, ReceiptKey},
};
use baton_fhir::{
    bundle::{Bundle, Entry},
    canonical::content_hash,
    definitions::primitive::is_id,
    finding::Finding,
    message::Header,
    reference::{Address, Index},
    search_values::{Identifier, identifiers},
};

use super::{contents, rules, tables::Event};
use crate::{Mode, Mount, arrived::Message};

/// Tells by what a message is known. Nothing, and a finding, when the ids are missing that this mode needs; nothing
/// without a finding when they are there and faulty, or the event that is part of the key in compat is not known.
pub(super) fn identify(
    mount: &Mount,
    sender: &PartnerId,
    index: &Index<'_>,
    bundle: &Bundle<'_>,
    header: &Header<'_>,
    event: Option<&Event>,
    findings: &mut Vec<Finding>,
) -> Option<Message> {
    let key = |kind: &str, parts: &[&str]| ReceiptKey::of(&mount.exchange, sender, kind, parts);
    let (envelope, message, quoted) = match mount.mode {
        Mode::Compat => {
            let quoted = quotable(bundle, header, findings)?;
            (key("envelope", &[&event?.code, quoted.place, quoted.system, quoted.id]), None, quoted.id)
        }
        Mode::Strict => {
            let (bundle_id, header_id) = strict_ids(bundle, index.entries().first()?, header, findings)?;
            (key("envelope", &[bundle_id]), Some(key("message", &[header_id])), header_id)
        }
    };
    let content = ContentHash(content_hash(bundle.node()));
    Some(Message {
        home: Home::of(&mount.exchange, sender),
        identity: Identity { envelope, message, content },
        quoted: quoted.to_owned(),
        request_id: contents::request(index).and_then(contents::logical_id).map(str::to_owned),
        names: None,
    })
}

/// An id that an answer can quote, and where it stands.
struct Quotable<'t> {
    id: &'t str,
    place: &'static str,
    system: &'t str,
}

/// The guide's messages are known by Bundle.id. Where it is missing the next best id serves. The fullUrl of the header is
/// none: it comes back in the answer, and the vendor's samples repeat it from message to message.
fn quotable<'t>(bundle: &Bundle<'t>, header: &Header<'t>, findings: &mut Vec<Finding>) -> Option<Quotable<'t>> {
    if let Some(id) = bundle.id() {
        return is_id(id).then_some(Quotable { id, place: "Bundle.id", system: "" });
    }
    if let Some(Identifier { system, value }) = identifiers(bundle.node()).next() {
        let id = value.strip_prefix("urn:uuid:").unwrap_or(value);
        if is_id(id) {
            return Some(Quotable { id, place: "Bundle.identifier", system });
        }
    }
    if let Some(id) = header.id() {
        return is_id(id).then_some(Quotable { id, place: "MessageHeader.id", system: "" });
    }
    let diagnostics = "there is no Bundle.id, no Bundle.identifier that has the form of an id, and no MessageHeader.id";
    findings.push(Finding::at_missing(&rules::BUNDLE_ID, bundle.node(), "id", diagnostics));
    None
}

/// In plain FHIR a message is known by two ids and needs both.
fn strict_ids<'t>(
    bundle: &Bundle<'t>,
    first: &Entry<'t>,
    header: &Header<'t>,
    findings: &mut Vec<Finding>,
) -> Option<(&'t str, &'t str)> {
    if bundle.id().is_none() {
        let diagnostics = "Bundle.id is missing: a resend could not be told from a new message";
        findings.push(Finding::at_missing(&rules::BUNDLE_ID, bundle.node(), "id", diagnostics));
    }
    let header_id = header.id().or_else(|| first.full_url.and_then(Address::parse).map(|address| address.id));
    if header_id.is_none() {
        let diagnostics = "neither MessageHeader.id nor its fullUrl says an id";
        findings.push(Finding::at_missing(&rules::HEADER_ID, header.node(), "id", diagnostics));
    }
    bundle.id().zip(header_id).filter(|(bundle_id, header_id)| is_id(bundle_id) && is_id(header_id))
}

//! By what a message is known again.
//! Source: spec of Ontario, 1.4 step 3.

use baton_exchange::{
    id::{Home, PartnerId},
    message::{ContentHash, Identity, ReceiptKey},
    referral::Part,
};
use baton_fhir::{bundle::Bundle, canonical::content_hash, definitions::primitive::is_id, message::Header};

use super::{directory::Role, names::Names};
use crate::{Mount, Way, arrived::Message};

/// By what a message is known. One without any id, as they were sent in 2019, is known by its content. What comes by PUT is no
/// message: the same PUT again does the same again.
pub(super) fn identify(
    mount: &Mount,
    sender: &PartnerId,
    way: &Way,
    bundle: &Bundle<'_>,
    header: &Header<'_>,
    names: &Names,
) -> Message {
    let key = |kind: &str, id: &str| ReceiptKey::of(&mount.exchange, sender, kind, &[id]);
    let content = content_hash(bundle.node());
    let bundle_id = bundle.id().filter(|id| is_id(id));
    let header_id = header.id().filter(|id| is_id(id));
    let (envelope, message) = match (way, bundle_id, header_id) {
        (Way::Operation, Some(bundle_id), header_id) => {
            (key("envelope", bundle_id), header_id.map(|id| key("message", id)))
        }
        (Way::Operation, None, Some(header_id)) => (key("header", header_id), Some(key("message", header_id))),
        (Way::Operation, None, None) => {
            (ReceiptKey::of(&mount.exchange, sender, "content", &[&hexadecimal(&content)]), None)
        }
        (_, _, _) => (key("put", &hexadecimal(&content)), None),
    };
    Message {
        home: Home::shared(&mount.exchange),
        identity: Identity { envelope, message, content: ContentHash(content) },
        quoted: header_id.or(bundle_id).unwrap_or_default().to_owned(),
        request_id: None,
        names: Some(names.question(sent_by(mount, sender))),
    }
}

/// As what a partner names referrals: one that is nothing but a source knows its own.
pub(super) fn sent_by(mount: &Mount, sender: &PartnerId) -> Part {
    let registered = mount.directory.get(sender);
    let is_source = registered.is_some_and(|it| it.is(Role::Source) && !it.is(Role::Target));
    if is_source { Part::Source } else { Part::Target }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

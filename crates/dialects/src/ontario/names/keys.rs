//! What in a message is a name of its referral, and the keys of these names.
//! Source: spec of Ontario, 1.4 step 5.

use baton_exchange::{
    id::{PartnerId, ReferralId},
    resource::IndexKey,
};
use baton_fhir::{
    message::Header,
    reference::Index,
    search_values::identifiers,
    tree::{Node, Tree},
};

use crate::{
    Mount,
    ontario::{
        case::Case,
        focus::request_of,
        keep::{copy_of, set_member},
    },
};

const OF_011: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-referral-identifier";
const OF_010: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-id-message-header";
const OF_EREC: &str = "Referral-Identifier-EXT";

/// The numbers in the header of a message, with their systems, those of newer versions first.
pub(super) fn numbers<'t>(header: Node<'t>) -> impl Iterator<Item = (Option<&'t str>, &'t str)> {
    [OF_011, OF_EREC, OF_010].into_iter().flat_map(move |of| {
        let extensions = header.each("extension").filter(move |it| it.str("url").is_some_and(|url| url.ends_with(of)));
        extensions.filter_map(|extension| {
            let value = extension.get("valueIdentifier");
            let named = value.and_then(|it| Some((it.str("system"), it.str("value")?)));
            named.or_else(|| extension.str("valueString").map(|value| (None, value)))
        })
    })
}

/// The keys of the number by which its source knows a referral.
pub(super) fn first_number(mount: &Mount, case: &Case) -> Vec<IndexKey> {
    let first = case.request().and_then(|held| identifiers(held.tree.root()).next());
    let keys = first.map(|it| [IndexKey::identifier(it.system, it.value), IndexKey::identifier_value(it.value)]);
    keys.into_iter().flatten().map(|key| mount.blinded(key)).collect()
}

/// The key of an identifier; one without a system may be of any.
pub(in crate::ontario) fn identifier(mount: &Mount, system: Option<&str>, value: &str) -> IndexKey {
    mount.blinded(match system {
        Some(system) => IndexKey::identifier(system, value),
        None => IndexKey::identifier_value(value),
    })
}

/// The key of the id that a partner's messages give to their ServiceRequest. Others may use the same id for something else.
pub(in crate::ontario) fn request_id(mount: &Mount, sender: &PartnerId, id: &str) -> IndexKey {
    mount.blinded(IndexKey::identifier(&format!("urn:baton:request-id:{sender}"), id))
}

/// The key of the requisition of a request: others of the same source that have it were split from the same order. A number
/// without a system is the source's own. No message names a referral by it.
/// Source: FHIR R4, ServiceRequest.requisition; CA:eReC, "splitting".
pub(in crate::ontario) fn requisition(mount: &Mount, source: &PartnerId, request: Node<'_>) -> Option<IndexKey> {
    let requisition = request.get("requisition")?;
    let value = requisition.str("value").filter(|value| !value.is_empty())?;
    let system = requisition.str("system").unwrap_or_default();
    Some(mount.blinded(IndexKey::identifier(&format!("urn:baton:requisition:{source}:{system}"), value)))
}

/// The keys under which a referral is found from now on: every identifier that a message gives it, with its system and
/// without, and the id of its ServiceRequest there.
pub(super) fn given(
    mount: &Mount,
    sender: &PartnerId,
    index: &Index<'_>,
    header: &Header<'_>,
    identifiers_max: usize,
) -> Vec<IndexKey> {
    let mut keys = Vec::new();
    let mut add = |system: &str, value: &str| {
        keys.push(mount.blinded(IndexKey::identifier(system, value)));
        keys.push(mount.blinded(IndexKey::identifier_value(value)));
    };
    for (system, value) in numbers(header.node()) {
        add(system.unwrap_or_default(), value);
    }
    let request = request_of(index, header).map(|at| index.entries()[at]);
    for it in request.and_then(|entry| entry.resource).into_iter().flat_map(identifiers).take(identifiers_max) {
        add(it.system, it.value);
    }
    if let Some(id) = request.and_then(|entry| entry.logical_id()) {
        keys.push(request_id(mount, sender, id));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Makes the number in the header the first identifier of a request, where the request does not have it: it comes back with all
/// that is told of the referral.
pub(in crate::ontario) fn put_number(request: &mut Tree, header: &Header<'_>) {
    let Some((system, value)) = numbers(header.node()).next() else { return };
    if identifiers(request.root()).any(|it| it.value == value && system.is_none_or(|system| system == it.system)) {
        return;
    }
    let old: Vec<Tree> = request.root().each("identifier").map(copy_of).collect();
    set_member(request, "identifier", None);
    let list = request.add_array(request.root_id(), "identifier");
    let number = request.add_object(list, "");
    if let Some(system) = system {
        request.add_str(number, "system", system);
    }
    request.add_str(number, "value", value);
    for identifier in &old {
        request.add_copy(list, "", identifier.root());
    }
}

/// Our id in an id of FHIR; nothing for what is no UUID.
pub(in crate::ontario) fn referral_id(id: &str) -> Option<ReferralId> {
    let digits: Vec<u8> = id.bytes().filter(|byte| *byte != b'-').collect();
    let has_form = id.len() == 36 && digits.len() == 32;
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)).filter(|_| has_form) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    has_form.then_some(ReferralId(bytes))
}

/// The keys of a referral's own identifiers, as they stand.
pub(in crate::ontario) fn of_case(mount: &Mount, case: &Case) -> Vec<IndexKey> {
    let request = case.request().map(|held| held.tree.root());
    let keys = request
        .into_iter()
        .flat_map(identifiers)
        .flat_map(|it| [IndexKey::identifier(it.system, it.value), IndexKey::identifier_value(it.value)]);
    keys.map(|key| mount.blinded(key)).collect()
}

//! The resources of a message as a referral keeps them: all entries but the header, each under an id of its own.
//! Source: Netsmart "Update Service Request Message", "Best Practices": complete resource data.

use std::{borrow::Cow, collections::HashSet};

use baton_exchange::{
    id::short_hash,
    message::ReceiptKey,
    resource::{IndexKey, NewResource},
    search,
};
use baton_fhir::{
    bundle::Entry,
    json,
    reference::{Address, Index, Resolution},
    search_values::patients,
    tree::Node,
};

use super::contents::logical_id;

/// Everything that a message holds, the unlisted included, ready to be kept.
pub(super) fn resources(index: &Index<'_>, envelope: &ReceiptKey) -> Vec<NewResource> {
    let ids = ids(index, envelope);
    let mut kept = Vec::with_capacity(index.entries().len());
    for entry in index.entries().iter().skip(1) {
        let (Some(resource), Some(resource_type)) = (entry.resource, entry.resource_type()) else {
            continue;
        };
        let mut body = Vec::with_capacity(1024);
        json::write(resource, &mut body);
        kept.push(NewResource {
            resource_type: resource_type.to_owned(),
            id: ids[entry.index].to_string(),
            body,
            keys: keys(index, &ids, entry.index, resource),
        });
    }
    kept
}

/// The id of each entry. One that has none, or that another resource of its type has taken (two servers may both have
/// an `Organization/1`), gets one that no other message makes.
fn ids<'t>(index: &Index<'t>, envelope: &ReceiptKey) -> Vec<Cow<'t, str>> {
    let mut taken = HashSet::with_capacity(index.entries().len());
    let own = |entry: &Entry<'t>| {
        let id = logical_id(*entry).filter(|id| baton_fhir::definitions::primitive::is_id(id));
        match id.filter(|id| taken.insert((entry.resource_type(), *id))) {
            Some(id) => id.into(),
            None => made_id(short_hash(&[&envelope.0, &entry.index.to_be_bytes()])).into(),
        }
    };
    index.entries().iter().map(own).collect()
}

fn made_id(bytes: [u8; 16]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn keys(index: &Index<'_>, ids: &[Cow<'_, str>], from: usize, resource: Node<'_>) -> Vec<IndexKey> {
    let mut keys = search::keys_of(resource);
    for reference in patients(resource) {
        match index.resolve(reference, from) {
            Resolution::Entry(target) if index.entries()[target].resource_type() == Some("Patient") => {
                keys.push(IndexKey::patient(&ids[target]));
            }
            Resolution::Elsewhere => {
                let patient = Address::parse(reference).filter(|address| address.resource_type == "Patient");
                keys.extend(patient.map(|address| IndexKey::patient(address.id)));
            }
            _ => {}
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

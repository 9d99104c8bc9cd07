//! What a message is about: the resources in its focus, and the ServiceRequest that they belong to.
//! Source: spec of Ontario, 5 "Bundle composition".

use baton_fhir::{
    message::Header,
    reference::{Index, Resolution},
    tree::Node,
};

/// The entry that a reference in another entry leads to.
pub(super) fn target(index: &Index<'_>, reference: Node<'_>, from: usize) -> Option<usize> {
    match index.resolve(reference.str("reference")?, from) {
        Resolution::Entry(at) => Some(at),
        _ => None,
    }
}

/// Where the header is.
pub(super) fn header_at(index: &Index<'_>) -> Option<usize> {
    index.entries().iter().position(|entry| entry.resource_type() == Some("MessageHeader"))
}

/// The entries in focus, in their order. A header is never in its own focus: where it has the fullUrl of what it is about, that
/// is meant.
pub(super) fn focus(index: &Index<'_>, header: &Header<'_>) -> Vec<usize> {
    let own = header_at(index).unwrap_or_default();
    let at = |focus: Node<'_>| match target(index, focus, own)? {
        at if at != own => Some(at),
        _ => {
            let text = focus.str("reference");
            index.entries().iter().position(|entry| entry.index != own && entry.full_url == text && text.is_some())
        }
    };
    header.focus().filter_map(|focus| at(focus.node)).collect()
}

/// All entries in focus of a type, or all of the type where the focus leads nowhere.
pub(super) fn all_of_type(index: &Index<'_>, header: &Header<'_>, resource_type: &str) -> Vec<usize> {
    let fits = |at: &usize| index.entries()[*at].resource_type() == Some(resource_type);
    let focus = focus(index, header);
    if focus.is_empty() && header.focus().next().is_some() {
        return (0..index.entries().len()).filter(fits).collect();
    }
    focus.into_iter().filter(fits).collect()
}

/// The ServiceRequest that the message is about: in focus, or the one that what is in focus is based on, or the only one.
pub(super) fn request_of(index: &Index<'_>, header: &Header<'_>) -> Option<usize> {
    let is_request = |at: &usize| index.entries()[*at].resource_type() == Some("ServiceRequest");
    let focus = focus(index, header);
    if let Some(at) = focus.iter().copied().find(is_request) {
        return Some(at);
    }
    for at in &focus {
        let resource = index.entries()[*at].resource?;
        let based_on = resource.each("basedOn").find_map(|it| target(index, it, *at)).filter(is_request);
        if based_on.is_some() {
            return based_on;
        }
    }
    let mut all = (0..index.entries().len()).filter(is_request);
    all.next().filter(|_| all.next().is_none())
}

/// The Patient that a resource of a message is about.
pub(super) fn patient_of(index: &Index<'_>, at: usize) -> Option<usize> {
    let resource = index.entries()[at].resource?;
    let found = ["subject", "for", "patient"].into_iter().find_map(|name| target(index, resource.get(name)?, at));
    found.filter(|at| index.entries()[*at].resource_type() == Some("Patient"))
}

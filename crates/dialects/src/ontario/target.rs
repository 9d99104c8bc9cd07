//! To whom a referral goes.
//! Source: contract, "Who acts, and where a referral goes".

use baton_exchange::id::PartnerId;
use baton_fhir::{
    message::Header,
    reference::{Index, references},
    search_values::identifiers,
    tree::Node,
};

use super::{
    directory::{Directory, Registered, Role},
    focus::{header_at, target as entry_of},
};

/// How far a target's own resources are followed: role, service, organisation, endpoint.
const STEPS_MAX: usize = 4;

/// The registered target that a message names, or the only one there is; else Baton itself, by the desk of its own that is a
/// target. Nobody when it has none, or several: then the referral waits for an operator.
pub(super) fn target_of(
    directory: &Directory,
    index: &Index<'_>,
    header: &Header<'_>,
    request: usize,
) -> Option<PartnerId> {
    let named = named_target(directory, index, header, request);
    let fallback = || only(directory.with_role(Role::Target)).or_else(|| only(own_targets(directory)));
    named.or_else(|| fallback().map(|registered| registered.partner.clone()))
}

/// The registered target that a message names.
pub(super) fn named_target(
    directory: &Directory,
    index: &Index<'_>,
    header: &Header<'_>,
    request: usize,
) -> Option<PartnerId> {
    let performers = named_by(index, request, "performer");
    let receivers = receivers(index, header);
    let all: Vec<usize> = (0..index.entries().len()).collect();
    let found = by_logical_reference(directory, index, request)
        .or_else(|| by_identifier(directory, index, &performers))
        .or_else(|| by_endpoint(directory, index, &performers))
        .or_else(|| by_identifier(directory, index, &receivers))
        .or_else(|| by_endpoint(directory, index, &receivers))
        .or_else(|| by_destination(directory, header))
        .or_else(|| by_endpoint(directory, index, &all));
    found.map(|registered| registered.partner.clone())
}

/// The entries that a member of an entry leads to, and what these lead to.
fn named_by(index: &Index<'_>, at: usize, member: &str) -> Vec<usize> {
    let resource = index.entries()[at].resource;
    let first = resource.into_iter().flat_map(|resource| resource.each(member));
    follow(index, first.filter_map(|reference| entry_of(index, reference, at)).collect())
}

fn receivers(index: &Index<'_>, header: &Header<'_>) -> Vec<usize> {
    let from = header_at(index).unwrap_or_default();
    let receivers = header.destinations().filter_map(|destination| destination.node.get("receiver"));
    follow(index, receivers.filter_map(|receiver| entry_of(index, receiver, from)).collect())
}

fn follow(index: &Index<'_>, mut found: Vec<usize>) -> Vec<usize> {
    let mut from = 0;
    for _ in 0..STEPS_MAX {
        let to = found.len();
        for place in from..to {
            let at = found[place];
            let Some(resource) = index.entries()[at].resource else { continue };
            for reference in references(resource) {
                let next = entry_of(index, reference.node, at).filter(|next| is_of_a_target(index, *next));
                if let Some(next) = next.filter(|next| !found.contains(next)) {
                    found.push(next);
                }
            }
        }
        from = to;
    }
    found
}

/// A performer's practitioner or patient is no system.
fn is_of_a_target(index: &Index<'_>, at: usize) -> bool {
    let name = index.entries()[at].resource_type();
    name.is_some_and(|name| {
        matches!(name, "PractitionerRole" | "HealthcareService" | "Organization" | "Endpoint" | "Location")
    })
}

/// The performer's identifier may stand in the reference itself.
fn by_logical_reference<'d>(directory: &'d Directory, index: &Index<'_>, request: usize) -> Option<&'d Registered> {
    let performers = index.entries()[request].resource.into_iter().flat_map(|resource| resource.each("performer"));
    let mut values = performers.filter_map(|performer| performer.at(&["identifier", "value"])?.as_str());
    values.find_map(|value| directory.get(&PartnerId::from(value)).filter(|registered| registered.is(Role::Target)))
}

fn by_identifier<'d>(directory: &'d Directory, index: &Index<'_>, entries: &[usize]) -> Option<&'d Registered> {
    let resources = entries.iter().filter_map(|at| index.entries()[*at].resource);
    let mut values = resources.flat_map(identifiers).map(|identifier| identifier.value);
    values.find_map(|value| directory.get(&PartnerId::from(value)).filter(|registered| registered.is(Role::Target)))
}

fn by_endpoint<'d>(directory: &'d Directory, index: &Index<'_>, entries: &[usize]) -> Option<&'d Registered> {
    let resources = entries.iter().filter_map(|at| index.entries()[*at].resource);
    let endpoints = resources.filter(|resource| resource.resource_type() == Some("Endpoint"));
    let mut addresses = endpoints.filter_map(|endpoint| endpoint.str("address"));
    addresses.find_map(|address| at_address(directory, address))
}

fn by_destination<'d>(directory: &'d Directory, header: &Header<'_>) -> Option<&'d Registered> {
    header.destinations().filter_map(|destination| destination.endpoint).find_map(|at| at_address(directory, at))
}

fn at_address<'d>(directory: &'d Directory, address: &str) -> Option<&'d Registered> {
    let is_there = |registered: &&Registered| registered.told.as_ref().is_some_and(|told| told.url == address);
    directory.with_role(Role::Target).find(is_there)
}

fn own_targets(directory: &Directory) -> impl Iterator<Item = &Registered> {
    directory.with_role(Role::Target).filter(|registered| registered.own)
}

fn only<'d>(mut all: impl Iterator<Item = &'d Registered>) -> Option<&'d Registered> {
    all.next().filter(|_| all.next().is_none())
}

/// The registered source that a message of a target names as the one for whom it was made: by the receiver of the header,
/// by the address that it is sent to, or because there is only one.
pub(super) fn source_of(
    directory: &Directory,
    index: &Index<'_>,
    header: &Header<'_>,
    request: usize,
) -> Option<PartnerId> {
    let mut asked = receivers(index, header);
    asked.extend(named_by(index, request, "requester"));
    let resources = asked.iter().filter_map(|at| index.entries()[*at].resource);
    let mut values = resources.flat_map(|resource: Node<'_>| identifiers(resource).map(|it| it.value));
    let named = values.find_map(|value| directory.get(&PartnerId::from(value)).filter(|it| it.is(Role::Source)));
    let addressed = || {
        let mut endpoints = header.destinations().filter_map(|destination| destination.endpoint);
        endpoints.find_map(|address| {
            directory.with_role(Role::Source).find(|it| it.told.as_ref().is_some_and(|told| told.url == address))
        })
    };
    let fallback = || only(directory.with_role(Role::Source));
    named.or_else(addressed).or_else(fallback).map(|registered| registered.partner.clone())
}

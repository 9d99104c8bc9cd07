//! Messages about a referral that is cleared: its number, and nothing about anybody.
//! Source: seeds/003, "Revoke"; spec of security, 6.3 and 6.4 R10; spec of Ontario, 1.2 "withdrawn", "revoke carried out".

use baton_fhir::tree::{NodeId, Tree};

use super::{
    case::Case,
    compose::{Letter, add_event, add_ids, primary, profile},
    directory::Version,
    task::task_id,
};
use crate::Mount;

/// What a message says of a referral that is cleared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// "Forget it."
    Withdraw,
    /// "It is forgotten."
    Withdrawn,
}

/// Writes such a message. Of the letter's focus and beside nothing is used.
pub(super) fn compose(mount: &Mount, case: &Case, letter: &Letter<'_>, says: Says) -> Tree {
    let id = primary(case);
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", letter.bundle_id);
    tree.add_str(root, "type", "message");
    tree.add_str(root, "timestamp", letter.at);
    let list = tree.add_array(root, "entry");
    let first = tree.add_object(list, "");
    let url = |name: &str, id: &str| match letter.version {
        Version::V010 => format!("{}/{name}/{id}", mount.base),
        Version::V011 | Version::Erec => format!("urn:uuid:{id}"),
    };
    tree.add_str(first, "fullUrl", &url("MessageHeader", letter.header_id));
    let (name, resource_id) = match says {
        Says::Withdraw => ("ServiceRequest", case.request_id()),
        Says::Withdrawn => ("Task", task_id(case.referral.id)),
    };
    let focus = match letter.version {
        Version::V010 => format!("{name}/{resource_id}"),
        Version::V011 | Version::Erec => url(name, &resource_id),
    };
    add_header(&mut tree, first, mount, letter, &id, &focus);
    let second = tree.add_object(list, "");
    tree.add_str(second, "fullUrl", &url(name, &resource_id));
    let resource = tree.add_object(second, "resource");
    tree.add_str(resource, "resourceType", name);
    tree.add_str(resource, "id", &resource_id);
    add_profile(&mut tree, resource, letter.version, name);
    match says {
        Says::Withdraw => add_request(&mut tree, resource, &id),
        Says::Withdrawn => add_task(&mut tree, resource, &id),
    }
    tree
}

fn add_header(
    tree: &mut Tree,
    entry: NodeId,
    mount: &Mount,
    letter: &Letter<'_>,
    id: &Option<(String, String)>,
    focus: &str,
) {
    let header = tree.add_object(entry, "resource");
    tree.add_str(header, "resourceType", "MessageHeader");
    tree.add_str(header, "id", letter.header_id);
    add_profile(tree, header, letter.version, "MessageHeader");
    add_ids(tree, header, letter.version, id);
    add_event(tree, header, letter.event);
    let destinations = tree.add_array(header, "destination");
    let destination = tree.add_object(destinations, "");
    tree.add_str(destination, "name", letter.to.0);
    tree.add_str(destination, "endpoint", letter.to.1);
    let source = tree.add_object(header, "source");
    tree.add_str(source, "name", letter.from.1);
    tree.add_str(source, "software", "Baton");
    tree.add_str(source, "endpoint", &format!("{}/$process-message", mount.base));
    if let Some(answers) = letter.answers {
        let response = tree.add_object(header, "response");
        tree.add_str(response, "identifier", answers);
        tree.add_str(response, "code", "ok");
    }
    let foci = tree.add_array(header, "focus");
    let reference = tree.add_object(foci, "");
    tree.add_str(reference, "reference", focus);
}

fn add_profile(tree: &mut Tree, resource: NodeId, version: Version, name: &str) {
    let Some(profile) = profile(version, name) else { return };
    let meta = tree.add_object(resource, "meta");
    let profiles = tree.add_array(meta, "profile");
    tree.add_str(profiles, "", &profile);
}

fn add_identifier(tree: &mut Tree, into: NodeId, id: &Option<(String, String)>) {
    let Some((system, value)) = id else { return };
    if !system.is_empty() {
        tree.add_str(into, "system", system);
    }
    tree.add_str(into, "value", value);
}

fn add_request(tree: &mut Tree, request: NodeId, id: &Option<(String, String)>) {
    if id.is_some() {
        let identifiers = tree.add_array(request, "identifier");
        let identifier = tree.add_object(identifiers, "");
        add_identifier(tree, identifier, id);
    }
    tree.add_str(request, "status", "revoked");
    tree.add_str(request, "intent", "proposal");
    let subject = tree.add_object(request, "subject");
    tree.add_str(subject, "display", "withheld");
}

fn add_task(tree: &mut Tree, task: NodeId, id: &Option<(String, String)>) {
    let based_on = tree.add_array(task, "basedOn");
    let reference = tree.add_object(based_on, "");
    tree.add_str(reference, "type", "ServiceRequest");
    if id.is_some() {
        let identifier = tree.add_object(reference, "identifier");
        add_identifier(tree, identifier, id);
    }
    tree.add_str(task, "status", "cancelled");
    let reason = tree.add_object(task, "statusReason");
    tree.add_str(reason, "text", "withdrawn by the source: all personal data were cleared");
    tree.add_str(task, "intent", "order");
    super::task::add_code(tree, task);
}

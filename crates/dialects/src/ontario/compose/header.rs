//! The header of a message, and who sends it.
//! Source: spec of Ontario, 1.3 and 6.

use baton_exchange::referral::Realm;
use baton_fhir::tree::{NodeId, Tree};

use super::{Entries, Letter, profile};
use crate::ontario::{
    case::{Case, Held},
    directory::Version,
    events::EVENTS,
    keep::made_id,
};

const ID_010: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-id-message-header";
const ID_011: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-referral-identifier";
const ID_EREC: &str = "http://fhir.infoway-inforoute.ca/io/CA-eReC/StructureDefinition/Referral-Identifier-EXT";

/// Who sends the message: the organisation, and from 0.11 on a role in it.
pub(super) fn own_roles(case: &Case, letter: &Letter<'_>) -> Vec<Held> {
    let (partner, name) = letter.from;
    let organization_id = made_id(case.referral.id, &["Organization", "sender", partner]);
    let mut organization = Tree::resource("Organization");
    let root = organization.root_id();
    organization.add_str(root, "id", &organization_id);
    organization.add_bool(root, "active", true);
    organization.add_str(root, "name", name);
    let mut roles = vec![Held::loose("Organization", &organization_id, organization)];
    if letter.version != Version::V010 {
        let role_id = made_id(case.referral.id, &["PractitionerRole", "sender", partner]);
        let mut role = Tree::resource("PractitionerRole");
        let root = role.root_id();
        role.add_str(root, "id", &role_id);
        role.add_bool(root, "active", true);
        let reference = role.add_object(root, "organization");
        role.add_str(reference, "reference", &format!("Organization/{organization_id}"));
        roles.insert(0, Held::loose("PractitionerRole", &role_id, role));
    }
    roles
}

pub(super) fn add_header(tree: &mut Tree, entry: NodeId, case: &Case, letter: &Letter<'_>, entries: &Entries<'_>) {
    let header = tree.add_object(entry, "resource");
    tree.add_str(header, "resourceType", "MessageHeader");
    tree.add_str(header, "id", letter.header_id);
    let meta = tree.add_object(header, "meta");
    if let Some(profile) = profile(letter.version, "MessageHeader") {
        let profiles = tree.add_array(meta, "profile");
        tree.add_str(profiles, "", &profile);
    }
    if case.course.realm == Realm::Test {
        add_test_label(tree, meta);
    }
    add_ids(tree, header, letter.version, &primary(case));
    add_event(tree, header, letter.event);
    let destinations = tree.add_array(header, "destination");
    let destination = tree.add_object(destinations, "");
    tree.add_str(destination, "name", letter.to.0);
    tree.add_str(destination, "endpoint", letter.to.1);
    if let Some(sender) = entries.held.iter().rev().find(|held| is_sender(held, letter)) {
        let text = entries.reference(&sender.reference()).unwrap_or_else(|| sender.reference());
        for name in ["sender", "author"] {
            // the author of 0.10 is a role, and an organisation is none
            if name == "sender" || letter.version != Version::V010 {
                let reference = tree.add_object(header, name);
                tree.add_str(reference, "reference", &text);
            }
        }
    }
    let source = tree.add_object(header, "source");
    tree.add_str(source, "name", letter.from.1);
    tree.add_str(source, "software", "Baton");
    tree.add_str(source, "endpoint", &format!("{}/$process-message", entries.mount.base));
    if let Some(answers) = letter.answers {
        let response = tree.add_object(header, "response");
        tree.add_str(response, "identifier", answers);
        tree.add_str(response, "code", "ok");
    }
    let focus = tree.add_array(header, "focus");
    for what in &letter.focus {
        let text = entries.reference(what).unwrap_or_else(|| what.clone());
        let reference = tree.add_object(focus, "");
        tree.add_str(reference, "reference", &text);
    }
}

fn is_sender(held: &Held, letter: &Letter<'_>) -> bool {
    match letter.version {
        Version::V010 => held.resource_type == "Organization",
        Version::V011 | Version::Erec => held.resource_type == "PractitionerRole",
    }
}

/// System and value of the number by which the source knows its referral: the first that was submitted.
pub(in crate::ontario) fn primary(case: &Case) -> Option<(String, String)> {
    let request = case.request()?.tree.root();
    let first = baton_fhir::search_values::identifiers(request).next()?;
    Some((first.system.to_owned(), first.value.to_owned()))
}

/// The referral's number in the header, as both lines of the guide have it.
pub(in crate::ontario) fn add_ids(tree: &mut Tree, header: NodeId, version: Version, id: &Option<(String, String)>) {
    let Some((system, value)) = id else { return };
    let extensions = tree.add_array(header, "extension");
    let mut identifier = |url: &str| {
        let extension = tree.add_object(extensions, "");
        tree.add_str(extension, "url", url);
        let identifier = tree.add_object(extension, "valueIdentifier");
        if !system.is_empty() {
            tree.add_str(identifier, "system", system);
        }
        tree.add_str(identifier, "value", value);
    };
    if version == Version::Erec {
        identifier(ID_EREC);
    }
    identifier(ID_011);
    let extension = tree.add_object(extensions, "");
    tree.add_str(extension, "url", ID_010);
    tree.add_str(extension, "valueString", value);
}

pub(crate) fn add_event(tree: &mut Tree, header: NodeId, event: &str) {
    let coding = tree.add_object(header, "eventCoding");
    tree.add_str(coding, "system", EVENTS);
    tree.add_str(coding, "code", event);
    tree.add_str(coding, "display", event);
}

/// Marks test data as such.
pub(super) fn add_test_mark(tree: &mut Tree, resource: NodeId) {
    let meta = tree.add_object(resource, "meta");
    add_test_label(tree, meta);
}

fn add_test_label(tree: &mut Tree, meta: NodeId) {
    let labels = tree.add_array(meta, "security");
    let label = tree.add_object(labels, "");
    tree.add_str(label, "system", "http://terminology.hl7.org/CodeSystem/v3-ActReason");
    tree.add_str(label, "code", "HTEST");
    tree.add_str(label, "display", "test health data");
}

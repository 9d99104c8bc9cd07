//! Writes a message in the words of the version of whoever gets it: header, what it is about, and what that needs.
//! Source: spec of Ontario, 1.3, 5 and 6.

use std::collections::HashSet;

use baton_exchange::referral::Realm;
use baton_fhir::tree::{Kind, Node, NodeId, Tree};

use super::{
    case::{Case, Held},
    directory::Version,
    events::EVENTS,
    keep::{copy_of, links, made_id, rewrite_links},
};
use crate::Mount;

const PROFILES: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ca-on-eReferral-profile-";
const PROFILES_EREC: &str = "http://fhir.infoway-inforoute.ca/io/CA-eReC/StructureDefinition/";
const ID_010: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-id-message-header";
const ID_011: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-referral-identifier";
const ID_EREC: &str = "http://fhir.infoway-inforoute.ca/io/CA-eReC/StructureDefinition/Referral-Identifier-EXT";
const V2_0203: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

/// What a message says of itself.
pub(super) struct Letter<'l> {
    pub(super) version: Version,
    pub(super) event: &'l str,
    /// What it is about, `Type/id`, the first first.
    pub(super) focus: Vec<String>,
    /// Name and address of whoever gets it.
    pub(super) to: (&'l str, &'l str),
    /// Id and name of whoever says it.
    pub(super) from: (&'l str, &'l str),
    pub(super) bundle_id: &'l str,
    pub(super) header_id: &'l str,
    /// When it was made, a FHIR instant.
    pub(super) at: &'l str,
    /// The id of the message that it answers.
    pub(super) answers: Option<&'l str>,
    /// Resources beside those of the referral, such as the request that was replaced.
    pub(super) beside: Vec<Held>,
}

/// What goes into a message.
struct Entries<'e> {
    mount: &'e Mount,
    version: Version,
    held: Vec<&'e Held>,
    inside: HashSet<String>,
}

/// Writes a message about a referral.
pub(super) fn compose(mount: &Mount, case: &Case, letter: &Letter<'_>) -> Tree {
    let own = own_roles(case, letter);
    let mut held: Vec<&Held> = reached(case, letter);
    held.extend(letter.beside.iter().chain(&own));
    let inside = held.iter().map(|held| held.reference()).collect();
    let entries = Entries { mount, version: letter.version, held, inside };
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", letter.bundle_id);
    if case.course.realm == Realm::Test {
        add_test_mark(&mut tree, root);
    }
    tree.add_str(root, "type", "message");
    tree.add_str(root, "timestamp", letter.at);
    let list = tree.add_array(root, "entry");
    let first = tree.add_object(list, "");
    tree.add_str(first, "fullUrl", &entries.full_url("MessageHeader", letter.header_id));
    add_header(&mut tree, first, case, letter, &entries);
    for held in &entries.held {
        let entry = tree.add_object(list, "");
        tree.add_str(entry, "fullUrl", &entries.full_url(&held.resource_type, &held.id));
        let resource = entries.resource(held);
        tree.add_copy(entry, "resource", resource.root());
    }
    tree
}

impl Entries<'_> {
    fn full_url(&self, resource_type: &str, id: &str) -> String {
        match self.version {
            Version::V010 => format!("{}/{resource_type}/{id}", self.mount.base),
            Version::V011 | Version::Erec => format!("urn:uuid:{id}"),
        }
    }

    /// How a reference to a resource here is written in this version.
    fn reference(&self, to: &str) -> Option<String> {
        let (resource_type, id) = to.split_once('/').filter(|(_, id)| !id.contains('/'))?;
        if !self.inside.contains(to) {
            let is_here = resource_type.bytes().all(|byte| byte.is_ascii_alphabetic()) && id.len() == 36;
            return is_here.then(|| format!("{}/{to}", self.mount.base));
        }
        match self.version {
            Version::V010 => None,
            Version::V011 | Version::Erec => Some(format!("urn:uuid:{id}")),
        }
    }

    fn resource(&self, held: &Held) -> Tree {
        let mut tree = copy_of(held.tree.root());
        rewrite_links(&mut tree, |text| self.reference(text));
        set_profile(&mut tree, profile(self.version, &held.resource_type).as_deref());
        mend_systems(&mut tree);
        tree
    }
}

/// What a message about these resources needs: themselves, the request, its patient, who asks and who is asked; of what a
/// request came with, such as papers and forms, only where the message is about the request itself. In 0.10 all of it: there a
/// reference to something of this server that is not in the message leads nowhere.
fn reached<'c>(case: &'c Case, letter: &Letter<'_>) -> Vec<&'c Held> {
    let focus = &letter.focus;
    let request = case.request().map(|held| held.reference());
    let is_whole = letter.version == Version::V010 || request.as_ref().is_some_and(|request| focus.contains(request));
    let mut found: Vec<&Held> = focus.iter().filter_map(|what| case.at(what)).collect();
    for what in [case.request(), case.patient()].into_iter().flatten() {
        if !found.iter().any(|held| std::ptr::eq(*held, what)) {
            found.push(what);
        }
    }
    let mut next = 0;
    while next < found.len() {
        let held = found[next];
        next += 1;
        for (_, text) in links(held.tree.root()) {
            let is_paper = held.resource_type == "ServiceRequest"
                && !["subject", "requester", "performer"].iter().any(|name| leads_from(held, name, text));
            let to = case.at(text).filter(|_| is_whole || !is_paper);
            // a referral that this one replaces is told where it is told that it is replaced
            let to = to.filter(|to| !found.iter().any(|held| std::ptr::eq(*held, *to)));
            found.extend(to);
        }
    }
    found
}

fn leads_from(held: &Held, name: &str, text: &str) -> bool {
    held.tree.root().each(name).any(|reference| reference.str("reference") == Some(text))
}

/// Who sends the message: the organisation, and from 0.11 on a role in it.
fn own_roles(case: &Case, letter: &Letter<'_>) -> Vec<Held> {
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

fn add_header(tree: &mut Tree, entry: NodeId, case: &Case, letter: &Letter<'_>, entries: &Entries<'_>) {
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
pub(super) fn primary(case: &Case) -> Option<(String, String)> {
    let request = case.request()?.tree.root();
    let first = baton_fhir::search_values::identifiers(request).next()?;
    Some((first.system.to_owned(), first.value.to_owned()))
}

/// The referral's number in the header, as both lines of the guide have it.
pub(super) fn add_ids(tree: &mut Tree, header: NodeId, version: Version, id: &Option<(String, String)>) {
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

fn add_test_mark(tree: &mut Tree, resource: NodeId) {
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

/// The profile of a type in a version; nothing for types that the guide does not profile.
pub(super) fn profile(version: Version, resource_type: &str) -> Option<String> {
    const PROFILED: [&str; 15] = [
        "AllergyIntolerance",
        "Appointment",
        "Communication",
        "Condition",
        "Consent",
        "DocumentReference",
        "Location",
        "MessageHeader",
        "Organization",
        "Patient",
        "Practitioner",
        "PractitionerRole",
        "QuestionnaireResponse",
        "ServiceRequest",
        "Task",
    ];
    if !PROFILED.contains(&resource_type) {
        return None;
    }
    let is_newer = matches!(resource_type, "MessageHeader" | "Patient" | "ServiceRequest" | "Location");
    Some(match version {
        Version::V010 => format!("{PROFILES}{resource_type}|1.0.0"),
        Version::V011 if is_newer => format!("{PROFILES}{resource_type}|1.0.1"),
        Version::V011 => format!("{PROFILES}{resource_type}|1.0.0"),
        Version::Erec => format!("{PROFILES_EREC}{}-ca-erec", resource_type.to_ascii_lowercase()),
    })
}

/// A resource says the profile of the version in which it is sent, and none of another.
fn set_profile(tree: &mut Tree, profile: Option<&str>) {
    let meta = tree.root().get("meta").filter(|meta| meta.kind() == Kind::Object).map(Node::id);
    if let Some(old) = tree.root().at(&["meta", "profile"]).map(Node::id) {
        tree.remove(old);
    }
    let Some(profile) = profile else {
        let is_empty = tree.root().get("meta").is_some_and(|meta| meta.children().next().is_none());
        if let Some(meta) = meta.filter(|_| is_empty) {
            tree.remove(meta);
        }
        return;
    };
    let meta = meta.unwrap_or_else(|| {
        let meta = tree.loose(Kind::Object, "");
        let before = tree.root().children().find(|it| !matches!(it.name(), Some("resourceType" | "id"))).map(Node::id);
        tree.insert(tree.root_id(), "meta", meta, before);
        meta
    });
    let profiles = tree.add_array(meta, "profile");
    tree.add_str(profiles, "", profile);
}

/// The code system of identifier types has one spelling when it is sent. Source: spec of Ontario, 1.3.
fn mend_systems(tree: &mut Tree) {
    let types = tree.root().each("identifier").filter_map(|identifier| identifier.get("type"));
    let systems = types.flat_map(|it| it.each("coding")).filter_map(|coding| coding.get("system"));
    let old: Vec<NodeId> = systems
        .filter(|system| system.as_str().is_some_and(|it| it.trim_end_matches('/') == "http://hl7.org/fhir/v2/0203"))
        .map(Node::id)
        .collect();
    for system in old {
        tree.set_text(system, V2_0203);
    }
}

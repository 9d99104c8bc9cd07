//! A referral with all that belongs to it, while something is put into effect: only what differs is written.
//! Source: spec of Ontario, 1.4 steps 7 and 11; design, "Decide, then commit".

use baton_exchange::{
    decision::{Assert, Change},
    id::PartnerId,
    message::KnownCase,
    referral::{Course, Referral},
    resource::{IndexKey, NewResource, StoredResource},
    search::{self, Parameter},
    time::Timestamp,
};
use baton_fhir::{
    canonical::content_hash,
    json,
    reading::{ReadLimits, Reading},
    reference::Index,
    search_values::patients,
    tree::{Node, Tree},
};

use super::{keep::Kept, names, paper::addresses};
use crate::Mount;

/// Stored bodies were read with the limits of arrival; these are above them.
const STORED: ReadLimits = ReadLimits { depth_max: 256, nodes_max: 20_000_000 };

/// A resource of a case.
pub(super) struct Held {
    pub(super) resource_type: String,
    pub(super) id: String,
    pub(super) tree: Tree,
    /// The version that is stored; 0 for one that is new.
    pub(super) version: u32,
    is_changed: bool,
}

impl Held {
    /// A resource that belongs to no referral, for a message that is written.
    pub(super) fn loose(resource_type: &str, id: &str, tree: Tree) -> Held {
        Held { resource_type: resource_type.to_owned(), id: id.to_owned(), tree, version: 0, is_changed: false }
    }

    /// `Type/id`
    pub(super) fn reference(&self) -> String {
        format!("{}/{}", self.resource_type, self.id)
    }

    /// The version that it has once the case is written.
    pub(super) fn next_version(&self) -> u32 {
        if self.is_changed { self.version + 1 } else { self.version }
    }
}

/// A referral and its resources.
pub(super) struct Case {
    pub(super) referral: Referral,
    pub(super) course: Course,
    held: Vec<Held>,
    left_out: Vec<(String, String)>,
    names: Vec<IndexKey>,
    /// Of the names that were asked for, those that it has.
    known_names: Vec<IndexKey>,
    /// The version that was seen, and what had become of it then; nothing for a referral that is new.
    seen: Option<(u32, Course)>,
    is_touched: bool,
}

impl Case {
    /// A referral that is not there yet.
    pub(super) fn new(referral: Referral, course: Course) -> Case {
        Case {
            referral,
            course,
            held: Vec::new(),
            left_out: Vec::new(),
            names: Vec::new(),
            known_names: Vec::new(),
            seen: None,
            is_touched: true,
        }
    }

    /// A referral that is there. Nothing when it has no course or a stored resource cannot be read.
    pub(super) fn of(known: &KnownCase) -> Option<Case> {
        let held = known.resources.iter().map(held).collect::<Option<Vec<Held>>>()?;
        let course = known.referral.course.clone()?;
        Some(Case {
            seen: Some((known.referral.version, course.clone())),
            referral: known.referral.clone(),
            course,
            held,
            left_out: Vec::new(),
            names: Vec::new(),
            known_names: known.keys.clone(),
            is_touched: false,
        })
    }

    /// The logical id of its ServiceRequest here.
    pub(super) fn request_id(&self) -> String {
        self.referral.id.to_string()
    }

    pub(super) fn all(&self) -> &[Held] {
        &self.held
    }

    pub(super) fn get(&self, resource_type: &str, id: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.resource_type == resource_type && held.id == id)
    }

    /// What `Type/id` leads to.
    pub(super) fn at(&self, reference: &str) -> Option<&Held> {
        let (resource_type, id) = reference.split_once('/')?;
        self.get(resource_type, id)
    }

    /// Its ServiceRequest.
    pub(super) fn request(&self) -> Option<&Held> {
        self.get("ServiceRequest", &self.request_id())
    }

    /// The Patient that it is about.
    pub(super) fn patient(&self) -> Option<&Held> {
        let subject = self.request()?.tree.root().at(&["subject", "reference"]).and_then(Node::as_str)?;
        self.at(subject)
    }

    /// Whether it was not there before.
    pub(super) fn is_new(&self) -> bool {
        self.seen.is_none()
    }

    /// Whether anything is to be written.
    pub(super) fn is_changed(&self) -> bool {
        let is_other = self.seen.as_ref().is_none_or(|(_, course)| *course != self.course);
        is_other || self.is_touched || !self.left_out.is_empty() || self.held.iter().any(|held| held.is_changed)
    }

    /// Says that the referral itself has changed.
    pub(super) fn touch(&mut self) {
        self.is_touched = true;
    }

    /// Puts a resource in, new or in the place of what is there. Says whether that differs.
    pub(super) fn put(&mut self, kept: Kept) -> bool {
        let Kept { resource_type, id, tree } = kept;
        self.left_out.retain(|(name, out)| *name != resource_type || *out != id);
        match self.held.iter_mut().find(|held| held.resource_type == resource_type && held.id == id) {
            Some(held) if content_hash(held.tree.root()) == content_hash(tree.root()) => false,
            Some(held) => {
                (held.tree, held.is_changed) = (tree, true);
                true
            }
            None => {
                self.held.push(Held { resource_type, id, tree, version: 0, is_changed: true });
                true
            }
        }
    }

    /// Remembers which addresses of papers a partner has said.
    pub(super) fn hear_addresses(&mut self, index: &Index<'_>, by: &PartnerId) {
        addresses(index).for_each(|address| self.course.papers.add(by, address));
    }

    /// Takes a resource out. Its versions stay in the history.
    pub(super) fn leave_out(&mut self, resource_type: &str, id: &str) {
        let is_meant = |held: &Held| held.resource_type == resource_type && held.id == id;
        if self.held.iter().any(|held| is_meant(held) && held.version > 0) {
            self.left_out.push((resource_type.to_owned(), id.to_owned()));
        }
        self.held.retain(|held| !is_meant(held));
    }

    /// Takes all resources out, because they are about to be cleared.
    pub(super) fn empty(&mut self) {
        self.held.clear();
        self.left_out.clear();
        self.touch();
    }

    /// The names that it is given.
    pub(super) fn names(&self) -> &[IndexKey] {
        &self.names
    }

    /// Gives it names by which it is found from now on.
    pub(super) fn add_names(&mut self, names: impl IntoIterator<Item = IndexKey>) {
        self.names.extend(names.into_iter().filter(|name| !self.known_names.contains(name)));
        self.names.sort_unstable();
        self.names.dedup();
    }

    /// What has to be true when it is written.
    pub(super) fn assert(&self) -> Option<Assert> {
        let Referral { home, id, .. } = self.referral;
        Some(Assert::ReferralAt { home, id, version: self.seen.as_ref()?.0 })
    }

    /// What to write: the referral in its next version, and the resources that differ.
    pub(super) fn into_changes(mut self, mount: &Mount, now: Timestamp) -> Vec<Change> {
        if !self.is_changed() {
            return self.put_names().into_iter().collect();
        }
        self.tie(mount);
        let (home, referral) = (self.referral.home, self.referral.id);
        let names = self.put_names();
        let resources = self.new_resources(mount);
        self.referral.version = self.seen.as_ref().map_or(0, |(version, _)| *version) + 1;
        self.referral.updated = now;
        self.referral.course = Some(self.course);
        let mut changes = vec![Change::PutReferral(self.referral)];
        changes.extend(names);
        if !resources.is_empty() || !self.left_out.is_empty() {
            changes.push(Change::PutResources { home, referral, at: now, resources, left_out: self.left_out });
        }
        changes
    }

    /// Ties it to those with the same requisition: they are found by it as by a name.
    fn tie(&mut self, mount: &Mount) {
        let requisition =
            self.request().and_then(|held| names::requisition(mount, &self.referral.source, held.tree.root()));
        self.course.links.requisition = requisition;
        self.add_names(requisition);
    }

    fn put_names(&mut self) -> Option<Change> {
        let names = std::mem::take(&mut self.names);
        let Referral { home, id: referral, .. } = self.referral;
        (!names.is_empty()).then_some(Change::PutNames { home, referral, names })
    }

    fn new_resources(&self, mount: &Mount) -> Vec<NewResource> {
        let changed = self.held.iter().filter(|held| held.is_changed);
        changed.map(|held| new_resource(mount, held, &self.request_id())).collect()
    }
}

fn held(stored: &StoredResource) -> Option<Held> {
    let tree = json::read(&stored.body, Reading::Strict, &STORED).ok()?.tree;
    let (resource_type, id) = (stored.resource_type.clone(), stored.id.clone());
    Some(Held { resource_type, id, tree, version: stored.version, is_changed: false })
}

fn new_resource(mount: &Mount, held: &Held, request_id: &str) -> NewResource {
    let root = held.tree.root();
    let mut body = Vec::with_capacity(1024);
    json::write(root, &mut body);
    let mut keys: Vec<IndexKey> = keys_of(root, request_id).into_iter().map(|key| mount.blinded(key)).collect();
    keys.sort_unstable();
    keys.dedup();
    NewResource { resource_type: held.resource_type.clone(), id: held.id.clone(), body, keys }
}

/// By what a resource is found, before that is blinded: `request_id` is the id of its referral's ServiceRequest.
pub(crate) fn keys_of(resource: Node<'_>, request_id: &str) -> Vec<IndexKey> {
    let mut keys = search::keys_of(resource);
    let patients = patients(resource).filter_map(|reference| reference.strip_prefix("Patient/"));
    keys.extend(patients.map(IndexKey::patient));
    let resource_type = resource.resource_type().unwrap_or_default();
    if Parameter::of(resource_type, "based-on") == Some(Parameter::BasedOn) {
        keys.push(IndexKey::based_on(request_id));
    }
    keys
}

//! Finds what a reference means inside a message. The fullUrl decides, never the id of a resource that has one.
//! Source: FHIR R4 Bundle, "Resolving references in Bundles"; docs/dialects/netsmart.md, "references".

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use super::address::{Address, is_absolute};
use crate::bundle::{Bundle, Entry};
use crate::tree::Node;

/// Where a reference leads.
#[derive(Clone, Copy, Debug)]
pub enum Resolution<'t> {
    /// To the entry with that index.
    Entry(usize),
    /// To a resource contained in the one that refers to it.
    Contained(Node<'t>),
    /// To the resource around the contained one that says so (`#`).
    Container,
    /// To a contained resource that is not there.
    MissingContained,
    /// To something that should be in the message and is not.
    NotInMessage,
    /// To an absolute address of another place.
    Elsewhere,
}

/// Where an entry can be found: root, type and id of a RESTful address, or a whole fullUrl of another form.
/// Entries with a relative fullUrl and entries without any have an empty root.
type Place<'t> = (&'t str, &'t str, &'t str);

/// What is where in a Bundle. Made once, in linear time; each question is answered in constant time.
#[derive(Debug)]
pub struct Index<'t> {
    entries: Vec<Entry<'t>>,
    /// The server that each entry lives on, where it lives on one.
    roots: Vec<Option<&'t str>>,
    places: HashMap<Place<'t>, usize>,
    /// Entries with a RESTful address by type and id alone; nothing where several roots have the same. Only filled when
    /// there is an entry that may ask.
    anywhere: HashMap<(&'t str, &'t str), Option<usize>>,
    /// Entries that share their place, by version.
    versions: HashMap<(Place<'t>, &'t str), usize>,
    contained: HashMap<(usize, &'t str), Node<'t>>,
}

impl<'t> Index<'t> {
    /// Looks through a Bundle once.
    #[must_use]
    pub fn new(bundle: &Bundle<'t>) -> Index<'t> {
        let entries: Vec<_> = bundle.entries().collect();
        let addresses: Vec<_> = entries.iter().map(|entry| entry.full_url.and_then(Address::parse)).collect();
        let root = |address: &Option<Address<'t>>| address.map(|address| address.root).filter(|root| !root.is_empty());
        let roots: Vec<_> = addresses.iter().map(root).collect();
        let ask_anywhere = roots.contains(&None);
        let places = HashMap::with_capacity(entries.len());
        let (anywhere, versions, contained) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut index = Index { entries, roots, places, anywhere, versions, contained };
        for (at, address) in addresses.iter().enumerate() {
            let entry = index.entries[at];
            if let Some(place) = place_of(&entry, address.as_ref()) {
                if ask_anywhere {
                    index.put_anywhere(at, place);
                }
                index.put(at, place);
            }
            if let Some(resource) = entry.resource {
                index.put_contained(at, resource);
            }
        }
        index
    }

    /// The entries in their order.
    #[must_use]
    pub fn entries(&self) -> &[Entry<'t>] {
        &self.entries
    }

    /// Where a literal reference leads that stands in the entry with the index `from`.
    #[must_use]
    pub fn resolve(&self, reference: &str, from: usize) -> Resolution<'t> {
        if let Some(id) = reference.strip_prefix('#') {
            return match self.contained.get(&(from, id)) {
                _ if id.is_empty() => Resolution::Container,
                Some(node) => Resolution::Contained(*node),
                None => Resolution::MissingContained,
            };
        }
        let own_root = self.roots.get(from).copied().flatten();
        let found = match Address::parse(reference) {
            Some(address) if address.root.is_empty() => self.find_relative(&address, own_root),
            Some(address) => self.find(&address, address.root),
            None => self.find_other(reference),
        };
        match found {
            Some(entry) => Resolution::Entry(entry),
            None if leads_out(reference, own_root) => Resolution::Elsewhere,
            None => Resolution::NotInMessage,
        }
    }

    /// A relative reference belongs to the server that the entry around it lives on. An entry that lives on none, as
    /// those with `urn:` or without fullUrl, means the only entry that any server has under that type and id.
    fn find_relative(&self, address: &Address<'_>, own_root: Option<&str>) -> Option<usize> {
        let near = own_root.and_then(|root| self.find(address, root)).or_else(|| self.find(address, ""));
        match (near, own_root) {
            (None, None) => self.anywhere.get(&(address.resource_type, address.id)).copied().flatten(),
            _ => near,
        }
    }

    fn find(&self, address: &Address<'_>, root: &str) -> Option<usize> {
        let place = (root, address.resource_type, address.id);
        let version = address.version.and_then(|version| self.versions.get(&(place, version)));
        version.or_else(|| self.places.get(&place)).copied()
    }

    /// A `urn:` means the same fullUrl. Some senders leave `urn:uuid:` out of the fullUrl of their header.
    fn find_other(&self, reference: &str) -> Option<usize> {
        let whole = self.places.get(&(reference, "", ""));
        let bare = || self.places.get(&(reference.strip_prefix("urn:uuid:")?, "", ""));
        whole.or_else(bare).copied()
    }

    fn put_anywhere(&mut self, at: usize, place: Place<'t>) {
        let (root, resource_type, id) = place;
        if root.is_empty() || id.is_empty() {
            return;
        }
        match self.anywhere.entry((resource_type, id)) {
            Slot::Vacant(slot) => _ = slot.insert(Some(at)),
            // the same place twice, in two versions, is still one resource
            Slot::Occupied(_) if self.places.contains_key(&place) => {}
            Slot::Occupied(mut slot) => _ = slot.insert(None),
        }
    }

    fn put(&mut self, at: usize, place: Place<'t>) {
        match self.places.entry(place) {
            Slot::Vacant(slot) => _ = slot.insert(at),
            Slot::Occupied(first) => {
                for same in [*first.get(), at] {
                    if let Some(version) = version_of(&self.entries[same]) {
                        self.versions.entry((place, version)).or_insert(same);
                    }
                }
            }
        }
    }

    fn put_contained(&mut self, at: usize, resource: Node<'t>) {
        for contained in resource.each("contained") {
            if let Some(id) = contained.str("id") {
                self.contained.entry((at, id)).or_insert(contained);
            }
        }
        if resource.resource_type() == Some("Parameters") {
            self.put_contained_in(at, resource);
        }
    }

    /// Resources inside Parameters have contained resources of their own.
    fn put_contained_in(&mut self, at: usize, parameters: Node<'t>) {
        for parameter in parameters.each("parameter").chain(parameters.each("part")) {
            match parameter.get("resource") {
                Some(resource) => self.put_contained(at, resource),
                None => self.put_contained_in(at, parameter),
            }
        }
    }
}

fn place_of<'t>(entry: &Entry<'t>, address: Option<&Address<'t>>) -> Option<Place<'t>> {
    let Some(full_url) = entry.full_url else {
        return Some(("", entry.resource_type()?, entry.resource?.str("id")?));
    };
    match address {
        Some(address) => Some((address.root, address.resource_type, address.id)),
        None => Some((full_url, "", "")),
    }
}

fn version_of<'t>(entry: &Entry<'t>) -> Option<&'t str> {
    entry.resource?.at(&["meta", "versionId"])?.as_str()
}

/// Whether a reference that found nothing means another place. Its own server is no other place: an absolute and a
/// relative reference to the same resource get the same answer.
fn leads_out(reference: &str, own_root: Option<&str>) -> bool {
    let own = || Address::parse(reference).is_some_and(|address| Some(address.root) == own_root);
    is_absolute(reference) && !reference.starts_with("urn:") && !own()
}

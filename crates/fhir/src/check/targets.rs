//! Finds out of what type the target of a reference is, as far as the document itself says it.

use std::collections::HashMap;

use crate::bundle::Bundle;
use crate::definitions::Definitions;
use crate::reference::{Address, Index, Resolution};
use crate::tree::Node;

/// What is known of targets. Nothing is looked up before somebody asks.
pub(super) struct Targets<'t> {
    root: Node<'t>,
    /// The document's entries, once they were asked for; nothing in it when the document is no Bundle.
    index: Option<Option<Index<'t>>>,
    /// Where contained resources are looked for.
    container: Container<'t>,
}

/// A resource, and the types of those that it contains by their ids, once they were asked for.
type Container<'t> = (Node<'t>, Option<HashMap<&'t str, &'t str>>);

impl<'t> Targets<'t> {
    pub fn new(root: Node<'t>) -> Targets<'t> {
        Targets { root, index: None, container: (root, None) }
    }

    /// Enters a resource that may contain others. Gives what to pass to [`Targets::leave`].
    pub fn enter(&mut self, resource: Node<'t>) -> Left<'t> {
        Left(std::mem::replace(&mut self.container, (resource, None)))
    }

    /// Goes back to where one was before [`Targets::enter`].
    pub fn leave(&mut self, left: Left<'t>) {
        self.container = left.0;
    }

    /// The type of what a reference leads to; nothing where the document does not say it, or FHIR has no such type.
    pub fn type_of(&mut self, reference: &'t str, definitions: &Definitions) -> Option<&'t str> {
        let name = if let Some(id) = reference.strip_prefix('#') {
            self.contained(id)
        } else if let Some(address) = Address::parse(reference) {
            Some(address.resource_type)
        } else {
            self.entry(reference)
        };
        name.filter(|name| definitions.resource(name).is_some())
    }

    fn contained(&mut self, id: &str) -> Option<&'t str> {
        let (container, contained) = &mut self.container;
        if id.is_empty() {
            return container.resource_type();
        }
        let list = || container.each("contained").filter_map(|node| Some((node.str("id")?, node.resource_type()?)));
        contained.get_or_insert_with(|| list().collect()).get(id).copied()
    }

    fn entry(&mut self, reference: &str) -> Option<&'t str> {
        let root = self.root;
        let index = self.index.get_or_insert_with(|| Bundle::of(root).map(|bundle| Index::new(&bundle))).as_ref()?;
        match index.resolve(reference, usize::MAX) {
            Resolution::Entry(entry) => index.entries()[entry].resource_type(),
            _ => None,
        }
    }
}

/// See [`Targets::enter`].
pub(super) struct Left<'t>(Container<'t>);

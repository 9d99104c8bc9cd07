//! The Bundle around a message: a view of it, and the rules that it has to keep.

mod invariants;
pub mod rules;

pub use invariants::invariants;

use crate::reference::Address;
use crate::tree::{Items, Kind, Node};

/// A view of a Bundle.
#[derive(Clone, Copy, Debug)]
pub struct Bundle<'t> {
    node: Node<'t>,
}

impl<'t> Bundle<'t> {
    /// Looks at a node as a Bundle; nothing when it is another resource, or none.
    #[must_use]
    pub fn of(node: Node<'t>) -> Option<Bundle<'t>> {
        (node.resource_type() == Some("Bundle")).then_some(Bundle { node })
    }

    /// The resource itself.
    #[must_use]
    pub fn node(&self) -> Node<'t> {
        self.node
    }

    /// Its id: for a message, what tells it from others.
    #[must_use]
    pub fn id(&self) -> Option<&'t str> {
        self.node.str("id")
    }

    /// The value of its identifier, which stays the same wherever the Bundle is copied to.
    #[must_use]
    pub fn identifier_value(&self) -> Option<&'t str> {
        self.node.at(&["identifier", "value"]).and_then(Node::as_str)
    }

    /// What it is for: `message`, `document`, …
    #[must_use]
    pub fn bundle_type(&self) -> Option<&'t str> {
        self.node.str("type")
    }

    /// When it was put together, as it was written.
    #[must_use]
    pub fn timestamp(&self) -> Option<&'t str> {
        self.node.str("timestamp")
    }

    /// Its entries in their order.
    #[must_use]
    pub fn entries(&self) -> Entries<'t> {
        Entries { items: self.node.get("entry").filter(|entry| entry.kind() == Kind::Array).map(Node::items), next: 0 }
    }
}

/// One entry of a Bundle.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'t> {
    /// Its place among the entries, from 0.
    pub index: usize,
    /// The entry itself.
    pub node: Node<'t>,
    /// Where its resource says that it lives, as it was written.
    pub full_url: Option<&'t str>,
    /// What it carries.
    pub resource: Option<Node<'t>>,
}

impl<'t> Entry<'t> {
    fn of(index: usize, node: Node<'t>) -> Entry<'t> {
        let mut entry = Entry { index, node, full_url: None, resource: None };
        if node.kind() == Kind::Object {
            for member in node.children() {
                match member.name() {
                    Some("fullUrl") => entry.full_url = member.as_str(),
                    Some("resource") => entry.resource = Some(member).filter(|node| node.kind() == Kind::Object),
                    _ => {}
                }
            }
        }
        entry
    }

    /// The type of its resource.
    #[must_use]
    pub fn resource_type(&self) -> Option<&'t str> {
        self.resource.and_then(Node::resource_type)
    }

    /// The id under which the message knows the resource: from the fullUrl, which decides, or else the resource's own.
    #[must_use]
    pub fn logical_id(&self) -> Option<&'t str> {
        self.full_url.and_then(id_in).or_else(|| self.resource.and_then(|resource| resource.str("id")))
    }
}

fn id_in(full_url: &str) -> Option<&str> {
    let urn = full_url.strip_prefix("urn:uuid:").or_else(|| full_url.strip_prefix("urn:oid:"));
    urn.filter(|id| !id.is_empty()).or_else(|| Address::parse(full_url).map(|address| address.id))
}

/// See [`Bundle::entries`].
pub struct Entries<'t> {
    items: Option<Items<'t>>,
    next: usize,
}

impl<'t> Iterator for Entries<'t> {
    type Item = Entry<'t>;

    fn next(&mut self) -> Option<Entry<'t>> {
        let node = self.items.as_mut()?.next()?;
        self.next += 1;
        Some(Entry::of(self.next - 1, node))
    }
}

#[cfg(test)]
mod tests;

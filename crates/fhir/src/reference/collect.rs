//! Finds every reference in a resource.

use crate::tree::{Children, Kind, Node};

/// An object that refers to something by its member `reference`.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'t> {
    /// The object, a Reference by FHIR's definitions.
    pub node: Node<'t>,
    /// What it says: relative, absolute, `urn:…` or `#…`.
    pub text: &'t str,
}

/// All references of a resource in their order, those of contained resources and extensions included.
///
/// No definition is needed: only References have a string member of that name. A Bundle inside is a world of its own,
/// its references are left out.
#[must_use]
pub fn references(resource: Node<'_>) -> References<'_> {
    let mut open = Vec::with_capacity(8);
    if !is_bundle(resource) {
        open.push(resource.children());
    }
    References { open }
}

/// See [`references`].
pub struct References<'t> {
    open: Vec<Children<'t>>,
}

impl<'t> Iterator for References<'t> {
    type Item = Reference<'t>;

    fn next(&mut self) -> Option<Reference<'t>> {
        while let Some(children) = self.open.last_mut() {
            let Some(node) = children.next() else {
                self.open.pop();
                continue;
            };
            match node.kind() {
                Kind::Object if node.is_named("resource") && is_bundle(node) => {}
                Kind::Object | Kind::Array => self.open.push(node.children()),
                Kind::String if node.is_named("reference") => {
                    if let (Some(node), Some(text)) = (node.parent(), node.as_str()) {
                        return Some(Reference { node, text });
                    }
                }
                Kind::String | Kind::Number | Kind::Boolean | Kind::Null => {}
            }
        }
        None
    }
}

fn is_bundle(node: Node<'_>) -> bool {
    node.resource_type() == Some("Bundle")
}

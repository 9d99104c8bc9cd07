//! Reading a tree: a node, its members, its items, its text.

use super::{Kind, NONE, NodeId, Tree};

/// A node together with its tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree,
    pub(super) id: NodeId,
}

impl<'t> Node<'t> {
    /// Where this node is in its tree.
    #[must_use]
    pub fn id(self) -> NodeId {
        self.id
    }

    /// The tree that this node belongs to.
    #[must_use]
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// What this node is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.tree.slot(self.id).kind
    }

    /// The name under which the parent object holds this node; nothing for items of an array and for the root.
    #[must_use]
    pub fn name(self) -> Option<&'t str> {
        let name = self.tree.text(self.tree.slot(self.id).name);
        (!name.is_empty()).then_some(name)
    }

    /// The node that holds this one.
    #[must_use]
    pub fn parent(self) -> Option<Node<'t>> {
        self.other(self.tree.slot(self.id).parent)
    }

    /// Members of an object or items of an array, in the order in which they came.
    #[must_use]
    pub fn children(self) -> Children<'t> {
        Children { next: self.other(self.tree.slot(self.id).first) }
    }

    /// The member of that name; nothing when this is no object or has none.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Node<'t>> {
        if self.kind() != Kind::Object {
            return None;
        }
        self.children().find(|child| child.is_named(name))
    }

    /// Whether the parent object holds this node under that name. Compares lengths before it looks at any text.
    #[must_use]
    pub fn is_named(self, name: &str) -> bool {
        let span = self.tree.slot(self.id).name;
        (span.end - span.start) as usize == name.len() && !name.is_empty() && self.tree.text(span) == name
    }

    /// Follows one member name after the other.
    #[must_use]
    pub fn at(self, names: &[&str]) -> Option<Node<'t>> {
        names.iter().try_fold(self, |node, name| node.get(name))
    }

    /// The items of an array, or the node itself when it is none: for elements that may repeat.
    #[must_use]
    pub fn items(self) -> Items<'t> {
        match self.kind() {
            Kind::Array => Items { next: self.children().next, many: true },
            _ => Items { next: Some(self), many: false },
        }
    }

    /// All values of the member of that name, whether it is an array or a single value.
    pub fn each(self, name: &str) -> impl Iterator<Item = Node<'t>> + use<'t> {
        self.get(name).into_iter().flat_map(Node::items)
    }

    /// The text of a primitive: a string without its escapes, a number or boolean as it was written.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        match self.kind() {
            Kind::String | Kind::Number | Kind::Boolean => Some(self.tree.text(self.tree.slot(self.id).text)),
            Kind::Object | Kind::Array | Kind::Null => None,
        }
    }

    /// The text of a string; nothing for all else.
    #[must_use]
    pub fn as_str(self) -> Option<&'t str> {
        if self.kind() == Kind::String { self.text() } else { None }
    }

    /// The text of the string member of that name.
    #[must_use]
    pub fn str(self, name: &str) -> Option<&'t str> {
        self.get(name).and_then(Node::as_str)
    }

    /// The type of a resource, from its member `resourceType`.
    #[must_use]
    pub fn resource_type(self) -> Option<&'t str> {
        self.str("resourceType")
    }

    /// Byte offset of this node in the source; nothing for nodes that did not come from one.
    #[must_use]
    pub fn offset(self) -> Option<usize> {
        let offset = self.tree.slot(self.id).offset;
        (offset != NONE).then_some(offset as usize)
    }

    pub(super) fn other(self, index: u32) -> Option<Node<'t>> {
        (index != NONE).then_some(Node { tree: self.tree, id: NodeId(index) })
    }
}

impl std::fmt::Debug for Node<'_> {
    /// Prints the kind only: a node may hold personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Node({:?}, …)", self.kind())
    }
}

/// See [`Node::children`].
pub struct Children<'t> {
    next: Option<Node<'t>>,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let node = self.next?;
        self.next = node.other(node.tree.slot(node.id).next);
        Some(node)
    }
}

/// See [`Node::items`].
pub struct Items<'t> {
    next: Option<Node<'t>>,
    many: bool,
}

impl<'t> Iterator for Items<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let node = self.next?;
        self.next = if self.many { node.other(node.tree.slot(node.id).next) } else { None };
        Some(node)
    }
}

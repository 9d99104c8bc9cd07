//! The lossless tree: everything that came in, in its order, with number text kept and a position for each node.
//!
//! The shape is that of FHIR JSON: objects, arrays, and `_name` members beside primitives for their ids and
//! extensions. The XML reader makes the same shape, so that everything behind the readers knows one form.

mod build;
mod edit;
mod node;
mod place;

pub use node::{Children, Items, Node};
pub use place::Position;

/// A place in a [`Tree`]. Cheap to copy; means nothing in another tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(u32);

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A JSON object; in XML, an element with children.
    Object,
    /// A JSON array; in XML, an element that may repeat.
    Array,
    /// A JSON string, its escapes resolved.
    String,
    /// A JSON number, its text as it came.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
}

/// A stretch of text: in the source where it starts below the source's length, in the scratch text otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Slot {
    kind: Kind,
    name: Span,
    text: Span,
    parent: u32,
    first: u32,
    last: u32,
    next: u32,
    /// Byte offset in the source; [`NONE`] for nodes that were made here.
    offset: u32,
}

/// A document. Nodes live in one vector and point at each other by index; text lies in the source that was read.
#[derive(Clone, Debug)]
pub struct Tree {
    source: String,
    scratch: String,
    slots: Vec<Slot>,
    root: u32,
}

impl Tree {
    /// The outermost node.
    ///
    /// # Panics
    /// When nothing was added yet: a reader never gives out such a tree.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        debug_assert!(self.root != NONE, "a tree has a root before it is read");
        self.node(NodeId(self.root))
    }

    /// The node at a place of this tree.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Node<'_> {
        Node { tree: self, id }
    }

    /// The text that was read, in UTF-8; empty for a tree that was made here.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many nodes there are, dropped ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether nothing was added yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    fn slot(&self, id: NodeId) -> &Slot {
        &self.slots[id.0 as usize]
    }

    fn text(&self, span: Span) -> &str {
        let (start, end, source) = (span.start as usize, span.end as usize, self.source.len());
        if start < source { &self.source[start..end] } else { &self.scratch[start - source..end - source] }
    }
}

#[cfg(test)]
mod tests;

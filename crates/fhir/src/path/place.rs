//! A place in a tree that a path leads to, with what the definitions say of it.

use std::fmt;

use crate::definitions::{Match, Type, TypeKind};
use crate::tree::{Kind, NodeId, Tree};

/// An element of a document: where it is, and of what type.
#[derive(Clone, Copy)]
pub struct Place<'d> {
    /// Its type; of a choice, the one that was chosen; of a resource, its own.
    pub of: &'d Type,
    /// Its value; nothing for a primitive that has an id or extensions only.
    pub value: Option<NodeId>,
    /// What stands beside a primitive under the same name with an underscore: its id and extensions.
    pub beside: Option<NodeId>,
    /// What holds it; nothing for the resource that is the document.
    pub held: Option<Held<'d>>,
}

/// How an object holds an element.
#[derive(Clone, Copy)]
pub struct Held<'d> {
    /// The object.
    pub owner: NodeId,
    /// Its type.
    pub owner_type: &'d Type,
    /// Which of its elements, and under which name.
    pub found: Match<'d>,
    /// The value's place among those of the element, from 0.
    pub index: usize,
}

impl Place<'_> {
    /// Whether it has one value, with its id and extensions beside it.
    #[must_use]
    pub fn is_primitive(&self) -> bool {
        matches!(self.of.kind, TypeKind::Primitive(_))
    }

    /// The object that holds its own elements, where there is one.
    #[must_use]
    pub fn object(&self, tree: &Tree) -> Option<NodeId> {
        let object = if self.is_primitive() { self.beside } else { self.value };
        object.filter(|id| tree.node(*id).kind() == Kind::Object)
    }
}

impl fmt::Debug for Place<'_> {
    /// Prints no definitions, which are long.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({}, {:?}, {:?})", self.of.name, self.value, self.beside)
    }
}

impl fmt::Debug for Held<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({:?}, {}[{}])", self.owner, self.found.type_ref.json_name, self.index)
    }
}

/// Something that a path can speak of: a place, or a value that is nowhere in the document.
#[derive(Clone, Copy)]
pub(super) enum Item<'d> {
    At(Place<'d>),
    Boolean(bool),
    Text(&'d str),
    Number(&'d str),
}

/// The value of an item that has just one.
#[derive(Clone, Copy)]
pub(super) enum Scalar<'t> {
    Boolean(bool),
    Text(&'t str),
    Number(&'t str),
}

impl<'d> Item<'d> {
    pub(super) fn scalar<'t>(self, tree: &'t Tree) -> Option<Scalar<'t>>
    where
        'd: 't,
    {
        match self {
            Item::Boolean(value) => Some(Scalar::Boolean(value)),
            Item::Text(text) => Some(Scalar::Text(text)),
            Item::Number(text) => Some(Scalar::Number(text)),
            Item::At(place) => {
                let node = place.value.map(|id| tree.node(id))?;
                match node.kind() {
                    Kind::String => node.text().map(Scalar::Text),
                    Kind::Number => node.text().map(Scalar::Number),
                    Kind::Boolean => node.text().map(|text| Scalar::Boolean(text == "true")),
                    Kind::Object | Kind::Array | Kind::Null => None,
                }
            }
        }
    }
}

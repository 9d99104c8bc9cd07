//! An object that is being read: where its elements go, in the shape of FHIR JSON.

use super::read::Inside;
use crate::{
    definitions::{Match, Type},
    tree::{Kind, NodeId, Tree},
};

/// An object whose end tag was not read yet.
pub(super) struct Object<'d> {
    pub(super) id: NodeId,
    pub(super) of: &'d Type,
    /// The place of the element that came last, to see whether the order is kept.
    pub(super) last: usize,
    lists: Vec<List>,
}

/// An element that may repeat, or one that does not: its values so far.
struct List {
    json_name: &'static str,
    values: Option<NodeId>,
    extras: Option<NodeId>,
    count: usize,
}

/// The value of a primitive, with its place in the source.
pub(super) struct Text<'v> {
    pub(super) kind: Kind,
    pub(super) text: &'v str,
    pub(super) offset: usize,
}

impl Text<'_> {
    fn add(&self, tree: &mut Tree, parent: NodeId, name: &str) {
        let name = (!name.is_empty()).then(|| tree.keep(name));
        let text = tree.keep(self.text);
        tree.append(Some(parent), name, self.kind, Some(text), Some(self.offset));
    }
}

/// Where the value of an element goes.
pub(super) struct Slot {
    pub(super) parent: NodeId,
    /// Empty for items of an array.
    pub(super) name: &'static str,
}

impl<'d> Object<'d> {
    pub(super) fn new(id: NodeId, of: &'d Type) -> Object<'d> {
        Object { id, of, last: 0, lists: Vec::new() }
    }

    /// Whether an element of that name was read before.
    pub(super) fn has(&self, json_name: &str) -> bool {
        self.lists.iter().any(|list| list.json_name == json_name)
    }

    /// Where the next value of a primitive element is going to be.
    pub(super) fn place(&self, found: &Match<'d>) -> Inside {
        let name = found.type_ref.json_name;
        let count = || self.lists.iter().find(|list| list.json_name == name).map_or(0, |list| list.count);
        (self.id, name, found.element.many.then(count))
    }

    /// Makes room for a value that is an object, and says where it goes.
    pub(super) fn slot(&mut self, tree: &mut Tree, found: &Match<'d>) -> Slot {
        let at = self.list(found);
        self.lists[at].count += 1;
        if !found.element.many {
            return Slot { parent: self.id, name: found.type_ref.json_name };
        }
        let id = self.id;
        let values = *self.lists[at].values.get_or_insert_with(|| tree.add_array(id, found.type_ref.json_name));
        Slot { parent: values, name: "" }
    }

    /// Puts a primitive where it belongs, with its id and extensions (`extra`, a node without parent) beside it. Where only one
    /// of the two is there, `null` keeps its place in a list.
    pub(super) fn put(&mut self, tree: &mut Tree, found: &Match<'d>, value: Option<Text<'_>>, extra: Option<NodeId>) {
        let at = self.list(found);
        let name = found.type_ref.json_name;
        let (id, list) = (self.id, &mut self.lists[at]);
        list.count += 1;
        if !found.element.many {
            if let Some(value) = value {
                value.add(tree, id, name);
            }
            if let Some(extra) = extra {
                tree.attach(id, &format!("_{name}"), extra);
            }
            return;
        }
        if value.is_some() && list.values.is_none() {
            list.values = Some(padded(tree, id, name, list.count - 1));
        }
        if extra.is_some() && list.extras.is_none() {
            list.extras = Some(padded(tree, id, &format!("_{name}"), list.count - 1));
        }
        match (list.values, value) {
            (Some(values), Some(value)) => value.add(tree, values, ""),
            (Some(values), None) => _ = tree.add(Some(values), "", Kind::Null, ""),
            (None, _) => {}
        }
        match (list.extras, extra) {
            (Some(extras), Some(extra)) => tree.attach(extras, "", extra),
            (Some(extras), None) => _ = tree.add(Some(extras), "", Kind::Null, ""),
            (None, _) => {}
        }
    }

    fn list(&mut self, found: &Match<'d>) -> usize {
        let json_name = found.type_ref.json_name;
        let known = self.lists.iter().position(|list| list.json_name == json_name);
        known.unwrap_or_else(|| {
            self.lists.push(List { json_name, values: None, extras: None, count: 0 });
            self.lists.len() - 1
        })
    }
}

/// An array with `null` for the items that came before it was needed.
fn padded(tree: &mut Tree, parent: NodeId, name: &str, items: usize) -> NodeId {
    let array = tree.add_array(parent, name);
    for _ in 0..items {
        tree.add(Some(array), "", Kind::Null, "");
    }
    array
}

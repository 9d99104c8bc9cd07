//! Does the operations of a JSON Patch on a copy. Source: RFC 6902, section 4.

use super::operation::{Action, Operation};
use super::pointer::{Pointer, child, follow, item};
use crate::budget::Budget;
use crate::json::equal;
use crate::patch::error::PatchFault;
use crate::patch::limits::{COPIED_BYTES_MAX, COPIED_NODES_MAX, STEPS_MAX};
use crate::patch::value::check_depth;
use crate::tree::{Kind, Node, NodeId, Tree};

pub(super) struct Patcher {
    tree: Tree,
    budget: Budget,
    /// What may still be copied: a document that is copied into itself doubles each time.
    nodes_left: usize,
    bytes_left: usize,
}

impl Patcher {
    pub(super) fn new(tree: &Tree) -> Patcher {
        let budget = Budget::new(STEPS_MAX);
        Patcher { tree: tree.clone(), budget, nodes_left: COPIED_NODES_MAX, bytes_left: COPIED_BYTES_MAX }
    }

    pub(super) fn done(self) -> Tree {
        self.tree
    }

    pub(super) fn operation(&mut self, operation: &Operation<'_>) -> Result<(), PatchFault> {
        let path = &operation.path;
        match &operation.action {
            Action::Add(value) => {
                let value = self.tree.graft(*value);
                self.add(path, value)
            }
            Action::Remove => self.remove(path).map(|_| ()),
            Action::Replace(value) => self.replace(path, *value),
            Action::Move { from } => self.move_value(from, path),
            Action::Copy { from } => self.copy(from, path),
            Action::Test(value) => self.test(path, *value),
        }
    }

    fn find(&mut self, path: &Pointer<'_>) -> Result<NodeId, PatchFault> {
        follow(&self.tree, &path.steps, &mut self.budget)?.ok_or(PatchFault::NothingThere)
    }

    /// Puts a value that nothing holds where a pointer leads to.
    fn add(&mut self, path: &Pointer<'_>, value: NodeId) -> Result<(), PatchFault> {
        let Some((last, before)) = path.split_last() else {
            self.tree.set_root(value);
            return check_depth(self.tree.node(value), &mut self.budget);
        };
        let parent = follow(&self.tree, before, &mut self.budget)?.ok_or(PatchFault::NothingThere)?;
        match self.tree.node(parent).kind() {
            Kind::Object => self.add_member(parent, last, value)?,
            Kind::Array => self.add_item(parent, last, value)?,
            Kind::String | Kind::Number | Kind::Boolean | Kind::Null => return Err(PatchFault::NothingThere),
        }
        check_depth(self.tree.node(value), &mut self.budget)
    }

    fn add_member(&mut self, object: NodeId, name: &str, value: NodeId) -> Result<(), PatchFault> {
        if name.is_empty() {
            return Err(PatchFault::Value("a member needs a name".into()));
        }
        match child(&self.tree, object, name, &mut self.budget)? {
            Some(old) => self.tree.replace(old, value),
            None => self.tree.insert(object, name, value, None),
        }
        Ok(())
    }

    fn add_item(&mut self, array: NodeId, step: &str, value: NodeId) -> Result<(), PatchFault> {
        let length = self.tree.node(array).children().count();
        self.budget.spend(length)?;
        let index = if step == "-" { Some(length) } else { item(step) };
        let index = index.ok_or(PatchFault::NothingThere)?;
        if index > length {
            return Err(PatchFault::OutOfRange { index, length });
        }
        let before = self.tree.node(array).children().nth(index).map(Node::id);
        self.tree.insert(array, "", value, before);
        Ok(())
    }

    fn remove(&mut self, path: &Pointer<'_>) -> Result<NodeId, PatchFault> {
        let found = self.find(path)?;
        if found == self.tree.root_id() {
            return Err(PatchFault::WholeResource);
        }
        self.tree.remove(found);
        Ok(found)
    }

    fn replace(&mut self, path: &Pointer<'_>, value: Node<'_>) -> Result<(), PatchFault> {
        let old = self.find(path)?;
        let new = self.tree.graft(value);
        if old == self.tree.root_id() {
            self.tree.set_root(new);
        } else {
            self.tree.replace(old, new);
        }
        check_depth(self.tree.node(new), &mut self.budget)
    }

    fn move_value(&mut self, from: &Pointer<'_>, path: &Pointer<'_>) -> Result<(), PatchFault> {
        if from == path {
            return self.find(from).map(|_| ());
        }
        if path.steps.starts_with(&from.steps) {
            let expected = "a place that path does not lead into".into();
            return Err(PatchFault::PartInvalid { part: "from", expected });
        }
        let value = self.remove(from)?;
        self.add(path, value)
    }

    fn copy(&mut self, from: &Pointer<'_>, path: &Pointer<'_>) -> Result<(), PatchFault> {
        let found = self.find(from)?;
        let (nodes, bytes) = size(self.tree.node(found));
        self.nodes_left = self.nodes_left.checked_sub(nodes).ok_or(PatchFault::TooCostly("values"))?;
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(PatchFault::TooCostly("bytes"))?;
        let copy = self.tree.duplicate(found);
        self.add(path, copy)
    }

    fn test(&mut self, path: &Pointer<'_>, value: Node<'_>) -> Result<(), PatchFault> {
        let found = self.find(path)?;
        if equal(self.tree.node(found), value, &mut self.budget)? { Ok(()) } else { Err(PatchFault::TestFailed) }
    }
}

/// How many nodes a value has, and how many bytes of text.
fn size(node: Node<'_>) -> (usize, usize) {
    let own = (1, node.text().map_or(0, str::len) + node.name().map_or(0, str::len));
    node.children().map(size).fold(own, |all, below| (all.0 + below.0, all.1 + below.1))
}

//! All values of one element of an object, with what stands beside each: read as one list, changed, written back.

use crate::budget::{Budget, Exhausted};
use crate::definitions::Type;
use crate::tree::{Kind, Node, NodeId, Tree};

/// A value and the id and extensions beside it, when it is a primitive. Either may be missing or `null`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) value: Option<NodeId>,
    pub(super) beside: Option<NodeId>,
}

impl Pair {
    pub(super) fn is_empty(self, tree: &Tree) -> bool {
        !is_there(tree, self.value) && !is_there(tree, self.beside)
    }
}

fn is_there(tree: &Tree, node: Option<NodeId>) -> bool {
    node.is_some_and(|id| tree.node(id).kind() != Kind::Null)
}

/// The values of an element; one or none for an element that cannot repeat.
#[derive(Debug)]
pub(super) struct List {
    pub(super) owner: NodeId,
    pub(super) json_name: String,
    pub(super) pairs: Vec<Pair>,
}

/// Where a list goes that is not there yet.
#[derive(Clone, Copy)]
pub(super) struct Slot<'d> {
    pub(super) owner_type: &'d Type,
    /// The element's place among those of the type.
    pub(super) index: usize,
    /// Whether it may repeat.
    pub(super) many: bool,
}

impl List {
    /// Reads the values that an object has under a name.
    pub(super) fn read(tree: &Tree, owner: NodeId, json_name: &str, budget: &mut Budget) -> Result<List, Exhausted> {
        let object = tree.node(owner);
        budget.spend(object.children().count())?;
        let beside_name = format!("_{json_name}");
        let mut values = object.get(json_name).into_iter().flat_map(Node::items).map(Node::id);
        let mut besides = object.get(&beside_name).into_iter().flat_map(Node::items).map(Node::id);
        let mut pairs = Vec::new();
        loop {
            match (values.next(), besides.next()) {
                (None, None) => return Ok(List { owner, json_name: json_name.to_owned(), pairs }),
                (value, beside) => pairs.push(Pair { value, beside }),
            }
            budget.spend(1)?;
        }
    }

    /// Writes the values back; without any, the object has the element no more. A list that is new needs its slot.
    pub(super) fn write(&self, tree: &mut Tree, slot: Option<Slot<'_>>) {
        let before = slot.and_then(|slot| follower(tree, self.owner, slot));
        let many = slot.is_some_and(|slot| slot.many);
        let values: Vec<_> = self.pairs.iter().map(|pair| pair.value).collect();
        self.write_side(tree, &self.json_name, &values, many, before);
        // what stands beside comes next to the values
        let values = tree.node(self.owner).get(&self.json_name).map(Node::id);
        let next = values.and_then(|id| tree.node(self.owner).children().skip_while(|child| child.id() != id).nth(1));
        let before = if values.is_some() { next.map(Node::id) } else { before };
        let besides: Vec<_> = self.pairs.iter().map(|pair| pair.beside).collect();
        self.write_side(tree, &format!("_{}", self.json_name), &besides, many, before);
    }

    fn write_side(&self, tree: &mut Tree, name: &str, nodes: &[Option<NodeId>], many: bool, before: Option<NodeId>) {
        let old = tree.node(self.owner).get(name).map(|node| (node.id(), node.kind()));
        if !nodes.iter().any(|node| is_there(tree, *node)) {
            if let Some((id, _)) = old {
                tree.remove(id);
            }
            return;
        }
        if let ([Some(node)], false) = (nodes, many || matches!(old, Some((_, Kind::Array)))) {
            return match old {
                Some((id, _)) if id == *node => {}
                Some((id, _)) => tree.replace(id, *node),
                None => tree.insert(self.owner, name, *node, before),
            };
        }
        let array = match old {
            Some((id, Kind::Array)) => id,
            Some((id, _)) => {
                let array = tree.loose(Kind::Array, "");
                tree.replace(id, array);
                array
            }
            None => {
                let array = tree.loose(Kind::Array, "");
                tree.insert(self.owner, name, array, before);
                array
            }
        };
        tree.retain(array, |_| false);
        for node in nodes {
            let item = node.unwrap_or_else(|| tree.loose(Kind::Null, ""));
            tree.insert(array, "", item, None);
        }
    }
}

/// The first member that comes after an element, in the order of the definitions.
fn follower(tree: &Tree, owner: NodeId, slot: Slot<'_>) -> Option<NodeId> {
    let comes_after = |child: &Node<'_>| {
        let name = child.name().unwrap_or_default();
        let found = slot.owner_type.element(name.strip_prefix('_').unwrap_or(name));
        found.is_some_and(|found| found.index > slot.index)
    };
    tree.node(owner).children().find(comes_after).map(Node::id)
}

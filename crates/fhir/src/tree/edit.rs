//! Moving nodes about: what patches do to a tree.

use super::build::NO_TEXT;
use super::{Kind, NONE, Node, NodeId, Slot, Tree};

impl Tree {
    /// Copies a node and all below it from another tree. Nothing holds the copy yet.
    pub fn graft(&mut self, node: Node<'_>) -> NodeId {
        let copy = self.loose(node.kind(), node.text().unwrap_or_default());
        for child in node.children() {
            self.add_copy(copy, child.name().unwrap_or_default(), child);
        }
        copy
    }

    /// Copies a node of this tree and all below it; both share their text. Nothing holds the copy yet.
    pub fn duplicate(&mut self, id: NodeId) -> NodeId {
        let Slot { kind, text, .. } = *self.slot(id);
        let copy = self.append(None, None, kind, Some(text), None);
        let mut child = self.slot(id).first;
        while child != NONE {
            let Slot { name, next, .. } = self.slots[child as usize];
            let below = self.duplicate(NodeId(child));
            self.slots[below.0 as usize].name = name;
            self.hold(copy, below, None);
            child = next;
        }
        copy
    }

    /// Makes a node that nothing holds yet.
    pub fn loose(&mut self, kind: Kind, text: &str) -> NodeId {
        debug_assert!(self.root != NONE, "the first node would become the root");
        self.add(None, "", kind, text)
    }

    /// Puts a node that nothing holds into a parent: in front of one of its children, or at the end. `name` is empty for
    /// items of an array.
    pub fn insert(&mut self, parent: NodeId, name: &str, id: NodeId, before: Option<NodeId>) {
        let name = if name.is_empty() { NO_TEXT } else { self.keep(name) };
        self.slots[id.0 as usize].name = name;
        self.hold(parent, id, before);
    }

    fn hold(&mut self, parent: NodeId, id: NodeId, before: Option<NodeId>) {
        debug_assert!(self.slot(id).parent == NONE, "a node has one parent");
        self.slots[id.0 as usize].parent = parent.0;
        let Some(before) = before else {
            return self.link_last(parent, id.0);
        };
        match self.previous(before) {
            None => self.slots[parent.0 as usize].first = id.0,
            Some(previous) => self.slots[previous as usize].next = id.0,
        }
        self.slots[id.0 as usize].next = before.0;
    }

    /// Puts a node that nothing holds where another is, under the other's name. Nothing holds the other any more.
    pub fn replace(&mut self, old: NodeId, new: NodeId) {
        let Slot { parent, name, .. } = *self.slot(old);
        if parent == NONE {
            return;
        }
        self.slots[new.0 as usize].name = name;
        self.hold(NodeId(parent), new, Some(old));
        self.remove(old);
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::tree;
    use crate::tree::{Kind, Node, Tree};

    fn written(tree: &Tree) -> String {
        let mut out = Vec::new();
        crate::json::write(tree.root(), &mut out);
        String::from_utf8(out).expect("JSON is text")
    }

    #[test]
    fn a_copy_within_a_tree_is_a_value_of_its_own() {
        let mut tree = tree(r#"{"resourceType":"Basic","a":{"b":["\n",1.50]}}"#);
        let original = tree.root().get("a").map(Node::id).expect("it is there");
        let copy = tree.duplicate(original);
        tree.insert(tree.root_id(), "c", copy, Some(original));
        let text = tree.root().at(&["c", "b"]).and_then(|b| b.children().next()).map(Node::id).expect("it was copied");
        tree.set_text(text, "x");
        assert_eq!(written(&tree), r#"{"resourceType":"Basic","c":{"b":["x",1.50]},"a":{"b":["\n",1.50]}}"#);
    }

    #[test]
    fn a_replaced_item_keeps_its_place_also_at_the_end() {
        let mut tree = tree(r#"{"resourceType":"Basic","a":[1,2]}"#);
        let items: Vec<_> = tree.root().each("a").map(Node::id).collect();
        for (old, text) in items.into_iter().zip(["3", "4"]) {
            let new = tree.loose(Kind::Number, text);
            tree.replace(old, new);
        }
        let last = tree.loose(Kind::Null, "");
        let array = tree.root().get("a").map(Node::id).expect("it is there");
        tree.insert(array, "", last, None);
        assert_eq!(written(&tree), r#"{"resourceType":"Basic","a":[3,4,null]}"#);
    }

    #[test]
    fn a_grafted_node_comes_from_another_tree() {
        let other = tree(r#"{"resourceType":"Basic","x":{"y":[true]}}"#);
        let mut tree = tree(r#"{"resourceType":"Basic","a":1}"#);
        let grafted = tree.graft(other.root().get("x").expect("it is there"));
        let old = tree.root().get("a").map(Node::id).expect("it is there");
        tree.replace(old, grafted);
        assert_eq!(written(&tree), r#"{"resourceType":"Basic","a":{"y":[true]}}"#);
    }
}

//! Making and changing a tree: readers fill it, repairs and replies change it.

use super::{Kind, NONE, Node, NodeId, Slot, Span, Tree};

pub(super) const NO_TEXT: Span = Span { start: 0, end: 0 };

impl Tree {
    /// A tree without nodes over the text that a reader is going to read.
    ///
    /// # Panics
    /// When the source is 2 GiB or longer; limits on arrival are far below.
    #[must_use]
    pub fn over(source: String) -> Tree {
        assert!(source.len() < (u32::MAX / 2) as usize, "bodies are limited before they are read");
        Tree { slots: Vec::with_capacity(source.len() / 20 + 8), source, scratch: String::new(), root: NONE }
    }

    /// A resource of that type, to be filled.
    #[must_use]
    pub fn resource(resource_type: &str) -> Tree {
        let mut tree = Tree::over(String::new());
        let root = tree.add(None, "", Kind::Object, "");
        tree.add_str(root, "resourceType", resource_type);
        tree
    }

    /// Where the root is.
    #[must_use]
    pub fn root_id(&self) -> NodeId {
        NodeId(self.root)
    }

    /// The span of a stretch of the source, for readers that do not copy text.
    #[must_use]
    pub fn span(&self, start: usize, end: usize) -> Span {
        debug_assert!(end <= self.source.len());
        // an empty stretch at the very end would be taken for scratch text, which is just as empty
        Span { start: small(start), end: small(end) }
    }

    /// Keeps text that is not in the source, such as a string whose escapes were resolved.
    pub fn keep(&mut self, text: &str) -> Span {
        let start = self.source.len() + self.scratch.len();
        self.scratch.push_str(text);
        Span { start: small(start), end: small(start + text.len()) }
    }

    /// Adds a node at the end of its parent; the first node without a parent becomes the root.
    /// `name` is empty for items of an array, `text` is empty for all but primitives.
    pub fn append(
        &mut self,
        parent: Option<NodeId>,
        name: Option<Span>,
        kind: Kind,
        text: Option<Span>,
        offset: Option<usize>,
    ) -> NodeId {
        let id = small(self.slots.len());
        self.slots.push(Slot {
            kind,
            name: name.unwrap_or(NO_TEXT),
            text: text.unwrap_or(NO_TEXT),
            parent: parent.map_or(NONE, |parent| parent.0),
            first: NONE,
            last: NONE,
            next: NONE,
            offset: offset.map_or(NONE, small),
        });
        match parent {
            Some(parent) => self.link_last(parent, id),
            None if self.root == NONE => self.root = id,
            None => {}
        }
        NodeId(id)
    }

    pub(super) fn link_last(&mut self, parent: NodeId, id: u32) {
        let last = self.slots[parent.0 as usize].last;
        if last == NONE {
            self.slots[parent.0 as usize].first = id;
        } else {
            self.slots[last as usize].next = id;
        }
        self.slots[parent.0 as usize].last = id;
    }

    /// Adds a node made here. `name` is empty for items of an array.
    pub fn add(&mut self, parent: Option<NodeId>, name: &str, kind: Kind, text: &str) -> NodeId {
        let name = (!name.is_empty()).then(|| self.keep(name));
        let text = (!text.is_empty()).then(|| self.keep(text));
        self.append(parent, name, kind, text, None)
    }

    /// Adds a string member or item.
    pub fn add_str(&mut self, parent: NodeId, name: &str, text: &str) -> NodeId {
        self.add(Some(parent), name, Kind::String, text)
    }

    /// Adds a number member or item by its text.
    pub fn add_number(&mut self, parent: NodeId, name: &str, text: &str) -> NodeId {
        self.add(Some(parent), name, Kind::Number, text)
    }

    /// Adds a boolean member or item.
    pub fn add_bool(&mut self, parent: NodeId, name: &str, value: bool) -> NodeId {
        self.add(Some(parent), name, Kind::Boolean, if value { "true" } else { "false" })
    }

    /// Adds an object member or item, to be filled.
    pub fn add_object(&mut self, parent: NodeId, name: &str) -> NodeId {
        self.add(Some(parent), name, Kind::Object, "")
    }

    /// Adds an array member, to be filled.
    pub fn add_array(&mut self, parent: NodeId, name: &str) -> NodeId {
        self.add(Some(parent), name, Kind::Array, "")
    }

    /// Copies a node and all below it, from this or another tree, to the end of a parent.
    pub fn add_copy(&mut self, parent: NodeId, name: &str, node: Node<'_>) -> NodeId {
        let copy = self.add(Some(parent), name, node.kind(), node.text().unwrap_or_default());
        for child in node.children() {
            self.add_copy(copy, child.name().unwrap_or_default(), child);
        }
        copy
    }

    /// Puts a node that has no parent at the end of one. `name` is empty for items of an array.
    pub fn attach(&mut self, parent: NodeId, name: &str, id: NodeId) {
        let name = if name.is_empty() { NO_TEXT } else { self.keep(name) };
        let slot = &mut self.slots[id.0 as usize];
        debug_assert!(slot.parent == NONE, "a node has one parent");
        (slot.name, slot.parent) = (name, parent.0);
        self.link_last(parent, id.0);
    }

    /// Takes a node out of its parent. It stays in memory but nothing leads to it any more.
    pub fn remove(&mut self, id: NodeId) {
        let Slot { parent, next, .. } = *self.slot(id);
        if parent == NONE {
            return;
        }
        let previous = self.previous(id);
        match previous {
            None => self.slots[parent as usize].first = next,
            Some(previous) => self.slots[previous as usize].next = next,
        }
        if self.slots[parent as usize].last == id.0 {
            self.slots[parent as usize].last = previous.unwrap_or(NONE);
        }
        let slot = &mut self.slots[id.0 as usize];
        (slot.parent, slot.next) = (NONE, NONE);
    }

    /// Takes all children out of a parent that are not to be kept, in one pass.
    pub fn retain(&mut self, parent: NodeId, keep: impl Fn(NodeId) -> bool) {
        let mut at = self.slot(parent).first;
        let slot = &mut self.slots[parent.0 as usize];
        (slot.first, slot.last) = (NONE, NONE);
        while at != NONE {
            let next = self.slots[at as usize].next;
            self.slots[at as usize].next = NONE;
            if keep(NodeId(at)) {
                self.link_last(parent, at);
            } else {
                self.slots[at as usize].parent = NONE;
            }
            at = next;
        }
    }

    /// Puts a node into an array of one that takes over its name and its place.
    pub fn wrap_in_array(&mut self, id: NodeId) -> NodeId {
        let slot = *self.slot(id);
        let array = small(self.slots.len());
        self.slots.push(Slot { kind: Kind::Array, text: NO_TEXT, first: id.0, last: id.0, ..slot });
        if slot.parent != NONE {
            match self.previous(id) {
                None => self.slots[slot.parent as usize].first = array,
                Some(previous) => self.slots[previous as usize].next = array,
            }
            if self.slots[slot.parent as usize].last == id.0 {
                self.slots[slot.parent as usize].last = array;
            }
        }
        let inner = &mut self.slots[id.0 as usize];
        (inner.parent, inner.next, inner.name) = (array, NONE, NO_TEXT);
        NodeId(array)
    }

    /// Makes another node of this tree its root: unwraps a resource from what it came in.
    pub fn set_root(&mut self, id: NodeId) {
        self.remove(id);
        self.slots[id.0 as usize].name = NO_TEXT;
        self.root = id.0;
    }

    /// Replaces the text of a primitive.
    pub fn set_text(&mut self, id: NodeId, text: &str) {
        let span = self.keep(text);
        self.slots[id.0 as usize].text = span;
    }

    pub(super) fn previous(&self, id: NodeId) -> Option<u32> {
        let parent = self.slot(id).parent;
        let mut at = self.slots[parent as usize].first;
        let mut previous = None;
        while at != id.0 {
            previous = Some(at);
            at = self.slots[at as usize].next;
        }
        previous
    }
}

fn small(index: usize) -> u32 {
    u32::try_from(index).expect("sources are far below 4 GiB, see Tree::over")
}

//! Changes that a check wants, collected while the tree is read and made afterwards.

use crate::tree::{NodeId, Tree};

/// Below this many, nodes of one parent are removed one by one.
const ONE_BY_ONE: usize = 4;

/// What is to be changed in a tree.
#[derive(Default)]
pub(super) struct Repairs {
    /// Nodes to take out.
    pub drop: Vec<NodeId>,
    /// Nodes to put into an array of one.
    pub wrap: Vec<NodeId>,
}

impl Repairs {
    /// Changes the tree, in time linear in its size however many nodes go.
    pub fn apply(self, tree: &mut Tree) {
        let parent = |id: NodeId| tree.node(id).parent().map(|parent| parent.id());
        let mut drop: Vec<_> = self.drop.into_iter().filter_map(|id| Some((parent(id)?, id))).collect();
        drop.sort_unstable();
        for siblings in drop.chunk_by(|(one, _), (other, _)| one == other) {
            if siblings.len() < ONE_BY_ONE {
                siblings.iter().for_each(|(_, id)| tree.remove(*id));
            } else {
                let parent = siblings[0].0;
                tree.retain(parent, |id| siblings.binary_search(&(parent, id)).is_err());
            }
        }
        for id in self.wrap {
            tree.wrap_in_array(id);
        }
    }
}

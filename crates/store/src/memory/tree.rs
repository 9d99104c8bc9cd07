//! The tree over the audit.

use baton_exchange::audit::{Checkpoint, Growth, Leaf};

use super::State;
use crate::Committed;

impl State {
    pub(super) fn grow_tree(&mut self, growth: Growth) -> Committed {
        if self.leaves.len() as u64 != growth.from {
            return Committed::Outdated;
        }
        if growth.takes_its_place() {
            self.checkpoints.pop();
        }
        self.leaves.extend(growth.leaves);
        self.checkpoints.push(growth.checkpoint);
        Committed::Done
    }

    pub(super) fn leaves(&self, after: u64, limit: u32) -> Vec<(u64, Leaf)> {
        let leaves = (1..).zip(self.leaves.iter().copied());
        leaves.filter(|(number, _)| *number > after).take(limit as usize).collect()
    }

    pub(super) fn checkpoints(&self, after: u64, limit: u32) -> Vec<Checkpoint> {
        let later = self.checkpoints.iter().filter(|checkpoint| checkpoint.edge.size() > after);
        later.take(limit as usize).cloned().collect()
    }
}

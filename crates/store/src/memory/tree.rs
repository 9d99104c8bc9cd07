//! The tree over the audit.

use baton_exchange::audit::{Checkpoint, Growth, Leaf, Personal, Redacted};

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

    /// False when a line is not in the tree, or has lost what is personal before.
    pub(super) fn redact(&mut self, lines: &[Redacted]) -> bool {
        let place = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
        let is_kept = |line: &Redacted| {
            let leaf = place(line.number).and_then(|place| self.leaves.get(place));
            leaf.is_some_and(|leaf| matches!(leaf.personal, Personal::Kept(_)))
        };
        if !lines.iter().all(is_kept) {
            return false;
        }
        for Redacted { number, withheld } in lines {
            let Some(place) = place(*number) else { return false };
            self.leaves[place].personal = Personal::Dropped(*withheld);
            self.audit[place].drop_personal();
        }
        true
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

//! Takes lines of the audit into the tree, and signs it.

use baton_exchange::{
    audit::{AuditRecord, Checkpoint, Edge, Entry, Growth, Hash, Leaf, Salt},
    time::Timestamp,
};
use baton_store::{Committed, Store, StoreError};

use super::{NoteFault, Signer};

/// How many lines are taken in at once. A checkpoint is signed after them.
const LINES_MAX: u32 = 1_000;
/// Bytes of a salt.
const SALT_BYTES: usize = 16;

/// Why the tree does not grow. All but the first say that somebody changed the audit, or uses another key file.
#[derive(Debug, thiserror::Error)]
pub enum GrowError {
    /// The store cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The newest checkpoint does not count.
    #[error("the newest checkpoint, of {size} lines, does not count: {fault}")]
    Checkpoint {
        /// Of how many lines.
        size: u64,
        /// Why not.
        fault: NoteFault,
    },
    /// What is remembered of the tree is not what was signed.
    #[error("the tree of {size} lines is not the one that was signed")]
    Edge {
        /// How many lines.
        size: u64,
    },
    /// A line is gone before it came into the tree.
    #[error("line {number} of the audit is missing")]
    Gap {
        /// Which.
        number: u64,
    },
    /// The tree was larger before.
    #[error("the tree has {size} lines and had {seen}")]
    Shrunk {
        /// How many lines it has.
        size: u64,
        /// How many it had.
        seen: u64,
    },
}

/// Lets the tree grow. It remembers how large the tree was, so that nobody takes its end away while the server runs.
pub struct Grower {
    signer: Signer,
    seen: u64,
}

impl Grower {
    /// With a key.
    #[must_use]
    pub fn new(signer: Signer) -> Grower {
        Grower { signer, seen: 0 }
    }

    /// Takes in all lines that are there. Gives the newest checkpoint, whoever signed it.
    ///
    /// # Errors
    /// [`GrowError`]
    pub async fn grow(&mut self, store: &dyn Store, now: Timestamp) -> Result<Option<Checkpoint>, GrowError> {
        loop {
            let newest = store.tree().await?;
            let (edge, link) = self.known(newest.as_ref())?;
            let lines = store.audit(edge.size(), LINES_MAX).await?;
            if lines.is_empty() {
                return Ok(newest);
            }
            let growth = self.growth(edge, link, &lines, now)?;
            let (is_last, checkpoint) = (lines.len() < LINES_MAX as usize, growth.checkpoint.clone());
            if store.grow_tree(growth).await? == Committed::Outdated {
                // another process is at it
                return Ok(newest);
            }
            self.seen = checkpoint.edge.size();
            if is_last {
                return Ok(Some(checkpoint));
            }
        }
    }

    /// The tree as it was signed: what stands beside the signature could be of another.
    fn known(&mut self, newest: Option<&Checkpoint>) -> Result<(Edge, Hash), GrowError> {
        let size = newest.map_or(0, |checkpoint| checkpoint.edge.size());
        if size < self.seen {
            return Err(GrowError::Shrunk { size, seen: self.seen });
        }
        self.seen = size;
        let Some(checkpoint) = newest else { return Ok((Edge::default(), Hash::default())) };
        let opened = self.signer.verifier().opened(&checkpoint.note);
        let signed = opened.map_err(|fault| GrowError::Checkpoint { size, fault })?;
        if (signed.size, signed.root) != (size, checkpoint.edge.root()) {
            return Err(GrowError::Edge { size });
        }
        Ok((checkpoint.edge.clone(), checkpoint.link))
    }

    fn growth(
        &self,
        mut edge: Edge,
        mut link: Hash,
        lines: &[(u64, AuditRecord)],
        now: Timestamp,
    ) -> Result<Growth, GrowError> {
        let from = edge.size();
        let mut salts = vec![0; lines.len() * SALT_BYTES];
        getrandom::fill(&mut salts).map_err(|_| StoreError::Bug("the system has no randomness".to_owned()))?;
        let mut leaves = Vec::with_capacity(lines.len());
        for ((number, record), salt) in lines.iter().zip(salts.as_chunks().0) {
            if *number != edge.size() + 1 {
                return Err(GrowError::Gap { number: edge.size() + 1 });
            }
            let salt = Salt(*salt);
            let hash = Entry::of(*number, record).leaf(salt);
            link = Hash::link(link, hash);
            edge.add(hash);
            leaves.push(Leaf { hash, link, salt });
        }
        let note = self.signer.checkpoint(&edge);
        Ok(Growth { from, leaves, checkpoint: Checkpoint { at: now, edge, link, note } })
    }
}

#[cfg(test)]
mod tests;

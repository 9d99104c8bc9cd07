//! Takes lines of the audit into the tree, and signs it.

use std::{io, path::Path};

use baton_exchange::{
    audit::{AuditRecord, Checkpoint, Edge, Entry, Growth, Hash, Leaf, Personal, Salt},
    time::Timestamp,
};
use baton_store::{Answer, Committed, Store, StoreError};
use tokio::time::timeout;

use super::{Head, KeyFault, NoteFault, Signed, Signer};
use crate::app::WORK_TIME;

/// How many lines are taken in at once. A checkpoint is signed after them.
const LINES_MAX: u32 = 1_000;
/// Bytes of a salt.
const SALT_BYTES: usize = 16;

/// Why the tree does not grow. All but the first three say that somebody changed the audit, or uses another key file.
#[derive(Debug, thiserror::Error)]
pub enum GrowError {
    /// The store cannot be asked.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// It cannot be remembered what was signed.
    #[error("cannot write {0}")]
    Head(String, #[source] io::Error),
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
    /// The last line of the tree is not the one that was taken in.
    #[error("line {number} of the audit was changed")]
    Changed {
        /// Its number.
        number: u64,
    },
    /// The tree is larger than the one that was seen, and not by going on from it.
    #[error(
        "the tree of {size} lines did not go on from the {seen} lines that were signed before: it was cut off and grew again, or \
         the database was restored from a copy (`baton audit restored` says what to do)"
    )]
    Other {
        /// How many lines it has.
        size: u64,
        /// How many it had.
        seen: u64,
    },
    /// The tree was larger before.
    #[error(
        "the tree has {size} lines and had {seen}: it was cut off, or the database was restored from a copy \
         (`baton audit restored` says what to do)"
    )]
    Shrunk {
        /// How many lines it has.
        size: u64,
        /// How many it had.
        seen: u64,
    },
}

/// Waits for the store, but not for ever: the tree must not stand still until a restart.
async fn in_time<T>(asked: Answer<'_, T>) -> Result<T, StoreError> {
    let late = || StoreError::Unavailable(format!("there was no answer within {WORK_TIME:?}"));
    timeout(WORK_TIME, asked).await.unwrap_or_else(|_| Err(late()))
}

/// Lets the tree grow. It remembers how large the tree was, so that nobody takes its end away.
pub struct Grower {
    signer: Signer,
    head: Head,
    /// The tree as it was last seen to go on, so that only what is newer has to be looked at.
    sure: Edge,
}

impl Grower {
    /// With the key in a file, which is made when there is no tree yet.
    ///
    /// # Errors
    /// [`GrowError::Key`], and those of the store.
    pub async fn open(store: &dyn Store, key_file: &Path) -> Result<Grower, GrowError> {
        let signer = match store.tree().await? {
            None => Signer::open_or_make(key_file)?,
            Some(_) if !key_file.exists() => return Err(KeyFault::Gone(key_file.display().to_string()).into()),
            Some(_) => Signer::open(key_file)?,
        };
        let head = Head::open(key_file, signer.verifier())?;
        Ok(Grower { signer, head, sure: Edge::default() })
    }

    /// The key that signs.
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Takes in all lines that are there. Gives the newest checkpoint, whoever signed it.
    ///
    /// # Errors
    /// [`GrowError`]
    pub async fn grow(&mut self, store: &dyn Store, now: Timestamp) -> Result<Option<Checkpoint>, GrowError> {
        loop {
            let newest = in_time(store.tree()).await?;
            // an operator may have said that what was seen is lost
            self.head.look_again();
            let (edge, link) = self.known(newest.as_ref())?;
            if let Some(newest) = &newest {
                self.check_growth(store, newest).await?;
                check_last_line(store, edge.size(), link).await?;
                self.remember(newest).await?;
            }
            let lines = in_time(store.audit(edge.size(), LINES_MAX)).await?;
            if lines.is_empty() {
                return Ok(newest);
            }
            let growth = self.growth(edge, link, &lines, now)?;
            let (is_last, checkpoint) = (lines.len() < LINES_MAX as usize, growth.checkpoint.clone());
            if in_time(store.grow_tree(growth)).await? == Committed::Outdated {
                // another process is at it
                return Ok(newest);
            }
            self.remember(&checkpoint).await?;
            self.sure = checkpoint.edge.clone();
            if is_last {
                return Ok(Some(checkpoint));
            }
        }
    }

    /// The tree as it was signed: what stands beside the signature could be of another.
    fn known(&self, newest: Option<&Checkpoint>) -> Result<(Edge, Hash), GrowError> {
        let size = newest.map_or(0, |checkpoint| checkpoint.edge.size());
        let seen = self.head.seen();
        if let Some(seen) = seen.filter(|seen| size < seen.size) {
            return Err(GrowError::Shrunk { size, seen: seen.size });
        }
        let Some(checkpoint) = newest else { return Ok((Edge::default(), Hash::default())) };
        let opened = self.signer.verifier().opened(&checkpoint.note);
        let signed = opened.map_err(|fault| GrowError::Checkpoint { size, fault })?;
        let is_as_seen = seen.is_none_or(|seen| seen.size != size || seen.root == signed.root);
        if (signed.size, signed.root) != (size, checkpoint.edge.root()) || !is_as_seen {
            return Err(GrowError::Edge { size });
        }
        Ok((checkpoint.edge.clone(), checkpoint.link))
    }

    /// Whoever else let the tree grow must have gone on from what was seen here.
    async fn check_growth(&mut self, store: &dyn Store, newest: &Checkpoint) -> Result<(), GrowError> {
        let size = newest.edge.size();
        if let Some(seen) = self.head.seen().filter(|seen| seen.size < size) {
            let sure = if self.sure.size() <= seen.size { std::mem::take(&mut self.sure) } else { Edge::default() };
            if !goes_on(store, sure, seen, &newest.edge).await? {
                return Err(GrowError::Other { size, seen: seen.size });
            }
        }
        self.sure = newest.edge.clone();
        Ok(())
    }

    async fn remember(&mut self, Checkpoint { edge, note, .. }: &Checkpoint) -> Result<(), GrowError> {
        let signed = Signed { size: edge.size(), root: edge.root() };
        let kept = self.head.keep(signed, note).await;
        kept.map_err(|error| GrowError::Head(self.head.path().display().to_string(), error))
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
            leaves.push(Leaf { hash, link, personal: Personal::Kept(salt) });
        }
        let note = self.signer.checkpoint(&edge);
        Ok(Growth { from, leaves, checkpoint: Checkpoint { at: now, edge, link, note } })
    }
}

/// Whether a tree is the one that was seen, with more leaves behind it. Reads the leaves behind an edge of it that is known.
///
/// # Errors
/// Those of the store.
pub(crate) async fn goes_on(
    store: &dyn Store,
    mut known: Edge,
    seen: Signed,
    newest: &Edge,
) -> Result<bool, StoreError> {
    while known.size() < newest.size() {
        let leaves = in_time(store.leaves(known.size(), LINES_MAX)).await?;
        if leaves.is_empty() {
            return Ok(false);
        }
        for (_, leaf) in leaves {
            if known.size() == seen.size && known.root() != seen.root {
                return Ok(false);
            }
            if known.size() < newest.size() {
                known.add(leaf.hash);
            }
        }
    }
    Ok(known.root() == newest.root())
}

/// The last line of the tree has to be there still, as it was: behind an audit that was cut off new lines would get the numbers of
/// old ones, and never come into the tree.
/// The chain goes on from its link, which nobody signed beside it.
async fn check_last_line(store: &dyn Store, number: u64, link: Hash) -> Result<(), GrowError> {
    let Some(before) = number.checked_sub(1) else { return Ok(()) };
    // it may be redacted between the one and the other question, but not twice
    for _ in 0..2 {
        let (lines, leaves) = (in_time(store.audit(before, 1)).await?, in_time(store.leaves(before, 1)).await?);
        let line = lines.first().filter(|(its, _)| *its == number).ok_or(GrowError::Gap { number })?;
        let leaf = leaves.first().filter(|(its, _)| *its == number).ok_or(GrowError::Gap { number })?.1;
        if leaf.is_of(number, &line.1) && leaf.link == link {
            return Ok(());
        }
    }
    Err(GrowError::Changed { number })
}

#[cfg(test)]
mod tests;

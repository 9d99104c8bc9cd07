//! Goes through all lines of the audit and says at which it begins to be wrong.

use super::{
    AuditRecord, Leaf, Personal,
    tree::{Edge, Hash},
};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// There is no line with this number, and there was one.
    LineMissing {
        /// The number.
        number: u64,
    },
    /// The line is not the one that was put into the tree.
    LineChanged {
        /// Its number.
        number: u64,
    },
    /// What is remembered of the line is gone, although later lines are in the tree.
    LeafMissing {
        /// The number.
        number: u64,
    },
    /// What is remembered of the line does not follow from what was before it.
    LeafChanged {
        /// Its number.
        number: u64,
    },
    /// A checkpoint was signed of another tree. The lines up to the last good one are those that were signed.
    TreeChanged {
        /// The first line that may be wrong.
        first: u64,
        /// The last line of the checkpoint.
        last: u64,
    },
    /// A checkpoint was signed of more lines than there are.
    Truncated {
        /// The last line of the last good checkpoint. What comes after it could have been made anew.
        sure: u64,
        /// The first line that is missing.
        first: u64,
        /// The last line of the checkpoint.
        last: u64,
    },
}

impl Flaw {
    /// The first line that is wrong, or may be.
    #[must_use]
    pub fn first(&self) -> u64 {
        match self {
            Flaw::LineMissing { number }
            | Flaw::LineChanged { number }
            | Flaw::LeafMissing { number }
            | Flaw::LeafChanged { number } => *number,
            Flaw::TreeChanged { first, .. } | Flaw::Truncated { first, .. } => *first,
        }
    }
}

/// How far it came, and all that is needed to go on. It trusts nothing but the signatures of checkpoints.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    edge: Edge,
    link: Hash,
    /// How many lines the last good checkpoint covers.
    signed: u64,
    redacted: u64,
    /// Of how many the lines say that it was dropped.
    accounted: u64,
}

impl Walk {
    /// Takes the next line with what is remembered of it.
    ///
    /// # Errors
    /// The [`Flaw`] in it.
    pub fn step(&mut self, line: Option<&(u64, AuditRecord)>, leaf: Option<&(u64, Leaf)>) -> Result<(), Flaw> {
        let number = self.edge.size() + 1;
        let line = line.filter(|(its, _)| *its == number).ok_or(Flaw::LineMissing { number })?;
        let leaf = leaf.filter(|(its, _)| *its == number).ok_or(Flaw::LeafMissing { number })?.1;
        if !leaf.is_of(number, &line.1) {
            return Err(Flaw::LineChanged { number });
        }
        self.accounted += line.1.redacts();
        self.redacted += u64::from(matches!(leaf.personal, Personal::Dropped(_)));
        let link = Hash::link(self.link, leaf.hash);
        if link != leaf.link {
            return Err(Flaw::LeafChanged { number });
        }
        self.link = link;
        self.edge.add(leaf.hash);
        Ok(())
    }

    /// Compares with a checkpoint of exactly this size.
    ///
    /// # Errors
    /// [`Flaw::TreeChanged`]
    pub fn meet(&mut self, root: Hash) -> Result<(), Flaw> {
        let size = self.edge.size();
        if self.edge.root() != root {
            return Err(Flaw::TreeChanged { first: self.signed + 1, last: size });
        }
        self.signed = size;
        Ok(())
    }

    /// How many lines are behind it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// Of how many of them what is personal was dropped.
    #[must_use]
    pub fn redacted(&self) -> u64 {
        self.redacted
    }

    /// Of how many lines those that it went through say that what is personal was dropped.
    #[must_use]
    pub fn accounted(&self) -> u64 {
        self.accounted
    }

    /// The root over them.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.edge.root()
    }

    /// Ends where there are no more lines in the tree.
    ///
    /// # Errors
    /// [`Flaw::Truncated`] when a checkpoint of so many lines was signed.
    pub fn end(&self, signed: u64) -> Result<(), Flaw> {
        let size = self.edge.size();
        if signed > size { Err(Flaw::Truncated { sure: self.signed, first: size + 1, last: signed }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;

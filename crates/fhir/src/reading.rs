//! How a document is read: what is tolerated, and how much.

use crate::{finding::Finding, tree::Tree};

/// What a reader does about faults that partners are known to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Refuses them.
    Strict,
    /// Repairs them, with one warning per repair.
    Repair,
}

/// How much a document may ask of a reader.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// Levels of objects and arrays.
    pub depth_max: usize,
    /// Nodes in all.
    pub nodes_max: usize,
}

impl Default for ReadLimits {
    fn default() -> ReadLimits {
        ReadLimits { depth_max: 64, nodes_max: 2_000_000 }
    }
}

/// A document that could be read, with what was wrong on the way.
#[derive(Clone, Debug)]
pub struct Read {
    /// The document.
    pub tree: Tree,
    /// Repairs and structure faults, in document order.
    pub findings: Vec<Finding>,
}

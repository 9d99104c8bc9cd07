//! Trees for the tests of proofs.

use super::tree::{Edge, Hash};

/// A leaf that no other number has.
pub(super) fn leaf(number: u64) -> Hash {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Hash(bytes)
}

/// The root over that many of them.
pub(super) fn root(size: u64) -> Hash {
    let mut edge = Edge::default();
    (0..size).for_each(|number| edge.add(leaf(number)));
    edge.root()
}

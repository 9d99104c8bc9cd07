//! The bench: what tests of several crates share. No crate needs it to work.

pub mod residue;
pub mod signer;

//! FHIR JSON: bytes to a tree and back, with the place of every fault.

mod read;
pub mod rules;
mod scan;
mod write;

pub use read::{read, read_value};
pub use write::{write, write_pretty};

#[cfg(test)]
mod tests;

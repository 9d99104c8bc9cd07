//! FHIR JSON: bytes to a tree and back, with the place of every fault.

mod equal;
mod read;
pub mod rules;
mod scan;
mod write;

pub(crate) use equal::{equal, equal_numbers};
pub use read::{read, read_value};
pub use write::{write, write_pretty};

#[cfg(test)]
mod tests;

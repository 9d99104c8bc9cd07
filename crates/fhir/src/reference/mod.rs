//! References: what they are, where they lead inside a message, and what nobody refers to.

mod address;
mod collect;
mod graph;
mod resolve;
pub mod rules;

pub use address::{Address, is_absolute, printable};
pub use collect::{Reference, References, references};
pub use graph::findings;
pub use resolve::{Index, Resolution};

use crate::tree::Node;

/// The type of a resource for print: only what looks like a type.
pub(crate) fn type_name(resource: Node<'_>) -> &str {
    let fits = |name: &&str| name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    resource.resource_type().filter(fits).unwrap_or("a resource")
}

#[cfg(test)]
mod tests;

//! What tests of this crate share.

use crate::reading::{ReadLimits, Reading};
use crate::tree::Tree;

/// Reads JSON that a test wrote.
pub(crate) fn tree(json: &str) -> Tree {
    crate::json::read(json.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("the test wrote JSON").tree
}

//! JSON Patch on the tree: add, remove, replace, move, copy, test. Source: RFC 6902.
//!
//! It knows nothing of FHIR's definitions and keeps the text of numbers. What comes out is JSON; whether it is still a
//! resource is for the caller to check, see [`crate::check::document`].

mod apply;
mod operation;
mod pointer;

use super::error::{PatchError, PatchFault};
use super::limits::OPERATIONS_MAX;
use crate::tree::{Kind, Node, Tree};
use apply::Patcher;
use operation::Operation;

/// Applies a JSON Patch to a document; the document itself stays as it is.
///
/// # Errors
/// The first operation that cannot be read or done, with its number and pointer. Then nothing was done.
///
/// ```
/// use baton_fhir::{json, patch, reading::ReadLimits};
/// let read = |text: &str| json::read_value(text.as_bytes(), &ReadLimits::default()).unwrap();
/// let document = read(r#"{"status":"active","priority":[1]}"#);
/// let operations = read(r#"[
///     {"op":"test","path":"/status","value":"active"},
///     {"op":"add","path":"/priority/-","value":2.50}]"#);
/// let patched = patch::json::patch(&document, operations.root()).unwrap();
/// let mut out = Vec::new();
/// json::write(patched.root(), &mut out);
/// assert_eq!(out, br#"{"status":"active","priority":[1,2.50]}"#);
/// ```
pub fn patch(tree: &Tree, operations: Node<'_>) -> Result<Tree, PatchError> {
    if operations.kind() != Kind::Array {
        return Err(PatchError::whole(PatchFault::NoPatch("a list of operations")));
    }
    let mut patcher = Patcher::new(tree);
    for (node, number) in operations.children().zip(1..) {
        if number > OPERATIONS_MAX {
            return Err(PatchError::whole(PatchFault::TooManyOperations(OPERATIONS_MAX)));
        }
        let done = Operation::read(node).and_then(|operation| patcher.operation(&operation));
        done.map_err(|fault| PatchError::of_operation(number, node, node.str("path"), fault))?;
    }
    Ok(patcher.done())
}

#[cfg(test)]
mod tests;

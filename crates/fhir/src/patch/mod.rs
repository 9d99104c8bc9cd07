//! Patches: changes to a resource that are said and not sent as a whole, applied all or not at all.
//! Source: FHIR R4, "FHIRPath Patch"; the same in STU3, whose table of operations is older.
//!
//! [`operations`] reads a FHIRPath Patch, so that a caller can recognise what it says before anything is done; [`apply`] does it on
//! a copy of the resource; [`patch`] is both. [`json`] is JSON Patch. An operation names one element; the value of a
//! primitive is taken in the element's own type when its text fits; deleting the last thing in an object deletes the object.
//! What comes out has the definitions' elements, lists and order as far as operations touched it. Whether it is still a whole
//! resource, with the id that it had, is for the caller to check: see [`crate::check::document`].

mod apply;
mod error;
pub mod json;
mod limits;
mod list;
mod operation;
mod parts;
pub mod rules;
mod value;

pub use apply::apply;
pub use error::{PatchError, PatchFault};
pub use limits::{DEPTH_MAX, OPERATIONS_MAX, STEPS_MAX};
pub use operation::{Action, Operation, Value, operations};

use crate::definitions::Definitions;
use crate::tree::{Node, Tree};

/// Applies a FHIRPath Patch to a resource; the resource itself stays as it is.
///
/// # Errors
/// The first operation that cannot be read or done, with its number and path.
///
/// ```
/// use baton_fhir::definitions::{FhirVersion, definitions};
/// use baton_fhir::reading::{ReadLimits, Reading};
/// let read = |text: &str| baton_fhir::json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).unwrap().tree;
/// let pointer = read(r#"{"resourceType":"DocumentReference","status":"current"}"#);
/// let parameters = read(r#"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[
///     {"name":"type","valueCode":"replace"},
///     {"name":"path","valueString":"DocumentReference.status"},
///     {"name":"value","valueString":"entered-in-error"}]}]}"#);
/// let stu3 = definitions(FhirVersion::Stu3);
/// let patched = baton_fhir::patch::patch(&pointer, parameters.root(), stu3).unwrap();
/// assert_eq!(patched.root().str("status"), Some("entered-in-error"));
/// ```
pub fn patch(tree: &Tree, parameters: Node<'_>, definitions: &Definitions) -> Result<Tree, PatchError> {
    apply(tree, &operations(parameters, definitions)?, definitions)
}

#[cfg(test)]
mod tests;

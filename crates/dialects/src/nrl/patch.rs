//! The one patch that a pointer takes, recognised as such: `status` becomes `entered-in-error`.
//! Source: NRL "API Update Interaction", "FHIRPath PATCH Parameters resource"; "Invalid Resource (Update)".

use baton_fhir::tree::Node;

use super::{
    fault::Fault,
    outcome::{Refused, Wrong},
};

const PATH: &str = "DocumentReference.status";
const VALUE: &str = "entered-in-error";

/// Recognises a patch. Only the first operation is looked at, and its parts may stand in any order.
///
/// # Errors
/// What is not as it has to be: first the operation, then its type, its path and its value.
pub fn recognise(parameters: Node<'_>) -> Result<(), Refused> {
    if parameters.resource_type() != Some("Parameters") {
        return Err(Wrong::at(Fault::BodyUnreadable, parameters.path()).into());
    }
    let wrong = |element, path: String| Err(Refused::from(Wrong::at(Fault::PatchPart { element }, path)));
    let Some(operation) = parameters.each("parameter").next() else {
        return wrong("parameter", format!("{}.parameter", parameters.path()));
    };
    if operation.str("name") != Some("operation") {
        return wrong("parameter.name", format!("{}.name", operation.path()));
    }
    let part = |name: &str| operation.each("part").find(|part| part.str("name") == Some(name));
    let place = |name: &str| part(name).map_or_else(|| format!("{}.part", operation.path()), Node::path);
    let is = |name: &str, member: &str, value: &str| part(name).is_some_and(|part| has_only(part, member, value));
    if !is("type", "valueCode", "replace") {
        return wrong("parameter.part.type", place("type"));
    }
    if !is("path", "valueString", PATH) {
        return wrong("parameter.part.path", place("path"));
    }
    if !is("value", "valueString", VALUE) {
        return Err(Wrong::at(Fault::PatchValue, place("value")).into());
    }
    if operation.each("part").count() != 3 {
        return wrong("parameter.part", format!("{}.part", operation.path()));
    }
    Ok(())
}

/// Whether a part has one value and this one: of two nobody could know which counts.
fn has_only(part: Node<'_>, member: &str, value: &str) -> bool {
    let is_value = |name: &str| name.starts_with("value") || name == "resource" || name == "part";
    let values = part.children().filter(|child| child.name().is_some_and(is_value)).count();
    values == 1 && part.str(member) == Some(value)
}

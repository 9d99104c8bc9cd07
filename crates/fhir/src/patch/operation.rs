//! Reads the operations of a FHIRPath Patch. Source: FHIR R4, "FHIRPath Patch", table of parameters.

use super::error::{PatchError, PatchFault};
use super::limits::OPERATIONS_MAX;
use super::parts::Parts;
use crate::definitions::Definitions;
use crate::tree::{Kind, Node};

/// One change to a resource, as a patch says it.
#[derive(Clone, Debug)]
pub struct Operation<'t> {
    /// Its number, from 1.
    pub number: usize,
    /// Where, as FHIRPath; not understood yet.
    pub path: &'t str,
    /// What is to be done there.
    pub action: Action<'t>,
    /// The parameter that says so.
    pub node: Node<'t>,
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Action<'t> {
    /// Adds a value to the element of that name, which repeats or is not there yet.
    Add {
        /// The element's name; of a choice, without the type.
        name: &'t str,
        /// The value.
        value: Value<'t>,
    },
    /// Puts a value into the list that the path names.
    Insert {
        /// In front of which item, from 0; at the end when as many are there.
        index: usize,
        /// The value.
        value: Value<'t>,
    },
    /// Takes away what the path leads to, if it is there.
    Delete,
    /// Puts a value where another is, its id and extensions included.
    Replace {
        /// The value.
        value: Value<'t>,
    },
    /// Moves an item within the list that the path names.
    Move {
        /// Which item, from 0.
        source: usize,
        /// Where it is afterwards, from 0.
        destination: usize,
    },
}

/// A value of an operation.
#[derive(Clone, Debug)]
pub enum Value<'t> {
    /// A value of a data type that parameters can have, from `value[x]`.
    Typed {
        /// The name of the type, such as `string`.
        of: &'static str,
        /// The value; nothing when a primitive has only an id or extensions.
        value: Option<Node<'t>>,
        /// The id and extensions beside a primitive.
        beside: Option<Node<'t>>,
    },
    /// A resource.
    Resource(Node<'t>),
    /// Elements of a type that parameters cannot have, each with its name.
    Elements(Vec<(&'t str, Value<'t>)>),
}

/// Reads all operations of a patch, in their order. Whether they can be done is not looked at.
///
/// Parts of an operation stand in any order. A patch without operations changes nothing.
///
/// # Errors
/// When this is no Parameters resource, a parameter is no operation, or one of its parts is missing, unneeded or of
/// another type than the table of parameters has.
///
/// ```
/// use baton_fhir::definitions::{FhirVersion, definitions};
/// use baton_fhir::patch::{Action, operations};
/// use baton_fhir::reading::{ReadLimits, Reading};
/// let patch = br#"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[
///     {"name":"path","valueString":"Patient.birthDate"}, {"name":"type","valueCode":"delete"}]}]}"#;
/// let patch = baton_fhir::json::read(patch, Reading::Strict, &ReadLimits::default()).unwrap().tree;
/// let operations = operations(patch.root(), definitions(FhirVersion::R4)).unwrap();
/// assert!(matches!(operations[..], [ref one] if one.path == "Patient.birthDate" && matches!(one.action, Action::Delete)));
/// ```
pub fn operations<'t>(parameters: Node<'t>, definitions: &Definitions) -> Result<Vec<Operation<'t>>, PatchError> {
    if parameters.kind() != Kind::Object || parameters.resource_type() != Some("Parameters") {
        return Err(PatchError::whole(PatchFault::NoPatch("a resource of type Parameters")));
    }
    let mut operations = Vec::new();
    for (node, number) in parameters.each("parameter").zip(1..) {
        if number > OPERATIONS_MAX {
            return Err(PatchError::whole(PatchFault::TooManyOperations(OPERATIONS_MAX)));
        }
        let operation = operation(number, node, definitions);
        operations.push(operation.map_err(|fault| {
            let path = node.each("part").find(|part| part.str("name") == Some("path"));
            PatchError::of_operation(number, node, path.and_then(|part| part.str("valueString")), fault)
        })?);
    }
    Ok(operations)
}

fn operation<'t>(number: usize, node: Node<'t>, definitions: &Definitions) -> Result<Operation<'t>, PatchFault> {
    if node.str("name") != Some("operation") {
        let expected = "operation, as the name of each parameter".into();
        return Err(PatchFault::PartInvalid { part: "name", expected });
    }
    let mut parts = Parts::read(node, definitions)?;
    let kind = parts.text("type", "code")?;
    let path = parts.text("path", "string")?;
    let action = match kind {
        "add" => Action::Add { name: parts.text("name", "string")?, value: parts.value()? },
        "insert" => Action::Insert { index: parts.index("index")?, value: parts.value()? },
        "delete" => Action::Delete,
        "replace" => Action::Replace { value: parts.value()? },
        "move" => Action::Move { source: parts.index("source")?, destination: parts.index("destination")? },
        _ => {
            let expected = "one of add, insert, delete, replace, move".into();
            return Err(PatchFault::PartInvalid { part: "type", expected });
        }
    };
    parts.end()?;
    Ok(Operation { number, path, action, node })
}

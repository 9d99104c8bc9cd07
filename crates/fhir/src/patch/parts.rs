//! The parts of an operation by their names. Source: FHIR R4, "FHIRPath Patch", table of parameters.

use super::error::PatchFault;
use super::operation::Value;
use crate::definitions::{Definitions, Type};
use crate::tree::{Kind, Node};

const NAMES: [&str; 7] = ["type", "path", "name", "value", "index", "source", "destination"];

/// Parts that were not asked for yet.
pub(super) struct Parts<'t, 'd> {
    parts: [Option<Node<'t>>; NAMES.len()],
    parameter: &'d Type,
}

impl<'t, 'd> Parts<'t, 'd> {
    pub(super) fn read(operation: Node<'t>, definitions: &'d Definitions) -> Result<Parts<'t, 'd>, PatchFault> {
        let parameter = definitions.type_named("Parameters.parameter");
        let parameter = parameter.ok_or(PatchFault::NoPatch("a FHIR version with parameters"))?;
        let mut parts = [None; NAMES.len()];
        for part in operation.each("part") {
            let name = part.str("name").unwrap_or_default();
            let Some(at) = NAMES.iter().position(|known| *known == name) else {
                return Err(PatchFault::PartUnneeded("part of that name".to_owned()));
            };
            if parts[at].replace(part).is_some() {
                return Err(PatchFault::PartRepeated(NAMES[at]));
            }
        }
        Ok(Parts { parts, parameter })
    }

    fn take(&mut self, name: &'static str) -> Result<Node<'t>, PatchFault> {
        let at = NAMES.iter().position(|known| *known == name);
        at.and_then(|at| self.parts[at].take()).ok_or(PatchFault::PartMissing(name))
    }

    /// The text of a part whose value is of that type.
    pub(super) fn text(&mut self, name: &'static str, of: &'static str) -> Result<&'t str, PatchFault> {
        let part = self.take(name)?;
        let text = match value(part, self.parameter, name)? {
            Value::Typed { of: found, value: Some(node), .. } if found == of => node.as_str(),
            Value::Typed { .. } | Value::Resource(_) | Value::Elements(_) => None,
        };
        text.ok_or_else(|| PatchFault::PartInvalid { part: name, expected: format!("a {of}").into() })
    }

    pub(super) fn index(&mut self, name: &'static str) -> Result<usize, PatchFault> {
        let part = self.take(name)?;
        let number = match value(part, self.parameter, name)? {
            Value::Typed { of: "integer", value: Some(node), .. } => node.text().and_then(|text| text.parse().ok()),
            Value::Typed { .. } | Value::Resource(_) | Value::Elements(_) => None,
        };
        number.ok_or(PatchFault::PartInvalid { part: name, expected: "an integer from 0".into() })
    }

    pub(super) fn value(&mut self) -> Result<Value<'t>, PatchFault> {
        let part = self.take("value")?;
        value(part, self.parameter, "value")
    }

    /// Refuses parts that were not asked for.
    pub(super) fn end(&self) -> Result<(), PatchFault> {
        match self.parts.iter().position(Option::is_some) {
            None => Ok(()),
            Some(at) => Err(PatchFault::PartUnneeded(NAMES[at].to_owned())),
        }
    }
}

/// What a parameter holds: one of `value[x]`, `resource` and `part`. Recursion ends where the reader's depth did.
fn value<'t>(parameter: Node<'t>, of: &Type, part: &'static str) -> Result<Value<'t>, PatchFault> {
    let one = || PatchFault::PartInvalid { part, expected: "one value, one resource or a list of parts".into() };
    let mut found = None;
    for member in parameter.children().filter(|member| member.kind() != Kind::Null) {
        let full_name = member.name().unwrap_or_default();
        let name = full_name.strip_prefix('_').unwrap_or(full_name);
        let new = match of.element(name) {
            Some(choice) if choice.element.is_choice => {
                let (value, beside) =
                    if full_name.len() > name.len() { (None, Some(member)) } else { (Some(member), None) };
                Value::Typed { of: choice.type_ref.name, value, beside }
            }
            Some(_) if full_name == "resource" => Value::Resource(member),
            Some(_) if full_name == "part" => Value::Elements(elements(member, of, part)?),
            Some(_) => continue,
            None => return Err(one()),
        };
        found = match (found, new) {
            (None, new) => Some(new),
            (Some(old), new) => Some(both(old, new).ok_or_else(one)?),
        };
    }
    found.ok_or_else(one)
}

/// A primitive's value and what stands beside it are one value; all else is too much.
fn both<'t>(old: Value<'t>, new: Value<'t>) -> Option<Value<'t>> {
    match (old, new) {
        (
            Value::Typed { of, value: Some(value), beside: None },
            Value::Typed { of: other, value: None, beside: Some(beside) },
        )
        | (
            Value::Typed { of, value: None, beside: Some(beside) },
            Value::Typed { of: other, value: Some(value), beside: None },
        ) if of == other => Some(Value::Typed { of, value: Some(value), beside: Some(beside) }),
        _ => None,
    }
}

fn elements<'t>(parts: Node<'t>, of: &Type, part: &'static str) -> Result<Vec<(&'t str, Value<'t>)>, PatchFault> {
    let named = |element: Node<'t>| {
        let nameless = || PatchFault::PartInvalid { part, expected: "made of parts that each have a name".into() };
        Ok((element.str("name").ok_or_else(nameless)?, value(element, of, part)?))
    };
    parts.items().map(named).collect()
}

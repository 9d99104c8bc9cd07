//! Makes nodes of a patch's values, of the type that an element has.
//! Source: FHIR R4, "FHIRPath Patch": the type of a value must be that of its place.

use super::error::PatchFault;
use super::limits::DEPTH_MAX;
use super::list::{List, Pair, Slot};
use super::operation::Value;
use crate::budget::{Budget, Exhausted};
use crate::definitions::{Definitions, Element, Match, Primitive, Type, TypeKind, TypeRef, primitive};
use crate::path::unknown;
use crate::tree::{Kind, Node, Tree};

/// A value that was made for an element. Nothing holds its nodes yet.
pub(super) struct Made<'d> {
    /// The element, with the type that the value has.
    pub(super) found: Match<'d>,
    pub(super) pair: Pair,
}

/// The element of that name, which for a choice is the name without the type.
pub(super) fn element_named<'d>(of: &'d Type, name: &str) -> Result<(usize, &'d Element), PatchFault> {
    let found = of.elements.iter().enumerate().find(|(_, element)| element.name == name);
    found.ok_or_else(|| PatchFault::UnknownElement(unknown(of, name)))
}

/// Where values of an element go.
pub(super) fn slot<'d>(owner_type: &'d Type, index: usize, element: &Element) -> Slot<'d> {
    Slot { owner_type, index, many: element.many }
}

pub(super) struct Maker<'p, 'd> {
    pub(super) tree: &'p mut Tree,
    pub(super) definitions: &'d Definitions,
    pub(super) budget: &'p mut Budget,
}

impl<'d> Maker<'_, 'd> {
    /// Makes a value for an element. Recursion follows the parts of the patch, whose depth its reader bounds.
    pub(super) fn make(
        &mut self,
        (index, element): (usize, &'d Element),
        value: &Value<'_>,
    ) -> Result<Made<'d>, PatchFault> {
        self.budget.spend(1)?;
        let (type_ref, pair) = match value {
            Value::Typed { of, value, beside } => self.typed(element, of, *value, *beside)?,
            Value::Resource(resource) => self.resource(element, *resource)?,
            Value::Elements(elements) => self.object(element, elements)?,
        };
        Ok(Made { found: Match { index, element, type_ref }, pair })
    }

    fn typed(
        &mut self,
        element: &'d Element,
        of: &str,
        value: Option<Node<'_>>,
        beside: Option<Node<'_>>,
    ) -> Result<(&'d TypeRef, Pair), PatchFault> {
        let type_ref = element.types.iter().find(|type_ref| type_ref.name == of);
        let type_ref = type_ref.or_else(|| self.convertible(element, of)).ok_or_else(|| wrong_type(element, of))?;
        match self.definitions.type_at(type_ref.id).kind {
            TypeKind::Primitive(primitive) => Ok((type_ref, self.primitive(element, primitive, value, beside)?)),
            TypeKind::Complex | TypeKind::Nested => {
                let object = value.filter(|value| value.kind() == Kind::Object && value.children().next().is_some());
                let object = object.filter(|_| beside.is_none());
                let object =
                    object.ok_or_else(|| PatchFault::Value(format!("a {of} with content was expected").into()))?;
                Ok((type_ref, Pair { value: Some(self.tree.graft(object)), beside: None }))
            }
            TypeKind::Resource | TypeKind::AnyResource => Err(wrong_type(element, of)),
        }
    }

    /// The one primitive type of an element, when a value of another type may be written as one: text may, and what JSON
    /// writes alike.
    fn convertible(&self, element: &'d Element, of: &str) -> Option<&'d TypeRef> {
        let [type_ref] = &element.types[..] else { return None };
        let given = Primitive::named(of)?;
        match self.definitions.type_at(type_ref.id).kind {
            TypeKind::Primitive(own) if given == Primitive::String || given.json_kind() == own.json_kind() => {
                Some(type_ref).filter(|_| !element.is_choice)
            }
            _ => None,
        }
    }

    fn primitive(
        &mut self,
        element: &Element,
        own: Primitive,
        value: Option<Node<'_>>,
        beside: Option<Node<'_>>,
    ) -> Result<Pair, PatchFault> {
        let fault = |words: String| PatchFault::Value(words.into());
        let text = match value {
            None => None,
            Some(node) => match node.text() {
                Some(text) if !text.is_empty() => Some(text),
                _ => return Err(fault(format!("{}: a value that is not empty was expected", element.name))),
            },
        };
        if let Some(text) = text {
            primitive::check(own, text).map_err(|why| fault(format!("{}: {why}", element.name)))?;
        }
        let beside = beside.filter(|beside| beside.kind() == Kind::Object && beside.children().next().is_some());
        if text.is_none() && beside.is_none() {
            return Err(fault(format!("{}: a value or an extension was expected", element.name)));
        }
        if beside.is_some() && element.is_xml_attribute {
            return Err(fault(format!("{} is an attribute in XML: it has neither id nor extensions", element.name)));
        }
        Ok(Pair {
            value: text.map(|text| self.tree.loose(own.json_kind(), text)),
            beside: beside.map(|beside| self.tree.graft(beside)),
        })
    }

    fn resource(&mut self, element: &'d Element, resource: Node<'_>) -> Result<(&'d TypeRef, Pair), PatchFault> {
        let of = resource.resource_type().and_then(|name| self.definitions.resource(name));
        let of = of.ok_or(PatchFault::Value("a resource of this FHIR version was expected".into()))?;
        let takes = |type_ref: &&TypeRef| match self.definitions.type_at(type_ref.id).kind {
            TypeKind::AnyResource => true,
            _ => type_ref.name == of.name,
        };
        let type_ref = element.types.iter().find(takes).ok_or_else(|| wrong_type(element, of.name))?;
        Ok((type_ref, Pair { value: Some(self.tree.graft(resource)), beside: None }))
    }

    /// An object whose elements the patch lists one by one.
    fn object(
        &mut self,
        element: &'d Element,
        elements: &[(&str, Value<'_>)],
    ) -> Result<(&'d TypeRef, Pair), PatchFault> {
        let [type_ref] = &element.types[..] else {
            return Err(wrong_type(element, "list of parts"));
        };
        let of = self.definitions.type_at(type_ref.id);
        if !matches!(of.kind, TypeKind::Complex | TypeKind::Nested) || elements.is_empty() {
            return Err(wrong_type(element, "list of parts"));
        }
        let object = self.tree.loose(Kind::Object, "");
        for (name, value) in elements {
            let (index, element) = element_named(of, name)?;
            let made = self.make((index, element), value)?;
            let mut list = List::read(self.tree, object, made.found.type_ref.json_name, self.budget)?;
            let again = element.is_choice && has_element(self.tree.node(object), of, element);
            if !element.many && (again || !list.pairs.is_empty()) {
                return Err(PatchFault::Value(format!("{name} is there twice and cannot repeat").into()));
            }
            list.pairs.push(made.pair);
            list.write(self.tree, Some(slot(of, index, element)));
        }
        Ok((type_ref, Pair { value: Some(object), beside: None }))
    }
}

/// Whether an object has a value of an element, whatever its type.
pub(super) fn has_element(object: Node<'_>, of: &Type, element: &Element) -> bool {
    object.children().any(|child| {
        let name = child.name().unwrap_or_default();
        let found = of.element(name.strip_prefix('_').unwrap_or(name));
        found.is_some_and(|found| std::ptr::eq(found.element, element))
    })
}

fn wrong_type(element: &Element, of: &str) -> PatchFault {
    let names: Vec<&str> = element.types.iter().map(|type_ref| type_ref.name).collect();
    PatchFault::Value(format!("{} takes a value of type {}, and this is a {of}", element.name, names.join(", ")).into())
}

/// Whether a node and all below it stay within the levels that readers take.
pub(super) fn check_depth(node: Node<'_>, budget: &mut Budget) -> Result<(), PatchFault> {
    let above = std::iter::successors(node.parent(), |node| node.parent()).take(DEPTH_MAX + 1).count();
    if above + height(node, budget)? > DEPTH_MAX { Err(PatchFault::TooCostly("levels")) } else { Ok(()) }
}

fn height(node: Node<'_>, budget: &mut Budget) -> Result<usize, Exhausted> {
    budget.spend(1)?;
    match node.kind() {
        Kind::Object | Kind::Array => {
            let mut below = 0;
            for child in node.children() {
                below = below.max(height(child, budget)?);
            }
            Ok(1 + below)
        }
        Kind::String | Kind::Number | Kind::Boolean | Kind::Null => Ok(0),
    }
}

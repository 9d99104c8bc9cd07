//! The step from a place to its elements: choices, lists, and primitives with what stands beside them.

use super::error::{Stop, shown};
use super::evaluate::{Evaluation, Items};
use super::place::{Held, Item, Place};
use crate::definitions::{Match, Type, TypeKind};
use crate::tree::{Kind, Node};

/// What every resource or element has; not worth naming when something is not among the elements.
const INHERITED: &[&str] =
    &["id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"];

impl<'d> Evaluation<'_, 'd, '_> {
    /// The elements of that name of all items. It is an error when no item can have one.
    pub(super) fn member(&mut self, items: &[Item<'d>], name: &str, at: usize) -> Result<Items<'d>, Stop> {
        let mut found = Vec::new();
        let mut is_known = items.is_empty();
        for item in items {
            if let Item::At(place) = item {
                is_known |= self.elements(place, name, &mut found)?;
            }
        }
        match items.first() {
            Some(Item::At(place)) if !is_known => Err(Stop::unfitting(at, unknown(place.of, name))),
            Some(_) if !is_known => Err(Stop::unfitting(at, "a value has no elements")),
            _ => Ok(found),
        }
    }

    /// Adds the elements of that name of one place; gives whether its type has such an element.
    pub(super) fn elements(&mut self, place: &Place<'d>, name: &str, items: &mut Items<'d>) -> Result<bool, Stop> {
        let Some(element) = place.of.elements.iter().find(|element| element.name == name) else {
            return Ok(false);
        };
        let Some(owner) = place.object(self.tree).map(|id| self.tree.node(id)) else {
            return Ok(true);
        };
        let mut sides: Vec<Sides<'_, 'd>> = Vec::new();
        for child in owner.children() {
            self.budget.spend(1)?;
            let full_name = child.name().unwrap_or_default();
            let json_name = full_name.strip_prefix('_').unwrap_or(full_name);
            let may_fit = if element.is_choice { json_name.starts_with(name) } else { json_name == name };
            let found = place.of.element(json_name).filter(|found| may_fit && std::ptr::eq(found.element, element));
            if let Some(found) = found {
                let is_beside = full_name.len() > json_name.len();
                Sides::note(&mut sides, found, child, is_beside);
            }
        }
        for both in sides {
            self.values(place.of, owner, &both, items)?;
        }
        Ok(true)
    }

    fn values(
        &mut self,
        owner_type: &'d Type,
        owner: Node<'_>,
        sides: &Sides<'_, 'd>,
        items: &mut Items<'d>,
    ) -> Result<(), Stop> {
        let of = self.definitions.type_at(sides.found.type_ref.id);
        let is_primitive = matches!(of.kind, TypeKind::Primitive(_));
        let mut values = sides.value.into_iter().flat_map(Node::items);
        let mut besides = sides.beside.filter(|_| is_primitive).into_iter().flat_map(Node::items);
        for index in 0.. {
            self.budget.spend(1)?;
            let (value, beside) = match (values.next(), besides.next()) {
                (None, None) => break,
                (value, beside) => (value.filter(is_there), beside.filter(is_there)),
            };
            if value.is_none() && beside.is_none() {
                continue;
            }
            let resource = value.filter(|_| of.is_resource());
            let before_type = resource.into_iter().flat_map(Node::children);
            self.budget.spend(before_type.take_while(|member| !member.is_named("resourceType")).count())?;
            let own = resource.and_then(Node::resource_type);
            items.push(Item::At(Place {
                of: own.and_then(|name| self.definitions.resource(name)).unwrap_or(of),
                value: value.map(Node::id),
                beside: beside.map(Node::id),
                held: Some(Held { owner: owner.id(), owner_type, found: sides.found, index }),
            }));
        }
        Ok(())
    }
}

/// An element under one of its names: its values and what stands beside them.
struct Sides<'t, 'd> {
    found: Match<'d>,
    value: Option<Node<'t>>,
    beside: Option<Node<'t>>,
}

impl<'t, 'd> Sides<'t, 'd> {
    fn note(sides: &mut Vec<Sides<'t, 'd>>, found: Match<'d>, node: Node<'t>, is_beside: bool) {
        let known = sides.iter().position(|side| std::ptr::eq(side.found.type_ref, found.type_ref));
        let at = known.unwrap_or_else(|| {
            sides.push(Sides { found, value: None, beside: None });
            sides.len() - 1
        });
        let side = if is_beside { &mut sides[at].beside } else { &mut sides[at].value };
        *side = Some(node);
    }
}

fn is_there(node: &Node<'_>) -> bool {
    node.kind() != Kind::Null
}

/// What to say of a name that no element has.
pub(crate) fn unknown(of: &Type, name: &str) -> String {
    if let Some(found) = of.element(name).filter(|found| found.element.is_choice) {
        let (element, type_name) = (found.element.name, found.type_ref.name);
        return format!(
            "{} is called {element} here, whatever its type; in a path {element}.ofType({type_name})",
            shown(name)
        );
    }
    let own = of.elements.iter().map(|element| element.name).filter(|element| !INHERITED.contains(element));
    let names: Vec<&str> = own.collect();
    if names.is_empty() {
        return format!("{} has no element {}", of.name, shown(name));
    }
    format!("{} has no element {}; its own are: {}", of.name, shown(name), names.join(", "))
}

//! Walks through a document along FHIR's definitions.

use super::repairs::{Repairs, shown};
use super::targets::Targets;
use super::{Options, rules};
use crate::definitions::{Definitions, Match, Type, TypeKind};
use crate::finding::{Finding, Rule, add};
use crate::reference::printable;
use crate::tree::{Kind, Node};

/// Checks a document. The readers bound its depth, so recursion is bounded too.
pub(super) fn walk(root: Node<'_>, definitions: &Definitions, options: &Options<'_>) -> (Vec<Finding>, Repairs) {
    let element = definitions.type_named("Element");
    let (findings, repairs, targets) = (Vec::new(), Repairs::default(), Targets::new(root));
    let mut walk = Walk { definitions, options, element, findings, repairs, targets };
    walk.resource(root);
    (walk.findings, walk.repairs)
}

pub(super) struct Walk<'t, 'd> {
    pub definitions: &'d Definitions,
    pub options: &'d Options<'d>,
    /// What an object beside a primitive may have.
    pub element: Option<&'d Type>,
    pub findings: Vec<Finding>,
    pub repairs: Repairs,
    pub targets: Targets<'t>,
}

impl<'t, 'd> Walk<'t, 'd> {
    fn resource(&mut self, node: Node<'t>) {
        if node.kind() != Kind::Object {
            return self.error(&rules::TYPE, node, || "a resource was expected".to_owned());
        }
        match node.resource_type() {
            None => self.error(&rules::RESOURCE_TYPE, node, || "resourceType is missing".to_owned()),
            Some(name) => match self.definitions.resource(name) {
                None => {
                    self.error(&rules::RESOURCE_TYPE, node, || format!("there is no resource type {}", shown(name)));
                }
                Some(of) => self.members(node, of),
            },
        }
    }

    /// Checks the members of an object against its type.
    pub fn members(&mut self, object: Node<'t>, of: &'d Type) {
        let (mut seen, mut kept) = (Seen::default(), false);
        for member in object.children() {
            let name = member.name().unwrap_or_default();
            if name == "resourceType" && of.is_resource() {
                continue;
            }
            let (name, beside) = name.strip_prefix('_').map_or((name, false), |name| (name, true));
            let found = of.element(name).filter(|found| !beside || self.is_primitive(found));
            let Some(found) = found else {
                kept |= self.unknown(member, of);
                continue;
            };
            let stays = match beside {
                true => self.beside(object, member, &found),
                false => self.member(object, member, &found),
            };
            if stays {
                kept = true;
                if seen.again(found.index) && found.element.is_choice {
                    self.choice(object, of, member, &found);
                }
            }
        }
        if kept || of.is_resource() {
            self.required(object, of, &seen);
        } else {
            self.error(&rules::EMPTY_OBJECT, object, || "the object is empty".to_owned());
        }
    }

    fn required(&mut self, object: Node<'t>, of: &'d Type, seen: &Seen) {
        for (index, element) in of.required() {
            if !seen.has(index) {
                let make = || {
                    let diagnostics = format!("{}.{} is missing", of.name, element.name);
                    Finding::at_missing(&rules::REQUIRED, object, element.name, diagnostics)
                };
                add(&mut self.findings, &rules::REQUIRED, make);
            }
        }
    }

    /// Checks a member; gives whether it is still there afterwards.
    fn member(&mut self, object: Node<'t>, node: Node<'t>, found: &Match<'d>) -> bool {
        match node.kind() {
            Kind::Null => return self.repair_by_drop(&rules::NULL, node, "is null", found),
            Kind::Array if !found.element.many => {
                let make = || format!("{} cannot repeat, and stands in an array", found.type_ref.json_name);
                self.error(&rules::SINGLE_VALUE, node, make);
            }
            Kind::Array => return self.items(object, node, found),
            _ => {
                if found.element.many {
                    self.repair_by_array(node, found);
                }
                self.value(node, found);
            }
        }
        true
    }

    fn items(&mut self, object: Node<'t>, array: Node<'t>, found: &Match<'d>) -> bool {
        let (mut values, mut nulls) = (false, false);
        for item in array.children() {
            match item.kind() {
                Kind::Null => nulls = true,
                _ => {
                    values = true;
                    self.value(item, found);
                }
            }
        }
        match (values, nulls) {
            (false, false) => self.repair_by_drop(&rules::EMPTY_ARRAY, array, "is an empty array", found),
            (_, false) => true,
            (_, true) => self.nulls(object, array, found),
        }
    }

    fn value(&mut self, node: Node<'t>, found: &Match<'d>) {
        let of = self.definitions.type_at(found.type_ref.id);
        match of.kind {
            TypeKind::Primitive(primitive) => self.primitive(node, primitive, found),
            TypeKind::Resource | TypeKind::AnyResource if found.element.name == "contained" => self.resource(node),
            TypeKind::Resource | TypeKind::AnyResource => {
                let left = self.targets.enter(node);
                self.resource(node);
                self.targets.leave(left);
            }
            TypeKind::Complex | TypeKind::Nested if node.kind() == Kind::Object => {
                self.members(node, of);
                if found.element.is_modifier && found.element.name == "modifierExtension" {
                    self.modifier(node);
                } else if !found.type_ref.targets.is_empty() {
                    self.reference(node, found);
                }
            }
            TypeKind::Complex | TypeKind::Nested => {
                self.error(&rules::TYPE, node, || format!("{}: an object was expected", found.type_ref.json_name));
            }
        }
    }

    fn modifier(&mut self, extension: Node<'t>) {
        let known = |url: &str| self.options.known_modifiers.contains(&url);
        if !extension.str("url").is_some_and(known) {
            let words = "a modifierExtension that is not understood here must not be ignored";
            self.error(&rules::MODIFIER_EXTENSION, extension, || words.to_owned());
        }
    }

    fn reference(&mut self, node: Node<'t>, found: &Match<'d>) {
        let Some(text) = node.str("reference") else { return };
        let Some(name) = self.targets.type_of(text, self.definitions) else {
            return;
        };
        let targets = &found.type_ref.targets;
        if !targets.contains(&name) {
            let make = || format!("{} is {name}; expected: {}", printable(text), targets.join(", "));
            self.error(&rules::REFERENCE_TARGET, node, make);
        }
    }

    /// The second value of a choice, unless it is the object beside the first.
    fn choice(&mut self, object: Node<'t>, of: &'d Type, member: Node<'t>, found: &Match<'d>) {
        let is_other = |node: Node<'_>| {
            let other = node.name().and_then(|name| of.element(name.strip_prefix('_').unwrap_or(name)));
            other
                .is_some_and(|other| other.index == found.index && other.type_ref.json_name != found.type_ref.json_name)
        };
        if object.children().any(is_other) {
            let make = || format!("{} has values of two types", found.element.name);
            self.error(&rules::CHOICE, member, make);
        }
    }

    fn is_primitive(&self, found: &Match<'_>) -> bool {
        matches!(self.definitions.type_at(found.type_ref.id).kind, TypeKind::Primitive(_))
    }

    pub fn error(&mut self, rule: &'static Rule, node: Node<'t>, diagnostics: impl FnOnce() -> String) {
        add(&mut self.findings, rule, || Finding::at(rule, node, diagnostics()));
    }
}

/// Which elements of a type an object has.
#[derive(Default)]
struct Seen(u128);

impl Seen {
    /// Notes an element; gives whether it was there before. No type of FHIR has more than 128 elements.
    fn again(&mut self, index: usize) -> bool {
        let before = self.has(index);
        self.0 |= 1_u128.checked_shl(index as u32).unwrap_or_default();
        before
    }

    fn has(&self, index: usize) -> bool {
        1_u128.checked_shl(index as u32).is_none_or(|bit| self.0 & bit != 0)
    }
}

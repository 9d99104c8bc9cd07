//! Checks primitives, the objects beside them (`_name`), and the nulls that keep both in step.

use super::walk::Walk;
use super::{narrative, rules};
use crate::definitions::{Match, Primitive, primitive};
use crate::tree::{Kind, Node};

/// A binding with more codes than this is not listed in findings.
const CODES_LISTED_MAX: usize = 16;

impl<'t, 'd> Walk<'t, 'd> {
    pub fn primitive(&mut self, node: Node<'t>, of: Primitive, found: &Match<'d>) {
        let name = found.type_ref.json_name;
        let (Some(text), true) = (node.text(), node.kind() == of.json_kind()) else {
            let kind = match of.json_kind() {
                Kind::Boolean => "true or false",
                Kind::Number => "a number",
                _ => "a string",
            };
            return self.error(&rules::TYPE, node, || format!("{name}: {kind} was expected"));
        };
        if text.is_empty() {
            return self.error(&rules::EMPTY_STRING, node, || format!("{name} is an empty string"));
        }
        if let Err(why) = primitive::check(of, text) {
            return self.error(&rules::VALUE, node, || format!("{name}: {why}"));
        }
        if of == Primitive::Xhtml
            && let Err(fault) = narrative::check(text)
        {
            self.error(&rules::NARRATIVE, node, || format!("{name}: {fault}"));
        }
        let allowed = self.definitions.value_set(found.element).filter(|allowed| !allowed.contains(text));
        if let Some(allowed) = allowed {
            let make = || match allowed.codes() {
                codes if codes.len() <= CODES_LISTED_MAX => format!("{name} has to be one of: {}", codes.join(", ")),
                _ => format!("{name} has to be one of the codes in {}", allowed.url),
            };
            self.error(&rules::CODE, node, make);
        }
    }

    /// Checks what stands beside a primitive; gives whether it is still there afterwards.
    pub fn beside(&mut self, object: Node<'t>, node: Node<'t>, found: &Match<'d>) -> bool {
        match node.kind() {
            Kind::Null => return self.repair_by_drop(&rules::NULL, node, "has null beside it", found),
            Kind::Array if found.element.many => return self.items_beside(object, node, found),
            Kind::Array => {
                let make = || format!("{} cannot repeat, and an array is beside it", found.type_ref.json_name);
                self.error(&rules::SINGLE_VALUE, node, make);
            }
            _ => {
                if found.element.many {
                    self.repair_by_array(node, found);
                }
                self.element_beside(node, found);
            }
        }
        true
    }

    fn items_beside(&mut self, object: Node<'t>, array: Node<'t>, found: &Match<'d>) -> bool {
        let (mut elements, mut nulls) = (false, false);
        for item in array.children() {
            if item.kind() == Kind::Null {
                nulls = true;
            } else {
                elements = true;
                self.element_beside(item, found);
            }
        }
        match (elements, nulls) {
            (true, false) => true,
            (false, false) => self.repair_by_drop(&rules::EMPTY_ARRAY, array, "has an empty array beside it", found),
            (false, true) => self.repair_by_drop(&rules::NULL, array, "has only null beside it", found),
            (true, true) => {
                let mut values = object.get(found.type_ref.json_name).into_iter().flat_map(Node::items);
                for item in array.children() {
                    // where there is a value or its own null, the values' side has looked at it
                    if values.next().is_none() && item.kind() == Kind::Null {
                        self.repair_by_drop(&rules::NULL, item, "has null beside nothing", found);
                    }
                }
                true
            }
        }
    }

    fn element_beside(&mut self, node: Node<'t>, found: &Match<'d>) {
        match self.element {
            Some(element) if node.kind() == Kind::Object => self.members(node, element),
            _ => {
                let make = || format!("{}: an object was expected beside it", found.type_ref.json_name);
                self.error(&rules::TYPE, node, make);
            }
        }
    }

    /// Checks the nulls of an array; gives whether anything is left of it. A null is a place-holder where the same place
    /// beside it holds an extension; elsewhere it stands for nothing, and both places go.
    pub fn nulls(&mut self, object: Node<'t>, array: Node<'t>, found: &Match<'d>) -> bool {
        let beside = format!("_{}", found.type_ref.json_name);
        let mut partners = object.get(&beside).into_iter().flat_map(Node::items);
        let mut useless = Vec::new();
        let mut kept = false;
        for item in array.children() {
            let partner = partners.next();
            if item.kind() != Kind::Null || partner.is_some_and(|partner| partner.kind() == Kind::Object) {
                kept = true;
            } else {
                useless.push((item, partner));
            }
        }
        if !kept {
            return self.repair_by_drop(&rules::NULL, array, "has only null", found);
        }
        for (item, partner) in useless {
            if !self.repair_by_drop(&rules::NULL, item, "has null in it", found) {
                self.repairs.drop.extend(partner.map(|partner| partner.id()));
            }
        }
        true
    }
}

//! Changes that a check wants, collected while the tree is read and made afterwards.

use super::rules;
use super::walk::Walk;
use crate::definitions::{Match, Type};
use crate::finding::{Finding, Rule, Severity, add};
use crate::reading::Reading;
use crate::tree::{Node, NodeId, Tree};

/// Below this many, nodes of one parent are removed one by one.
const ONE_BY_ONE: usize = 4;

/// What is to be changed in a tree.
#[derive(Default)]
pub(super) struct Repairs {
    /// Nodes to take out.
    pub drop: Vec<NodeId>,
    /// Nodes to put into an array of one.
    pub wrap: Vec<NodeId>,
}

impl Repairs {
    /// Changes the tree, in time linear in its size however many nodes go.
    pub fn apply(self, tree: &mut Tree) {
        let parent = |id: NodeId| tree.node(id).parent().map(|parent| parent.id());
        let mut drop: Vec<_> = self.drop.into_iter().filter_map(|id| Some((parent(id)?, id))).collect();
        drop.sort_unstable();
        for siblings in drop.chunk_by(|(one, _), (other, _)| one == other) {
            if siblings.len() < ONE_BY_ONE {
                siblings.iter().for_each(|(_, id)| tree.remove(*id));
            } else {
                let parent = siblings[0].0;
                tree.retain(parent, |id| siblings.binary_search(&(parent, id)).is_err());
            }
        }
        for id in self.wrap {
            tree.wrap_in_array(id);
        }
    }
}

impl<'t> Walk<'t, '_> {
    /// Takes an unknown element out, or refuses it; gives whether it is still there.
    pub fn unknown(&mut self, member: Node<'t>, of: &Type) -> bool {
        let name = shown(member.name().unwrap_or_default());
        let make = |rule: &'static Rule| {
            let diagnostics = format!("{name} is no element of {}", of.name);
            // a name that cannot be shown is no part of a path either
            let node = if name == "…" { member.parent().unwrap_or(member) } else { member };
            Finding { position: member.position(), ..Finding::at(rule, node, diagnostics) }
        };
        if self.options.reading == Reading::Strict {
            add(&mut self.findings, &rules::UNKNOWN_ELEMENT, || make(&rules::UNKNOWN_ELEMENT));
            return true;
        }
        let rule = &rules::REPAIR_UNKNOWN_ELEMENT;
        add(&mut self.findings, rule, || make(rule).with(Severity::Warning));
        self.repairs.drop.push(member.id());
        false
    }

    /// Takes a node out, or refuses it; gives whether it is still there.
    pub fn repair_by_drop(&mut self, rule: &'static Rule, node: Node<'t>, what: &str, found: &Match<'_>) -> bool {
        self.repair(rule, node, || format!("{} {what}", found.type_ref.json_name));
        if self.options.reading == Reading::Repair {
            self.repairs.drop.push(node.id());
        }
        self.options.reading == Reading::Strict
    }

    /// Puts a node into an array, or refuses it.
    pub fn repair_by_array(&mut self, node: Node<'t>, found: &Match<'_>) {
        self.repair(&rules::ARRAY, node, || format!("{} may repeat and is not in an array", found.type_ref.json_name));
        if self.options.reading == Reading::Repair {
            self.repairs.wrap.push(node.id());
        }
    }

    fn repair(&mut self, rule: &'static Rule, node: Node<'t>, diagnostics: impl FnOnce() -> String) {
        let severity = match self.options.reading {
            Reading::Strict => Severity::Error,
            Reading::Repair => Severity::Warning,
        };
        add(&mut self.findings, rule, || Finding::at(rule, node, diagnostics()).with(severity));
    }
}

/// A name as it may be printed: whoever sent it chose it.
pub(super) fn shown(name: &str) -> &str {
    // what begins with a digit is no name but perhaps a number of somebody
    let begins = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    let harmless = begins && name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if harmless { name } else { "…" }
}

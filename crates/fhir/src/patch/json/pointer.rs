//! Names a place in a JSON document. Source: RFC 6901.

use std::borrow::Cow;

use crate::budget::Budget;
use crate::patch::error::PatchFault;
use crate::patch::limits::DEPTH_MAX;
use crate::tree::{Kind, NodeId, Tree};

/// Names of members and numbers of items, from the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pointer<'t> {
    pub(super) steps: Vec<Cow<'t, str>>,
}

impl<'t> Pointer<'t> {
    pub(super) fn parse(text: &'t str, part: &'static str) -> Result<Pointer<'t>, PatchFault> {
        if text.is_empty() {
            return Ok(Pointer { steps: Vec::new() });
        }
        let invalid = |expected: &'static str| PatchFault::PartInvalid { part, expected: expected.into() };
        let rest = text.strip_prefix('/').ok_or_else(|| invalid("a JSON Pointer, which begins with /"))?;
        let mut steps = Vec::new();
        for step in rest.split('/') {
            if steps.len() > DEPTH_MAX {
                return Err(PatchFault::TooCostly("levels"));
            }
            steps.push(
                unescape(step)
                    .ok_or_else(|| invalid("a JSON Pointer, in which ~ is written ~0 and / is written ~1"))?,
            );
        }
        Ok(Pointer { steps })
    }

    /// The steps to what holds the place, and the last one.
    pub(super) fn split_last(&self) -> Option<(&str, &[Cow<'t, str>])> {
        self.steps.split_last().map(|(last, before)| (last.as_ref(), before))
    }
}

fn unescape(step: &str) -> Option<Cow<'_, str>> {
    if !step.contains('~') {
        return Some(Cow::Borrowed(step));
    }
    let is_escape = |after: &str| after.starts_with(['0', '1']);
    // ~1 first: a ~ that comes of ~0 does not escape what follows it
    let well_made = step.split('~').skip(1).all(is_escape);
    well_made.then(|| Cow::Owned(step.replace("~1", "/").replace("~0", "~")))
}

/// Follows steps from the root; nothing when one of them leads nowhere.
pub(super) fn follow(tree: &Tree, steps: &[Cow<'_, str>], budget: &mut Budget) -> Result<Option<NodeId>, PatchFault> {
    let mut at = tree.root_id();
    for step in steps {
        match child(tree, at, step, budget)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// The member or item that one step leads to.
pub(super) fn child(tree: &Tree, of: NodeId, step: &str, budget: &mut Budget) -> Result<Option<NodeId>, PatchFault> {
    let node = tree.node(of);
    let index = match node.kind() {
        Kind::Array => item(step),
        Kind::Object => None,
        Kind::String | Kind::Number | Kind::Boolean | Kind::Null => return Ok(None),
    };
    for (at, child) in node.children().enumerate() {
        budget.spend(1)?;
        let is_it = if node.kind() == Kind::Array { Some(at) == index } else { child.is_named(step) };
        if is_it {
            return Ok(Some(child.id()));
        }
    }
    Ok(None)
}

/// The number of an item: digits without a zero in front.
pub(super) fn item(step: &str) -> Option<usize> {
    let is_plain = step == "0" || !step.starts_with('0') && step.bytes().all(|byte| byte.is_ascii_digit());
    step.parse().ok().filter(|_| is_plain)
}

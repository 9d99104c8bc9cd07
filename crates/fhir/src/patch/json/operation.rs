//! Reads one operation of a JSON Patch. Source: RFC 6902, section 4; members that an operation does not have are ignored.

use super::pointer::Pointer;
use crate::patch::error::PatchFault;
use crate::tree::{Kind, Node};

pub(super) struct Operation<'t> {
    pub(super) path: Pointer<'t>,
    pub(super) action: Action<'t>,
}

pub(super) enum Action<'t> {
    Add(Node<'t>),
    Remove,
    Replace(Node<'t>),
    Move { from: Pointer<'t> },
    Copy { from: Pointer<'t> },
    Test(Node<'t>),
}

impl<'t> Operation<'t> {
    pub(super) fn read(node: Node<'t>) -> Result<Operation<'t>, PatchFault> {
        if node.kind() != Kind::Object {
            return Err(PatchFault::NoPatch("an object"));
        }
        let value = || node.get("value").ok_or(PatchFault::PartMissing("value"));
        let from = || Pointer::parse(text(node, "from")?, "from");
        let action = match text(node, "op")? {
            "add" => Action::Add(value()?),
            "remove" => Action::Remove,
            "replace" => Action::Replace(value()?),
            "move" => Action::Move { from: from()? },
            "copy" => Action::Copy { from: from()? },
            "test" => Action::Test(value()?),
            _ => {
                let expected = "one of add, remove, replace, move, copy, test".into();
                return Err(PatchFault::PartInvalid { part: "op", expected });
            }
        };
        Ok(Operation { path: Pointer::parse(text(node, "path")?, "path")?, action })
    }
}

fn text<'t>(node: Node<'t>, name: &'static str) -> Result<&'t str, PatchFault> {
    let member = node.get(name).ok_or(PatchFault::PartMissing(name))?;
    member.as_str().ok_or(PatchFault::PartInvalid { part: name, expected: "a string".into() })
}

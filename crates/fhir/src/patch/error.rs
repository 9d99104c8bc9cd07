//! Why a patch was refused: which operation, at which path, and what would be right.

use std::borrow::Cow;
use std::fmt;

use super::limits::PATH_SHOWN_MAX;
use super::rules;
use crate::budget::Exhausted;
use crate::finding::{Finding, Rule};
use crate::path::PathError;
use crate::tree::{Node, Position};

/// Why a patch was refused. Holds no values: what stands between quotes in a path is printed as `…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchError {
    /// The number of the operation, from 1; nothing when the patch as a whole is at fault.
    pub operation: Option<usize>,
    /// Where the operation was going to change something, as it said.
    pub path: Option<String>,
    /// Where the operation stands in the patch.
    pub position: Option<Position>,
    /// What is wrong.
    pub fault: PatchFault,
}

/// What is wrong with a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchFault {
    /// It is no list of operations; what was expected.
    NoPatch(&'static str),
    /// It has more operations than the limit.
    TooManyOperations(usize),
    /// A part of the operation is missing.
    PartMissing(&'static str),
    /// A part of the operation is there twice.
    PartRepeated(&'static str),
    /// A part that this operation has no use for.
    PartUnneeded(String),
    /// A part is not what it has to be.
    PartInvalid {
        /// Which one.
        part: &'static str,
        /// What it has to be.
        expected: Cow<'static, str>,
    },
    /// The path was not understood, or does not fit the resource.
    Path(PathError),
    /// Nothing is where the path leads.
    NothingThere,
    /// The path leads to more than one place.
    Ambiguous(usize),
    /// The operation is about the whole resource.
    WholeResource,
    /// The type has no such element; which, and what there is.
    UnknownElement(String),
    /// The element cannot repeat, so there is no list to insert into or to move within.
    NoList(String),
    /// The element is there already and cannot repeat.
    Occupied(String),
    /// The list is not as long.
    OutOfRange {
        /// Which item was named, from 0.
        index: usize,
        /// How many there are.
        length: usize,
    },
    /// The value does not fit the element; what would.
    Value(Cow<'static, str>),
    /// A test of JSON Patch found another value.
    TestFailed,
    /// It would take too many steps, nodes, bytes or levels; of which.
    TooCostly(&'static str),
}

impl PatchError {
    pub(super) fn whole(fault: PatchFault) -> PatchError {
        PatchError { operation: None, path: None, position: None, fault }
    }

    pub(super) fn of_operation(number: usize, node: Node<'_>, path: Option<&str>, fault: PatchFault) -> PatchError {
        PatchError { operation: Some(number), path: path.map(shown), position: node.position(), fault }
    }

    /// The same for an OperationOutcome.
    #[must_use]
    pub fn finding(&self) -> Finding {
        Finding { position: self.position, ..Finding::new(self.fault.rule(), self.to_string()) }
    }
}

impl PatchFault {
    fn rule(&self) -> &'static Rule {
        match self {
            PatchFault::NoPatch(_)
            | PatchFault::PartMissing(_)
            | PatchFault::PartRepeated(_)
            | PatchFault::PartUnneeded(_)
            | PatchFault::PartInvalid { .. } => &rules::OPERATION,
            PatchFault::Path(_) => &rules::PATH,
            PatchFault::NothingThere | PatchFault::Ambiguous(_) | PatchFault::OutOfRange { .. } => &rules::PLACE,
            PatchFault::WholeResource
            | PatchFault::UnknownElement(_)
            | PatchFault::NoList(_)
            | PatchFault::Occupied(_) => &rules::ELEMENT,
            PatchFault::Value(_) => &rules::VALUE,
            PatchFault::TestFailed => &rules::TEST,
            PatchFault::TooManyOperations(_) | PatchFault::TooCostly(_) => &rules::LIMIT,
        }
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.operation, &self.path) {
            (Some(number), Some(path)) => write!(f, "operation {number} at {path}: {}", self.fault),
            (Some(number), None) => write!(f, "operation {number}: {}", self.fault),
            (None, _) => write!(f, "{}", self.fault),
        }
    }
}

impl fmt::Display for PatchFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatchFault::NoPatch(expected) => write!(f, "{expected} was expected"),
            PatchFault::TooManyOperations(max) => write!(f, "a patch has at most {max} operations"),
            PatchFault::PartMissing(part) => write!(f, "{part} is missing"),
            PatchFault::PartRepeated(part) => write!(f, "{part} is there twice"),
            PatchFault::PartUnneeded(part) => write!(f, "this operation has no {part}"),
            PatchFault::PartInvalid { part, expected } => write!(f, "{part} has to be {expected}"),
            PatchFault::Path(error) => write!(f, "{error}"),
            PatchFault::NothingThere => f.write_str("nothing is there"),
            PatchFault::Ambiguous(count) => {
                write!(f, "this leads to {count} places and has to lead to one: name it by [0], first() or where(…)")
            }
            PatchFault::WholeResource => f.write_str("a patch changes a part of the resource and not the whole"),
            PatchFault::UnknownElement(words) => f.write_str(words),
            PatchFault::NoList(name) => write!(f, "{name} cannot repeat: use add, replace or delete"),
            PatchFault::Occupied(name) => write!(f, "{name} is there already and cannot repeat: use replace"),
            PatchFault::OutOfRange { index, length } => write!(f, "there is no place {index} in a list of {length}"),
            PatchFault::Value(words) => f.write_str(words),
            PatchFault::TestFailed => f.write_str("another value is there than the test expects"),
            PatchFault::TooCostly(what) => write!(f, "the patch takes too many {what}"),
        }
    }
}

impl std::error::Error for PatchError {}

impl From<Exhausted> for PatchFault {
    fn from(_: Exhausted) -> PatchFault {
        PatchFault::TooCostly("steps")
    }
}

impl From<PathError> for PatchFault {
    fn from(error: PathError) -> PatchFault {
        PatchFault::Path(error)
    }
}

/// A path without what stands between quotes, which may be about a person, and not longer than needed.
fn shown(path: &str) -> String {
    let mut shown = String::new();
    let mut in_quotes = false;
    let mut letters = path.chars();
    while let Some(letter) = letters.next() {
        if shown.len() >= PATH_SHOWN_MAX {
            shown.push('…');
            break;
        }
        match letter {
            '\'' => {
                shown.push_str(if in_quotes { "'" } else { "'…" });
                in_quotes = !in_quotes;
            }
            '\\' if in_quotes => _ = letters.next(),
            _ if in_quotes => {}
            _ if letter.is_control() => shown.push('…'),
            _ => shown.push(letter),
        }
    }
    shown
}

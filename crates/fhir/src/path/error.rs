//! Why a path was refused, and where in it.

use std::borrow::Cow;
use std::fmt;

use crate::budget::Exhausted;

/// Why a path was refused. Holds nothing that stands between quotes in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// What kind of thing is wrong.
    pub fault: PathFault,
    /// Where in the path, in characters from 1.
    pub column: usize,
    /// What is wrong and what would be right, for people.
    pub words: Cow<'static, str>,
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at column {} of the path", self.words, self.column)
    }
}

impl std::error::Error for PathError {}

/// What kind of thing is wrong with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathFault {
    /// It is no FHIRPath.
    Syntax,
    /// It is FHIRPath of which there is no use here.
    Unsupported,
    /// It does not fit the definitions or what the document holds.
    Unfitting,
    /// It is too long, too deep or takes too many steps.
    TooCostly,
}

/// A refusal while the text of the path is not at hand.
#[derive(Debug)]
pub(super) struct Stop {
    fault: PathFault,
    /// Byte offset in the path.
    at: usize,
    words: Cow<'static, str>,
}

impl Stop {
    pub(super) fn syntax(at: usize, words: impl Into<Cow<'static, str>>) -> Stop {
        Stop { fault: PathFault::Syntax, at, words: words.into() }
    }

    pub(super) fn unsupported(at: usize, words: impl Into<Cow<'static, str>>) -> Stop {
        Stop { fault: PathFault::Unsupported, at, words: words.into() }
    }

    pub(super) fn unfitting(at: usize, words: impl Into<Cow<'static, str>>) -> Stop {
        Stop { fault: PathFault::Unfitting, at, words: words.into() }
    }

    pub(super) fn too_costly(at: usize, words: impl Into<Cow<'static, str>>) -> Stop {
        Stop { fault: PathFault::TooCostly, at, words: words.into() }
    }

    pub(super) fn no_list() -> Stop {
        Stop::unsupported(0, "the path of a list ends with the name of an element, such as Patient.identifier")
    }

    pub(super) fn in_text(self, text: &str) -> PathError {
        let before = text.get(..self.at).unwrap_or(text);
        PathError { fault: self.fault, column: before.chars().count() + 1, words: self.words }
    }
}

impl From<Exhausted> for Stop {
    fn from(_: Exhausted) -> Stop {
        Stop::too_costly(0, "the path takes too many steps in this document")
    }
}

/// A name from a path as errors print it: shortened, and nothing but letters and digits.
pub(super) fn shown(name: &str) -> &str {
    let harmless =
        (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if harmless { name } else { "…" }
}

//! Checkpoints that were saved elsewhere, such as the file of a witness.

use std::{fs, path::Path};

use baton_exchange::audit::Hash;

use super::tree::TreeError;
use crate::tree::{NoteFault, Verifier};

/// Lines of a checkpoint: the name of the tree, its size, its root.
const LINES: usize = 3;

/// What a file of checkpoints holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Saved {
    /// Each as it was signed.
    pub(super) notes: Vec<String>,
    /// How many parts are none: an append that was cut off leaves one, and those after it still count.
    pub(super) torn: usize,
}

impl Saved {
    /// Reads a file.
    ///
    /// # Errors
    /// [`TreeError`] when it cannot be read, or holds no checkpoint.
    pub(super) fn read(file: &Path) -> Result<Saved, TreeError> {
        let shown = || file.display().to_string();
        let text = fs::read_to_string(file).map_err(|error| TreeError::Read(shown(), error))?;
        let saved = Saved::parse(&text);
        if saved.notes.is_empty() { Err(TreeError::Saved(shown(), NoteFault::Form)) } else { Ok(saved) }
    }

    /// A checkpoint is a part between empty lines, with its signatures in the next one.
    fn parse(text: &str) -> Saved {
        let (mut notes, mut torn, mut before) = (Vec::new(), 0, None);
        for part in text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty()) {
            let is_signatures = part.split('\n').all(|line| line.starts_with('\u{2014}'));
            match before.take() {
                Some(text) if is_signatures => notes.push(format!("{text}\n\n{part}\n")),
                _ if is_signatures => torn += 1,
                other => {
                    torn += usize::from(other.is_some());
                    let lines: Vec<&str> = part.split('\n').collect();
                    // what is in front of it was cut off
                    let whole = lines.len().checked_sub(LINES).map(|from| lines[from..].join("\n"));
                    torn += usize::from(lines.len() != LINES);
                    before = whole;
                }
            }
        }
        Saved { notes, torn: torn + usize::from(before.is_some()) }
    }

    /// What they say: sizes and roots.
    ///
    /// # Errors
    /// [`TreeError::Saved`] when one was not signed with this key.
    pub(super) fn opened(&self, file: &Path, verifier: &Verifier) -> Result<Vec<(u64, Hash)>, TreeError> {
        let opened = self.notes.iter().map(|note| {
            let wrong = |fault| TreeError::Saved(file.display().to_string(), fault);
            verifier.opened(note).map(|signed| (signed.size, signed.root)).map_err(wrong)
        });
        opened.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Saved;

    #[track_caller]
    fn check(text: &str, notes: &[&str], torn: usize) {
        let notes = notes.iter().map(|note| (*note).to_owned()).collect();
        assert_eq!(Saved::parse(text), Saved { notes, torn }, "{text}");
    }

    const ONE: &str = "a\n1\nAA\n\n\u{2014} a AA\n";
    const TWO: &str = "a\n2\nBB\n\n\u{2014} a BB\n\u{2014} b CC\n";

    #[test]
    fn a_text_without_a_checkpoint_has_none() {
        check("", &[], 0);
        check("no checkpoint\n", &[], 1);
    }

    #[test]
    fn checkpoints_stand_one_after_the_other() {
        check(ONE, &[ONE], 0);
        check(&format!("{ONE}\n{TWO}\n"), &[ONE, TWO], 0);
    }

    #[test]
    fn what_is_torn_takes_nothing_else_along() {
        for end in 1..ONE.len() {
            let Some(torn) = ONE.get(..end) else { continue };
            let read = Saved::parse(&format!("{torn}\n\n{TWO}\n{TWO}\n"));
            assert!(read.notes.ends_with(&[TWO.to_owned(), TWO.to_owned()]), "{torn}: {read:?}");
            // two servers at once: not even an empty line between
            let read = Saved::parse(&format!("{torn}\n{TWO}\n{TWO}\n"));
            assert!(read.notes.ends_with(&[TWO.to_owned()]), "{torn}: {read:?}");
        }
    }
}

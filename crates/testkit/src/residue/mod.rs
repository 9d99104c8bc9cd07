//! What is left of somebody in files: a scanner that searches every file below a folder for canaries, in all the forms in
//! which a program may have written them.
//!
//! A canary is a text that stands in test data and nowhere else. It should have at least six characters, so that it is not
//! found by chance.

mod digest;
mod form;
mod pattern;
mod text;
mod unpack;

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use self::{pattern::Patterns, unpack::Unpacker};

/// How deep packed things are unpacked that are in packed things.
const DEPTH_MAX: usize = 3;

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trace {
    /// The file.
    pub file: PathBuf,
    /// What the canary is called; never its text.
    pub canary: String,
    /// The form in which it was there.
    pub form: &'static str,
    /// In what it was packed, from the outside in.
    pub packed: Vec<&'static str>,
}

/// Searches files for canaries.
#[derive(Default)]
pub struct Scanner {
    patterns: Patterns,
    unpacker: Unpacker,
    names: Vec<String>,
}

impl Scanner {
    /// Searches for a text, too, in every form.
    #[must_use]
    pub fn text(mut self, name: &str, text: &str) -> Scanner {
        self.add(name, form::of_text(text));
        self
    }

    /// Searches for bytes, too, as a key has them.
    #[must_use]
    pub fn bytes(mut self, name: &str, bytes: &[u8]) -> Scanner {
        self.add(name, form::of_bytes(bytes));
        self
    }

    /// Unpacks what was packed with this dictionary, too.
    #[must_use]
    pub fn dictionary(mut self, dictionary: &[u8]) -> Scanner {
        self.unpacker.add_dictionary(dictionary);
        self
    }

    fn add(&mut self, name: &str, forms: Vec<(&'static str, Vec<u8>)>) {
        let number = self.names.len();
        self.names.push(name.to_owned());
        for (form, bytes) in forms {
            self.patterns.add(number, form, &bytes);
        }
    }

    /// All traces in all files below a folder, or in one file. Files that go away meanwhile are left out.
    ///
    /// # Errors
    ///
    /// When a file is there and cannot be read.
    pub fn scan(&self, place: &Path) -> io::Result<Vec<Trace>> {
        let mut traces = BTreeSet::new();
        for file in files(place)? {
            match fs::read(&file) {
                Ok(bytes) => self.search(&bytes, &file, &mut Vec::new(), &mut traces),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(traces.into_iter().collect())
    }

    /// The names of those canaries of which there is no trace: a test that is to find nothing first has to show that it would
    /// find everything.
    ///
    /// # Errors
    ///
    /// As of [`Scanner::scan`].
    pub fn missing(&self, place: &Path) -> io::Result<Vec<&str>> {
        let found: BTreeSet<String> = self.scan(place)?.into_iter().map(|trace| trace.canary).collect();
        Ok(self.names.iter().filter(|name| !found.contains(*name)).map(String::as_str).collect())
    }

    fn search(&self, bytes: &[u8], file: &Path, packed: &mut Vec<&'static str>, traces: &mut BTreeSet<Trace>) {
        self.patterns.search(bytes, |number, form| {
            let canary = self.names[number].clone();
            traces.insert(Trace { file: file.to_owned(), canary, form, packed: packed.clone() });
        });
        if packed.len() == DEPTH_MAX {
            return;
        }
        self.unpacker.members(bytes, |kind, content| {
            packed.push(kind);
            self.search(content, file, packed, traces);
            packed.pop();
        });
    }
}

/// All files below a place.
fn files(place: &Path) -> io::Result<Vec<PathBuf>> {
    if place.is_file() {
        return Ok(vec![place.to_owned()]);
    }
    let (mut files, mut folders) = (Vec::new(), vec![place.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            match fs::symlink_metadata(&path) {
                Ok(entry) if entry.is_dir() => folders.push(path),
                Ok(entry) if entry.is_file() => files.push(path),
                // Links, pipes and sockets hold nothing, and a file may have gone meanwhile.
                Ok(_) | Err(_) => {}
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests;

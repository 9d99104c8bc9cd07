//! The workspace as tidy sees it: its files, read once.

use std::{fs, path::Path};

use super::source::Source;

/// A file that is no Rust.
pub struct Text {
    /// Its path from the root of the workspace, with slashes.
    pub path: String,
    /// What stands in it.
    pub text: String,
}

/// All files that rules look at.
#[derive(Default)]
pub struct House {
    /// Rust files.
    pub sources: Vec<Source>,
    /// Manifests, documents, tables, SQL and scripts.
    pub texts: Vec<Text>,
}

impl House {
    /// Reads the workspace that this program belongs to.
    ///
    /// # Errors
    /// As [`House::read`].
    pub fn of_workspace() -> Result<House, String> {
        House::read(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")))
    }

    /// Reads the workspace.
    ///
    /// # Errors
    /// When a folder or a file cannot be read.
    pub fn read(root: &Path) -> Result<House, String> {
        let mut files = Vec::new();
        read_folder(root, "", &mut files)?;
        Ok(House::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str()))))
    }

    /// Makes one of paths and texts.
    pub fn of<'t>(files: impl IntoIterator<Item = (&'t str, &'t str)>) -> House {
        let mut house = House::default();
        for (path, text) in files {
            if path.ends_with(".rs") {
                house.sources.push(Source::new(path, text));
            } else {
                house.texts.push(Text { path: path.to_owned(), text: text.to_owned() });
            }
        }
        house.mark_test_modules();
        house
    }

    /// The text at a path.
    pub fn text(&self, path: &str) -> Option<&Text> {
        self.texts.iter().find(|text| text.path == path)
    }

    fn mark_test_modules(&mut self) {
        let declared: Vec<String> = self.sources.iter().flat_map(|source| source.test_modules().to_vec()).collect();
        for source in &mut self.sources {
            let belongs =
                |module: &String| source.path.strip_prefix(module).is_some_and(|rest| rest.starts_with(['.', '/']));
            if declared.iter().any(belongs) {
                source.mark_as_test();
            }
        }
    }
}

fn read_folder(root: &Path, folder: &str, files: &mut Vec<(String, String)>) -> Result<(), String> {
    let unreadable = |error| format!("could not read {folder:?}: {error}");
    let mut entries: Vec<_> =
        fs::read_dir(root.join(folder)).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if !is_skipped(&name) {
                read_folder(root, &path, files)?;
            }
        } else if is_read(&path) {
            let text = fs::read_to_string(entry.path()).map_err(|error| format!("could not read {path}: {error}"))?;
            files.push((path, text));
        }
    }
    Ok(())
}

/// What is built, installed or not ours.
fn is_skipped(folder: &str) -> bool {
    matches!(folder, "target" | "node_modules") || (folder.starts_with('.') && folder != ".ci")
}

fn is_read(path: &str) -> bool {
    let ending = Path::new(path).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    path == ".ci/run"
        || path.starts_with("crates/fhir/data/")
        || matches!(ending, "rs" | "toml" | "md" | "sql" | "json" | "sh")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_or_built_is_not_read() {
        for folder in ["target", "node_modules", ".venv", ".git"] {
            assert!(is_skipped(folder), "{folder}");
        }
        assert!(["interop", "crates", ".ci"].iter().all(|folder| !is_skipped(folder)));
    }

    #[test]
    fn a_module_declared_for_tests_is_test_code_with_all_below_it() {
        let house = House::of([
            ("crates/fhir/src/lib.rs", "fn a() {}\n#[cfg(test)]\nmod samples;\nmod samples_of_life;"),
            ("crates/fhir/src/samples.rs", "fn a() {}"),
            ("crates/fhir/src/samples/deep.rs", "fn a() {}"),
            ("crates/fhir/src/samples_of_life.rs", "fn a() {}"),
        ]);
        let tests: Vec<bool> = house.sources.iter().map(|source| source.is_test(0)).collect();
        assert_eq!(tests, [false, true, true, false]);
    }
}

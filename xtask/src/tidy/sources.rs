//! The files that git knows or would know, read once for all checks.

use std::{fs, process::Command};

/// All sources of the workspace.
#[derive(Default)]
pub struct Sources {
    /// Rust sources and manifests, by their path from the workspace's root.
    pub files: Vec<Source>,
}

/// One file.
pub struct Source {
    /// Path from the workspace's root, with slashes.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Sources {
    /// Reads what git tracks and what it does not ignore.
    pub fn read() -> Result<Sources, String> {
        let listing = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .output()
            .map_err(|error| format!("could not ask git for the files: {error}"))?;
        let paths = String::from_utf8_lossy(&listing.stdout).into_owned();
        let wanted = |path: &&str| {
            [".rs", ".toml", ".md", ".sql", ".html", "run"]
                .iter()
                .any(|end| path.ends_with(end))
        };
        let files = paths
            .lines()
            .filter(wanted)
            .filter_map(|path| {
                Some(Source {
                    path: path.to_owned(),
                    text: fs::read_to_string(path).ok()?,
                })
            })
            .collect();
        Ok(Sources { files })
    }

    /// Rust sources only.
    pub fn rust(&self) -> impl Iterator<Item = &Source> {
        self.files.iter().filter(|source| source.path.ends_with(".rs"))
    }
}

impl Source {
    /// The crate's folder name; nothing for what is in none.
    pub fn crate_name(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }

    /// Whether it holds tests only.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs") || self.path.ends_with("testing.rs")
    }

    /// The lines before the file's own test module, with their numbers.
    pub fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_test = self.is_test();
        let numbered = self.text.lines().zip(1..).map(|(line, number)| (number, line));
        numbered.take_while(move |(_, line)| !is_test && *line != "#[cfg(test)]")
    }
}

#[cfg(test)]
pub fn sources(files: &[(&str, &str)]) -> Sources {
    let of = |(path, text): &(&str, &str)| Source {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    Sources {
        files: files.iter().map(of).collect(),
    }
}

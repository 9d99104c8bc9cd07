//! The configuration as a text that is changed: read under a lock, checked as a whole, replaced in one step.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::Unable;
use crate::{clock::random_id, config::Config};

/// A configuration that nobody else changes with this command meanwhile.
pub(super) struct ConfigFile {
    /// Where it really is: a link is not replaced by a file.
    path: PathBuf,
    name: String,
    /// What stands in it.
    pub(super) config: Config,
    document: DocumentMut,
    _lock: File,
}

impl ConfigFile {
    /// # Errors
    /// [`Unable`] when it cannot be read, or has a fault already.
    pub(super) fn open(path: &Path) -> Result<ConfigFile, Unable> {
        let name = path.display().to_string();
        let failed = |what| {
            let file = name.clone();
            move |source| Unable::File { what, file, source }
        };
        let path = fs::canonicalize(path).map_err(failed("read"))?;
        // the file itself is replaced, and a lock on it with it
        let lock = File::open(folder(&path)).map_err(failed("lock"))?;
        lock.lock().map_err(failed("lock"))?;
        let text = fs::read_to_string(&path).map_err(failed("read"))?;
        let config = Config::parse(&text, &name)?;
        let document = text.parse().map_err(|error: toml_edit::TomlError| Unable::Refused(error.to_string()))?;
        Ok(ConfigFile { path, name, config, document, _lock: lock })
    }

    /// All tables `[[partner]]`.
    ///
    /// # Errors
    /// Where they are written in another way.
    pub(super) fn partners(&mut self) -> Result<&mut ArrayOfTables, Unable> {
        let partners = self.document.entry("partner").or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        let other = || Unable::Refused("partners are changed where they are written as tables, [[partner]]".to_owned());
        partners.as_array_of_tables_mut().ok_or_else(other)
    }

    /// The table of a partner.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn partner(&mut self, id: &str) -> Result<&mut Table, Unable> {
        let ids: Vec<&str> = self.config.partners.iter().map(|partner| partner.id.get_ref().0.as_str()).collect();
        let unknown = Unable::Refused(format!("there is no partner `{id}`: there are {}", ids.join(", ")));
        let is_it = |table: &&mut Table| table.get("id").and_then(Item::as_str) == Some(id);
        self.partners()?.iter_mut().find(is_it).ok_or(unknown)
    }

    /// Puts what was changed in the place of what was there.
    ///
    /// # Errors
    /// When it makes no sense as a whole, or cannot be written. Then all is as it was.
    pub(super) fn save(self) -> Result<(), Unable> {
        let text = self.document.to_string();
        // the place of a fault is one in a file that nobody has
        Config::parse(&text, &self.name).map_err(|error| Unable::Refused(error.message))?;
        replace(&self.path, &text).map_err(|source| Unable::File { what: "replace", file: self.name, source })
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes another file beside it and gives it its name, so that at each moment there is the old one or the new one, whole.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder(path).join(format!(".{name}.{}", random_id()));
    let replaced = write(&beside, text, path).and_then(|()| fs::rename(&beside, path));
    if replaced.is_err() {
        // what could not be written is of no use
        let _ = fs::remove_file(&beside);
        return replaced;
    }
    File::open(folder(path))?.sync_all()
}

/// Writes a file for the same owner, group and permissions as another, down to the disk.
fn write(path: &Path, text: &str, like: &Path) -> io::Result<()> {
    let like = fs::metadata(like)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    let made = file.metadata()?;
    if (made.uid(), made.gid()) != (like.uid(), like.gid()) {
        // else a server that runs as somebody else could not read it any more
        chown(path, Some(like.uid()), Some(like.gid()))?;
    }
    file.set_permissions(like.permissions())?;
    file.sync_all()
}

mod claims;
mod crash;
mod destroying;
mod sealing;

use std::{path::PathBuf, sync::Arc};

use tempfile::TempDir;

use super::{Care, Keys, file::KeyFile};

/// A folder with a key file that is not there yet.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("baton.db.keys")
    }

    fn file(&self) -> KeyFile {
        KeyFile::open_or_make(&self.path()).unwrap()
    }

    fn keys(&self) -> Arc<Keys> {
        Keys::at(self.path(), Care::Full)
    }
}

//! What a server last saw signed, in a file beside the key. A database that was restored from a copy knows nothing of what came
//! after it, and a tree that went on from there would be signed twice.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    key::{KeyFault, Verifier, write_private},
    note::Signed,
};

/// The newest checkpoint that was seen.
#[derive(Debug)]
pub struct Head {
    path: PathBuf,
    seen: Option<Signed>,
}

impl Head {
    /// The file that belongs to a key file. There is none before the first checkpoint.
    ///
    /// # Errors
    /// [`KeyFault`] when it cannot be read, or holds no checkpoint of this key.
    pub fn open(key_file: &Path, verifier: &Verifier) -> Result<Head, KeyFault> {
        let mut path = key_file.as_os_str().to_owned();
        path.push(".head");
        let path = PathBuf::from(path);
        let shown = path.display().to_string();
        let seen = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(KeyFault::File(shown, error)),
            Ok(note) => Some(verifier.opened(&note).map_err(|fault| KeyFault::Head(shown, fault))?),
        };
        Ok(Head { path, seen })
    }

    /// What was seen.
    #[must_use]
    pub fn seen(&self) -> Option<Signed> {
        self.seen
    }

    /// Forgets what was seen when an operator put its file away, which says that it is lost.
    pub fn look_again(&mut self) {
        if self.seen.is_some() && !self.path.exists() {
            self.seen = None;
        }
    }

    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Remembers a checkpoint, durably.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn keep(&mut self, signed: Signed, note: &str) -> io::Result<()> {
        if self.seen == Some(signed) {
            return Ok(());
        }
        let (path, text) = (self.path.clone(), note.to_owned());
        let written =
            tokio::task::spawn_blocking(move || write_private(&path, &text, |new, path| fs::rename(new, path)));
        written.await.unwrap_or_else(|error| Err(error.into()))?;
        self.seen = Some(signed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use baton_exchange::audit::{Edge, Hash};

    use super::{Head, KeyFault};
    use crate::tree::Signer;

    #[tokio::test]
    async fn what_was_seen_is_known_after_a_restart_and_only_of_this_key() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key_file = folder.path().join("key");
        let signer = Signer::open_or_make(&key_file).expect("it can be made");
        let mut edge = Edge::default();
        edge.add(Hash([1; 32]));
        let note = signer.checkpoint(&edge);
        let signed = signer.verifier().opened(&note).expect("we signed it");
        let mut head = Head::open(&key_file, signer.verifier()).expect("there is none");
        assert_eq!(head.seen(), None);
        head.keep(signed, &note).await.expect("it can be written");
        let again = Head::open(&key_file, signer.verifier()).expect("it is there");
        assert_eq!(again.seen(), Some(signed));
        let other = Signer::open_or_make(&folder.path().join("other")).expect("it can be made");
        assert!(matches!(Head::open(&key_file, other.verifier()), Err(KeyFault::Head(..))));
        assert_eq!(std::fs::read_dir(folder.path()).expect("it is ours").count(), 3);
    }
}

//! The keys that ID tokens are signed with, in a file beside the key file of the store.
//!
//! One key a line, base64 of PKCS #8: the last one signs, those before it stay published until what they signed has expired. The
//! file is made when a key is needed for the first time, and for its owner alone. Of two processes that make it at once, one does.

use std::{
    fs,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use baton_oauth::signing::{SigningKey, published};
use serde::Serialize;
use serde_json::Value;
use tokio::{sync::OnceCell, task::spawn_blocking};

use crate::failure::Failure;

/// The keys, read when they are needed first.
pub struct Signing {
    path: PathBuf,
    keys: OnceCell<Arc<Vec<SigningKey>>>,
}

impl Signing {
    /// The keys beside a key file.
    #[must_use]
    pub fn beside(key_file: &Path) -> Signing {
        let mut path = key_file.as_os_str().to_owned();
        path.push(".signing");
        Signing { path: path.into(), keys: OnceCell::new() }
    }

    /// A token of these claims.
    ///
    /// # Errors
    /// A [`Failure`] when there is no key and none can be made.
    pub async fn sign(&self, claims: &impl Serialize) -> Result<String, Failure> {
        let keys = self.keys().await?;
        let newest = keys.last().ok_or_else(|| unusable(&self.path, "it has no key"))?;
        newest.sign(claims).map_err(|error| unusable(&self.path, &error.to_string()))
    }

    /// What others check signatures with, newest first.
    ///
    /// # Errors
    /// As [`Signing::sign`].
    pub async fn published(&self) -> Result<Value, Failure> {
        let keys: Vec<SigningKey> = self.keys().await?.iter().rev().cloned().collect();
        Ok(published(&keys))
    }

    async fn keys(&self) -> Result<Arc<Vec<SigningKey>>, Failure> {
        let path = self.path.clone();
        let work = || async move {
            let read = spawn_blocking(move || read_or_make(&path)).await;
            read.map_err(|_| Failure::Bug("the reading of signing keys did not end".to_owned()))?.map(Arc::new)
        };
        self.keys.get_or_try_init(work).await.cloned()
    }
}

fn unusable(path: &Path, what: &str) -> Failure {
    Failure::Bug(format!("the signing keys in {} cannot be used: {what}", path.display()))
}

fn read_or_make(path: &Path) -> Result<Vec<SigningKey>, Failure> {
    let failed = |error: std::io::Error| unusable(path, &error.to_string());
    if !path.exists() {
        make(path).map_err(failed)?;
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let der = STANDARD.decode(line).map_err(|_| unusable(path, "a line is no base64"))?;
            SigningKey::from_der(&der).map_err(|error| unusable(path, &error.to_string()))
        })
        .collect()
}

/// Makes a file with one key. One that somebody else has made meanwhile stays.
fn make(path: &Path) -> std::io::Result<()> {
    let no_key = |_| std::io::Error::other("no key can be made");
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(no_key)?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(no_key)?;
    let aside = path.with_extension(format!("signing-{}", uuid::Uuid::new_v4()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    let written = writeln!(file, "{}", STANDARD.encode(der.as_ref())).and_then(|()| file.sync_all());
    // a link is only made where nothing is yet, unlike a renaming
    let linked = written.and_then(|()| fs::hard_link(&aside, path));
    fs::remove_file(&aside)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::{Signing, fs, make};

    #[tokio::test]
    async fn the_newest_key_signs_and_older_ones_stay_published() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key_file = folder.path().join("baton.keys");
        let first = Signing::beside(&key_file).published().await.expect("a key");
        let path = folder.path().join("baton.keys.signing");
        assert_eq!(fs::metadata(&path).expect("it was made").permissions().mode() & 0o777, 0o600);
        make(&path).expect("one that is there stays");
        assert_eq!(Signing::beside(&key_file).published().await.expect("the same key"), first);
        let other = folder.path().join("other");
        make(&other).expect("another key");
        let both = [&path, &other].map(|path| fs::read_to_string(path).expect("a key")).concat();
        fs::write(&path, both).expect("the folder is ours");
        let rotated = Signing::beside(&key_file);
        let published = rotated.published().await.expect("two keys");
        assert_eq!(published["keys"][1], first["keys"][0]);
        let token = rotated.sign(&serde_json::json!({})).await.expect("a token");
        let set = baton_oauth::jws::KeySet::read(&serde_json::json!({"keys": [published["keys"][0]]}).to_string());
        assert!(set.expect("a key").verify(&token));
    }
}

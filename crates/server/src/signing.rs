//! The keys that ID tokens are signed with, in a file beside the key file of the store.
//!
//! The last one signs, those before it stay published until what they signed has expired. The file is made when a key is needed
//! for the first time, and for its owner alone. Of two processes that make it at once, one does.

mod file;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use baton_oauth::signing::{SigningKey, published};
use serde::Serialize;
use serde_json::Value;
use tokio::{sync::RwLock, task::spawn_blocking};

use crate::{clock::Clock, failure::Failure, log::with_sources};
pub(crate) use file::{FileFault, RETIRED_SECS, has_another_owner, rotate};

/// The keys, read when they are needed first.
pub struct Signing {
    path: PathBuf,
    clock: Clock,
    keys: RwLock<Known>,
}

/// What is known of the keys.
#[derive(Default)]
struct Known {
    keys: Option<Arc<Vec<SigningKey>>>,
    /// When they could not be read or made, in seconds since 1970.
    failed: Option<i64>,
}

/// How long it is not tried again to read or make keys: to make one takes long, and anybody may ask for them.
const RESTS_SECS: i64 = 30;

/// Where the keys are that go with a key file of a store.
#[must_use]
pub fn path_beside(key_file: &Path) -> PathBuf {
    file::beside(key_file, ".signing")
}

impl Signing {
    /// The keys beside a key file.
    #[must_use]
    pub fn beside(key_file: &Path, clock: Clock) -> Signing {
        Signing { path: path_beside(key_file), clock, keys: RwLock::default() }
    }

    /// A token of these claims.
    ///
    /// # Errors
    /// A [`Failure`] when there is no key and none can be made.
    pub async fn sign(&self, claims: &impl Serialize) -> Result<String, Failure> {
        let keys = self.keys().await?;
        let newest = keys.last().ok_or_else(|| self.unusable("there is no key in it"))?;
        newest.sign(claims).map_err(|error| self.unusable(&error.to_string()))
    }

    /// What others check signatures with, newest first.
    ///
    /// # Errors
    /// As [`Signing::sign`].
    pub async fn published(&self) -> Result<Value, Failure> {
        let keys: Vec<SigningKey> = self.keys().await?.iter().rev().cloned().collect();
        Ok(published(&keys))
    }

    /// Reads the file again, if it was read. Where it is of no use now, the keys stay that there were.
    pub async fn again(&self) {
        let mut known = self.keys.write().await;
        known.failed = None;
        if known.keys.is_none() {
            return;
        }
        match self.read().await {
            Ok(read) => known.keys = Some(read),
            Err(failure) => tracing::error!("the old signing keys stay: {}", with_sources(&failure)),
        }
    }

    async fn keys(&self) -> Result<Arc<Vec<SigningKey>>, Failure> {
        if let Some(keys) = &self.keys.read().await.keys {
            return Ok(keys.clone());
        }
        let mut known = self.keys.write().await;
        // somebody else may have read them meanwhile
        if let Some(keys) = &known.keys {
            return Ok(keys.clone());
        }
        let now = self.clock.now().secs();
        if known.failed.is_some_and(|failed| (failed..failed + RESTS_SECS).contains(&now)) {
            return Err(self.unusable("that was tried a moment ago, see the line of then"));
        }
        match self.read().await {
            Ok(keys) => Ok(known.keys.insert(keys).clone()),
            Err(failure) => {
                known.failed = Some(now);
                Err(failure)
            }
        }
    }

    async fn read(&self) -> Result<Arc<Vec<SigningKey>>, Failure> {
        let (path, now) = (self.path.clone(), self.clock.now().secs());
        let read = spawn_blocking(move || file::read_or_make(&path, now)).await;
        let read = read.map_err(|_| Failure::Bug("the reading of signing keys did not end".to_owned()))?;
        read.map(Arc::new).map_err(|fault| self.unusable(&with_sources(&fault)))
    }

    fn unusable(&self, what: &str) -> Failure {
        Failure::Bug(format!("the signing keys in {} cannot be used: {what}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        sync::{
            Arc,
            atomic::{AtomicI64, Ordering},
        },
    };

    use baton_exchange::time::Timestamp;

    use super::{Clock, Signing, file::make, rotate};

    #[tokio::test]
    async fn keys_that_cannot_be_made_are_tried_again_after_a_rest() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let now = Arc::new(AtomicI64::new(0));
        let clock = now.clone();
        let clock = Clock::of(move || Timestamp(0).plus_secs(clock.load(Ordering::SeqCst)));
        let signing = Signing::beside(&folder.path().join("later").join("baton.keys"), clock);
        assert!(signing.published().await.is_err());
        fs::create_dir(folder.path().join("later")).expect("the folder is ours");
        now.store(29, Ordering::SeqCst);
        assert!(signing.published().await.is_err(), "nobody has looked");
        now.store(30, Ordering::SeqCst);
        assert!(signing.published().await.is_ok());
    }

    #[tokio::test]
    async fn the_newest_key_signs_and_older_ones_stay_published() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let key_file = folder.path().join("baton.keys");
        let signing = || Signing::beside(&key_file, Clock::of(|| Timestamp(0)));
        let running = signing();
        let first = running.published().await.expect("a key");
        let path = folder.path().join("baton.keys.signing");
        assert_eq!(fs::metadata(&path).expect("it was made").permissions().mode() & 0o777, 0o600);
        make(&path, 0).expect("one that is there stays");
        assert_eq!(signing().published().await.expect("the same key"), first);
        rotate(&path, 1).expect("another key");
        assert_eq!(running.published().await.expect("the same key"), first);
        running.again().await;
        let published = running.published().await.expect("two keys");
        assert_eq!(published["keys"][1], first["keys"][0]);
        let token = running.sign(&serde_json::json!({})).await.expect("a token");
        let set = baton_oauth::jws::KeySet::read(&serde_json::json!({"keys": [published["keys"][0]]}).to_string());
        assert!(set.expect("a key").verify(&token));
        fs::write(&path, "nonsense").expect("the folder is ours");
        running.again().await;
        assert_eq!(running.published().await.expect("the keys from before"), published);
    }
}

//! Connections that read, and where the reading is done.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::{sync::Semaphore, task};

use super::connect;
use crate::StoreError;

/// How many are kept when nobody reads.
const IDLE_MAX: usize = 8;
/// How many long questions may be answered at once.
const ASIDE_MAX: usize = 4;

/// Connections for questions. Each answer is one statement, so each is one snapshot.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    aside: Semaphore,
}

impl Readers {
    /// Opens the first one, so that a database that cannot be read is noticed now.
    pub(crate) fn open(path: PathBuf) -> Result<Arc<Readers>, StoreError> {
        let first = connect::reader(&path)?;
        Ok(Arc::new(Readers { path, idle: Mutex::new(vec![first]), aside: Semaphore::new(ASIDE_MAX) }))
    }

    /// Answers a short question here and now. It takes some tens of microseconds, less than to wake another thread.
    pub(crate) fn now<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let taken = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match taken {
            Some(connection) => connection,
            None => connect::reader(&self.path)?,
        };
        let answer = ask(&connection);
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(connection);
        }
        answer
    }

    /// Answers a question that may look at many rows, on a thread where it delays no one.
    pub(super) async fn aside<T: Send + 'static>(
        self: Arc<Self>,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let this = Arc::clone(&self);
        let _place = self.aside.acquire().await.map_err(|_| StoreError::Bug("a closed semaphore".into()))?;
        let asked = task::spawn_blocking(move || this.now(ask)).await;
        asked.map_err(|_| StoreError::Bug("a question that did not end".into()))?
    }
}

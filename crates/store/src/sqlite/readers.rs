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
    aside: Arc<Semaphore>,
}

impl Readers {
    /// Opens the first one, so that a database that cannot be read is noticed now.
    pub(crate) fn open(path: PathBuf) -> Result<Arc<Readers>, StoreError> {
        let first = connect::reader(&path)?;
        Ok(Arc::new(Readers { path, idle: Mutex::new(vec![first]), aside: Arc::new(Semaphore::new(ASIDE_MAX)) }))
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

    /// Answers a question that may look at many rows, on a thread where it delays no one. Its place belongs to the thread: that goes
    /// on when nobody waits for the answer any more.
    pub(super) async fn aside<T: Send + 'static>(
        self: Arc<Self>,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let this = Arc::clone(&self);
        let place = Arc::clone(&self.aside).acquire_owned().await;
        let place = place.map_err(|_| StoreError::Bug("a closed semaphore".into()))?;
        let asked = task::spawn_blocking(move || {
            let _place = place;
            this.now(ask)
        });
        let asked = asked.await;
        asked.map_err(|_| StoreError::Bug("a question that did not end".into()))?
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use tokio::time::timeout;

    use super::{ASIDE_MAX, Arc, Readers, connect};
    use crate::seal::Care;

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_any_more_keeps_its_place_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("baton.db");
        drop(connect::writer(&path, Care::Full).unwrap());
        let readers = Readers::open(path).unwrap();
        let (begun, begins) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let asked = Arc::clone(&readers).aside(move |_| {
            begun.send(()).unwrap();
            Ok(ended.recv().is_ok())
        });
        assert!(timeout(Duration::from_millis(1), asked).await.is_err());
        begins.recv().unwrap();
        assert_eq!(readers.aside.available_permits(), ASIDE_MAX - 1);
        end.send(()).unwrap();
        let all = readers.aside.acquire_many(ASIDE_MAX as u32).await;
        assert!(all.is_ok());
    }
}

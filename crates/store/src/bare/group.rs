//! Group commit of the yardsticks: one thread that writes what waits in one transaction.

use std::{
    path::Path,
    sync::mpsc,
    thread::{Builder, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::unavailable;
use crate::{
    StoreError,
    sqlite::{LOG_PAGES_MAX, PAGE_BYTES, WRITER_CACHE_KIB},
};

/// How many batches are written in one transaction at most; as the store has it.
const GROUP_MAX: usize = 256;

/// Writes the rows of one request.
pub(super) type Write<R> = fn(&Connection, &R) -> rusqlite::Result<()>;

struct Job<R> {
    rows: R,
    done: oneshot::Sender<bool>,
}

/// The way to the thread. When it is dropped what waits is written, and the file is closed.
pub(super) struct Group<R> {
    queue: Option<mpsc::Sender<Job<R>>>,
    thread: Option<JoinHandle<()>>,
}

impl<R: Send + 'static> Group<R> {
    /// Opens a database with the store's settings (page size, write-ahead log, full durability) and starts the thread.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(super) fn open(path: &Path, schema: &str, write: Write<R>) -> Result<Group<R>, StoreError> {
        let connection = Connection::open(path).map_err(unavailable)?;
        // the store's own numbers, so that the two cannot drift apart
        connection
            .execute_batch(&format!(
                "PRAGMA page_size = {PAGE_BYTES};
                 PRAGMA journal_mode = WAL;
                 PRAGMA synchronous = FULL;
                 PRAGMA cache_size = -{WRITER_CACHE_KIB};
                 PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX};
                 {schema}",
            ))
            .map_err(unavailable)?;
        let (queue, jobs) = mpsc::channel();
        let thread = Builder::new().name("bare-writer".into()).spawn(move || write_all(&connection, &jobs, write));
        let thread = thread.map_err(|_| StoreError::Unavailable("no thread can be started".into()))?;
        Ok(Group { queue: Some(queue), thread: Some(thread) })
    }

    /// Has rows written; ready when they are durable.
    ///
    /// # Errors
    /// When they could not be written.
    pub(super) async fn write(&self, rows: R) -> Result<(), StoreError> {
        let (done, durable) = oneshot::channel();
        let failed = || StoreError::Unavailable("the rows could not be written".into());
        let queue = self.queue.as_ref().ok_or_else(failed)?;
        queue.send(Job { rows, done }).map_err(|_| failed())?;
        if durable.await == Ok(true) { Ok(()) } else { Err(failed()) }
    }
}

impl<R> Drop for Group<R> {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // a panic there has been printed already
            let _ = thread.join();
        }
    }
}

fn write_all<R>(connection: &Connection, jobs: &mpsc::Receiver<Job<R>>, write: Write<R>) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(GROUP_MAX - 1));
        let is_written = write_group(connection, &group, write).is_ok();
        for job in group {
            // the other side may have gone away
            let _ = job.done.send(is_written);
        }
    }
}

fn write_group<R>(connection: &Connection, group: &[Job<R>], write: Write<R>) -> rusqlite::Result<()> {
    // dropped without a commit it is rolled back
    let transaction = connection.unchecked_transaction()?;
    group.iter().try_for_each(|job| write(connection, &job.rows))?;
    transaction.commit()
}

//! Moves the log into the database, beside the writer as far as possible.
//!
//! A second thread copies pages while the writer goes on. Since the log grows meanwhile, it never catches up with a
//! busy writer, and a log is only begun anew when all of it was moved. So the writer itself moves the last few pages.
//!
//! After an erasure the log is emptied, since it may still hold pages with what was erased. That needs a moment in which
//! nobody writes or reads what is in the log, so the second thread tries until there is one.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{Builder, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use super::{
    connect,
    error::{fault, is_disk_failure},
    group::end_process_after_failed_flush,
};
use crate::StoreError;

/// 64 MB: the longer the log, the more often a page is overwritten in it before it is moved, and moved once.
pub(crate) const LOG_PAGES_MAX: u32 = 16_384;
/// What the writer may move itself: some milliseconds.
const REST_PAGES_MAX: i64 = 1024;
/// How often the second thread tries to get near the end of the log.
const ROUNDS_MAX: u32 = 4;
/// When it is tried again to empty the log.
const EMPTY_AGAIN: Duration = Duration::from_millis(200);

/// The writer's side.
pub(super) struct Checkpointer {
    /// Pages in the log after the last commit.
    log_pages: Arc<AtomicU32>,
    /// Whether the second thread has moved nearly all.
    nearly_done: Arc<AtomicBool>,
    /// Whether the log is still to be emptied.
    is_to_be_emptied: Arc<AtomicBool>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    /// Starts the second thread. From now on the connection does not checkpoint by itself.
    pub(super) fn start(path: &Path, writer: &mut Connection) -> Result<Checkpointer, StoreError> {
        let (log_pages, nearly_done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let counter = Arc::clone(&log_pages);
        let count = move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            counter.store(u32::try_from(pages).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(count)).map_err(fault)?;
        let connection = connect::checkpointer(path)?;
        let (wake, woken) = sync_channel(1);
        let (done, is_to_be_emptied) = (Arc::clone(&nearly_done), Arc::new(AtomicBool::new(false)));
        let empty = Arc::clone(&is_to_be_emptied);
        let thread = Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || move_logs(&connection, &woken, &done, &empty))
            .map_err(|_| StoreError::Unavailable("no thread can be started".into()))?;
        Ok(Checkpointer { log_pages, nearly_done, is_to_be_emptied, wake: Some(wake), thread: Some(thread) })
    }

    /// Has the log emptied soon.
    pub(super) fn empty_log(&self) {
        self.is_to_be_emptied.store(true, Ordering::Release);
        if let Some(wake) = &self.wake {
            let _ = wake.try_send(());
        }
    }

    /// To be called by the writer between two transactions.
    pub(super) fn after_commit(&mut self, writer: &Connection) {
        if self.nearly_done.swap(false, Ordering::Acquire) {
            move_log(writer);
            // Wait for the next commit to say how long the log is now.
            self.log_pages.store(0, Ordering::Relaxed);
        } else if self.log_pages.load(Ordering::Relaxed) >= LOG_PAGES_MAX
            && let Some(wake) = &self.wake
        {
            // When it is full the thread is at work already.
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn move_logs(connection: &Connection, woken: &Receiver<()>, nearly_done: &AtomicBool, empty: &AtomicBool) {
    while wait(woken, empty) {
        if empty.swap(false, Ordering::AcqRel) {
            move_log(connection);
            if !empty_log(connection) {
                empty.store(true, Ordering::Release);
            }
            continue;
        }
        for _ in 0..ROUNDS_MAX {
            if move_log(connection) <= REST_PAGES_MAX {
                break;
            }
        }
        nearly_done.store(true, Ordering::Release);
        // What was asked meanwhile is answered by this.
        while woken.try_recv().is_ok() {}
    }
}

/// Waits until there is something to do. False when there never will be.
fn wait(woken: &Receiver<()>, empty: &AtomicBool) -> bool {
    if empty.load(Ordering::Acquire) {
        return woken.recv_timeout(EMPTY_AGAIN) != Err(RecvTimeoutError::Disconnected);
    }
    woken.recv().is_ok()
}

/// Moves the whole log, and makes it a file without a byte. False when somebody still needs it.
fn empty_log(connection: &Connection) -> bool {
    match connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)) {
        Ok(busy) => busy == 0,
        Err(error) if is_disk_failure(&error) => end_process_after_failed_flush(&fault(error)),
        Err(_) => false,
    }
}

/// Moves what can be moved without waiting for anybody, and tells how many pages of the log are left.
fn move_log(connection: &Connection) -> i64 {
    let counts = connection
        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)));
    match counts {
        Ok((log, moved)) => log - moved,
        Err(error) if is_disk_failure(&error) => end_process_after_failed_flush(&fault(error)),
        // Another program moves it, or reads: the next time will do.
        Err(_) => 0,
    }
}

//! The one thread that writes.

use std::{
    path::Path,
    sync::{Arc, mpsc as blocking},
    thread::{Builder, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::{
    checkpoint::Checkpointer,
    chore::Doing,
    connect,
    group::{Groups, Trouble},
    job::{Job, Reply, Work},
    seal,
};
use crate::{StoreError, seal::Keys};

/// How many wait at most before the next one has to wait for a place in the queue.
const QUEUE_MAX: usize = 1024;
/// How many are written in one transaction at most.
const GROUP_MAX: usize = 256;
/// A transaction takes no more once it writes about that much.
const GROUP_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The way to the thread. When it is dropped the thread ends what waits, closes the file and is gone.
pub(super) struct Writer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(path: &Path, keys: Arc<Keys>) -> Result<Writer, StoreError> {
        let mut connection = connect::writer(path, keys.care())?;
        seal::finish(&connection, &keys)?;
        let checkpointer = Checkpointer::start(path, &mut connection)?;
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let (started, start) = blocking::channel();
        let thread = Builder::new()
            .name("store-writer".into())
            .spawn(move || run(connection, keys, checkpointer, jobs, &started))
            .map_err(|_| StoreError::Unavailable("no thread can be started".into()))?;
        start.recv().map_err(|_| StoreError::Bug("the writer did not start".into()))??;
        Ok(Writer { queue: Some(queue), thread: Some(thread) })
    }

    /// Has something done, and waits until it is durable.
    pub(super) async fn ask<T>(&self, work: impl FnOnce(Reply<T>) -> Work) -> Result<T, StoreError> {
        let ended = || StoreError::Bug("the writer has ended".into());
        let (to, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or_else(ended)?;
        queue.send(Job::new(work(Reply::new(to)))).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

impl Writer {
    /// Has something rare done.
    pub(super) async fn chore<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|reply| Work::Chore(Box::new(Doing { work, reply }))).await
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic there has been printed already.
            let _ = thread.join();
        }
    }
}

fn run(
    connection: Connection,
    keys: Arc<Keys>,
    mut checkpointer: Checkpointer,
    mut jobs: mpsc::Receiver<Job>,
    started: &blocking::Sender<Result<(), StoreError>>,
) {
    let mut groups = match Groups::prepare(&connection, Arc::clone(&keys)) {
        Ok(groups) => groups,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    let _ = started.send(Ok(()));
    let mut group = Vec::new();
    loop {
        if group.is_empty() {
            let Some(job) = jobs.blocking_recv() else { return };
            group.push(job);
        }
        gather(&mut group, &mut jobs);
        group = groups.write(group);
        if groups.take_erased() && keys.care().overwrites() {
            checkpointer.empty_log();
        }
        checkpointer.after_commit(&connection);
    }
}

/// Takes what waits, up to the limits of a group.
fn gather(group: &mut Vec<Job>, jobs: &mut mpsc::Receiver<Job>) {
    let mut bytes: usize = group.iter().map(Job::bytes).sum();
    while group.len() < GROUP_MAX && bytes < GROUP_BYTES_MAX {
        let Ok(job) = jobs.try_recv() else { return };
        bytes += job.bytes();
        group.push(job);
    }
}

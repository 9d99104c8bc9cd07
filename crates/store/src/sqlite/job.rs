//! What waits for the writer, and for how long.

use std::time::{Duration, Instant};

use baton_exchange::{
    id::{NoticeId, PartnerId},
    notice::{Attempted, Lease, LeaseToken},
    time::Timestamp,
};
use tokio::sync::oneshot;

use super::chore::Chore;
use crate::{Committed, StoreError, batch::Packed, seal};

/// How long a write waits for another program that holds the write lock.
const WAIT: Duration = Duration::from_secs(4);
/// How long the question whether the store can be written waits for it.
const PROBE_WAIT: Duration = Duration::from_secs(1);

/// Where an answer goes, and the answer while it waits for the commit.
pub(super) struct Reply<T> {
    to: oneshot::Sender<Result<T, StoreError>>,
    answer: Option<T>,
}

impl<T> Reply<T> {
    pub(super) fn new(to: oneshot::Sender<Result<T, StoreError>>) -> Reply<T> {
        Reply { to, answer: None }
    }

    /// Sets the answer, to be sent when it is durable.
    pub(super) fn set(&mut self, answer: T) {
        self.answer = Some(answer);
    }

    /// Whether the one who asked has gone.
    pub(super) fn is_abandoned(&self) -> bool {
        self.to.is_closed()
    }

    /// Nobody minds when the one who asked has gone.
    pub(super) fn send(self) {
        let answer = self.answer.ok_or_else(|| StoreError::Bug("a write without an answer".into()));
        let _ = self.to.send(answer);
    }

    pub(super) fn fail(self, error: StoreError) {
        let _ = self.to.send(Err(error));
    }
}

/// Something that only the writer does.
pub(super) enum Work {
    Commit(Packed, Reply<Committed>),
    Lease(LeaseQuestion, Reply<Vec<Lease>>),
    Attempted(AttemptReport, Reply<bool>),
    /// Something rare.
    Chore(Box<dyn Chore>),
    /// Does nothing but hold the write lock for a moment.
    Probe(Reply<()>),
}

/// See [`crate::Store::lease_notices`].
pub(super) struct LeaseQuestion {
    pub(super) partner: PartnerId,
    pub(super) now: Timestamp,
    pub(super) until: Timestamp,
    pub(super) limit: u32,
}

/// See [`crate::Store::attempted`].
pub(super) struct AttemptReport {
    pub(super) notice: NoticeId,
    pub(super) token: LeaseToken,
    pub(super) outcome: Attempted,
}

/// Work in the queue.
pub(super) struct Job {
    pub(super) work: Work,
    /// When it gives up waiting for the write lock.
    pub(super) deadline: Instant,
}

impl Job {
    pub(super) fn new(work: Work) -> Job {
        let wait = match work {
            Work::Commit(..) | Work::Lease(..) | Work::Attempted(..) | Work::Chore(..) => WAIT,
            Work::Probe(..) => PROBE_WAIT,
        };
        Job { work, deadline: Instant::now() + wait }
    }

    /// About how much it writes.
    pub(super) fn bytes(&self) -> usize {
        match &self.work {
            Work::Commit(packed, _) => packed.bytes,
            Work::Lease(..) | Work::Attempted(..) | Work::Chore(..) | Work::Probe(..) => 0,
        }
    }

    /// Whether keys may have to be destroyed when it is written.
    pub(super) fn may_retire_keys(&self) -> bool {
        match &self.work {
            Work::Commit(packed, _) => seal::may_retire(packed),
            Work::Lease(..) | Work::Attempted(..) | Work::Chore(..) | Work::Probe(..) => false,
        }
    }

    /// Whether the one who asked has gone before it was begun.
    pub(super) fn is_abandoned(&self) -> bool {
        match &self.work {
            Work::Commit(_, reply) => reply.to.is_closed(),
            Work::Lease(_, reply) => reply.to.is_closed(),
            Work::Attempted(_, reply) => reply.to.is_closed(),
            Work::Chore(chore) => chore.is_abandoned(),
            Work::Probe(reply) => reply.to.is_closed(),
        }
    }

    /// Sends the answer that was set.
    pub(super) fn answer(self) {
        match self.work {
            Work::Commit(_, reply) => reply.send(),
            Work::Lease(_, reply) => reply.send(),
            Work::Attempted(_, reply) => reply.send(),
            Work::Chore(chore) => chore.answer(),
            Work::Probe(reply) => reply.send(),
        }
    }

    /// Says that it could not be done.
    pub(super) fn fail(self, error: StoreError) {
        match self.work {
            Work::Commit(_, reply) => reply.fail(error),
            Work::Lease(_, reply) => reply.fail(error),
            Work::Attempted(_, reply) => reply.fail(error),
            Work::Chore(chore) => chore.fail(error),
            Work::Probe(reply) => reply.fail(error),
        }
    }

    /// Ends a commit that found a row in its place.
    pub(super) fn outdated(self) {
        match self.work {
            Work::Commit(_, mut reply) => {
                reply.set(Committed::Outdated);
                reply.send();
            }
            Work::Lease(..) | Work::Attempted(..) | Work::Chore(..) | Work::Probe(..) => {
                self.fail(StoreError::Bug("a conflict where nothing new is written".into()));
            }
        }
    }
}

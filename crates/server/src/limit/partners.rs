//! What each partner may ask for: how often, how much at once, and how much memory its bodies may take.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use baton_exchange::{id::PartnerId, time::Timestamp};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{
    Wait,
    bucket::{Bucket, Rate},
};

/// All partners. There are as many as are registered.
pub(super) struct Partners {
    rate: Rate,
    turns: usize,
    wait: Duration,
    kib_max: u32,
    shares: Mutex<HashMap<PartnerId, Arc<Share>>>,
}

/// What is left for one of them.
struct Share {
    bucket: Mutex<Bucket>,
    turns: Arc<Semaphore>,
    /// In KiB.
    memory: Arc<Semaphore>,
}

/// A request of a partner that is worked on, as long as this lives.
pub struct Turn(#[expect(dead_code, reason = "it is given back when it is dropped")] OwnedSemaphorePermit);

impl Partners {
    pub(super) fn new(rate: Rate, turns: usize, wait: Duration, kib_max: u32) -> Partners {
        Partners { rate, turns, wait, kib_max, shares: Mutex::default() }
    }

    fn share(&self, partner: &PartnerId, now: Timestamp) -> Arc<Share> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(share) = shares.get(partner) {
            return share.clone();
        }
        let kib = usize::try_from(self.kib_max).unwrap_or(Semaphore::MAX_PERMITS);
        let share = Arc::new(Share {
            bucket: Mutex::new(Bucket::new(self.rate, now)),
            turns: Arc::new(Semaphore::new(self.turns.min(Semaphore::MAX_PERMITS))),
            memory: Arc::new(Semaphore::new(kib)),
        });
        shares.entry(partner.clone()).or_insert(share).clone()
    }

    /// Counts a request, and waits for its turn.
    pub(super) async fn turn(&self, partner: &PartnerId, now: Timestamp) -> Result<Turn, Wait> {
        let share = self.share(partner, now);
        share.bucket.lock().unwrap_or_else(PoisonError::into_inner).take(self.rate, now)?;
        match timeout(self.wait, share.turns.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            // turns come one after the other and quickly; the semaphore is never closed
            Ok(Err(_)) | Err(_) => Err(Wait(Duration::from_secs(1))),
        }
    }

    /// Takes memory for a body. One that is larger than a whole share may have all of it.
    pub(super) fn memory(&self, partner: &PartnerId, kib: u32) -> Option<OwnedSemaphorePermit> {
        let share = self.share(partner, Timestamp(0));
        share.memory.clone().try_acquire_many_owned(kib.min(self.kib_max)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, PartnerId, Partners, Rate, Timestamp};

    const NOW: Timestamp = Timestamp(1_768_487_400_000_000);

    fn partners(burst: u32) -> Partners {
        Partners::new(Rate { per_sec: 1, burst }, 2, Duration::from_secs(5), 100)
    }

    fn ids() -> [PartnerId; 2] {
        ["greedy".into(), "polite".into()]
    }

    /// Threat: T90
    #[tokio::test]
    async fn a_partner_is_refused_for_its_own_requests_alone() {
        let (partners, [greedy, polite]) = (partners(2), ids());
        for _ in 0..2 {
            assert!(partners.turn(&greedy, NOW).await.is_ok());
        }
        assert!(partners.turn(&greedy, NOW).await.is_err());
        assert!(partners.turn(&polite, NOW).await.is_ok());
    }

    /// Threat: T90
    #[tokio::test(start_paused = true)]
    async fn more_than_may_be_worked_on_at_once_wait_and_are_refused_when_no_turn_comes() {
        let (partners, [greedy, polite]) = (partners(100), ids());
        let (first, second) = (partners.turn(&greedy, NOW).await, partners.turn(&greedy, NOW).await);
        assert!(first.is_ok() && second.is_ok());
        let began = tokio::time::Instant::now();
        assert!(partners.turn(&greedy, NOW).await.is_err());
        assert_eq!(began.elapsed().as_secs(), 5, "so long it waited");
        assert!(partners.turn(&polite, NOW).await.is_ok());
        drop(first);
        assert!(partners.turn(&greedy, NOW).await.is_ok());
    }

    /// Threat: T90
    #[test]
    fn bodies_of_a_partner_take_its_share_of_memory_and_no_more() {
        let (partners, [greedy, polite]) = (partners(100), ids());
        let most = partners.memory(&greedy, 99);
        assert!(most.is_some());
        assert!(partners.memory(&greedy, 2).is_none());
        assert!(partners.memory(&polite, 100).is_some());
        let last = partners.memory(&greedy, 1);
        assert!(last.is_some());
        drop((most, last));
        assert!(partners.memory(&greedy, 1_000_000).is_some(), "a body that is larger than the share comes alone");
    }
}

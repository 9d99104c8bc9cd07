//! How the workers learn that there is something to do before they would look by themselves.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// How often the store is asked, since another process may have written a notice, or died with one.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A bell, and the moment for which it is set.
#[derive(Debug, Default)]
pub struct Wake {
    bell: Notify,
    next: Mutex<Option<Instant>>,
}

impl Wake {
    /// Something is due now.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Something will be due after that time. Only the earliest counts: the others are found when that one is.
    pub(super) fn ring_after(&self, time: Duration) {
        if time >= LOOK_EVERY {
            return;
        }
        let moment = Instant::now() + time;
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if next.is_none_or(|earlier| moment < earlier) {
            *next = Some(moment);
            drop(next);
            self.ring();
        }
    }

    /// Waits until something may be due.
    pub(super) async fn wait(&self) {
        let look = Instant::now() + LOOK_EVERY;
        let set = *self.next.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::select! {
            // it may ring only to be set earlier: a round too many does no harm
            () = self.bell.notified() => {}
            () = tokio::time::sleep_until(set.map_or(look, |moment| moment.min(look))) => {
                *self.next.lock().unwrap_or_else(PoisonError::into_inner) = None;
            }
        }
    }
}

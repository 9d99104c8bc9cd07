//! How one partner's endpoint is doing, so that a dead one costs little and one that comes back is not run over.

use super::{Chance, Endpoint, Pace};
use crate::time::Timestamp;

/// So many failures in a row are bad luck; more are an outage.
const FAILURES_OF_LUCK: u32 = 2;
/// The longest time, in microseconds, for which an endpoint in an outage is left alone between two attempts: how long it may
/// take until somebody notices that it is back.
const PAUSE_MAX: i64 = 30 * 1_000_000;
/// The same for one that says that it is gone.
const GONE_PAUSE: i64 = 300 * 1_000_000;

/// What the last attempts to one partner say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    failures: u32,
    closed_until: Option<Timestamp>,
}

impl Health {
    /// Whether the next notice may be tried now.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.closed_until.is_none_or(|until| until <= now)
    }

    /// When it may be tried next, if not now.
    #[must_use]
    pub fn closed_until(&self) -> Option<Timestamp> {
        self.closed_until
    }

    /// Whether it is in an outage: then one attempt at a time is enough.
    #[must_use]
    pub fn is_ailing(&self) -> bool {
        self.failures > FAILURES_OF_LUCK
    }

    /// What is known after one more attempt.
    #[must_use]
    pub fn after(self, endpoint: Endpoint, now: Timestamp, pace: &Pace, chance: Chance) -> Health {
        let not_before = match endpoint {
            Endpoint::Well => return Health::default(),
            Endpoint::Gone => Some(Timestamp(now.0.saturating_add(GONE_PAUSE))),
            Endpoint::Ailing(not_before) => not_before,
        };
        let failures = self.failures.saturating_add(1);
        let pace = Pace { cap: pace.cap.min(PAUSE_MAX), ..*pace };
        let ours = (failures > FAILURES_OF_LUCK).then(|| pace.again(failures, now, chance));
        Health { failures, closed_until: not_before.max(ours) }
    }
}

//! A token bucket: so many requests at once, and so many more with each second.

use std::time::Duration;

use baton_exchange::time::Timestamp;

use super::Wait;

/// One request, in the unit that buckets count in: what one request each second gives in a microsecond.
const REQUEST: u64 = 1_000_000;

/// How often something may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rate {
    /// In the long run.
    pub(super) per_sec: u32,
    /// At once, after a rest.
    pub(super) burst: u32,
}

impl Rate {
    fn full(self) -> u64 {
        u64::from(self.burst) * REQUEST
    }
}

/// What is left of a rate.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    left: u64,
    at: Timestamp,
}

impl Bucket {
    /// One of which nothing was taken.
    pub(super) fn new(rate: Rate, now: Timestamp) -> Bucket {
        Bucket { left: rate.full(), at: now }
    }

    /// Takes one request out.
    ///
    /// # Errors
    /// How long until there is one again.
    pub(super) fn take(&mut self, rate: Rate, now: Timestamp) -> Result<(), Wait> {
        self.fill(rate, now);
        match self.left.checked_sub(REQUEST) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(Wait(Duration::from_micros((REQUEST - self.left).div_ceil(u64::from(rate.per_sec))))),
        }
    }

    /// Whether one could be taken out.
    ///
    /// # Errors
    /// As [`Bucket::take`].
    pub(super) fn look(mut self, rate: Rate, now: Timestamp) -> Result<(), Wait> {
        self.take(rate, now)
    }

    /// Whether it is as good as a new one, so that it need not be remembered.
    pub(super) fn is_full(&mut self, rate: Rate, now: Timestamp) -> bool {
        self.fill(rate, now);
        self.left == rate.full()
    }

    /// A clock that was set back fills nothing, and from then on it counts as ever: nobody waits for the old time.
    fn fill(&mut self, rate: Rate, now: Timestamp) {
        let micros = u64::try_from(now.0.saturating_sub(self.at.0)).unwrap_or(0);
        let more = micros.saturating_mul(u64::from(rate.per_sec));
        self.left = self.left.saturating_add(more).min(rate.full());
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use super::{Bucket, Duration, Rate, Timestamp, Wait};

    const RATE: Rate = Rate { per_sec: 10, burst: 3 };

    fn at(millis: i64) -> Timestamp {
        Timestamp(1_768_487_400_000_000 + millis * 1000)
    }

    #[track_caller]
    fn check_taken(bucket: &mut Bucket, millis: i64, times: u32) {
        for _ in 0..times {
            assert_eq!(bucket.take(RATE, at(millis)), Ok(()));
        }
        assert!(bucket.take(RATE, at(millis)).is_err(), "one more than {times}");
    }

    #[test]
    fn a_burst_is_let_through_and_one_over_it_is_not() {
        check_taken(&mut Bucket::new(RATE, at(0)), 0, 3);
    }

    #[test]
    fn who_is_refused_hears_when_to_come_back() {
        let mut bucket = Bucket::new(RATE, at(0));
        check_taken(&mut bucket, 0, 3);
        assert_eq!(bucket.take(RATE, at(30)), Err(Wait(Duration::from_millis(70))));
        assert!(bucket.take(RATE, at(99)).is_err());
        assert_eq!(bucket.take(RATE, at(100)), Ok(()));
    }

    #[test]
    fn time_gives_back_no_more_than_a_burst() {
        let mut bucket = Bucket::new(RATE, at(0));
        check_taken(&mut bucket, 0, 3);
        check_taken(&mut bucket, 200, 2);
        assert!(!bucket.is_full(RATE, at(499)));
        assert!(bucket.is_full(RATE, at(500)));
        check_taken(&mut bucket, 3_600_000, 3);
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let mut bucket = Bucket::new(RATE, at(0));
        check_taken(&mut bucket, 0, 3);
        check_taken(&mut bucket, -3_600_000, 0);
        check_taken(&mut bucket, -3_600_000 + 100, 1);
    }
}

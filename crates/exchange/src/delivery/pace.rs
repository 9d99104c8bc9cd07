//! How fast attempts follow each other: exponentially slower, and never all at the same moment.

use crate::time::Timestamp;

/// A roll of the dice: from 0 to just under 1, in parts of 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chance(pub u32);

impl Chance {
    /// A random part of a number.
    #[must_use]
    pub fn of(self, whole: i64) -> i64 {
        let part = (i128::from(whole) * i128::from(self.0)) >> 32;
        i64::try_from(part).unwrap_or(whole)
    }
}

/// The settings of `[delivery]`, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The longest time between the first attempt and the second.
    pub first: i64,
    /// The longest time between any two attempts.
    pub cap: i64,
    /// How long attempts are made after a notice was due.
    pub give_up: i64,
}

impl Pace {
    /// When to try again after so many failures in a row: a random moment up to twice as late each time ("full jitter"), so
    /// that a thousand notices that failed together do not come back together.
    #[must_use]
    pub fn again(&self, failures: u32, now: Timestamp, chance: Chance) -> Timestamp {
        let doubled = i128::from(self.first) << failures.saturating_sub(1).min(62);
        let longest = i64::try_from(doubled).unwrap_or(i64::MAX).min(self.cap);
        Timestamp(now.0.saturating_add(chance.of(longest)))
    }

    /// When a notice that was due at a moment is given up.
    #[must_use]
    pub fn end(&self, due: Timestamp) -> Timestamp {
        Timestamp(due.0.saturating_add(self.give_up))
    }
}

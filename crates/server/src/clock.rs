//! The time and chance of the machine, in one place, so that tests can have their own.

mod guard;
mod mark;

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use baton_exchange::time::Timestamp;

use guard::Guard;
pub use mark::{Trust, beside, guarded, keep, put_down, put_down_last};

/// What to do when it was the later of two times that was wrong.
pub(crate) const WAY_BACK: &str =
    "stop all servers on this database and start one of them once with `baton serve --accept-clock`";

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Told);

#[derive(Clone)]
enum Told {
    Plain(Arc<dyn Fn() -> Timestamp + Send + Sync>),
    Guarded(Arc<Guard>),
}

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn of_machine() -> Clock {
        Clock::of(|| {
            let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
        })
    }

    /// A clock that tells what a function says.
    #[must_use]
    pub fn of(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock(Told::Plain(Arc::new(tell)))
    }

    /// The same clock, but never earlier than it was once, nor than `mark`.
    #[must_use]
    fn guarded(self, mark: Timestamp) -> Clock {
        let begin = Instant::now();
        let guard = Guard::new(move || self.now(), move || begin.elapsed(), mark);
        Clock(Told::Guarded(Arc::new(guard)))
    }

    /// By how much the machine's clock is earlier than it was once.
    #[must_use]
    pub fn behind(&self) -> Duration {
        match &self.0 {
            Told::Plain(_) => Duration::ZERO,
            Told::Guarded(guard) => guard.behind(),
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Told::Plain(tell) => tell(),
            Told::Guarded(guard) => guard.now(),
        }
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// A new UUID that says nothing about when it was made.
#[must_use]
pub fn random_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// A new UUID that sorts after earlier ones.
#[must_use]
pub fn ordered_id() -> [u8; 16] {
    uuid::Uuid::now_v7().into_bytes()
}

/// Bytes that nobody can guess.
#[must_use]
pub fn chance() -> [u8; 10] {
    let mut chance = [0; 10];
    // the version and variant of a UUID are no chance; the locator sets the first bits of these bytes itself
    chance.copy_from_slice(&uuid::Uuid::new_v4().into_bytes()[6..]);
    chance
}

//! The time and chance of the machine, in one place, so that tests can have their own.

use std::{sync::Arc, time::SystemTime};

use baton_exchange::time::Timestamp;

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

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
        Clock(Arc::new(tell))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
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

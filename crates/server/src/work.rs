//! Work on one request: where it is done, and how much of it at once.

use tokio::sync::SemaphorePermit;

use crate::{app::App, failure::Failure};

/// From this size on a body is read and checked beside the threads that serve connections.
pub const LARGE_BYTES: usize = 256 * 1024;

/// The smallest share of memory that a body is counted with, in KiB: its tree and its answer take room, too.
const SHARE_KIB_MIN: usize = 256;
/// As how much a larger one counts for which others wait: more than all places would be waited for in vain.
const WAITING_KIB_MAX: usize = 64 * 1024;

/// A place among the bodies in work, as large as the body may become.
///
/// # Errors
/// [`Failure::Busy`] when there is none.
pub fn place(app: &App, size: usize) -> Result<SemaphorePermit<'_>, Failure> {
    let kib = u32::try_from((size / 1024).max(SHARE_KIB_MIN)).map_err(|_| Failure::Busy)?;
    app.places.try_acquire_many(kib).map_err(|_| Failure::Busy)
}

/// The same, for what nobody waits for at the other end: it comes when there is room.
///
/// # Errors
/// [`Failure::Busy`] when the server ends.
pub async fn wait_for_place(app: &App, size: usize) -> Result<SemaphorePermit<'_>, Failure> {
    let kib = u32::try_from((size / 1024).clamp(SHARE_KIB_MIN, WAITING_KIB_MAX)).map_err(|_| Failure::Busy)?;
    app.places.acquire_many(kib).await.map_err(|_| Failure::Busy)
}

/// Does work that takes the processor for long on a thread of its own.
///
/// # Errors
/// [`Failure::Bug`] when it panics there.
pub async fn aside<T: Send + 'static>(large: bool, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    if !large {
        return Ok(work());
    }
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Failure::Bug("work on a large body panicked".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{App, Failure, SHARE_KIB_MIN, place};
    use crate::{
        clock::Clock,
        config::Config,
        egress::{Egress, EgressRules},
    };

    fn app() -> App {
        let config = Config::parse("", "test.toml").expect("an empty configuration is one");
        let egress = Egress::new(EgressRules::default());
        App::new(
            &config,
            "http://localhost",
            Arc::new(baton_store::MemoryStore::default()),
            Clock::of_machine(),
            egress,
            &[0; 32],
        )
    }

    #[test]
    fn without_a_place_a_message_is_refused_at_once() {
        let app = app();
        let taken = app.places.try_acquire_many(512 * 1024 - 300).expect("all are free");
        assert!(matches!(place(&app, 301 * 1024), Err(Failure::Busy)));
        assert!(place(&app, 300 * 1024).is_ok());
        drop(taken);
        assert!(place(&app, 301 * 1024).is_ok());
    }

    #[test]
    fn a_small_message_takes_a_small_place_until_it_is_answered() {
        let app = app();
        let free = app.places.available_permits();
        let place = place(&app, 1).expect("all are free");
        assert_eq!(app.places.available_permits(), free - SHARE_KIB_MIN);
        drop(place);
        assert_eq!(app.places.available_permits(), free);
    }
}

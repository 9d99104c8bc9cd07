//! The latest time that a server ever told, kept in the store: a restart is no way to turn time back. Source: decision 56.

use std::{sync::Arc, time::Duration};

use baton_store::{Mark, Store, StoreError};
use tokio::time::{sleep, timeout};

use super::{Clock, WAY_BACK, guard::SLACK_MICROS};
use crate::{app::App, log::with_sources, start::StartError};

/// How often it is written. A kill may lose as much, and no more than that runs twice.
const MARK_EVERY: Duration = Duration::from_secs(30);

/// How long the last one may take: whoever stops a server does not wait for a store that hangs.
const LAST_TIME: Duration = Duration::from_secs(2);

/// From how much on a clock that is behind is not lived with: tokens that clients sign by their own clocks would all be late.
const BEHIND_SECS: i64 = 24 * 3600;

/// Which of two times is believed, when they are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The later one of machine and database.
    Database,
    /// The machine's, since an operator says that what the database knows came from a clock that was wrong.
    Machine,
}

/// The machine's clock for a server, no earlier than what the store knows.
///
/// # Errors
/// [`StartError::Clock`] when it is more than a day earlier; [`StartError::Store`] when the store does not say.
pub async fn guarded(store: &dyn Store, clock: Clock, trust: Trust) -> Result<Clock, StartError> {
    let now = clock.now();
    let mark = store.clock_mark().await.map_err(StartError::Store)?.unwrap_or(now);
    let behind = mark.0.saturating_sub(now.0);
    if behind <= SLACK_MICROS {
        return Ok(clock.guarded(mark.max(now)));
    }
    let secs = behind / 1_000_000;
    match trust {
        Trust::Machine => {
            store.mark_clock(now, Mark::Replaced).await.map_err(StartError::Store)?;
            tracing::warn!("time is turned back by {secs} s, as --accept-clock says: start without it from now on");
            Ok(clock.guarded(now))
        }
        Trust::Database if secs > BEHIND_SECS => Err(StartError::Clock { hours: secs / 3600 }),
        Trust::Database => {
            warn_behind(secs);
            Ok(clock.guarded(mark))
        }
    }
}

/// The machine's clock for a command beside servers, no earlier than what they told. However far it is behind: to disable an account
/// does not wait for it, and what is written counts with the servers' time.
///
/// # Errors
/// As of any question to the store.
pub async fn beside(store: &dyn Store, clock: Clock) -> Result<Clock, StoreError> {
    let now = clock.now();
    let mark = store.clock_mark().await?.unwrap_or(now);
    let behind = mark.0.saturating_sub(now.0);
    if behind > SLACK_MICROS {
        warn_behind(behind / 1_000_000);
    }
    Ok(clock.guarded(mark.max(now)))
}

fn warn_behind(secs: i64) {
    tracing::warn!(
        "the machine's clock is {secs} s earlier than the latest time that the database knows: time goes on from there, and what \
         clients sign by their own clocks may be expired. Is the clock wrong, set it right; was it that later time, {WAY_BACK}"
    );
}

/// Writes how late it is, again and again.
pub async fn keep(app: Arc<App>) {
    loop {
        sleep(MARK_EVERY).await;
        put_down(&app).await;
    }
}

/// Writes how late it is, as the last thing that a server does.
pub async fn put_down_last(app: &App) {
    if timeout(LAST_TIME, put_down(app)).await.is_err() {
        tracing::warn!("could not write how late it is: the store takes too long");
    }
}

/// Writes how late it is, also before a server serves: one that never runs for long leaves its time behind, too.
pub async fn put_down(app: &App) {
    let marked = async { app.store.mark_clock(app.clock.now(), Mark::Raised).await };
    if let Err(failure) = app.in_time::<(), StoreError>(marked).await {
        tracing::warn!("could not write how late it is: {}", with_sources(&failure));
    }
}

#[cfg(test)]
mod tests {
    use baton_exchange::time::Timestamp;
    use baton_store::MemoryStore;

    use super::{BEHIND_SECS, Clock, Mark, StartError, Store, Trust, beside, guarded};

    const NOW: Timestamp = Timestamp(1_768_487_400_000_000);

    /// What a server tells that starts now, on a store that knows a time that many seconds later.
    async fn told(store: &MemoryStore, behind_secs: i64, trust: Trust) -> Result<Timestamp, StartError> {
        store.mark_clock(NOW.plus_secs(behind_secs), Mark::Raised).await.unwrap();
        guarded(store, Clock::of(|| NOW), trust).await.map(|clock| clock.now())
    }

    /// Threat: T118
    #[tokio::test]
    async fn a_server_starts_no_earlier_than_the_last_one_was() {
        let store = MemoryStore::default();
        assert!(told(&store, BEHIND_SECS, Trust::Database).await.unwrap() >= NOW.plus_secs(BEHIND_SECS));
    }

    #[tokio::test]
    async fn a_clock_that_is_days_behind_is_said_before_anything_is_served() {
        let refused = told(&MemoryStore::default(), BEHIND_SECS + 1, Trust::Database).await.unwrap_err();
        let text = refused.to_string();
        assert!(text.contains("24 hours earlier") && text.contains("--accept-clock"), "{text}");
    }

    #[tokio::test]
    async fn an_operator_says_that_the_later_time_was_wrong_and_then_it_is_forgotten() {
        let store = MemoryStore::default();
        assert_eq!(told(&store, 365 * 24 * 3600, Trust::Machine).await.unwrap(), NOW);
        assert_eq!(told(&store, 0, Trust::Database).await.unwrap(), NOW);
    }

    /// Threat: T118
    #[tokio::test]
    async fn left_in_a_unit_file_it_turns_nothing_back_where_nothing_is_later() {
        let store = MemoryStore::default();
        assert_eq!(told(&store, 1, Trust::Machine).await.unwrap(), NOW.plus_secs(1));
        assert_eq!(store.clock_mark().await.unwrap(), Some(NOW.plus_secs(1)));
        assert_eq!(told(&store, 2, Trust::Machine).await.unwrap(), NOW);
    }

    /// Threat: T118
    #[tokio::test]
    async fn a_command_writes_no_earlier_time_than_servers_told() {
        let store = MemoryStore::default();
        for behind_secs in [60, 365 * 24 * 3600] {
            store.mark_clock(NOW.plus_secs(behind_secs), Mark::Raised).await.unwrap();
            let clock = beside(&store, Clock::of(|| NOW)).await.unwrap();
            assert!(clock.now() >= NOW.plus_secs(behind_secs));
        }
    }
}

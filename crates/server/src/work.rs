//! Work on one request: where it is done, and how much of it at once.

use baton_exchange::id::PartnerId;
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit};

use crate::{app::App, failure::Failure, http::reply::Reply};

/// From this size on a body is read and checked beside the threads that serve connections.
pub const LARGE_BYTES: usize = 256 * 1024;

/// The smallest share of memory that a body is counted with, in KiB: its tree and its answer take room, too.
const SHARE_KIB_MIN: usize = 256;
/// As how much a larger one counts for which others wait: more than all places would be waited for in vain.
const WAITING_KIB_MAX: usize = 64 * 1024;

/// Smaller answers are not counted while a client takes them: the system's own buffers are as large.
const ANSWER_BYTES_MIN: usize = 64 * 1024;

/// Room for a body: of all there is, and of what its sender may take.
pub struct Room {
    _of_all: OwnedSemaphorePermit,
    _of_partner: Option<OwnedSemaphorePermit>,
}

/// A place among the bodies in work, as large as the body may become.
///
/// # Errors
/// [`Failure::Busy`] when there is none, or when the other bodies of that partner have all that is its own.
pub fn place(app: &App, partner: &PartnerId, size: usize) -> Result<Room, Failure> {
    room(app, Some(partner), (size / 1024).max(SHARE_KIB_MIN))
}

/// The same answer, with a place among the bodies in work until the client has taken all of it, however slowly. One that finds none
/// is given up at once: to keep it until there is one would take the memory that there is not.
///
/// # Errors
/// [`Failure::Busy`] when there is none, or when others that are for this partner have all that is its own.
pub fn with_place(app: &App, partner: Option<&PartnerId>, reply: Reply) -> Result<Reply, Failure> {
    let size = reply.bytes();
    if size < ANSWER_BYTES_MIN {
        return Ok(reply);
    }
    Ok(reply.held_with(room(app, partner, size / 1024)?))
}

fn room(app: &App, partner: Option<&PartnerId>, kib: usize) -> Result<Room, Failure> {
    let kib = u32::try_from(kib).map_err(|_| Failure::Busy)?;
    let of_partner = partner.map(|partner| app.limiter.memory(partner, kib).ok_or(Failure::Busy)).transpose()?;
    let of_all = app.places.clone().try_acquire_many_owned(kib).map_err(|_| Failure::Busy)?;
    Ok(Room { _of_all: of_all, _of_partner: of_partner })
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

    use super::{App, Failure, PartnerId, SHARE_KIB_MIN, place};
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
        let (app, partner) = (app(), PartnerId::from("a"));
        let taken = app.places.try_acquire_many(512 * 1024 - 300).expect("all are free");
        assert!(matches!(place(&app, &partner, 301 * 1024), Err(Failure::Busy)));
        assert!(place(&app, &partner, 300 * 1024).is_ok());
        drop(taken);
        assert!(place(&app, &partner, 301 * 1024).is_ok());
    }

    #[test]
    fn a_small_message_takes_a_small_place_until_it_is_answered() {
        let app = app();
        let free = app.places.available_permits();
        let place = place(&app, &PartnerId::from("a"), 1).expect("all are free");
        assert_eq!(app.places.available_permits(), free - SHARE_KIB_MIN);
        drop(place);
        assert_eq!(app.places.available_permits(), free);
    }

    #[tokio::test(start_paused = true)]
    async fn work_has_thirty_seconds_and_no_longer() {
        let app = app();
        let work = async |millis| {
            tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
            Ok::<_, Failure>(())
        };
        assert!(app.in_time(work(29_999)).await.is_ok());
        assert!(matches!(app.in_time(work(30_001)).await, Err(Failure::Deadline(_))));
    }

    /// Threat: T90
    #[test]
    fn bodies_of_one_partner_take_half_of_all_places_and_no_more() {
        let (app, [greedy, polite]) = (app(), ["a", "b"].map(PartnerId::from));
        let taken: Vec<_> = (0..64).map_while(|_| place(&app, &greedy, 10 * 1024 * 1024).ok()).collect();
        assert_eq!(taken.len(), 25, "of 10 MiB each, in 256 MiB");
        assert!(place(&app, &polite, 250 * 1024 * 1024).is_ok());
    }
}

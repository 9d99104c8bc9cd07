//! Work on one request: where it is done, and how much of it at once.

use baton_exchange::id::PartnerId;
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit};

use crate::{
    app::App,
    failure::Failure,
    http::reply::{Accounting, Reply},
};

/// From this size on a body is read and checked beside the threads that serve connections.
pub const LARGE_BYTES: usize = 256 * 1024;

/// The smallest share of memory that a body is counted with, in KiB: its tree and its answer take room, too.
const SHARE_KIB_MIN: usize = 256;
/// As how much a larger one counts for which others wait: more than all places would be waited for in vain.
const WAITING_KIB_MAX: usize = 64 * 1024;

/// How often what is stored is in memory while an answer is made of it: as it is kept, as a tree, as the tree of the answer, and written.
pub const TIMES_KEPT: usize = 4;

/// Smaller answers are not counted while a client takes them: the system's own buffers are as large.
const ANSWER_BYTES_MIN: usize = 64 * 1024;

/// Room for a body: of all there is, and of what its sender may take.
pub struct Room {
    of_all: OwnedSemaphorePermit,
    of_partner: Option<OwnedSemaphorePermit>,
    partner: Option<PartnerId>,
}

impl Room {
    /// Makes it as large as that, where it is not.
    ///
    /// # Errors
    /// [`Failure::Busy`] when there is no more. Then it is as large as before.
    pub fn grow(&mut self, app: &App, size: usize) -> Result<(), Failure> {
        let more = (size / 1024).saturating_sub(self.of_all.num_permits());
        if more == 0 {
            return Ok(());
        }
        let more = room(app, self.partner.as_ref(), more)?;
        self.of_all.merge(more.of_all);
        if let (Some(of_partner), Some(more)) = (&mut self.of_partner, more.of_partner) {
            of_partner.merge(more);
        }
        Ok(())
    }

    /// Gives back what is more than that.
    fn fit(&mut self, size: usize) {
        for permit in [Some(&mut self.of_all), self.of_partner.as_mut()].into_iter().flatten() {
            drop(permit.split(permit.num_permits().saturating_sub(size.div_ceil(1024))));
        }
    }
}

/// A place among the bodies in work, as large as the body may become.
///
/// # Errors
/// [`Failure::Busy`] when there is none, or when the other bodies of that partner have all that is its own.
pub fn place(app: &App, partner: &PartnerId, size: usize) -> Result<Room, Failure> {
    room(app, Some(partner), (size / 1024).max(SHARE_KIB_MIN))
}

/// Room for an answer of that size, before it is made; nothing for a small one.
///
/// # Errors
/// As [`place`].
pub fn place_of_answer(app: &App, partner: &PartnerId, size: usize) -> Result<Option<Room>, Failure> {
    (size >= ANSWER_BYTES_MIN).then(|| place(app, partner, size * TIMES_KEPT)).transpose()
}

/// The same answer, with a place among the bodies in work until the client has taken all of it, however slowly. It is the room in which
/// it was made, where it was made in one. One that finds none is given up at once: to keep it until there is one would take the memory
/// that there is not. Only what was done is told in any case.
///
/// # Errors
/// [`Failure::Busy`] when there is none, or when others that are for this partner have all that is its own.
pub fn with_place(app: &App, partner: Option<&PartnerId>, mut reply: Reply) -> Result<Reply, Failure> {
    let (size, made_in) = (reply.bytes(), reply.room.take());
    if size < ANSWER_BYTES_MIN {
        return Ok(reply);
    }
    let held_in = match made_in {
        None => room(app, partner, size / 1024)?,
        Some(mut room) => {
            if let (Err(failure), Accounting::Shows(_)) = (room.grow(app, size), &reply.accounting) {
                return Err(failure);
            }
            room.fit(size);
            room
        }
    };
    Ok(reply.held_with(held_in))
}

fn room(app: &App, partner: Option<&PartnerId>, kib: usize) -> Result<Room, Failure> {
    let kib = u32::try_from(kib).map_err(|_| Failure::Busy)?;
    let of_partner = partner.map(|partner| app.limiter.memory(partner, kib).ok_or(Failure::Busy)).transpose()?;
    let of_all = app.places.clone().try_acquire_many_owned(kib).map_err(|_| Failure::Busy)?;
    Ok(Room { of_all, of_partner, partner: partner.cloned() })
}

/// The same, for what nobody waits for at the other end: it comes when there is room.
///
/// # Errors
/// [`Failure::Busy`] when the server ends.
pub async fn wait_for_place(app: &App, size: usize) -> Result<SemaphorePermit<'_>, Failure> {
    let kib = u32::try_from((size / 1024).clamp(SHARE_KIB_MIN, WAITING_KIB_MAX)).map_err(|_| Failure::Busy)?;
    app.places.acquire_many(kib).await.map_err(|_| Failure::Busy)
}

/// Does work that takes the processor for long on a thread of its own, when it is the partner's turn: as many such threads as there are
/// processors, so that they do not take those that serve connections. Who names no partner stands in one line.
///
/// # Errors
/// [`Failure::Bug`] when it panics there.
pub async fn aside<T: Send + 'static>(
    app: &App,
    partner: Option<&PartnerId>,
    large: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    if !large {
        return Ok(work());
    }
    let turn = app.large_steps.place(partner.unwrap_or(&PartnerId::from(""))).await;
    let work = move || {
        let _turn = turn;
        work()
    };
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Failure::Bug("work on a large body panicked".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeSet,
        sync::Arc,
        task::{Context, Waker},
    };

    use hyper::StatusCode;

    use super::{Accounting, App, Failure, PartnerId, Reply, SHARE_KIB_MIN, aside, place, place_of_answer, with_place};
    use crate::{
        app::{PARTNER_KIB_MAX, processors},
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
    #[tokio::test]
    async fn work_that_takes_long_waits_for_a_processor_and_short_work_does_not() {
        let (app, [greedy, polite]) = (app(), ["a", "b"].map(PartnerId::from));
        let mut others = Vec::new();
        for _ in 1..processors().get() {
            others.push(app.large_steps.place(&greedy).await);
        }
        assert!(aside(&app, Some(&polite), true, || ()).await.is_ok());
        others.push(app.large_steps.place(&greedy).await);
        let mut long = Box::pin(aside(&app, Some(&polite), true, || ()));
        assert!(long.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(aside(&app, Some(&polite), false, || ()).await.is_ok());
        drop(others);
        assert!(long.await.is_ok());
    }

    #[test]
    fn the_room_of_an_answer_is_had_before_it_is_made() {
        let (app, partner) = (app(), PartnerId::from("a"));
        let free = app.places.available_permits();
        let taken = || free - app.places.available_permits();
        assert!(place_of_answer(&app, &partner, 64 * 1024 - 1).expect("all are free").is_none(), "it is small");
        let room = place_of_answer(&app, &partner, 1024 * 1024).expect("all are free");
        assert_eq!(taken(), 4 * 1024);
        let reply = Reply::with_body(StatusCode::OK, "text/plain", vec![b'a'; 1_100_000]).made_in(room);
        let held = with_place(&app, Some(&partner), reply).expect("it has its room");
        assert_eq!(taken(), 1_100_000_usize.div_ceil(1024), "once it is made it counts as what it is");
        drop(held);
        assert_eq!(taken(), 0);
    }

    #[test]
    fn what_was_done_is_told_however_little_room_is_left_and_nothing_else_is() {
        let (app, partner) = (app(), PartnerId::from("a"));
        for (accounting, is_told) in [(Accounting::Written, true), (Accounting::Shows(BTreeSet::new()), false)] {
            let room = place(&app, &partner, 0).expect("all are free");
            let _others = app.limiter.memory(&partner, PARTNER_KIB_MAX - 256).expect("all are free");
            let reply = Reply::with_body(StatusCode::OK, "text/plain", vec![b'a'; 300 * 1024]);
            let reply = with_place(&app, Some(&partner), reply.accounting(accounting).made_in(room));
            assert_eq!(reply.is_ok(), is_told);
        }
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

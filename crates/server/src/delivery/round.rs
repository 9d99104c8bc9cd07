//! The round that the workers make: who is due, who is free, and what came of it.

use std::{
    collections::HashMap,
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use baton_exchange::{
    delivery::{Attempt, Chance, Endpoint, Pace, Trouble, verdict},
    id::PartnerId,
    notice::{Attempted, Lease},
    time::Timestamp,
};
use bytes::Bytes;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    task::JoinSet,
    time::timeout,
};

use super::{attempt::attempt, bridge, concern::is_concerned, door::Door, lane::Lane, reply};
use crate::{
    app::App, clock::chance, failure::Failure, http::listen::DRAIN_TIME, log::with_sources, metrics::Delivered,
};

/// How many attempts are made at the same time. A notice is held in memory as long as its attempt takes.
const ATTEMPTS_MAX: usize = 512;
/// How many of them may be to partners that do not answer: the others are never out of places.
const AILING_MAX: usize = 256;
/// How much longer a lease is than an attempt may take: enough to report it.
const REPORT_TIME: Duration = Duration::from_secs(2);

/// Delivers until told to stop; then attempts under way may finish, and their outcome is recorded.
pub async fn deliver(app: Arc<App>, mut stop: oneshot::Receiver<()>) {
    let mut round = Round::new(app.clone());
    loop {
        if let Err(error) = round.make().await {
            tracing::warn!("could not see which notices are due: {}", with_sources(&error));
        }
        tokio::select! {
            () = app.delivery.wake.wait() => {}
            // also when the server was dropped without being stopped
            _ = &mut stop => break,
        }
    }
    round.end().await;
}

/// Tells one partner what is due, from a process that is no server, until nothing is or `open` is closed. Beside a server, or
/// another such process, leases keep them apart.
pub async fn tell_now(app: Arc<App>, partner: PartnerId, open: Arc<Semaphore>) {
    let door = app.delivery.door(&partner).unwrap_or_else(|| Arc::new(Door::of_nobody()));
    if !door.is_paused() && lane(&door).enter(app.clock.now()) {
        let seat = Seat(Some(door.clone()));
        Worker { app, door, partner, seat }.work(&open).await;
    }
}

struct Round {
    app: Arc<App>,
    /// Doors of partners that are not registered.
    nobodies: HashMap<PartnerId, Arc<Door>>,
    places: Arc<Semaphore>,
    ailing_places: Arc<Semaphore>,
    workers: JoinSet<()>,
    /// Closed when no worker is to begin anything more.
    open: Arc<Semaphore>,
}

impl Round {
    fn new(app: Arc<App>) -> Round {
        Round {
            nobodies: HashMap::new(),
            places: Arc::new(Semaphore::new(ATTEMPTS_MAX)),
            ailing_places: Arc::new(Semaphore::new(AILING_MAX)),
            workers: JoinSet::new(),
            open: Arc::new(Semaphore::new(0)),
            app,
        }
    }

    /// Sends workers to those who are due.
    async fn make(&mut self) -> Result<(), Failure> {
        while self.workers.try_join_next().is_some() {}
        let due = self.app.in_time(self.app.store.partners_due(self.app.clock.now())).await?;
        for partner in due {
            let door = self.door(&partner);
            if door.is_paused() {
                continue;
            }
            // a second worker for those with more than one referral to hear of
            while let Some(places) = self.places(&door) {
                let seat = Seat(Some(door.clone()));
                let worker = Worker { app: self.app.clone(), door: door.clone(), partner: partner.clone(), seat };
                let open = self.open.clone();
                self.workers.spawn(async move {
                    worker.work(&open).await;
                    drop(places);
                });
            }
        }
        Ok(())
    }

    fn door(&mut self, partner: &PartnerId) -> Arc<Door> {
        match self.app.delivery.door(partner) {
            Some(door) => door,
            None => self.nobodies.entry(partner.clone()).or_insert_with(|| Arc::new(Door::of_nobody())).clone(),
        }
    }

    fn places(&self, door: &Door) -> Option<Vec<OwnedSemaphorePermit>> {
        let mut places = vec![self.places.clone().try_acquire_owned().ok()?];
        let mut lane = lane(door);
        if lane.is_ailing() {
            places.push(self.ailing_places.clone().try_acquire_owned().ok()?);
        }
        lane.enter(self.app.clock.now()).then_some(places)
    }

    async fn end(mut self) {
        self.open.close();
        let finished = async { while self.workers.join_next().await.is_some() {} };
        if timeout(DRAIN_TIME, finished).await.is_err() {
            tracing::warn!("some deliveries did not finish within {DRAIN_TIME:?}: they will be made again");
        }
    }
}

fn lane(door: &Door) -> MutexGuard<'_, Lane> {
    door.lane.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A worker's place in the lane of a partner. It is given back whatever becomes of the worker, a panic included: otherwise
/// the partner would hear nothing more until a restart.
struct Seat(Option<Arc<Door>>);

impl Seat {
    /// Gives the place back if there is nothing more to look for.
    fn leave(&mut self) -> bool {
        let has_left = self.0.as_ref().is_none_or(|door| lane(door).leave());
        if has_left {
            self.0 = None;
        }
        has_left
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(door) = &self.0 {
            lane(door).quit();
        }
    }
}

/// Tells one partner, one notice after the other, as long as there are any.
struct Worker {
    app: Arc<App>,
    door: Arc<Door>,
    partner: PartnerId,
    seat: Seat,
}

impl Worker {
    async fn work(mut self, open: &Semaphore) {
        // the partner may be disabled meanwhile
        while !open.is_closed() && !self.door.is_paused() && lane(&self.door).may_go_on(self.app.clock.now()) {
            match self.lease().await {
                Ok(Some(lease)) => self.tell(lease).await,
                Ok(None) if !self.seat.leave() => {}
                Ok(None) => return,
                Err(error) => {
                    tracing::warn!("could not lease a notice: {}", with_sources(&error));
                    return;
                }
            }
        }
    }

    async fn lease(&self) -> Result<Option<Lease>, Failure> {
        let now = self.app.clock.now();
        let hold = i64::try_from((self.app.delivery.timeout + REPORT_TIME).as_micros()).unwrap_or(i64::MAX);
        let until = Timestamp(now.0.saturating_add(hold));
        let leased = self.app.store.lease_notices(self.partner.clone(), now, until, 1);
        Ok(self.app.in_time(leased).await?.pop())
    }

    /// Tells what was leased, if the partner may be told it at this moment.
    async fn tell(&self, lease: Lease) {
        let now = self.app.clock.now();
        match is_concerned(&self.app, &lease).await {
            // disabled since the lease: it waits
            Ok(true) if self.door.is_disabled() => self.report(&lease, Attempted::Again(now), now).await,
            Ok(true) => self.call(lease).await,
            // parked, so that operators see it: the role may have been taken away by mistake
            Ok(false) => self.report(&lease, Attempted::Parked(Trouble::NoPart), now).await,
            // the lease will run out, and then it is asked again
            Err(error) => {
                let id = lease.notice.id;
                tracing::warn!("could not see whom notice {id} concerns: {}", with_sources(&error));
            }
        }
    }

    async fn call(&self, lease: Lease) {
        let app = &*self.app;
        let (heard, answer) = match bridge::told(app, &lease.notice).await {
            Some(heard) => (heard, Bytes::new()),
            None => attempt(&app.egress, &app.clock, &self.door, &lease.notice).await,
        };
        let now = app.clock.now();
        let changed = self.door.changed(&lease.notice.exchange);
        let due = changed.map_or(lease.notice.due, |changed| changed.max(lease.notice.due));
        let made = Attempt { number: lease.attempt, due, now };
        let verdict = verdict(heard, made, &app.delivery.pace, dice());
        if verdict.attempted == Attempted::Delivered {
            // before it is reported: an answer that is lost with this process comes again with the next attempt
            reply::settle(app, &lease.notice, answer).await;
        }
        let is_back = self.learn(verdict.endpoint, now, &app.delivery.pace);
        self.report(&lease, verdict.attempted, now).await;
        if is_back {
            self.hasten(now).await;
        }
    }

    fn learn(&self, endpoint: Endpoint, now: Timestamp, pace: &Pace) -> bool {
        let mut lane = lane(&self.door);
        let is_back = lane.learn(endpoint, now, pace, dice());
        if let Some(until) = lane.closed_until() {
            self.app.delivery.wake.ring_after(between(now, until));
        }
        is_back
    }

    async fn report(&self, lease: &Lease, attempted: Attempted, now: Timestamp) {
        let (partner, number) = (&self.partner, lease.attempt);
        let id = lease.notice.id;
        match self.app.in_time(self.app.store.attempted(id, lease.token, attempted)).await {
            Ok(true) => {}
            Ok(false) => tracing::warn!(%partner, "notice {id} was taken over by another worker"),
            // the lease will run out, and the notice is sent again with the same id
            Err(error) => tracing::warn!(%partner, "notice {id}: attempt not recorded: {}", with_sources(&error)),
        }
        let outcome = match attempted {
            Attempted::Delivered => {
                tracing::info!(%partner, "notice {id} delivered at attempt {number}");
                Delivered::Delivered
            }
            Attempted::Again(moment) => {
                tracing::info!(%partner, "notice {id} not delivered at attempt {number}, again at {moment}");
                self.app.delivery.wake.ring_after(between(now, moment));
                Delivered::Again
            }
            Attempted::Parked(trouble) => {
                tracing::error!(%partner, "notice {id} parked after {number} attempts: the partner {trouble}");
                Delivered::Parked
            }
        };
        self.app.metrics.delivery(partner.as_str(), outcome);
    }

    /// The partner is back: what waits for it need not wait for its own next moment.
    async fn hasten(&self, now: Timestamp) {
        let resent = self.app.store.hasten(self.partner.clone(), now);
        match self.app.in_time(resent).await {
            Ok(_) => self.app.delivery.wake.ring(),
            Err(error) => tracing::warn!("could not hasten notices: {}", with_sources(&error)),
        }
    }
}

fn between(now: Timestamp, later: Timestamp) -> Duration {
    Duration::from_micros(u64::try_from(later.0.saturating_sub(now.0)).unwrap_or(0))
}

fn dice() -> Chance {
    let [.., a, b, c, d] = chance();
    Chance(u32::from_be_bytes([a, b, c, d]))
}

#[cfg(test)]
mod tests {
    use super::{Arc, Door, Seat, Timestamp, lane};

    const NOW: Timestamp = Timestamp(0);

    /// The door of a partner that two workers call, which is as many as may.
    fn seated() -> Arc<Door> {
        let door = Arc::new(Door::of_nobody());
        assert_eq!([enters(&door), enters(&door)], [true, true]);
        door
    }

    fn enters(door: &Door) -> bool {
        lane(door).enter(NOW)
    }

    /// Threat: T91
    #[tokio::test]
    async fn a_worker_that_panics_gives_its_place_back() {
        let door = seated();
        let seat = Seat(Some(door.clone()));
        let worker = tokio::spawn(async move {
            let _seat = seat;
            panic!("as a worker with a bug does");
        });
        assert!(worker.await.is_err_and(|error| error.is_panic()));
        assert_eq!([enters(&door), enters(&door)], [true, false]);
    }

    #[test]
    fn a_place_is_given_back_once() {
        let door = seated();
        let mut seat = Seat(Some(door.clone()));
        assert!(seat.leave());
        drop(seat);
        assert_eq!([enters(&door), enters(&door)], [true, false]);
    }
}

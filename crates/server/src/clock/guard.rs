//! Time that does not run backwards: what ran out once stays so, whatever becomes of the machine's clock.
//! Source: spec of security, T118 and F10; decision 56.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use baton_exchange::time::Timestamp;

use super::WAY_BACK;

/// From how much on it counts as set back; below that it is the jitter of a clock that is being kept right.
pub(super) const SLACK_MICROS: i64 = 1_000_000;

/// A machine's clock, and the latest that it ever said.
pub(super) struct Guard {
    machine: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// How long the machine has been running; nobody sets that.
    running: Box<dyn Fn() -> Duration + Send + Sync>,
    told: AtomicI64,
    is_behind: AtomicBool,
    since: Mutex<Option<Since>>,
}

/// When it was seen that the clock was set back.
#[derive(Clone, Copy)]
struct Since {
    told: i64,
    running: Duration,
}

impl Guard {
    /// A clock that says no less than `mark` from the beginning.
    pub(super) fn new(
        machine: impl Fn() -> Timestamp + Send + Sync + 'static,
        running: impl Fn() -> Duration + Send + Sync + 'static,
        mark: Timestamp,
    ) -> Guard {
        let is_behind = mark.0.saturating_sub(machine().0) > SLACK_MICROS;
        Guard {
            told: AtomicI64::new(mark.0),
            is_behind: AtomicBool::new(is_behind),
            since: Mutex::new(is_behind.then(|| Since { told: mark.0, running: running() })),
            machine: Box::new(machine),
            running: Box::new(running),
        }
    }

    /// The time now: the machine's, or, where that is earlier than what was said before, as much later as time has passed since.
    pub(super) fn now(&self) -> Timestamp {
        // In this order: what was told came from a clock that was read earlier, so that a thread that rests here sees nothing set back.
        let told = self.told.load(SeqCst);
        let machine = (self.machine)().0;
        if told.saturating_sub(machine) > SLACK_MICROS || self.is_behind.load(SeqCst) {
            return self.go_on();
        }
        self.tell(machine)
    }

    /// By how much the machine's clock is earlier than the time that is told; nothing while it is not.
    pub(super) fn behind(&self) -> Duration {
        let behind = match self.is_behind.load(SeqCst) {
            true => self.told.load(SeqCst).saturating_sub((self.machine)().0),
            false => 0,
        };
        Duration::from_micros(u64::try_from(behind).unwrap_or(0))
    }

    /// The time while the clock is behind, or was until now. All is read again under the lock: whoever waited for it knows nothing
    /// that is still true.
    fn go_on(&self) -> Timestamp {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.told.load(SeqCst);
        let machine = (self.machine)().0;
        let behind = told.saturating_sub(machine);
        if behind <= 0 || (since.is_none() && behind <= SLACK_MICROS) {
            if since.take().is_some() {
                self.is_behind.store(false, SeqCst);
                tracing::info!("the machine's clock has caught up");
            }
            return self.tell(machine);
        }
        let running = (self.running)();
        let begun = *since.get_or_insert_with(|| {
            let secs = behind / 1_000_000;
            tracing::error!(
                "the machine's clock was set back by {secs} s: time goes on from where it was, so that nothing is good again \
                 that ran out. Is the clock wrong now, set it right; was it wrong before, {WAY_BACK}"
            );
            Since { told, running }
        });
        self.is_behind.store(true, SeqCst);
        let passed = i64::try_from(running.saturating_sub(begun.running).as_micros()).unwrap_or(i64::MAX);
        self.tell(begun.told.saturating_add(passed))
    }

    /// A time that is told, or a later one that was.
    fn tell(&self, now: i64) -> Timestamp {
        Timestamp(self.told.fetch_max(now, SeqCst).max(now))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering::SeqCst},
    };

    use super::{Duration, Guard, Timestamp};

    const BEGIN: i64 = 1_768_487_400_000_000;
    const HOUR: i64 = 3_600_000_000;

    /// A machine of which a test sets the clock.
    struct Machine {
        clock: Arc<AtomicI64>,
        running: Arc<AtomicU64>,
        guard: Guard,
    }

    impl Machine {
        fn with(mark: i64) -> Machine {
            let (clock, running) = (Arc::new(AtomicI64::new(BEGIN)), Arc::new(AtomicU64::new(0)));
            let (told, passed) = (clock.clone(), running.clone());
            let guard = Guard::new(
                move || Timestamp(told.load(SeqCst)),
                move || Duration::from_micros(passed.load(SeqCst)),
                Timestamp(mark),
            );
            Machine { clock, running, guard }
        }

        fn pass(&self, micros: i64) {
            self.clock.fetch_add(micros, SeqCst);
            self.running.fetch_add(micros as u64, SeqCst);
        }

        #[track_caller]
        fn check(&self, since_begin: i64, behind: i64) {
            let (now, told) = (self.guard.now().0 - BEGIN, self.guard.behind().as_micros());
            assert_eq!((now, told as i64), (since_begin, behind));
        }
    }

    #[test]
    fn as_long_as_nobody_sets_the_clock_it_says_what_the_machine_says() {
        let machine = Machine::with(0);
        machine.check(0, 0);
        machine.pass(HOUR);
        machine.check(HOUR, 0);
    }

    /// Threat: T118
    #[test]
    fn a_clock_that_is_set_back_does_not_stop_time_and_does_not_turn_it_back() {
        let machine = Machine::with(0);
        machine.check(0, 0);
        machine.clock.fetch_sub(HOUR, SeqCst);
        machine.check(0, HOUR);
        machine.pass(60);
        machine.check(60, HOUR);
        machine.clock.fetch_add(HOUR, SeqCst);
        machine.check(60, 0);
        machine.pass(1);
        machine.check(61, 0);
    }

    /// Threat: T118
    #[test]
    fn it_begins_no_earlier_than_its_mark() {
        let machine = Machine::with(BEGIN + HOUR);
        machine.check(HOUR, HOUR);
        machine.pass(5);
        machine.check(HOUR + 5, HOUR);
    }

    /// Threat: T118
    #[test]
    fn set_back_twice_it_goes_on_as_before() {
        let machine = Machine::with(0);
        machine.check(0, 0);
        machine.clock.fetch_sub(HOUR, SeqCst);
        machine.check(0, HOUR);
        machine.pass(10);
        machine.clock.fetch_sub(HOUR, SeqCst);
        machine.check(10, 2 * HOUR);
    }

    #[test]
    fn jitter_is_no_error_and_makes_no_step_back() {
        let machine = Machine::with(0);
        machine.check(0, 0);
        machine.clock.fetch_sub(1_000_000, SeqCst);
        machine.check(0, 0);
        machine.clock.fetch_sub(1, SeqCst);
        machine.check(0, 1_000_001);
    }

    /// Threat: T118
    #[test]
    fn set_back_once_more_after_it_caught_up_it_goes_on_from_there() {
        let machine = Machine::with(0);
        machine.check(0, 0);
        machine.clock.fetch_sub(HOUR, SeqCst);
        machine.check(0, HOUR);
        machine.clock.fetch_add(HOUR, SeqCst);
        machine.check(0, 0);
        machine.pass(5 * HOUR);
        machine.check(5 * HOUR, 0);
        machine.clock.fetch_sub(HOUR, SeqCst);
        machine.check(5 * HOUR, HOUR);
        machine.pass(7);
        machine.check(5 * HOUR + 7, HOUR);
    }

    #[test]
    fn a_thread_that_rests_after_it_read_the_clock_sees_nothing_set_back() {
        let (guard, rests) = (Arc::new(OnceLock::<Guard>::new()), Arc::new(AtomicBool::new(false)));
        let (its, resting, clock) = (guard.clone(), rests.clone(), AtomicI64::new(BEGIN));
        let machine = move || {
            let read = Timestamp(clock.load(SeqCst));
            if resting.swap(false, SeqCst) {
                // meanwhile an hour passes, and another one asks
                clock.store(BEGIN + HOUR, SeqCst);
                assert_eq!(its.get().map(Guard::now), Some(Timestamp(BEGIN + HOUR)));
            }
            read
        };
        let guard = guard.get_or_init(|| Guard::new(machine, || Duration::ZERO, Timestamp(0)));
        rests.store(true, SeqCst);
        assert_eq!((guard.now(), guard.behind()), (Timestamp(BEGIN + HOUR), Duration::ZERO));
    }
}

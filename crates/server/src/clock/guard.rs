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

/// From how much on it counts as set back; below that it is the jitter of a clock that is being kept right.
const SLACK_MICROS: i64 = 1_000_000;

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
        Guard {
            machine: Box::new(machine),
            running: Box::new(running),
            told: AtomicI64::new(mark.0),
            is_behind: AtomicBool::new(false),
            since: Mutex::new(None),
        }
    }

    /// The time now: the machine's, or, where that is earlier than what was said before, as much later as time has passed since.
    pub(super) fn now(&self) -> Timestamp {
        let machine = (self.machine)().0;
        let told = self.told.fetch_max(machine, SeqCst);
        if machine >= told {
            if self.is_behind.load(SeqCst) {
                self.catch_up();
            }
            return Timestamp(machine);
        }
        if told - machine <= SLACK_MICROS && !self.is_behind.load(SeqCst) {
            return Timestamp(told);
        }
        self.go_on(told, machine)
    }

    /// By how much the machine's clock is earlier than the time that is told; nothing while it is not.
    pub(super) fn behind(&self) -> Duration {
        let behind = match self.is_behind.load(SeqCst) {
            true => self.told.load(SeqCst).saturating_sub((self.machine)().0),
            false => 0,
        };
        Duration::from_micros(u64::try_from(behind).unwrap_or(0))
    }

    fn go_on(&self, told: i64, machine: i64) -> Timestamp {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let running = (self.running)();
        let begun = *since.get_or_insert_with(|| {
            let secs = (told - machine) / 1_000_000;
            tracing::error!(
                "the machine's clock was set back by {secs} s: time goes on from where it was, so that nothing is good again \
                 that ran out; set the clock right"
            );
            Since { told, running }
        });
        self.is_behind.store(true, SeqCst);
        let passed = i64::try_from(running.saturating_sub(begun.running).as_micros()).unwrap_or(i64::MAX);
        let now = begun.told.saturating_add(passed);
        Timestamp(self.told.fetch_max(now, SeqCst).max(now))
    }

    fn catch_up(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if self.is_behind.swap(false, SeqCst) {
            tracing::info!("the machine's clock has caught up");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering::SeqCst},
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
}

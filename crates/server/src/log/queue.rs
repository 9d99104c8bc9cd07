//! Lines on their way to where they are written: whoever logs waits for nobody, also when nobody takes the lines.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// How many lines wait at most. At some hundred bytes each they are a few megabytes.
pub(crate) const LINES_MAX: usize = 8192;

/// Lines that wait, in their order.
pub(super) struct Queue {
    max: usize,
    waiting: Mutex<Waiting>,
    /// There is a line.
    more: Condvar,
    /// All are written.
    done: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    /// One was taken out and is being written.
    is_writing: bool,
    /// How many there was no room for, ever.
    dropped: u64,
}

impl Queue {
    pub(super) const fn new(max: usize) -> Queue {
        let waiting = Waiting { lines: VecDeque::new(), is_writing: false, dropped: 0 };
        Queue { max, waiting: Mutex::new(waiting), more: Condvar::new(), done: Condvar::new() }
    }

    /// Puts a line behind the others, or counts it as dropped.
    pub(super) fn put(&self, line: &[u8]) {
        let mut waiting = self.waiting();
        match waiting.lines.len() < self.max {
            true => waiting.lines.push_back(line.to_vec()),
            false => waiting.dropped += 1,
        }
        drop(waiting);
        self.more.notify_one();
    }

    /// How many lines were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.waiting().dropped
    }

    /// Writes what comes, for ever. When lines were dropped `tell` is called with their number, once all others are out.
    pub(super) fn write_to(&self, out: &mut impl Write, tell: impl Fn(u64)) {
        let mut told = 0;
        loop {
            let line = self.next(&mut told, &tell);
            // without anybody who reads there is nobody to say it to
            let _ = out.write_all(&line);
        }
    }

    fn next(&self, told: &mut u64, tell: &impl Fn(u64)) -> Vec<u8> {
        let mut waiting = self.waiting();
        waiting.is_writing = false;
        loop {
            if let Some(line) = waiting.lines.pop_front() {
                waiting.is_writing = true;
                return line;
            }
            if waiting.dropped > *told {
                let fresh = waiting.dropped - *told;
                *told = waiting.dropped;
                drop(waiting);
                // it becomes a line here, too
                tell(fresh);
                waiting = self.waiting();
                continue;
            }
            self.done.notify_all();
            waiting = self.more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits until all is written, but not for long. False when it is not.
    pub(super) fn finish(&self, at_most: Duration) -> bool {
        let is_busy = |waiting: &mut Waiting| waiting.is_writing || !waiting.lines.is_empty();
        let waited = self.done.wait_timeout_while(self.waiting(), at_most, is_busy);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end at which lines are put in; each write is one line.
pub(super) struct Lines(pub(super) &'static Queue);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{self, Write},
        sync::{Arc, Mutex, mpsc},
        thread,
        time::Duration,
    };

    use super::Queue;

    const LONG: Duration = Duration::from_secs(30);

    /// A pipe that takes a line each time that the test lets it.
    struct Pipe {
        taken: Arc<Mutex<Vec<String>>>,
        reached: mpsc::Sender<()>,
        may: mpsc::Receiver<()>,
    }

    impl Write for Pipe {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let _ = self.reached.send(());
            let _ = self.may.recv();
            self.taken.lock().unwrap().push(String::from_utf8_lossy(line).into_owned());
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn who_logs_waits_for_nobody_and_what_is_dropped_is_said_once() {
        let queue: &'static Queue = Box::leak(Box::new(Queue::new(3)));
        let taken = Arc::new(Mutex::new(Vec::new()));
        let ((reached, is_reached), (let_go, may)) = (mpsc::channel(), mpsc::channel());
        let mut pipe = Pipe { taken: taken.clone(), reached, may };
        thread::spawn(move || {
            queue.write_to(&mut pipe, |lost| queue.put(format!("{lost} were dropped").as_bytes()));
        });
        queue.put(b"1");
        is_reached.recv_timeout(LONG).expect("the first is being written");
        for line in ["2", "3", "4", "5", "6"] {
            queue.put(line.as_bytes());
        }
        assert_eq!(queue.dropped(), 2);
        assert!(!queue.finish(Duration::ZERO), "a pipe that takes nothing keeps nobody from ending");
        drop(let_go);
        assert!(queue.finish(LONG));
        queue.put(b"7");
        assert!(queue.finish(LONG));
        assert_eq!(*taken.lock().unwrap(), ["1", "2", "3", "4", "2 were dropped", "7"]);
    }
}

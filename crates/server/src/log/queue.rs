//! Lines on their way to where they are written: whoever logs waits for nobody, also when nobody takes the lines.

use std::{
    collections::VecDeque,
    io::{self, ErrorKind, Write},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// How many lines wait at most. At some hundred bytes each they are a few megabytes.
pub(crate) const LINES_MAX: usize = 8192;

/// How long a pipe that is full and does not block is left alone.
const FULL_PAUSE: Duration = Duration::from_millis(5);

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
    /// One was taken out and is being written, or is about to be put in.
    is_writing: bool,
    /// How many there was no room for, or that could not be written, ever.
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

    /// Writes what comes, for ever. When lines were dropped `tell` is called with their number, once all others are out and `out`
    /// takes lines again: what is told becomes a line here, too, and would be dropped like them.
    pub(super) fn write_to(&self, out: &mut impl Write, tell: impl Fn(u64)) {
        let (mut told, mut takes) = (0, true);
        loop {
            let line = self.next(&mut told, takes.then_some(&tell));
            takes = written(out, &line).is_ok();
            if !takes {
                self.waiting().dropped += 1;
            }
        }
    }

    fn next(&self, told: &mut u64, tell: Option<&impl Fn(u64)>) -> Vec<u8> {
        let mut waiting = self.waiting();
        waiting.is_writing = false;
        loop {
            if let Some(line) = waiting.lines.pop_front() {
                waiting.is_writing = true;
                return line;
            }
            if let Some(tell) = tell.filter(|_| waiting.dropped > *told) {
                let fresh = waiting.dropped - *told;
                *told = waiting.dropped;
                // whoever waits for the last line waits for this one, too
                waiting.is_writing = true;
                drop(waiting);
                tell(fresh);
                waiting = self.waiting();
                waiting.is_writing = false;
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

/// Writes a whole line. A pipe that does not block takes the rest of it a little later, while the lines behind it wait.
fn written(out: &mut impl Write, mut line: &[u8]) -> io::Result<()> {
    while !line.is_empty() {
        match out.write(line) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(taken) => line = line.get(taken..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => thread::sleep(FULL_PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(())
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
        collections::VecDeque,
        io::{self, ErrorKind, Write},
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

    /// A pipe that answers with what the test says, one after the other, and then takes all.
    struct Moody {
        moods: VecDeque<io::Result<usize>>,
        taken: Arc<Mutex<String>>,
    }

    impl Write for Moody {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let taken = self.moods.pop_front().unwrap_or(Ok(line.len()))?;
            self.taken.lock().unwrap().push_str(&String::from_utf8_lossy(&line[..taken]));
            Ok(taken)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What a pipe has taken of the lines, and how many were dropped, once all are through.
    fn through(moods: impl IntoIterator<Item = io::Result<usize>>, lines: &[&str]) -> (String, u64) {
        let queue: &'static Queue = Box::leak(Box::new(Queue::new(100)));
        let taken = Arc::new(Mutex::new(String::new()));
        let mut pipe = Moody { moods: moods.into_iter().collect(), taken: taken.clone() };
        thread::spawn(move || {
            queue.write_to(&mut pipe, |lost| queue.put(format!("{lost} were dropped;").as_bytes()));
        });
        for line in lines {
            queue.put(line.as_bytes());
            assert!(queue.finish(LONG));
        }
        let taken = taken.lock().unwrap().clone();
        (taken, queue.dropped())
    }

    #[test]
    fn a_line_that_cannot_be_written_counts_as_dropped_and_is_told_of_when_the_next_one_is() {
        let broken = || Err(ErrorKind::BrokenPipe.into());
        assert_eq!(through([broken(), broken()], &["1;", "2;"]), (String::new(), 2));
        assert_eq!(through([broken(), broken()], &["1;", "2;", "3;"]), ("3;2 were dropped;".to_owned(), 2));
        assert_eq!(through([Ok(0)], &["1;", "2;"]), ("2;1 were dropped;".to_owned(), 1));
    }

    #[test]
    fn a_pipe_that_is_full_and_does_not_block_loses_nothing() {
        let full = || Err(ErrorKind::WouldBlock.into());
        let moods = [full(), Ok(2), full(), Err(ErrorKind::Interrupted.into()), Ok(1)];
        assert_eq!(through(moods, &["abcd;", "e;"]), ("abcd;e;".to_owned(), 0));
    }
}

//! How far a long command is: a bar on a terminal, a line now and then elsewhere.

use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

/// How often a line is written where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// The progress of one command, on standard error.
pub struct Progress {
    command: &'static str,
    shape: Shape,
    begun: Instant,
    /// Steps in all, where that is known.
    length: Option<u64>,
}

enum Shape {
    Bar(ProgressBar),
    Lines { last: Instant },
    Nothing,
}

impl Progress {
    /// As it fits standard error.
    #[must_use]
    pub fn new(command: &'static str, length: Option<u64>) -> Progress {
        let begun = Instant::now();
        let shape = match std::io::stderr().is_terminal() {
            true => Shape::Bar(bar(length)),
            false => Shape::Lines { last: begun },
        };
        Progress { command, shape, begun, length }
    }

    /// Nothing is shown.
    #[must_use]
    pub fn quiet(command: &'static str) -> Progress {
        Progress { command, shape: Shape::Nothing, begun: Instant::now(), length: None }
    }

    /// So many steps of all are done, which are so many things of a kind.
    pub fn at(&mut self, step: u64, things: u64, kind: &str) {
        let rate = per_second(things, self.begun.elapsed());
        match &mut self.shape {
            Shape::Bar(bar) => {
                bar.set_position(step);
                bar.set_message(format!("{} {kind}, {} per second", counted(things), counted(rate)));
            }
            Shape::Lines { last } if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                let part = self.length.filter(|length| *length > 0).map(|length| step.min(length) * 100 / length);
                let part = part.map(|part| format!(" ({part} %)")).unwrap_or_default();
                let (command, things, rate) = (self.command, counted(things), counted(rate));
                eprintln!("baton {command}: {things} {kind}{part}, {rate} per second");
            }
            Shape::Lines { .. } | Shape::Nothing => {}
        }
    }

    /// Takes the bar away, so that what is printed next stands alone. Gives the time that it took.
    pub fn end(&mut self) -> Duration {
        if let Shape::Bar(bar) = &self.shape {
            bar.finish_and_clear();
        }
        self.begun.elapsed()
    }
}

fn bar(length: Option<u64>) -> ProgressBar {
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:30} {percent:>3} %  {msg}  {eta} left"),
        None => (ProgressBar::new_spinner(), "{spinner} {msg}  {elapsed}"),
    };
    // a template that cannot be read leaves the usual one
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// How many a second.
#[must_use]
pub fn per_second(things: u64, took: Duration) -> u64 {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    things.saturating_mul(1000) / millis
}

/// A number in groups of three digits.
#[must_use]
pub fn counted(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::{Duration, counted, per_second};

    #[test]
    fn digits_come_in_groups_of_three() {
        let written = [0, 999, 1000, 65_535, 1_000_000].map(counted);
        assert_eq!(written, ["0", "999", "1,000", "65,535", "1,000,000"]);
    }

    #[test]
    fn no_time_at_all_gives_a_rate_too() {
        assert_eq!((per_second(5, Duration::ZERO), per_second(10, Duration::from_secs(2))), (5000, 5));
    }
}

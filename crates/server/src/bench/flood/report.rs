//! What was felt and spent, in a table for people.

use std::{fmt::Write, fs, time::Duration};

use super::attack::{Kind, Seen};

/// What the server's process holds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Memory in KiB.
    kib: u64,
    /// Open files.
    files: usize,
}

impl Spent {
    /// As the system tells it; nothing where it does not.
    pub fn of(pid: u32) -> Spent {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default();
        let files = fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count);
        Spent { kib, files }
    }

    /// The larger of both, each by itself.
    pub fn or(self, other: Spent) -> Spent {
        Spent { kib: self.kib.max(other.kib), files: self.files.max(other.files) }
    }
}

/// Some time.
pub struct Slice {
    /// How long each request of the good client took, in microseconds.
    pub latencies: Vec<u32>,
    /// The most that the server spent.
    pub most: Spent,
    /// What it spends at the end.
    pub left: Spent,
}

impl Slice {
    fn millis(&self, of_hundred: usize) -> f64 {
        let mut sorted = self.latencies.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * of_hundred / 100).min(sorted.len().saturating_sub(1));
        f64::from(sorted.get(at).copied().unwrap_or_default()) / 1000.0
    }
}

/// A run.
pub struct Report {
    /// What the bad clients did.
    pub kind: Kind,
    /// How many they were.
    pub clients: usize,
    /// Without them.
    pub before: Slice,
    /// With them.
    pub during: Slice,
    /// Without them again.
    pub after: Slice,
    /// What became of them.
    pub seen: Seen,
}

impl Report {
    /// For people.
    pub fn text(&self) -> String {
        let mut text = format!("{} clients: {:?}\n\n", self.clients, self.kind);
        text.push_str(
            "the good client  requests   p50 ms   p99 ms   server: most MiB   left MiB   most files   left files\n",
        );
        for (name, slice) in [("before", &self.before), ("during", &self.during), ("after", &self.after)] {
            // a text grows without a fault
            let _ = writeln!(
                text,
                "{name:<16} {:>9} {:>8.1} {:>8.1} {:>18} {:>10} {:>12} {:>12}",
                slice.latencies.len(),
                slice.millis(50),
                slice.millis(99),
                slice.most.kib / 1024,
                slice.left.kib / 1024,
                slice.most.files,
                slice.left.files
            );
        }
        let calm = self.before.millis(99).max(self.after.millis(99)).max(0.001);
        let _ = writeln!(text, "\np99 with them to p99 without: {:.2}\n", self.during.millis(99) / calm);
        for (end, times) in &self.seen.0 {
            let _ = writeln!(text, "{end:<20} {:>8} times, after {}", times.len(), spread(times));
        }
        text
    }
}

fn spread(times: &[Duration]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |part: usize| sorted.get((sorted.len() * part / 100).min(sorted.len() - 1)).copied().unwrap_or_default();
    format!("{:.1?} to {:.1?}, half of them {:.1?}", at(0), at(100), at(50))
}

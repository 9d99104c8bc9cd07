//! Slices of time in which one side was under load, and what they say together.

use super::side::SideName;

/// One slice.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Who was under load.
    pub side: SideName,
    /// How long it took.
    pub seconds: f64,
    /// The latency of each request in microseconds; there is one for each accepted request.
    pub latencies: Vec<u32>,
    /// Processor time of the side in seconds.
    pub processor: f64,
}

impl Slice {
    /// Requests per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }
}

/// Whose turn it is: S R R S S R R S …, so that a machine that gets faster or slower does so for all.
pub fn order<T: Clone>(all: &[T], rounds: usize) -> Vec<T> {
    let mut turns = Vec::new();
    for round in 0..rounds {
        match round % 2 {
            0 => turns.extend(all.iter().cloned()),
            _ => turns.extend(all.iter().rev().cloned()),
        }
    }
    turns
}

/// Ratios of Baton to the bare loop; 1.0 means that its rules cost no more than packing bodies saves.
#[derive(Clone, Copy, Debug)]
pub struct Ratios {
    /// Of rates.
    pub rate: f64,
    /// Of processor time per request, turned so that higher is better.
    pub processor: f64,
    /// Of the bare loop's rates to its own, every second slice against the others: what a ratio of two equal things looks like
    /// in this run.
    pub noise: f64,
}

/// What one side's slices say.
pub fn of(slices: &[Slice], side: SideName) -> Summary {
    summary(slices.iter().filter(|slice| slice.side == side))
}

/// What the sides say of each other.
pub fn ratios(slices: &[Slice]) -> Ratios {
    let (baton, bare) = (of(slices, SideName::Baton), of(slices, SideName::Bare));
    let half = |parity: usize| {
        let slices = slices.iter().filter(|slice| slice.side == SideName::Bare);
        summary(slices.enumerate().filter(|(at, _)| at % 2 == parity).map(|(_, slice)| slice)).rate
    };
    Ratios {
        rate: baton.rate / bare.rate,
        processor: bare.processor_micros / baton.processor_micros,
        noise: half(0) / half(1),
    }
}

/// What the slices of one side say together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Requests per second.
    pub rate: f64,
    /// Processor time per request in microseconds.
    pub processor_micros: f64,
    /// The middle latency in microseconds.
    pub p50: u32,
    /// The latency that one request in a hundred exceeds.
    pub p99: u32,
    /// Requests in all.
    pub requests: usize,
}

/// Sums slices up.
fn summary<'s>(slices: impl Iterator<Item = &'s Slice>) -> Summary {
    let (mut seconds, mut processor, mut latencies) = (0.0, 0.0, Vec::new());
    for slice in slices {
        seconds += slice.seconds;
        processor += slice.processor;
        latencies.extend_from_slice(&slice.latencies);
    }
    latencies.sort_unstable();
    let requests = latencies.len();
    Summary {
        rate: requests as f64 / seconds,
        processor_micros: processor * 1e6 / requests.max(1) as f64,
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        requests,
    }
}

/// The smallest value that at least so many percent of sorted values do not exceed.
fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Slice, order, percentile, summary};
    use crate::bench::side::SideName::{Bare, Baton};

    #[test]
    fn the_sides_alternate_there_and_back() {
        assert_eq!(order(&[Baton, Bare], 4), [Baton, Bare, Bare, Baton, Baton, Bare, Bare, Baton]);
    }

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        assert_eq!((percentile(&[1, 2, 3, 4], 50), percentile(&[1, 2, 3, 4], 99), percentile(&[], 50)), (2, 4, 0));
    }

    #[test]
    fn a_summary_weighs_slices_by_their_requests() {
        let slice = |latencies: Vec<u32>| Slice { side: Baton, seconds: 1.0, latencies, processor: 0.001 };
        let summary = summary([slice(vec![10, 20, 30]), slice(vec![40])].iter());
        assert_eq!((summary.rate, summary.processor_micros, summary.p50, summary.requests), (2.0, 500.0, 20, 4));
    }
}

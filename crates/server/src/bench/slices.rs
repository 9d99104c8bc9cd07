//! Slices of time in which one side was under load, and what they say together.

use super::side::SideName;

/// One slice.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Who was under load.
    pub side: SideName,
    /// How long it took.
    pub seconds: f64,
    /// The latency of each message in microseconds; there is one for each accepted message.
    pub latencies: Vec<u32>,
    /// Processor time of the side in seconds.
    pub processor: f64,
}

impl Slice {
    /// Messages per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }
}

/// Whose turn it is: S R R S S R R S …, so that a machine that gets faster or slower does so for both.
pub fn order(slices_per_side: usize) -> Vec<SideName> {
    let pair = |at: usize| match at % 2 {
        0 => [SideName::Baton, SideName::Bare],
        _ => [SideName::Bare, SideName::Baton],
    };
    (0..slices_per_side).flat_map(pair).collect()
}

/// What the slices of one side say together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Messages per second.
    pub rate: f64,
    /// Processor time per message in microseconds.
    pub processor_micros: f64,
    /// The middle latency in microseconds.
    pub p50: u32,
    /// The latency that one message in a hundred exceeds.
    pub p99: u32,
    /// Messages in all.
    pub messages: usize,
}

/// Sums slices up.
pub fn summary<'s>(slices: impl Iterator<Item = &'s Slice>) -> Summary {
    let (mut seconds, mut processor, mut latencies) = (0.0, 0.0, Vec::new());
    for slice in slices {
        seconds += slice.seconds;
        processor += slice.processor;
        latencies.extend_from_slice(&slice.latencies);
    }
    latencies.sort_unstable();
    let messages = latencies.len();
    Summary {
        rate: messages as f64 / seconds,
        processor_micros: processor * 1e6 / messages.max(1) as f64,
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        messages,
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
    fn the_sides_alternate_in_pairs() {
        assert_eq!(order(4), [Baton, Bare, Bare, Baton, Baton, Bare, Bare, Baton]);
    }

    #[test]
    fn a_percentile_is_a_value_that_occurred() {
        assert_eq!((percentile(&[1, 2, 3, 4], 50), percentile(&[1, 2, 3, 4], 99), percentile(&[], 50)), (2, 4, 0));
    }

    #[test]
    fn a_summary_weighs_slices_by_their_messages() {
        let slice = |latencies: Vec<u32>| Slice { side: Baton, seconds: 1.0, latencies, processor: 0.001 };
        let summary = summary([slice(vec![10, 20, 30]), slice(vec![40])].iter());
        assert_eq!((summary.rate, summary.processor_micros, summary.p50, summary.messages), (2.0, 500.0, 20, 4));
    }
}

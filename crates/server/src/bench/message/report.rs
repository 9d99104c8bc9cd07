//! What a run says, for people and for programs.

use std::{fmt::Write, time::Duration};

use serde_json::json;

use crate::bench::{
    Printed,
    side::SideName,
    slices::{self, Ratios, Slice, Summary},
};

/// All that was measured.
pub struct Report {
    /// Senders.
    pub connections: u16,
    /// Length of a slice.
    pub slice: Duration,
    /// Messages before anything was measured.
    pub prefill: u64,
    /// Length of a message.
    pub message_bytes: usize,
    /// Rows that both sides write for a message.
    pub rows: u64,
    /// How the system scheduled the run.
    pub scheduling: &'static str,
    /// Bytes of Baton's database per message.
    pub baton_disk: f64,
    /// Bytes of the bare loop's database per message.
    pub bare_disk: f64,
    /// All slices in their order.
    pub slices: Vec<Slice>,
}

impl Report {
    /// What one side's slices say.
    pub fn of(&self, side: SideName) -> Summary {
        slices::of(&self.slices, side)
    }

    /// What the sides say of each other.
    pub fn ratios(&self) -> Ratios {
        slices::ratios(&self.slices)
    }
}

impl Printed for Report {
    fn text(&self) -> String {
        let (baton, bare, ratios) = (self.of(SideName::Baton), self.of(SideName::Bare), self.ratios());
        let mut text = String::new();
        let row = |name: &str, baton: String, bare: String| format!("{name:<28}{baton:>14}{bare:>14}\n");
        text.push_str(&row("", "Baton".into(), "bare loop".into()));
        text.push_str(&row("messages per second", format!("{:.0}", baton.rate), format!("{:.0}", bare.rate)));
        text.push_str(&row("latency p50", millis(baton.p50), millis(bare.p50)));
        text.push_str(&row("latency p99", millis(baton.p99), millis(bare.p99)));
        let micros = |summary: Summary| format!("{:.0} µs", summary.processor_micros);
        text.push_str(&row("processor time per message", micros(baton), micros(bare)));
        text.push_str(&row("disk per message", kilo(self.baton_disk), kilo(self.bare_disk)));
        text.push_str(&row("messages measured", baton.requests.to_string(), bare.requests.to_string()));
        // writing to a String does not fail
        let _ = write!(
            text,
            "\nratio of rates {:.2}, of processor time {:.2} (1.00 = as fast as the bare loop, which keeps bodies\n\
             as they came while Baton packs them; the bare loop's slices against each other: {:.2})\n\n\
             {} connections, {} slices of {} ms per side in turn, {} bytes and {} rows per message, {} messages before,\n\
             SQLite with full durability and group commit on both sides, scheduling {}, Baton {}\n",
            ratios.rate,
            ratios.processor,
            ratios.noise,
            self.connections,
            self.slices.len() / 2,
            self.slice.as_millis(),
            self.message_bytes,
            self.rows,
            self.prefill,
            self.scheduling,
            env!("CARGO_PKG_VERSION"),
        );
        text
    }

    fn json(&self) -> String {
        let ratios = self.ratios();
        let side = |name, disk: f64| {
            let of: Summary = self.of(name);
            json!({
                "messages_per_second": of.rate,
                "latency_p50_micros": of.p50,
                "latency_p99_micros": of.p99,
                "processor_micros_per_message": of.processor_micros,
                "disk_bytes_per_message": disk,
                "messages": of.requests,
            })
        };
        let rates =
            |name| -> Vec<f64> { self.slices.iter().filter(|slice| slice.side == name).map(Slice::rate).collect() };
        json!({
            "baton": side(SideName::Baton, self.baton_disk),
            "bare": side(SideName::Bare, self.bare_disk),
            "ratio": { "rate": ratios.rate, "processor": ratios.processor, "bare_halves": ratios.noise },
            "slices": { "baton": rates(SideName::Baton), "bare": rates(SideName::Bare) },
            "settings": {
                "connections": self.connections,
                "slice_millis": self.slice.as_millis() as u64,
                "prefill": self.prefill,
                "message_bytes": self.message_bytes,
                "rows_per_message": self.rows,
                "scheduling": self.scheduling,
                "version": env!("CARGO_PKG_VERSION"),
            },
        })
        .to_string()
    }

    fn svg(&self) -> String {
        super::plot::svg(self)
    }
}

fn millis(micros: u32) -> String {
    format!("{:.1} ms", f64::from(micros) / 1000.0)
}

fn kilo(bytes: f64) -> String {
    format!("{:.1} kB", bytes / 1000.0)
}

#[cfg(test)]
pub(super) fn sample() -> Report {
    let slice = |side, rate: u32| Slice { side, seconds: 1.0, latencies: vec![1500; rate as usize], processor: 0.1 };
    let slices = vec![
        slice(SideName::Baton, 600),
        slice(SideName::Bare, 1000),
        slice(SideName::Bare, 1000),
        slice(SideName::Baton, 800),
    ];
    Report {
        connections: 64,
        slice: Duration::from_secs(1),
        prefill: 0,
        message_bytes: 12_700,
        rows: 30,
        scheduling: "normal",
        baton_disk: 9_000.0,
        bare_disk: 40_000.0,
        slices,
    }
}

#[cfg(test)]
mod tests {
    use super::{Printed, sample};

    #[test]
    fn the_ratio_is_that_of_all_slices_together() {
        let ratios = sample().ratios();
        assert!((ratios.rate - 0.7).abs() < 1e-9 && (ratios.noise - 1.0).abs() < 1e-9);
        assert!((ratios.processor - 0.7).abs() < 1e-9, "more processor time per message is a lower ratio");
    }

    #[test]
    fn people_and_programs_are_told_the_same() {
        let report = sample();
        assert!(report.text().contains("ratio of rates 0.70"));
        let json: serde_json::Value = serde_json::from_str(&report.json()).expect("it is JSON");
        assert_eq!(json["baton"]["messages"], 1400);
        assert_eq!(json["slices"]["bare"].as_array().map(Vec::len), Some(2));
    }
}

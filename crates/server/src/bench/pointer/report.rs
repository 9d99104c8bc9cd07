//! What a run says of a locator, for people and for programs.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{operation::Operation, prefill::Filled, registry::Registry, size::Size};
use crate::bench::{
    Printed,
    side::SideName,
    slices::{Ratios, Slice, Summary, of, ratios},
};

/// All that was measured.
pub struct Report {
    /// Operations at sizes, in this order.
    pub cells: Vec<Cell>,
    /// The registries, the smallest first.
    pub registries: Vec<Registered>,
    /// Rows that Baton and the bare loop write for each operation.
    pub rows: [[u64; 4]; 2],
    /// Sizes for which there was no room.
    pub skipped: Vec<Size>,
    /// How it was measured.
    pub settings: Settings,
}

/// One operation at one size.
pub struct Cell {
    /// The operation.
    pub operation: Operation,
    /// The size.
    pub size: Size,
    /// Slices of both sides.
    pub slices: Vec<Slice>,
}

/// One registry, as it was filled on both sides.
pub struct Registered {
    /// Its size.
    pub registry: Registry,
    /// Length of a pointer's body in JSON.
    pub body_bytes: usize,
    /// Baton's.
    pub baton: Filled,
    /// The bare loop's.
    pub bare: Filled,
}

/// How it was measured.
pub struct Settings {
    /// Senders.
    pub connections: u16,
    /// Slices of each side, size and operation.
    pub slices: u16,
    /// Length of a slice.
    pub slice_millis: u64,
    /// What Baton was asked in.
    pub format: String,
    /// How the system scheduled the run.
    pub scheduling: &'static str,
}

/// What an operation costs compared with the smallest registry.
pub struct Growth {
    /// Processor time per operation.
    pub processor: f64,
    /// Time per operation, waiting for the disk included.
    pub time: f64,
}

impl Cell {
    /// What one side's slices say.
    pub fn of(&self, side: SideName) -> Summary {
        of(&self.slices, side)
    }

    /// What the sides say of each other.
    fn ratios(&self) -> Ratios {
        ratios(&self.slices)
    }
}

impl Registered {
    fn bytes_per_pointer(&self, filled: &Filled) -> f64 {
        filled.bytes as f64 / self.registry.pointers as f64
    }

    fn per_second(&self, filled: &Filled) -> f64 {
        self.registry.pointers as f64 / filled.seconds
    }
}

impl Report {
    /// What an operation costs here compared with the smallest registry.
    pub fn growth(&self, cell: &Cell, side: SideName) -> Growth {
        // cells of an operation are sorted by size
        let first = self.cells.iter().find(|first| first.operation == cell.operation).unwrap_or(cell);
        let (small, large) = (first.of(side), cell.of(side));
        Growth { processor: large.processor_micros / small.processor_micros, time: small.rate / large.rate }
    }

    fn table(&self) -> String {
        let smallest = self.cells.first().map_or(Size(0), |cell| cell.size);
        let mut table = format!(
            "{:<17}{:^36}   {:^36}   {:^13}   cost against {smallest}\n{:<8}{:>9}",
            "", "Baton", "bare loop", "ratio", "", "pointers"
        );
        for _ in SIDES {
            table.push_str("      per s      p50      p99  CPU/op   ");
        }
        table.push_str("  rate    CPU     Baton CPU time   bare CPU time\n");
        for cell in &self.cells {
            let _ = write!(table, "{:<8}{:>9}", cell.operation.name(), cell.size.to_string());
            for side in SIDES {
                let summary = cell.of(side);
                let [p50, p99] = [summary.p50, summary.p99].map(|micros| f64::from(micros) / 1e3);
                let _ = write!(
                    table,
                    " {:>10.0} {p50:>5.1} ms {p99:>5.1} ms {:>4.0} µs  ",
                    summary.rate, summary.processor_micros
                );
            }
            let (ratios, baton, bare) =
                (cell.ratios(), self.growth(cell, SideName::Baton), self.growth(cell, SideName::Bare));
            let _ = writeln!(
                table,
                " {:>6.2} {:>6.2}         {:>5.2} {:>5.2}      {:>5.2} {:>5.2}",
                ratios.rate, ratios.processor, baton.processor, baton.time, bare.processor, bare.time
            );
        }
        table
    }

    fn registry_lines(&self) -> String {
        let mut lines = String::new();
        for one in &self.registries {
            let _ = writeln!(
                lines,
                "{} pointers over {} patients, {} bytes each as JSON: Baton keeps {:.0} bytes per pointer, filled at {:.0}\n\
                 per second; the bare loop {:.0} bytes, {:.0} per second",
                Size(one.registry.pointers),
                one.registry.patients(),
                one.body_bytes,
                one.bytes_per_pointer(&one.baton),
                one.per_second(&one.baton),
                one.bytes_per_pointer(&one.bare),
                one.per_second(&one.bare),
            );
        }
        for size in &self.skipped {
            let _ = writeln!(lines, "{size} pointers were left out, since the disk has no room for them");
        }
        lines
    }
}

const SIDES: [SideName; 2] = [SideName::Baton, SideName::Bare];

impl Printed for Report {
    fn text(&self) -> String {
        let noise: Vec<f64> = self.cells.iter().map(|cell| cell.ratios().noise).collect();
        let (low, high) = noise.iter().fold((f64::MAX, 0_f64), |(low, high), one| (low.min(*one), high.max(*one)));
        let settings = &self.settings;
        format!(
            "{}\n{}\n\
             ratio 1.00 = as fast as the bare loop, which keeps bodies as they came while Baton packs them; its slices against\n\
             each other: {low:.2} to {high:.2}. Bytes count the whole file, with indexes and the audit.\n\
             {} connections, {} slices of {} ms for each figure in turn, Baton asked in {}, rows for create, patch, read, search:\n\
             {:?} and {:?} in the bare loop, SQLite with full durability and group commit on both sides, scheduling {}, Baton {}\n",
            self.table(),
            self.registry_lines(),
            settings.connections,
            settings.slices,
            settings.slice_millis,
            settings.format,
            self.rows[0],
            self.rows[1],
            settings.scheduling,
            env!("CARGO_PKG_VERSION"),
        )
    }

    fn json(&self) -> String {
        let results: Vec<Value> = self.cells.iter().map(|cell| self.result(cell)).collect();
        let registries: Vec<Value> = self.registries.iter().map(Registered::json).collect();
        let settings = &self.settings;
        json!({
            "results": results,
            "registries": registries,
            "left_out": self.skipped.iter().map(|size| size.0).collect::<Vec<_>>(),
            "settings": {
                "connections": settings.connections,
                "slices": settings.slices,
                "slice_millis": settings.slice_millis,
                "format": settings.format,
                "scheduling": settings.scheduling,
                "version": env!("CARGO_PKG_VERSION"),
            },
        })
        .to_string()
    }

    fn svg(&self) -> String {
        super::plot::svg(self)
    }
}

impl Report {
    fn result(&self, cell: &Cell) -> Value {
        let side = |name: SideName| {
            let (summary, growth) = (cell.of(name), self.growth(cell, name));
            let rows = self.rows[usize::from(name == SideName::Bare)][cell.operation as usize];
            json!({
                "per_second": summary.rate,
                "latency_p50_micros": summary.p50,
                "latency_p99_micros": summary.p99,
                "processor_micros": summary.processor_micros,
                "processor_growth": growth.processor,
                "time_growth": growth.time,
                "requests": summary.requests,
                "rows": rows,
            })
        };
        let ratios = cell.ratios();
        json!({
            "operation": cell.operation.name(),
            "pointers": cell.size.0,
            "baton": side(SideName::Baton),
            "bare": side(SideName::Bare),
            "ratio": { "rate": ratios.rate, "processor": ratios.processor, "bare_halves": ratios.noise },
        })
    }
}

impl Registered {
    fn json(&self) -> Value {
        let side = |filled: &Filled| {
            json!({
                "bytes_per_pointer": self.bytes_per_pointer(filled),
                "filled_per_second": self.per_second(filled),
            })
        };
        json!({
            "pointers": self.registry.pointers,
            "patients": self.registry.patients(),
            "body_bytes": self.body_bytes,
            "baton": side(&self.baton),
            "bare": side(&self.bare),
        })
    }
}

/// Bytes for people.
pub fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
pub(super) fn sample() -> Report {
    let slice = |side, rate: usize, processor| Slice { side, seconds: 1.0, latencies: vec![1500; rate], processor };
    let mut cells = Vec::new();
    for operation in Operation::ALL {
        for (size, rate) in [(Size(10_000), 1000), (Size(1_000_000), 800)] {
            let slices = vec![
                slice(SideName::Baton, rate / 2, 0.1),
                slice(SideName::Bare, rate, 0.1),
                slice(SideName::Bare, rate, 0.1),
            ];
            cells.push(Cell { operation, size, slices });
        }
    }
    let filled = |bytes| Filled { seconds: 2.0, bytes };
    let registry = Registry::new(10_000, &"nrl".into());
    let one = Registered { registry, body_bytes: 1200, baton: filled(9_000_000), bare: filled(20_000_000) };
    let settings =
        Settings { connections: 64, slices: 1, slice_millis: 500, format: "json".into(), scheduling: "normal" };
    Report { cells, registries: vec![one], rows: [[3, 2, 2, 2]; 2], skipped: vec![Size(10_000_000)], settings }
}

#[cfg(test)]
mod tests {
    use super::{Printed, SideName, sample};

    #[test]
    fn growth_is_against_the_smallest_registry() {
        let report = sample();
        let growth = report.growth(&report.cells[1], SideName::Baton);
        assert!((growth.time - 1.25).abs() < 1e-9 && (growth.processor - 1.25).abs() < 1e-9);
    }

    #[test]
    fn people_and_programs_are_told_the_same() {
        let report = sample();
        let text = report.text();
        assert!(
            text.contains("Baton keeps 900 bytes per pointer") && text.contains("10m pointers were left out"),
            "{text}"
        );
        let json: serde_json::Value = serde_json::from_str(&report.json()).expect("it is JSON");
        assert_eq!(json["results"].as_array().map(Vec::len), Some(8));
        assert_eq!(json["results"][0]["ratio"]["rate"], 0.5);
        assert_eq!(json["registries"][0]["baton"]["bytes_per_pointer"], 900.0);
    }
}

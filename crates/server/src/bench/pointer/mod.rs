//! A record locator and a bare loop beside it, at registries of several sizes.
//!
//! All sizes and both sides take turns, so that what a machine gives at a moment is the same for all that is compared.

mod bare;
mod mould;
mod operation;
mod plot;
mod prefill;
mod registry;
mod report;
mod requests;
mod size;
mod trial;

use std::{sync::Arc, time::Duration};

use baton_fhir::format::Format;
use indicatif::ProgressBar;

use super::{
    BenchError, Output,
    folder::{Folder, free_bytes},
    load::Load,
    progress,
    side::{self, Side, SideName, Task},
    slices::{Slice, order},
};
use operation::Operation;
use prefill::Filled;
use registry::Registry;
use report::{Cell, Registered, Report, Settings};
use requests::PointerRequests;
use size::Size;

pub(super) use bare::run as run_bare;
pub(super) use requests::EXCHANGE;

/// How to measure a locator.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = HELP)]
pub struct PointerArgs {
    /// Pointers in the registries, over a tenth as many patients. What finds no room on the disk is left out
    #[arg(long, value_delimiter = ',', default_value = "10k,1m", value_name = "SIZES")]
    sizes: Vec<Size>,
    /// Keep-alive connections that send at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// Slices per side, size and operation; all sides and sizes take turns
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(2..=600))]
    slices: u16,
    /// Length of a slice in milliseconds
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(20..=60_000))]
    slice_millis: u64,
    /// What Baton is asked in; the bare loop knows JSON only
    #[arg(long, default_value = "json", value_parser = ["json", "xml"])]
    format: String,
    #[command(flatten)]
    pub(super) output: Output,
}

const HELP: &str = "\
Measures four operations: create, conditional patch by subject and identifier, read by id, and search by
subject (ten pointers each). Registries are filled through the store before, with the rows that creating makes.
Both sides keep a line of the audit of every request, reads too, and answer when it is durable.

Examples:
  baton bench pointers
  baton bench pointers --sizes 10k,1m,10m --plot growth.svg
  baton bench pointers --json --slices 24 > result.json
  TMPDIR=/big/disk baton bench pointers --sizes 10m

A size takes about 4 kB of disk per pointer for both sides together while it is measured.";

/// A side with a registry of a size, both taking turns with others.
struct Runner {
    side: Side,
    registry: Registry,
    format: Format,
    /// Pointers that were created since it was filled.
    created: u64,
}

/// Measures both sides at all sizes.
pub(super) async fn measure(args: &PointerArgs) -> Result<Report, BenchError> {
    let free = free_bytes();
    let (sizes, skipped) = size::that_fit(args.sizes.clone(), free);
    for size in &skipped {
        eprintln!("{size} pointers are left out: the disk has {} free", report::gigabytes(free.unwrap_or_default()));
    }
    let format = if args.format == "xml" { Format::Xml } else { Format::Json };
    let rows = [trial::rows(SideName::Baton).await?, trial::rows(SideName::Bare).await?];
    let (mut registries, mut runners) = (Vec::new(), Vec::new());
    let mould = Arc::new(trial::mould().await?);
    for size in &sizes {
        let registry = Registry::new(size.0, &requests::EXCHANGE_ID.into());
        let mut filled = Vec::new();
        for name in [SideName::Baton, SideName::Bare] {
            let (side, how) = filled_side(name, &registry, &mould).await?;
            let format = if name == SideName::Baton { format } else { Format::Json };
            runners.push(Runner { side, registry: registry.clone(), format, created: 0 });
            filled.push(how);
        }
        let body_bytes = mould.pointer(&registry, 0).body.len();
        registries.push(Registered { registry, body_bytes, baton: filled[0], bare: filled[1] });
    }
    let cells = measure_all(args, &sizes, &mut runners).await?;
    let settings = Settings {
        connections: args.connections,
        slices: args.slices,
        slice_millis: args.slice_millis,
        format: args.format.clone(),
        scheduling: side::scheduling(),
    };
    Ok(Report { cells, registries, rows, skipped, settings })
}

async fn filled_side(
    name: SideName,
    registry: &Registry,
    mould: &Arc<mould::Mould>,
) -> Result<(Side, Filled), BenchError> {
    let size = Size(registry.pointers);
    let word = if name == SideName::Baton { "baton" } else { "bare" };
    let folder = Folder::make(&format!("{word}-{size}"))?;
    let bar = progress(registry.pointers, "{bar:30} {human_pos}/{human_len} {msg} {per_sec} {eta}");
    bar.set_message(format!("filling {}", name.shown()));
    let filled = match name {
        SideName::Baton => prefill::fill_baton(&folder.database(), registry, mould, &bar).await?,
        SideName::Bare => prefill::fill_bare(&folder.database(), registry, mould, &bar).await?,
    };
    bar.finish_and_clear();
    eprintln!("{size} pointers are in {}: {:.0} per second", name.shown(), registry.pointers as f64 / filled.seconds);
    Ok((Side::start(name, Task::Pointers, folder, 0)?, filled))
}

/// One operation after the other, all runners taking turns in each.
async fn measure_all(args: &PointerArgs, sizes: &[Size], runners: &mut [Runner]) -> Result<Vec<Cell>, BenchError> {
    let turns = order(&Vec::from_iter(0..runners.len()), usize::from(args.slices));
    let bar = progress((turns.len() * Operation::ALL.len()) as u64, "{bar:30} {pos}/{len} {msg} {eta}");
    let mut cells = Vec::new();
    for operation in Operation::MEASURED {
        let slices = measure_one(args, operation, runners, &turns, &bar).await?;
        for (at, size) in sizes.iter().enumerate() {
            let of_size = |(runner, _): &&(usize, Slice)| runner / 2 == at;
            let slices = slices.iter().filter(of_size).map(|(_, slice)| slice.clone()).collect();
            cells.push(Cell { operation, size: *size, slices });
        }
    }
    bar.finish_and_clear();
    cells.sort_by_key(|cell| (cell.operation as usize, cell.size));
    Ok(cells)
}

/// Slices of one operation, each with the number of its runner.
async fn measure_one(
    args: &PointerArgs,
    operation: Operation,
    runners: &mut [Runner],
    turns: &[usize],
    bar: &ProgressBar,
) -> Result<Vec<(usize, Slice)>, BenchError> {
    let (slice, mut loads) = (Duration::from_millis(args.slice_millis), Vec::new());
    for runner in runners.iter() {
        bar.set_message(format!("warming up {}, {}", operation.name(), runner.shown()));
        let requests = PointerRequests::new(operation, runner.registry.clone(), runner.format);
        let mut load = Load::connect(&runner.side, args.connections, requests).await?;
        load.send(runner.share(args, operation) * 2, Some(slice * 2)).await?;
        loads.push(load);
    }
    let mut slices = Vec::new();
    for turn in turns {
        let (runner, load) = (&runners[*turn], &mut loads[*turn]);
        bar.set_message(format!("measuring {}, {}", operation.name(), runner.shown()));
        slices.push((*turn, load.slice(&runner.side, runner.share(args, operation), slice).await?));
        bar.inc(1);
    }
    if operation == Operation::Create {
        runners.iter_mut().zip(&loads).for_each(|(runner, load)| runner.created = load.accepted());
    }
    Ok(slices)
}

impl Runner {
    /// How many requests a slice may have: a pointer can be patched once only.
    fn share(&self, args: &PointerArgs, operation: Operation) -> u64 {
        match operation {
            // a warm-up takes two shares
            Operation::Patch => self.created / (u64::from(args.slices) + 2),
            Operation::Create | Operation::Read | Operation::Search => u64::MAX / 4,
        }
    }

    fn shown(&self) -> String {
        format!("{} with {}", self.side.name(), Size(self.registry.pointers))
    }
}

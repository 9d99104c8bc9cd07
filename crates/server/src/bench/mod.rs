//! `baton bench`: the same messages through Baton and through a bare loop beside it, in alternation, and the ratio.
//!
//! Each side runs in a process of its own, so that its processor time can be read. Slices of both alternate, because what a
//! machine gives changes from second to second; only the ratio of one run says something.

mod bare;
mod load;
mod plot;
mod report;
mod side;
mod slices;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

pub use side::{SideArgs, run_side};

use load::Load;
use report::Report;
use side::{Side, SideName};
use slices::Slice;

/// What to measure.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// What to send: referral messages of eleven resources
    #[arg(default_value = "messages", value_parser = ["messages"])]
    work: String,
    /// Keep-alive connections that send at the same time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    connections: u16,
    /// Slices per side; both sides alternate
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(2..=600))]
    slices: u16,
    /// Length of a slice in milliseconds
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(20..=60_000))]
    slice_millis: u64,
    /// Messages that both sides get before anything is measured
    #[arg(long, default_value_t = 0)]
    prefill: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Draw the slices into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// Why a benchmark gave no result.
#[derive(Debug, thiserror::Error)]
pub enum BenchError {
    /// A file or process could not be used.
    #[error("{what}")]
    Outside {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A side did not do its work.
    #[error("{0}")]
    Side(String),
    /// A side could not be reached.
    #[error("a side could not be reached")]
    Client(#[from] crate::client::ClientError),
    /// A database could not be looked at.
    #[error("a database could not be looked at")]
    Store(#[from] baton_store::StoreError),
}

/// Measures and prints.
pub fn run(args: &Args) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let measured = match runtime {
        Ok(runtime) => runtime.block_on(measure(args)),
        Err(source) => Err(BenchError::Outside { what: "could not start", source }),
    };
    let report = match measured {
        Ok(report) => report,
        Err(error) => {
            eprintln!("baton bench: {}", crate::log::with_sources(&error));
            return ExitCode::FAILURE;
        }
    };
    if args.json {
        println!("{}", report.json());
    } else {
        print!("{}", report.text());
    }
    if let Some(file) = &args.plot {
        if let Err(error) = std::fs::write(file, plot::svg(&report)) {
            eprintln!("baton bench: could not write the plot: {error}");
            return ExitCode::FAILURE;
        }
        eprintln!("the plot is in {}", file.display());
    }
    ExitCode::SUCCESS
}

async fn measure(args: &Args) -> Result<Report, BenchError> {
    let slice = Duration::from_millis(args.slice_millis);
    let mut baton = Side::start(SideName::Baton, 0)?;
    let mut baton_load = Load::connect(&baton, args.connections).await?;
    // a first message shows how many rows Baton writes for each, so that the bare loop writes as many
    let empty = baton.measure()?;
    baton_load.send(1, None).await?;
    let rows = baton.measure()?.rows.saturating_sub(empty.rows);
    let mut bare = Side::start(SideName::Bare, rows)?;
    let mut bare_load = Load::connect(&bare, args.connections).await?;

    let order = slices::order(usize::from(args.slices));
    let progress = progress(order.len() as u64 + 2);
    let mut measured: Vec<Slice> = Vec::new();
    for (side, load) in [(&mut baton, &mut baton_load), (&mut bare, &mut bare_load)] {
        progress.set_message(format!("warming up {}", side.name()));
        load.send(args.prefill, None).await?;
        load.send(u64::MAX, Some(slice * 2)).await?;
        progress.inc(1);
    }
    for name in order {
        let (side, load) = match name {
            SideName::Baton => (&mut baton, &mut baton_load),
            SideName::Bare => (&mut bare, &mut bare_load),
        };
        progress.set_message(format!("measuring {}", side.name()));
        let before = side.processor_time()?;
        let (seconds, latencies) = load.send(u64::MAX, Some(slice)).await?;
        measured.push(Slice { side: name, seconds, latencies, processor: side.processor_time()? - before });
        progress.inc(1);
    }
    progress.finish_and_clear();
    let per_message =
        |side: &Side, sent: u64| -> Result<f64, BenchError> { Ok(side.measure()?.bytes as f64 / sent as f64) };
    Ok(Report {
        connections: args.connections,
        slice,
        prefill: args.prefill,
        message_bytes: baton_load.message_bytes(),
        rows,
        scheduling: side::scheduling(),
        baton_disk: per_message(&baton, baton_load.accepted())?,
        bare_disk: per_message(&bare, bare_load.accepted())?,
        slices: measured,
    })
}

/// A bar on a terminal, nothing elsewhere.
fn progress(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

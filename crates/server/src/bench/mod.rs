//! `baton bench`: the same work through Baton and through a bare loop beside it, in alternation, and the ratio.
//!
//! Each side runs in a process of its own, so that its processor time can be read. Slices of both alternate, because what a
//! machine gives changes from second to second; only the ratio of one run says something.

mod bare;
mod draw;
mod flood;
mod folder;
mod load;
mod message;
mod pointer;
mod side;
mod slices;
mod template;

use std::{future::Future, path::PathBuf, process::ExitCode};

use indicatif::{ProgressBar, ProgressStyle};

pub use side::{SideArgs, run_side};

/// What to measure.
#[derive(clap::Args, Clone, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    work: Option<Work>,
    #[command(flatten)]
    messages: message::MessageArgs,
}

#[derive(clap::Subcommand, Clone, Debug)]
enum Work {
    /// Referral messages of eleven resources; what is measured when nothing is named
    Messages(message::MessageArgs),
    /// A record locator: create, patch, read and search, as its registry grows
    Pointers(pointer::PointerArgs),
    /// A good client beside many that crawl or ask too much: what it feels of them, and what the server spends
    #[command(hide = true)]
    Flood(flood::FloodArgs),
}

/// Where the result goes.
#[derive(clap::Args, Clone, Debug)]
struct Output {
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    /// Draw the result into an SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// What a run says.
trait Printed {
    /// For people.
    fn text(&self) -> String;
    /// For programs.
    fn json(&self) -> String;
    /// As a drawing.
    fn svg(&self) -> String;
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
    /// Somebody pressed Ctrl-C.
    #[error("stopped")]
    Stopped,
}

/// Measures and prints.
pub fn run(args: &Args) -> ExitCode {
    match &args.work {
        None => run_one(&args.messages.output, message::measure(&args.messages)),
        Some(Work::Messages(args)) => run_one(&args.output, message::measure(args)),
        Some(Work::Flood(args)) => flood::run(args),
        Some(Work::Pointers(args)) => run_one(&args.output, pointer::measure(args)),
    }
}

fn run_one<R: Printed>(output: &Output, measure: impl Future<Output = Result<R, BenchError>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let measured = match runtime {
        Ok(runtime) => runtime.block_on(unless_stopped(measure)),
        Err(source) => Err(BenchError::Outside { what: "could not start", source }),
    };
    let report = match measured {
        Ok(report) => report,
        Err(error) => {
            eprintln!("baton bench: {}", crate::log::with_sources(&error));
            return ExitCode::FAILURE;
        }
    };
    if output.json {
        println!("{}", report.json());
    } else {
        print!("{}", report.text());
    }
    if let Some(file) = &output.plot {
        if let Err(error) = std::fs::write(file, report.svg()) {
            eprintln!("baton bench: could not write the plot: {error}");
            return ExitCode::FAILURE;
        }
        eprintln!("the plot is in {}", file.display());
    }
    ExitCode::SUCCESS
}

/// Ends by itself at Ctrl-C, so that sides and their folders do not stay.
async fn unless_stopped<R>(measure: impl Future<Output = Result<R, BenchError>>) -> Result<R, BenchError> {
    tokio::select! {
        measured = measure => measured,
        _ = tokio::signal::ctrl_c() => Err(BenchError::Stopped),
    }
}

/// A bar on a terminal, nothing elsewhere.
fn progress(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

//! `baton import pointers`: takes over pointers that were made before, from a file with one on each line.

mod batch;
mod lines;
mod report;
mod rules;
mod settle;
mod summary;

use std::{
    fs::File,
    io::{Read, stdin},
    path::{Path, PathBuf},
    process::ExitCode,
};

use baton_store::StoreError;

use crate::operator::{self, Account, Missing, Place, PlaceError, Progress, Where};

pub use report::Report;
pub use summary::Summary;

/// Lines that are looked up together, and committed at the same time.
pub const BATCH_LINES: usize = 256;

/// Exit status after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// Arguments of `baton import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Takes pointers into a record locator, one DocumentReference (STU3, JSON) on each line
    Pointers(Pointers),
}

/// Arguments of `baton import pointers`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  baton import pointers pointers.ndjson --config baton.toml
  zcat pointers.ndjson.gz | baton import pointers - --config baton.toml --report refused.ndjson

Stop it at any time, also with kill -9, and give the same command again: it skips what is there, takes the rest, and ends in
the same state. A server may run on the same store meanwhile.

A pointer may be in any state but removed. What `baton export pointers` wrote keeps ids, versions, times and states. A pointer
from elsewhere gets an id that is made from its content, so that the same line is the same pointer again.

The report has one JSON object for each refused line: its number, and for each fault the rule, the guide's code and the
FHIRPath. It holds nothing that stands in the pointers, so that it can be passed on.

Exit status: 0 all lines were taken or are there already, 1 some were refused, 2 unusable configuration, file or store, 130
stopped by Ctrl-C.")]
pub struct Pointers {
    /// The file, NDJSON in UTF-8; `-` reads standard input. Blank lines are skipped
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which locator.
    #[command(flatten)]
    pub at: Where,
    /// Where refused lines are told; FILE.report.ndjson if nothing is said, the first few on standard error for `-`
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

/// Why an import ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is nowhere to import to.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A file could not be used.
    #[error("{what} {file}")]
    File {
        /// What was tried.
        what: &'static str,
        /// With which file.
        file: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// The store could not do its part.
    #[error("the store could not do its part; the same command goes on where this one stopped")]
    Store(#[from] StoreError),
    /// Others change the same pointers all the time.
    #[error("others changed the same pointers again and again; the same command goes on where this one stopped")]
    Contended,
}

/// How an import ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At the end of the file.
    Whole,
    /// Somebody stopped it.
    Stopped,
}

/// Does what the command line says.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match &args.what {
        What::Pointers(pointers) => operator::run("import", import_file(pointers)),
    }
}

async fn import_file(args: &Pointers) -> Result<ExitCode, ImportError> {
    let place = Place::open(&args.at, Missing::Make).await?;
    let (source, bytes) = open(&args.file)?;
    let mut report = Report::open(report_path(args).as_deref())?;
    let mut progress = if args.quiet { Progress::quiet("import") } else { Progress::new("import", bytes) };
    let account = Account::new("baton-import");
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    let ended = import(&place, &account, source, &mut report, &mut progress, stop).await;
    let took = progress.end();
    let end = ended?;
    print!("{}", Summary { report: &report, account: &account, took, end });
    Ok(match end {
        End::Stopped => ExitCode::from(INTERRUPTED),
        End::Whole if report.refused() > 0 => ExitCode::FAILURE,
        End::Whole => ExitCode::SUCCESS,
    })
}

/// Imports all lines of a source, or those until it is told to stop. Whatever ends it, what was committed stays.
///
/// # Errors
/// [`ImportError`] when the source, the report or the store is of no use any more.
pub async fn import(
    place: &Place,
    account: &Account,
    source: impl Read + Send + 'static,
    report: &mut Report,
    progress: &mut Progress,
    stop: impl Future<Output = ()>,
) -> Result<End, ImportError> {
    let mut batches = batch::start(place, source)?;
    tokio::pin!(stop);
    loop {
        // a batch that is being settled is settled to its end, so that the report tells of all that was committed
        let batch = tokio::select! {
            biased;
            () = &mut stop => return report.flush().map(|()| End::Stopped),
            batch = batches.recv() => batch,
        };
        let Some(batch) = batch else { break };
        let batch = batch?;
        let settled = settle::settle(place, account, batch.lines).await?;
        for (line, how) in settled {
            report.settled(line, &how)?;
        }
        report.flush()?;
        progress.at(batch.bytes_read, report.lines(), "lines");
    }
    report.flush().map(|()| End::Whole)
}

/// The file and how long it is.
fn open(file: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>), ImportError> {
    if file == Path::new("-") {
        return Ok((Box::new(stdin()), None));
    }
    let failed = |source| ImportError::File { what: "cannot read", file: file.display().to_string(), source };
    let opened = File::open(file).map_err(failed)?;
    let about = opened.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    }
    // a pipe has no length
    let bytes = about.is_file().then_some(about.len());
    Ok((Box::new(opened), bytes))
}

fn report_path(args: &Pointers) -> Option<PathBuf> {
    let beside = || {
        let mut path = args.file.clone().into_os_string();
        path.push(".report.ndjson");
        (args.file != Path::new("-")).then(|| path.into())
    };
    args.report.clone().or_else(beside)
}

//! `baton export pointers`: all pointers of a locator as a file with one on each line.

mod part;
mod walk;

use std::{
    io::{BufWriter, Write, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use baton_exchange::{
    audit::Interaction,
    decision::{Batch, Change},
};
use baton_store::{Committed, StoreError};

use crate::operator::{self, Account, Missing, Place, PlaceError, Progress, Told, Where, counted, per_second};

pub use part::{Begin, Part};
pub use walk::{STEPS, Walk};

/// Arguments of `baton export`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Writes the pointers of a record locator, one DocumentReference (STU3, JSON) on each line
    Pointers(Pointers),
}

/// Arguments of `baton export pointers`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  baton export pointers pointers.ndjson --config baton.toml
  baton export pointers pointers.ndjson --config baton.toml --resume
  baton export pointers - --config baton.toml --quiet | gzip > pointers.ndjson.gz

All pointers but removed ones are written as they are kept, in whatever state, in an order that is the same each time. A server
may run on the same store meanwhile: what was there when the export began is in it, once; what is made or changed meanwhile may
be or not.

Until it is whole, the file is called FILE.part; only its owner may read it. An export that was cut is begun anew, or goes on
behind its last whole line with --resume. The export has a line in the audit.

`baton import pointers` takes the file into another store with ids, versions, times and states. Removed pointers are not in it,
and neither is the audit.

Exit status: 0 the file is whole, 2 unusable configuration, file or store.")]
pub struct Pointers {
    /// The file; `-` writes to standard output
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which locator.
    #[command(flatten)]
    pub at: Where,
    /// Go on with FILE.part of an export that was cut; begin anew if there is none
    #[arg(long)]
    pub resume: bool,
    /// Show no progress
    #[arg(long, short)]
    pub quiet: bool,
}

/// Why an export ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is nothing to export from.
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
    /// What is there is not the beginning of this export.
    #[error("cannot go on with {file}: {why}; without --resume it is begun anew")]
    NoBeginning {
        /// The file.
        file: String,
        /// Why not.
        why: &'static str,
    },
    /// The store could not do its part.
    #[error("the store could not do its part; --resume goes on where this one stopped")]
    Store(#[from] StoreError),
}

/// Does what the command line says.
#[must_use]
pub fn run(args: &Args) -> ExitCode {
    match &args.what {
        What::Pointers(pointers) => operator::run("export", export_file(pointers)),
    }
}

async fn export_file(args: &Pointers) -> Result<ExitCode, ExportError> {
    let place = Place::open(&args.at, Missing::Refuse).await?;
    let mut progress = if args.quiet { Progress::quiet("export") } else { Progress::new("export", Some(STEPS)) };
    let to_stdout = args.file == Path::new("-");
    let begin = if args.resume { Begin::Resume } else { Begin::Anew };
    let (written, before) = if to_stdout {
        (export_to(&place, Walk::new(&place, None), &mut stdout().lock(), "standard output", &mut progress).await?, 0)
    } else {
        let mut part = Part::open(&place, &args.file, begin).await?;
        let (walk, before, name) = (Walk::new(&place, part.after()), part.lines(), part.name());
        let written = export_to(&place, walk, part.file(), &name, &mut progress).await?;
        part.finish()?;
        (written, before)
    };
    let took = progress.end();
    if to_stdout && args.quiet {
        return Ok(ExitCode::SUCCESS);
    }
    let (secs, rate) = (took.as_secs_f64(), counted(per_second(written, took)));
    let kept = if before > 0 { format!(" behind {} that were there", counted(before)) } else { String::new() };
    eprintln!("exported {} pointers{kept} in {secs:.1} s, {rate} per second", counted(written));
    Ok(ExitCode::SUCCESS)
}

/// Writes all pages of a walk, and tells the audit before the first. Gives how many pointers were written.
///
/// # Errors
/// [`ExportError`] when the store or the file is of no use any more.
pub async fn export_to(
    place: &Place,
    mut walk: Walk,
    out: &mut impl Write,
    name: &str,
    progress: &mut Progress,
) -> Result<u64, ExportError> {
    tell(place).await?;
    let unwritable = |source| ExportError::File { what: "cannot write", file: name.to_owned(), source };
    let mut out = BufWriter::with_capacity(256 * 1024, out);
    let mut written = 0;
    while let Some(bodies) = walk.page(place).await? {
        for body in bodies {
            out.write_all(&body).and_then(|()| out.write_all(b"\n")).map_err(unwritable)?;
            written += 1;
        }
        // what is handed to the system survives a kill
        out.flush().map_err(unwritable)?;
        progress.at(walk.step(place), written, "pointers");
    }
    Ok(written)
}

/// Whoever takes all pointers out is remembered before the first is written.
async fn tell(place: &Place) -> Result<(), ExportError> {
    let told = Told { interaction: Interaction::Export, status: 200, code: "", subject: None, pointers: Vec::new() };
    let line = Account::new("baton-export").line(place, told);
    let batch = Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] };
    match place.store.commit(batch).await? {
        Committed::Done => Ok(()),
        Committed::Outdated => Err(StoreError::Bug("a batch without asserts was outdated".to_owned()).into()),
    }
}

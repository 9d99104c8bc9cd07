//! `baton audit open`: what was searched for, for an officer who has the key that opens it and the server has not.

mod listed;
mod out;

use std::{
    io::{BufRead, BufReader, BufWriter, Read, Write, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::ValueEnum;

use self::out::{Ended, Out};
use super::{filters::Filters, tree::TreeError};
use crate::query::OpeningKey;

/// Arguments of `baton audit open`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  baton audit open --new officer.key
  baton audit open --key officer.key --config baton.toml --partner clinic-a --from 2026-01-01
  echo 9876543210 | baton audit open --key officer.key --config baton.toml --find -
  baton audit list --config baton.toml --format json > lines.ndjson
  baton audit open --key officer.key --lines lines.ndjson --find 9876543210

With `[audit] queries = \"sealed\"` a server seals the query of each search to the key of an officer; it cannot open one itself.
--new makes the key: the half that opens is in the file, for its owner alone; the half that seals is printed for the configuration.
Keep the file away from the server, and a copy of it safe: without it nobody reads a query again. With --lines nothing else is needed
than what `baton audit list --format json` printed, so that the key never has to come near the server.

What is shown was written by callers, and may hold numbers and names of people, also of those whose referrals were revoked since. With
--config the question has a line in the audit.

Exit status: 0 done, 1 some queries could not be opened and it is said why, 2 unusable key, configuration, store or lines.")]
pub struct OpenArgs {
    /// Makes a key in a new file (mode 600), and prints what belongs into the configuration
    #[arg(long, value_name = "FILE", exclusive = true)]
    new: Option<PathBuf>,
    /// The file of the key that opens
    #[arg(long, value_name = "FILE", required_unless_present = "new")]
    key: Option<PathBuf>,
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE", required_unless_present_any = ["new", "lines"])]
    config: Option<PathBuf>,
    /// Lines that `baton audit list --format json` printed, instead of those in the store; `-` reads standard input
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["config", "referral", "partner", "app", "person", "from", "until"]
    )]
    lines: Option<PathBuf>,
    #[command(flatten)]
    filters: Filters,
    /// Only queries in which a text stands; `-` reads it from standard input, so that no other program sees it
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// How queries are printed
    #[arg(long, value_enum, default_value = "table")]
    format: OpenFormat,
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OpenFormat {
    /// A row for each query
    Table,
    /// A JSON object for each query
    Json,
}

/// Makes a key, or opens what is asked for.
pub(super) async fn open(args: &OpenArgs) -> Result<ExitCode, TreeError> {
    if let Some(path) = &args.new {
        return make(path);
    }
    let key = OpeningKey::open(args.key.as_deref().ok_or(TreeError::Nothing)?)?;
    let find = match args.find.as_deref() {
        Some("-") => Some(first_line(stdin())?),
        find => find.map(str::to_owned),
    };
    let mut out = Out { key, find, format: args.format, to: BufWriter::new(stdout().lock()), ended: Ended::default() };
    match (&args.lines, &args.config) {
        (Some(lines), _) => out.listed(lines)?,
        (None, Some(config)) => out.stored(config, &args.filters).await?,
        (None, None) => return Err(TreeError::Nothing),
    }
    out.to.flush()?;
    Ok(out.ended.told())
}

fn make(path: &Path) -> Result<ExitCode, TreeError> {
    let made = OpeningKey::make(path)?;
    println!("[audit]\nqueries = \"sealed\"\nofficer_key = \"{}\"", made.public());
    eprintln!(
        "The key that opens is in {} (mode 600). Keep it away from the server and a copy of it safe: without it nobody reads a query \
         again.",
        path.display()
    );
    Ok(ExitCode::SUCCESS)
}

fn first_line(from: impl Read) -> Result<String, std::io::Error> {
    let mut text = String::new();
    BufReader::new(from).read_line(&mut text)?;
    Ok(text.trim().to_owned())
}

//! `baton audit list`: who did what, for an operator who has to account for it.

use std::{
    io::{BufWriter, ErrorKind, Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use baton_exchange::{audit::Deed, id::MessageId};
use baton_store::Store;
use clap::ValueEnum;

use super::{
    filters::Filters,
    rows::Rows,
    tree::{TreeError, opened},
};
use crate::config::Config;

/// How many lines are read at once.
const PAGE: u32 = 1_000;

/// Arguments of `baton audit list`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  baton audit list --config baton.toml --referral 0199b0c2-6d3e-7a41-8f5e-2b1c9d7e4a60
  baton audit list --config baton.toml --partner clinic-a --from 2026-01-01 --until 2026-01-31
  baton audit list --config baton.toml --person ada --format json
  baton audit list --config baton.toml --app viewer --format fhir > events.ndjson

Prints lines oldest first. All that is asked for has to fit. The audit knows people by the `sub` that apps know
them by; `baton user list` says who that is, and --person takes a login, too. It goes through all lines, which takes a while in a large
audit. The list has a line in the audit itself. For who looked at pointers, by patient or owner: `baton audit --patient`, `--owner`.

  table  a row for each line: number, moment, partner, person, app, what, status, type, referrals, what a search asked
  json   an object for each line, with the message id, the request id and the sealed query
  fhir   an AuditEvent for each line (R4; of a record locator STU3), without those of exchanges that are no longer configured

Exit status: 0 done, 2 unusable configuration, store or question.")]
pub struct ListArgs {
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    filters: Filters,
    /// How lines are printed
    #[arg(long, value_enum, default_value = "table")]
    format: ListFormat,
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// A row for each line
    Table,
    /// A JSON object for each line
    Json,
    /// An AuditEvent for each line
    Fhir,
}

/// Lists what is asked for. Somebody who has seen enough may close the pipe.
pub(super) async fn list(args: &ListArgs) -> Result<ExitCode, TreeError> {
    let config = Config::load(&args.config)?;
    let store = opened(&config).await?;
    let rows = Rows::of(args.format, &config, &*store).await?;
    let filters = args.filters.with_subject(&*store).await?;
    let own = filters.told(&*store, Deed::Listed).await?;
    let mut out = BufWriter::new(stdout().lock());
    match print(&*store, &filters, own, &rows, &mut out).await {
        Err(TreeError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        ended => ended.map(|()| ExitCode::SUCCESS),
    }
}

async fn print(
    store: &dyn Store,
    filters: &Filters,
    own: MessageId,
    rows: &Rows,
    out: &mut impl Write,
) -> Result<(), TreeError> {
    out.write_all(rows.head().as_bytes())?;
    let mut after = 0;
    loop {
        let lines = store.audit(after, PAGE).await?;
        let Some((last, _)) = lines.last() else { break };
        after = *last;
        for (number, record) in lines.iter().filter(|(_, record)| record.message != own && filters.fits(record)) {
            if let Some(row) = rows.row(*number, record) {
                writeln!(out, "{row}")?;
            }
        }
    }
    Ok(out.flush()?)
}

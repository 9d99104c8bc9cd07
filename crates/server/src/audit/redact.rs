//! `baton audit redact`: what is personal goes from lines of the audit, and the lines can still be proven.

use std::{path::PathBuf, process::ExitCode};

use baton_exchange::{
    audit::{AuditRecord, Deed, Flaw, Leaf, Operation, Redacted, Redaction},
    decision::{Batch, Change},
    id::{ExchangeId, Home, PartnerId, ReferralId},
    time::Timestamp,
};
use baton_store::{Committed, Store, StoreError};

use super::{
    When,
    filters::referral,
    tree::{TreeError, opened, told},
};
use crate::{
    clock::{Clock, beside},
    config::Config,
    operator::{counted, operated},
};

/// How many lines are looked at in one step. What is dropped in it is one commit, with its line.
const PAGE: u32 = 1_000;

/// Arguments of `baton audit redact`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
#[command(after_help = "\
Examples:
  baton audit redact --config baton.toml --referral 0199b0c2-6d3e-7a41-8f5e-2b1c9d7e4a60
  baton audit redact --config baton.toml --before 2020-01-01 --dry-run

Drops the key of a patient (lines of record locators have one), the request id that a caller chose and a sealed query, with their salt. Who,
when, what, which referral and how it ended stays. `baton audit verify` and `baton audit proof` go on as before, and verify says how
many lines were redacted. It cannot be undone. Lines that are not in the tree yet, or are not what is in it, are left as they are.

Each step of 1,000 lines is a commit, and has a line in the audit itself. The server may run meanwhile. Copies (backups, replicas,
PostgreSQL's old rows until its next VACUUM) keep what they have.

Exit status: 0 done, 1 some lines are left and it is said why, 2 unusable configuration or store.")]
pub struct RedactArgs {
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Lines that tell of a referral, by the id that it has here
    #[arg(long, value_name = "UUID", group = "which", value_parser = referral)]
    referral: Option<ReferralId>,
    /// Lines from before a day, as 2026-01-31 in UTC, or a moment, as 2026-01-31T14:30:00Z
    #[arg(long, value_name = "DATE", group = "which", value_parser = When::parse)]
    before: Option<When>,
    /// Only say how many there are
    #[arg(long)]
    dry_run: bool,
}

/// How it ended.
#[derive(Default)]
struct Ended {
    redacted: u64,
    /// Lines that are meant and are not in the tree yet.
    too_new: u64,
    /// Why it stopped.
    stopped: Option<String>,
}

/// Redacts what is meant.
pub(super) async fn redact(args: &RedactArgs) -> Result<ExitCode, TreeError> {
    let store = opened(&Config::load(&args.config)?).await?;
    let redaction = match (args.referral, args.before) {
        (Some(referral), _) => Redaction::Of(referral),
        (None, Some(before)) => Redaction::Before(before.begin()),
        (None, None) => return Err(TreeError::Nothing),
    };
    let clock = beside(&*store, Clock::of_machine()).await?;
    let ended = through(&*store, &clock, redaction, args.dry_run).await?;
    let done = if args.dry_run { "would be redacted" } else { "redacted" };
    println!("{done}: {} lines", counted(ended.redacted));
    if ended.too_new > 0 {
        let too_new = counted(ended.too_new);
        println!(
            "{too_new} lines more are not in the tree yet: a server that runs takes them in, so run this again then"
        );
    }
    if let Some(why) = &ended.stopped {
        eprintln!("baton audit redact: {why}");
    }
    let is_whole = ended.too_new == 0 && ended.stopped.is_none();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn through(store: &dyn Store, clock: &Clock, redaction: Redaction, is_dry: bool) -> Result<Ended, TreeError> {
    let (mut ended, mut after) = (Ended::default(), 0);
    loop {
        let (lines, leaves) = (store.audit(after, PAGE).await?, store.leaves(after, PAGE).await?);
        let Some((last, _)) = lines.last() else { return Ok(ended) };
        after = *last;
        let (step, flaw) = step(redaction, &lines, &leaves, &mut ended.too_new);
        let redacted = step.len() as u64;
        if redacted > 0 && !is_dry {
            let home = lines.iter().find(|(_, record)| redaction.means(record)).map(|(_, record)| record);
            if commit(store, redaction, step, home, clock.now()).await? == Committed::Outdated {
                ended.stopped = Some("somebody else redacts at the same time: run it again".to_owned());
                return Ok(ended);
            }
        }
        ended.redacted += redacted;
        if let Some(flaw) = flaw {
            ended.stopped = Some(format!("{}: `baton audit verify` says more", told(&flaw)));
            return Ok(ended);
        }
    }
}

/// What is dropped in a step, up to the first line that is not what was signed.
fn step(
    redaction: Redaction,
    lines: &[(u64, AuditRecord)],
    leaves: &[(u64, Leaf)],
    too_new: &mut u64,
) -> (Vec<Redacted>, Option<Flaw>) {
    let mut step = Vec::new();
    for (place, (number, record)) in lines.iter().enumerate() {
        let Some((_, leaf)) = leaves.get(place).filter(|(its, _)| its == number) else {
            *too_new += u64::from(redaction.means(record) && record.has_personal());
            continue;
        };
        match redaction.of(*number, record, leaf) {
            Ok(found) => step.extend(found),
            Err(flaw) => return (step, Some(flaw)),
        }
    }
    (step, None)
}

/// Drops it, with the line that says so: of a referral it is with the referral, so that its parties see it.
async fn commit(
    store: &dyn Store,
    redaction: Redaction,
    step: Vec<Redacted>,
    about: Option<&AuditRecord>,
    now: Timestamp,
) -> Result<Committed, StoreError> {
    let mut operation = Operation { lines: step.len() as u64, ..Operation::of(Deed::Redacted) };
    let server = ExchangeId::from("");
    let (mut home, mut exchange) = (Home::of(&server, &PartnerId::from("")), &server);
    match (redaction, about) {
        (Redaction::Of(referral), Some(record)) => {
            operation.referral = Some(referral);
            (home, exchange) = (record.home, &record.exchange);
        }
        (Redaction::Of(referral), None) => operation.referral = Some(referral),
        (Redaction::Before(moment), _) => operation.before = Some(moment),
    }
    let line = operated(home, exchange, now, operation);
    store.commit(Batch { asserts: Vec::new(), changes: vec![Change::Redact(step), Change::PutAudit(line)] }).await
}

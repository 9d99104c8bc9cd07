//! `baton audit list`: who did what, for an operator who has to account for it.

use std::{
    io::{BufWriter, ErrorKind, Write, stdout},
    path::PathBuf,
    process::ExitCode,
};

use baton_exchange::{
    access::Login,
    audit::{AuditRecord, Audited, Deed, Operation},
    decision::{Batch, Change},
    id::{ExchangeId, Home, MessageId, PartnerId, ReferralId},
};
use baton_store::{Committed, Store, StoreError};
use clap::ValueEnum;

use super::{
    When,
    rows::Rows,
    tree::{TreeError, opened},
};
use crate::{
    clock::{Clock, beside},
    config::Config,
    operator::operated,
};

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

  table  a row for each line: number, moment, partner, person, app, what, status, type, referrals
  json   an object for each line, with the message id and the request id
  fhir   an AuditEvent for each line (R4; of a record locator STU3), without those of exchanges that are no longer configured

Exit status: 0 done, 2 unusable configuration, store or question.")]
pub struct ListArgs {
    /// The configuration of the server, a TOML file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Only lines that tell of a referral, by the id that it has here
    #[arg(long, value_name = "UUID", value_parser = referral)]
    referral: Option<ReferralId>,
    /// Only what a partner did, or an operator did to it
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// Only what an app did, by its client id
    #[arg(long, value_name = "CLIENT")]
    app: Option<String>,
    /// Only what a person did, or an operator did to the account, by login or `sub`
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// Not before a day, as 2026-01-31 in UTC, or a moment, as 2026-01-31T14:30:00Z
    #[arg(long, value_name = "DATE", value_parser = When::parse)]
    from: Option<When>,
    /// Until the end of a day, or before a moment
    #[arg(long, value_name = "DATE", value_parser = When::parse)]
    until: Option<When>,
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

/// Reads the id of a referral.
pub(super) fn referral(text: &str) -> Result<ReferralId, String> {
    let uuid =
        uuid::Uuid::parse_str(text).map_err(|_| "the id of a referral is a UUID, as `baton referrals` lists it")?;
    Ok(ReferralId(uuid.into_bytes()))
}

/// Lists what is asked for. Somebody who has seen enough may close the pipe.
pub(super) async fn list(args: &ListArgs) -> Result<ExitCode, TreeError> {
    let config = Config::load(&args.config)?;
    let store = opened(&config).await?;
    let rows = Rows::of(args.format, &config, &*store).await?;
    let args = args.with_subject(&*store).await?;
    let own = tell(&*store, &args).await?;
    let mut out = BufWriter::new(stdout().lock());
    match print(&*store, &args, own, &rows, &mut out).await {
        Err(TreeError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        ended => ended.map(|()| ExitCode::SUCCESS),
    }
}

async fn print(
    store: &dyn Store,
    args: &ListArgs,
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
        for (number, record) in lines.iter().filter(|(_, record)| record.message != own && args.fits(record)) {
            if let Some(row) = rows.row(*number, record) {
                writeln!(out, "{row}")?;
            }
        }
    }
    Ok(out.flush()?)
}

impl ListArgs {
    /// The same with what the audit knows the person by.
    async fn with_subject(&self, store: &dyn Store) -> Result<ListArgs, StoreError> {
        let account = match self.person.as_deref().and_then(Login::read) {
            Some(login) => store.account(login).await?,
            None => None,
        };
        let person = account.map(|account| account.subject).or_else(|| self.person.clone());
        Ok(ListArgs { person, ..self.clone() })
    }

    /// Whether a line is asked for.
    fn fits(&self, record: &AuditRecord) -> bool {
        let operation = match &record.what {
            Audited::Operator(operation) => Some(operation),
            Audited::Referral { .. } | Audited::Visit(_) | Audited::Pointers(_) => None,
        };
        let is = |wanted: &Option<String>, one: Option<&str>, other: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| one == Some(wanted) || other == Some(wanted))
        };
        let partner = record.partner.as_ref().map(|partner| partner.as_str());
        let affected = operation.and_then(|operation| operation.partner.as_ref()).map(|partner| partner.as_str());
        let account = operation.and_then(|operation| operation.account.as_deref());
        is(&self.partner, partner, affected)
            && is(&self.app, record.actor.app.as_deref(), None)
            && is(&self.person, record.actor.account.as_deref(), account)
            && self.referral.is_none_or(|referral| record.what.referrals().contains(&referral))
            && self.from.is_none_or(|from| record.at >= from.begin())
            && self.until.is_none_or(|until| record.at < until.end())
    }
}

/// Whoever asks is remembered before anything is shown. Gives the id of that line.
async fn tell(store: &dyn Store, args: &ListArgs) -> Result<MessageId, TreeError> {
    let operation = Operation {
        partner: args.partner.as_deref().map(PartnerId::from),
        account: args.person.clone(),
        referral: args.referral,
        ..Operation::of(Deed::Listed)
    };
    let server = ExchangeId::from("");
    let now = beside(store, Clock::of_machine()).await?.now();
    let line = operated(Home::of(&server, &PartnerId::from("")), &server, now, operation);
    let own = line.message;
    match store.commit(Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] }).await? {
        Committed::Done => Ok(own),
        Committed::Outdated => Err(StoreError::Bug("a batch without asserts was outdated".to_owned()).into()),
    }
}

//! Who looked at pointers, for an operator who has to account for it.

use std::{
    io::{BufWriter, ErrorKind, Write, stdout},
    process::ExitCode,
};

use baton_dialects::nrl::audit_event;
use baton_exchange::{
    audit::{AuditRecord, Interaction, TrailQuestion, owned_part},
    decision::{Batch, Change},
    id::MessageId,
    pointer::Ods,
};
use baton_fhir::json;
use baton_store::{Committed, Page, StoreError};
use clap::ValueEnum;

use super::{
    When,
    question::{self, Asked, QuestionError},
    text,
};
use crate::cli::UNUSABLE;
use crate::operator::{Account, Missing, Place, PlaceError, Told, Where};

/// How many lines are read at once.
const PAGE: u32 = 1_000;

/// What is asked of a locator.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("about").required(true).multiple(true))]
pub struct Looked {
    /// Which locator; the parser asks for it unless something else is asked than this.
    #[command(flatten)]
    pub at: Option<Where>,
    /// Lines about a patient, by NHS number; `-` reads it from standard input, so that no other program sees it
    #[arg(long, value_name = "NHSNUMBER", group = "about")]
    pub patient: Option<question::Number>,
    /// Lines about pointers that an organisation owns, by its ODS code; with --patient, those of both
    #[arg(long, value_name = "ODS", group = "about", value_parser = question::ods)]
    pub owner: Option<Ods>,
    /// All lines
    #[arg(long, group = "about", conflicts_with_all = ["patient", "owner"])]
    pub all: bool,
    /// The one line of a message, by its UUID
    #[arg(long, value_name = "UUID", group = "about", conflicts_with_all = ["patient", "owner", "all"], value_parser = question::message)]
    pub message: Option<MessageId>,
    /// Not before a day, as 2026-01-31 in UTC, or a moment, as 2026-01-31T14:30:00Z
    #[arg(long, value_name = "DATE", value_parser = When::parse)]
    pub from: Option<When>,
    /// Until the end of a day, or before a moment
    #[arg(long, value_name = "DATE", value_parser = When::parse)]
    pub until: Option<When>,
    /// Only pointers to records of a type, by SNOMED CT code
    #[arg(long = "type", value_name = "SNOMED")]
    pub record_type: Option<String>,
    /// Text for people, or an AuditEvent (STU3) on each line
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
}

/// `--format`
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// An AuditEvent on each line
    Json,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// There is nothing to ask.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The question makes no sense.
    #[error(transparent)]
    Question(#[from] QuestionError),
    /// The store could not do its part.
    #[error("the store could not do its part")]
    Store(#[from] StoreError),
    /// The answer could not be written.
    #[error("cannot write the answer")]
    Write(#[source] std::io::Error),
}

pub(super) async fn answer(args: &Looked) -> Result<ExitCode, AuditError> {
    let Some(at) = &args.at else { return Ok(ExitCode::from(UNUSABLE)) };
    let place = Place::open(at, Missing::Refuse).await?;
    let asked = Asked::of(&place.locator, args)?;
    let mut out = BufWriter::new(stdout().lock());
    let found = match audit(&place, &asked, args.format, &mut out).await {
        Err(AuditError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
        found => found?,
    };
    if found > 0 {
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("baton audit: there is no such line");
    Ok(if asked.message.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Writes all lines that are asked for. Gives how many there were.
///
/// # Errors
/// [`AuditError`] when the store cannot be read or the answer not be written.
pub async fn audit(place: &Place, asked: &Asked, format: Format, out: &mut impl Write) -> Result<u64, AuditError> {
    let own = tell(place, &asked.question).await?;
    let (mut after, mut found) = (None, 0);
    loop {
        let (lines, next) = place.store.trail(asked.question.clone(), Page { size: PAGE, after }).await?;
        let shown = lines.into_iter().map(|(_, record)| record).filter(|record| record.message != own);
        for record in shown.filter_map(|record| asked.part(record)) {
            write(place, &record, format, out)?;
            found += 1;
            if asked.message.is_some() {
                return out.flush().map(|()| found).map_err(AuditError::Write);
            }
        }
        after = next;
        if after.is_none() {
            return out.flush().map(|()| found).map_err(AuditError::Write);
        }
    }
}

impl Asked {
    /// What of a line is told.
    fn part(&self, record: AuditRecord) -> Option<AuditRecord> {
        if self.message.is_some_and(|message| message != record.message) {
            return None;
        }
        match &self.question.owner {
            Some(owner) => owned_part(record, owner),
            None => Some(record),
        }
    }
}

fn write(place: &Place, record: &AuditRecord, format: Format, out: &mut impl Write) -> Result<(), AuditError> {
    let mut line = match format {
        Format::Text => text::text(record).into_bytes(),
        Format::Json => {
            let mut line = Vec::new();
            // a locator's lines are all about pointers
            if let Some(event) = audit_event(&place.locator, record) {
                json::write(event.root(), &mut line);
            }
            line
        }
    };
    line.push(b'\n');
    out.write_all(&line).map_err(AuditError::Write)
}

/// Whoever asks is remembered before anything is shown. Gives the id of that line.
async fn tell(place: &Place, question: &TrailQuestion) -> Result<MessageId, AuditError> {
    let subject = question.patient.map(|patient| patient.subject);
    let told = Told { interaction: Interaction::Audit, status: 200, code: "", subject, pointers: Vec::new() };
    let line = Account::new("baton-audit").line(place, told);
    let own = line.message;
    match place.store.commit(Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] }).await? {
        Committed::Done => Ok(own),
        Committed::Outdated => Err(StoreError::Bug("a batch without asserts was outdated".to_owned()).into()),
    }
}

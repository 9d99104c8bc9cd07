//! `baton audit open`: what was searched for, for an officer who has the key that opens it and the server has not.

use std::{
    fs,
    io::{BufRead, BufReader, BufWriter, Read, Write, stdin, stdout},
    path::{Path, PathBuf},
    process::ExitCode,
};

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_exchange::{
    audit::{AuditRecord, Deed, Sealed},
    id::{ExchangeId, MessageId},
};
use clap::ValueEnum;
use serde::Deserialize;
use serde_json::json;
use url::form_urlencoded;

use super::{
    filters::Filters,
    rows::who,
    text::plain,
    tree::{TreeError, opened},
};
use crate::{
    config::Config,
    operator::counted,
    query::{NotOpened, Opened, OpeningKey, bound_to},
};

/// How many lines are read at once.
const PAGE: u32 = 1_000;

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

/// A line as it is listed, as far as it is needed.
#[derive(Clone, Debug, Deserialize)]
struct Listed {
    line: u64,
    at: String,
    exchange: String,
    partner: Option<String>,
    person: Option<String>,
    app: Option<String>,
    message: String,
    query: Option<String>,
    sealed: Option<String>,
}

impl Listed {
    fn of(line: u64, record: &AuditRecord) -> Listed {
        let (partner, person) = who(record);
        let sealed = record.query.as_ref().and_then(|query| query.sealed.as_ref());
        Listed {
            line,
            at: record.at.to_string(),
            exchange: record.exchange.as_str().to_owned(),
            partner: partner.map(str::to_owned),
            person: person.map(str::to_owned),
            app: record.actor.app.clone(),
            message: record.message.to_string(),
            query: record.query.as_ref().map(|query| query.shape.clone()),
            sealed: sealed.map(|sealed| BASE64_STANDARD.encode(&sealed.0)),
        }
    }

    fn opened(&self, key: &OpeningKey, sealed: &str) -> Result<Opened, NotOpened> {
        let sealed = BASE64_STANDARD.decode(sealed).map_err(|_| NotOpened::Changed)?;
        let message = uuid::Uuid::parse_str(&self.message).map_err(|_| NotOpened::Changed)?;
        let beside = bound_to(&ExchangeId::from(self.exchange.as_str()), MessageId(message.into_bytes()));
        key.opened(&beside, &Sealed(sealed))
    }
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

/// Where queries go.
struct Out<W> {
    key: OpeningKey,
    find: Option<String>,
    format: OpenFormat,
    to: W,
    ended: Ended,
}

/// How it ended.
#[derive(Default)]
struct Ended {
    opened: u64,
    /// Searches of which there is only the shape.
    shapes: u64,
    /// The lines that stay closed, and why.
    closed: u64,
}

impl<W: Write> Out<W> {
    /// Those in the store.
    async fn stored(&mut self, config: &Path, filters: &Filters) -> Result<(), TreeError> {
        let store = opened(&Config::load(config)?).await?;
        let filters = filters.with_subject(&*store).await?;
        filters.told(&*store, Deed::Opened).await?;
        let mut after = 0;
        loop {
            let lines = store.audit(after, PAGE).await?;
            let Some((last, _)) = lines.last() else { return Ok(()) };
            after = *last;
            for (number, record) in lines.iter().filter(|(_, record)| record.query.is_some() && filters.fits(record)) {
                self.one(&Listed::of(*number, record))?;
            }
        }
    }

    /// Those that were listed.
    fn listed(&mut self, path: &Path) -> Result<(), TreeError> {
        let shown = path.display().to_string();
        let unread = |error| TreeError::Read(shown.clone(), error);
        let from: Box<dyn Read> = match path.to_str() {
            Some("-") => Box::new(stdin()),
            _ => Box::new(fs::File::open(path).map_err(unread)?),
        };
        for (place, line) in BufReader::new(from).lines().enumerate() {
            let line = line.map_err(unread)?;
            let wrong = |_| TreeError::Listed(shown.clone(), place + 1);
            self.one(&serde_json::from_str(&line).map_err(wrong)?)?;
        }
        Ok(())
    }

    fn one(&mut self, listed: &Listed) -> Result<(), TreeError> {
        let (Some(_), Some(sealed)) = (&listed.query, &listed.sealed) else {
            self.ended.shapes += u64::from(listed.query.is_some());
            return Ok(());
        };
        match listed.opened(&self.key, sealed) {
            Ok(opened) if self.find.as_ref().is_none_or(|text| has(&opened.text, text)) => {
                self.ended.opened += 1;
                writeln!(self.to, "{}", row(self.format, listed, &opened))?;
            }
            Ok(_) => {}
            Err(why) => {
                self.ended.closed += 1;
                eprintln!("baton audit open: line {}: {why}", listed.line);
            }
        }
        Ok(())
    }
}

/// Whether a text stands in a request, as it was written or as it was meant.
fn has(request: &str, text: &str) -> bool {
    let mut meant = form_urlencoded::parse(request.as_bytes());
    request.contains(text) || meant.any(|(name, value)| name.contains(text) || value.contains(text))
}

fn row(format: OpenFormat, listed: &Listed, opened: &Opened) -> String {
    let Listed { line, at, exchange, partner, person, app, message, .. } = listed;
    let Opened { text, is_cut } = opened;
    match format {
        OpenFormat::Json => json!({
            "line": line,
            "at": at,
            "exchange": exchange,
            "partner": partner,
            "person": person,
            "app": app,
            "message": message,
            "request": text,
            "cut": is_cut,
        })
        .to_string(),
        OpenFormat::Table => {
            let shown = |text: &Option<String>| text.as_deref().map_or_else(|| "-".to_owned(), plain);
            let (partner, person, app) = (shown(partner), shown(person), shown(app));
            let request = plain(&text.replace("\n\n", "  form: "));
            let cut = if *is_cut { "  (cut)" } else { "" };
            format!("{line:>8}  {:<24}  {partner:<16}  {person:<36}  {app:<12}  {request}{cut}", plain(at))
        }
    }
}

impl Ended {
    fn told(&self) -> ExitCode {
        let Ended { opened, shapes, closed } = self;
        eprintln!("{} queries", counted(*opened));
        if *shapes > 0 {
            eprintln!(
                "{} searches more have their shape alone: nothing was sealed then, or it was redacted",
                counted(*shapes)
            );
        }
        if *closed > 0 {
            eprintln!("{} stay closed", counted(*closed));
        }
        if *closed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn a_text_is_found_as_it_was_written_and_as_it_was_meant() {
        let request = "GET /ontario/Patient?identifier=urn%3Aa%7C12%2034&name=A\n\nsubject=Patient%2F7";
        for text in ["12%2034", "urn:a|12 34", "name", "Patient/7"] {
            assert!(has(request, text), "{text}");
        }
        assert!(!has(request, "35"));
    }
}

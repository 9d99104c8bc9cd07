//! Opens one query after the other, and prints those that are asked for.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write, stdin},
    path::Path,
    process::ExitCode,
};

use baton_exchange::audit::Deed;
use serde_json::json;
use url::form_urlencoded;

use super::{
    super::{
        filters::Filters,
        text::plain,
        tree::{TreeError, opened},
    },
    OpenFormat,
    listed::Listed,
};
use crate::{
    config::Config,
    operator::counted,
    query::{Opened, OpeningKey},
};

/// How many lines are read at once.
const PAGE: u32 = 1_000;

/// Where queries go.
pub(super) struct Out<W> {
    pub(super) key: OpeningKey,
    pub(super) find: Option<String>,
    pub(super) format: OpenFormat,
    pub(super) to: W,
    pub(super) ended: Ended,
}

/// How it ended.
#[derive(Default)]
pub(super) struct Ended {
    opened: u64,
    /// Searches of which there is only the shape.
    shapes: u64,
    /// Lines that stay closed.
    closed: u64,
}

impl<W: Write> Out<W> {
    /// Those in the store.
    pub(super) async fn stored(&mut self, config: &Path, filters: &Filters) -> Result<(), TreeError> {
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
    pub(super) fn listed(&mut self, path: &Path) -> Result<(), TreeError> {
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
    pub(super) fn told(&self) -> ExitCode {
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

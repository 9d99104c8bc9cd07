//! What became of all lines: counted, and the refused ones told in a file.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use baton_dialects::nrl::Remark;
use serde::Serialize;

use super::{ImportError, settle::Settled};

/// How many refused lines are shown where there is no file.
const SHOWN_MAX: u64 = 20;
/// How many faults of one line are told.
const FAULTS_MAX: usize = 50;

/// Counts lines and writes the refused ones down. Nothing in it comes from a pointer.
pub struct Report {
    file: Option<(BufWriter<File>, String)>,
    taken: u64,
    there: u64,
    refused: u64,
    rules: BTreeMap<(&'static str, String), u64>,
}

#[derive(Serialize)]
struct RefusedLine<'r> {
    line: u64,
    faults: Vec<Told<'r>>,
}

#[derive(Serialize)]
struct Told<'r> {
    rule: &'r str,
    code: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    text: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'r str>,
}

impl Report {
    /// A report in a file, which begins anew, or on standard error.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn open(path: Option<&Path>) -> Result<Report, ImportError> {
        let file = path.map(|path| {
            let name = path.display().to_string();
            match File::create(path) {
                Ok(file) => Ok((BufWriter::new(file), name)),
                Err(source) => Err(ImportError::File { what: "cannot write the report", file: name, source }),
            }
        });
        Ok(Report { file: file.transpose()?, taken: 0, there: 0, refused: 0, rules: BTreeMap::new() })
    }

    /// Lines that were looked at, blank ones aside.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.taken + self.there + self.refused
    }

    /// Lines whose pointers were written.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Lines whose pointers were there already.
    #[must_use]
    pub fn there(&self) -> u64 {
        self.there
    }

    /// Lines that could not be taken.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// How many lines broke which rule, with the guide's code for it.
    pub fn rules(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        self.rules.iter().map(|((rule, code), lines)| (*rule, code.as_str(), *lines))
    }

    /// The name of the file.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        self.file.as_ref().map(|(_, name)| name.as_str())
    }

    /// Notes what became of a line.
    pub(super) fn settled(&mut self, line: u64, how: &Settled) -> Result<(), ImportError> {
        match how {
            Settled::Taken => self.taken += 1,
            Settled::There => self.there += 1,
            Settled::Refused(remarks) => {
                self.refused += 1;
                let broken: BTreeSet<_> = remarks.iter().map(|remark| (remark.rule.id, remark.code.clone())).collect();
                for rule in broken {
                    *self.rules.entry(rule).or_default() += 1;
                }
                return self.tell(line, remarks);
            }
        }
        Ok(())
    }

    fn tell(&mut self, line: u64, remarks: &[Remark]) -> Result<(), ImportError> {
        let faults = remarks.iter().take(FAULTS_MAX).map(told).collect();
        let Some((file, name)) = &mut self.file else {
            if self.refused <= SHOWN_MAX {
                show(line, remarks);
            }
            return Ok(());
        };
        let written = serde_json::to_writer(&mut *file, &RefusedLine { line, faults }).map_err(std::io::Error::from);
        written.and_then(|()| file.write_all(b"\n")).map_err(|source| unwritable(name, source))
    }

    /// Hands what was noted to the system, so that a kill leaves it whole.
    pub(super) fn flush(&mut self) -> Result<(), ImportError> {
        match &mut self.file {
            Some((file, name)) => file.flush().map_err(|source| unwritable(name, source)),
            None => Ok(()),
        }
    }
}

fn unwritable(name: &str, source: std::io::Error) -> ImportError {
    ImportError::File { what: "cannot write the report", file: name.to_owned(), source }
}

fn told(remark: &Remark) -> Told<'_> {
    Told {
        rule: remark.rule.id,
        code: &remark.code,
        expression: remark.expression.as_deref(),
        column: remark.column,
        text: remark.rule.text,
        because: remark.because.as_deref(),
    }
}

fn show(line: u64, remarks: &[Remark]) {
    for remark in remarks {
        let place = remark.expression.as_deref().map(|place| format!(" at {place}")).unwrap_or_default();
        eprintln!("line {line}: {} ({}){place}: {}", remark.rule.id, remark.code, remark.rule.text);
    }
}

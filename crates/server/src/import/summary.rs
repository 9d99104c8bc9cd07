//! How an import ended, for people.

use std::{fmt, time::Duration};

use super::{End, Report};
use crate::operator::{Account, counted, per_second};

/// The last words of an import.
pub struct Summary<'s> {
    /// What became of all lines.
    pub report: &'s Report,
    /// Under which request id the audit has it.
    pub account: &'s Account,
    /// How long it took.
    pub took: Duration,
    /// How it ended.
    pub end: End,
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.report;
        writeln!(f, "taken          {:>12}", counted(report.taken()))?;
        writeln!(f, "already there  {:>12}", counted(report.there()))?;
        writeln!(f, "refused        {:>12}", counted(report.refused()))?;
        for (rule, code, lines) in report.rules() {
            writeln!(f, "               {:>12}  {rule} ({code})", counted(lines))?;
        }
        let (lines, secs) = (report.lines(), self.took.as_secs_f64());
        writeln!(
            f,
            "lines          {:>12}  in {secs:.1} s, {} per second",
            counted(lines),
            counted(per_second(lines, self.took))
        )?;
        if let Some(file) = report.file().filter(|_| report.refused() > 0) {
            writeln!(f, "refused lines are told in {file}")?;
        }
        if report.taken() > 0 {
            writeln!(f, "the audit has it under request {}", self.account.request_id())?;
        }
        if self.end == End::Stopped {
            writeln!(f, "stopped before the end: the same command goes on")?;
        }
        Ok(())
    }
}

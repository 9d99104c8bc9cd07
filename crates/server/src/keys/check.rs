//! Says how the store's key file is doing. It never shows a key, and changes nothing.

use std::{
    io::{Write, stdout},
    path::{Path, PathBuf},
};

use baton_store::{Fit, KeyReport, Reliance, key_report};

use super::Unable;
use crate::config::Config;

/// Arguments of `baton keys check`.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// The configuration of the server, a TOML file: it names the store
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

pub(super) async fn check(args: &CheckArgs) -> Result<(), Unable> {
    let config = Config::load(&args.config)?;
    let file = config.store.key_file();
    let report = key_report(&config.store.url.0, &file).await?;
    let mut out = stdout().lock();
    for (label, says) in lines(&file, &report) {
        writeln!(out, "{label:<12} {says}")?;
    }
    let wrong = wrong(&report);
    if wrong.is_empty() { Ok(()) } else { Err(Unable::Refused(wrong.join("; "))) }
}

fn lines(file: &Path, report: &KeyReport) -> Vec<(&'static str, String)> {
    let mut lines = vec![("key file", file.display().to_string())];
    match &report.file {
        None => lines.push(("state", "there is none".to_owned())),
        Some(found) => {
            lines.push(("mode", format!("{:o}", found.mode)));
            lines.push(("keys", format!("{} made, {} destroyed", found.made, found.destroyed)));
        }
    }
    lines.push((
        "database",
        match &report.reliance {
            None => "there is none yet".to_owned(),
            Some(reliance) => format!("uses {} keys", reliance.used),
        },
    ));
    let fit = match report.fit {
        Fit::Same => "the one that the database has on record",
        Fit::Other => "another one than the database has on record",
        Fit::Unknown => "not to be compared",
    };
    lines.push(("fingerprint", fit.to_owned()));
    lines
}

/// What would keep a server from starting, or should.
fn wrong(report: &KeyReport) -> Vec<String> {
    let mut wrong = Vec::new();
    let Reliance { needed, is_recorded, .. } = report.reliance.unwrap_or_default();
    match &report.file {
        None if needed > 0 || is_recorded => {
            wrong.push("the database relies on a key file, and it is not there: name it in [store] keys".to_owned());
        }
        None => {}
        Some(found) => {
            if found.mode & 0o077 != 0 {
                wrong.push("the key file is open to others than its owner: chmod 600".to_owned());
            }
            if report.fit != Fit::Other && found.made < needed {
                wrong.push(format!("the key file is older than the database: it lacks {} keys", needed - found.made));
            }
        }
    }
    if report.fit == Fit::Other {
        wrong.push("the key file is that of another database: name the one that lies with this one".to_owned());
    }
    wrong
}

#[cfg(test)]
mod tests {
    use baton_store::{Fit, KeyFileReport, KeyReport, Reliance};

    use super::wrong;

    const FILE: KeyFileReport = KeyFileReport { mode: 0o600, made: 256, destroyed: 1 };
    const RELIANCE: Reliance = Reliance { used: 3, needed: 4, is_recorded: true };
    const WELL: KeyReport = KeyReport { file: Some(FILE), reliance: Some(RELIANCE), fit: Fit::Same };

    #[track_caller]
    fn check(report: KeyReport, expected: &str) {
        let wrong = wrong(&report).join("; ");
        assert!(wrong.contains(expected) && wrong.is_empty() == expected.is_empty(), "{wrong}");
    }

    #[test]
    fn what_a_start_would_refuse_is_said() {
        check(WELL, "");
        check(KeyReport { file: None, reliance: None, fit: Fit::Unknown }, "");
        check(KeyReport { file: None, reliance: Some(Reliance::default()), fit: Fit::Unknown }, "");
        check(KeyReport { file: None, fit: Fit::Unknown, ..WELL }, "is not there");
        check(KeyReport { fit: Fit::Other, ..WELL }, "that of another database");
        check(KeyReport { file: Some(KeyFileReport { made: 1, ..FILE }), ..WELL }, "lacks 3 keys");
        check(KeyReport { file: Some(KeyFileReport { mode: 0o640, ..FILE }), ..WELL }, "open to others");
    }
}

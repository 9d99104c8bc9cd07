//! How a key file and its database are doing, for the one who looks after them. Nothing is made, changed, or brought up to date by
//! looking, and no key is read for more than whether it is there.

use std::{io::ErrorKind, os::unix::fs::PermissionsExt, path::Path};

use crate::{
    StoreError, postgres,
    seal::{Fingerprint, KeyFile},
    sqlite,
};

/// What there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyReport {
    /// The key file; nothing when there is none.
    pub file: Option<KeyFileReport>,
    /// What the database relies on; nothing when there is no database yet.
    pub reliance: Option<Reliance>,
    /// Whether they belong together.
    pub fit: Fit,
}

/// A key file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFileReport {
    /// Who may read it, as a file system says it.
    pub mode: u32,
    /// How many keys were made in it. They are made ahead, in blocks.
    pub made: u64,
    /// How many of them were destroyed.
    pub destroyed: u64,
}

/// How a database relies on its key file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reliance {
    /// How many keys it uses.
    pub used: u64,
    /// How many keys a file has to have at least.
    pub needed: u64,
    /// Whether it has a file on record.
    pub is_recorded: bool,
}

/// Whether a file and a database belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// The database has this file on record.
    Same,
    /// It has another one on record.
    Other,
    /// One of them says nothing yet of the other.
    Unknown,
}

/// What a database says of its key file.
#[derive(Default)]
pub(crate) struct Recorded {
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) used: u64,
    pub(crate) needed: u64,
}

/// Looks at the key file of this name and at the database of a URL, whether a server runs on them or not.
///
/// # Errors
///
/// `Unavailable` when one of them cannot be read, `Corrupt` when one is damaged or not ours.
pub async fn key_report(url: &str, keys: &Path) -> Result<KeyReport, StoreError> {
    let (file, ours) = match at(keys)? {
        Some((report, fingerprint)) => (Some(report), fingerprint),
        None => (None, None),
    };
    let recorded = match url.strip_prefix("sqlite:") {
        Some(path) if !Path::new(path).exists() => None,
        Some(path) => Some(sqlite::key_report(Path::new(path))?),
        None => Some(postgres::key_report(url).await?),
    };
    let fit = match (ours, recorded.as_ref().and_then(|recorded| recorded.fingerprint)) {
        (Some(ours), Some(theirs)) if ours == theirs => Fit::Same,
        (Some(_), Some(_)) => Fit::Other,
        (None, _) | (_, None) => Fit::Unknown,
    };
    let reliance = recorded.map(|Recorded { fingerprint, used, needed }| Reliance {
        used,
        needed,
        is_recorded: fingerprint.is_some(),
    });
    Ok(KeyReport { file, reliance, fit })
}

/// The key file, with its fingerprint unless its making was not finished.
fn at(path: &Path) -> Result<Option<(KeyFileReport, Option<Fingerprint>)>, StoreError> {
    let unreadable = |error: std::io::Error| StoreError::Unavailable(format!("the key file cannot be read: {error}"));
    let mode = match std::fs::metadata(path) {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let Some(file) = KeyFile::look_at(path)? else {
        return Ok(Some((KeyFileReport { mode, made: 0, destroyed: 0 }, None)));
    };
    let (made, destroyed) = (file.slots()?, file.destroyed()?.len() as u64);
    Ok(Some((KeyFileReport { mode, made, destroyed }, Some(Fingerprint::of(file.blind())))))
}

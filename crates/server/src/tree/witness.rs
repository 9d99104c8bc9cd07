//! Gives checkpoints to somebody who keeps them elsewhere: who owns the store can change all that is in it.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use hyper::{
    HeaderMap, Method,
    header::{CONTENT_TYPE, HeaderValue},
};

use crate::{
    config::Audit,
    egress::{AnswerLimits, Egress, EgressError, EgressRequest, Purpose, Target},
};

/// How long a witness may take, and how much of its answer is read.
const LIMITS: AnswerLimits = AnswerLimits { time: Duration::from_secs(10), bytes_max: 64 * 1024 };

/// Why a witness does not have a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// The file cannot be written.
    #[error("cannot write {0}")]
    File(String, #[source] io::Error),
    /// It cannot be called.
    #[error(transparent)]
    Call(#[from] EgressError),
    /// It did not take it.
    #[error("it answered {0}")]
    Refused(u16),
}

/// Who keeps checkpoints: a file on a disk of somebody else, a service of somebody else, or both.
pub struct Witness {
    file: Option<PathBuf>,
    target: Option<Target>,
}

impl Witness {
    /// As configured; nothing when nobody is.
    #[must_use]
    pub fn of(config: &Audit) -> Option<Witness> {
        // the address was read when the configuration was checked
        let target = config.witness_url.as_ref().and_then(|url| Target::parse(&url.get_ref().0).ok());
        let witness = Witness { file: config.witness_file.clone(), target };
        (witness.file.is_some() || witness.target.is_some()).then_some(witness)
    }

    /// Gives it a checkpoint. It has it when this returns.
    ///
    /// # Errors
    /// [`WitnessError`] of the first that does not take it.
    pub async fn tell(&self, egress: &Egress, note: &str) -> Result<(), WitnessError> {
        if let Some(path) = self.file.clone() {
            let (shown, text) = (path.display().to_string(), note.to_owned());
            // it may be on a disk that is far away
            let appended = tokio::task::spawn_blocking(move || append(&path, &text)).await;
            appended.unwrap_or_else(|error| Err(error.into())).map_err(|error| WitnessError::File(shown, error))?;
        }
        let Some(target) = &self.target else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        let body = note.to_owned().into();
        let request = EgressRequest { method: Method::POST, target: target.clone(), headers, body };
        let purpose = Purpose::new([target.origin().clone()], LIMITS);
        let answer = egress.send(&purpose, request).await?;
        match answer.status.as_u16() {
            200..300 => Ok(()),
            other => Err(WitnessError::Refused(other)),
        }
    }
}

/// Adds a checkpoint to a file, with an empty line behind it.
fn append(path: &Path, note: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o640).open(path)?;
    file.write_all(format!("{note}\n").as_bytes())?;
    file.sync_data()
}

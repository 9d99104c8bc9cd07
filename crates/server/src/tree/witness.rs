//! Gives checkpoints to somebody who keeps them elsewhere: who owns the store can change all that is in it.

use std::{
    fs::{File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{FileExt, OpenOptionsExt},
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

/// Who keeps checkpoints.
pub enum Witness {
    /// A file on a disk of somebody else.
    File(PathBuf),
    /// A service of somebody else.
    Service(Target),
}

impl Witness {
    /// Those that are configured.
    #[must_use]
    pub fn all(config: &Audit) -> Vec<Witness> {
        // the address was read when the configuration was checked
        let target = config.witness_url.as_ref().and_then(|url| Target::parse(&url.get_ref().0).ok());
        let file = config.witness_file.clone().map(Witness::File);
        file.into_iter().chain(target.map(Witness::Service)).collect()
    }

    /// Gives it a checkpoint. It has it when this returns.
    ///
    /// # Errors
    /// [`WitnessError`] when it does not take it.
    pub async fn tell(&self, egress: &Egress, note: &str) -> Result<(), WitnessError> {
        match self {
            Witness::File(path) => {
                let written = write(path.clone(), note.to_owned()).await;
                written.map_err(|error| WitnessError::File(path.display().to_string(), error))
            }
            Witness::Service(target) => send(egress, target, note).await,
        }
    }
}

/// The file may be on a disk that is far away, and hang: the end of the program does not wait for a thread of its own.
async fn write(path: PathBuf, note: String) -> io::Result<()> {
    let (to, written) = tokio::sync::oneshot::channel();
    let work = move || drop(to.send(append(&path, &note)));
    std::thread::Builder::new().name("witness-file".into()).spawn(work)?;
    written.await.unwrap_or_else(|_| Err(io::Error::other("the writing ended early")))
}

async fn send(egress: &Egress, target: &Target, note: &str) -> Result<(), WitnessError> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    let body = note.to_owned().into();
    let request = EgressRequest { method: Method::POST, target: target.clone(), headers, body };
    let purpose = Purpose::new([target.origin().clone()], LIMITS);
    match egress.send(&purpose, request).await?.status.as_u16() {
        200..300 => Ok(()),
        other => Err(WitnessError::Refused(other)),
    }
}

/// Adds a checkpoint to a file, with an empty line behind it. What was cut off before, when a disk was full, ends first.
fn append(path: &Path, note: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).read(true).create(true).mode(0o640).open(path)?;
    let end = file.seek(SeekFrom::End(0))?;
    let mut last = [b'\n'];
    if end > 0 {
        file.read_exact_at(&mut last, end - 1)?;
    }
    let rest = if last == [b'\n'] { "" } else { "\n\n" };
    file.write_all(format!("{rest}{note}\n").as_bytes())?;
    file.sync_data()?;
    if end == 0 {
        // the file may be new, and is not there after a power cut until its folder says so
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_was_cut_off_does_not_run_into_what_comes_after() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("witness");
        std::fs::write(&path, "name\n1\nAA").expect("the folder is ours");
        super::append(&path, "name\n2\nBB\n\nsigned\n").expect("it can be written");
        super::append(&path, "name\n3\nCC\n\nsigned\n").expect("it can be written");
        let text = std::fs::read_to_string(&path).expect("it is there");
        assert_eq!(text, "name\n1\nAA\n\nname\n2\nBB\n\nsigned\n\nname\n3\nCC\n\nsigned\n\n");
    }
}

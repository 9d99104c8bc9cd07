//! The file of keys that ID tokens are signed with: one key a line, base64 of PKCS #8, and behind it when it was made, in seconds
//! since 1970 (not in files of earlier versions). The last one signs.

use std::{
    fs::{self, File, OpenOptions},
    io::{Error, ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use baton_oauth::signing::SigningKey;

/// How long a key stays published after another one took its place, in seconds. What it signed has expired after five minutes;
/// who checks it may have a set of keys for a day.
pub(crate) const RETIRED_SECS: i64 = 24 * 3600;

/// Why the file cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileFault {
    /// It cannot be read or written.
    #[error("cannot {what} {file}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: Error,
    },
    /// A line is no key.
    #[error("line {line} of {file} is no key: {why}")]
    Line {
        /// Which line, from 1.
        line: usize,
        /// Which file.
        file: String,
        /// Why.
        why: String,
    },
    /// Somebody else is at it, or was interrupted.
    #[error(
        "{0} is there: somebody else changes the keys just now, or was interrupted, and then the file may be removed"
    )]
    Busy(String),
    /// There is nothing to change.
    #[error(
        "{0} is not there: the server makes the first key itself when it needs one, and is this the folder and the configuration of \
         the server?"
    )]
    Missing(String),
}

/// What came of a change.
pub(crate) struct Rotated {
    /// The name of the key that signs now.
    pub(crate) kid: String,
    /// How many stay published beside it.
    pub(crate) retired: usize,
    /// How many were dropped.
    pub(crate) dropped: usize,
}

/// A key as the file has it.
struct Line {
    text: String,
    key: SigningKey,
    made: Option<i64>,
}

/// The keys of the file, in its order. One is made where there is no file yet.
pub(super) fn read_or_make(path: &Path, now: i64) -> Result<Vec<SigningKey>, FileFault> {
    if !path.exists() {
        make(path, now)?;
    }
    Ok(lines(path)?.into_iter().map(|line| line.key).collect())
}

fn io<'p>(what: &'static str, path: &'p Path) -> impl Fn(Error) -> FileFault + 'p {
    move |source| FileFault::Io { what, file: path.display().to_string(), source }
}

fn lines(path: &Path) -> Result<Vec<Line>, FileFault> {
    let text = fs::read_to_string(path).map_err(io("read", path))?;
    let numbered = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    numbered.map(|(at, line)| read(line).map_err(|why| wrong_line(path, at + 1, why))).collect()
}

fn wrong_line(path: &Path, line: usize, why: String) -> FileFault {
    FileFault::Line { line, file: path.display().to_string(), why }
}

fn read(line: &str) -> Result<Line, String> {
    let (encoded, made) = line.split_once(' ').map_or((line, None), |(encoded, made)| (encoded, Some(made)));
    let der = STANDARD.decode(encoded).map_err(|_| "it is no base64".to_owned())?;
    let key = SigningKey::from_der(&der).map_err(|error| error.to_string())?;
    let made = made.map(|made| made.trim().parse().map_err(|_| "what stands behind the key is no time".to_owned()));
    Ok(Line { text: line.to_owned(), key, made: made.transpose()? })
}

fn new_line(now: i64) -> Result<String, Error> {
    let no_key = |_| Error::other("the system makes no keys");
    let key = KeyPair::generate(KeySize::Rsa2048).map_err(no_key)?;
    let der: Pkcs8V1Der<'_> = key.as_der().map_err(no_key)?;
    Ok(format!("{} {now}", STANDARD.encode(der.as_ref())))
}

/// Makes a file with one key. One that somebody else has made meanwhile stays.
pub(super) fn make(path: &Path, now: i64) -> Result<(), FileFault> {
    let failed = io("write", path);
    let aside = path.with_extension(format!("signing-{}", uuid::Uuid::new_v4()));
    let line = new_line(now).map_err(&failed)?;
    let written = write(&aside, &[line]);
    // a link is only made where nothing is yet, unlike a renaming
    let linked = written.and_then(|()| fs::hard_link(&aside, path));
    let removed = fs::remove_file(&aside);
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => removed.map_err(failed),
        // what went wrong first matters more
        Err(error) => Err(failed(error)),
        Ok(()) => removed.map_err(failed),
    }
}

fn write(path: &Path, lines: &[String]) -> Result<(), Error> {
    fill(&mut new(path)?, lines)
}

/// A file that was not there, for its owner alone.
fn new(path: &Path) -> Result<File, Error> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn fill(file: &mut File, lines: &[String]) -> Result<(), Error> {
    file.write_all((lines.join("\n") + "\n").as_bytes()).and_then(|()| file.sync_all())
}

/// Adds a key that signs from now on, and drops those that have been out of use long enough. The file is replaced in one step and
/// stays its owner's.
///
/// # Errors
/// [`FileFault`]; then the file is as it was.
pub(crate) fn rotate(path: &Path, now: i64) -> Result<Rotated, FileFault> {
    if !path.exists() {
        return Err(FileFault::Missing(path.display().to_string()));
    }
    let aside = beside(path, ".new");
    let busy = |source: Error| match source.kind() {
        ErrorKind::AlreadyExists => FileFault::Busy(aside.display().to_string()),
        _ => io("write", &aside)(source),
    };
    // whoever has the file may change the keys; and reads them then, since they were changed a moment ago perhaps
    let mut file = new(&aside).map_err(busy)?;
    let rotated = rotated(path, &aside, &mut file, now);
    if rotated.is_err() {
        // what went wrong before matters more
        let _ = fs::remove_file(&aside);
    }
    rotated
}

fn rotated(path: &Path, aside: &Path, file: &mut File, now: i64) -> Result<Rotated, FileFault> {
    let (kept, dropped) = still_needed(lines(path)?, now);
    let new = new_line(now).map_err(io("write", path))?;
    let kid = read(&new).map_err(|why| wrong_line(path, kept.len() + 1, why))?.key.kid().to_owned();
    let retired = kept.len();
    let all: Vec<String> = kept.into_iter().map(|line| line.text).chain([new]).collect();
    fill(file, &all).map_err(io("write", aside))?;
    put_in_place(aside, path).map_err(io("replace", path))?;
    Ok(Rotated { kid, retired, dropped })
}

/// Puts a file where another one is, for the same owner: who runs the command need not be who runs the server.
fn put_in_place(aside: &Path, path: &Path) -> Result<(), Error> {
    match fs::metadata(path) {
        Ok(owner) if owner.uid() != fs::metadata(aside)?.uid() => chown(aside, Some(owner.uid()), Some(owner.gid()))?,
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    fs::rename(aside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Those whose place was taken long ago are not needed. The newest is; so is one of which it is not known when its place was taken.
fn still_needed(lines: Vec<Line>, now: i64) -> (Vec<Line>, usize) {
    let all = lines.len();
    let replaced: Vec<Option<i64>> = lines.iter().skip(1).map(|line| line.made).chain([None]).collect();
    let is_over = |replaced: &Option<i64>| replaced.is_some_and(|at| at + RETIRED_SECS <= now);
    let kept: Vec<Line> =
        lines.into_iter().zip(replaced).filter(|(_, at)| !is_over(at)).map(|(line, _)| line).collect();
    let dropped = all - kept.len();
    (kept, dropped)
}

/// Whether a file is somebody else's than another one, of what is there of both: who reads the one could not read the other.
pub(crate) fn has_another_owner(path: &Path, other: &Path) -> bool {
    let owner = |path: &Path| fs::metadata(path).ok().map(|file| file.uid());
    owner(path).zip(owner(other)).is_some_and(|(one, other)| one != other)
}

/// A file beside another one.
pub(crate) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::{RETIRED_SECS, beside, fs, lines, make, rotate};

    #[test]
    fn a_key_stays_for_a_day_after_another_one_took_its_place() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("k");
        let kids = || lines(&path).expect("keys").iter().map(|line| line.key.kid().to_owned()).collect::<Vec<_>>();
        make(&path, 100).expect("a key");
        let first = kids();
        let second = rotate(&path, 1_000).expect("another one");
        assert_eq!((kids(), second.retired, second.dropped), (vec![first[0].clone(), second.kid.clone()], 1, 0));
        let third = rotate(&path, 999 + RETIRED_SECS).expect("another one");
        assert_eq!((kids().len(), third.dropped), (3, 0));
        let fourth = rotate(&path, 1_000 + RETIRED_SECS).expect("another one");
        assert_eq!((kids(), fourth.dropped), (vec![second.kid, third.kid, fourth.kid], 1));
    }

    #[test]
    fn keys_of_earlier_versions_stay_since_nobody_knows_how_old_they_are() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("k");
        make(&path, 0).expect("a key");
        let text = fs::read_to_string(&path).expect("it was made");
        let bare = text.split(' ').next().expect("a key");
        fs::write(&path, format!("{bare}\n\n{bare}\n")).expect("the folder is ours");
        assert_eq!(rotate(&path, 10 * RETIRED_SECS).expect("another one").retired, 2);
    }

    #[test]
    fn what_goes_wrong_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("k");
        make(&path, 0).expect("a key");
        let before = fs::read_to_string(&path).expect("it was made");
        let missing = rotate(&folder.path().join("other"), 1).map(|_| ()).expect_err("nothing is there").to_string();
        assert!(missing.contains("other is not there"), "{missing}");
        fs::write(beside(&path, ".new"), "").expect("the folder is ours");
        let busy = rotate(&path, 1).map(|_| ()).expect_err("somebody is at it").to_string();
        assert!(busy.contains("k.new is there"), "{busy}");
        fs::remove_file(beside(&path, ".new")).expect("it is there");
        fs::write(&path, format!("{before}nonsense\n")).expect("the folder is ours");
        let wrong = rotate(&path, 1).map(|_| ()).expect_err("a line is no key").to_string();
        assert!(wrong.contains("line 2 of") && !wrong.contains("nonsense"), "{wrong}");
        assert!(!beside(&path, ".new").exists(), "and nobody is kept out by it");
    }

    /// Also of what is not the folder's fault: the first thing that went wrong.
    #[test]
    fn a_file_that_cannot_be_made_says_why() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let fault = make(&folder.path().join("nowhere").join("k"), 0).expect_err("there is no such folder");
        let text = crate::log::with_sources(&fault);
        assert!(text.contains("cannot write") && text.contains("No such file"), "{text}");
    }
}

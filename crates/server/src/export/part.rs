//! The file of an export until it is whole: begun anew or gone on with, and put in its place at the end.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Error, ErrorKind, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use baton_exchange::pointer::{PointerId, PointerName};
use baton_fhir::{
    json,
    listing::names,
    reading::{ReadLimits, Reading},
};

use super::ExportError;
use crate::operator::Place;

/// How to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// With an empty file.
    Anew,
    /// With what an export before has left, where it has left anything.
    Resume,
}

/// An export that is not whole yet.
pub struct Part {
    file: File,
    path: PathBuf,
    whole: PathBuf,
    lines: u64,
    after: Option<PointerId>,
}

impl Part {
    /// Opens `FILE.part`. To go on, a last line that is not whole is cut off.
    ///
    /// # Errors
    /// [`ExportError`] when it cannot be used, or is not the beginning of this export.
    pub async fn open(place: &Place, whole: &Path, begin: Begin) -> Result<Part, ExportError> {
        let mut path = whole.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let failed = |source| unusable("cannot write", &path, source);
        if whole.is_dir() {
            return Err(unusable("cannot write", whole, ErrorKind::IsADirectory.into()));
        }
        // there are patients in it
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(begin == Begin::Anew).mode(0o600);
        let mut file = options.open(&path).map_err(failed)?;
        let (lines, last) = whole_lines(&mut file).map_err(failed)?;
        let after = match last {
            None => None,
            Some(line) => Some(known(place, &path, &line).await?),
        };
        Ok(Part { file, whole: whole.to_owned(), path, lines, after })
    }

    /// Lines that were there.
    #[must_use]
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// The pointer of the last of them.
    #[must_use]
    pub fn after(&self) -> Option<PointerId> {
        self.after
    }

    /// What it is called until it is whole.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Where to write on.
    pub fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Puts the file in its place, where it survives a power cut.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn finish(self) -> Result<(), ExportError> {
        let failed = |source| unusable("cannot finish", &self.whole, source);
        self.file.sync_all().map_err(failed)?;
        fs::rename(&self.path, &self.whole).map_err(failed)?;
        let folder = self.whole.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = File::open(folder.unwrap_or(Path::new("."))).map_err(failed)?;
        folder.sync_all().map_err(failed)
    }
}

/// Counts whole lines, cuts off what is behind them, and gives the last one.
fn whole_lines(file: &mut File) -> Result<(u64, Option<Vec<u8>>), Error> {
    let (mut lines, mut bytes, mut last, mut line) = (0, 0, None, Vec::new());
    let mut reader = BufReader::with_capacity(256 * 1024, &mut *file);
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            break;
        }
        bytes += line.len() as u64;
        lines += 1;
        std::mem::swap(last.get_or_insert_with(Vec::new), &mut line);
    }
    file.set_len(bytes)?;
    file.seek(SeekFrom::Start(bytes))?;
    Ok((lines, last))
}

/// The pointer of a line, if it is one of this locator.
async fn known(place: &Place, path: &Path, line: &[u8]) -> Result<PointerId, ExportError> {
    let not = |why| ExportError::NoBeginning { file: path.display().to_string(), why };
    let read = json::read(line, Reading::Strict, &ReadLimits::default());
    let id = read.ok().and_then(|read| names(read.tree.root()).id.and_then(PointerId::parse));
    let id = id.ok_or_else(|| not("its last whole line is no pointer"))?;
    let name = PointerName::id(&place.locator.exchange, id);
    match place.store.pointers(vec![name]).await?.pop().flatten() {
        Some(_) => Ok(id),
        None => Err(not("this locator does not know its last pointer: it was exported from another one")),
    }
}

fn unusable(what: &'static str, path: &Path, source: Error) -> ExportError {
    ExportError::File { what, file: path.display().to_string(), source }
}

//! The key file: keys are made in blocks, read where they are, and destroyed where they are.
//!
//! Nothing of it is kept in memory: reading a slot again takes about a microsecond, and so a key that another process has
//! destroyed is gone for this one too. Changes are made under a lock of the file, since several processes may share it.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use zeroize::Zeroize;

use super::{
    Slot,
    layout::{self, BLOCK_BYTES, BLOCK_SLOTS, HEAD_BYTES, Held, KEY_BYTES, SLOT_BYTES},
};
use crate::StoreError;

/// An open key file.
pub(crate) struct KeyFile {
    file: File,
    blind: [u8; KEY_BYTES],
    /// A lock of the file does not keep two threads apart that share it.
    threads: Mutex<()>,
}

impl KeyFile {
    /// Opens the file; nothing when there is none, or one that was not finished and holds no key yet.
    ///
    /// # Errors
    ///
    /// `Unavailable` when it cannot be read or others may read it, `Corrupt` when it is damaged or not ours.
    pub(super) fn open(path: &Path) -> Result<Option<KeyFile>, StoreError> {
        let file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(fault("opened", &error)),
        };
        refuse_shared(&file)?;
        KeyFile::of(file)
    }

    /// Opens the file only to look at it, whoever else may read it; nothing when it was not finished.
    ///
    /// # Errors
    ///
    /// `Unavailable` when it cannot be read, `Corrupt` when it is damaged or not ours.
    pub(crate) fn look_at(path: &Path) -> Result<Option<KeyFile>, StoreError> {
        KeyFile::of(File::open(path).map_err(|error| fault("opened", &error))?)
    }

    fn of(file: File) -> Result<Option<KeyFile>, StoreError> {
        let Some(head) = read_head(&file)? else { return Ok(None) };
        Ok(Some(KeyFile { file, blind: layout::blind_of(&head)?, threads: Mutex::default() }))
    }

    /// Opens the file, and makes it when there is none.
    ///
    /// # Errors
    ///
    /// As of [`KeyFile::open`], and `Unavailable` when it cannot be made.
    pub(super) fn open_or_make(path: &Path) -> Result<KeyFile, StoreError> {
        if let Some(file) = KeyFile::open(path)? {
            return Ok(file);
        }
        make(path).map_err(|error| fault("made", &error))?;
        let made = KeyFile::open(path)?;
        made.ok_or_else(|| StoreError::Unavailable("the key file went away while it was made".into()))
    }

    /// The secret of this deployment by which search keys are blinded.
    pub(crate) fn blind(&self) -> [u8; KEY_BYTES] {
        self.blind
    }

    /// How many slots the file has, used or not.
    pub(crate) fn slots(&self) -> Result<u64, StoreError> {
        let bytes = self.file.metadata().map_err(|error| fault("read", &error))?.len();
        Ok(bytes.saturating_sub(HEAD_BYTES as u64) / SLOT_BYTES as u64)
    }

    /// What a slot holds now.
    ///
    /// # Errors
    ///
    /// `Corrupt` when the slot is damaged, `Unavailable` when it cannot be read.
    pub(super) fn look(&self, slot: Slot) -> Result<Held, StoreError> {
        let mut bytes = [0; SLOT_BYTES];
        match self.file.read_exact_at(&mut bytes, layout::offset(slot)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(Held::Nothing),
            Err(error) => return Err(fault("read", &error)),
        }
        let held = layout::held(&bytes, slot);
        bytes.zeroize();
        held
    }

    /// Makes a block of keys and gives back their slots, which are nobody else's. They are on disk.
    ///
    /// A block that a crash has cut is left as it is: none of its slots was given away.
    ///
    /// # Errors
    ///
    /// `Unavailable` when they cannot be written.
    pub(super) fn make_block(&self) -> Result<Vec<Slot>, StoreError> {
        let _lock = self.lock()?;
        let block = self.slots()?.next_multiple_of(u64::from(BLOCK_SLOTS));
        let first = u32::try_from(block).ok().filter(|first| first.checked_add(BLOCK_SLOTS).is_some());
        let first = first.ok_or_else(|| StoreError::Unavailable("the key file is full".into()))?;
        let slots: Vec<Slot> = (first..first + BLOCK_SLOTS).map(Slot).collect();
        let mut bytes = block_of(&slots)?;
        let written = self.file.write_all_at(&bytes, layout::offset(Slot(first))).and_then(|()| self.file.sync_data());
        bytes.zeroize();
        written.map_err(|error| fault("written", &error))?;
        Ok(slots)
    }

    /// Destroys keys: writes noise over them, then nothing, each time down to the disk. To destroy a key again is the same
    /// work again, since nobody knows what a disk has after a failure.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the disk does not take it. Then the keys may be there still.
    pub(super) fn destroy(&self, slots: &[Slot]) -> Result<(), StoreError> {
        let _lock = self.lock()?;
        let end = self.slots()?;
        let slots: Vec<Slot> = slots.iter().copied().filter(|slot| u64::from(slot.0) < end).collect();
        if slots.is_empty() {
            return Ok(());
        }
        for round in [random, || Ok([0; KEY_BYTES])] {
            for slot in &slots {
                let bytes = layout::destroyed(*slot, &round()?);
                let written = self.file.write_all_at(&bytes, layout::offset(*slot));
                written.map_err(|error| fault("written", &error))?;
            }
            self.file.sync_data().map_err(|error| fault("written", &error))?;
        }
        Ok(())
    }

    /// The slots whose keys are gone. A damaged one is not among them: who needs it will say so.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the file cannot be read.
    pub(crate) fn destroyed(&self) -> Result<HashSet<Slot>, StoreError> {
        let (mut found, mut bytes) = (HashSet::new(), vec![0; BLOCK_BYTES]);
        let end = u32::try_from(self.slots()?).unwrap_or(u32::MAX);
        for first in (0..end).step_by(BLOCK_SLOTS as usize) {
            let slots = BLOCK_SLOTS.min(end - first);
            let part = &mut bytes[..slots as usize * SLOT_BYTES];
            let read = self.file.read_exact_at(part, layout::offset(Slot(first)));
            read.map_err(|error| fault("read", &error))?;
            for (slot, held) in (first..).map(Slot).zip(part.as_chunks().0) {
                if matches!(layout::held(held, slot), Ok(Held::Destroyed)) {
                    found.insert(slot);
                }
            }
        }
        bytes.zeroize();
        Ok(found)
    }

    fn lock(&self) -> Result<Lock<'_>, StoreError> {
        let threads = self.threads.lock().unwrap_or_else(PoisonError::into_inner);
        self.file.lock().map_err(|error| fault("locked", &error))?;
        Ok(Lock { file: &self.file, _threads: threads })
    }
}

/// Held while the file is changed.
struct Lock<'f> {
    file: &'f File,
    _threads: MutexGuard<'f, ()>,
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // Closing the file would let go of it too.
        let _ = self.file.unlock();
    }
}

/// Makes the file, for its owner alone. When two do it at once, one finds it made.
fn make(path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    file.lock()?;
    if !is_unfinished(&file)? {
        return Ok(());
    }
    let mut blind = [0; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut blind).map_err(|_| io::Error::other("no random bytes"))?;
    file.write_all_at(&layout::head(&blind), 0)?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.map_or_else(|| PathBuf::from("."), Path::to_path_buf))?.sync_all()
}

/// Whether a crash ended its making: then it is a head without a word at most, and no slot was ever given away.
fn is_unfinished(file: &File) -> io::Result<bool> {
    if file.metadata()?.len() > HEAD_BYTES as u64 {
        return Ok(false);
    }
    let (mut head, mut filled) = ([0; HEAD_BYTES], 0);
    loop {
        match file.read_at(&mut head[filled..], filled as u64)? {
            0 => break,
            more => filled += more,
        }
    }
    Ok(filled < HEAD_BYTES || head.iter().all(|byte| *byte == 0))
}

fn read_head(file: &File) -> Result<Option<Box<[u8; HEAD_BYTES]>>, StoreError> {
    if is_unfinished(file).map_err(|error| fault("read", &error))? {
        return Ok(None);
    }
    let mut head = Box::new([0; HEAD_BYTES]);
    file.read_exact_at(head.as_mut_slice(), 0).map_err(|error| fault("read", &error))?;
    Ok(Some(head))
}

/// Whoever reads this file can read all that was ever copied from the database.
fn refuse_shared(file: &File) -> Result<(), StoreError> {
    let mode = file.metadata().map_err(|error| fault("read", &error))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(StoreError::Unavailable("the key file is open to others than its owner: take their permissions away".into()))
}

fn block_of(slots: &[Slot]) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![0; BLOCK_BYTES];
    for (place, slot) in bytes.as_chunks_mut().0.iter_mut().zip(slots) {
        let mut key = random()?;
        layout::put_key(place, *slot, &key);
        key.zeroize();
    }
    Ok(bytes)
}

fn random() -> Result<[u8; KEY_BYTES], StoreError> {
    let mut bytes = [0; KEY_BYTES];
    let filled = aws_lc_rs::rand::fill(&mut bytes);
    filled.map(|()| bytes).map_err(|_| StoreError::Unavailable("the system gives no random bytes".into()))
}

fn fault(what: &str, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("the key file cannot be {what}: {}", error.kind()))
}

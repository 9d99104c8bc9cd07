//! The keys of a store: claimed for what is new, looked up for what is there. The file is made when it is first needed.

use std::{
    borrow::Cow,
    collections::HashSet,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use tokio::task::spawn_blocking;

use super::{
    Care, Kind, Owner, Slot,
    cipher::{Cipher, slot_of},
    file::KeyFile,
    fingerprint::Fingerprint,
    layout::{Held, KEY_BYTES},
    secret::Secrets,
};
use crate::{StoreError, codec};

/// When so few are left, the next block is made while they are used.
const LEFT_WHEN_MADE: usize = 64;

/// The keys of one store.
pub(crate) struct Keys {
    path: PathBuf,
    care: Care,
    file: OnceLock<KeyFile>,
    /// Slots that are this process's and hold keys that nobody has used.
    ready: Mutex<Vec<Slot>>,
    /// Held by the one that makes the next block.
    making: Mutex<()>,
}

impl Keys {
    /// Keys in this file, which need not be there yet. Nothing is read or made now.
    pub(crate) fn at(path: PathBuf, care: Care) -> Arc<Keys> {
        Arc::new(Keys { path, care, file: OnceLock::new(), ready: Mutex::default(), making: Mutex::default() })
    }

    /// How carefully this store clears.
    pub(crate) fn care(&self) -> Care {
        self.care
    }

    /// Compares the file with what the database says about it: how many slots it relies on, 0 for none.
    ///
    /// # Errors
    ///
    /// `Corrupt` when keys are missing: the file is gone or is older than the database. It is never made anew, since what was
    /// sealed with those keys is only lost for good when they are.
    pub(crate) fn check(&self, slots: u64) -> Result<(), StoreError> {
        if slots == 0 {
            return Ok(());
        }
        if self.there()?.slots()? < slots {
            return Err(StoreError::Corrupt("the key file is older than the database and lacks keys".into()));
        }
        Ok(())
    }

    /// A key that nobody has used and nobody else gets. Seldom waits for the disk. A slot that was claimed is never claimed
    /// again, whatever becomes of it: what was sealed with it may be in a file.
    ///
    /// # Errors
    ///
    /// `Unavailable` when no keys can be made.
    pub(crate) async fn claim(self: &Arc<Keys>) -> Result<Slot, StoreError> {
        loop {
            let (slot, left) = self.take_ready();
            if left == LEFT_WHEN_MADE {
                // Not waited for; who finds none left makes them, and says what is wrong.
                spawn_blocking({
                    let keys = Arc::clone(self);
                    move || keys.make_ready()
                });
            }
            if let Some(slot) = slot {
                return Ok(slot);
            }
            let keys = Arc::clone(self);
            let made = spawn_blocking(move || keys.make_ready_if_none()).await;
            made.map_err(|_| StoreError::Bug("the making of keys did not end".into()))??;
        }
    }

    /// The key of a slot, ready to seal.
    ///
    /// # Errors
    ///
    /// `Corrupt` when there is none.
    pub(crate) fn cipher(&self, slot: Slot) -> Result<Cipher, StoreError> {
        match self.there()?.look(slot)? {
            Held::Key(key) => Cipher::new(slot, &key),
            Held::Destroyed => Err(StoreError::Corrupt(format!("the key in slot {} was destroyed", slot.0))),
            Held::Nothing => Err(StoreError::Corrupt(format!("the key file has no key in slot {}", slot.0))),
        }
    }

    /// A body as it came, sealed or not.
    ///
    /// # Errors
    ///
    /// `Corrupt` when it is damaged or its key is missing.
    pub(crate) fn unpack(&self, kind: Kind, owner: Owner, kept: &[u8]) -> Result<Vec<u8>, StoreError> {
        codec::unpack(&self.unseal(kind, owner, kept)?)
    }

    /// Destroys keys that were claimed for a batch which was not written, aside: nobody waits for it. What was sealed with them
    /// may be in a log.
    pub(crate) fn discard(self: &Arc<Keys>, slots: Vec<Slot>) {
        if slots.is_empty() {
            return;
        }
        let keys = Arc::clone(self);
        spawn_blocking(move || {
            if let Err(error) = keys.destroy(&slots) {
                tracing::warn!("the keys of a batch that was not written could not be destroyed: {error}");
            }
        });
    }

    /// Destroys keys, down to the disk.
    ///
    /// # Errors
    ///
    /// `Unavailable` when they may be there still, `Corrupt` when the file is missing.
    pub(crate) fn destroy(&self, slots: &[Slot]) -> Result<(), StoreError> {
        if slots.is_empty() {
            return Ok(());
        }
        self.there()?.destroy(slots)
    }

    /// The slots of all keys that were destroyed. Reads the file through; nothing when there is none.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the file cannot be read, `Corrupt` when it is not ours.
    pub(crate) fn destroyed(&self) -> Result<HashSet<Slot>, StoreError> {
        match self.file.get() {
            Some(file) => file.destroyed(),
            None => KeyFile::open(&self.path)?.map_or_else(|| Ok(HashSet::new()), |file| file.destroyed()),
        }
    }

    /// The secret of this deployment by which search keys are blinded. Made with the file when it is not there yet.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the file cannot be made.
    pub(crate) async fn blind(self: &Arc<Keys>) -> Result<[u8; KEY_BYTES], StoreError> {
        let keys = Arc::clone(self);
        let blind = spawn_blocking(move || keys.made().map(KeyFile::blind)).await;
        blind.map_err(|_| StoreError::Bug("the making of the key file did not end".into()))?
    }

    /// By what a database knows this file again.
    ///
    /// # Errors
    ///
    /// `Corrupt` when it is missing.
    pub(crate) fn fingerprint(&self) -> Result<Fingerprint, StoreError> {
        self.there().map(|file| Fingerprint::of(file.blind()))
    }

    /// By what secrets of partners are sealed and opened.
    ///
    /// # Errors
    ///
    /// `Corrupt` when the file is missing.
    pub(crate) fn secrets(&self) -> Result<Secrets, StoreError> {
        Secrets::of(self.there()?.blind())
    }

    /// Compares the file with the one on which the database relies.
    ///
    /// # Errors
    ///
    /// `Corrupt` when it is another one or is missing.
    pub(crate) fn compare(&self, recorded: Fingerprint) -> Result<(), StoreError> {
        if self.fingerprint()? == recorded {
            return Ok(());
        }
        let text =
            "the key file is that of another database: name the one that lies with this database, in [store] keys";
        Err(StoreError::Corrupt(text.into()))
    }

    fn unseal<'k>(&self, kind: Kind, owner: Owner, kept: &'k [u8]) -> Result<Cow<'k, [u8]>, StoreError> {
        match slot_of(kept)? {
            None => Ok(Cow::Borrowed(kept)),
            Some(slot) => self.cipher(slot)?.unseal(kind, owner, kept).map(Cow::Owned),
        }
    }

    /// One of those that are ready, and how many are left.
    fn take_ready(&self) -> (Option<Slot>, usize) {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = ready.pop();
        (slot, ready.len())
    }

    fn make_ready(&self) -> Result<(), StoreError> {
        let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slots = self.made()?.make_block()?;
        slots.reverse();
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        // The older ones stay on top.
        slots.append(&mut ready);
        *ready = slots;
        Ok(())
    }

    /// Many may find none left at once; one block will do for them.
    fn make_ready_if_none(&self) -> Result<(), StoreError> {
        {
            let _making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
            if !self.ready.lock().unwrap_or_else(PoisonError::into_inner).is_empty() {
                return Ok(());
            }
        }
        self.make_ready()
    }

    /// The file, which must be there.
    fn there(&self) -> Result<&KeyFile, StoreError> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let text = "the key file is missing on which the database relies: name it in [store] keys";
        let missing = || StoreError::Corrupt(text.into());
        let file = KeyFile::open(&self.path)?.ok_or_else(missing)?;
        Ok(self.file.get_or_init(|| file))
    }

    /// The file, which is made when it is not there.
    fn made(&self) -> Result<&KeyFile, StoreError> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = KeyFile::open_or_make(&self.path)?;
        Ok(self.file.get_or_init(|| file))
    }
}

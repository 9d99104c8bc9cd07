//! Whether a key file is that of a database that has seals and no fingerprint of it, as databases of older versions have: what is
//! sealed opens with its own key and no other.

use std::collections::HashSet;

use baton_exchange::id::Home;

use super::{Keys, Kind, Owner, SEALED, Slot};
use crate::StoreError;

/// Whoever has a key in the database.
pub(crate) struct Sealed {
    pub(crate) home: Home,
    pub(crate) owner: Owner,
    pub(crate) slot: Slot,
}

/// How many bodies have to stay shut before it is said that none opens. One may be damaged; that many are not.
const SHUT_MAX: usize = 100;

/// What has been tried so far.
pub(crate) struct Proof<'k> {
    keys: &'k Keys,
    destroyed: HashSet<Slot>,
    shut: usize,
    /// Whether somebody stands there as alive and has no key any more.
    is_anybody_keyless: bool,
}

impl<'k> Proof<'k> {
    /// # Errors
    ///
    /// `Unavailable` when the key file cannot be read.
    pub(crate) fn begin(keys: &'k Keys) -> Result<Proof<'k>, StoreError> {
        Ok(Proof { keys, destroyed: keys.destroyed()?, shut: 0, is_anybody_keyless: false })
    }

    /// Whether a body of theirs is worth a try.
    pub(crate) fn may_open(&mut self, sealed: &Sealed) -> bool {
        let is_keyless = self.destroyed.contains(&sealed.slot);
        self.is_anybody_keyless |= is_keyless;
        !is_keyless && self.shut < SHUT_MAX
    }

    /// Whether a body opens, and so the proof is made. One that is not sealed, since it is older than seals, proves nothing.
    ///
    /// # Errors
    ///
    /// `Unavailable` when the key file cannot be read.
    pub(crate) fn opens(&mut self, kind: Kind, owner: Owner, body: &[u8]) -> Result<bool, StoreError> {
        if body.first() != Some(&SEALED) {
            return Ok(false);
        }
        match self.keys.unpack(kind, owner, body) {
            Ok(_) => Ok(true),
            Err(StoreError::Corrupt(_)) => {
                self.shut += 1;
                Ok(false)
            }
            Err(other) => Err(other),
        }
    }

    /// What follows when nothing opened. Where there was nothing to open and nobody is to be cleared, nothing can be lost by
    /// taking the file for the right one.
    ///
    /// # Errors
    ///
    /// `Corrupt` when the file may be that of another database.
    pub(crate) fn end(self) -> Result<(), StoreError> {
        if self.shut == 0 && !self.is_anybody_keyless {
            return Ok(());
        }
        let text = "nothing that is sealed in the database opens with this key file: name the one that lies with this \
                    database, in [store] keys";
        Err(StoreError::Corrupt(text.into()))
    }
}

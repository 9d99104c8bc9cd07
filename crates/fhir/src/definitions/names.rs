//! Maps by name that are quick to ask.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from the names of a table. Its hash can be foreseen, which does no harm: only the tables put names into it.
pub(super) type Names<V> = HashMap<&'static str, V, BuildHasherDefault<NameHasher>>;

/// FNV-1a.
#[derive(Debug)]
pub(super) struct NameHasher(u64);

impl Default for NameHasher {
    fn default() -> NameHasher {
        NameHasher(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

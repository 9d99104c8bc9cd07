//! Pointers: one each, in its newest version.

use baton_exchange::pointer::{Pointer, PointerName};

use super::State;

impl State {
    pub(super) fn pointer(&self, name: &PointerName) -> Option<&Pointer> {
        self.pointers.iter().find(|pointer| match name {
            PointerName::Id { home, id } => pointer.home == *home && pointer.id == *id,
            PointerName::Master { home, subject, master } => {
                pointer.home == *home && pointer.subject == *subject && pointer.master == Some(*master)
            }
        })
    }

    /// False when a first version has an id or a masterIdentifier that is in use, or another version is not the next.
    pub(super) fn put_pointer(&mut self, pointer: Pointer) -> bool {
        let Pointer { home, id, .. } = pointer;
        if pointer.version == 1 {
            return self.adopt_pointer(pointer);
        }
        let is_before = |earlier: &&mut Pointer| {
            earlier.home == home && earlier.id == id && Some(earlier.version) == pointer.version.checked_sub(1)
        };
        let Some(earlier) = self.pointers.iter_mut().find(is_before) else { return false };
        let Pointer { state, version, updated, body, .. } = pointer;
        *earlier = Pointer { state, version, updated, body, ..earlier.clone() };
        true
    }

    /// False when its id or masterIdentifier is in use.
    pub(super) fn adopt_pointer(&mut self, pointer: Pointer) -> bool {
        let Pointer { home, id, subject, .. } = pointer;
        let by_master = pointer.master.map(|master| PointerName::Master { home, subject, master });
        let mut names = std::iter::once(PointerName::Id { home, id }).chain(by_master);
        if names.any(|name| self.pointer(&name).is_some()) {
            return false;
        }
        self.pointers.push(pointer);
        true
    }
}

//! Pointers: one each, in its newest version.

use baton_exchange::{
    id::ExchangeId,
    pointer::{Pointer, PointerId, PointerName, PointerPage, PointerSearch, PointerState},
};

use super::State;
use crate::Page;

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

    pub(super) fn find_pointers(&self, search: &PointerSearch, page: Page<PointerId>) -> PointerPage {
        let PointerSearch { home, subject, custodian, record_type } = search;
        let is_of_patient = |pointer: &&Pointer| pointer.home == *home && pointer.subject == *subject;
        let fits = |pointer: &&Pointer| {
            pointer.state == PointerState::Current
                && custodian.as_ref().is_none_or(|custodian| pointer.custodian == *custodian)
                && record_type.as_ref().is_none_or(|record_type| pointer.record_type == *record_type)
        };
        let mut found: Vec<&Pointer> = self.pointers.iter().filter(is_of_patient).filter(fits).collect();
        found.sort_by_key(|pointer| pointer.id);
        let total = found.len() as u64;
        found.retain(|pointer| page.after.is_none_or(|after| pointer.id > after));
        let (pointers, next) = cut(&found, page);
        PointerPage { is_known: self.pointers.iter().any(|pointer| is_of_patient(&pointer)), total, pointers, next }
    }

    pub(super) fn export_pointers(
        &self,
        exchange: &ExchangeId,
        page: Page<PointerId>,
    ) -> (Vec<Pointer>, Option<PointerId>) {
        let place = |id: PointerId| (id.bucket().home(exchange), id);
        let mut found: Vec<&Pointer> =
            self.pointers.iter().filter(|pointer| place(pointer.id).0 == pointer.home).collect();
        found.sort_by_key(|pointer| place(pointer.id));
        found.retain(|pointer| page.after.is_none_or(|after| place(pointer.id) > place(after)));
        cut(&found, page)
    }
}

/// The first of a list, and after which of them to go on when there are more.
fn cut(found: &[&Pointer], page: Page<PointerId>) -> (Vec<Pointer>, Option<PointerId>) {
    let (part, rest) = found.split_at(found.len().min(page.size as usize));
    let next = part.last().filter(|_| !rest.is_empty()).map(|pointer| pointer.id);
    (part.iter().map(|pointer| (*pointer).clone()).collect(), next)
}

//! Finds the pointers of a patient, and walks through those of an exchange.

use baton_exchange::{
    id::ExchangeId,
    pointer::{Pointer, PointerId, PointerPage, PointerSearch, PointerState},
};

use super::State;
use crate::Page;

impl State {
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

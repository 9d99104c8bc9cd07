//! The audit as a partner may see it.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{AuditRecord, PartQuestion},
    id::ReferralId,
};

use super::State;
use crate::{
    Lines, Page, PageToken, StoreError,
    part::{Looking, parts},
};

impl State {
    pub(super) fn part(&self, question: &PartQuestion, page: Page) -> Result<(Lines, Option<PageToken>), StoreError> {
        let after = page.after.map_or(0, |token| token.0);
        let mut looked = Looking::default();
        for (number, record) in (1..).zip(&self.audit).filter(|(number, _)| *number > after) {
            if looked.is_full() {
                break;
            }
            looked.put(number, record.clone());
        }
        let own = self.own(question, question.doubtful(looked.records()));
        parts(looked, question, &own, page)
    }

    pub(super) fn part_line(&self, question: &PartQuestion, number: u64) -> Option<AuditRecord> {
        let record = self.audit.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        question.part(record.clone(), &self.own(question, question.doubtful([record].into_iter())))
    }

    /// Those in which the reader has a part.
    fn own(&self, question: &PartQuestion, mut referrals: BTreeSet<ReferralId>) -> BTreeSet<ReferralId> {
        referrals.retain(|id| {
            let is_it = |referral: &baton_exchange::referral::Referral| referral.id == *id;
            let course = self.referral(question.home, is_it).and_then(|referral| referral.course.as_ref());
            course.is_some_and(|course| course.part_of(&question.reader).is_some())
        });
        referrals
    }
}

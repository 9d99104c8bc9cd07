//! The audit as a partner may see it.

use std::collections::BTreeSet;

use baton_exchange::{
    audit::{AuditRecord, PartQuestion},
    id::ReferralId,
};

use super::State;
use crate::{
    Lines, Page, PageToken, StoreError,
    part::{LOOKED_MAX, parts},
};

impl State {
    pub(super) fn part(&self, question: &PartQuestion, page: Page) -> Result<(Lines, Option<PageToken>), StoreError> {
        let after = page.after.map_or(0, |token| token.0);
        let lines = (1..).zip(self.audit.iter().cloned()).filter(|(number, _)| *number > after);
        let looked: Vec<(i64, AuditRecord)> = lines.take(LOOKED_MAX as usize).collect();
        let mut own: BTreeSet<ReferralId> = question.doubtful(looked.iter().map(|(_, record)| record));
        own.retain(|id| {
            let is_it = |referral: &baton_exchange::referral::Referral| referral.id == *id;
            let course = self.referral(question.home, is_it).and_then(|referral| referral.course.as_ref());
            course.is_some_and(|course| course.part_of(&question.reader).is_some())
        });
        parts(looked, question, &own, page)
    }
}

//! Certificates of erasure in the model.

use baton_exchange::{
    audit::{AuditAction, Audited},
    erasure::Erasure,
    id::{Home, ReferralId},
    referral::{Referral, ReferralState},
};

use super::State;
use crate::{
    Page,
    page::{Erased, certificate, limit},
};

impl State {
    pub(super) fn erasures(
        &self,
        home: Home,
        only: Option<ReferralId>,
        page: Page<ReferralId>,
    ) -> (Vec<Erasure>, Option<ReferralId>) {
        let is_asked = |referral: &&Referral| {
            referral.home == home
                && referral.state == ReferralState::Revoked
                && only.is_none_or(|only| only == referral.id)
                && page.after.is_none_or(|after| referral.id > after)
        };
        let mut found: Vec<Referral> = self.referrals.iter().filter(is_asked).cloned().collect();
        found.sort_by_key(|referral| referral.id);
        found.truncate(usize::try_from(limit(page)).unwrap_or(usize::MAX));
        let erased = Erased::cut(found, page);
        (erased.referrals.into_iter().map(|referral| self.certificate(referral)).collect(), erased.next)
    }

    fn certificate(&self, referral: Referral) -> Erasure {
        let is_told = |action| matches!(action, AuditAction::Revoked | AuditAction::Acknowledged);
        let mut lines = Vec::new();
        for record in &self.audit {
            if let Audited::Referral { action, referral: about } = record.what
                && about == referral.id
                && is_told(action)
            {
                lines.push((action, record.partner.clone(), record.at));
            }
        }
        let waiting = self.notices.iter().filter(|queued| queued.is_open());
        let of_it =
            waiting.filter(|queued| queued.notice.home == referral.home && queued.notice.referral == referral.id);
        let mut untold: Vec<_> = of_it.map(|queued| queued.notice.partner.clone()).collect();
        untold.sort();
        untold.dedup();
        certificate(referral, &lines, untold)
    }
}

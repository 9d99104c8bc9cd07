//! Referrals as people see them in lists.

use std::collections::BTreeMap;

use baton_exchange::{
    id::{PartnerId, ReferralId},
    referral::Referral,
};

use super::State;
use crate::{ListedReferral, Page, ReferralQuestion, Untold, listing::cut_referrals};

impl State {
    pub(super) fn listed_referrals(
        &self,
        question: &ReferralQuestion,
        page: Page<ReferralId>,
    ) -> (Vec<ListedReferral>, Option<ReferralId>) {
        let is_after = |referral: &&Referral| page.after.is_none_or(|after| referral.id > after);
        let its = self.referrals.iter().filter(|referral| referral.home == question.home);
        let mut found: Vec<Referral> = its.filter(|it| question.fits(it)).filter(is_after).cloned().collect();
        found.sort_by_key(|referral| referral.id);
        let (found, next) = cut_referrals(found, page);
        let listed = |referral: Referral| {
            let untold = self.untold(&referral);
            ListedReferral { referral, untold }
        };
        (found.into_iter().map(listed).collect(), next)
    }

    fn untold(&self, referral: &Referral) -> Vec<Untold> {
        let mut untold: BTreeMap<PartnerId, Untold> = BTreeMap::new();
        for (partner, is_parked) in self.open_notices(referral) {
            let one = Untold { partner: partner.clone(), waiting: 0, parked: 0 };
            let one = untold.entry(partner).or_insert(one);
            if is_parked { one.parked += 1 } else { one.waiting += 1 }
        }
        untold.into_values().collect()
    }
}

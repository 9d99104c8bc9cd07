//! Referrals that replaced each other: from some of them to all of them, step by step, whatever database they are in.

use std::collections::{BTreeMap, BTreeSet};

use baton_exchange::{id::ReferralId, referral::Referral};

use crate::batch::CASES_MAX;

/// Referrals that were found, and those that are to be looked for next. It ends, since none is looked for twice.
pub(crate) struct Chain {
    asked: BTreeSet<ReferralId>,
    wanted: Vec<ReferralId>,
    found: BTreeMap<ReferralId, Referral>,
}

impl Chain {
    /// Begins with these, of which there may be too many.
    pub(crate) fn from(roots: BTreeSet<ReferralId>) -> Chain {
        let wanted: Vec<ReferralId> = roots.into_iter().take(CASES_MAX).collect();
        Chain { asked: wanted.iter().copied().collect(), wanted, found: BTreeMap::new() }
    }

    /// Which to look for now; none at the end.
    pub(crate) fn wanted(&self) -> &[ReferralId] {
        &self.wanted
    }

    /// Takes those of the wanted ones that are there.
    pub(crate) fn put(&mut self, referrals: Vec<Referral>) {
        let links = referrals.iter().filter_map(|referral| referral.course.as_ref().map(|course| &course.links));
        let neighbours = links.flat_map(|links| [links.replaces, links.replaced_by]).flatten();
        let next: BTreeSet<ReferralId> = neighbours.filter(|id| !self.asked.contains(id)).collect();
        self.found.extend(referrals.into_iter().map(|referral| (referral.id, referral)));
        self.wanted = next.into_iter().take(CASES_MAX - self.found.len()).collect();
        self.asked.extend(&self.wanted);
    }

    /// All of them, in the order of their ids.
    pub(crate) fn into_referrals(self) -> impl Iterator<Item = Referral> {
        self.found.into_values()
    }
}

//! Referrals as people see them in lists: where each is, and who has still to be told. Nothing of what is in them.

use baton_exchange::{
    id::{Home, PartnerId, ReferralId},
    referral::{Realm, Referral, Stage},
};

use crate::Page;

/// How many rows are read at once; of those not all need to fit.
pub(crate) const ROWS_AT_ONCE: i64 = 256;

/// Asks for referrals.
#[derive(Clone, Debug)]
pub struct ReferralQuestion {
    /// Where they live.
    pub home: Home,
    /// Only this one.
    pub id: Option<ReferralId>,
    /// Only those in which this partner has a part.
    pub party: Option<PartnerId>,
    /// Only those that are there in their life. One on which no others work is nowhere.
    pub stage: Option<Stage>,
    /// Only real ones, or only test data. What no others work on counts as real.
    pub realm: Option<Realm>,
}

impl ReferralQuestion {
    /// Everything in a home.
    #[must_use]
    pub fn all(home: Home) -> ReferralQuestion {
        ReferralQuestion { home, id: None, party: None, stage: None, realm: None }
    }

    /// Whether a referral of that home is asked for.
    #[must_use]
    pub fn fits(&self, referral: &Referral) -> bool {
        let course = referral.course.as_ref();
        let has_part = |partner: &PartnerId| match course {
            Some(course) => course.part_of(partner).is_some(),
            None => referral.source == *partner,
        };
        self.id.is_none_or(|id| referral.id == id)
            && self.party.as_ref().is_none_or(has_part)
            && self.stage.is_none_or(|stage| course.is_some_and(|course| course.stage == stage))
            && self.realm.is_none_or(|realm| course.map_or(Realm::Live, |course| course.realm) == realm)
    }
}

/// The first and the last id, by bytes, of those that are asked for behind a page. One id is a range as well, so that a store
/// finds it by its key and walks through nothing.
pub(crate) fn range(question: &ReferralQuestion, after: Option<&ReferralId>) -> (Vec<u8>, Vec<u8>) {
    // nothing lies between a text of bytes and the same with a zero behind it
    let first = after.map_or_else(Vec::new, |id| [id.0.as_slice(), &[0]].concat());
    match question.id {
        Some(id) => (first.max(id.0.to_vec()), id.0.to_vec()),
        None => (first, vec![u8::MAX; size_of::<ReferralId>()]),
    }
}

/// A referral, and who has still to be told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedReferral {
    /// The referral.
    pub referral: Referral,
    /// Partners with notices about it that are not delivered, in the order of their names.
    pub untold: Vec<Untold>,
}

/// How much one partner has still to be told of one referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untold {
    /// The partner.
    pub partner: PartnerId,
    /// Notices that wait for an attempt, for the end of one, or for those before them.
    pub waiting: u64,
    /// Notices that were given up.
    pub parked: u64,
}

/// The page of what fits: one more than it has was looked for, to know whether there are more.
pub(crate) fn cut_referrals(mut found: Vec<Referral>, page: Page<ReferralId>) -> (Vec<Referral>, Option<ReferralId>) {
    let is_more = found.len() > page.size as usize;
    found.truncate(page.size as usize);
    let next = found.last().filter(|_| is_more).map(|referral| referral.id);
    (found, next)
}

//! What became of a referral between its parties: who they are, how far it is, from what it came and into what it went.

use super::{Papers, Part, Party, Stage, Stamps};
use crate::{
    id::{PartnerId, ReferralId},
    resource::IndexKey,
    time::Timestamp,
};

/// The life of a referral in an exchange where several parties work on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// Who has a part in it. Nobody has the part of the target while Baton itself is the target.
    pub parties: Vec<Party>,
    /// Where it is in its life.
    pub stage: Stage,
    /// Whether it is real or made for testing.
    pub realm: Realm,
    /// Other referrals that it came from or went into.
    pub links: Links,
    /// When what stands was said.
    pub stamps: Stamps,
    /// When its source said that the newest full statement was made, as messages of the source are ordered by it.
    pub stated: Timestamp,
    /// Who has said where papers are that are not here.
    pub papers: Papers,
}

/// Whether a referral is about somebody, or made for testing (`meta.security` HTEST).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Realm {
    /// It is real: it stands in work lists and counts.
    Live,
    /// It is test data and stays out of both.
    Test,
}

/// Other referrals that one came from or went into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// The one that it took the place of.
    pub replaces: Option<ReferralId>,
    /// The one that took its place: it was sent on.
    pub replaced_by: Option<ReferralId>,
    /// The one that it follows from, which goes on beside it.
    pub based_on: Option<ReferralId>,
    /// The requisition that it shares with others: one referral was split into them. All of them are found by it as a name.
    /// Source: FHIR R4, ServiceRequest.requisition.
    pub requisition: Option<IndexKey>,
}

impl Course {
    /// The part of a partner, if it has one.
    #[must_use]
    pub fn part_of(&self, partner: &PartnerId) -> Option<Part> {
        self.parties.iter().find(|party| party.partner == *partner).map(|party| party.part)
    }

    /// The partner that is the target; nobody when Baton itself is.
    #[must_use]
    pub fn target(&self) -> Option<&PartnerId> {
        self.with_part(Part::Target).next()
    }

    /// The partners that have a part.
    pub fn with_part(&self, part: Part) -> impl Iterator<Item = &PartnerId> {
        self.parties.iter().filter(move |party| party.part == part).map(|party| &party.partner)
    }

    /// Takes out what was said of the patient: who had a part and how it hangs together stays, it goes nowhere any more.
    pub fn clear(&mut self) {
        self.stamps = Stamps::default();
        self.papers = Papers::default();
        self.stage = Stage::Cancelled;
    }

    /// Gives a partner a part, the only one it has.
    pub fn put_party(&mut self, partner: &PartnerId, part: Part) {
        self.parties.retain(|party| party.partner != *partner);
        self.parties.push(Party { partner: partner.clone(), part });
    }
}

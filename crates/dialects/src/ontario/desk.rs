//! Where one message is put into effect: the referrals that it may touch, and what there is to tell afterwards.
//! Source: spec of Ontario, 1.4 steps 5 to 11; design, "Decide, then commit".

use baton_exchange::{
    id::{Home, MessageId, PartnerId, ReferralId, short_hash},
    message::Known,
    referral::{Part, ReferralState},
    time::Timestamp,
};
use baton_fhir::finding::Finding;

use super::{
    case::Case,
    directory::{Registered, Version},
    telling::Happening,
};
use crate::{Context, Mount};

/// The referrals at hand, and what happened to them.
pub(super) struct Desk<'d> {
    pub(super) mount: &'d Mount,
    pub(super) cx: &'d Context<'d>,
    pub(super) cases: Vec<Case>,
    /// Referrals of which only their row is left.
    pub(super) gone: Vec<ReferralId>,
    pub(super) tales: Vec<Tale>,
    pub(super) findings: Vec<Finding>,
    /// Orphans with a name of the message.
    pub(super) seen_orphans: Vec<MessageId>,
    /// Orphans that were put into effect, or never can be.
    pub(super) settled: Vec<MessageId>,
    /// Referrals whose personal data are to be cleared.
    pub(super) erased: Vec<ReferralId>,
}

/// Something that happened and may have to be told.
pub(super) struct Tale {
    /// The referral, by its place on the desk.
    pub(super) case: usize,
    pub(super) happened: Happening,
    /// Resources that changed, `Type/id`.
    pub(super) about: Vec<String>,
    /// Who did it.
    pub(super) by: PartnerId,
    /// A part that knows of it already.
    pub(super) but: Option<Part>,
}

impl<'d> Desk<'d> {
    /// A desk with all that is known. Nothing when a stored resource cannot be read.
    pub(super) fn of(mount: &'d Mount, cx: &'d Context<'d>, known: &Known) -> Option<Desk<'d>> {
        let (mut cases, mut gone) = (Vec::new(), Vec::new());
        for case in &known.cases {
            if case.referral.state == ReferralState::Revoked {
                gone.push(case.referral.id);
            } else {
                cases.push(Case::of(case)?);
            }
        }
        let (tales, findings, settled, erased) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let seen_orphans = known.orphans.iter().map(|orphan| orphan.id).collect();
        Some(Desk { mount, cx, cases, gone, tales, findings, seen_orphans, settled, erased })
    }

    /// The referrals that were there before.
    pub(super) fn seen(&self) -> Vec<ReferralId> {
        let standing = self.cases.iter().filter(|case| !case.is_new()).map(|case| case.referral.id);
        standing.chain(self.gone.iter().copied()).collect()
    }

    pub(super) fn home(&self) -> Home {
        Home::shared(&self.mount.exchange)
    }

    pub(super) fn place_of(&self, referral: ReferralId) -> Option<usize> {
        self.cases.iter().position(|case| case.referral.id == referral)
    }

    pub(super) fn registered(&self, partner: &PartnerId) -> Option<&'d Registered> {
        self.mount.directory.get(partner)
    }

    pub(super) fn version_of(&self, partner: &PartnerId) -> Version {
        super::event::version_of(self.registered(partner))
    }

    pub(super) fn tell(&mut self, case: usize, happened: Happening, about: Vec<String>, by: &PartnerId) {
        self.tales.push(Tale { case, happened, about, by: by.clone(), but: None });
    }

    /// Tells everybody but those with a part that know of it already.
    pub(super) fn tell_all_but(&mut self, case: usize, happened: Happening, by: &PartnerId, but: Part) {
        self.tales.push(Tale { case, happened, about: Vec::new(), by: by.clone(), but: Some(but) });
    }

    /// An id that is new, and always the same for the same message and purpose, so that a decision may be made again.
    pub(super) fn new_id(&self, purpose: &str, number: usize) -> [u8; 16] {
        let message = self.cx.ids.message.0;
        let mut id = short_hash(&[b"new", &message, purpose.as_bytes(), &number.to_be_bytes()]);
        // the time of the message, and the marks of a UUID of version 7: ids sort by their age
        id[..6].copy_from_slice(&message[..6]);
        id[6] = 0x70 | (id[6] & 0x0f);
        id[8] = 0x80 | (id[8] & 0x3f);
        id
    }
}

/// Who says something, and when that was.
#[derive(Clone, Copy)]
pub(super) struct Said<'s> {
    pub(super) by: &'s PartnerId,
    pub(super) at: Timestamp,
}

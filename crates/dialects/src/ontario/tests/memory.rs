//! What a world remembers: a few lists, asked and written as the store does it.
//! Source: design, "The store"; exchange, `decision` and `message`.

use baton_exchange::{
    decision::{Assert, Batch, Change},
    id::ReferralId,
    message::{CaseNames, Known, KnownCase, Orphan, Receipt},
    referral::Referral,
    resource::{IndexKey, NewResource, StoredResource},
    time::Timestamp,
};

use super::World;
use crate::Arrived;

impl World {
    pub(super) fn known(&self, arrived: &Arrived) -> Known {
        let Some(question) = arrived.question(self.now) else { return Known::default() };
        let receipt = |fits: &dyn Fn(&Receipt) -> bool| {
            self.receipts.iter().find(|receipt| receipt.expires > self.now && fits(receipt)).cloned()
        };
        let names = question.names.unwrap_or_default();
        Known {
            by_envelope: receipt(&|it| it.identity.envelope == question.envelope),
            by_message: receipt(&|it| question.message.is_some() && it.identity.message == question.message),
            referral: None,
            cases: self.cases(&names),
            orphans: self.orphans_with(&names.keys),
        }
    }

    fn orphans_with(&self, names: &[IndexKey]) -> Vec<Orphan> {
        let fits = |it: &&Orphan| it.expires > self.now && it.names.iter().any(|name| names.contains(name));
        self.orphans.iter().filter(fits).cloned().collect()
    }

    fn cases(&self, asked: &CaseNames) -> Vec<KnownCase> {
        let mut wanted: Vec<ReferralId> =
            self.names.iter().filter(|row| asked.keys.contains(&row.1)).map(|row| row.0).collect();
        wanted.extend(asked.id);
        let owner = |(name, id): &(String, String)| {
            self.resources.iter().find(|it| it.resource_type == *name && it.id == *id).map(|it| it.referral)
        };
        wanted.extend(asked.resource.as_ref().and_then(owner));
        let mut next = 0;
        while next < wanted.len() {
            let course = self.referral(wanted[next]).and_then(|referral| referral.course.as_ref());
            let links = course.into_iter().flat_map(|course| [course.links.replaces, course.links.replaced_by]);
            let new: Vec<ReferralId> = links.flatten().filter(|id| !wanted.contains(id)).collect();
            wanted.extend(new);
            next += 1;
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted.into_iter().filter_map(|id| self.case(id, &asked.keys)).collect()
    }

    fn case(&self, id: ReferralId, asked: &[IndexKey]) -> Option<KnownCase> {
        let has = |key: &IndexKey| self.names.contains(&(id, *key));
        Some(KnownCase {
            referral: self.referral(id)?.clone(),
            keys: asked.iter().copied().filter(has).collect(),
            resources: self.resources.iter().filter(|it| it.referral == id).cloned().collect(),
        })
    }

    fn referral(&self, id: ReferralId) -> Option<&Referral> {
        self.referrals.iter().find(|referral| referral.id == id)
    }

    pub(super) fn write(&mut self, batch: &Batch) {
        batch.asserts.iter().for_each(|assert| self.holds(assert));
        for change in batch.changes.clone() {
            self.apply(change);
        }
    }

    /// Nothing comes between asking and writing here, so what was seen is still so.
    fn holds(&self, assert: &Assert) {
        match assert {
            Assert::NoReceipt { keys, now } => {
                let has = |it: &&Receipt| keys.contains(&it.identity.envelope) && it.expires > *now;
                assert!(!self.receipts.iter().any(|it| has(&it)), "the message is new");
            }
            Assert::NoNames { names, seen, orphans, .. } => {
                let is_new = |row: &(ReferralId, IndexKey)| names.contains(&row.1) && !seen.contains(&row.0);
                assert!(!self.names.iter().any(is_new), "every referral with its names was seen");
                let found = self.orphans_with(names);
                assert!(found.iter().all(|it| orphans.contains(&it.id)), "every orphan with its names was seen");
            }
            Assert::ReferralAt { id, version, .. } => {
                assert_eq!(self.referral(*id).map(|it| it.version), Some(*version), "its version is the one seen");
            }
            Assert::NoReferral { .. } | Assert::NoPointer { .. } | Assert::PointerAt { .. } => {
                panic!("an exchange of shared referrals asserts no such thing");
            }
        }
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::PutReceipt(receipt) => self.receipts.push(receipt),
            Change::PutReferral(referral) => match self.referrals.iter_mut().find(|other| other.id == referral.id) {
                Some(other) => *other = referral,
                None => self.referrals.push(referral),
            },
            Change::PutResources { referral, at, resources, left_out, .. } => {
                for (resource_type, id) in left_out {
                    self.resources.retain(|it| it.resource_type != resource_type || it.id != id);
                }
                resources.into_iter().for_each(|new| self.put_resource(referral, at, new));
            }
            Change::PutNames { referral, names, .. } => {
                for row in names.into_iter().map(|name| (referral, name)) {
                    if !self.names.contains(&row) {
                        self.names.push(row);
                    }
                }
            }
            Change::PutOrphan(orphan) => {
                if !self.orphans.iter().any(|other| other.envelope == orphan.envelope) {
                    self.orphans.push(orphan);
                }
            }
            Change::DropOrphans { ids, .. } => self.orphans.retain(|orphan| !ids.contains(&orphan.id)),
            Change::Erase { referral, .. } => self.erase(referral),
            Change::PutNotice(notice) => self.notices.push(notice),
            Change::PutAudit(_) | Change::Redact(_) => {}
            Change::ReplaceResources { .. }
            | Change::PutPointer(_)
            | Change::AdoptPointer(_)
            | Change::Access(_)
            | Change::ForgetExpired(_) => panic!("an exchange of shared referrals writes no such thing"),
        }
    }

    fn put_resource(&mut self, referral: ReferralId, at: Timestamp, new: NewResource) {
        let NewResource { resource_type, id, body, .. } = new;
        let is_it = |it: &StoredResource| it.resource_type == resource_type && it.id == id;
        assert!(self.resources.iter().all(|it| !is_it(it) || it.referral == referral), "an id is one referral's");
        self.resources.retain(|it| !is_it(it));
        let version = self.versions.entry((resource_type.clone(), id.clone())).or_default();
        *version += 1;
        let version = *version;
        let home = self.referrals[0].home;
        self.resources.push(StoredResource { home, referral, resource_type, id, version, updated: at, body });
    }

    fn erase(&mut self, referral: ReferralId) {
        self.resources.retain(|it| it.referral != referral);
        self.receipts.retain(|it| it.referral != referral);
        self.notices.retain(|it| it.referral != referral);
        let names: Vec<IndexKey> = self.names.iter().filter(|row| row.0 == referral).map(|row| row.1).collect();
        self.orphans.retain(|it| !it.names.iter().any(|name| names.contains(name)));
    }
}

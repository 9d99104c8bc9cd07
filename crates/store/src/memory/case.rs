//! Referrals on which several parties work: their names, what is known of them, and messages that came before them.

use std::collections::BTreeSet;

use baton_exchange::{
    id::{Home, MessageId, PartnerId, ReferralId},
    message::{CaseNames, KnownCase, Orphan},
    referral::Referral,
    resource::IndexKey,
    time::Timestamp,
};

use super::State;
use crate::{
    StoreError,
    batch::{CASES_MAX, NAMESAKES_MAX, ORPHANS_MAX},
    chain::Chain,
};

impl State {
    pub(super) fn put_names(&mut self, home: Home, referral: ReferralId, names: Vec<IndexKey>) {
        for name in names {
            if !self.has_name(home, referral, name) {
                self.names.push((home, name, referral));
            }
        }
    }

    fn has_name(&self, home: Home, referral: ReferralId, name: IndexKey) -> bool {
        self.names.contains(&(home, name, referral))
    }

    pub(super) fn put_orphan(&mut self, orphan: Orphan) {
        let same = |other: &Orphan| other.home == orphan.home && other.envelope == orphan.envelope;
        if !self.orphans.iter().any(same) {
            self.orphans.push(orphan);
        }
    }

    pub(super) fn drop_orphans(&mut self, home: Home, ids: &[MessageId]) {
        self.orphans.retain(|orphan| orphan.home != home || !ids.contains(&orphan.id));
    }

    pub(super) fn none_has_names(
        &self,
        home: Home,
        names: &[IndexKey],
        seen: &[ReferralId],
        orphans: &[MessageId],
        now: Timestamp,
    ) -> bool {
        let is_other = |referral: &ReferralId| seen.len() < CASES_MAX && !seen.contains(referral);
        let is_named = names.iter().flat_map(|name| self.having(home, *name)).any(|referral| is_other(&referral));
        let is_unseen = |orphan: &&Orphan| orphans.len() < ORPHANS_MAX && !orphans.contains(&orphan.id);
        !is_named && !self.orphans_with(home, names, now).any(|orphan| is_unseen(&orphan))
    }

    /// The referrals that have a name. A name of too many is none.
    fn having(&self, home: Home, name: IndexKey) -> Vec<ReferralId> {
        let having = self.names.iter().filter(|(place, its, _)| *place == home && *its == name);
        let having: Vec<ReferralId> = having.map(|(_, _, referral)| *referral).collect();
        if having.len() > NAMESAKES_MAX { Vec::new() } else { having }
    }

    fn orphans_with<'s>(
        &'s self,
        home: Home,
        names: &'s [IndexKey],
        now: Timestamp,
    ) -> impl Iterator<Item = &'s Orphan> {
        let fits = move |orphan: &&Orphan| {
            orphan.home == home && orphan.expires > now && orphan.names.iter().any(|name| names.contains(name))
        };
        self.orphans.iter().filter(fits)
    }

    pub(super) fn known_orphans(&self, home: Home, names: &CaseNames, now: Timestamp) -> Vec<Orphan> {
        let mut found: Vec<Orphan> = self.orphans_with(home, &names.keys, now).cloned().collect();
        found.sort_by_key(|orphan| (orphan.received, orphan.id));
        found.truncate(ORPHANS_MAX);
        found
    }

    pub(super) fn known_cases(&self, home: Home, names: &CaseNames) -> Vec<KnownCase> {
        let named: Vec<(IndexKey, Vec<ReferralId>)> =
            names.keys.iter().map(|key| (*key, self.having(home, *key))).collect();
        let mut roots: BTreeSet<ReferralId> = named.iter().flat_map(|(_, having)| having).copied().collect();
        roots.extend(names.id);
        roots.extend(names.resource.as_ref().and_then(|(resource_type, id)| self.owner(home, resource_type, id)));
        let mut chain = Chain::from(roots);
        while !chain.wanted().is_empty() {
            let is_wanted = |it: &&Referral| it.home == home && chain.wanted().contains(&it.id);
            let found = self.referrals.iter().filter(is_wanted).cloned().collect();
            chain.put(found);
        }
        let case = |referral: Referral| KnownCase {
            keys: named.iter().filter(|(_, having)| having.contains(&referral.id)).map(|(key, _)| *key).collect(),
            resources: self.resources_of(home, referral.id),
            referral,
        };
        chain.into_referrals().map(case).collect()
    }

    /// Whether somebody may see what belongs to a referral.
    pub(super) fn is_seen(&self, home: Home, referral: ReferralId, by: Option<&PartnerId>) -> bool {
        let Some(partner) = by else { return true };
        let has_part =
            |referral: &Referral| referral.course.as_ref().is_some_and(|course| course.part_of(partner).is_some());
        self.referral(home, |it| it.id == referral && has_part(it)).is_some()
    }

    pub(super) fn erase(&mut self, home: Home, referral: ReferralId) -> Result<(), StoreError> {
        self.clear_resources(home, referral)?;
        let is_of_it = |place: Home, about: ReferralId| place == home && about == referral;
        self.receipts.retain(|receipt| !is_of_it(receipt.home, receipt.referral));
        self.notices.retain(|queued| !is_of_it(queued.notice.home, queued.notice.referral));
        let names: Vec<IndexKey> = self.names.iter().filter(|row| is_of_it(row.0, row.2)).map(|row| row.1).collect();
        self.orphans.retain(|orphan| orphan.home != home || !orphan.names.iter().any(|name| names.contains(name)));
        Ok(())
    }
}

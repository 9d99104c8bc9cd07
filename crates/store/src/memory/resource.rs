//! Resources as versions: which are current, and which of them counts.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::{IndexKey, NewResource, StoredResource},
    time::Timestamp,
};

use super::State;
use crate::{Looked, Page, PageToken, ResourceQuestion, SearchQuestion, StoreError, Within, page::Filling};

/// One version of a resource.
#[derive(Clone)]
pub(super) struct Version {
    stored: StoredResource,
    keys: Vec<IndexKey>,
    /// Whether its referral still has it.
    current: bool,
    /// Whether its referral is the only one that has versions of it.
    is_owned: bool,
    /// Whether it is only known that it was here.
    is_cleared: bool,
}

impl State {
    pub(super) fn replace_resources(
        &mut self,
        home: Home,
        referral: ReferralId,
        at: Timestamp,
        resources: Vec<NewResource>,
    ) {
        for version in &mut self.versions {
            if version.stored.home == home && version.stored.referral == referral {
                version.current = false;
            }
        }
        for resource in resources {
            self.put_version(home, referral, at, resource, false);
        }
    }

    fn put_version(&mut self, home: Home, referral: ReferralId, at: Timestamp, resource: NewResource, is_owned: bool) {
        let NewResource { resource_type, id, body, keys } = resource;
        let earlier = self.versions_of(home, &resource_type, &id).count();
        let version = u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1);
        let stored = StoredResource { home, referral, resource_type, id, version, updated: at, body };
        self.versions.push(Version { stored, keys, current: true, is_owned, is_cleared: false });
    }

    pub(super) fn put_resources(
        &mut self,
        home: Home,
        referral: ReferralId,
        at: Timestamp,
        resources: Vec<NewResource>,
        left_out: &[(String, String)],
    ) -> Result<(), StoreError> {
        for (resource_type, id) in left_out {
            self.leave_out(home, referral, resource_type, id);
        }
        for resource in resources {
            let is_anothers = |version: &Version| version.stored.referral != referral || !version.is_owned;
            if self.versions_of(home, &resource.resource_type, &resource.id).any(is_anothers) {
                return Err(StoreError::Bug("a resource that belongs to another referral".into()));
            }
            self.leave_out(home, referral, &resource.resource_type, &resource.id);
            self.put_version(home, referral, at, resource, true);
        }
        Ok(())
    }

    fn leave_out(&mut self, home: Home, referral: ReferralId, resource_type: &str, id: &str) {
        for version in &mut self.versions {
            let stored = &version.stored;
            let same = stored.home == home && stored.resource_type == resource_type && stored.id == id;
            if same && stored.referral == referral && version.is_owned {
                version.current = false;
            }
        }
    }

    /// The referral to which a resource belongs, or belonged.
    pub(super) fn owner(&self, home: Home, resource_type: &str, id: &str) -> Option<ReferralId> {
        self.versions_of(home, resource_type, id)
            .find(|version| version.is_owned)
            .map(|version| version.stored.referral)
    }

    /// What belongs to a referral now, in the order of first acceptance.
    pub(super) fn resources_of(&self, home: Home, referral: ReferralId) -> Vec<StoredResource> {
        let is_first = |version: &&Version| {
            let stored = &version.stored;
            version.is_owned && stored.version == 1 && stored.home == home && stored.referral == referral
        };
        let firsts = self.versions.iter().filter(is_first).map(|version| &version.stored);
        let current = firsts.filter_map(|first| self.counting(home, &first.resource_type, &first.id));
        current.map(|version| version.stored.clone()).collect()
    }

    pub(super) fn clear_resources(&mut self, home: Home, referral: ReferralId) -> Result<(), StoreError> {
        for version in &mut self.versions {
            if version.stored.home != home || version.stored.referral != referral {
                continue;
            }
            if !version.is_owned {
                return Err(StoreError::Bug("an erasure of resources that several referrals may have".into()));
            }
            version.stored.body.clear();
            version.keys.clear();
            (version.current, version.is_cleared) = (false, true);
        }
        Ok(())
    }

    /// Versions of one resource, oldest first.
    fn versions_of<'s>(
        &'s self,
        home: Home,
        resource_type: &str,
        id: &str,
    ) -> impl DoubleEndedIterator<Item = &'s Version> {
        self.versions.iter().filter(move |version| {
            let stored = &version.stored;
            stored.home == home && stored.resource_type == resource_type && stored.id == id
        })
    }

    /// The version that counts: the newest one that a referral still has.
    fn counting(&self, home: Home, resource_type: &str, id: &str) -> Option<&Version> {
        self.versions_of(home, resource_type, id).rev().find(|version| version.current)
    }

    pub(super) fn resource(&self, question: &ResourceQuestion) -> Looked {
        let ResourceQuestion { home, resource_type, id, version, seen_by } = question;
        let mut versions = self.versions_of(*home, resource_type, id);
        let found = match version {
            None => self.counting(*home, resource_type, id).or_else(|| versions.next_back().filter(|it| it.is_cleared)),
            Some(number) => versions.find(|version| version.stored.version == *number),
        };
        match found.filter(|version| self.is_seen(*home, version.stored.referral, seen_by.as_ref())) {
            None => Looked::Nothing,
            Some(version) if version.is_cleared => Looked::Gone,
            Some(version) => Looked::Found(version.stored.clone()),
        }
    }

    pub(super) fn history(&self, question: &ResourceQuestion, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
        let versions = self.versions_of(question.home, &question.resource_type, &question.id).rev();
        let below = page.after.map_or(i64::MAX, |token| token.0);
        let is_seen = |version: &Version| {
            !version.is_cleared && self.is_seen(question.home, version.stored.referral, question.seen_by.as_ref())
        };
        let rest = versions.filter(|version| i64::from(version.stored.version) < below && is_seen(version));
        cut(rest.map(|version| (i64::from(version.stored.version), version.stored.clone())), page)
    }

    pub(super) fn search(&self, question: &SearchQuestion, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
        let after = page.after.map_or(-1, |token| token.0);
        cut(self.found(question).into_iter().filter(|(place, _)| *place > after), page)
    }

    /// All that a search finds, each with the place of its first acceptance.
    pub(super) fn found(&self, question: &SearchQuestion) -> Vec<(i64, StoredResource)> {
        let SearchQuestion { home, resource_type, ids, keys, seen_by, within } = question;
        let mut found = Vec::new();
        for (place, first) in (0..).zip(&self.versions) {
            let stored = &first.stored;
            let fits = stored.version == 1 && stored.home == *home && stored.resource_type == *resource_type;
            if !fits || ids.as_ref().is_some_and(|ids| !ids.contains(&stored.id)) {
                continue;
            }
            let Some(version) = self.counting(*home, resource_type, &stored.id) else {
                continue;
            };
            let has_all =
                |sets: &[Vec<IndexKey>]| sets.iter().all(|set| set.iter().any(|key| version.keys.contains(key)));
            let is_in =
                |part: &Within| part.ids.as_ref().is_none_or(|ids| ids.contains(&stored.id)) && has_all(&part.keys);
            let fits = has_all(keys) && (within.is_empty() || within.iter().any(is_in));
            if fits && self.is_seen(*home, version.stored.referral, seen_by.as_ref()) {
                found.push((place, version.stored.clone()));
            }
        }
        found
    }
}

/// The first rows of a list, and where to go on when there are more.
fn cut(rows: impl Iterator<Item = (i64, StoredResource)>, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
    let mut filling = Filling::of(page);
    for (place, row) in rows {
        filling.put(place, row);
        if filling.is_over() {
            break;
        }
    }
    filling.done()
}

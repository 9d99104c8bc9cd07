//! Resources as versions: which are current, and which of them counts.

use baton_exchange::{
    id::{Home, ReferralId},
    resource::{IndexKey, NewResource, StoredResource},
    time::Timestamp,
};

use super::State;
use crate::{Page, PageToken, ResourceQuestion, SearchQuestion};

/// One version of a resource.
#[derive(Clone)]
pub(super) struct Version {
    stored: StoredResource,
    keys: Vec<IndexKey>,
    /// Whether its referral still has it.
    current: bool,
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
        for NewResource { resource_type, id, body, keys } in resources {
            let earlier = self.versions_of(home, &resource_type, &id).count();
            let version = u32::try_from(earlier).unwrap_or(u32::MAX).saturating_add(1);
            let stored = StoredResource { home, referral, resource_type, id, version, updated: at, body };
            self.versions.push(Version { stored, keys, current: true });
        }
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

    pub(super) fn resource(&self, question: &ResourceQuestion) -> Option<StoredResource> {
        let ResourceQuestion { home, resource_type, id, version } = question;
        let found = match version {
            None => self.counting(*home, resource_type, id),
            Some(number) => {
                self.versions_of(*home, resource_type, id).find(|version| version.stored.version == *number)
            }
        };
        found.map(|version| version.stored.clone())
    }

    pub(super) fn history(&self, question: &ResourceQuestion, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
        let versions = self.versions_of(question.home, &question.resource_type, &question.id).rev();
        let below = page.after.map_or(i64::MAX, |token| token.0);
        let rest = versions.filter(|version| i64::from(version.stored.version) < below);
        cut(rest.map(|version| (i64::from(version.stored.version), version.stored.clone())), page)
    }

    pub(super) fn search(&self, question: &SearchQuestion, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
        let after = page.after.map_or(-1, |token| token.0);
        cut(self.found(question).into_iter().filter(|(place, _)| *place > after), page)
    }

    /// All that a search finds, each with the place of its first acceptance.
    pub(super) fn found(&self, question: &SearchQuestion) -> Vec<(i64, StoredResource)> {
        let SearchQuestion { home, resource_type, ids, keys } = question;
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
            if keys.iter().all(|set| set.iter().any(|key| version.keys.contains(key))) {
                found.push((place, version.stored.clone()));
            }
        }
        found
    }
}

/// The first rows of a list, and where to go on when there are more.
fn cut(rows: impl Iterator<Item = (i64, StoredResource)>, page: Page) -> (Vec<StoredResource>, Option<PageToken>) {
    let mut rows = rows.peekable();
    let (mut part, mut last) = (Vec::new(), None);
    while part.len() < page.size as usize {
        let Some((place, row)) = rows.next() else { break };
        last = Some(PageToken(place));
        part.push(row);
    }
    let more = rows.peek().is_some();
    (part, last.filter(|_| more))
}

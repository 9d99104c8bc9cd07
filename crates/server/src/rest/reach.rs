//! How far a caller looks: whether a resource is within reach, and searches that find nothing beyond it. What that means is
//! decided by [`Reach`].

use baton_exchange::{
    access::{Condition, Part, Reach, Subject},
    refusal::Refusal,
    resource::{IndexKey, StoredResource},
};
use baton_fhir::{
    search::local_id,
    search_values::patients,
    tree::{Node, Tree},
};
use baton_store::{Looked, SearchQuestion, Within};

use super::{Reader, tree};
use crate::{
    failure::Failure,
    http::refuse::Problem,
    work::{Room, place_of_answer},
};

impl Reader<'_> {
    /// A resource that is there for the caller: its current version, or the one of that number; with room for an answer that is large.
    pub(super) async fn resource(
        &self,
        resource_type: &str,
        id: &str,
        version: Option<u32>,
    ) -> Result<(StoredResource, Tree, Option<Room>), Problem> {
        let question = self.sight.resource(resource_type, id, version);
        let looked = self.app.in_time(self.app.store.resource(question)).await?;
        let stored = self.found(looked, resource_type, id)?;
        let room = place_of_answer(self.app, self.partner, stored.body.len())?;
        let tree = tree(&stored)?;
        match self.is_within(&stored, tree.root()).await? {
            true => Ok((stored, tree, room)),
            // what is beyond reach is told like what is not there
            false => Err(Refusal::NoSuchResource.into()),
        }
    }

    /// What is there. Of what was cleared nobody knows any more whom it was about: who is let in for a part alone hears no more of it
    /// than of what never was, but for the Patient that it is about.
    ///
    /// # Errors
    /// [`Refusal::Gone`] for what was cleared and [`Refusal::NoSuchResource`] for what never was, or is nothing to the caller.
    pub(super) fn found(&self, looked: Looked, resource_type: &str, id: &str) -> Result<StoredResource, Refusal> {
        let known = Subject { resource_type, id, patients: &[], same_referral: false, keys: &[] };
        match looked {
            Looked::Found(stored) => Ok(stored),
            Looked::Gone if self.sight.reach.has(&known) => Err(Refusal::Gone),
            Looked::Gone | Looked::Nothing => Err(Refusal::NoSuchResource),
        }
    }

    /// Whether a version of a resource is within reach.
    pub(super) async fn is_within(&self, stored: &StoredResource, root: Node<'_>) -> Result<bool, Failure> {
        let reach = &self.sight.reach;
        if *reach == Reach::All {
            return Ok(true);
        }
        let known = self.known(stored, root).await?;
        Ok(known.with(stored, |subject| reach.has(subject)))
    }

    /// What has to be known of a version to say whether it is within reach. What no part of the reach asks for is not looked up.
    pub(super) async fn known(&self, stored: &StoredResource, root: Node<'_>) -> Result<Known, Failure> {
        let reach = &self.sight.reach;
        let mut known = Known::default();
        if reach.is_limited() {
            known.keys = self.sight.mount.keys_of(stored.referral, root);
        }
        let Some(patient) = reach.about() else { return Ok(known) };
        let named: Vec<&str> = patients(root).collect();
        known.patients = named.iter().filter_map(|reference| local_id(reference, "Patient", self.base())).collect();
        // where a sender's own references were kept, the index knows where they lead
        if !named.is_empty() && known.patients.is_empty() {
            let leads_there = self.is_indexed(stored, patient).await?;
            known.patients.push(if leads_there { patient.to_owned() } else { String::new() });
        }
        known.same_referral = known.patients.is_empty() && self.is_of_referral_of(stored, patient).await?;
        Ok(known)
    }

    async fn is_indexed(&self, stored: &StoredResource, patient: &str) -> Result<bool, Failure> {
        let question = SearchQuestion {
            home: self.sight.home,
            resource_type: stored.resource_type.clone(),
            ids: Some(vec![stored.id.clone()]),
            keys: vec![vec![self.sight.mount.blinded(IndexKey::patient(patient))]],
            seen_by: self.sight.seen_by.clone(),
            within: Vec::new(),
        };
        Ok(self.app.in_time(self.app.store.count(question)).await? > 0)
    }

    async fn is_of_referral_of(&self, stored: &StoredResource, patient: &str) -> Result<bool, Failure> {
        let question = self.sight.resource("Patient", patient, None);
        let found = self.app.in_time(self.app.store.resource(question)).await?.found();
        Ok(found.is_some_and(|patient| patient.referral == stored.referral))
    }

    /// The same search, for what is within reach only. What names no patient is not searched for then.
    pub(super) fn limited(&self, mut question: SearchQuestion) -> SearchQuestion {
        let parts = self.sight.reach.parts();
        let patient = self.sight.reach.about().filter(|_| parts.iter().all(|part| part.patient.is_some()));
        match patient {
            // one patient leads to few resources, so that is asked for like the rest
            Some(patient) if question.resource_type == "Patient" => {
                let is_asked_for = question.ids.as_ref().is_none_or(|ids| ids.iter().any(|id| id == patient));
                question.ids = Some(if is_asked_for { vec![patient.to_owned()] } else { Vec::new() });
            }
            Some(patient) => question.keys.push(vec![self.sight.mount.blinded(IndexKey::patient(patient))]),
            None => {}
        }
        let is_left = |part: &&Part| patient.is_none() || !part.limit.is_none();
        question.within = parts.iter().filter(is_left).map(|part| self.within(part, &question.resource_type)).collect();
        question
    }

    /// A part as the store compares it.
    fn within(&self, part: &Part, resource_type: &str) -> Within {
        let mut within = Within::default();
        let blinded = |key: IndexKey| self.sight.mount.blinded(key);
        match &part.patient {
            Some(patient) if resource_type == "Patient" => within.ids = Some(vec![patient.clone()]),
            Some(patient) => within.keys.push(vec![blinded(IndexKey::patient(patient))]),
            None => {}
        }
        for condition in part.conditions() {
            match condition {
                Condition::Keys(keys) => within.keys.push(keys.iter().map(|key| blinded(*key)).collect()),
                Condition::Ids(ids) => {
                    let is_asked = |id: &&String| within.ids.as_ref().is_none_or(|before| before.contains(id));
                    within.ids = Some(ids.iter().filter(is_asked).cloned().collect());
                }
            }
        }
        within
    }
}

/// What was looked up of a version of a resource.
#[derive(Default)]
pub(super) struct Known {
    patients: Vec<String>,
    same_referral: bool,
    keys: Vec<IndexKey>,
}

impl Known {
    /// Asks something of the version that it was looked up of.
    pub(super) fn with<T>(&self, stored: &StoredResource, ask: impl FnOnce(&Subject<'_>) -> T) -> T {
        let patients: Vec<&str> = self.patients.iter().map(String::as_str).collect();
        ask(&Subject {
            resource_type: &stored.resource_type,
            id: &stored.id,
            patients: &patients,
            same_referral: self.same_referral,
            keys: &self.keys,
        })
    }
}

#[cfg(test)]
mod tests;

//! How far a caller looks: whether a resource is within reach, and searches that find nothing beyond it. What that means is
//! decided by [`Reach`].

use baton_exchange::{
    access::{Reach, Subject},
    refusal::Refusal,
    resource::{IndexKey, StoredResource},
};
use baton_fhir::{
    search::local_id,
    search_values::patients,
    tree::{Node, Tree},
};
use baton_store::{Looked, SearchQuestion};

use super::{Reader, tree};
use crate::{failure::Failure, http::refuse::Problem};

impl Reader<'_> {
    /// A resource that is there for the caller: its current version, or the one of that number.
    pub(super) async fn resource(
        &self,
        resource_type: &str,
        id: &str,
        version: Option<u32>,
    ) -> Result<(StoredResource, Tree), Problem> {
        let question = self.sight.resource(resource_type, id, version);
        let looked = self.app.in_time(self.app.store.resource(question)).await?;
        let stored = self.found(looked, resource_type, id)?;
        let tree = tree(&stored)?;
        match self.is_within(&stored, tree.root()).await? {
            true => Ok((stored, tree)),
            // what is beyond reach is told like what is not there
            false => Err(Refusal::NoSuchResource.into()),
        }
    }

    /// What is there. Of what was cleared nobody knows any more whom it was about: who is let in for one patient hears no more of it
    /// than of what never was, but for the patient's own.
    ///
    /// # Errors
    /// [`Refusal::Gone`] for what was cleared and [`Refusal::NoSuchResource`] for what never was, or is nothing to the caller.
    pub(super) fn found(&self, looked: Looked, resource_type: &str, id: &str) -> Result<StoredResource, Refusal> {
        let known = Subject { resource_type, id, patients: &[], same_referral: false };
        match looked {
            Looked::Found(stored) => Ok(stored),
            Looked::Gone if self.sight.reach.has(&known) => Err(Refusal::Gone),
            Looked::Gone | Looked::Nothing => Err(Refusal::NoSuchResource),
        }
    }

    /// Whether a version of a resource is within reach.
    pub(super) async fn is_within(&self, stored: &StoredResource, root: Node<'_>) -> Result<bool, Failure> {
        let Reach::Patient(patient) = &self.sight.reach else { return Ok(true) };
        let named: Vec<&str> = patients(root).collect();
        let ids: Vec<String> =
            named.iter().filter_map(|reference| local_id(reference, "Patient", self.base())).collect();
        let mut about: Vec<&str> = ids.iter().map(String::as_str).collect();
        // where a sender's own references were kept, the index knows where they lead
        if !named.is_empty() && about.is_empty() {
            let leads_there = self.is_indexed(stored, patient).await?;
            about.push(if leads_there { patient } else { "" });
        }
        let same_referral = about.is_empty() && self.is_of_referral_of(stored, patient).await?;
        let (resource_type, id) = (stored.resource_type.as_str(), stored.id.as_str());
        Ok(self.sight.reach.has(&Subject { resource_type, id, patients: &about, same_referral }))
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
        let Reach::Patient(patient) = &self.sight.reach else { return question };
        if question.resource_type == "Patient" {
            let is_asked_for = question.ids.as_ref().is_none_or(|ids| ids.contains(patient));
            question.ids = Some(if is_asked_for { vec![patient.clone()] } else { Vec::new() });
        } else {
            question.keys.push(vec![self.sight.mount.blinded(IndexKey::patient(patient))]);
        }
        question
    }
}

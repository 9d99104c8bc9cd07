//! Patients that people of a partner may see, to choose one.

use std::collections::BTreeSet;

use baton_exchange::{
    access::{Caller, Reach},
    id::{PartnerId, ReferralId},
    referral::Stage,
    resource::IndexKey,
    time::Timestamp,
};
use baton_fhir::{
    encounter::takes_place,
    patient::{PatientLine, patient_line},
    search::local_id,
    search_values::patients,
};
use baton_store::{Page, PageToken, ReferralQuestion, SearchQuestion};

use super::{Sight, tree};
use crate::{app::App, exchanged::Exchanged, failure::Failure};

/// One of them.
pub(crate) struct PatientSeen {
    pub(crate) id: String,
    pub(crate) line: PatientLine,
    /// When it was accepted as it is.
    pub(crate) accepted: Timestamp,
}

/// Some of them.
#[derive(Default)]
pub(crate) struct PatientsSeen {
    pub(crate) patients: Vec<PatientSeen>,
    /// The referrals that they are of.
    pub(crate) referrals: BTreeSet<ReferralId>,
    /// Where there are more.
    pub(crate) next: Option<i64>,
}

/// The patients of referrals in which a partner has a part.
///
/// # Errors
/// When the store cannot be asked.
pub(crate) async fn patients_seen(
    app: &App,
    exchange: &Exchanged,
    partner: &PartnerId,
    after: Option<i64>,
    size: u32,
) -> Result<PatientsSeen, Failure> {
    let sight = sight(exchange, partner);
    let question = SearchQuestion {
        home: sight.home,
        resource_type: "Patient".to_owned(),
        ids: None,
        keys: Vec::new(),
        seen_by: sight.seen_by,
        within: Vec::new(),
    };
    let page = Page { size, after: after.map(PageToken) };
    let (found, next) = app.in_time(app.store.search(question, page)).await?;
    let (mut patients, mut referrals) = (Vec::with_capacity(found.len()), BTreeSet::new());
    for stored in found {
        let line = patient_line(tree(&stored)?.root());
        referrals.insert(stored.referral);
        patients.push(PatientSeen { id: stored.id, line, accepted: stored.updated });
    }
    Ok(PatientsSeen { patients, referrals, next: next.map(|next| next.0) })
}

/// Whether a patient is one of them.
///
/// # Errors
/// When the store cannot be asked.
pub(crate) async fn patient_is_seen(
    app: &App,
    exchange: &Exchanged,
    partner: &PartnerId,
    id: &str,
) -> Result<bool, Failure> {
    let question = sight(exchange, partner).resource("Patient", id, None);
    Ok(app.in_time(app.store.resource(question)).await?.found().is_some())
}

/// How many encounters of a patient are looked at to find the one.
const ENCOUNTERS_MAX: u32 = 20;

/// The encounter of a patient, if there is exactly one that a partner sees and that has happened or will. Which of several is meant
/// nobody here knows.
///
/// # Errors
/// When the store cannot be asked.
pub(crate) async fn encounter_seen(
    app: &App,
    exchange: &Exchanged,
    partner: &PartnerId,
    patient: &str,
) -> Result<Option<String>, Failure> {
    let sight = sight(exchange, partner);
    let question = SearchQuestion {
        home: sight.home,
        resource_type: "Encounter".to_owned(),
        ids: None,
        keys: vec![vec![sight.mount.blinded(IndexKey::patient(patient))]],
        seen_by: sight.seen_by,
        within: Vec::new(),
    };
    let page = Page { size: ENCOUNTERS_MAX, after: None };
    let (found, next) = app.in_time(app.store.search(question, page)).await?;
    let mut real = Vec::new();
    for stored in found {
        if takes_place(tree(&stored)?.root()) {
            real.push(stored.id);
        }
    }
    match (real.pop(), real.is_empty(), next) {
        (Some(one), true, None) => Ok(Some(one)),
        (Some(_) | None, _, _) => Ok(None),
    }
}

fn sight<'e>(exchange: &'e Exchanged, partner: &PartnerId) -> Sight<'e> {
    Sight::of(&exchange.mount, &Caller::system(partner.clone(), Vec::new()), Reach::All)
}

/// A referral that is still a draft.
pub(crate) struct DraftSeen {
    /// About whom it is.
    pub(crate) patient: Option<String>,
    /// To whom it goes.
    pub(crate) target: Option<PartnerId>,
}

/// The draft with that ServiceRequest, if the partner has a part in it.
///
/// # Errors
/// When the store cannot be asked.
pub(crate) async fn draft_seen(
    app: &App,
    exchange: &Exchanged,
    partner: &PartnerId,
    id: &str,
) -> Result<Option<DraftSeen>, Failure> {
    let sight = sight(exchange, partner);
    let question = sight.resource("ServiceRequest", id, None);
    let Some(stored) = app.in_time(app.store.resource(question)).await?.found() else { return Ok(None) };
    let of_it = ReferralQuestion { id: Some(stored.referral), ..ReferralQuestion::all(sight.home) };
    let (listed, _) = app.in_time(app.store.referrals(of_it, Page { size: 1, after: None })).await?;
    let course = listed.into_iter().next().and_then(|listed| listed.referral.course);
    let Some(course) = course.filter(|course| course.stage == Stage::Draft) else { return Ok(None) };
    let tree = tree(&stored)?;
    let patient = patients(tree.root()).find_map(|reference| local_id(reference, "Patient", &exchange.mount.base));
    Ok(Some(DraftSeen { patient, target: course.target().cloned() }))
}

//! A source submits a referral.
//! Source: seeds/003, "Submit Referral"; spec of Ontario, 1.1, 1.2 and 8.

use std::collections::HashMap;

use baton_exchange::{
    audit::AuditAction,
    id::{PartnerId, ReferralId},
    message::Known,
    referral::{Course, Links, Papers, Part, Party, PatientKey, Realm, Referral, ReferralState, Stage, Stamps},
    refusal::Refusal,
};
use baton_fhir::{search_values::identifiers, tree::Node};

use super::{Effect, Hindered, forward, orphan};
use crate::ontario::{
    case::Case,
    desk::Desk,
    directory::Role,
    focus::patient_of,
    keep::{Extras, Side, Walk, made_id},
    message::Checked,
    names, summary,
    target::target_of,
    task,
    telling::Happening,
};

/// Opens a referral, or sends one on that its source re-routes.
pub(super) fn submit(desk: &mut Desk<'_>, checked: &Checked<'_>, known: &Known) -> Result<Effect, Hindered> {
    is_new(checked, known)?;
    if let Some(before) = forward::before(desk, checked, known) {
        return forward::by_source(desk, checked, known, before);
    }
    let case = open(desk, checked, desk.cx.ids.referral, Stage::Requested)?;
    desk.cases[case].course.links.based_on = forward::followed(desk, checked, known);
    desk.tell(case, Happening::Submitted, Vec::new(), &checked.sender);
    orphan::settle(desk, case, known);
    Ok(Effect { action: AuditAction::Submitted, case: Some(case) })
}

/// Keeps a referral as a draft, until it is finished in the target's app. Source: seeds/003, SMART-enhanced submission.
pub(super) fn launch(desk: &mut Desk<'_>, checked: &Checked<'_>, known: &Known) -> Result<Effect, Hindered> {
    is_new(checked, known)?;
    let case = open(desk, checked, desk.cx.ids.referral, Stage::Draft)?;
    Ok(Effect { action: AuditAction::Submitted, case: Some(case) })
}

/// A number that the source has used for a referral is that referral's, also after it was withdrawn.
fn is_new(checked: &Checked<'_>, known: &Known) -> Result<(), Hindered> {
    let Some(name) = checked.names.best() else { return Ok(()) };
    let is_mine = |course: &Course| course.part_of(&checked.sender) == Some(Part::Source);
    for case in known.cases.iter().filter(|case| case.keys.contains(&name)) {
        if !case.referral.course.as_ref().is_some_and(is_mine) {
            continue;
        }
        return Err(match case.referral.state {
            ReferralState::Revoked => Refusal::Gone.into(),
            ReferralState::Active | ReferralState::Cancelled => {
                Refusal::ReferralExists { request_id: case.referral.request_id.clone() }.into()
            }
        });
    }
    Ok(())
}

/// Puts a new referral on the desk: its resources, its parties and its Task.
pub(super) fn open(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    id: ReferralId,
    stage: Stage,
) -> Result<usize, Hindered> {
    let Some(request) = checked.request() else { return Err(Refusal::RequestInvalid.into()) };
    let target = target_of(&desk.mount.directory, &checked.index, &checked.header, request);
    let parties = parties(desk, &checked.sender, target);
    let course = course(checked, parties, stage);
    let referral = referral(desk, checked, id, checked.sender.clone());
    let mut case = Case::new(referral, course);
    put_all(&mut case, checked, request);
    case.put(task::process_request(&case, stage, checked.at));
    let stamped: Vec<String> = case.all().iter().map(|held| held.reference()).collect();
    stamped.iter().for_each(|what| case.course.stamps.put_whole(what, checked.at));
    case.add_names(checked.names.given());
    desk.cases.push(case);
    Ok(desk.cases.len() - 1)
}

/// Source, target and all third parties of the exchange.
pub(super) fn parties(desk: &Desk<'_>, source: &PartnerId, target: Option<PartnerId>) -> Vec<Party> {
    let mut parties = vec![Party { partner: source.clone(), part: Part::Source }];
    if let Some(partner) = target.filter(|target| target != source) {
        parties.push(Party { partner, part: Part::Target });
    }
    for third in desk.mount.directory.with_role(Role::ThirdParty) {
        if parties.iter().all(|party| party.partner != third.partner) {
            parties.push(Party { partner: third.partner.clone(), part: Part::ThirdParty });
        }
    }
    parties
}

pub(super) fn course(checked: &Checked<'_>, parties: Vec<Party>, stage: Stage) -> Course {
    Course {
        parties,
        stage,
        realm: realm(checked),
        links: Links::default(),
        stamps: Stamps::default(),
        stated: checked.at,
        papers: Papers::default(),
    }
}

/// Whether a message is marked as test data. Source: HL7 v3 ActReason, HTEST.
fn realm(checked: &Checked<'_>) -> Realm {
    let request = checked.request().and_then(|at| checked.resource(at));
    let places = [Some(checked.bundle.node()), Some(checked.header.node()), request];
    let is_test = |node: Node<'_>| {
        let labels = node.get("meta").into_iter().flat_map(|meta| meta.each("security"));
        labels.filter_map(|label| label.str("code")).any(|code| code == "HTEST")
    };
    if places.into_iter().flatten().any(is_test) { Realm::Test } else { Realm::Live }
}

pub(super) fn referral(desk: &Desk<'_>, checked: &Checked<'_>, id: ReferralId, source: PartnerId) -> Referral {
    Referral {
        id,
        home: desk.home(),
        exchange: desk.mount.exchange.clone(),
        source,
        request_id: id.to_string(),
        patient: patient_keys(checked),
        state: ReferralState::Active,
        version: 1,
        sent: Some(checked.at),
        changed: None,
        updated: desk.cx.now,
        course: None,
    }
}

/// By which the message's patient is recognised: identifiers alone, since senders give a new id to each message.
pub(super) fn patient_keys(checked: &Checked<'_>) -> Vec<PatientKey> {
    let patient = checked.request().and_then(|at| patient_of(&checked.index, at)).and_then(|at| checked.resource(at));
    let identifiers = patient.into_iter().flat_map(identifiers);
    identifiers.map(|it| PatientKey::identifier(it.system, it.value)).collect()
}

/// Keeps all resources of a message that states a referral in full.
pub(super) fn put_all(case: &mut Case, checked: &Checked<'_>, request: usize) -> bool {
    let referral = case.referral.id;
    let mut roots = vec![(request, case.request_id())];
    if let Some(patient) = patient_of(&checked.index, request) {
        roots.push((patient, made_id(referral, &["Patient"])));
    }
    let walk = Walk {
        referral,
        known: HashMap::new(),
        roots,
        extras: Extras::Keep,
        side: Side::Statement,
        index: &checked.index,
    };
    case.hear_addresses(&checked.index, &checked.sender);
    let mut is_changed = false;
    for mut kept in walk.kept() {
        if kept.resource_type == "Task" {
            // what state a referral is in is not said by its source
            continue;
        }
        if kept.resource_type == "ServiceRequest" {
            summary::add(&mut kept.tree, checked);
            names::put_number(&mut kept.tree, &checked.header);
        }
        is_changed |= case.put(kept);
    }
    is_changed
}

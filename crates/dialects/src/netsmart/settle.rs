//! Decides what becomes of a message that is new and in order.
//! Source: Netsmart "Update Service Request Message", "Integration Patterns"; FHIR R4 messaging, "Reliable Messaging Cache".

use baton_exchange::{
    id::Home,
    message::{self, Known},
    referral::{Decision, PatientKey, Statement, cancel, submit, update},
    refusal::Refusal,
    time::Timestamp,
};
use baton_fhir::{
    bundle::{Bundle, Entry},
    finding::Finding,
    json,
    message::{Event as Named, Header, Request},
    reference::Index,
    search_values::identifiers,
    tree::Node,
};

use super::{
    contents, reply, resource, rules,
    tables::{Does, Event, guide},
};
use crate::{Accepted, Arrived, Context, Dialect, Mount, Refused, arrived::Message, refuse};

/// What the checks have made sure of.
struct Checked<'t> {
    bundle: Bundle<'t>,
    index: Index<'t>,
    header: Header<'t>,
    event: &'static Event,
    entry: Entry<'t>,
    request: Request<'t>,
    patient: Entry<'t>,
}

pub(crate) fn settle(mount: &Mount, arrived: &Arrived, known: &Known, cx: &Context<'_>) -> Result<Accepted, Refused> {
    let checked = arrived.tree.as_ref().and_then(|tree| checked(tree.root()));
    let (Some(message), Some(checked)) = (&arrived.message, checked) else {
        return Err(unreadable());
    };
    let statement = statement(mount, message, &checked, cx);
    let decision = decide(&checked, &statement, known, cx).map_err(|refusal| refused(&checked, &refusal))?;

    let answer = reply::is_wanted(&checked.header).then(|| {
        let request = reply::Request { bundle: &checked.bundle, header: &checked.header, quoted: &message.quoted };
        reply::reply(mount, &request, &arrived.findings, cx.ids)
    });
    let mut written = Vec::new();
    if let Some(answer) = &answer {
        written.reserve(arrived.body.len());
        json::write(answer.root(), &mut written);
    }
    let status = if answer.is_some() { 200 } else { 204 };
    let (action, referral) = (decision.action, decision.referral.id);
    let accepted = message::Accepted {
        id: cx.ids.message,
        event: checked.event.code.clone(),
        identity: message.identity.clone(),
        request: arrived.body.clone(),
        status,
        answer: written,
        resources: resource::resources(&checked.index, &message.identity.envelope),
        actor: cx.caller.actor(),
        request_id: cx.request_id.to_owned(),
        received: cx.now,
        expires: cx.now.plus_secs(mount.reliable_cache_secs),
    };
    let batch = accepted.into_batch(decision);
    Ok(Accepted { batch, status, answer, action, referral, warnings: arrived.findings.len(), made: None })
}

fn checked(root: Node<'_>) -> Option<Checked<'_>> {
    let bundle = Bundle::of(root)?;
    let index = Index::new(&bundle);
    let header = index.entries().first()?.resource.and_then(Header::of)?;
    let Named::Coding { system, code } = header.event()? else {
        return None;
    };
    let event = guide().event(system, code)?;
    let (entry, patient) = (contents::request(&index)?, contents::patient(&index)?);
    let request = entry.resource.and_then(Request::of)?;
    Some(Checked { bundle, index, header, event, entry, request, patient })
}

/// The checks refuse all that comes here without its parts, so this is a second fence.
fn unreadable() -> Refused {
    Refused { status: 400, findings: vec![Finding::new(&crate::rules::BUNDLE, "the message is incomplete")] }
}

fn statement(mount: &Mount, message: &Message, checked: &Checked<'_>, cx: &Context<'_>) -> Statement {
    Statement {
        home: Home::of(&mount.exchange, &cx.caller.partner),
        exchange: mount.exchange.clone(),
        source: cx.caller.partner.clone(),
        request_id: message.request_id.clone().unwrap_or_default(),
        patient: patient_keys(checked.patient),
        sent: checked.bundle.timestamp().and_then(Timestamp::parse),
        changed: checked.request.last_updated().and_then(Timestamp::parse),
    }
}

fn patient_keys(patient: Entry<'_>) -> Vec<PatientKey> {
    let id = contents::lasting_id(patient).map(PatientKey::id);
    let identifiers = patient.resource.into_iter().flat_map(identifiers);
    id.into_iter().chain(identifiers.map(|it| PatientKey::identifier(it.system, it.value))).collect()
}

fn decide(checked: &Checked<'_>, statement: &Statement, known: &Known, cx: &Context<'_>) -> Result<Decision, Refusal> {
    let known = known.referral.as_ref();
    let status = checked.request.status().and_then(Node::as_str).unwrap_or_default();
    match checked.event.does {
        Does::Submit => submit(known, statement, cx.ids.referral, cx.now),
        Does::Update if checked.event.cancelling_status.iter().any(|cancelling| cancelling == status) => {
            cancel(known, statement, cx.now)
        }
        Does::Update => update(known, statement, cx.now),
    }
}

/// Words a refusal and points at what it is about.
fn refused(checked: &Checked<'_>, refusal: &Refusal) -> Refused {
    let request = checked.request.node();
    if matches!(refusal, Refusal::UnknownReferral { .. }) && contents::lasting_id(checked.entry).is_none() {
        // a urn:uuid that nobody has seen is no id that an update could mean
        let diagnostics = "the ServiceRequest has a urn:uuid that was never submitted, and no id";
        let finding = Finding::at_missing(&rules::UPDATE_ID, request, "id", diagnostics);
        return Refused { status: 422, findings: vec![finding] };
    }
    let place = match refusal {
        Refusal::UnknownReferral { .. } | Refusal::ReferralExists { .. } => Some((request, "id")),
        Refusal::OtherPatient => Some((request, "subject")),
        Refusal::ReferralOver => Some((request, "status")),
        Refusal::Outdated if checked.bundle.timestamp().is_some() => Some((checked.bundle.node(), "timestamp")),
        Refusal::Outdated => Some((request, "meta.lastUpdated")),
        _ => None,
    };
    let mut refused = refuse(Dialect::Netsmart, refusal);
    if let Some((node, member)) = place {
        for finding in &mut refused.findings {
            finding.expression = Some(format!("{}.{member}", node.path()));
        }
    }
    refused
}

//! What a message has to hold for its event.
//! Source: spec of Ontario, 5, 7.1, 7.4 and 1.7; seeds/003, "requester".

use baton_fhir::{finding::Finding, message::Header, reference::Index, tree::Node};

use super::{
    event::{Heard, Meant},
    events::Meaning,
    focus::{all_of_type, focus, patient_of, request_of},
    rules, task,
};

/// Adds what is wrong with the contents of a message.
pub(super) fn check(index: &Index<'_>, header: &Header<'_>, heard: &Heard, findings: &mut Vec<Finding>) {
    let Some(meant) = heard.likely() else { return };
    check_focus(index, header, meant, findings);
    match meant.meaning {
        Meaning::Submit | Meaning::Launch | Meaning::Change => {
            if let Some(at) = check_request(index, header, findings) {
                check_subject(index, at, findings);
                check_requester(index, at, findings);
            }
        }
        Meaning::Record => {
            if let Some(at) = check_request(index, header, findings) {
                check_subject(index, at, findings);
            }
        }
        Meaning::Move | Meaning::TakeUp => {
            all_of_type(index, header, "Task").into_iter().for_each(|at| check_task(index, at, findings));
            all_of_type(index, header, "Appointment").into_iter().for_each(|at| check_booked(index, at, findings));
        }
        Meaning::AddAppointment | Meaning::ChangeAppointment => {
            all_of_type(index, header, "Appointment").into_iter().for_each(|at| check_booked(index, at, findings));
        }
        Meaning::Correct
        | Meaning::Revoke
        | Meaning::Ask
        | Meaning::Answer
        | Meaning::Write
        | Meaning::Inform
        | Meaning::Report
        | Meaning::Ignored => {}
    }
}

/// Whether a message of that meaning has no effect without something in focus. Whoever withdraws is believed without.
fn needs_focus(meaning: Meaning) -> bool {
    match meaning {
        Meaning::Submit
        | Meaning::Launch
        | Meaning::Record
        | Meaning::Change
        | Meaning::Correct
        | Meaning::TakeUp
        | Meaning::Move
        | Meaning::AddAppointment
        | Meaning::ChangeAppointment
        | Meaning::Ask
        | Meaning::Answer
        | Meaning::Write => true,
        Meaning::Revoke | Meaning::Inform | Meaning::Report | Meaning::Ignored => false,
    }
}

/// The focus has to lead to what the event is about. One that leads nowhere, as in messages of 2019, is taken for what the event
/// is about first of all.
fn check_focus(index: &Index<'_>, header: &Header<'_>, meant: Meant, findings: &mut Vec<Finding>) {
    if !needs_focus(meant.meaning) {
        return;
    }
    let in_focus = focus(index, header);
    let is_about = |name: &str| meant.row.map_or(name == "ServiceRequest", |row| row.may_be_about(name));
    let mut names = in_focus.iter().filter_map(|at| index.entries()[*at].resource_type());
    if names.any(is_about) {
        return;
    }
    let leads_nowhere = in_focus.is_empty() && header.focus().next().is_some();
    let types: Vec<&str> = match meant.row {
        Some(row) => row.named_focus().collect(),
        None => vec!["ServiceRequest"],
    };
    let stands_in = |name: Option<&str>| name.is_some_and(|name| types.contains(&name));
    if leads_nowhere && index.entries().iter().any(|entry| stands_in(entry.resource_type())) {
        let diagnostics = "the focus names a referral and no resource of the message";
        findings.push(Finding::at_missing(&rules::FOCUS_LOGICAL, header.node(), "focus", diagnostics));
        return;
    }
    let diagnostics = format!("a reference to a {} of the message was expected", types.join(" or "));
    findings.push(Finding::at_missing(&rules::FOCUS, header.node(), "focus", diagnostics));
}

fn check_request(index: &Index<'_>, header: &Header<'_>, findings: &mut Vec<Finding>) -> Option<usize> {
    let found = request_of(index, header);
    // a missing focus is reported already
    if found.is_none() && !findings.iter().any(|finding| finding.rule.id == rules::FOCUS.id) {
        findings.push(Finding::at(&rules::REQUEST, header.node(), "no ServiceRequest is in focus"));
    }
    found
}

fn check_subject(index: &Index<'_>, at: usize, findings: &mut Vec<Finding>) {
    let Some(request) = index.entries()[at].resource else { return };
    if patient_of(index, at).is_none() {
        findings.push(match request.get("subject") {
            Some(subject) => Finding::at(&rules::SUBJECT, subject, "the subject does not lead to a Patient"),
            None => Finding::at_missing(&rules::SUBJECT, request, "subject", "ServiceRequest.subject is missing"),
        });
    }
}

/// The source has to say who asks: a system's own token names no user. Source: seeds/003.
fn check_requester(index: &Index<'_>, at: usize, findings: &mut Vec<Finding>) {
    let Some(request) = index.entries()[at].resource else { return };
    let names_somebody = |requester: Node<'_>| {
        let has = |name: &str| requester.str(name).is_some_and(|text| !text.trim().is_empty());
        has("reference") || has("display") || requester.at(&["identifier", "value"]).is_some()
    };
    if !request.get("requester").is_some_and(names_somebody) {
        let diagnostics = "ServiceRequest.requester has to name who asks, best a PractitionerRole of the message";
        findings.push(Finding::at_missing(&rules::REQUESTER, request, "requester", diagnostics));
    }
}

fn check_task(index: &Index<'_>, at: usize, findings: &mut Vec<Finding>) {
    let Some(resource) = index.entries()[at].resource else { return };
    if task::is_process_request(resource) && task::is_draft(resource) {
        let diagnostics = "intent and code were taken for order and process-request";
        findings.push(Finding::at(&rules::TASK_DRAFT, resource, diagnostics));
    }
    if task::stage(resource).is_none() {
        findings.push(Finding::at_missing(
            &rules::TASK_STATUS,
            resource,
            "status",
            "Task.status is missing or no code",
        ));
    }
}

fn check_booked(index: &Index<'_>, at: usize, findings: &mut Vec<Finding>) {
    if let Some(resource) = index.entries()[at].resource {
        check_time(resource, findings);
    }
}

/// Only what is not fixed yet, or was called off, may have no time. Source: FHIR R4 Appointment, app-3.
pub(super) fn check_time(appointment: Node<'_>, findings: &mut Vec<Finding>) {
    let is_open =
        appointment.str("status").is_some_and(|status| matches!(status, "proposed" | "cancelled" | "waitlist"));
    for name in ["start", "end"] {
        if !is_open && appointment.get(name).is_none() {
            let diagnostics = format!("{name} is missing");
            findings.push(Finding::at_missing(&rules::APPOINTMENT_TIME, appointment, name, diagnostics));
        }
    }
}

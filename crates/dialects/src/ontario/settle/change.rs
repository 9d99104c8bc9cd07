//! The source replaces what it asked for: a full statement, which moves no state.
//! Source: spec of Ontario, 1.1 "source changed data" and 12; seeds/000, "Update Referral".

use baton_exchange::{audit::AuditAction, referral::PatientKey, refusal::Refusal};
use baton_fhir::{
    finding::{Finding, Severity},
    search_values::identifiers,
    tree::Node,
};

use super::{Hindered, correct::keep_member, submit, turn::beside_mark};
use crate::ontario::{
    case::Case,
    desk::{Desk, Said},
    keep::{Kept, copy_of, set_member},
    message::Checked,
    rules, summary,
    task::{add_identifiers, process_request, task_id},
    telling::Happening,
};

/// Types that are not the source's to state.
const OF_OTHERS: [&str; 3] = ["Task", "Appointment", "Communication"];

pub(super) fn change(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    case: usize,
    said: Said<'_>,
) -> Result<AuditAction, Hindered> {
    is_same_patient(&desk.cases[case].referral.patient, &submit::patient_keys(checked))?;
    let Some(request) = checked.request() else { return Err(Refusal::RequestInvalid.into()) };
    let names = checked.names.given();
    desk.cases[case].add_names(names);
    desk.cases[case].hear_addresses(&checked.index, said.by);
    if said.at < desk.cases[case].course.stated {
        add_late(&mut desk.cases[case], checked, request);
        desk.findings
            .push(Finding::new(&rules::STALE, "a later statement of the source stands").with(Severity::Information));
        return Ok(AuditAction::Heard);
    }
    let standing = &mut desk.cases[case];
    let mut stated = Case::new(standing.referral.clone(), standing.course.clone());
    submit::put_all(&mut stated, checked, request);
    let is_changed = replace(standing, &stated, said);
    standing.course.stated = said.at;
    if !is_changed {
        desk.findings
            .push(Finding::new(&rules::UNCHANGED, "the referral says this already").with(Severity::Information));
        return Ok(AuditAction::Heard);
    }
    remember_patient(standing, checked);
    let about = vec![format!("ServiceRequest/{}", standing.request_id())];
    standing.touch();
    desk.tell(case, Happening::Changed, about, said.by);
    Ok(AuditAction::Updated)
}

/// A statement that comes late changes nothing, but the numbers that it gives to the referral are kept as if it had come in time.
fn add_late(standing: &mut Case, checked: &Checked<'_>, request: usize) {
    let (Some(late), Some(held)) = (checked.resource(request), standing.request()) else { return };
    let mut tree = copy_of(held.tree.root());
    add_identifiers(&mut tree, late);
    let id = standing.request_id();
    standing.put(Kept { resource_type: "ServiceRequest".to_owned(), id, tree });
}

/// Puts a full statement in the place of what stands, except for members that were said later. Says whether anything differs.
fn replace(standing: &mut Case, stated: &Case, said: Said<'_>) -> bool {
    let mut is_changed = false;
    for held in stated.all() {
        let what = held.reference();
        if !standing.course.stamps.takes_whole(&what, said.at) {
            continue;
        }
        let mut tree = copy_of(held.tree.root());
        if let Some(before) = standing.at(&what).map(|held| held.tree.root()) {
            for member in standing.course.stamps.members_after(&what, said.at) {
                keep_member(&mut tree, member, before);
            }
            if held.resource_type == "ServiceRequest" {
                add_identifiers(&mut tree, before);
                summary::keep(before, &mut tree);
                if standing.course.links.replaces.is_some() {
                    // to whom it went on is not said by a change: the source states what it asked for at first
                    ["replaces", "performer"].iter().for_each(|name| set_member(&mut tree, name, before.get(name)));
                }
            }
        }
        is_changed |= standing.put(Kept { resource_type: held.resource_type.clone(), id: held.id.clone(), tree });
        standing.course.stamps.put_whole(&what, said.at);
    }
    let is_left_out = |held: &&crate::ontario::case::Held| {
        let what = held.reference();
        let is_beside = standing.course.stamps.whole(&beside_mark(&what)).is_some();
        !OF_OTHERS.contains(&held.resource_type.as_str()) && !is_beside && stated.at(&what).is_none()
    };
    let out: Vec<(String, String)> =
        standing.all().iter().filter(is_left_out).map(|held| (held.resource_type.clone(), held.id.clone())).collect();
    for (resource_type, id) in out {
        let what = format!("{resource_type}/{id}");
        if standing.course.stamps.takes_whole(&what, said.at) && !is_needed(standing, &what) {
            standing.leave_out(&resource_type, &id);
            standing.course.stamps.forget(&what);
            is_changed = true;
        }
    }
    is_changed | task_again(standing)
}

/// The Task of a referral of which its target has said nothing yet says what the request says.
fn task_again(standing: &mut Case) -> bool {
    let what = format!("Task/{}", task_id(standing.referral.id));
    let Some(sent) = standing.referral.sent.filter(|sent| standing.course.stamps.whole(&what) == Some(*sent)) else {
        return false;
    };
    let task = process_request(standing, standing.course.stage, sent);
    standing.put(task)
}

/// Whether what others said leads to a resource, or what stands of the request: to whom it went on, for example.
fn is_needed(case: &Case, what: &str) -> bool {
    let others = case.all().iter().filter(|held| OF_OTHERS.contains(&held.resource_type.as_str()));
    let mut open: Vec<String> = others.map(|held| held.reference()).collect();
    let mut seen = open.clone();
    while let Some(next) = open.pop() {
        let Some(held) = case.at(&next) else { continue };
        for reference in baton_fhir::reference::references(held.tree.root()) {
            if reference.text == what {
                return true;
            }
            if !seen.iter().any(|seen| seen == reference.text) {
                seen.push(reference.text.to_owned());
                open.push(reference.text.to_owned());
            }
        }
    }
    false
}

/// A referral must not come to mean another person. Identifiers of one system that differ say so; where nothing can be compared,
/// the referral's own number is believed: there are patients without any identifier.
pub(super) fn is_same_patient(known: &[PatientKey], now: &[PatientKey]) -> Result<(), Hindered> {
    let is_other = !known.is_empty() && !now.is_empty() && !known.iter().any(|key| now.contains(key));
    if is_other { Err(Refusal::OtherPatient.into()) } else { Ok(()) }
}

fn remember_patient(case: &mut Case, checked: &Checked<'_>) {
    let now = submit::patient_keys(checked);
    if !now.is_empty() {
        case.referral.patient = now;
    }
}

/// Whether address and body of a PUT name the same referral.
///
/// # Errors
/// [`Refusal::AddressMismatch`]
pub(super) fn agrees(checked: &Checked<'_>, system: Option<&str>, value: &str) -> Result<(), Hindered> {
    let request = checked.request().and_then(|at| checked.resource(at));
    let mut said = request.into_iter().flat_map(identifiers).peekable();
    let is_named = |node: Node<'_>| {
        node.at(&["valueIdentifier", "value"]).and_then(Node::as_str) == Some(value)
            || node.str("valueString") == Some(value)
    };
    let in_header = checked.header.node().each("extension").any(is_named);
    let fits = |it: baton_fhir::search_values::Identifier<'_>| {
        it.value == value && system.is_none_or(|system| system == it.system)
    };
    if in_header || said.peek().is_none() || said.any(fits) { Ok(()) } else { Err(Refusal::AddressMismatch.into()) }
}

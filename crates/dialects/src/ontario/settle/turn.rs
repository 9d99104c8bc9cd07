//! The target says where a referral is: Tasks and Appointments, several of them in one message.
//! Source: spec of Ontario, 1.1 "status change" and "appointment", 1.6, 7.2, 7.4; seeds/003, "Update Referral".

use std::collections::HashMap;

use baton_exchange::{audit::AuditAction, referral::Stage, refusal::Refusal};
use baton_fhir::{
    bundle::Entry,
    finding::{Finding, Severity},
    reference::Index,
    search_values::{Identifier, identifiers},
    tree::Node,
};

use super::{Hindered, book, forward};
use crate::ontario::{
    case::{Case, Held},
    desk::{Desk, Said},
    focus::{all_of_type, patient_of, request_of},
    keep::{Extras, Kept, Side, Walk, copy_of, made_id},
    message::Checked,
    rules,
    task::{self, join_identifiers, task_id},
    telling::Happening,
};

pub(super) fn turn(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    case: usize,
    said: Said<'_>,
) -> Result<AuditAction, Hindered> {
    if let Some(request) = forward::onward(desk, checked, case) {
        return forward::by_target(desk, checked, case, request, said);
    }
    let names = checked.names.given();
    desk.cases[case].add_names(names);
    desk.cases[case].hear_addresses(&checked.index, said.by);
    let tasks = all_of_type(&checked.index, &checked.header, "Task");
    let appointments = all_of_type(&checked.index, &checked.header, "Appointment");
    let mut action = AuditAction::Heard;
    for at in tasks {
        let kept = kept(&desk.cases[case], checked, at, &task_root(&desk.cases[case], checked, at), Side::Target);
        let is_moved = match kept {
            (Some(task), beside) if checked.resource(at).is_some_and(task::is_process_request) => {
                advance(desk, case, task, beside, said)?
            }
            (Some(task), beside) => put_task(desk, case, task, beside, said),
            (None, _) => false,
        };
        if is_moved {
            action = AuditAction::Moved;
        }
    }
    for at in appointments {
        let id = book::appointment_id(&desk.cases[case], checked.resource(at));
        if let (Some(appointment), beside) = kept(&desk.cases[case], checked, at, &id, Side::Target)
            && book::put(desk, case, appointment, beside, said)
        {
            action = AuditAction::Booked;
        }
    }
    if action == AuditAction::Heard {
        desk.findings
            .push(Finding::new(&rules::UNCHANGED, "this is known, or something newer is").with(Severity::Information));
    }
    Ok(action)
}

fn task_root(case: &Case, checked: &Checked<'_>, at: usize) -> String {
    let Some(task) = checked.resource(at).filter(|task| !task::is_process_request(*task)) else {
        return task_id(case.referral.id);
    };
    own_id(case, "Task", task)
}

/// The id of something that a target made: one that is here already, or else made of its identifier, or of the id that it has
/// there. An Appointment with neither is the referral's only one.
pub(super) fn own_id(case: &Case, resource_type: &str, resource: Node<'_>) -> String {
    let id = resource.str("id");
    if let Some(id) = id.filter(|id| case.get(resource_type, id).is_some()) {
        return id.to_owned();
    }
    let identifier = own_number(case, resource);
    let has_it = |held: &&Held| {
        held.resource_type == resource_type && identifiers(held.tree.root()).any(|it| Some(it) == identifier)
    };
    if let Some(held) = case.all().iter().find(has_it) {
        return held.id.clone();
    }
    match (identifier, id) {
        (Some(it), _) => made_id(case.referral.id, &[resource_type, "identifier", it.system, it.value]),
        (None, Some(id)) => made_id(case.referral.id, &[resource_type, "id", id]),
        (None, None) => made_id(case.referral.id, &[resource_type, "only"]),
    }
}

/// The first identifier that is the resource's own. Some senders put the number of the referral, or of the target, there.
/// Source: spec of Ontario, 7.5.
pub(super) fn own_number<'t>(case: &Case, resource: Node<'t>) -> Option<Identifier<'t>> {
    let of_request: Vec<Identifier<'_>> =
        case.request().into_iter().flat_map(|held| identifiers(held.tree.root())).collect();
    let is_own = |it: &Identifier<'_>| {
        !it.system.ends_with("/id-referral-target-reference") && !of_request.iter().any(|of| of.value == it.value)
    };
    identifiers(resource).find(is_own)
}

/// A resource of a message, under an id, and what it leads to beside request and patient: its sayer's roles and places.
pub(super) fn kept(case: &Case, checked: &Checked<'_>, at: usize, id: &str, side: Side) -> (Option<Kept>, Vec<Kept>) {
    kept_beside(case, &checked.index, request_of(&checked.index, &checked.header), at, id, side)
}

/// The same in a Bundle whose request is known.
pub(super) fn kept_beside(
    case: &Case,
    index: &Index<'_>,
    request: Option<usize>,
    at: usize,
    id: &str,
    side: Side,
) -> (Option<Kept>, Vec<Kept>) {
    let mut known = HashMap::new();
    known.extend(request.map(|at| (at, case.request_id())));
    let patient = request.and_then(|at| patient_of(index, at)).or_else(|| patient_of(index, at));
    known.extend(patient.zip(case.patient().map(|held| held.id.clone())));
    known.extend(letters_here(case, index, at));
    let roots = vec![(at, id.to_owned())];
    let walk = Walk { referral: case.referral.id, known, roots, extras: Extras::Drop, side, index };
    let (mut root, mut beside) = (None, Vec::new());
    for kept in walk.kept() {
        if kept.id == id {
            root = Some(kept);
        } else if kept.resource_type != "Patient" {
            beside.push(kept);
        }
    }
    (root, beside)
}

/// Letters in a message that are here already, such as the question that is answered: they are not kept once more.
fn letters_here<'c>(case: &'c Case, index: &'c Index<'_>, root: usize) -> impl Iterator<Item = (usize, String)> + 'c {
    let is_letter = move |entry: &&Entry<'_>| entry.index != root && entry.resource_type() == Some("Communication");
    let letters = index.entries().iter().filter(is_letter);
    letters.filter_map(move |entry| {
        let resource = entry.resource?;
        let number = own_number(case, resource);
        let is_it = |held: &&Held| {
            let has_number = number.is_some() && identifiers(held.tree.root()).any(|it| Some(it) == number);
            held.resource_type == "Communication" && (has_number || entry.logical_id() == Some(held.id.as_str()))
        };
        Some((entry.index, case.all().iter().find(is_it)?.id.clone()))
    })
}

/// Moves a referral as its Task says. Says whether anything differs.
///
/// # Errors
/// [`Refusal::NoSuchMove`]
pub(in crate::ontario) fn advance(
    desk: &mut Desk<'_>,
    case: usize,
    task: Kept,
    beside: Vec<Kept>,
    said: Said<'_>,
) -> Result<bool, Hindered> {
    let Some(to) = task::stage(task.tree.root()) else { return Ok(false) };
    let standing = &mut desk.cases[case];
    let what = format!("Task/{}", task_id(standing.referral.id));
    let from = standing.course.stage;
    // an error ends it, whenever it is heard of
    let is_error = to == Stage::EnteredInError && from != to;
    if !standing.course.stamps.takes_whole(&what, said.at) && !is_error {
        came_late(standing, &task, beside, said);
        return Ok(false);
    }
    if !from.may_become(to) {
        return Err(Refusal::NoSuchMove { from, to }.into());
    }
    let task = task::said(standing, &task.tree, said.at);
    let is_said_again = is_same_word(standing, &task);
    put_beside(standing, beside, said);
    let newest = standing.course.stamps.whole(&what).map_or(said.at, |whole| whole.max(said.at));
    standing.course.stamps.put_whole(&what, newest);
    let is_changed = standing.put(task);
    if is_said_again || !is_changed {
        return Ok(false);
    }
    set_stage(standing, to);
    desk.tell(case, Happening::Moved, vec![what], said.by);
    Ok(true)
}

pub(super) fn set_stage(case: &mut Case, to: Stage) {
    if case.course.stage != to {
        case.course.stage = to;
        case.touch();
    }
}

/// Whether a Task says what is known, but for the moment at which it says so: targets say the same again.
fn is_same_word(case: &Case, task: &Kept) -> bool {
    let Some(before) = case.get("Task", &task.id).map(|held| held.tree.root()) else { return false };
    let now = task.tree.root();
    let same = |name: &str| match (before.get(name), now.get(name)) {
        (None, None) => true,
        (Some(before), Some(now)) => {
            baton_fhir::canonical::content_hash(before) == baton_fhir::canonical::content_hash(now)
        }
        _ => false,
    };
    ["status", "statusReason", "businessStatus", "description", "output", "note", "code", "owner", "extension"]
        .into_iter()
        .all(same)
}

/// A Task of another kind, such as a request for information: it is kept and told, and moves nothing.
pub(in crate::ontario) fn put_task(
    desk: &mut Desk<'_>,
    case: usize,
    mut task: Kept,
    beside: Vec<Kept>,
    said: Said<'_>,
) -> bool {
    let standing = &mut desk.cases[case];
    let what = format!("Task/{}", task.id);
    if !standing.course.stamps.takes_whole(&what, said.at) {
        came_late(standing, &task, beside, said);
        return false;
    }
    task::set_based_on(&mut task.tree, &standing.request_id());
    put_beside(standing, beside, said);
    standing.course.stamps.put_whole(&what, said.at);
    let is_changed = standing.put(task);
    if is_changed {
        desk.tell(case, Happening::Moved, vec![what], said.by);
    }
    is_changed
}

/// What came late changes nothing of what stands, but the numbers that it gives are kept as if it had come in time, and so is
/// what it leads to where nobody said anything newer of that.
pub(super) fn came_late(case: &mut Case, kept: &Kept, beside: Vec<Kept>, said: Said<'_>) {
    put_beside(case, beside, said);
    let Some(held) = case.get(&kept.resource_type, &kept.id) else { return };
    let mut tree = copy_of(held.tree.root());
    join_identifiers(&mut tree, kept.tree.root());
    case.put(Kept { resource_type: kept.resource_type.clone(), id: kept.id.clone(), tree });
}

/// Keeps what a resource leads to, where nothing newer is there. It stays: to leave it out with the last one that leads to it
/// would make the order of arrival count.
pub(super) fn put_beside(case: &mut Case, beside: Vec<Kept>, said: Said<'_>) {
    for kept in beside {
        let mark = beside_mark(&format!("{}/{}", kept.resource_type, kept.id));
        if case.course.stamps.takes_whole(&mark, said.at) {
            case.course.stamps.put_whole(&mark, said.at);
            case.put(kept);
        }
    }
}

/// Under what a resource is stamped that came with something else: it is no part of what the source states.
pub(super) fn beside_mark(what: &str) -> String {
    format!("+{what}")
}

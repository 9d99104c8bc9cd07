//! The target corrects data: what it says of the request and the patient stands, member by member.
//! Source: spec of Ontario, 1.1 "target changed data", 9.1; guide 0.11, notify-data-correction.

use std::collections::{BTreeSet, HashMap};

use baton_exchange::audit::AuditAction;
use baton_fhir::{
    finding::{Finding, Severity},
    reference::references,
    search_values::identifiers,
    tree::{Node, Tree},
};

use super::{Hindered, change::is_same_patient, submit};
use crate::ontario::{
    desk::{Desk, Said},
    focus::patient_of,
    keep::{Kept, copy_of, own, set_member},
    message::Checked,
    rules,
    task::{add_identifiers, set_identifiers},
    telling::Happening,
};

/// Members that a correction does not touch: who asks whom for whom stays, identifiers are added to.
const FIXED: [&str; 17] = [
    "resourceType",
    "id",
    "meta",
    "text",
    "identifier",
    "subject",
    "requester",
    "performer",
    "status",
    "intent",
    "authoredOn",
    "supportingInfo",
    "basedOn",
    "replaces",
    "requisition",
    "generalPractitioner",
    "managingOrganization",
];

pub(super) fn correct(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    case: usize,
    said: Said<'_>,
) -> Result<AuditAction, Hindered> {
    is_same_patient(&desk.cases[case].referral.patient, &submit::patient_keys(checked))?;
    let request = checked.request();
    let patient = request.and_then(|at| patient_of(&checked.index, at)).or_else(|| only_patient(checked));
    let names = checked.names.given();
    let standing = &mut desk.cases[case];
    standing.add_names(names);
    let mut ids = HashMap::new();
    ids.extend(request.map(|at| (at, format!("ServiceRequest/{}", standing.request_id()))));
    ids.extend(patient.zip(standing.patient().map(|held| held.reference())));
    let mut about = Vec::new();
    for (at, what) in ids {
        if let Some(resource) = checked.resource(at)
            && correct_one(desk, case, &what, resource, said)
        {
            about.push(what);
        }
    }
    if about.is_empty() {
        desk.findings
            .push(Finding::new(&rules::UNCHANGED, "the data are like this already").with(Severity::Information));
        return Ok(AuditAction::Heard);
    }
    about.sort_by_key(|what| !what.starts_with("ServiceRequest/"));
    desk.cases[case].touch();
    desk.tell(case, Happening::Corrected, about, said.by);
    Ok(AuditAction::Corrected)
}

fn only_patient(checked: &Checked<'_>) -> Option<usize> {
    let entries = checked.index.entries();
    let mut all = (0..entries.len()).filter(|at| entries[*at].resource_type() == Some("Patient"));
    all.next().filter(|_| all.next().is_none())
}

/// Takes over the members that were not said later. Says whether anything differs.
fn correct_one(desk: &mut Desk<'_>, case: usize, what: &str, said: Node<'_>, by: Said<'_>) -> bool {
    let standing = &mut desk.cases[case];
    let Some(before) = standing.at(what) else { return false };
    let (resource_type, id) = (before.resource_type.clone(), before.id.clone());
    let mut tree = copy_of(before.tree.root());
    // references in a correction lead to resources of the target's message, which are not kept
    let said = own(said, &id, |_| None);
    let mut taken = Vec::new();
    for member in said.root().children() {
        let name = member.name().unwrap_or_default();
        let is_open = !FIXED.contains(&name.trim_start_matches('_')) && references(member).next().is_none();
        if is_open && standing.course.stamps.takes_member(what, name, by.at) {
            set_member(&mut tree, name, Some(member));
            taken.push(name.to_owned());
        }
    }
    if resource_type == "Patient" {
        for system in
            systems(said.root()).filter(|it| standing.course.stamps.takes_member(what, &numbers_of(it), by.at))
        {
            set_identifiers(&mut tree, system, said.root());
            taken.push(numbers_of(system));
        }
    } else {
        add_identifiers(&mut tree, said.root());
    }
    for name in &taken {
        standing.course.stamps.put_member(what, name, by.at);
    }
    standing.put(Kept { resource_type, id, tree })
}

/// The systems of a resource's identifiers, each once.
fn systems(resource: Node<'_>) -> impl Iterator<Item = &str> {
    let all: BTreeSet<&str> = identifiers(resource).map(|it| it.system).collect();
    all.into_iter()
}

/// Under what the numbers of one system are stamped: a target that corrects one does not know the others.
fn numbers_of(system: &str) -> String {
    format!("{NUMBERS}{system}")
}

const NUMBERS: &str = "identifier of ";

/// Keeps a member that was corrected later than the statement that is put in its resource's place.
pub(super) fn keep_member(tree: &mut Tree, member: &str, before: Node<'_>) {
    match member.strip_prefix(NUMBERS) {
        Some(system) => set_identifiers(tree, system, before),
        None => set_member(tree, member, before.get(member)),
    }
}

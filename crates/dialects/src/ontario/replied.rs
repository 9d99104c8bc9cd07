//! What a target answers to what it was sent: a Bundle with the referral and its Task (0.10), a message that answers (0.11), or an
//! OperationOutcome. It counts as if the target had sent it as a message.
//! Source: spec of Ontario, 1.2 "taken up", 1.5, 3.4; seeds/003, "Message Responses".

use baton_exchange::{id::PartnerId, message::CaseNames, resource::IndexKey};
use baton_fhir::{
    bundle::Bundle,
    check,
    finding::Finding,
    message::Header,
    reference::Index,
    search_values::{Identifier, identifiers},
    tree::{Node, Tree},
};

use super::{
    arrive::{fhir, leniency, reading},
    focus::{header_at, request_of, target},
    names, task, tell, work,
};
use crate::{Arrived, Mount, Posted, Way, leniency::entry_of, read::read};

/// The event that withdraws a referral.
pub(super) const REVOKE: &str = "revoke-service-request";

/// What the answer to something that was told is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// It says where the referral is, and by which numbers the target knows it.
    Work,
    /// That there is one says that the referral is cleared there, too. What is in it is not looked at.
    Clearing,
    /// Nothing.
    Nothing,
}

/// What the answer to a notice of that event is good for.
#[must_use]
pub fn answers(event: &str) -> Answers {
    match event {
        "add-service-request" | tell::PUT_BUNDLE => Answers::Work,
        REVOKE => Answers::Clearing,
        _ => Answers::Nothing,
    }
}

/// Reads an answer. Of its faults only those count that are in what is taken from it.
pub(super) fn arrive(mount: &Mount, sender: &PartnerId, posted: Posted) -> Arrived {
    let Way::Reply { referral, event, .. } = &posted.way else { return Arrived::of(posted, Vec::new()) };
    let mut names = CaseNames { id: Some(*referral), ..CaseNames::default() };
    let is_read = answers(event) == Answers::Work && posted.body.iter().any(|byte| !byte.is_ascii_whitespace());
    let mut findings = Vec::new();
    let tree = if is_read { read(mount.mode, &posted, fhir(), &mut findings) } else { None };
    let mut arrived = Arrived::of(posted, findings);
    if let Some(mut tree) = tree {
        arrived.findings.append(&mut check::document(&mut tree, fhir(), &check::Options::new(reading(mount))));
        arrived.findings.retain(|finding| is_of_a_task(&tree, finding));
        leniency().apply(mount.mode, &mut arrived.findings, |_| Some("Task"));
        if let Some(bundle) = Bundle::of(tree.root()) {
            names.keys = given(mount, sender, &Index::new(&bundle)).sure;
        }
        arrived.tree = Some(tree);
    }
    arrived.message = Some(work::unremembered(mount, sender, names));
    arrived
}

fn is_of_a_task(tree: &Tree, finding: &Finding) -> bool {
    let Some(expression) = finding.expression.as_deref() else { return true };
    let entry = entry_of(expression).and_then(|at| tree.root().each("entry").nth(at));
    entry.and_then(|entry| entry.get("resource")).and_then(Node::resource_type) == Some("Task")
}

/// Where the Task is that says where the referral is. In a message it is in focus.
pub(super) fn task_of(index: &Index<'_>) -> Option<usize> {
    let is_it = |at: &usize| {
        let resource = index.entries()[*at].resource.filter(|it| it.resource_type() == Some("Task"));
        resource.is_some_and(task::is_process_request)
    };
    let in_focus = header_of(index).and_then(|header| super::focus::focus(index, &header).into_iter().find(&is_it));
    in_focus.or_else(|| (0..index.entries().len()).find(is_it))
}

/// Where the request is: what the Task is based on, or the only one there is.
pub(super) fn request_in(index: &Index<'_>) -> Option<usize> {
    let is_request = |at: &usize| index.entries()[*at].resource_type() == Some("ServiceRequest");
    let based_on = task_of(index).and_then(|at| {
        let resource = index.entries()[at].resource?;
        resource.each("basedOn").find_map(|reference| target(index, reference, at)).filter(is_request)
    });
    let of_header = || header_of(index).and_then(|header| request_of(index, &header));
    let only = || {
        let mut all = (0..index.entries().len()).filter(is_request);
        all.next().filter(|_| all.next().is_none())
    };
    based_on.or_else(of_header).or_else(only)
}

fn header_of<'t>(index: &Index<'t>) -> Option<Header<'t>> {
    header_at(index).and_then(|at| index.entries()[at].resource).and_then(Header::of)
}

/// The names that an answer gives to its referral.
pub(super) struct Given {
    /// Identifiers of request and Task, and the id of the request there.
    pub(super) all: Vec<IndexKey>,
    /// Those of them under which messages of the target may have come early. The numbers between are those that the source gave:
    /// that of a chart leads to many others.
    pub(super) sure: Vec<IndexKey>,
}

pub(super) fn given(mount: &Mount, sender: &PartnerId, index: &Index<'_>) -> Given {
    let request = request_in(index);
    let both = |it: Identifier<'_>| {
        [names::identifier(mount, Some(it.system), it.value), names::identifier(mount, None, it.value)]
    };
    let of = |at: Option<usize>| at.and_then(|at| index.entries()[at].resource).into_iter().flat_map(identifiers);
    let of_request: Vec<_> = of(request).collect();
    let ends = of_request.first().into_iter().chain(of_request.last()).copied();
    let mut sure: Vec<IndexKey> = ends.chain(of(task_of(index))).flat_map(both).collect();
    let id = request.and_then(|at| index.entries()[at].logical_id());
    sure.extend(id.map(|id| names::request_id(mount, sender, id)));
    let mut all: Vec<IndexKey> = of_request.into_iter().flat_map(both).chain(sure.iter().copied()).collect();
    for keys in [&mut sure, &mut all] {
        keys.sort_unstable();
        keys.dedup();
    }
    Given { all, sure }
}

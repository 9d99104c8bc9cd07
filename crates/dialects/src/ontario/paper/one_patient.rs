//! A message is about one patient: papers of a stranger have been sent before.
//! Source: Ontario guide 0.10.1, DocumentReference ("subject, if present, SHALL equal ServiceRequest.subject"); for all other
//! resources docs/dialects/ontario.md, "one patient".

use std::collections::{HashMap, HashSet};

use baton_fhir::{
    finding::{Finding, Severity, add},
    reference::{Address, Index, Resolution},
    search_values::{Identifier, identifiers, patient_element},
    tree::{Node, NodeId},
};

use super::rules::ONE_PATIENT;

/// The entry of the Patient that the referral is about: where the ServiceRequest's subject leads, or else the only Patient
/// of the message.
pub(crate) fn patient_entry(index: &Index<'_>) -> Option<usize> {
    let of_type = |name| index.entries().iter().filter(move |entry| entry.resource_type() == Some(name));
    let subject = of_type("ServiceRequest").find_map(|entry| {
        let subject = entry.resource?.get("subject")?;
        patient_at(index, subject, entry.index)
    });
    let only = || {
        let mut patients = of_type("Patient");
        patients.next().filter(|_| patients.next().is_none()).map(|entry| entry.index)
    };
    subject.or_else(only)
}

/// Adds a finding for each subject that is another patient than the one in that entry. Without an entry the first subject
/// says who it is. Nothing that is found tells who anybody is.
pub(crate) fn check(index: &Index<'_>, patient_entry: Option<usize>, findings: &mut Vec<Finding>) {
    let subjects: Vec<_> = subjects(index).collect();
    let Some(mut one) = One::of(index, patient_entry, &subjects) else {
        return;
    };
    for (from, resource_type, subject) in &subjects {
        let (severity, what) = match one.is(index, *subject, *from) {
            Is::TheOne => continue,
            Is::Other => (Severity::Error, "is another patient than the one of the referral"),
            Is::Lost => (Severity::Warning, "leads nowhere, so that it cannot be told whether it is the patient"),
        };
        let diagnostics = format!("the subject of {} {what}", type_name(resource_type));
        add(findings, &ONE_PATIENT, || Finding::at(&ONE_PATIENT, *subject, diagnostics).with(severity));
    }
}

/// The index of the entry around it, the type of its resource, the Reference.
type Subject<'t> = (usize, &'t str, Node<'t>);

/// All that says who a resource is about, contained resources included.
fn subjects<'t>(index: &Index<'t>) -> impl Iterator<Item = Subject<'t>> {
    index.entries().iter().flat_map(|entry| {
        let contained = entry.resource.into_iter().flat_map(|resource| resource.each("contained"));
        let from = entry.index;
        entry.resource.into_iter().chain(contained).flat_map(move |resource| {
            let resource_type = resource.resource_type().unwrap_or_default();
            subjects_of(resource).map(move |subject| (from, resource_type, subject))
        })
    })
}

fn subjects_of<'t>(resource: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    let resource_type = resource.resource_type().unwrap_or_default();
    let own = patient_element(resource_type).filter(|own| !ELEMENTS.contains(own));
    let named = ELEMENTS.into_iter().chain(own).flat_map(move |name| resource.each(name));
    let taking_part = resource.each("participant").filter(move |_| resource_type == "Appointment");
    named.chain(taking_part.filter_map(|participant| participant.get("actor")))
}

/// Where resources say who they are about.
const ELEMENTS: [&str; 3] = ["subject", "patient", "for"];

fn patient_at(index: &Index<'_>, subject: Node<'_>, from: usize) -> Option<usize> {
    match index.resolve(subject.str("reference")?, from) {
        Resolution::Entry(at) if index.entries()[at].resource_type() == Some("Patient") => Some(at),
        _ => None,
    }
}

/// The one patient, as far as the message tells.
struct One<'t> {
    /// Where it is in the message.
    entry: Option<usize>,
    /// The id of its address.
    id: Option<&'t str>,
    /// Its numbers with their systems.
    numbers: HashSet<(&'t str, &'t str)>,
    /// Whether other Patients have one of the numbers: what was looked at once is not looked at again.
    seen: HashMap<NodeId, bool>,
}

/// Who somebody is.
enum Is {
    TheOne,
    Other,
    /// Nobody can tell.
    Lost,
}

impl<'t> One<'t> {
    fn of(index: &Index<'t>, patient_entry: Option<usize>, subjects: &[Subject<'t>]) -> Option<One<'t>> {
        let first = || subjects.iter().find_map(|(from, _, subject)| patient_at(index, *subject, *from));
        let seen = HashMap::new();
        if let Some(entry) = patient_entry.or_else(first).and_then(|at| index.entries().get(at)) {
            let numbers = entry.resource.into_iter().flat_map(identifiers).map(pair).collect();
            return Some(One { entry: Some(entry.index), id: entry.logical_id(), numbers, seen });
        }
        // the referral's own subject counts more than that of whatever stands in front of it
        let requests = subjects.iter().filter(|(_, resource_type, _)| *resource_type == "ServiceRequest");
        let id = requests.chain(subjects).find_map(|(_, _, subject)| patient_id(subject.str("reference")?))?;
        Some(One { entry: None, id: Some(id), numbers: HashSet::new(), seen })
    }

    fn is(&mut self, index: &Index<'t>, subject: Node<'t>, from: usize) -> Is {
        let Some(reference) = subject.str("reference") else {
            return self.named(subject);
        };
        match index.resolve(reference, from) {
            Resolution::Entry(at) if Some(at) == self.entry => Is::TheOne,
            Resolution::Entry(at) => match index.entries()[at].resource {
                // some senders repeat the patient: that is the same one when a number is the same
                Some(other) if is_patient(other) && !self.shares_number(other) => Is::Other,
                _ => Is::TheOne,
            },
            Resolution::Contained(other) if is_patient(other) => self.same_numbers(other),
            // no patient, or reported by the rules of references
            Resolution::Contained(_) | Resolution::Container | Resolution::MissingContained => Is::TheOne,
            Resolution::NotInMessage | Resolution::Elsewhere => self.outside(subject, reference),
        }
    }

    /// A reference without an address may name the patient by a number. One that names nobody belongs to the referral's.
    fn named(&mut self, subject: Node<'t>) -> Is {
        let is_of_other_type = subject.str("type").is_some_and(|of| of != "Patient");
        if is_of_other_type || is_anybody(subject) { Is::TheOne } else { self.same_numbers(subject) }
    }

    /// What has no address has numbers: one of them has to be known, if any is.
    fn same_numbers(&mut self, other: Node<'t>) -> Is {
        let has_none = self.numbers.is_empty() || identifiers(other).next().is_none();
        if has_none || self.shares_number(other) { Is::TheOne } else { Is::Other }
    }

    fn outside(&mut self, subject: Node<'t>, reference: &str) -> Is {
        match Address::parse(reference) {
            Some(address) if address.resource_type != "Patient" || Some(address.id) == self.id => Is::TheOne,
            Some(_) if self.shares_number(subject) => Is::TheOne,
            Some(_) => Is::Other,
            None if is_anybody(subject) => Is::TheOne,
            None => Is::Lost,
        }
    }

    fn shares_number(&mut self, other: Node<'t>) -> bool {
        let numbers = &self.numbers;
        *self.seen.entry(other.id()).or_insert_with(|| identifiers(other).map(pair).any(|pair| numbers.contains(&pair)))
    }
}

fn pair<'t>(identifier: Identifier<'t>) -> (&'t str, &'t str) {
    (identifier.system, identifier.value)
}

fn is_patient(resource: Node<'_>) -> bool {
    resource.resource_type() == Some("Patient")
}

/// Whether a Reference is that of somebody who takes part in an appointment and does not say as what: only a `type` tells
/// a patient's number from a practitioner's there.
fn is_anybody(subject: Node<'_>) -> bool {
    subject.is_named("actor") && subject.str("type").is_none()
}

fn patient_id(reference: &str) -> Option<&str> {
    Address::parse(reference).filter(|address| address.resource_type == "Patient").map(|address| address.id)
}

/// The type of a resource for print: only what looks like a type.
fn type_name(resource_type: &str) -> &str {
    let fits = (1..=64).contains(&resource_type.len()) && resource_type.bytes().all(|byte| byte.is_ascii_alphabetic());
    if fits { resource_type } else { "a resource" }
}

#[cfg(test)]
mod tests;

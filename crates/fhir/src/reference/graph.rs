//! What the references of a message add up to: targets that are missing, resources that nobody needs.
//! Source: Netsmart messages, payload ("referenced by another resource within the Bundle"); docs/dialects/netsmart.md, "references".

use super::address::printable;
use super::collect::{Reference, references};
use super::resolve::{Index, Resolution};
use super::rules;
use crate::bundle::Entry;
use crate::finding::{Finding, Severity, add};

/// Adds what is wrong with the references of a message: targets that are missing or elsewhere, and orphans.
///
/// Two rules make an orphan, and either is enough: no other resource refers to it, or it cannot be reached from the
/// MessageHeader (its focus counts). The first is the vendor's; a cycle keeps it and is still of no use to anybody.
pub fn findings(index: &Index<'_>, findings: &mut Vec<Finding>) {
    let mut links = Vec::new();
    for entry in index.entries() {
        let Some(resource) = entry.resource else { continue };
        for reference in references(resource) {
            match index.resolve(reference.text, entry.index) {
                Resolution::Entry(target) => links.push((entry.index, target)),
                Resolution::Contained(_) | Resolution::Container => {}
                failed => add_failed(&reference, failed, findings),
            }
        }
    }
    add_orphans(index, &links, findings);
}

fn add_failed(reference: &Reference<'_>, failed: Resolution<'_>, findings: &mut Vec<Finding>) {
    let (rule, severity, what) = match failed {
        Resolution::MissingContained => {
            (&rules::CONTAINED_MISSING, Severity::Error, "is not contained in this resource")
        }
        Resolution::Elsewhere => (&rules::ELSEWHERE, Severity::Warning, "leads out of the message"),
        _ => (&rules::DANGLING, Severity::Error, "is not in the message"),
    };
    add(findings, rule, || {
        Finding::at(rule, reference.node, format!("{} {what}", printable(reference.text))).with(severity)
    });
}

fn add_orphans(index: &Index<'_>, links: &[(usize, usize)], findings: &mut Vec<Finding>) {
    let entries = index.entries();
    // without a header there is nothing to reach others from, and that fault is reported elsewhere
    let header = entries.iter().position(|entry| entry.resource_type() == Some("MessageHeader"));
    let wanted = targets(entries.len(), links);
    let reached = header.map(|header| reachable(entries.len(), links, header));
    for (at, entry) in entries.iter().enumerate() {
        if entry.resource.is_none() || Some(at) == header {
            continue;
        }
        let is_reached = reached.as_ref().is_none_or(|reached| reached[at]);
        match (wanted[at], is_reached) {
            (true, true) => {}
            (false, _) => add_orphan(entry, "nobody refers to it", findings),
            (true, false) => add_orphan(entry, "it cannot be reached from the MessageHeader", findings),
        }
    }
}

fn add_orphan(entry: &Entry<'_>, why: &str, findings: &mut Vec<Finding>) {
    let Some(resource) = entry.resource else { return };
    add(findings, &rules::ORPHAN, || {
        let resource_type = super::type_name(resource);
        Finding::at(&rules::ORPHAN, resource, format!("{resource_type} in entry[{}]: {why}", entry.index))
    });
}

/// Which entries another entry refers to.
fn targets(count: usize, links: &[(usize, usize)]) -> Vec<bool> {
    let mut wanted = vec![false; count];
    for (from, to) in links {
        wanted[*to] |= from != to;
    }
    wanted
}

/// Which entries can be reached. Each entry and each link is looked at once, so cycles end.
fn reachable(count: usize, links: &[(usize, usize)], start: usize) -> Vec<bool> {
    let mut reached = vec![false; count];
    reached[start] = true;
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        // links stand in the order of the entries that they come from
        let first = links.partition_point(|(from, _)| *from < at);
        for (_, to) in links[first..].iter().take_while(|(from, _)| *from == at) {
            if !std::mem::replace(&mut reached[*to], true) {
                open.push(*to);
            }
        }
    }
    reached
}

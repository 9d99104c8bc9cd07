//! Reads and checks a message: everything that can be said without knowing anything else.
//! Source: Netsmart "Process Message Operation"; FHIR R4 messaging, "Process Message".

use baton_exchange::id::PartnerId;
use baton_fhir::{
    bundle::{self, Bundle},
    check,
    definitions::{Definitions, FhirVersion, definitions},
    finding::Finding,
    message::Header,
    reading::Reading,
    reference::{self, Index},
    tree::Tree,
};

use super::{contents, identity, tables::leniency};
use crate::{Arrived, Mode, Mount, Posted, arrived::Message, read::read};

/// The definitions of the guide's FHIR version.
pub(super) fn fhir() -> &'static Definitions {
    definitions(FhirVersion::R4)
}

pub(crate) fn arrive(mount: &Mount, sender: &PartnerId, posted: Posted) -> Arrived {
    let mut findings = Vec::new();
    let tree = read(mount.mode, &posted, fhir(), &mut findings);
    let mut arrived = Arrived::of(posted, findings);
    if let Some(mut tree) = tree {
        arrived.message = check(mount, sender, &mut tree, &mut arrived.findings);
        arrived.tree = Some(tree);
    }
    lower(mount.mode, &mut arrived);
    let position = |finding: &Finding| finding.position.map_or((usize::MAX, usize::MAX), |at| (at.line, at.column));
    arrived.findings.sort_by_key(position);
    arrived
}

/// Adds all that is wrong with a document, and tells by what it is known if it is a message.
fn check(mount: &Mount, sender: &PartnerId, tree: &mut Tree, findings: &mut Vec<Finding>) -> Option<Message> {
    let Some(bundle) = Bundle::of(tree.root()) else {
        let is_resource = tree.root().resource_type().is_some_and(|name| fhir().resource(name).is_some());
        findings.push(match is_resource {
            true => Finding::at(&crate::rules::BUNDLE, tree.root(), "a Bundle was expected"),
            false => Finding::at(
                &check::rules::RESOURCE_TYPE,
                tree.root(),
                "resourceType is none of FHIR R4; a Bundle was expected",
            ),
        });
        return None;
    };
    let count = bundle.entries().count();
    if count > mount.bundle_entries_max {
        let diagnostics = format!("{count} entries, at most {} are taken", mount.bundle_entries_max);
        let position = bundle.entries().nth(mount.bundle_entries_max).and_then(|surplus| surplus.node.position());
        findings.push(Finding {
            expression: Some("Bundle.entry".to_owned()),
            position,
            ..Finding::new(&crate::rules::ENTRIES_MAX, diagnostics)
        });
        return None;
    }
    let reading = match mount.mode {
        Mode::Compat => Reading::Repair,
        Mode::Strict => Reading::Strict,
    };
    findings.append(&mut check::document(tree, fhir(), &check::Options::new(reading)));
    check_message(mount, sender, tree, findings)
}

fn check_message(mount: &Mount, sender: &PartnerId, tree: &Tree, findings: &mut Vec<Finding>) -> Option<Message> {
    let bundle = Bundle::of(tree.root())?;
    bundle::invariants(&bundle, findings);
    if bundle.bundle_type().is_some_and(|name| name != "message") {
        return None;
    }
    let index = Index::new(&bundle);
    let header = index.entries().first().and_then(|first| first.resource).and_then(Header::of);
    reference::findings(&index, findings);
    let is_rooted = header.is_some_and(|header| contents::leads_to_request(&index, &header));
    if !is_rooted {
        // with the way to the ServiceRequest missing everything is an orphan, which says nothing new
        findings.retain(|finding| finding.rule.id != reference::rules::ORPHAN.id);
    }
    let header = header?;
    let event = contents::check(mount, &index, &header, findings);
    identity::identify(mount, sender, &index, &bundle, &header, event, findings)
}

/// Applies what the guide lets pass. Without a tree there are only findings of reading, which have no place in a Bundle.
fn lower(mode: Mode, arrived: &mut Arrived) {
    let bundle = arrived.tree.as_ref().and_then(|tree| Bundle::of(tree.root()));
    let types: Vec<Option<&str>> = bundle.iter().flat_map(Bundle::entries).map(|entry| entry.resource_type()).collect();
    leniency().apply(mode, &mut arrived.findings, |entry| types.get(entry).copied().flatten());
}

//! Reads and checks what came: everything that can be said without knowing anything else.
//! Source: spec of Ontario, 1.3 and 1.4 steps 2 to 4 and 9; FHIR R4 messaging, "Process Message".

use std::sync::LazyLock;

use baton_exchange::id::PartnerId;
use baton_fhir::{
    bundle::{self, Bundle},
    check,
    definitions::{Definitions, FhirVersion, definitions},
    finding::{Finding, Severity},
    message::Header,
    reading::Reading,
    reference::{self, Index},
    tree::{Node, Tree},
};

use super::{
    contents, event::Heard, focus::header_at, identity, names::Names, paper, paper::one_patient, quirks, replied,
    rules, work,
};
use crate::{Arrived, Mode, Mount, Posted, Way, arrived::Message, leniency::Leniency, read::read};

/// The definitions of the guide's FHIR version.
pub(super) fn fhir() -> &'static Definitions {
    definitions(FhirVersion::R4)
}

/// What the guide lets pass.
pub(super) fn leniency() -> &'static Leniency {
    static LENIENCY: LazyLock<Leniency> = LazyLock::new(|| {
        toml::from_str(include_str!("leniency.toml")).expect("the table is part of the program, and a test reads it")
    });
    &LENIENCY
}

pub(super) fn reading(mount: &Mount) -> Reading {
    match mount.mode {
        Mode::Compat => Reading::Repair,
        Mode::Strict => Reading::Strict,
    }
}

pub(crate) fn arrive(mount: &Mount, sender: &PartnerId, posted: Posted) -> Arrived {
    match posted.way {
        Way::Operation | Way::PutBundle | Way::PutRequest { .. } => message(mount, sender, posted),
        Way::Reply { .. } => replied::arrive(mount, sender, posted),
        Way::Make { .. } | Way::Replace { .. } | Way::Patch { .. } => work::arrive(mount, sender, posted),
    }
}

fn message(mount: &Mount, sender: &PartnerId, posted: Posted) -> Arrived {
    let mut findings = Vec::new();
    let tree = read(mount.mode, &posted, fhir(), &mut findings);
    let mut arrived = Arrived::of(posted, findings);
    if let Some(mut tree) = tree {
        arrived.message = check(mount, sender, &arrived.way, &mut tree, &mut arrived.findings);
        arrived.tree = Some(tree);
    }
    lower(mount.mode, &mut arrived);
    let position = |finding: &Finding| finding.position.map_or((usize::MAX, usize::MAX), |at| (at.line, at.column));
    arrived.findings.sort_by_key(position);
    arrived
}

/// Adds all that is wrong with a document, and tells by what it is known if it is a message.
fn check(
    mount: &Mount,
    sender: &PartnerId,
    way: &Way,
    tree: &mut Tree,
    findings: &mut Vec<Finding>,
) -> Option<Message> {
    let Some(bundle) = Bundle::of(tree.root()) else {
        findings.push(Finding::at(&crate::rules::BUNDLE, tree.root(), "a Bundle was expected"));
        return None;
    };
    let count = bundle.entries().count();
    if count > mount.bundle_entries_max {
        let diagnostics = format!("{count} entries, at most {} are taken", mount.bundle_entries_max);
        findings.push(Finding {
            expression: Some("Bundle.entry".to_owned()),
            ..Finding::new(&crate::rules::ENTRIES_MAX, diagnostics)
        });
        return None;
    }
    findings.append(&mut check::document(tree, fhir(), &check::Options::new(reading(mount))));
    quirks::check(tree.root(), findings);
    check_message(mount, sender, way, tree.root(), findings)
}

fn check_message(
    mount: &Mount,
    sender: &PartnerId,
    way: &Way,
    root: Node<'_>,
    findings: &mut Vec<Finding>,
) -> Option<Message> {
    let bundle = Bundle::of(root)?;
    bundle::invariants(&bundle, findings);
    if bundle.bundle_type().is_some_and(|name| name != "message") {
        return None;
    }
    let index = Index::new(&bundle);
    reference::findings(&index, findings);
    let Some(header) = header_at(&index).and_then(|at| index.entries()[at].resource).and_then(Header::of) else {
        findings.push(Finding::at(&rules::HEADER, root, "no entry is a MessageHeader"));
        return None;
    };
    let heard = Heard::of(mount, sender, way, &header, findings);
    contents::check(&index, &header, &heard, findings);
    paper::check(&index, &paper::PaperLimits::default(), findings);
    one_patient::check(&index, one_patient::patient_entry(&index), findings);
    let mut names = Names::of(mount, sender, &index, &header);
    if let Way::PutRequest { system, value } = way {
        names = names.at_address(mount, system.as_deref(), value);
    }
    if names.is_empty() && heard.is_about_a_referral() {
        findings.push(Finding::at(&rules::UNNAMED, header.node(), "neither the header nor a ServiceRequest has an id"));
    }
    Some(identity::identify(mount, sender, way, &bundle, &header, &names))
}

/// Applies what the guide lets pass.
fn lower(mode: Mode, arrived: &mut Arrived) {
    let bundle = arrived.tree.as_ref().and_then(|tree| Bundle::of(tree.root()));
    let types: Vec<Option<&str>> = bundle.iter().flat_map(Bundle::entries).map(|entry| entry.resource_type()).collect();
    leniency().apply(mode, &mut arrived.findings, |entry| types.get(entry).copied().flatten());
    for finding in &mut arrived.findings {
        if [rules::EVENT_UNKNOWN.id, rules::EVENT_UNUSED.id].contains(&finding.rule.id) {
            finding.severity = Severity::Warning;
        }
    }
}

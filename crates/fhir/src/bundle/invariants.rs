//! Checks the Bundle of a message against the rules of its envelope, all of them at once.

use std::collections::HashMap;

use super::{Bundle, Entry, rules};
use crate::finding::{Finding, Rule, add};
use crate::reference::{Address, is_absolute};
use crate::tree::{Kind, Node};

/// Adds what is wrong with the envelope of a message. Everything is an error here; a guide may lower it afterwards.
///
/// A Bundle that says it is something else than a message is held against no other rule of messages than that one,
/// because the others would tell its sender nonsense.
pub fn invariants(bundle: &Bundle<'_>, findings: &mut Vec<Finding>) {
    let is_message = check_type(bundle.node(), findings);
    if is_message {
        check_absent(bundle.node(), "total", &rules::BDL_1, findings);
        check_first(bundle, findings);
    }
    let mut seen = HashMap::with_capacity(bundle.entries().count());
    for entry in bundle.entries() {
        if is_message {
            check_absent(entry.node, "search", &rules::BDL_2, findings);
            check_absent(entry.node, "request", &rules::BDL_3, findings);
            check_absent(entry.node, "response", &rules::BDL_4, findings);
        }
        check_resource(&entry, findings);
        check_full_url(&entry, findings);
        check_unique(&entry, &mut seen, findings);
    }
}

fn check_type(bundle: Node<'_>, findings: &mut Vec<Finding>) -> bool {
    let Some(node) = bundle.get("type").filter(|node| node.kind() != Kind::Null) else {
        let make = || Finding::at_missing(&rules::TYPE_REQUIRED, bundle, "type", "Bundle.type is missing");
        add(findings, &rules::TYPE_REQUIRED, make);
        return true;
    };
    let is_message = node.as_str() == Some("message");
    if !is_message {
        add(findings, &rules::TYPE, || Finding::at(&rules::TYPE, node, "Bundle.type has to be message"));
    }
    is_message
}

fn check_first(bundle: &Bundle<'_>, findings: &mut Vec<Finding>) {
    let Some(first) = bundle.entries().next() else {
        let make =
            || Finding::at_missing(&rules::ENTRY_REQUIRED, bundle.node(), "entry", "Bundle.entry is missing or empty");
        return add(findings, &rules::ENTRY_REQUIRED, make);
    };
    if first.resource_type() == Some("MessageHeader") {
        return;
    }
    add(findings, &rules::HEADER_FIRST, || {
        let elsewhere = bundle.entries().find(|entry| entry.resource_type() == Some("MessageHeader"));
        let diagnostics = match elsewhere {
            Some(entry) => format!("bdl-12: the MessageHeader is in entry[{}], not in the first entry", entry.index),
            None => "bdl-12: there is no MessageHeader".to_owned(),
        };
        Finding::at(&rules::HEADER_FIRST, first.resource.unwrap_or(first.node), diagnostics)
    });
}

fn check_absent(parent: Node<'_>, name: &str, rule: &'static Rule, findings: &mut Vec<Finding>) {
    if let Some(node) = parent.get(name) {
        add(findings, rule, || Finding::at(rule, node, format!("{name} has no place in a message")));
    }
}

fn check_resource(entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let has = |name| entry.node.get(name).is_some();
    if entry.resource.is_none() && !has("request") && !has("response") {
        let diagnostics = format!("entry[{}] has no resource", entry.index);
        add(findings, &rules::BDL_5, || Finding::at(&rules::BDL_5, entry.node, diagnostics));
    }
}

fn check_full_url(entry: &Entry<'_>, findings: &mut Vec<Finding>) {
    let Some(node) = entry.node.get("fullUrl").filter(|node| node.kind() != Kind::Null) else {
        let make = || {
            let diagnostics = format!("entry[{}] has no fullUrl", entry.index);
            Finding::at_missing(&rules::FULL_URL_MISSING, entry.node, "fullUrl", diagnostics)
        };
        return add(findings, &rules::FULL_URL_MISSING, make);
    };
    let Some(full_url) = entry.full_url else { return };
    if !is_absolute(full_url) {
        let diagnostics = "the fullUrl is not absolute";
        add(findings, &rules::FULL_URL_RELATIVE, || Finding::at(&rules::FULL_URL_RELATIVE, node, diagnostics));
    }
    let address = Address::parse(full_url);
    if address.map_or_else(|| full_url.contains("/_history/"), |address| address.version.is_some()) {
        add(findings, &rules::BDL_8, || Finding::at(&rules::BDL_8, node, "the fullUrl contains /_history/"));
    }
    if let Some(address) = address {
        check_agrees(entry, &address, findings);
    }
}

/// Compares a RESTful fullUrl with what the resource says of itself. A `urn:` says nothing about the resource.
fn check_agrees(entry: &Entry<'_>, address: &Address<'_>, findings: &mut Vec<Finding>) {
    let Some(resource) = entry.resource else { return };
    let mut disagrees = |name: &str, node: Node<'_>| {
        add(findings, &rules::FULL_URL_MISMATCH, || {
            let diagnostics = format!("fullUrl says {}, {name} says something else", address.short());
            Finding::at(&rules::FULL_URL_MISMATCH, node, diagnostics)
        });
    };
    let differs = |node: &Node<'_>, expected: &str| node.as_str().is_some_and(|text| text != expected);
    if let Some(node) = resource.get("resourceType").filter(|node| differs(node, address.resource_type)) {
        disagrees("resourceType", node);
    }
    if let Some(node) = resource.get("id").filter(|node| differs(node, address.id)) {
        disagrees("id", node);
    }
}

fn check_unique<'t>(
    entry: &Entry<'t>,
    seen: &mut HashMap<(&'t str, Option<&'t str>), usize>,
    findings: &mut Vec<Finding>,
) {
    let Some(full_url) = entry.full_url else { return };
    let version = entry.resource.and_then(|resource| resource.at(&["meta", "versionId"])).and_then(Node::as_str);
    match seen.entry((full_url, version)) {
        std::collections::hash_map::Entry::Vacant(vacant) => _ = vacant.insert(entry.index),
        std::collections::hash_map::Entry::Occupied(first) => add(findings, &rules::BDL_7, || {
            let diagnostics = format!("entry[{}] has the same fullUrl", first.get());
            match entry.node.get("fullUrl") {
                Some(node) => Finding::at(&rules::BDL_7, node, diagnostics),
                None => Finding::new(&rules::BDL_7, diagnostics),
            }
        }),
    }
}

//! What a message holds: its event, which resources it must and may have, its focus, its addressee.
//! Source: Netsmart messages, "Payload"; docs/dialects/netsmart.md, "event and contents".

use baton_fhir::{
    bundle::Entry,
    finding::{Finding, add},
    message::{Event as Named, Header, Request},
    reference::{Address, Index, Resolution},
    search_values::identifiers,
    tree::Node,
};

use super::{
    address::host_of,
    arrive::fhir,
    rules,
    tables::{Does, Event, guide},
};
use crate::{Mount, outcomes::printable};

/// The message's ServiceRequest: the first, where a faulty message has several.
pub(super) fn request<'t>(index: &Index<'t>) -> Option<Entry<'t>> {
    first_of(index, "ServiceRequest")
}

/// The message's Patient: the first, where a faulty message has several.
pub(super) fn patient<'t>(index: &Index<'t>) -> Option<Entry<'t>> {
    first_of(index, "Patient")
}

fn first_of<'t>(index: &Index<'t>, resource_type: &str) -> Option<Entry<'t>> {
    index.entries().iter().find(|entry| entry.resource_type() == Some(resource_type)).copied()
}

/// The id that a resource keeps from message to message: of a RESTful fullUrl, which decides, or its own. A `urn:uuid` is
/// new in each message, and so is an id that repeats it.
pub(super) fn lasting_id(entry: Entry<'_>) -> Option<&str> {
    let own = || entry.resource.and_then(|resource| resource.str("id"));
    let Some(full_url) = entry.full_url else { return own() };
    match Address::parse(full_url) {
        Some(address) => Some(address.id),
        None => own().filter(|id| full_url.strip_prefix("urn:uuid:") != Some(id)),
    }
}

/// The id that a resource has in this message at least.
pub(super) fn logical_id(entry: Entry<'_>) -> Option<&str> {
    lasting_id(entry).or_else(|| entry.logical_id())
}

/// Whether the focus leads to the ServiceRequest.
pub(super) fn leads_to_request(index: &Index<'_>, header: &Header<'_>) -> bool {
    header.focus().filter_map(|focus| focus.reference).any(|reference| match index.resolve(reference, 0) {
        Resolution::Entry(entry) => index.entries()[entry].resource_type() == Some("ServiceRequest"),
        _ => false,
    })
}

/// Adds what is wrong with the contents of a message, and tells its event. What depends on the event is left out when the
/// event is not known.
pub(super) fn check(
    mount: &Mount,
    index: &Index<'_>,
    header: &Header<'_>,
    findings: &mut Vec<Finding>,
) -> Option<&'static Event> {
    drop_surplus(index, findings);
    if let Some(response) = header.response() {
        findings.push(Finding::at(&rules::RESPONSE, response, "a request has no MessageHeader.response"));
    }
    check_destination(mount, header, findings);
    let event = event(header, findings)?;
    check_definition(mount, event, header, findings);
    check_counts(index, findings);
    check_unlisted(index, findings);
    check_focus(index, header, findings);
    if let Some((entry, request)) = request(index).and_then(|entry| Some((entry, Request::of(entry.resource?)?))) {
        check_request(event, &request, findings);
        check_subject(index, entry, &request, findings);
    }
    Some(event)
}

/// A second header is refused as a whole; what is wrong inside it does not matter then.
fn drop_surplus(index: &Index<'_>, findings: &mut Vec<Finding>) {
    let is_header = |entry: &&Entry<'_>| entry.resource_type() == Some("MessageHeader");
    let surplus = index.entries().iter().skip(1).filter(is_header).filter_map(|entry| entry.resource);
    let inside: Vec<String> = surplus.map(|header| format!("{}.", header.path())).collect();
    if !inside.is_empty() {
        let is_inside = |place: &str| inside.iter().any(|header| place.starts_with(header.as_str()));
        findings.retain(|finding| !finding.expression.as_deref().is_some_and(is_inside));
    }
}

/// The event, and a finding when it is none of the guide's. A header without event is reported by FHIR's own rules.
fn event(header: &Header<'_>, findings: &mut Vec<Finding>) -> Option<&'static Event> {
    let named = header.event()?;
    let shown = match named {
        Named::Coding { system, code } => {
            let found = guide().event(system, code);
            if found.is_some() {
                return found;
            }
            format!("{}#{}", printable(system.unwrap_or("(no system)")), printable(code.unwrap_or("(no code)")))
        }
        Named::Uri(uri) => format!("eventUri {}", printable(uri)),
    };
    let supported: Vec<&str> = guide().events.iter().map(|event| event.code.as_str()).collect();
    let diagnostics = format!("{shown}; supported: {} of {}", supported.join(", "), guide().system);
    findings.push(Finding::at_missing(&rules::EVENT, header.node(), "event", diagnostics));
    None
}

/// A message may name several destinations; one of them has to be here. One that names no host may be anywhere.
fn check_destination(mount: &Mount, header: &Header<'_>, findings: &mut Vec<Finding>) {
    // a message that is checked without a server is meant for whoever it names
    let Some(own) = host_of(&mount.base) else { return };
    let is_other = |endpoint: &str| host_of(endpoint).is_some_and(|host| host != own);
    let all: Vec<_> = header.destinations().collect();
    if all.iter().all(|destination| destination.endpoint.is_some_and(is_other)) {
        for destination in all {
            let make =
                || Finding::at(&rules::DESTINATION, destination.node, "its endpoint has another host than this server");
            add(findings, &rules::DESTINATION, make);
        }
    }
}

fn check_definition(mount: &Mount, event: &Event, header: &Header<'_>, findings: &mut Vec<Finding>) {
    let Some(node) = header.definition() else { return };
    let Some(named) = node.as_str().filter(|_| !mount.base.is_empty()) else {
        return;
    };
    let canonical = named.split_once('|').map_or(named, |(canonical, _)| canonical);
    if canonical != super::metadata::definition_url(mount, event) {
        findings.push(Finding::at(&rules::DEFINITION, node, "the rules of this event are those that metadata names"));
    }
}

fn check_counts(index: &Index<'_>, findings: &mut Vec<Finding>) {
    for listed in &guide().resources {
        let name = listed.resource_type.as_str();
        let count = index.entries().iter().filter(|entry| entry.resource_type() == Some(name)).count();
        if !listed.allows(count) {
            let diagnostics = format!("Expected {} {name}, found {count}", listed.expected());
            // the list as a whole is at fault; its place in the text is that of the entry after which it is too many
            let surplus = index.entries().iter().filter(|entry| entry.resource_type() == Some(name)).nth(listed.most());
            let at = surplus.or(index.entries().first()).map(|entry| entry.node);
            findings.push(Finding {
                expression: Some("Bundle.entry".to_owned()),
                position: at.and_then(Node::position),
                ..Finding::new(listed.rule, diagnostics)
            });
        }
    }
}

fn check_unlisted(index: &Index<'_>, findings: &mut Vec<Finding>) {
    for entry in index.entries() {
        let Some((resource, name)) = entry.resource.zip(entry.resource_type()) else {
            continue;
        };
        // what FHIR does not have either is reported by FHIR's own rules
        if guide().listed(name).is_none() && fhir().resource(name).is_some() {
            let make =
                || Finding::at(&rules::UNLISTED, resource, format!("{name} is not among the resources of this event"));
            add(findings, &rules::UNLISTED, make);
        }
    }
}

fn check_focus(index: &Index<'_>, header: &Header<'_>, findings: &mut Vec<Finding>) {
    if header.focus().next().is_none() {
        findings.push(Finding::at_missing(
            &rules::FOCUS_REQUIRED,
            header.node(),
            "focus",
            "MessageHeader.focus is missing",
        ));
    } else if request(index).is_some() && !leads_to_request(index, header) {
        let diagnostics = "MessageHeader.focus does not lead to the ServiceRequest of the message";
        findings.push(Finding::at_missing(&rules::FOCUS_REQUEST, header.node(), "focus", diagnostics));
    }
}

fn check_request(event: &Event, request: &Request<'_>, findings: &mut Vec<Finding>) {
    if let Some((node, status)) = request.status().and_then(|node| Some((node, node.as_str()?)))
        && event.refused_status.iter().any(|refused| refused == status)
    {
        findings.push(Finding::at(&rules::STATUS, node, format!("ServiceRequest.status is {status}")));
    }
    // the page asks for the id itself: that of a fullUrl may have been made by whatever carries the message
    if event.does == Does::Update && request.node().get("id").is_none() {
        let diagnostics = "ServiceRequest.id is missing";
        findings.push(Finding::at_missing(&rules::UPDATE_ID, request.node(), "id", diagnostics));
    }
}

/// The subject has to lead to the message's Patient. One that leads nowhere, or to another type, is reported by other
/// rules; one that carries an identifier only has to name the Patient by it where the Patient has identifiers.
fn check_subject(index: &Index<'_>, entry: Entry<'_>, request: &Request<'_>, findings: &mut Vec<Finding>) {
    let (Some(subject), Some(patient)) = (request.subject(), patient(index)) else {
        return;
    };
    let is_patient = match subject.str("reference") {
        None => is_named_by_identifier(subject, patient.resource),
        Some(reference) => match index.resolve(reference, entry.index) {
            Resolution::Entry(target) => index.entries()[target].resource_type() == Some("Patient"),
            Resolution::Elsewhere | Resolution::Contained(_) | Resolution::Container => false,
            Resolution::MissingContained | Resolution::NotInMessage => true,
        },
    };
    let is_reported = |findings: &[Finding]| {
        let place = subject.path();
        let is_of_type = |finding: &Finding| finding.rule.id == baton_fhir::check::rules::REFERENCE_TARGET.id;
        findings.iter().any(|finding| {
            is_of_type(finding) && finding.expression.as_deref().is_some_and(|at| at.starts_with(&place))
        })
    };
    if !is_patient && !is_reported(findings) {
        let diagnostics = "ServiceRequest.subject has to lead to the Patient in the message";
        findings.push(Finding::at(&rules::SUBJECT, subject, diagnostics));
    }
}

fn is_named_by_identifier(subject: Node<'_>, patient: Option<Node<'_>>) -> bool {
    let mut named = identifiers(subject);
    let known: Vec<_> = patient.into_iter().flat_map(identifiers).collect();
    named.next().is_none_or(|named| known.is_empty() || known.contains(&named))
}

//! Who looked at pointers, told to their owner and to operators as AuditEvents.
//! Source: NRL "Auditing", requests for audit information; FHIR STU3 AuditEvent.

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_exchange::{
    audit::{AuditRecord, Audited, Interaction, PointerAccess, TrailPatient, TrailQuestion},
    pointer::Bucket,
    time::Timestamp,
};
use baton_fhir::tree::{NodeId, Tree};

use super::{
    Admitted, Locator,
    fault::Fault,
    listing::url,
    outcome::{Refused, Wrong},
    reference::Subject,
    request::{must_be_known, only, placed},
    search::AFTER,
};

/// How many lines are on a page at most.
const PAGE_MAX: u32 = 500;
const SNOMED: &str = "http://snomed.info/sct";

/// A trail that is asked for.
#[derive(Clone, Debug)]
pub struct TrailRequest {
    /// What to ask the store.
    pub question: TrailQuestion,
    /// How many lines on a page.
    pub size: u32,
    /// The line after which the page begins.
    pub after: u64,
}

/// Reads what an owner of pointers asks of the audit: all about its own pointers, or about one patient.
///
/// # Errors
/// What is wrong with the parameters.
pub fn trail_request(locator: &Locator, by: &Admitted, query: &[(String, String)]) -> Result<TrailRequest, Refused> {
    read(locator, by, query).map_err(|fault| match fault {
        Fault::SubjectForm | Fault::NhsNumber { .. } => Wrong::at(fault, "patient").into(),
        Fault::TypeSystem => Wrong::at(fault, "type").into(),
        other => placed(other),
    })
}

fn read(locator: &Locator, by: &Admitted, query: &[(String, String)]) -> Result<TrailRequest, Fault> {
    must_be_known(query, &["patient", "type", "date", "_count", "_format", AFTER])?;
    let patient = only(query, "patient")?.map(Subject::parse).transpose()?;
    by.may_see(locator, |number| patient.as_ref().is_some_and(|patient| patient.number() == number))?;
    let patient = patient.map(|patient| {
        let subject = patient.key();
        TrailPatient { home: Bucket::of(subject).home(&locator.exchange), subject }
    });
    let record_type = match only(query, "type")?.map(|token| token.split_once('|').unwrap_or((SNOMED, token))) {
        None => None,
        Some((SNOMED, code)) => Some(code.to_owned()),
        Some(_) => return Err(Fault::TypeSystem),
    };
    let (from, until) = dates(query)?;
    let question = TrailQuestion {
        exchange: locator.exchange.clone(),
        patient,
        owner: Some(by.system.ods.clone()),
        record_type,
        from,
        until,
    };
    let number = |name: &str, otherwise: u64| match only(query, name)? {
        None => Ok(otherwise),
        Some(text) => text.parse().map_err(|_| Fault::ParameterInvalid { name: name.to_owned() }),
    };
    let size = u32::try_from(number("_count", u64::from(PAGE_MAX))?).unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    Ok(TrailRequest { question, size, after: number(AFTER, 0)? })
}

/// `ge` and `lt`, each at most once, with a moment or a day in UTC.
fn dates(query: &[(String, String)]) -> Result<(Option<Timestamp>, Option<Timestamp>), Fault> {
    let invalid = || Fault::ParameterInvalid { name: "date".to_owned() };
    let (mut from, mut until) = (None, None);
    for (_, value) in query.iter().filter(|(name, _)| name == "date") {
        let (bound, moment) = match (value.strip_prefix("ge"), value.strip_prefix("lt")) {
            (Some(moment), _) => (&mut from, moment),
            (None, Some(moment)) => (&mut until, moment),
            (None, None) => return Err(invalid()),
        };
        let day = format!("{moment}T00:00:00Z");
        let read = Timestamp::parse(moment).or_else(|| Timestamp::parse(&day)).ok_or_else(invalid)?;
        if bound.replace(read).is_some() {
            return Err(invalid());
        }
    }
    Ok((from, until))
}

/// A page of a trail as a Bundle of AuditEvents: of what was asked, the lines, and the number by which the next page goes on.
#[must_use]
pub fn audit_events(
    locator: &Locator,
    id: &str,
    query: &[(String, String)],
    lines: &[(u64, AuditRecord)],
    next: Option<u64>,
) -> Tree {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", id);
    tree.add_str(root, "type", "searchset");
    let links = tree.add_array(root, "link");
    let page = |after: Option<&str>| url(locator, "AuditEvent", query, after);
    let mut link = |relation: &str, url: &str| {
        let link = tree.add_object(links, "");
        tree.add_str(link, "relation", relation);
        tree.add_str(link, "url", url);
    };
    link("self", &page(None));
    if let Some(next) = next {
        link("next", &page(Some(&next.to_string())));
    }
    if lines.is_empty() {
        return tree;
    }
    let entries = tree.add_array(root, "entry");
    for (_, record) in lines {
        let Audited::Pointers(access) = &record.what else { continue };
        let entry = tree.add_object(entries, "");
        tree.add_str(entry, "fullUrl", &format!("urn:uuid:{}", record.message));
        let event = tree.add_object(entry, "resource");
        tree.add_str(event, "resourceType", "AuditEvent");
        add_event(&mut tree, event, locator, (record, access), Reader::Owner);
    }
    tree
}

/// A line of the audit as an AuditEvent for an operator; nothing for a line that is not about pointers.
#[must_use]
pub fn audit_event(locator: &Locator, record: &AuditRecord) -> Option<Tree> {
    let Audited::Pointers(access) = &record.what else { return None };
    let mut tree = Tree::resource("AuditEvent");
    let event = tree.root_id();
    add_event(&mut tree, event, locator, (record, access), Reader::Operator);
    Some(tree)
}

/// Who reads a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// Organisation and system are named to it, the user is not: whoever needs to know asks that organisation.
    Owner,
    /// It has to account for users, too.
    Operator,
}

fn add_event(
    tree: &mut Tree,
    event: NodeId,
    locator: &Locator,
    (record, access): (&AuditRecord, &PointerAccess),
    reader: Reader,
) {
    let (action, interaction) = codes(access.interaction);
    tree.add_str(event, "id", &record.message.to_string());
    add_coding(tree, event, "type", "http://hl7.org/fhir/audit-event-type", "rest");
    let subtypes = tree.add_array(event, "subtype");
    add_coding(tree, subtypes, "", "http://hl7.org/fhir/restful-interaction", interaction);
    tree.add_str(event, "action", action);
    tree.add_str(event, "recorded", &record.at.to_string());
    let outcome = match access.status {
        0..400 => "0",
        400..500 => "4",
        _ => "8",
    };
    tree.add_str(event, "outcome", outcome);
    if !access.code.is_empty() {
        tree.add_str(event, "outcomeDesc", &access.code);
    }
    add_purpose(tree, event, &access.agent.reason);
    let agents = tree.add_array(event, "agent");
    add_agent(tree, agents, "https://fhir.nhs.uk/Id/ods-organization-code", &access.agent.organization);
    add_agent(tree, agents, "https://fhir.nhs.uk/Id/accredited-system", &access.agent.system);
    if reader == Reader::Operator && !access.agent.user.is_empty() {
        add_agent(tree, agents, "https://fhir.nhs.uk/Id/sds-role-profile-id", &access.agent.user);
    }
    let source = tree.add_object(event, "source");
    let identifier = tree.add_object(source, "identifier");
    tree.add_str(identifier, "value", &locator.base);
    let entities = tree.add_array(event, "entity");
    for pointer in &access.pointers {
        let entity = tree.add_object(entities, "");
        let reference = tree.add_object(entity, "reference");
        tree.add_str(reference, "reference", &format!("DocumentReference/{}", pointer.id));
        add_coding(tree, entity, "type", SNOMED, &pointer.record_type);
    }
    if let Some(query) = &record.query {
        let entity = tree.add_object(entities, "");
        add_coding(tree, entity, "type", "http://hl7.org/fhir/audit-entity-type", "2");
        add_coding(tree, entity, "role", "http://hl7.org/fhir/object-role", "24");
        tree.add_str(entity, "description", &query.shape);
        tree.add_str(entity, "query", &BASE64_STANDARD.encode(&query.shape));
    }
}

fn add_coding(tree: &mut Tree, parent: NodeId, name: &str, system: &str, code: &str) {
    let coding = tree.add_object(parent, name);
    tree.add_str(coding, "system", system);
    tree.add_str(coding, "code", code);
}

fn add_purpose(tree: &mut Tree, event: NodeId, reason: &str) {
    if reason.is_empty() {
        return;
    }
    let purposes = tree.add_array(event, "purposeOfEvent");
    let purpose = tree.add_object(purposes, "");
    tree.add_str(purpose, "text", reason);
}

fn add_agent(tree: &mut Tree, agents: NodeId, system: &str, value: &str) {
    let agent = tree.add_object(agents, "");
    if !value.is_empty() {
        let user = tree.add_object(agent, "userId");
        tree.add_str(user, "system", system);
        tree.add_str(user, "value", value);
    }
    tree.add_bool(agent, "requestor", system.ends_with("ods-organization-code"));
}

/// FHIR's codes for an interaction: of the action, and of what is done in REST.
fn codes(interaction: Interaction) -> (&'static str, &'static str) {
    match interaction {
        Interaction::Create => ("C", "create"),
        Interaction::Update => ("U", "patch"),
        Interaction::Delete => ("D", "delete"),
        Interaction::Read => ("R", "read"),
        Interaction::Search | Interaction::Audit => ("E", "search-type"),
        Interaction::Retrieve => ("R", "read"),
        Interaction::Export => ("R", "search-type"),
        Interaction::Other => ("E", "operation"),
    }
}

//! Who saw or changed a referral, told to its parties as AuditEvents.
//! Source: FHIR R4 AuditEvent; IHE BALP 1.1, "RESTful activities": Create, Read, Update, Delete, Query.

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_exchange::audit::{Actor, AuditAction, AuditRecord, Audited, Errand, Operation, Visit};
use baton_fhir::{
    listing::Link,
    tree::{NodeId, Tree},
};

use crate::{Dialect, Mount};

const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ENTITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const PARTICIPATION: &str = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType";
const ROLE_CLASS: &str = "http://terminology.hl7.org/CodeSystem/v3-RoleClass";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const BALP_PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";
/// Agents of DICOM: where data come from, and where they go.
const SOURCE: (&str, &str) = (DICOM, "110153");
const DESTINATION: (&str, &str) = (DICOM, "110152");
const BALP_ENTITY: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";

/// A line by its number, as an AuditEvent; nothing for one that is not about referrals.
#[must_use]
pub fn audit_event(mount: &Mount, number: u64, record: &AuditRecord) -> Option<Tree> {
    let told = Told::of(&record.what)?;
    let mut tree = Tree::resource("AuditEvent");
    let event = tree.root_id();
    add_event(&mut tree, event, mount, number, record, &told);
    Some(tree)
}

/// A page of lines as a Bundle of AuditEvents. How many there are in all nobody has counted.
#[must_use]
pub fn audit_events(mount: &Mount, links: &[Link], lines: &[(u64, AuditRecord)]) -> Tree {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "type", "searchset");
    let list = tree.add_array(root, "link");
    for Link { relation, url } in links {
        let link = tree.add_object(list, "");
        tree.add_str(link, "relation", relation);
        tree.add_str(link, "url", url);
    }
    let told: Vec<_> = lines.iter().filter_map(|(number, it)| Some((*number, it, Told::of(&it.what)?))).collect();
    if told.is_empty() {
        return tree;
    }
    let entries = tree.add_array(root, "entry");
    for (number, record, told) in &told {
        let entry = tree.add_object(entries, "");
        tree.add_str(entry, "fullUrl", &format!("{}/AuditEvent/{}", mount.base, mount.veiled(*number)));
        let event = tree.add_object(entry, "resource");
        tree.add_str(event, "resourceType", "AuditEvent");
        add_event(&mut tree, event, mount, *number, record, told);
        let search = tree.add_object(entry, "search");
        tree.add_str(search, "mode", "match");
    }
    tree
}

/// What of a line is told.
struct Told {
    /// FHIR's codes for it: of the action, and of what is done in REST.
    codes: (&'static str, &'static str),
    /// Our word for it.
    word: &'static str,
    outcome: &'static str,
    code: String,
    resource_type: String,
    referrals: Vec<String>,
}

impl Told {
    fn of(what: &Audited) -> Option<Told> {
        Some(match what {
            Audited::Referral { action, referral } => Told {
                codes: (action_code(*action), "operation"),
                word: action.as_str(),
                outcome: "0",
                code: String::new(),
                resource_type: String::new(),
                referrals: vec![referral.to_string()],
            },
            Audited::Visit(Visit { errand, status, code, resource_type, referrals }) => Told {
                codes: errand_codes(*errand),
                word: errand.as_str(),
                outcome: match status {
                    0..400 => "0",
                    400..500 => "4",
                    _ => "8",
                },
                code: code.clone(),
                resource_type: resource_type.clone(),
                referrals: referrals.iter().map(ToString::to_string).collect(),
            },
            Audited::Operator(Operation { deed, referral, .. }) => Told {
                codes: ("U", "operation"),
                word: deed.as_str(),
                outcome: "0",
                code: String::new(),
                resource_type: String::new(),
                referrals: referral.iter().map(ToString::to_string).collect(),
            },
            Audited::Pointers(_) => return None,
        })
    }
}

impl Told {
    /// Which of BALP's patterns the event is, where it is one: those without a patient, whom a line does not name.
    fn profile(&self, record: &AuditRecord) -> Option<&'static str> {
        match (self.outcome, self.codes.1, &record.query) {
            ("0", "search-type", Some(_)) => Some("Query"),
            ("0", "read" | "vread", None) if self.referrals.len() == 1 => Some("Read"),
            _ => None,
        }
    }
}

fn action_code(action: AuditAction) -> &'static str {
    match action {
        AuditAction::Submitted | AuditAction::Recorded => "C",
        AuditAction::Updated
        | AuditAction::Cancelled
        | AuditAction::Corrected
        | AuditAction::Moved
        | AuditAction::Booked
        | AuditAction::Wrote
        | AuditAction::Forwarded => "U",
        AuditAction::Revoked => "D",
        AuditAction::Heard | AuditAction::Acknowledged => "E",
    }
}

fn errand_codes(errand: Errand) -> (&'static str, &'static str) {
    match errand {
        Errand::Read | Errand::Paper | Errand::Endpoint => ("R", "read"),
        Errand::VersionRead => ("R", "vread"),
        Errand::History => ("R", "history-instance"),
        Errand::Search | Errand::Audit => ("E", "search-type"),
        Errand::Create => ("C", "create"),
        Errand::Update => ("U", "update"),
        Errand::CatchUp => ("R", "operation"),
        Errand::EndpointChange => ("U", "operation"),
        Errand::Message
        | Errand::CaughtUp
        | Errand::EndpointTrial
        | Errand::Token
        | Errand::Introspection
        | Errand::Revocation
        | Errand::Login
        | Errand::Logout
        | Errand::Consent
        | Errand::Launch => ("E", "operation"),
    }
}

fn add_event(tree: &mut Tree, event: NodeId, mount: &Mount, number: u64, record: &AuditRecord, told: &Told) {
    tree.add_str(event, "id", &mount.veiled(number));
    if let Some(name) = told.profile(record) {
        let meta = tree.add_object(event, "meta");
        let profiles = tree.add_array(meta, "profile");
        tree.add_str(profiles, "", &format!("{BALP_PROFILE}{name}"));
    }
    add_coding(tree, event, "type", EVENT_TYPE, "rest");
    let subtypes = tree.add_array(event, "subtype");
    add_coding(tree, subtypes, "", INTERACTION, told.codes.1);
    let own = tree.add_object(subtypes, "");
    tree.add_str(own, "display", told.word);
    tree.add_str(event, "action", told.codes.0);
    tree.add_str(event, "recorded", &record.at.to_string());
    tree.add_str(event, "outcome", told.outcome);
    if !told.code.is_empty() {
        tree.add_str(event, "outcomeDesc", &told.code);
    }
    let agents = tree.add_array(event, "agent");
    // what is read flows the other way; of a search BALP looks at what is asked
    let (client, server) = if told.codes.0 == "R" { (DESTINATION, SOURCE) } else { (SOURCE, DESTINATION) };
    add_agents(tree, agents, record, told, client);
    let own = add_agent(tree, agents, server, &mount.base, Requestor::No);
    let network = tree.add_object(own, "network");
    tree.add_str(network, "address", host(&mount.base));
    tree.add_str(network, "type", "1");
    let source = tree.add_object(event, "source");
    let observer = tree.add_object(source, "observer");
    add_identifier(tree, observer, &mount.base);
    add_entities(tree, event, mount, record, told);
}

/// Who asked: a partner's own system; or an app, with the person who let it act and the partner in whose name they do. The person is
/// named as apps know them, and only to that partner. Source: BALP 1.1, agents `client`, `user` and `userorg`.
fn add_agents(tree: &mut Tree, agents: NodeId, record: &AuditRecord, told: &Told, client: (&str, &str)) {
    let partner = record.partner.as_ref().map_or("", |partner| partner.as_str());
    let Actor { account, app } = &record.actor;
    if record.actor.is_nobody() {
        let agent = add_agent(tree, agents, client, partner, Requestor::Yes);
        return add_no_address(tree, agent);
    }
    if let Some(app) = app {
        let agent = add_agent(tree, agents, client, app, Requestor::No);
        add_no_address(tree, agent);
    }
    if let Some(account) = account {
        // who changes something is where it comes from
        let role = if matches!(told.codes.0, "C" | "U" | "D") { "AUT" } else { "IRCP" };
        add_agent(tree, agents, (PARTICIPATION, role), account, Requestor::Yes);
    }
    // one agent has to be the one that asked, also for those who are not told of the person
    let requestor = if account.is_none() { Requestor::Yes } else { Requestor::No };
    add_agent(tree, agents, (ROLE_CLASS, "PROV"), partner, requestor);
}

/// The address from which somebody called is not kept, and it is said that it is not.
fn add_no_address(tree: &mut Tree, agent: NodeId) {
    let network = tree.add_object(agent, "network");
    let address = tree.add_object(network, "_address");
    let extensions = tree.add_array(address, "extension");
    let extension = tree.add_object(extensions, "");
    tree.add_str(extension, "url", ABSENT);
    tree.add_str(extension, "valueCode", "unknown");
}

/// The name of a machine in an address.
fn host(base: &str) -> &str {
    let rest = base.split_once("://").map_or(base, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or_default();
    authority
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map_or(authority, |(host, _)| host)
}

fn add_entities(tree: &mut Tree, event: NodeId, mount: &Mount, record: &AuditRecord, told: &Told) {
    if told.referrals.is_empty() && record.request_id.is_empty() && record.query.is_none() {
        return;
    }
    let entities = tree.add_array(event, "entity");
    for referral in &told.referrals {
        let entity = tree.add_object(entities, "");
        let what = tree.add_object(entity, "what");
        match mount.dialect {
            Dialect::Ontario => {
                tree.add_str(what, "reference", &format!("ServiceRequest/{referral}"));
            }
            // its resources have the ids of their sender
            Dialect::Netsmart => add_identifier(tree, what, &format!("urn:uuid:{referral}")),
        }
        // BALP's pattern of a search has one entity of type 2: the query
        add_coding(tree, entity, "type", ENTITY_TYPE, if record.query.is_some() { "4" } else { "2" });
        add_coding(tree, entity, "role", ENTITY_ROLE, "4");
        if !told.resource_type.is_empty() {
            tree.add_str(entity, "description", &told.resource_type);
        }
    }
    if let Some(query) = &record.query {
        let entity = tree.add_object(entities, "");
        add_coding(tree, entity, "type", ENTITY_TYPE, "2");
        add_coding(tree, entity, "role", ENTITY_ROLE, "24");
        tree.add_str(entity, "description", &query.shape);
        tree.add_str(entity, "query", &BASE64_STANDARD.encode(&query.shape));
    }
    if !record.request_id.is_empty() {
        let entity = tree.add_object(entities, "");
        let what = tree.add_object(entity, "what");
        add_identifier(tree, what, &record.request_id);
        add_coding(tree, entity, "type", BALP_ENTITY, "XrequestId");
    }
}

/// Whether an agent is the one that asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Requestor {
    Yes,
    No,
}

fn add_agent(tree: &mut Tree, agents: NodeId, (system, code): (&str, &str), who: &str, requestor: Requestor) -> NodeId {
    let agent = tree.add_object(agents, "");
    let kind = tree.add_object(agent, "type");
    let codings = tree.add_array(kind, "coding");
    add_coding(tree, codings, "", system, code);
    if !who.is_empty() {
        let reference = tree.add_object(agent, "who");
        add_identifier(tree, reference, who);
    }
    tree.add_bool(agent, "requestor", requestor == Requestor::Yes);
    agent
}

fn add_identifier(tree: &mut Tree, parent: NodeId, value: &str) {
    let identifier = tree.add_object(parent, "identifier");
    tree.add_str(identifier, "value", value);
}

fn add_coding(tree: &mut Tree, parent: NodeId, name: &str, system: &str, code: &str) {
    let coding = tree.add_object(parent, name);
    tree.add_str(coding, "system", system);
    tree.add_str(coding, "code", code);
}

//! Who saw or changed a referral, told to its parties as AuditEvents.
//! Source: FHIR R4 AuditEvent; IHE BALP 1.1, "RESTful activities": Create, Read, Update, Delete, Query.

use baton_exchange::audit::{AuditAction, AuditRecord, Audited, Errand, Operation, Visit};
use baton_fhir::{
    listing::Link,
    tree::{NodeId, Tree},
};

use crate::{Mount, audit_agents, audit_entities};

const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
pub(crate) const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const BALP_PROFILE: &str = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.";

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
pub(crate) struct Told {
    /// FHIR's codes for it: of the action, and of what is done in REST.
    codes: (&'static str, &'static str),
    /// Our word for it.
    word: &'static str,
    outcome: &'static str,
    code: String,
    pub(crate) resource_type: String,
    pub(crate) referrals: Vec<String>,
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

/// What somebody does to be known, with its subtype. Source: DICOM PS3.16, CID 400 and 402; BALP 1.1, ITI-71.
const AUTHENTICATIONS: [(Errand, (&str, &str)); 3] = [
    (Errand::Login, (DICOM, "110122")),
    (Errand::Logout, (DICOM, "110123")),
    (Errand::Token, ("urn:ihe:event-type-code", "ITI-71")),
];

/// Type and subtype: what happens by REST, or somebody who makes known who it is.
fn kind(what: &Audited, told: &Told) -> ((&'static str, &'static str), (&'static str, &'static str)) {
    let subtype =
        AUTHENTICATIONS.iter().find(|(errand, _)| matches!(what, Audited::Visit(visit) if visit.errand == *errand));
    match subtype {
        Some((_, subtype)) => ((DICOM, "110114"), *subtype),
        None => ((EVENT_TYPE, "rest"), (INTERACTION, told.codes.1)),
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
    let ((type_system, type_code), (system, code)) = kind(&record.what, told);
    add_coding(tree, event, "type", type_system, type_code);
    let subtypes = tree.add_array(event, "subtype");
    add_coding(tree, subtypes, "", system, code);
    let own = tree.add_object(subtypes, "");
    tree.add_str(own, "display", told.word);
    tree.add_str(event, "action", told.codes.0);
    tree.add_str(event, "recorded", &record.at.to_string());
    tree.add_str(event, "outcome", told.outcome);
    if !told.code.is_empty() {
        tree.add_str(event, "outcomeDesc", &told.code);
    }
    audit_agents::add(tree, event, mount, record, told.codes.0);
    let source = tree.add_object(event, "source");
    let observer = tree.add_object(source, "observer");
    add_identifier(tree, observer, &mount.base);
    audit_entities::add(tree, event, mount, record, told);
}

pub(crate) fn add_identifier(tree: &mut Tree, parent: NodeId, value: &str) {
    let identifier = tree.add_object(parent, "identifier");
    tree.add_str(identifier, "value", value);
}

pub(crate) fn add_coding(tree: &mut Tree, parent: NodeId, name: &str, system: &str, code: &str) {
    let coding = tree.add_object(parent, name);
    tree.add_str(coding, "system", system);
    tree.add_str(coding, "code", code);
}

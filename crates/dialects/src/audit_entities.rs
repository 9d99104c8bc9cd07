//! What an event is about: referrals, what a search asked, and the request's id.
//! Source: IHE BALP 1.1, entities `data`, `query` and `transaction`.

use base64::prelude::{BASE64_STANDARD, Engine};
use baton_exchange::audit::AuditRecord;
use baton_fhir::tree::{NodeId, Tree};

use crate::{
    Dialect, Mount,
    audit_event::{Told, add_coding, add_identifier},
};

const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const ENTITY_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const BALP_ENTITY: &str = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType";

/// Adds them, if there are any.
pub(crate) fn add(tree: &mut Tree, event: NodeId, mount: &Mount, record: &AuditRecord, told: &Told) {
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

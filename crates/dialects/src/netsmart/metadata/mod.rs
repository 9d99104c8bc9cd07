//! What this server says of itself, derived from the guide's tables.
//! Source: FHIR R4 CapabilityStatement, MessageDefinition, GraphDefinition, OperationDefinition; docs/dialects/netsmart.md, "answers".

mod graph;

use baton_exchange::access::MESSAGE_SCOPES;
use baton_fhir::{
    search_codes::{has_category, has_status},
    search_values::patient_element,
    tree::Tree,
};

use super::{
    arrive::fhir,
    tables::{Event, Listed, guide},
};
use crate::{Mode, Mount, OauthUris, template::template};

/// The address of the rules of an event.
pub(super) fn definition_url(mount: &Mount, event: &Event) -> String {
    format!("{}/MessageDefinition/{}", mount.base, event.code)
}

pub(crate) fn capability_statement(mount: &Mount, keys: &OauthUris<'_>, software_version: &str) -> Tree {
    let identity = match mount.mode {
        Mode::Compat => "A message is known again by its sender, its event and its Bundle.id.",
        Mode::Strict => "A message is known again by its sender, its Bundle.id and its MessageHeader.id.",
    };
    let messages: Vec<String> = guide().events.iter().map(|event| supported(mount, event)).collect();
    template(include_str!("capability-statement.json"))
        .json("resources", &resources().join(","))
        .json("messages", &messages.join(","))
        .json("reliable_minutes", &(mount.reliable_cache_secs / 60).max(0).to_string())
        .text("identity", identity)
        .text("scopes", &MESSAGE_SCOPES.join(", "))
        .text("version", software_version)
        .json("oauth_uris", &keys.extensions())
        .text("grants", keys.grants())
        .text("base", &mount.base)
        .tree()
}

fn supported(mount: &Mount, event: &Event) -> String {
    template(r#"{"mode": "receiver", "definition": "{url}"}"#).text("url", &definition_url(mount, event)).0
}

/// The types that can be read back, and the definitions that are served.
fn resources() -> Vec<String> {
    let kept = guide().resources.iter().filter(|listed| listed.resource_type != "MessageHeader");
    let kept = kept.map(|listed| {
        let name = listed.resource_type.as_str();
        template(include_str!("resource.json")).json("parameters", &parameters(name).join(",")).text("type", name).0
    });
    let served = ["MessageDefinition", "GraphDefinition", "OperationDefinition"];
    let served = served.map(|name| template(include_str!("definition-resource.json")).text("type", name).0);
    kept.chain(served).collect()
}

fn parameters(resource_type: &str) -> Vec<String> {
    let has_identifier = fhir().resource(resource_type).is_some_and(|of| of.element("identifier").is_some());
    let patient = patient_element(resource_type).is_some();
    let all = [
        ("_id", "token", true),
        ("identifier", "token", has_identifier),
        ("status", "token", has_status(resource_type)),
        ("category", "token", has_category(resource_type)),
        ("patient", "reference", patient),
    ];
    let served = all.iter().filter(|(_, _, is_served)| *is_served);
    served.map(|(name, kind, _)| format!(r#"{{"name": "{name}", "type": "{kind}"}}"#)).collect()
}

pub(crate) fn conformance_resources(mount: &Mount) -> Vec<Tree> {
    let mut all: Vec<Tree> = guide().events.iter().map(|event| message_definition(mount, event)).collect();
    all.push(graph::graph_definition(mount));
    all.push(template(include_str!("operation-definition.json")).text("base", &mount.base).tree());
    all
}

fn message_definition(mount: &Mount, event: &Event) -> Tree {
    let focus: Vec<String> = guide().resources.iter().map(focus).collect();
    // names of definitions are made of letters only
    let name: String = event.title.chars().filter(|char| char.is_ascii_alphanumeric()).collect();
    template(include_str!("message-definition.json"))
        .json("focus", &focus.join(","))
        .text("code", &event.code)
        .text("url", &definition_url(mount, event))
        .text("name", &name)
        .text("title", &event.title)
        .text("purpose", &event.purpose)
        .text("system", &guide().system)
        .text("base", &mount.base)
        .tree()
}

/// How often a type occurs in the whole Bundle: the reading of `focus` that other publishers have, too.
fn focus(listed: &Listed) -> String {
    template(r#"{"code": "{type}", "min": {min}, "max": "{max}"}"#)
        .json("min", &listed.min.to_string())
        .text("type", &listed.resource_type)
        .text("max", &listed.max)
        .0
}

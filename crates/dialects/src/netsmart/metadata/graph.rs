//! Which resource of a message refers to which.
//! Source: FHIR R4 GraphDefinition; Netsmart messages, "Entity Relationship Diagram".

use baton_fhir::tree::Tree;

use super::template;
use crate::{Mount, netsmart::tables::guide};

/// Derives the graph from the links of the tables, from the MessageHeader downwards.
pub(super) fn graph_definition(mount: &Mount) -> Tree {
    let links = links("MessageHeader", &mut Vec::new());
    template(include_str!("graph-definition.json")).json("links", &links).text("base", &mount.base).tree()
}

/// The links of a type as a member, with those of the types that they lead to inside them. `above` holds the types on the
/// way, so that a table with a cycle comes to an end, too.
fn links(resource_type: &str, above: &mut Vec<String>) -> String {
    let listed = guide().listed(resource_type).filter(|listed| !listed.links.is_empty());
    let Some(listed) = listed.filter(|_| !above.iter().any(|name| name == resource_type)) else {
        return String::new();
    };
    above.push(resource_type.to_owned());
    let mut all = Vec::with_capacity(listed.links.len());
    for (element, target) in &listed.links {
        let inner = links(target, above);
        let target = format!(r#"{{"type": "{target}"{inner}}}"#);
        all.push(format!(r#"{{"path": "{resource_type}.{element}", "target": [{target}]}}"#));
    }
    above.pop();
    format!(r#", "link": [{}]"#, all.join(","))
}

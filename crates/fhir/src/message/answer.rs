//! Builds the message that answers another one. Source: FHIR R4 MessageHeader, `response`; messaging, "Synchronous messaging".

use super::Header;
use crate::{
    bundle::{Bundle, Entry},
    finding::Finding,
    outcome::add_issues,
    tree::{Node, NodeId, Tree},
};

/// What an answer says of itself. It says `ok`: a message that is refused gets an OperationOutcome instead.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The id of its Bundle.
    pub bundle_id: &'a str,
    /// The fullUrl of its header.
    pub full_url: Option<&'a str>,
    /// What it quotes: the id by which the sender knows its message.
    pub quoted: &'a str,
    /// What makes it a message of its own; nothing where a guide's answers are the request with a response in it.
    pub own: Option<OwnHeader<'a>>,
    /// The fullUrl of the OperationOutcome with the findings.
    pub outcome_url: &'a str,
    /// What was found; the answer has an OperationOutcome when this is not empty.
    pub findings: &'a [Finding],
}

/// What an answer says that is a message of its own.
#[derive(Clone, Copy, Debug)]
pub struct OwnHeader<'a> {
    /// Its id.
    pub id: &'a str,
    /// Who answers.
    pub name: &'a str,
    /// Where it can be reached.
    pub endpoint: &'a str,
}

/// Builds the answer to a message: a header with the same event and focus, all other entries as they came, and the
/// findings, if any, in an OperationOutcome at the end.
#[must_use]
pub fn answer(bundle: &Bundle<'_>, header: &Header<'_>, says: &Answer<'_>) -> Tree {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", says.bundle_id);
    tree.add_str(root, "type", "message");
    let entries = tree.add_array(root, "entry");
    let first = tree.add_object(entries, "");
    if let Some(full_url) = says.full_url {
        tree.add_str(first, "fullUrl", full_url);
    }
    add_header(&mut tree, first, header, says);
    for Entry { node, .. } in bundle.entries().skip(1) {
        tree.add_copy(entries, "", node);
    }
    if !says.findings.is_empty() {
        let entry = tree.add_object(entries, "");
        tree.add_str(entry, "fullUrl", says.outcome_url);
        let outcome = add_resource(&mut tree, entry, "OperationOutcome");
        add_issues(&mut tree, outcome, says.findings);
    }
    tree
}

/// Leaves of an answer its header, and the outcome that this refers to where there is one.
pub fn shorten(answer: &mut Tree) {
    let root = answer.root();
    let Some(entries) = root.get("entry") else { return };
    let header = entries.children().next().and_then(|first| first.get("resource"));
    let details = header.and_then(|header| header.at(&["response", "details", "reference"])).and_then(Node::as_str);
    let is_kept =
        |(index, entry): &(usize, Node<'_>)| *index == 0 || details.is_some() && entry.str("fullUrl") == details;
    let kept: Vec<NodeId> = entries.children().enumerate().filter(is_kept).map(|(_, entry)| entry.id()).collect();
    let entries = entries.id();
    answer.retain(entries, |id| kept.contains(&id));
}

fn add_resource(tree: &mut Tree, entry: NodeId, resource_type: &str) -> NodeId {
    let resource = tree.add_object(entry, "resource");
    tree.add_str(resource, "resourceType", resource_type);
    resource
}

fn add_header(tree: &mut Tree, entry: NodeId, request: &Header<'_>, says: &Answer<'_>) {
    let header = add_resource(tree, entry, "MessageHeader");
    if let Some(own) = says.own {
        tree.add_str(header, "id", own.id);
    }
    let copy = |tree: &mut Tree, name: &str| {
        if let Some(node) = request.node().get(name) {
            tree.add_copy(header, name, node);
        }
    };
    copy(tree, "eventCoding");
    copy(tree, "eventUri");
    if let Some(own) = says.own {
        add_destination(tree, header, request.node());
        let source = tree.add_object(header, "source");
        tree.add_str(source, "name", own.name);
        tree.add_str(source, "endpoint", own.endpoint);
    }
    let response = tree.add_object(header, "response");
    tree.add_str(response, "identifier", says.quoted);
    tree.add_str(response, "code", "ok");
    if !says.findings.is_empty() {
        let details = tree.add_object(response, "details");
        tree.add_str(details, "reference", says.outcome_url);
    }
    copy(tree, "focus");
}

/// The answer goes where the message came from.
fn add_destination(tree: &mut Tree, header: NodeId, request: Node<'_>) {
    let Some(source) = request.get("source") else { return };
    let Some(endpoint) = source.get("endpoint") else { return };
    let destinations = tree.add_array(header, "destination");
    let destination = tree.add_object(destinations, "");
    if let Some(name) = source.get("name") {
        tree.add_copy(destination, "name", name);
    }
    tree.add_copy(destination, "endpoint", endpoint);
}

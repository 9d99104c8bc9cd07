//! Makes a message of what a program of one's own hands over: a ServiceRequest, a Bundle without header, or a message that is to go
//! to somebody. Whatever is there stays; only what is missing is added.
//! Source: spec of Ontario, 5 and 6; contract, "Who acts, and where a referral goes".

use baton_exchange::id::{PartnerId, ReferralId, short_hash};
use baton_fhir::{
    bundle::Bundle,
    message::Header,
    reference::Index,
    tree::{Kind, Node, NodeId, Tree},
};

use super::{compose::add_event, directory::Registered, focus, target::named_target};
use crate::Mount;

/// The system of partners' own ids, where a message names its target.
const PARTNERS: &str = "urn:baton:partner";
const ADD: &str = "add-service-request";

/// What a message says of itself.
#[derive(Clone, Debug)]
pub struct Envelope<'e> {
    /// The event's code. A message that is there already keeps its own.
    pub event: &'e str,
    /// Id of the Bundle.
    pub bundle_id: &'e str,
    /// Id of the header.
    pub header_id: &'e str,
    /// When it was made, a FHIR instant.
    pub at: &'e str,
    /// Name of whoever sends it.
    pub from: &'e str,
    /// To whom it goes; nothing where it says so itself, or there is only one target.
    pub to: Option<&'e Registered>,
}

/// Why something cannot be made a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsendable {
    /// It is neither a Bundle nor a ServiceRequest.
    OtherResource,
    /// What the event is about is not there.
    NoFocus(&'static str),
    /// It names another target than the one that it is to go to.
    OtherTarget(PartnerId),
}

/// Makes a message of a document.
///
/// # Errors
/// [`Unsendable`]
pub fn envelope(mount: &Mount, document: &Tree, says: &Envelope<'_>) -> Result<Tree, Unsendable> {
    let root = document.root();
    let entries: Vec<Node<'_>> = match root.resource_type() {
        Some("Bundle") => root.each("entry").collect(),
        Some("ServiceRequest") => Vec::new(),
        _ => return Err(Unsendable::OtherResource),
    };
    let has_header = entries.iter().any(|entry| resource_type(*entry) == Some("MessageHeader"));
    let mut tree = if has_header { super::keep::copy_of(root) } else { wrapped(document, &entries, says)? };
    add_source(mount, &mut tree, says);
    if let Some(to) = says.to {
        address(mount, &mut tree, to)?;
    }
    Ok(tree)
}

fn resource_type<'t>(entry: Node<'t>) -> Option<&'t str> {
    entry.get("resource").and_then(Node::resource_type)
}

/// A message with these entries, or with the document alone.
fn wrapped(document: &Tree, entries: &[Node<'_>], says: &Envelope<'_>) -> Result<Tree, Unsendable> {
    let root = document.root();
    let mut tree = Tree::resource("Bundle");
    let bundle = tree.root_id();
    tree.add_str(bundle, "id", says.bundle_id);
    if let Some(meta) = root.get("meta").filter(|_| root.resource_type() == Some("Bundle")) {
        tree.add_copy(bundle, "meta", meta);
    }
    tree.add_str(bundle, "type", "message");
    tree.add_str(bundle, "timestamp", says.at);
    let list = tree.add_array(bundle, "entry");
    let first = tree.add_object(list, "");
    if entries.is_empty() {
        let entry = tree.add_object(list, "");
        tree.add_copy(entry, "resource", root);
    }
    for entry in entries {
        tree.add_copy(list, "", *entry);
    }
    let about = if says.event.starts_with("send-communication") { "Communication" } else { "ServiceRequest" };
    let focus = focus_url(&mut tree, about, says).ok_or(Unsendable::NoFocus(about))?;
    tree.add_str(first, "fullUrl", &format!("urn:uuid:{}", says.header_id));
    let header = tree.add_object(first, "resource");
    tree.add_str(header, "resourceType", "MessageHeader");
    tree.add_str(header, "id", says.header_id);
    add_event(&mut tree, header, says.event);
    let foci = tree.add_array(header, "focus");
    let reference = tree.add_object(foci, "");
    tree.add_str(reference, "reference", &focus);
    Ok(tree)
}

/// How the first resource of a type is referred to. One that has no fullUrl gets one.
fn focus_url(tree: &mut Tree, about: &str, says: &Envelope<'_>) -> Option<String> {
    let entry = tree.root().each("entry").find(|entry| resource_type(*entry) == Some(about))?;
    if let Some(url) = entry.str("fullUrl") {
        return Some(url.to_owned());
    }
    if let Some(id) = entry.get("resource").and_then(|resource| resource.str("id")) {
        return Some(format!("{about}/{id}"));
    }
    // no two things of a message have the same id: the Bundle's is the header's neighbour, and free
    let url = format!("urn:uuid:{}", says.bundle_id);
    let entry = entry.id();
    tree.add_str(entry, "fullUrl", &url);
    Some(url)
}

/// Says to whom a message goes, and makes sure that it says nothing else.
fn address(mount: &Mount, tree: &mut Tree, to: &Registered) -> Result<(), Unsendable> {
    let (event, named) = named(mount, tree);
    match named {
        Some(other) if other != to.partner => return Err(Unsendable::OtherTarget(other)),
        Some(_) => {}
        None if event.as_deref() == Some(ADD) => add_performer(tree, to),
        None => {}
    }
    let role_url = format!("urn:uuid:{}", role_id(to));
    let has_role = tree.root().each("entry").any(|entry| entry.str("fullUrl") == Some(&role_url));
    let header = tree.root().each("entry").find(|entry| resource_type(*entry) == Some("MessageHeader"));
    let Some(header) = header.and_then(|entry| entry.get("resource")) else { return Ok(()) };
    let (id, has_destination) = (header.id(), header.get("destination").is_some());
    if !has_destination {
        let list = tree.add_array(id, "destination");
        let destination = tree.add_object(list, "");
        tree.add_str(destination, "name", &to.name);
        let endpoint = to.told.as_ref().map_or_else(|| own(mount), |told| told.url.clone());
        tree.add_str(destination, "endpoint", &endpoint);
        if has_role {
            let receiver = tree.add_object(destination, "receiver");
            tree.add_str(receiver, "reference", &role_url);
        }
    }
    Ok(())
}

fn add_source(mount: &Mount, tree: &mut Tree, says: &Envelope<'_>) {
    let header = tree.root().each("entry").find(|entry| resource_type(*entry) == Some("MessageHeader"));
    let header = header.and_then(|entry| entry.get("resource")).filter(|header| header.get("source").is_none());
    let Some(header) = header.map(Node::id) else { return };
    let source = tree.add_object(header, "source");
    tree.add_str(source, "name", says.from);
    tree.add_str(source, "software", "Baton");
    tree.add_str(source, "endpoint", &own(mount));
}

/// Always the same for a partner: a message that is addressed again is the same message.
fn role_id(to: &Registered) -> String {
    ReferralId(short_hash(&[b"role", to.partner.as_str().as_bytes()])).to_string()
}

fn own(mount: &Mount) -> String {
    format!("{}/$process-message", mount.base)
}

/// The event of a message, and the target that it names.
fn named(mount: &Mount, tree: &Tree) -> (Option<String>, Option<PartnerId>) {
    let Some(bundle) = Bundle::of(tree.root()) else { return (None, None) };
    let index = Index::new(&bundle);
    let header = focus::header_at(&index).and_then(|at| index.entries()[at].resource).and_then(Header::of);
    let Some(header) = header else { return (None, None) };
    let event = header.event_coding().and_then(|coding| coding.str("code")).map(str::to_owned);
    let request = focus::request_of(&index, &header);
    (event, request.and_then(|request| named_target(&mount.directory, &index, &header, request)))
}

/// The request is performed by the target, in a role that has the target's id.
fn add_performer(tree: &mut Tree, to: &Registered) {
    let request = tree.root().each("entry").find(|entry| resource_type(*entry) == Some("ServiceRequest"));
    let Some(request) = request.and_then(|entry| entry.get("resource")) else { return };
    let (request, performers) = (request.id(), request.get("performer"));
    let performers = performers.filter(|it| it.kind() == Kind::Array).map(Node::id);
    let performers = performers.unwrap_or_else(|| tree.add_array(request, "performer"));
    let id = role_id(to);
    let url = format!("urn:uuid:{id}");
    let reference = tree.add_object(performers, "");
    tree.add_str(reference, "reference", &url);
    tree.add_str(reference, "display", &to.name);
    let Some(list) = tree.root().get("entry").map(Node::id) else { return };
    add_role(tree, list, &url, &id, to);
}

fn add_role(tree: &mut Tree, list: NodeId, url: &str, id: &str, to: &Registered) {
    let entry = tree.add_object(list, "");
    tree.add_str(entry, "fullUrl", url);
    let role = tree.add_object(entry, "resource");
    tree.add_str(role, "resourceType", "PractitionerRole");
    tree.add_str(role, "id", id);
    let identifiers = tree.add_array(role, "identifier");
    let identifier = tree.add_object(identifiers, "");
    tree.add_str(identifier, "system", PARTNERS);
    tree.add_str(identifier, "value", to.partner.as_str());
    let organization = tree.add_object(role, "organization");
    tree.add_str(organization, "display", &to.name);
}

#[cfg(test)]
mod tests {
    use baton_fhir::{
        json,
        reading::{ReadLimits, Reading},
    };

    use super::{Envelope, Unsendable, envelope};
    use crate::ontario::{
        Version,
        tests::{World, target},
    };

    const REQUEST: &str = r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":
        {"resourceType":"ServiceRequest","id":"s-1","identifier":[{"value":"R-1"}]}}]}"#;

    /// The message that a document becomes, sent to the target of 0.11.
    fn became(document: &str, event: &str) -> Result<String, Unsendable> {
        let world = World::new();
        let to = target(Version::V011);
        let says = Envelope {
            event,
            bundle_id: "1",
            header_id: "2",
            at: "2026-01-15T14:30:00Z",
            from: "Front desk",
            to: world.mount.directory.get(&to.as_str().into()),
        };
        let document = json::read(document.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("it is JSON");
        let mut written = Vec::new();
        json::write(envelope(&world.mount, &document.tree, &says)?.root(), &mut written);
        Ok(String::from_utf8(written).expect("JSON is text"))
    }

    #[test]
    fn what_cannot_be_a_message_is_none() {
        assert_eq!(became(r#"{"resourceType":"Patient"}"#, "add-service-request"), Err(Unsendable::OtherResource));
        let letter = "send-communication-from-requester";
        assert_eq!(became(REQUEST, letter), Err(Unsendable::NoFocus("Communication")));
    }

    #[test]
    fn a_document_for_another_target_goes_nowhere() {
        let other = target(Version::V010);
        let performer = format!(r#""performer":[{{"identifier":{{"value":"{other}"}}}}],"identifier""#);
        let document = REQUEST.replace("\"identifier\"", &performer);
        let other = Unsendable::OtherTarget(other.as_str().into());
        assert_eq!(became(&document, "add-service-request"), Err(other));
    }

    #[test]
    fn a_bundle_gets_a_header_and_a_performer() {
        let message = became(REQUEST, "add-service-request").expect("it can be sent");
        let role = format!(r#""identifier":[{{"system":"urn:baton:partner","value":"{}"}}]"#, target(Version::V011));
        for part in [
            r#""focus":[{"reference":"ServiceRequest/s-1"}]"#,
            r#""performer":[{"reference":"urn:uuid:"#,
            r#""receiver":{"reference":"urn:uuid:"#,
            r#""name":"Front desk""#,
            &role,
        ] {
            assert!(message.contains(part), "{part} is missing in {message}");
        }
    }

    #[test]
    fn a_message_that_is_addressed_again_is_the_same_message() {
        let once = became(REQUEST, "add-service-request");
        assert_eq!(once, became(REQUEST, "add-service-request"));
    }

    #[test]
    fn a_message_keeps_what_it_says_of_itself() {
        let message = r#"{"resourceType":"Bundle","id":"own","type":"message","entry":[
            {"resource":{"resourceType":"MessageHeader","id":"own-header","eventCoding":{"code":"revoke-service-request"},
             "source":{"endpoint":"https://own.example"}}},
            {"resource":{"resourceType":"ServiceRequest","id":"s-1"}}]}"#;
        let sent = became(message, "add-service-request").expect("it can be sent");
        for part in ["\"own\"", "\"own-header\"", "revoke-service-request", "https://own.example"] {
            assert!(sent.contains(part), "{part} is missing in {sent}");
        }
        assert!(!sent.contains("add-service-request") && !sent.contains("PractitionerRole"), "{sent}");
    }
}

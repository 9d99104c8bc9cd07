//! From one guide to another: what was accepted on a Netsmart exchange is submitted to an Ontario exchange, in the name of the same
//! partner, where a target works on it.
//!
//! The two exchanges have homes of their own, and no commit has two. So the commit of the first writes a notice to the second, and
//! delivery brings it there; all ids of what it becomes are made of the notice's, so that bringing it twice changes nothing.
//! Source: design, "No commit needs two homes"; spec of Ontario, 5 and 6; Netsmart "Submit Service Request Message".

use baton_exchange::{
    decision::Change,
    id::{ExchangeId, NoticeId, PartnerId, short_hash},
    message::Receipt,
    notice::Notice,
};
use baton_fhir::{
    json,
    reading::{ReadLimits, Reading},
    search_values::identifiers,
    tree::{Node, NodeId, Tree},
};

use crate::{Accepted, Arrived, Mount, ontario};

/// The system of ids of ServiceRequests, for those that have no number of their own.
const REQUESTS: &str = "urn:baton:request";
const NUMBER: &str = "http://ehealthontario.ca/fhir/StructureDefinition/ext-referral-identifier";
/// The event of the first guide that opens a referral.
const SUBMIT: &str = "submit-service-request";

/// The name under which an exchange is told things. No partner has it: its characters are none of an id.
#[must_use]
pub fn partner(exchange: &ExchangeId) -> PartnerId {
    PartnerId::from(format!("exchange:{exchange}").as_str())
}

/// Adds to an accepted message that another exchange is told of it.
pub fn carry(arrived: &Arrived, accepted: &mut Accepted, to: &ExchangeId) {
    let receipt = accepted.batch.changes.iter().find_map(|change| match change {
        Change::PutReceipt(receipt) => Some(receipt),
        _ => None,
    });
    let (Some(receipt), Some(tree)) = (receipt, &arrived.tree) else { return };
    let mut body = Vec::with_capacity(arrived.body.len());
    json::write(tree.root(), &mut body);
    let notice = notice(receipt, body, to);
    accepted.batch.changes.push(Change::PutNotice(notice));
}

fn notice(receipt: &Receipt, body: Vec<u8>, to: &ExchangeId) -> Notice {
    Notice {
        id: NoticeId(made(&receipt.id.0, "notice")),
        home: receipt.home,
        exchange: receipt.exchange.clone(),
        partner: partner(to),
        referral: receipt.referral,
        event: receipt.event.clone(),
        body,
        created: receipt.received,
        due: receipt.received,
    }
}

/// An id that is always the same for the same purpose; it sorts by the age of what it is made of.
fn made(of: &[u8; 16], purpose: &str) -> [u8; 16] {
    let mut id = short_hash(&[b"bridge", of, purpose.as_bytes()]);
    id[..6].copy_from_slice(&of[..6]);
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    id
}

/// As what a message is brought over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As what it is: a submission, or an update.
    Own,
    /// An update of a referral that is not known there opens it: it says everything again.
    Opening,
}

/// Whether an update may open a referral: not when it takes it back.
#[must_use]
pub fn may_open(message: &Tree) -> bool {
    let request = request_entry(message).and_then(|entry| entry.get("resource"));
    !request.and_then(|request| request.str("status")).is_some_and(|it| matches!(it, "revoked" | "entered-in-error"))
}

/// The message of the other guide that a notice becomes. Nothing when its body cannot be read.
///
/// It is of the time at which the first exchange accepted it: the order of those is the order in which they count.
#[must_use]
pub fn message(to: &Mount, notice: &Notice, source: &PartnerId, form: Form) -> Option<Tree> {
    let read = json::read(&notice.body, Reading::Strict, &ReadLimits::default()).ok()?.tree;
    let root = read.root();
    let name = to.directory.get(source).map_or_else(|| source.to_string(), |registered| registered.name.clone());
    let mut tree = Tree::resource("Bundle");
    let bundle = tree.root_id();
    let (bundle_id, header_id) = match form {
        Form::Own => (notice.id.to_string(), made(&notice.id.0, "header")),
        Form::Opening => (NoticeId(made(&notice.id.0, "opening")).to_string(), made(&notice.id.0, "opening-header")),
    };
    tree.add_str(bundle, "id", &bundle_id);
    if let Some(meta) = root.get("meta") {
        tree.add_copy(bundle, "meta", meta);
    }
    tree.add_str(bundle, "type", "message");
    tree.add_str(bundle, "timestamp", &notice.created.to_string());
    let list = tree.add_array(bundle, "entry");
    let first = tree.add_object(list, "");
    let mut header_meta = None;
    for entry in root.each("entry") {
        match entry.get("resource").and_then(Node::resource_type) {
            Some("MessageHeader") => header_meta = entry.get("resource").and_then(|header| header.get("meta")),
            _ => _ = tree.add_copy(list, "", entry),
        }
    }
    let header_id = NoticeId(header_id).to_string();
    tree.add_str(first, "fullUrl", &format!("urn:uuid:{header_id}"));
    let header = tree.add_object(first, "resource");
    tree.add_str(header, "resourceType", "MessageHeader");
    tree.add_str(header, "id", &header_id);
    if let Some(meta) = header_meta {
        tree.add_copy(header, "meta", meta);
    }
    let event = match form {
        Form::Own if notice.event != SUBMIT => "notify-update-service-request",
        Form::Own | Form::Opening => "add-service-request",
    };
    add_header(&mut tree, header, to, event, &name)?;
    add_requester(&mut tree, &name);
    Some(tree)
}

fn add_header(tree: &mut Tree, header: NodeId, to: &Mount, event: &str, name: &str) -> Option<()> {
    let entry = request_entry(tree)?;
    let request = entry.get("resource")?;
    let id =
        request.str("id").or_else(|| entry.str("fullUrl")?.rsplit(['/', ':']).next()).unwrap_or_default().to_owned();
    let number = identifiers(request).next().map(|it| (it.system.to_owned(), it.value.to_owned()));
    let (system, value) = number.unwrap_or_else(|| (REQUESTS.to_owned(), id.clone()));
    let focus = entry.str("fullUrl").map_or_else(|| format!("ServiceRequest/{id}"), str::to_owned);
    let extensions = tree.add_array(header, "extension");
    let extension = tree.add_object(extensions, "");
    tree.add_str(extension, "url", NUMBER);
    let identifier = tree.add_object(extension, "valueIdentifier");
    if !system.is_empty() {
        tree.add_str(identifier, "system", &system);
    }
    tree.add_str(identifier, "value", &value);
    ontario::add_event(tree, header, event);
    let endpoint = format!("{}/$process-message", to.base);
    let destinations = tree.add_array(header, "destination");
    let destination = tree.add_object(destinations, "");
    tree.add_str(destination, "name", "Baton");
    tree.add_str(destination, "endpoint", &endpoint);
    let source = tree.add_object(header, "source");
    tree.add_str(source, "name", name);
    tree.add_str(source, "software", "Baton");
    tree.add_str(source, "endpoint", &endpoint);
    let foci = tree.add_array(header, "focus");
    let reference = tree.add_object(foci, "");
    tree.add_str(reference, "reference", &focus);
    Some(())
}

fn request_entry(tree: &Tree) -> Option<Node<'_>> {
    let is_request = |entry: &Node<'_>| entry.get("resource").and_then(Node::resource_type) == Some("ServiceRequest");
    tree.root().each("entry").find(is_request)
}

/// The other guide wants to know who asks. Where the message does not say it, it is the partner, as its token said.
fn add_requester(tree: &mut Tree, name: &str) {
    let request = request_entry(tree).and_then(|entry| entry.get("resource"));
    let Some(request) = request.filter(|request| request.get("requester").is_none()).map(Node::id) else { return };
    let requester = tree.add_object(request, "requester");
    tree.add_str(requester, "display", name);
}

#[cfg(test)]
mod tests {
    use baton_exchange::{
        id::{ExchangeId, Home, NoticeId, ReferralId},
        notice::Notice,
        time::Timestamp,
    };
    use baton_fhir::json;

    use super::{Form, message, partner};
    use crate::{Dialect, Mode, Mount, ontario::Directory};

    fn mount() -> Mount {
        Mount {
            exchange: "ontario".into(),
            dialect: Dialect::Ontario,
            mode: Mode::Compat,
            base: "https://a.example/ontario".to_owned(),
            reliable_cache_secs: 0,
            bundle_entries_max: 10,
            directory: Directory::default(),
            blind: [0; 32],
        }
    }

    fn became(event: &str, request: &str) -> String {
        let body = format!(
            r#"{{"resourceType":"Bundle","id":"b","type":"message","entry":[
               {{"fullUrl":"https://e.example/MessageHeader/1","resource":{{"resourceType":"MessageHeader"}}}},
               {{"fullUrl":"https://e.example/ServiceRequest/7","resource":{{"resourceType":"ServiceRequest"{request}}}}}]}}"#
        );
        let notice = Notice {
            id: NoticeId([7; 16]),
            home: Home(1),
            exchange: "netsmart".into(),
            partner: partner(&ExchangeId::from("ontario")),
            referral: ReferralId([1; 16]),
            event: event.to_owned(),
            body: body.into_bytes(),
            created: Timestamp(0),
            due: Timestamp(0),
        };
        let mut written = Vec::new();
        json::write(
            message(&mount(), &notice, &"clinic-a".into(), Form::Own).expect("it can be read").root(),
            &mut written,
        );
        String::from_utf8(written).expect("JSON is text")
    }

    #[test]
    fn a_submission_becomes_one_and_an_update_an_update() {
        for (event, expected) in [
            ("submit-service-request", "\"code\":\"add-service-request\""),
            ("update-service-request", "\"code\":\"notify-update-service-request\""),
        ] {
            assert!(became(event, "").contains(expected), "{event}");
        }
    }

    #[test]
    fn the_number_of_a_referral_is_its_first_identifier_or_its_id() {
        let own = became("submit-service-request", r#","identifier":[{"system":"s","value":"v"}]"#);
        assert!(own.contains(r#""valueIdentifier":{"system":"s","value":"v"}"#), "{own}");
        let made = became("submit-service-request", "");
        assert!(made.contains(r#""valueIdentifier":{"system":"urn:baton:request","value":"7"}"#), "{made}");
    }

    #[test]
    fn who_asks_is_the_partner_where_the_message_does_not_say_it() {
        assert!(became("submit-service-request", "").contains(r#""requester":{"display":"clinic-a"}"#));
        let said = became("submit-service-request", r#","requester":{"display":"Dr. A"}"#);
        assert!(said.contains("Dr. A") && !said.contains(r#""requester":{"display":"clinic-a"}"#));
    }

    #[test]
    fn a_notice_always_becomes_the_same_message() {
        assert_eq!(became("submit-service-request", ""), became("submit-service-request", ""));
    }
}

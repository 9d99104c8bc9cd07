//! A Bundle of what somebody was told, oldest first, with a link to what comes after.

use crate::{
    listing::Link,
    tree::{Node, Tree},
};

/// A page of a feed: a collection of messages with their own addresses.
///
/// ```
/// use baton_fhir::{feed::feed, json, listing::Link, tree::Tree};
/// let message = Tree::resource("Bundle");
/// let links = [Link { relation: "next", url: "https://a.example/next".to_owned() }];
/// let page = feed(&links, &[("urn:uuid:1".to_owned(), message.root())]);
/// let mut out = Vec::new();
/// json::write(page.root(), &mut out);
/// let expected = concat!(
///     r#"{"resourceType":"Bundle","type":"collection","link":[{"relation":"next","url":"https://a.example/next"}],"#,
///     r#""entry":[{"fullUrl":"urn:uuid:1","resource":{"resourceType":"Bundle"}}]}"#,
/// );
/// assert_eq!(String::from_utf8(out).unwrap(), expected);
/// ```
#[must_use]
pub fn feed(links: &[Link], messages: &[(String, Node<'_>)]) -> Tree {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "type", "collection");
    // FHIR JSON has no empty arrays
    if !links.is_empty() {
        let list = tree.add_array(root, "link");
        for Link { relation, url } in links {
            let link = tree.add_object(list, "");
            tree.add_str(link, "relation", relation);
            tree.add_str(link, "url", url);
        }
    }
    if !messages.is_empty() {
        let entries = tree.add_array(root, "entry");
        for (full_url, message) in messages {
            let entry = tree.add_object(entries, "");
            tree.add_str(entry, "fullUrl", full_url);
            tree.add_copy(entry, "resource", *message);
        }
    }
    tree
}

/// What is sent to see whether an endpoint works: a Bundle without entries that says that it is a test.
/// Source: HL7 v3 Code System ActReason, `HTEST`.
#[must_use]
pub fn trial(id: &str) -> Tree {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", id);
    let meta = tree.add_object(root, "meta");
    let tags = tree.add_array(meta, "tag");
    let tag = tree.add_object(tags, "");
    tree.add_str(tag, "system", "http://terminology.hl7.org/CodeSystem/v3-ActReason");
    tree.add_str(tag, "code", "HTEST");
    tree.add_str(root, "type", "collection");
    tree
}

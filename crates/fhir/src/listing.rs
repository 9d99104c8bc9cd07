//! What a server gives back: a resource with the version it was given, and pages of them as Bundles.

use crate::tree::{Node, NodeId, Tree};

/// A version of a resource as a server keeps it.
#[derive(Clone, Copy, Debug)]
pub struct Versioned<'v> {
    /// The resource as it came.
    pub resource: Node<'v>,
    /// Its type.
    pub resource_type: &'v str,
    /// The logical id that it has on this server.
    pub id: &'v str,
    /// Its version, from 1.
    pub version: u32,
    /// When it was accepted, as a FHIR instant.
    pub updated: &'v str,
}

/// An entry of a Bundle.
#[derive(Clone, Copy, Debug)]
pub enum Item<'v> {
    /// A resource that the server keeps, in a version.
    Kept(Versioned<'v>),
    /// A resource of the server's own, as it is.
    Own(Node<'v>),
}

/// A link of a Bundle, such as `self` or `next`.
#[derive(Clone, Debug)]
pub struct Link {
    /// What it leads to.
    pub relation: &'static str,
    /// Where.
    pub url: String,
}

/// By what a definition is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names<'v> {
    /// Its logical id.
    pub id: Option<&'v str>,
    /// Its canonical address.
    pub url: Option<&'v str>,
}

/// By what a definition is found.
#[must_use]
pub fn names(definition: Node<'_>) -> Names<'_> {
    Names { id: definition.str("id"), url: definition.str("url") }
}

/// A resource with the id, the version and the moment that the server gave it; all else as it came.
///
/// ```
/// use baton_fhir::{json, listing::{Versioned, present}, reading::{ReadLimits, Reading}};
/// let text = br#"{"resourceType":"Patient","meta":{"versionId":"x","source":"urn:a"},"active":true}"#;
/// let read = json::read(text, Reading::Strict, &ReadLimits::default()).unwrap();
/// let kept = Versioned { resource: read.tree.root(), resource_type: "Patient", id: "p", version: 2, updated: "2026-01-15T14:30:00Z" };
/// let mut out = Vec::new();
/// json::write(present(&kept).root(), &mut out);
/// let expected = r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"2","lastUpdated":"2026-01-15T14:30:00Z","source":"urn:a"},"active":true}"#;
/// assert_eq!(String::from_utf8(out).unwrap(), expected);
/// ```
#[must_use]
pub fn present(kept: &Versioned<'_>) -> Tree {
    let mut tree = Tree::resource(kept.resource_type);
    let root = tree.root_id();
    fill(&mut tree, root, kept);
    tree
}

/// All of a resource but its type.
fn fill(tree: &mut Tree, into: NodeId, kept: &Versioned<'_>) {
    tree.add_str(into, "id", kept.id);
    let meta = tree.add_object(into, "meta");
    tree.add_str(meta, "versionId", &kept.version.to_string());
    tree.add_str(meta, "lastUpdated", kept.updated);
    copy_others(tree, meta, kept.resource.get("meta"), &["versionId", "_versionId", "lastUpdated", "_lastUpdated"]);
    copy_others(tree, into, Some(kept.resource), &["resourceType", "id", "meta"]);
}

fn copy_others(tree: &mut Tree, into: NodeId, from: Option<Node<'_>>, but: &[&str]) {
    for member in from.into_iter().flat_map(Node::children) {
        let name = member.name().unwrap_or_default();
        if !but.contains(&name) {
            tree.add_copy(into, name, member);
        }
    }
}

/// A page of a search. `items` come with their absolute addresses.
#[must_use]
pub fn searchset(total: u64, links: &[Link], items: &[(String, Item<'_>)]) -> Tree {
    let mut tree = bundle("searchset", total, links);
    let Some(entries) = entries(&mut tree, items.len()) else {
        return tree;
    };
    for (full_url, item) in items {
        let entry = tree.add_object(entries, "");
        tree.add_str(entry, "fullUrl", full_url);
        add_item(&mut tree, entry, item);
        let search = tree.add_object(entry, "search");
        tree.add_str(search, "mode", "match");
    }
    tree
}

/// A page of the versions of one resource, newest first. `full_url` is its absolute address.
#[must_use]
pub fn history(total: u64, links: &[Link], full_url: &str, versions: &[Versioned<'_>]) -> Tree {
    let mut tree = bundle("history", total, links);
    let Some(entries) = entries(&mut tree, versions.len()) else {
        return tree;
    };
    for kept in versions {
        let entry = tree.add_object(entries, "");
        tree.add_str(entry, "fullUrl", full_url);
        add_item(&mut tree, entry, &Item::Kept(*kept));
        let (method, status) = if kept.version == 1 { ("POST", "201 Created") } else { ("PUT", "200 OK") };
        let request = tree.add_object(entry, "request");
        tree.add_str(request, "method", method);
        let url = if kept.version == 1 {
            kept.resource_type.to_owned()
        } else {
            format!("{}/{}", kept.resource_type, kept.id)
        };
        tree.add_str(request, "url", &url);
        let response = tree.add_object(entry, "response");
        tree.add_str(response, "status", status);
        tree.add_str(response, "etag", &format!("W/\"{}\"", kept.version));
        tree.add_str(response, "lastModified", kept.updated);
    }
    tree
}

fn bundle(bundle_type: &str, total: u64, links: &[Link]) -> Tree {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "type", bundle_type);
    tree.add_number(root, "total", &total.to_string());
    if links.is_empty() {
        return tree;
    }
    let list = tree.add_array(root, "link");
    for Link { relation, url } in links {
        let link = tree.add_object(list, "");
        tree.add_str(link, "relation", relation);
        tree.add_str(link, "url", url);
    }
    tree
}

/// The array of entries; nothing when there are none, because FHIR JSON has no empty arrays.
fn entries(tree: &mut Tree, number: usize) -> Option<NodeId> {
    let root = tree.root_id();
    (number > 0).then(|| tree.add_array(root, "entry"))
}

fn add_item(tree: &mut Tree, entry: NodeId, item: &Item<'_>) {
    match item {
        Item::Own(resource) => {
            tree.add_copy(entry, "resource", *resource);
        }
        Item::Kept(kept) => {
            let resource = tree.add_object(entry, "resource");
            tree.add_str(resource, "resourceType", kept.resource_type);
            fill(tree, resource, kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Item, Link, Versioned, history, searchset};
    use crate::{json, tree::Tree};

    fn written(tree: &Tree) -> String {
        let mut out = Vec::new();
        json::write(tree.root(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn kept(resource: &Tree, version: u32) -> Versioned<'_> {
        let updated = "2026-01-15T14:30:00Z";
        Versioned { resource: resource.root(), resource_type: "Basic", id: "b", version, updated }
    }

    #[test]
    fn a_page_without_entries_has_no_empty_array() {
        assert_eq!(written(&searchset(0, &[], &[])), r#"{"resourceType":"Bundle","type":"searchset","total":0}"#);
    }

    #[test]
    fn a_page_of_a_search_has_links_and_matches() {
        let own = Tree::resource("Basic");
        let links = [Link { relation: "self", url: "u".to_owned() }];
        let page = searchset(1, &links, &[("https://a/Basic/b".to_owned(), Item::Own(own.root()))]);
        let expected = concat!(
            r#"{"resourceType":"Bundle","type":"searchset","total":1,"link":[{"relation":"self","url":"u"}],"#,
            r#""entry":[{"fullUrl":"https://a/Basic/b","resource":{"resourceType":"Basic"},"search":{"mode":"match"}}]}"#
        );
        assert_eq!(written(&page), expected);
    }

    #[test]
    fn a_history_says_how_each_version_came_to_be() {
        let resource = Tree::resource("Basic");
        let page = written(&history(2, &[], "https://a/Basic/b", &[kept(&resource, 2), kept(&resource, 1)]));
        for part in [
            r#""request":{"method":"PUT","url":"Basic/b"},"response":{"status":"200 OK","etag":"W/\"2\"""#,
            r#""request":{"method":"POST","url":"Basic"},"response":{"status":"201 Created","etag":"W/\"1\"""#,
            r#""resource":{"resourceType":"Basic","id":"b","meta":{"versionId":"2""#,
        ] {
            assert!(page.contains(part), "{part} in {page}");
        }
    }
}

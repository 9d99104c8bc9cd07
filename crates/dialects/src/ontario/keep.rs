//! Resources of a message as a referral keeps them: each under an id of ours, with references that lead to those.
//! Source: spec of Ontario, 1.4 step 4, 5 and 9.2 "references".
//!
//! A message may name its resources anew each time (`urn:uuid`), and two partners may use the same id for different things.
//! So an id is made of what stays the same: the referral, the type, and an identifier of the resource, or the way that leads
//! to it from the resource that the message is about.

use std::collections::{HashMap, HashSet};

use baton_exchange::id::{ReferralId, short_hash};
use baton_fhir::{
    reference::{Index, Resolution, references},
    search_values::identifiers,
    tree::{Kind, Node, NodeId, Tree},
};

/// A resource as it is to be kept.
pub(super) struct Kept {
    pub(super) resource_type: String,
    pub(super) id: String,
    pub(super) tree: Tree,
}

/// Where the walk through a message begins, and which entries have an id already.
pub(super) struct Walk<'w> {
    pub(super) referral: ReferralId,
    /// Entries that are resources of the referral already, by their ids: references lead to these, they are not kept again.
    pub(super) known: HashMap<usize, String>,
    /// Entries to begin with, each with its id.
    pub(super) roots: Vec<(usize, String)>,
    /// Whether entries that nothing leads to are kept, too.
    pub(super) extras: Extras,
    /// Whose say these are: source and target may say different things of the same role or place, and each keeps its own.
    pub(super) side: Side,
    pub(super) index: &'w Index<'w>,
}

/// What becomes of entries that no reference leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extras {
    Keep,
    Drop,
}

/// Whose say a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// It is part of what the source states in full.
    Statement,
    /// It came with something that the source said beside.
    Source,
    /// It came with something that the target said.
    Target,
}

impl Side {
    /// What an id of such a resource begins with.
    fn word(self) -> Option<&'static str> {
        match self {
            Side::Statement => None,
            Side::Source => Some("of the source"),
            Side::Target => Some("of the target"),
        }
    }
}

impl Walk<'_> {
    /// The resources to keep: the roots and all that they lead to.
    pub(super) fn kept(&self) -> Vec<Kept> {
        let ids = self.ids();
        let mut kept: Vec<Kept> = Vec::with_capacity(ids.len());
        for (at, entry) in self.index.entries().iter().enumerate() {
            let (Some(resource), Some(resource_type)) = (entry.resource, entry.resource_type()) else { continue };
            if let Some(id) = ids.get(&at).filter(|_| !self.known.contains_key(&at)) {
                let tree = own(resource, id, |text| self.rewritten(&ids, text, at));
                kept.push(Kept { resource_type: resource_type.to_owned(), id: id.clone(), tree });
            }
        }
        kept
    }

    /// The ids of all entries that are kept or known.
    fn ids(&self) -> HashMap<usize, String> {
        let unique = self.unique_identifiers();
        let mut ids = self.known.clone();
        let mut open: Vec<(usize, String)> = Vec::new();
        for (at, id) in &self.roots {
            ids.insert(*at, id.clone());
            open.push((*at, id.clone()));
        }
        // first in, first out: the shortest way to a resource gives it its id
        let mut next = 0;
        while next < open.len() {
            let (at, way) = open[next].clone();
            next += 1;
            let Some(resource) = self.index.entries()[at].resource else { continue };
            for (link, text) in links(resource) {
                let Resolution::Entry(to) = self.index.resolve(text, at) else { continue };
                if !ids.contains_key(&to) && self.is_kept(to) {
                    let way = format!("{way}/{}", element(resource, link));
                    ids.insert(to, self.made(to, unique.get(&to), &way));
                    open.push((to, way));
                }
            }
        }
        if self.extras == Extras::Keep {
            for at in 0..self.index.entries().len() {
                if !ids.contains_key(&at) && self.is_kept(at) {
                    ids.insert(at, self.made(at, unique.get(&at), &format!("extra/{at}")));
                }
            }
        }
        ids
    }

    /// A header is the message's, and a second ServiceRequest is another referral.
    fn is_kept(&self, at: usize) -> bool {
        self.index.entries()[at].resource_type().is_some_and(|name| !matches!(name, "MessageHeader" | "ServiceRequest"))
    }

    /// For each entry an identifier that no other entry of its type has.
    fn unique_identifiers(&self) -> HashMap<usize, (String, String)> {
        let mut seen: HashMap<(&str, &str, &str), usize> = HashMap::new();
        let mut shared = HashSet::new();
        for (at, entry) in self.index.entries().iter().enumerate() {
            let (Some(resource), Some(name)) = (entry.resource, entry.resource_type()) else { continue };
            for it in identifiers(resource) {
                if seen.insert((name, it.system, it.value), at).is_some_and(|other| other != at) {
                    shared.insert((name, it.system, it.value));
                }
            }
        }
        let mut unique = HashMap::new();
        for (at, entry) in self.index.entries().iter().enumerate() {
            let (Some(resource), Some(name)) = (entry.resource, entry.resource_type()) else { continue };
            let own = identifiers(resource).find(|it| !shared.contains(&(name, it.system, it.value)));
            unique.extend(own.map(|it| (at, (it.system.to_owned(), it.value.to_owned()))));
        }
        unique
    }

    fn made(&self, at: usize, identifier: Option<&(String, String)>, way: &str) -> String {
        let name = self.index.entries()[at].resource_type().unwrap_or_default();
        let mut parts: Vec<&str> = self.side.word().into_iter().collect();
        match identifier {
            Some((system, value)) => parts.extend([name, "identifier", system, value]),
            None => parts.extend([name, "way", way]),
        }
        made_id(self.referral, &parts)
    }

    fn rewritten(&self, ids: &HashMap<usize, String>, text: &str, from: usize) -> Option<String> {
        let Resolution::Entry(to) = self.index.resolve(text, from) else { return None };
        let name = self.index.entries()[to].resource_type()?;
        ids.get(&to).map(|id| format!("{name}/{id}"))
    }
}

/// The element of a resource that holds a reference, without the numbers of repetitions but the last: `requester`,
/// `supportingInfo[2]`.
fn element(resource: Node<'_>, link: Node<'_>) -> String {
    let path = link.path();
    let path = path.strip_suffix(".reference").unwrap_or(&path).to_owned();
    path.strip_prefix(&resource.path()).unwrap_or(&path).trim_start_matches('.').to_owned()
}

/// An id of ours that is always the same for the same parts.
pub(super) fn made_id(referral: ReferralId, parts: &[&str]) -> String {
    let mut all: Vec<&[u8]> = vec![b"resource", &referral.0];
    all.extend(parts.iter().map(|part| part.as_bytes()));
    ReferralId(short_hash(&all)).to_string()
}

/// A copy of a resource under an id, with its references rewritten, and without what a server adds.
pub(super) fn own(resource: Node<'_>, id: &str, rewrite: impl Fn(&str) -> Option<String>) -> Tree {
    let mut tree = copy_of(resource);
    set_str(&mut tree, "id", id);
    rewrite_links(&mut tree, rewrite);
    for name in ["versionId", "_versionId", "lastUpdated", "_lastUpdated"] {
        if let Some(member) = tree.root().at(&["meta", name]).map(Node::id) {
            tree.remove(member);
        }
    }
    let empty = tree.root().get("meta").filter(|meta| meta.children().next().is_none()).map(Node::id);
    if let Some(meta) = empty {
        tree.remove(meta);
    }
    tree
}

/// All that leads to other resources: references, and the addresses of attachments, which may be Binaries of the message.
pub(super) fn links(resource: Node<'_>) -> Vec<(Node<'_>, &str)> {
    let mut found: Vec<(Node<'_>, &str)> =
        references(resource).filter_map(|it| Some((it.node.get("reference")?, it.text))).collect();
    let mut open = vec![resource];
    while let Some(node) = open.pop() {
        let url = node.get("url").filter(|_| node.kind() == Kind::Object && node.get("contentType").is_some());
        found.extend(url.and_then(|url| Some((url, url.as_str()?))));
        open.extend(node.children().filter(|child| matches!(child.kind(), Kind::Object | Kind::Array)));
    }
    found
}

/// Writes links anew.
pub(super) fn rewrite_links(tree: &mut Tree, rewrite: impl Fn(&str) -> Option<String>) {
    let texts: Vec<(NodeId, String)> =
        links(tree.root()).into_iter().filter_map(|(link, text)| Some((link.id(), rewrite(text)?))).collect();
    for (link, text) in texts {
        tree.set_text(link, &text);
    }
}

/// A tree of its own with what is in a node.
pub(super) fn copy_of(node: Node<'_>) -> Tree {
    let mut tree = Tree::over(String::new());
    let root = tree.add(None, "", node.kind(), node.text().unwrap_or_default());
    for child in node.children() {
        tree.add_copy(root, child.name().unwrap_or_default(), child);
    }
    tree
}

/// Sets a string member of a resource. A new one stands behind `resourceType` and `id`.
pub(super) fn set_str(tree: &mut Tree, name: &str, text: &str) {
    let root = tree.root();
    if let Some(member) = root.get(name).filter(|member| member.kind() == Kind::String).map(Node::id) {
        tree.set_text(member, text);
        return;
    }
    let old = root.get(name).map(Node::id);
    let before = root.children().find(|member| !matches!(member.name(), Some("resourceType" | "id"))).map(Node::id);
    if let Some(old) = old {
        tree.remove(old);
    }
    let before = before.filter(|before| Some(*before) != old);
    let member = tree.loose(Kind::String, text);
    tree.insert(tree.root_id(), name, member, before);
}

/// Puts a member of a resource in the place of what it has under that name; nothing takes it out.
pub(super) fn set_member(tree: &mut Tree, name: &str, value: Option<Node<'_>>) {
    let old = tree.root().get(name).map(Node::id);
    match (value, old) {
        (Some(value), Some(old)) => {
            let new = tree.graft(value);
            tree.replace(old, new);
        }
        (Some(value), None) => _ = tree.add_copy(tree.root_id(), name, value),
        (None, Some(old)) => tree.remove(old),
        (None, None) => {}
    }
}

//! Writes a message in the words of the version of whoever gets it: header, what it is about, and what that needs.
//! Source: spec of Ontario, 1.3, 5 and 6.

mod header;
mod profile;

use std::collections::HashSet;

use baton_exchange::referral::Realm;
use baton_fhir::tree::Tree;

pub(crate) use self::header::add_event;
use self::{
    header::{add_header, add_test_mark, own_roles},
    profile::{mend_systems, set_profile},
};
pub(super) use self::{
    header::{add_ids, primary},
    profile::profile,
};
use super::{
    case::{Case, Held},
    directory::Version,
    keep::{copy_of, links, rewrite_links},
};
use crate::Mount;

/// What a message says of itself.
pub(super) struct Letter<'l> {
    pub(super) version: Version,
    pub(super) event: &'l str,
    /// What it is about, `Type/id`, the first first.
    pub(super) focus: Vec<String>,
    /// Name and address of whoever gets it.
    pub(super) to: (&'l str, &'l str),
    /// Id and name of whoever says it.
    pub(super) from: (&'l str, &'l str),
    pub(super) bundle_id: &'l str,
    pub(super) header_id: &'l str,
    /// When it was made, a FHIR instant.
    pub(super) at: &'l str,
    /// The id of the message that it answers.
    pub(super) answers: Option<&'l str>,
    /// Resources beside those of the referral, such as the request that was replaced.
    pub(super) beside: Vec<Held>,
}

/// What goes into a message.
struct Entries<'e> {
    mount: &'e Mount,
    version: Version,
    held: Vec<&'e Held>,
    inside: HashSet<String>,
}

/// Writes a message about a referral.
pub(super) fn compose(mount: &Mount, case: &Case, letter: &Letter<'_>) -> Tree {
    let own = own_roles(case, letter);
    let mut held: Vec<&Held> = reached(case, letter);
    held.extend(letter.beside.iter().chain(&own));
    let inside = held.iter().map(|held| held.reference()).collect();
    let entries = Entries { mount, version: letter.version, held, inside };
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", letter.bundle_id);
    if case.course.realm == Realm::Test {
        add_test_mark(&mut tree, root);
    }
    tree.add_str(root, "type", "message");
    tree.add_str(root, "timestamp", letter.at);
    let list = tree.add_array(root, "entry");
    let first = tree.add_object(list, "");
    tree.add_str(first, "fullUrl", &entries.full_url("MessageHeader", letter.header_id));
    add_header(&mut tree, first, case, letter, &entries);
    for held in &entries.held {
        let entry = tree.add_object(list, "");
        tree.add_str(entry, "fullUrl", &entries.full_url(&held.resource_type, &held.id));
        let resource = entries.resource(held);
        tree.add_copy(entry, "resource", resource.root());
    }
    tree
}

impl Entries<'_> {
    fn full_url(&self, resource_type: &str, id: &str) -> String {
        match self.version {
            Version::V010 => format!("{}/{resource_type}/{id}", self.mount.base),
            Version::V011 | Version::Erec => format!("urn:uuid:{id}"),
        }
    }

    /// How a reference to a resource here is written in this version.
    fn reference(&self, to: &str) -> Option<String> {
        let (resource_type, id) = to.split_once('/').filter(|(_, id)| !id.contains('/'))?;
        if !self.inside.contains(to) {
            let is_here = resource_type.bytes().all(|byte| byte.is_ascii_alphabetic()) && id.len() == 36;
            return is_here.then(|| format!("{}/{to}", self.mount.base));
        }
        match self.version {
            Version::V010 => None,
            Version::V011 | Version::Erec => Some(format!("urn:uuid:{id}")),
        }
    }

    fn resource(&self, held: &Held) -> Tree {
        let mut tree = copy_of(held.tree.root());
        rewrite_links(&mut tree, |text| self.reference(text));
        set_profile(&mut tree, profile(self.version, &held.resource_type).as_deref());
        mend_systems(&mut tree);
        tree
    }
}

/// What a message about these resources needs: themselves, the request, its patient, who asks and who is asked; of what a
/// request came with, such as papers and forms, only where the message is about the request itself. In 0.10 all of it: there a
/// reference to something of this server that is not in the message leads nowhere.
fn reached<'c>(case: &'c Case, letter: &Letter<'_>) -> Vec<&'c Held> {
    let focus = &letter.focus;
    let request = case.request().map(|held| held.reference());
    let is_whole = letter.version == Version::V010 || request.as_ref().is_some_and(|request| focus.contains(request));
    let mut found: Vec<&Held> = focus.iter().filter_map(|what| case.at(what)).collect();
    for what in [case.request(), case.patient()].into_iter().flatten() {
        if !found.iter().any(|held| std::ptr::eq(*held, what)) {
            found.push(what);
        }
    }
    let mut next = 0;
    while next < found.len() {
        let held = found[next];
        next += 1;
        for (_, text) in links(held.tree.root()) {
            let is_paper = held.resource_type == "ServiceRequest"
                && !["subject", "requester", "performer"].iter().any(|name| leads_from(held, name, text));
            let to = case.at(text).filter(|_| is_whole || !is_paper);
            // a referral that this one replaces is told where it is told that it is replaced
            let to = to.filter(|to| !found.iter().any(|held| std::ptr::eq(*held, *to)));
            found.extend(to);
        }
    }
    found
}

fn leads_from(held: &Held, name: &str, text: &str) -> bool {
    held.tree.root().each(name).any(|reference| reference.str("reference") == Some(text))
}

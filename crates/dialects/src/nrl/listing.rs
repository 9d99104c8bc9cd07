//! A page of a search as a Bundle.
//! Source: NRL "API Search", "Response".

use baton_exchange::pointer::{Pointer, PointerId};
use baton_fhir::{
    json,
    reading::{ReadLimits, Reading},
    tree::Tree,
};

use super::{Locator, search::AFTER, settle::address};

/// What a page needs to be written.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// A UUID for the Bundle.
    pub id: &'a str,
    /// The path that was asked, behind the base.
    pub path: &'a str,
    /// Parameters as they came.
    pub query: &'a [(String, String)],
    /// How many there are on all pages.
    pub total: u64,
    /// Those on this page.
    pub pointers: &'a [Pointer],
    /// Where the next page begins, if there is one.
    pub next: Option<PointerId>,
}

/// A page as a Bundle. Nothing when a pointer that was kept cannot be read.
#[must_use]
pub fn searchset(locator: &Locator, listing: &Listing<'_>) -> Option<Tree> {
    let mut tree = Tree::resource("Bundle");
    let root = tree.root_id();
    tree.add_str(root, "id", listing.id);
    tree.add_str(root, "type", "searchset");
    tree.add_number(root, "total", &listing.total.to_string());
    let links = tree.add_array(root, "link");
    let mut link = |relation: &str, url: &str| {
        let link = tree.add_object(links, "");
        tree.add_str(link, "relation", relation);
        tree.add_str(link, "url", url);
    };
    link("self", &url(locator, listing, None));
    if let Some(next) = listing.next {
        link("next", &url(locator, listing, Some(next)));
    }
    if !listing.pointers.is_empty() {
        let entries = tree.add_array(root, "entry");
        for pointer in listing.pointers {
            let kept = json::read(&pointer.body, Reading::Strict, &ReadLimits::default()).ok()?;
            let entry = tree.add_object(entries, "");
            tree.add_str(entry, "fullUrl", &address(locator, pointer.id).plain);
            tree.add_copy(entry, "resource", kept.tree.root());
            let search = tree.add_object(entry, "search");
            tree.add_str(search, "mode", "match");
        }
    }
    Some(tree)
}

/// The address of a page: what was asked, percent-encoded, and where to go on.
fn url(locator: &Locator, listing: &Listing<'_>, after: Option<PointerId>) -> String {
    let mut url = format!("{}/{}", locator.base, listing.path);
    let mut mark = '?';
    let mut add = |name: &str, value: &str| {
        url.push(mark);
        encode(name, &mut url);
        url.push('=');
        encode(value, &mut url);
        mark = '&';
    };
    for (name, value) in listing.query {
        if after.is_none() || name != AFTER {
            add(name, value);
        }
    }
    if let Some(after) = after {
        add(AFTER, &after.to_string());
    }
    url
}

/// Everything but what RFC 3986 calls unreserved is percent-encoded.
fn encode(text: &str, into: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            into.push(char::from(byte));
        } else {
            into.push('%');
            into.push(char::from(DIGITS[usize::from(byte >> 4)]));
            into.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

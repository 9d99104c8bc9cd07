//! A message that was checked: what it holds, and who says it when.
//! Source: spec of Ontario, 1.4 step 8 and 5.

use baton_exchange::{id::PartnerId, time::Timestamp};
use baton_fhir::{
    bundle::Bundle,
    message::Header,
    reference::Index,
    tree::{Node, Tree},
};

use super::{
    directory::Registered,
    event::Heard,
    focus::{header_at, request_of},
    names::Names,
};
use crate::{Mount, Way};

/// A message in parts.
pub(super) struct Checked<'t> {
    pub(super) bundle: Bundle<'t>,
    pub(super) index: Index<'t>,
    pub(super) header: Header<'t>,
    pub(super) heard: Heard,
    pub(super) names: Names,
    pub(super) sender: PartnerId,
    /// When its sender says that it was made.
    pub(super) at: Timestamp,
    /// HTML for people that came with it.
    pub(super) info: Option<String>,
}

impl<'t> Checked<'t> {
    /// Takes a message apart that was checked when it arrived. Nothing for what is no message.
    pub(super) fn of(
        mount: &Mount,
        sender: &PartnerId,
        way: &Way,
        tree: &'t Tree,
        received: Timestamp,
    ) -> Option<Checked<'t>> {
        let bundle = Bundle::of(tree.root())?;
        let index = Index::new(&bundle);
        let header = header_at(&index).and_then(|at| index.entries()[at].resource).and_then(Header::of)?;
        let heard = Heard::of(mount, sender, way, &header, &mut Vec::new());
        let mut names = Names::of(mount, sender, &index, &header);
        if let Way::PutRequest { system, value } = way {
            names = names.at_address(mount, system.as_deref(), value);
        }
        let at = said_at(&bundle).unwrap_or(received).min(received);
        Some(Checked { bundle, index, header, heard, names, sender: sender.clone(), at, info: None })
    }

    /// The ServiceRequest that it is about.
    pub(super) fn request(&self) -> Option<usize> {
        request_of(&self.index, &self.header)
    }

    pub(super) fn resource(&self, at: usize) -> Option<Node<'t>> {
        self.index.entries()[at].resource
    }

    pub(super) fn registered<'m>(&self, mount: &'m Mount) -> Option<&'m Registered> {
        mount.directory.get(&self.sender)
    }
}

/// When the message was made, as its sender says. A clock that goes ahead of ours must not keep later words out, so that a time to
/// come counts as now.
fn said_at(bundle: &Bundle<'_>) -> Option<Timestamp> {
    let updated = || bundle.node().at(&["meta", "lastUpdated"]).and_then(Node::as_str);
    bundle.timestamp().or_else(updated).and_then(Timestamp::parse)
}

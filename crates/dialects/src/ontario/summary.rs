//! The HTML summary that comes beside a message: kept as a note of the ServiceRequest, harmless to whoever shows it.
//! Source: seeds/000, "http-response-header - additional_referral_info".

use baton_fhir::tree::{Kind, Node, Tree};

use super::{html::harmless, message::Checked};

/// Marks the note, so that the next summary takes its place.
const MARK: &str = "urn:baton:additional-referral-info";

/// Adds the summary that came with a message to its ServiceRequest, in the place of an earlier one.
pub(super) fn add(request: &mut Tree, checked: &Checked<'_>) {
    let Some(info) = &checked.info else { return };
    put(request, &harmless(info));
}

fn put(request: &mut Tree, html: &str) {
    let is_ours = |note: &Node<'_>| note.each("extension").any(|extension| extension.str("url") == Some(MARK));
    let old = request.root().each("note").find(is_ours).map(Node::id);
    if let Some(old) = old {
        request.remove(old);
    }
    let notes = request.root().get("note").filter(|notes| notes.kind() == Kind::Array).map(Node::id);
    let notes = notes.unwrap_or_else(|| request.add_array(request.root_id(), "note"));
    let note = request.add_object(notes, "");
    let extensions = request.add_array(note, "extension");
    let mark = request.add_object(extensions, "");
    request.add_str(mark, "url", MARK);
    request.add_bool(mark, "valueBoolean", true);
    request.add_str(note, "text", html);
}

/// The summary of a request as it stands, to keep it when the next statement has none.
pub(super) fn keep(before: Node<'_>, now: &mut Tree) {
    let is_ours = |note: &Node<'_>| note.each("extension").any(|extension| extension.str("url") == Some(MARK));
    let Some(note) = before.each("note").find(is_ours) else { return };
    if now.root().each("note").any(|note| is_ours(&note)) {
        return;
    }
    let notes = now.root().get("note").filter(|notes| notes.kind() == Kind::Array).map(Node::id);
    let notes = notes.unwrap_or_else(|| now.add_array(now.root_id(), "note"));
    now.add_copy(notes, "", note);
}

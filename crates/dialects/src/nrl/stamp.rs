//! What the locator writes into a pointer: its id, its version, its times and its status.
//! Source: NRL "Pointer FHIR Resource", logical id, version id, indexed; "API Create".

use baton_exchange::pointer::Pointer;
use baton_fhir::{
    json,
    reading::{ReadLimits, Reading},
    tree::{Kind, Node, Tree},
};

/// A pointer as it was sent, with all that is the locator's to say, as compact FHIR JSON.
pub(super) fn as_kept(sent: Node<'_>, pointer: &Pointer) -> Vec<u8> {
    let mut tree = Tree::resource("DocumentReference");
    let root = tree.root_id();
    tree.add_str(root, "id", &pointer.id.to_string());
    let meta = tree.add_object(root, "meta");
    tree.add_str(meta, "versionId", &pointer.version.to_string());
    tree.add_str(meta, "lastUpdated", &pointer.updated.to_string());
    for member in sent.get("meta").into_iter().flat_map(Node::children) {
        let name = member.name().unwrap_or_default();
        if !matches!(name, "versionId" | "lastUpdated" | "_versionId" | "_lastUpdated") {
            tree.add_copy(meta, name, member);
        }
    }
    let mut is_indexed = false;
    for member in sent.children() {
        match member.name().unwrap_or_default() {
            "resourceType" | "id" | "_id" | "meta" | "_indexed" => {}
            "status" => drop(tree.add_str(root, "status", pointer.state.as_str())),
            "indexed" => {
                is_indexed = true;
                tree.add_str(root, "indexed", &pointer.created.to_string());
            }
            name => drop(tree.add_copy(root, name, member)),
        }
    }
    if !is_indexed {
        tree.add(Some(root), "indexed", Kind::String, &pointer.created.to_string());
    }
    let mut body = Vec::with_capacity(sent.tree().source().len() + 256);
    json::write(tree.root(), &mut body);
    body
}

/// A pointer's body in a new version. Nothing when what was kept cannot be read.
#[must_use]
pub fn as_left(pointer: &Pointer) -> Option<Vec<u8>> {
    let kept = json::read(&pointer.body, Reading::Strict, &ReadLimits::default()).ok()?;
    Some(as_kept(kept.tree.root(), pointer))
}

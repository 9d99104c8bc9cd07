//! A pointer that was made elsewhere, or at another time, and is taken over as it is.
//! Source: docs/how-to/import-pointers.md.

use baton_exchange::{
    id::short_hash,
    pointer::{Bucket, Pointer, PointerId, PointerState},
    time::Timestamp,
};
use baton_fhir::{canonical::content_hash, format::Format, tree::Node};

use super::{For, read};
use crate::nrl::{
    Locator,
    directory::Custody,
    fault::Fault,
    outcome::{Refused, Wrong},
    ready::Body,
    stamp,
};

/// A pointer that may be taken over.
pub struct Imported {
    /// The pointer, ready to be written.
    pub pointer: Pointer,
}

/// Reads one pointer of a file. It may be in any state and of an older profile; id, version and times are kept where they
/// are this locator's own, and made from the content otherwise, so that the same line gives the same pointer again.
///
/// # Errors
/// All that is wrong with it.
pub fn imported(locator: &Locator, body: Body<'_>, now: Timestamp) -> Result<Imported, Refused> {
    let read = read::read(locator, body.bytes, Format::Json)?;
    let new = super::check(locator, read, For::Import, now)?;
    let place = |element: &str| format!("DocumentReference.{element}.reference");
    if locator.directory.custody(&new.custodian) != Some(Custody::Provider) {
        let fault = Fault::OrganizationNotFound { ods: new.custodian.to_string() };
        return Err(Wrong::at(fault, place("custodian")).into());
    }
    let root = new.tree.root();
    let subject = new.subject.key();
    let moment = |text: Option<&str>| text.and_then(Timestamp::parse);
    let created = moment(root.str("indexed")).unwrap_or(now);
    let mut pointer = Pointer {
        id: own_id(root).filter(|id| id.bucket() == Bucket::of(subject)).unwrap_or_else(|| made_id(root, subject)),
        home: Bucket::of(subject).home(&locator.exchange),
        subject,
        custodian: new.custodian,
        record_type: new.record_type,
        master: new.master.as_ref().map(super::Identifier::key),
        state: state(root)?,
        // what comes from elsewhere is new here, whatever number it had there
        version: 1,
        created,
        updated: moment(root.at(&["meta", "lastUpdated"]).and_then(Node::as_str)).unwrap_or(created),
        body: Vec::new(),
    };
    pointer.body = stamp::as_kept(root, &pointer);
    Ok(Imported { pointer })
}

fn own_id(root: Node<'_>) -> Option<PointerId> {
    root.str("id").and_then(PointerId::parse)
}

/// An id that the same content gets again, in the form of a UUID of version 8.
fn made_id(root: Node<'_>, subject: baton_exchange::pointer::SubjectKey) -> PointerId {
    let content = content_hash(root);
    let (mut uuid, chance) = (short_hash(&[b"imported", &content]), short_hash(&[b"imported-too", &content]));
    uuid[6] = 0x80 | uuid[6] & 0x0F;
    uuid[8] = 0x80 | uuid[8] & 0x3F;
    let mut tail = [0; 10];
    tail.copy_from_slice(&chance[..10]);
    PointerId::new(subject, uuid, tail)
}

fn state(root: Node<'_>) -> Result<PointerState, Refused> {
    match root.str("status") {
        Some("current") => Ok(PointerState::Current),
        Some("superseded") => Ok(PointerState::Superseded),
        Some("entered-in-error") => Ok(PointerState::EnteredInError),
        // FHIR's own rules have looked at it before
        _ => Err(Wrong::at(Fault::Element { element: "status".to_owned() }, "DocumentReference.status").into()),
    }
}

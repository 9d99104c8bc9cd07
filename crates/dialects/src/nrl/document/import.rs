//! A pointer that was made elsewhere, or at another time, and is taken over as it is.
//! Source: docs/how-to/import-pointers.md.

use baton_exchange::{
    id::short_hash,
    pointer::{Bucket, Pointer, PointerId, PointerState, Stamp, SubjectKey},
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

/// No pointer has been changed as often: what says so is no locator's version.
const VERSION_MAX: u32 = 1_000_000;

/// A pointer that may be taken over.
#[derive(Debug)]
pub struct Imported {
    /// The pointer, ready to be written.
    pub pointer: Pointer,
    /// Whether it comes from a locator as this one, version and times included.
    pub stamp: Stamp,
}

/// Reads one pointer of a file. It may be in any state and of an older profile. With an id of this locator's kind, id, version
/// and times are kept; otherwise the id is made from the content, so that the same line gives the same pointer again, and it
/// begins with version 1.
///
/// # Errors
/// All that is wrong with it.
pub fn imported(locator: &Locator, body: Body<'_>, now: Timestamp) -> Result<Imported, Refused> {
    let read = read::read(locator, body.bytes, Format::Json)?;
    let new = super::check(locator, read, For::Import, now)?;
    if locator.directory.custody(&new.custodian) != Some(Custody::Provider) {
        let fault = Fault::OrganizationNotFound { ods: new.custodian.to_string() };
        return Err(Wrong::at(fault, "DocumentReference.custodian.reference").into());
    }
    let root = new.tree.root();
    let subject = new.subject.key();
    let told = Told::of(root, subject);
    let created = told.created.or(told.updated).unwrap_or(now);
    let mut pointer = Pointer {
        id: told.id.unwrap_or_else(|| made_id(root, subject, told.created)),
        home: Bucket::of(subject).home(&locator.exchange),
        subject,
        custodian: new.custodian,
        record_type: new.record_type,
        master: new.master.as_ref().map(super::Identifier::key),
        state: state(root)?,
        // what comes from elsewhere is new here, whatever number it had there
        version: told.version.filter(|_| told.id.is_some()).unwrap_or(1),
        created,
        updated: told.updated.unwrap_or(created),
        body: Vec::new(),
    };
    pointer.body = stamp::as_kept(root, &pointer);
    Ok(Imported { pointer, stamp: told.stamp() })
}

/// What a pointer says of itself that only a locator gives.
struct Told {
    id: Option<PointerId>,
    version: Option<u32>,
    created: Option<Timestamp>,
    updated: Option<Timestamp>,
}

impl Told {
    fn of(root: Node<'_>, subject: SubjectKey) -> Told {
        let meta = |name: &str| root.at(&["meta", name]).and_then(Node::as_str);
        // the id of a locator as this one leads to the patient
        let is_own = |id: &PointerId| id.bucket() == Bucket::of(subject);
        let version = meta("versionId").and_then(|version| version.parse().ok());
        Told {
            id: root.str("id").and_then(PointerId::parse).filter(is_own),
            version: version.filter(|version| (1..=VERSION_MAX).contains(version)),
            created: root.str("indexed").and_then(Timestamp::parse),
            updated: meta("lastUpdated").and_then(Timestamp::parse),
        }
    }

    fn stamp(&self) -> Stamp {
        match self {
            Told { id: Some(_), version: Some(_), created: Some(_), updated: Some(_) } => Stamp::Before,
            Told { .. } => Stamp::Now,
        }
    }
}

/// An id that the same content gets again, in the form of a UUID of version 8. It begins with the moment of creation where
/// that is told, because ids are in the order of time.
fn made_id(root: Node<'_>, subject: SubjectKey, created: Option<Timestamp>) -> PointerId {
    let content = content_hash(root);
    let (mut uuid, chance) = (short_hash(&[b"imported", &content]), short_hash(&[b"imported-too", &content]));
    let millis = created.map_or(0, |created| created.0.max(0) / 1000);
    uuid[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
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

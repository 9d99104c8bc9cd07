//! Makes a pointer.

use super::{Bucket, MasterKey, Ods, Pointer, PointerDecision, PointerId, PointerState, SubjectKey};
use crate::{access::System, decision::Assert, id::ExchangeId, refusal::Refusal, time::Timestamp};

/// What a new pointer says, as far as rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The exchange that it is made in.
    pub exchange: ExchangeId,
    /// Whom the record is about.
    pub subject: SubjectKey,
    /// The organisation that is to answer for it.
    pub custodian: Ods,
    /// The code of the record's type.
    pub record_type: String,
    /// Its masterIdentifier.
    pub master: Option<MasterKey>,
}

/// Makes a pointer, current and in version 1. `taken` is whether some pointer of this patient, in whatever state, has the
/// masterIdentifier.
///
/// Source: NRL "API Create"; "Pointer FHIR Resource", masterIdentifier.
///
/// # Errors
/// [`Refusal::MasterIdentifierTaken`] or [`Refusal::NotCustodian`], in this order.
pub fn create(
    entry: Entry,
    taken: bool,
    by: &System,
    id: PointerId,
    now: Timestamp,
) -> Result<PointerDecision, Refusal> {
    let home = Bucket::of(entry.subject).home(&entry.exchange);
    if taken {
        return Err(Refusal::MasterIdentifierTaken);
    }
    if !by.acts_for(&entry.custodian) {
        return Err(Refusal::NotCustodian);
    }
    let subject = entry.subject;
    let unused = entry.master.map(|master| Assert::NoPointer { home, subject, master });
    let pointer = Pointer {
        id,
        home,
        subject,
        custodian: entry.custodian,
        record_type: entry.record_type,
        master: entry.master,
        state: PointerState::Current,
        version: 1,
        created: now,
        updated: now,
        body: Vec::new(),
    };
    Ok(PointerDecision { asserts: unused.into_iter().collect(), pointers: vec![pointer] })
}

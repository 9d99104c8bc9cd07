//! Who looked at pointers, for those who may ask. Source: NRL "Auditing", requests for audit information.

use super::{AuditRecord, Audited};
use crate::{
    id::{ExchangeId, Home},
    pointer::{Ods, SubjectKey},
    time::Timestamp,
};

/// A patient whose trail is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TrailPatient {
    /// Where the patient's pointers live.
    pub home: Home,
    /// The patient.
    pub subject: SubjectKey,
}

/// Asks for lines of the audit, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailQuestion {
    /// Through which exchange.
    pub exchange: ExchangeId,
    /// Only lines about this patient.
    pub patient: Option<TrailPatient>,
    /// Only lines with a pointer of this owner.
    pub owner: Option<Ods>,
    /// Only lines with a pointer to records of this type.
    pub record_type: Option<String>,
    /// Not before this moment.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
}

/// The part of a line that an owner of pointers may see: its own pointers. Nothing when there is none among them.
#[must_use]
pub fn owned_part(mut record: AuditRecord, owner: &Ods) -> Option<AuditRecord> {
    match &mut record.what {
        Audited::Referral { .. } => None,
        Audited::Pointers(access) => {
            access.pointers.retain(|pointer| pointer.custodian == *owner);
            (!access.pointers.is_empty()).then_some(record)
        }
    }
}

//! What a line of the audit holds besides what it is found by, in one column.
//!
//! Each read adds a line, so lines are short: no names of fields, and lengths of one byte for texts below 128 bytes. The first byte
//! says what the line tells of; another form gets another number.

mod operation;
mod pointer;
mod visit;

use baton_exchange::{audit::Audited, pointer::SubjectKey};

use crate::{
    StoreError,
    column::{deed, errand, interaction},
};

/// What cannot be read when it is damaged.
const WHAT: &str = "an audit whose details cannot be read";

/// The word for what was done.
pub(crate) fn action(what: &Audited) -> &'static str {
    match what {
        Audited::Referral { action, .. } => action.as_str(),
        Audited::Pointers(access) => access.interaction.as_str(),
        Audited::Visit(visit) => visit.errand.as_str(),
        Audited::Operator(operation) => operation.deed.as_str(),
    }
}

/// All but the word and the patient; nothing for a line about a change of a referral.
pub(crate) fn pack(what: &Audited) -> Option<Vec<u8>> {
    match what {
        Audited::Referral { .. } => None,
        Audited::Pointers(access) => Some(pointer::pack(access)),
        Audited::Visit(visit) => Some(visit::pack(visit)),
        Audited::Operator(operation) => Some(operation::pack(operation)),
    }
}

/// Reads what [`pack`] wrote of a line with this word and this patient.
///
/// # Errors
///
/// `Corrupt` when it is not that.
pub(crate) fn unpack(packed: &[u8], action: &str, subject: Option<SubjectKey>) -> Result<Audited, StoreError> {
    match packed.first() {
        Some(&visit::FORM) => visit::unpack(packed, errand(action)?).map(Audited::Visit),
        Some(&operation::FORM) => operation::unpack(packed, deed(action)?).map(Audited::Operator),
        _ => pointer::unpack(packed, interaction(action)?, subject).map(Audited::Pointers),
    }
}

//! Makes a pointer that takes the place of another one: both, or neither.

use super::{MasterKey, Pointer, PointerDecision, PointerState};
use crate::{refusal::Refusal, time::Timestamp};

/// The pointer that is to be superseded, as the new one names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What was found by the reference, or else by the identifier.
    pub found: Option<Pointer>,
    /// The masterIdentifier that it must have, where the new one names it by that too.
    pub expected: Option<MasterKey>,
}

/// Adds to a decision to create that another pointer is superseded by it.
///
/// Source: NRL "API Create (Supersede)".
///
/// # Errors
/// [`Refusal::SupersedesNothing`], [`Refusal::SupersedesOtherPatient`], [`Refusal::SupersedesUnidentified`],
/// [`Refusal::SupersedesOtherIdentifier`], [`Refusal::SupersedesOtherCustodian`] or [`Refusal::NotCurrent`], in this order.
pub fn replace(created: PointerDecision, target: Target, now: Timestamp) -> Result<PointerDecision, Refusal> {
    let PointerDecision { mut asserts, mut pointers } = created;
    let is_there = |pointer: &Pointer| pointer.state != PointerState::Removed;
    let (Some(new), Some(old)) = (pointers.first(), target.found.filter(is_there)) else {
        return Err(Refusal::SupersedesNothing);
    };
    if old.subject != new.subject {
        return Err(Refusal::SupersedesOtherPatient);
    }
    if let Some(expected) = target.expected {
        match old.master {
            None => return Err(Refusal::SupersedesUnidentified),
            Some(master) if master != expected => return Err(Refusal::SupersedesOtherIdentifier),
            Some(_) => {}
        }
    }
    if old.custodian != new.custodian {
        return Err(Refusal::SupersedesOtherCustodian { custodian: new.custodian.clone() });
    }
    if old.state != PointerState::Current {
        return Err(Refusal::NotCurrent);
    }
    let superseded = old.moved(PointerState::Superseded, now);
    asserts.extend(superseded.asserts);
    pointers.extend(superseded.pointers);
    Ok(PointerDecision { asserts, pointers })
}

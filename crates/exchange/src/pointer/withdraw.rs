//! Takes a pointer out of view because it should never have been there.

use super::{Pointer, PointerDecision, PointerState};
use crate::{access::System, refusal::Refusal, time::Timestamp};

/// Marks a pointer as entered in error. Only its custodian may do this, and only while it is current.
///
/// Source: NRL "API Update Interaction", "Update Operation"; "Pointer Overview", "Pointer Status Transitions".
///
/// # Errors
/// [`Refusal::NoSuchPointer`], [`Refusal::NotCustodian`] or [`Refusal::NotCurrent`], in this order.
pub fn withdraw(pointer: Option<Pointer>, by: &System, now: Timestamp) -> Result<PointerDecision, Refusal> {
    let is_there = |pointer: &Pointer| pointer.state != PointerState::Removed;
    let Some(pointer) = pointer.filter(is_there) else { return Err(Refusal::NoSuchPointer) };
    if !by.acts_for(&pointer.custodian) {
        return Err(Refusal::NotCustodian);
    }
    if pointer.state != PointerState::Current {
        return Err(Refusal::NotCurrent);
    }
    Ok(pointer.moved(PointerState::EnteredInError, now))
}

//! Takes a pointer away. Its row stays, so that its masterIdentifier stays used, but nobody sees it again.

use super::{Pointer, PointerDecision, PointerState};
use crate::{access::System, refusal::Refusal, time::Timestamp};

/// Removes a pointer, whatever its state. Only its custodian may.
///
/// Source: NRL "API Delete"; that no state is excluded is decided in docs/dialects/nrl.md.
///
/// # Errors
/// [`Refusal::NoSuchPointer`] or [`Refusal::NotCustodian`], in this order.
pub fn remove(pointer: Option<Pointer>, by: &System, now: Timestamp) -> Result<PointerDecision, Refusal> {
    let is_there = |pointer: &Pointer| pointer.state != PointerState::Removed;
    let Some(pointer) = pointer.filter(is_there) else { return Err(Refusal::NoSuchPointer) };
    if !by.acts_for(&pointer.custodian) {
        return Err(Refusal::NotCustodian);
    }
    Ok(pointer.moved(PointerState::Removed, now))
}

//! Shows one pointer.

use super::{Pointer, PointerState};
use crate::refusal::Refusal;

/// The pointer, when it may be shown: only a current one is.
///
/// Source: NRL "API Read", "Failure".
///
/// # Errors
/// [`Refusal::NoSuchPointer`] or [`Refusal::NotCurrent`].
pub fn view(pointer: Option<Pointer>) -> Result<Pointer, Refusal> {
    let Some(pointer) = pointer else { return Err(Refusal::NoSuchPointer) };
    match pointer.state {
        PointerState::Current => Ok(pointer),
        PointerState::Superseded | PointerState::EnteredInError => Err(Refusal::NotCurrent),
        PointerState::Removed => Err(Refusal::NoSuchPointer),
    }
}

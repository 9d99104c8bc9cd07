//! The end of the process where only a new start is safe.

use std::sync::OnceLock;

static LAST: OnceLock<fn()> = OnceLock::new();

/// What is still to be done when this crate ends the process, such as writing the line that says why. It must come back soon,
/// whatever happens. What was given first counts.
pub fn before_it_ends_the_process(last: fn()) {
    let _ = LAST.set(last);
}

/// Ends the process. The reason is logged before.
pub(crate) fn end_process() -> ! {
    if let Some(last) = LAST.get() {
        last();
    }
    // Not an abort: a core file would hold bodies.
    std::process::exit(1)
}

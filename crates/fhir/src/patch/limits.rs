//! How much a patch may ask for.

/// Operations of one patch.
pub const OPERATIONS_MAX: usize = 1000;
/// Steps of a whole patch: nodes looked at, moved and copied.
pub const STEPS_MAX: usize = 10_000_000;
/// Levels of objects and arrays that a patch may make, as many as the readers take.
pub const DEPTH_MAX: usize = 64;
/// Bytes of text that a JSON Patch may add by copying.
pub(super) const COPIED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Nodes that a JSON Patch may add by copying.
pub(super) const COPIED_NODES_MAX: usize = 1_000_000;
/// Characters of a path that an error repeats.
pub(super) const PATH_SHOWN_MAX: usize = 200;

//! What calls are for: whom one may call, how long, and how much is read of the answer.

use std::{collections::BTreeSet, time::Duration};

use super::Origin;

/// How much an answer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerLimits {
    /// From the call to the last byte of the answer.
    pub time: Duration,
    /// Bytes of its body, as they come over the wire.
    pub bytes_max: u64,
}

/// A reason to call others, such as notices or key sets: the registered origins and the limits.
#[derive(Clone, Debug)]
pub struct Purpose {
    allowed: BTreeSet<Origin>,
    limits: AnswerLimits,
}

impl Purpose {
    /// Calls to these origins and to no other.
    #[must_use]
    pub fn new(allowed: impl IntoIterator<Item = Origin>, limits: AnswerLimits) -> Purpose {
        Purpose { allowed: allowed.into_iter().collect(), limits }
    }

    /// Whether an origin is registered: the same scheme, host and port.
    #[must_use]
    pub fn allows(&self, origin: &Origin) -> bool {
        self.allowed.contains(origin)
    }

    /// Its limits.
    #[must_use]
    pub fn limits(&self) -> AnswerLimits {
        self.limits
    }
}

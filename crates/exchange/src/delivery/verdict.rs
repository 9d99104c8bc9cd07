//! From how an attempt ended to what becomes of its notice.
//! Source: Standard Webhooks (answers and retries); BaRS, "Retries and duplicates"; RFC 9110 for the codes.

use super::{Chance, Pace, Trouble};
use crate::{notice::Attempted, time::Timestamp};

/// How long a partner may ask for patience, in microseconds, whatever the settings say of our own pace.
const PATIENCE_MAX: i64 = 3_600 * 1_000_000;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The partner answered.
    Answer {
        /// HTTP status.
        status: u16,
        /// Whether the answer says with an issue that it has this notice already.
        duplicate: bool,
        /// Not before this moment, says the answer.
        retry_after: Option<Timestamp>,
    },
    /// The partner took the message and says in its answer that it may process it later.
    Postponed,
    /// The partner took the message and says in its answer that it never will process it.
    Refused,
    /// There was no answer.
    Nothing(Trouble),
}

/// Which attempt it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When the notice was due first, or was sent again by a person.
    pub due: Timestamp,
    /// When the attempt ended.
    pub now: Timestamp,
}

/// What an attempt says of the partner's endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// It works, whatever it thinks of this notice.
    Well,
    /// It does not work now. It may have asked to be left alone until a moment.
    Ailing(Option<Timestamp>),
    /// It says that it is gone for good.
    Gone,
}

/// What becomes of the notice, and what was learned of the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// To be reported.
    pub attempted: Attempted,
    /// To be remembered for the next notice.
    pub endpoint: Endpoint,
}

/// Decides what becomes of a notice.
///
/// A partner's refusal of what is in the notice is parked at once, since the same notice will be refused again and people
/// should see it. What a partner's people are known to mend (addresses, credentials, load, maintenance) is tried again.
#[must_use]
pub fn verdict(heard: Heard, attempt: Attempt, pace: &Pace, chance: Chance) -> Verdict {
    let again = |trouble, not_before| again(trouble, not_before, attempt, pace, chance);
    let (status, duplicate, retry_after) = match heard {
        Heard::Nothing(trouble) => return again(trouble, None),
        Heard::Postponed => return again(Trouble::Postponed, None),
        Heard::Refused => {
            return Verdict { attempted: Attempted::Parked(Trouble::Refused), endpoint: Endpoint::Well };
        }
        Heard::Answer { status, duplicate, retry_after } => (status, duplicate, retry_after),
    };
    let trouble = Trouble::Status(status);
    let parked = Attempted::Parked(trouble);
    match status {
        200..=299 => Verdict { attempted: Attempted::Delivered, endpoint: Endpoint::Well },
        // it was delivered before: BaRS REC_CONFLICT, never sent again
        409 => Verdict { attempted: Attempted::Delivered, endpoint: Endpoint::Well },
        _ if duplicate => Verdict { attempted: Attempted::Delivered, endpoint: Endpoint::Well },
        410 => Verdict { attempted: parked, endpoint: Endpoint::Gone },
        // the door is closed or locked, or there is a crowd before it
        401 | 403 | 404 | 405 | 407 | 408 | 421 | 423 | 425 | 429 => again(trouble, retry_after),
        // what is in the notice is refused
        400..=499 => Verdict { attempted: parked, endpoint: Endpoint::Well },
        // redirects are never followed: they fail, and a partner's proxy that sends them is mended some time
        _ => again(trouble, retry_after),
    }
}

/// Another attempt, the last one at the moment at which notices are given up.
fn again(trouble: Trouble, not_before: Option<Timestamp>, attempt: Attempt, pace: &Pace, chance: Chance) -> Verdict {
    let Attempt { number, due, now } = attempt;
    let latest = Timestamp(now.0.saturating_add(PATIENCE_MAX.max(pace.cap)));
    let not_before = not_before.map(|moment| moment.min(latest));
    let endpoint = Endpoint::Ailing(not_before);
    let end = pace.end(due);
    if now >= end {
        return Verdict { attempted: Attempted::Parked(trouble), endpoint };
    }
    let ours = pace.again(number, now, chance);
    let moment = not_before.map_or(ours, |theirs| theirs.max(ours));
    Verdict { attempted: Attempted::Again(moment.min(end)), endpoint }
}

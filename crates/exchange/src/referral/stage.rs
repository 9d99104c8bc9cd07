//! Where a referral is in its life after it was sent, as its target moves it.
//! Source: Ontario eReferral 0.10 to 0.12 and CA:eReC, Task "process-request"; FHIR R4 Task, state machine.

/// Where a referral is in its life. The words are those of FHIR's Task, so that no guide's status is lost on a round trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Its source has not sent it yet.
    Draft,
    /// It waits for its target's word.
    Requested,
    /// The target has seen it.
    Received,
    /// It may be worked on: there is no acceptance step.
    Ready,
    /// The target takes it on.
    Accepted,
    /// The target works on it.
    InProgress,
    /// It waits, for example on a list.
    OnHold,
    /// The target does not take it on. Not the end: it can be opened again.
    Rejected,
    /// The target gave it up. Not the end either.
    Cancelled,
    /// The target tried and could not.
    Failed,
    /// It is done.
    Completed,
    /// It should never have been there.
    EnteredInError,
}

impl Stage {
    /// All of them, in the order of a usual life.
    pub const ALL: [Stage; 12] = [
        Stage::Draft,
        Stage::Requested,
        Stage::Received,
        Stage::Ready,
        Stage::Accepted,
        Stage::InProgress,
        Stage::OnHold,
        Stage::Rejected,
        Stage::Cancelled,
        Stage::Failed,
        Stage::Completed,
        Stage::EnteredInError,
    ];

    /// FHIR's code of `Task.status`, also the word in columns.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Draft => "draft",
            Stage::Requested => "requested",
            Stage::Received => "received",
            Stage::Ready => "ready",
            Stage::Accepted => "accepted",
            Stage::InProgress => "in-progress",
            Stage::OnHold => "on-hold",
            Stage::Rejected => "rejected",
            Stage::Cancelled => "cancelled",
            Stage::Failed => "failed",
            Stage::Completed => "completed",
            Stage::EnteredInError => "entered-in-error",
        }
    }

    /// The stage of a code; nothing for what is no code of `Task.status`.
    #[must_use]
    pub fn named(code: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.as_str() == code)
    }

    /// Whether the target may say so.
    ///
    /// Of two stages the target's newest word counts, and what arrives late is dropped by its time, so nearly every move is
    /// open: the other way round, the order of arrival would decide. Closed are the way back to a draft and the way out of an
    /// error. Source: spec of Ontario, 1.6 and decision 21 (rejected and cancelled are not the end).
    #[must_use]
    pub fn may_become(self, next: Stage) -> bool {
        match (self, next) {
            (_, Stage::Draft) => false,
            (Stage::EnteredInError, next) => next == Stage::EnteredInError,
            (Stage::Draft, next) => matches!(next, Stage::Requested | Stage::Ready | Stage::EnteredInError),
            (_, _) => true,
        }
    }
}

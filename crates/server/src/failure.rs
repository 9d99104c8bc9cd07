//! Why the machine could not, and what the other side is told of it: what to do, never what happened.

use std::time::Duration;

use baton_fhir::finding::{Fault, Finding, IssueCode, Rule};
use baton_store::StoreError;
use hyper::StatusCode;

/// Something went wrong that is not the caller's doing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The store could not.
    #[error("the store could not do its part")]
    Store(#[from] StoreError),
    /// It took too long.
    #[error("there was no answer within {0:?}")]
    Deadline(Duration),
    /// There is no place for one more request in work.
    #[error("too much is being worked on")]
    Busy,
    /// Others were faster again and again.
    #[error("what was decided was outdated {0} times in a row")]
    Contended(u32),
    /// A fault in this program.
    #[error("fault in this program: {0}")]
    Bug(String),
}

macro_rules! rules {
    ($($name:ident = $id:literal, $code:ident, $text:literal;)*) => {
        $(static $name: Rule = Rule { id: $id, code: IssueCode::$code, fault: Fault::Unprocessable, text: $text };)*
    };
}

rules! {
    STORE = "srv-store", Transient, "the server cannot store or read just now";
    DEADLINE = "srv-deadline", Timeout, "the server took too long";
    BUSY = "srv-busy", Throttled, "the server has too much to do";
    CONTENDED = "srv-contended", Transient, "others changed the same thing at the same time";
    BUG = "srv-fault", Exception, "the server failed";
}

impl Failure {
    /// The status of its answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.retry_after_secs() {
            Some(_) => StatusCode::SERVICE_UNAVAILABLE,
            None => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// When the same request may be sent again; nothing where that would not help.
    #[must_use]
    pub fn retry_after_secs(&self) -> Option<u32> {
        match self {
            Failure::Store(StoreError::Unavailable(_)) | Failure::Deadline(_) => Some(5),
            Failure::Busy | Failure::Contended(_) => Some(1),
            Failure::Store(StoreError::Corrupt(_) | StoreError::Bug(_)) | Failure::Bug(_) => None,
        }
    }

    /// What the caller is told. It names the request, so that both sides find it again, and nothing of what happened.
    #[must_use]
    pub fn finding(&self, request_id: &str) -> Finding {
        let rule = match self {
            Failure::Store(StoreError::Unavailable(_)) => &STORE,
            Failure::Deadline(_) => &DEADLINE,
            Failure::Busy => &BUSY,
            Failure::Contended(_) => &CONTENDED,
            Failure::Store(StoreError::Corrupt(_) | StoreError::Bug(_)) | Failure::Bug(_) => &BUG,
        };
        let advice = match self.retry_after_secs() {
            Some(secs) => format!("send the same request again after {secs} s; X-Request-ID {request_id}"),
            None => format!("tell the operator this id: {request_id}"),
        };
        Finding::new(rule, advice)
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Failure, StoreError};

    /// Threat: T105
    #[test]
    fn the_caller_never_reads_what_happened() {
        let failure = Failure::Store(StoreError::Corrupt("row of hidden".to_owned()));
        let finding = failure.finding("r-1");
        assert!(!finding.diagnostics.contains("hidden") && finding.diagnostics.contains("r-1"), "{finding:?}");
        assert_eq!(failure.status(), 500);
    }

    #[test]
    fn what_passes_may_be_tried_again() {
        for failure in [
            Failure::Store(StoreError::Unavailable("locked".to_owned())),
            Failure::Deadline(Duration::from_secs(1)),
            Failure::Busy,
            Failure::Contended(3),
        ] {
            assert_eq!(failure.status(), 503);
            assert!(failure.retry_after_secs().is_some());
        }
    }
}

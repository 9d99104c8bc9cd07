//! Why a request to a locator has no good answer.

use baton_dialects::nrl::{Fault, Refused, Wrong};
use baton_exchange::refusal::Refusal;
use baton_store::StoreError;

use crate::failure::Failure;

/// Why there is no good answer.
pub(super) enum Trouble {
    /// The guide says no.
    Refused(Refused),
    /// The machine could not.
    Failure(Failure),
}

impl From<Refused> for Trouble {
    fn from(refused: Refused) -> Trouble {
        Trouble::Refused(refused)
    }
}

impl From<Wrong> for Trouble {
    fn from(wrong: Wrong) -> Trouble {
        Trouble::Refused(wrong.into())
    }
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Trouble {
        Trouble::Refused(fault.into())
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Trouble {
        Fault::Refusal(refusal).into()
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failure(failure)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        Trouble::Failure(error.into())
    }
}

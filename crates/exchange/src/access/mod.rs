//! Who may do what: the caller, what it was granted, and the one place where that is decided.

mod account;
mod change;
mod grant;
mod limit;
mod message;
mod reach;
mod read;
mod scope;
mod system;
mod ticket;
mod write;

pub use account::{Account, AccountState, Elsewhere, Login, PasswordHash};
pub use change::AccessChange;
pub use grant::{AccessToken, TokenHash};
pub use limit::{Condition, Limit, Unlimitable, may_limit};
pub use message::{MESSAGE_SCOPES, may_message};
pub use reach::{Part, Reach, Subject};
pub use read::{Looking, may_read};
pub use system::{LocatorRole, System, may_act_as};
pub use ticket::{Family, Ticket, TicketKey};
pub use write::{Writing, may_not_write, may_write};

use crate::{
    audit::Actor,
    id::{ExchangeId, PartnerId},
};

/// The authenticated client behind a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The registered partner that the token was given to.
    pub partner: PartnerId,
    /// Scopes as they were granted, for example `system/Messaging.write`.
    pub scopes: Vec<String>,
    /// The person who let an app act; nobody for a client that asked for itself.
    pub person: Option<Person>,
}

impl Caller {
    /// A partner's system that asked for itself.
    #[must_use]
    pub fn system(partner: PartnerId, scopes: Vec<String>) -> Caller {
        Caller { partner, scopes, person: None }
    }

    /// Who acts in the partner's name, for the audit.
    #[must_use]
    pub fn actor(&self) -> Actor {
        let act = |person: &Person| Actor::person(&person.subject).through(Some(&person.app));
        self.person.as_ref().map(act).unwrap_or_default()
    }

    /// The level of scopes that it could be granted.
    fn level(&self) -> &'static str {
        if self.is_system() { "system" } else { "user" }
    }

    /// Whether it is the partner's own system, and not an app that a person let in.
    #[must_use]
    pub fn is_system(&self) -> bool {
        self.person.is_none()
    }
}

/// A person who let an app act for them, at one exchange and perhaps about one patient.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// What apps know them by.
    pub subject: String,
    /// The client id of the app that acts.
    pub app: String,
    /// The only exchange at which the token is good: the one that the app named when it asked.
    pub exchange: ExchangeId,
    /// The id of the patient that scopes of the level `patient` are about.
    pub patient: Option<String>,
}

/// Prints nothing about anybody.
impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Person(…, {})", self.exchange)
    }
}

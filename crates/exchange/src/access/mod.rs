//! Who may do what: the caller, what it was granted, and the one place where that is decided.

mod account;
mod change;
mod grant;
mod message;
mod read;
mod scope;
mod system;
mod ticket;
mod write;

pub use account::{Account, AccountState, Login, PasswordHash};
pub use change::AccessChange;
pub use grant::{AccessToken, TokenHash};
pub use message::{MESSAGE_SCOPES, may_message};
pub use read::may_read;
pub use system::{LocatorRole, System, may_act_as};
pub use ticket::{Family, Ticket, TicketKey};
pub use write::{Writing, may_write};

use crate::id::PartnerId;

/// The authenticated client behind a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The registered partner that the token was given to.
    pub partner: PartnerId,
    /// Scopes as they were granted, for example `system/Messaging.write`.
    pub scopes: Vec<String>,
}

//! What is written about who may do what.

use super::{AccessToken, Account, Family, Ticket, TokenHash};

/// One step of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccessChange {
    /// Remembers an access token by its hash.
    PutToken(AccessToken),
    /// Forgets an access token: it is good no more.
    DropToken(TokenHash),
    /// Writes a ticket, new in its version 1, or in the version after the one that is there.
    PutTicket(Ticket),
    /// Writes a person's account, new in its version 1, or in the version after the one that is there.
    PutAccount(Account),
    /// Ends a family: its tokens and tickets are good no more.
    EndFamily(Family),
}

//! Where a partner wants to be told, as it or an operator registered it while the exchange was running.
//!
//! What the configuration says of a partner is the default; a registered endpoint takes its place until it is deleted.

mod change;
mod hidden;
mod limits;
#[cfg(test)]
mod tests;

pub use change::{Given, Wanted};
pub use hidden::Hidden;
pub use limits::{EVENT_CHARS_MAX, EVENTS_MAX, TEXT_CHARS_MAX, check_texts};

use crate::{
    id::{ExchangeId, PartnerId},
    time::Timestamp,
};

/// The one endpoint of a partner in an exchange, in its newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The exchange that tells.
    pub exchange: ExchangeId,
    /// Who is told.
    pub partner: PartnerId,
    /// Which change of any endpoint in the store made this version, from 1; 0 for one that was never stored. What is changed
    /// later has a higher number, and no change is seen before those with lower ones.
    pub serial: u64,
    /// When that was. From here on it is counted when to give up, since it is another place than before.
    pub changed: Timestamp,
    /// How it is told; nothing once it was deleted.
    pub settings: Option<Settings>,
}

/// How a partner is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The address that notices are posted to.
    pub url: String,
    /// Codes of the events that it wants, in its own version's words; `*` for all.
    pub events: Vec<String>,
    /// Whether notices go out or wait.
    pub flow: Flow,
    /// A bearer token to show there.
    pub token: Option<Hidden>,
    /// With what notices are signed.
    pub secret: Hidden,
    /// With what they were signed before, and are still, until the receiver knows the new one.
    pub old_secret: Option<Hidden>,
    /// How a token to show there is fetched; takes the place of `token`.
    pub grant: Option<Grant>,
}

/// Whether notices go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// They do.
    Open,
    /// They are written and wait, in their order.
    Paused,
}

/// What is needed to fetch tokens from a partner. Source: RFC 6749, section 4.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The token endpoint.
    pub token_url: String,
    /// What Baton is called there.
    pub client_id: String,
    /// Its secret there.
    pub client_secret: Hidden,
    /// What the token is to cover; nothing for what the partner gives by itself.
    pub scope: Option<String>,
}

impl Endpoint {
    /// One that was never registered.
    #[must_use]
    pub fn unknown(exchange: ExchangeId, partner: PartnerId) -> Endpoint {
        Endpoint { exchange, partner, serial: 0, changed: Timestamp(0), settings: None }
    }

    /// Whether its notices wait.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.settings.as_ref().is_some_and(|settings| settings.flow == Flow::Paused)
    }
}

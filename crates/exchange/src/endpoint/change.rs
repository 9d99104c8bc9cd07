//! What can be done to an endpoint.

use super::{Flow, Grant, Hidden, Settings};

/// What somebody wants an endpoint to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub url: String,
    /// Codes of events, or `*`.
    pub events: Vec<String>,
    /// The bearer token.
    pub token: Given<Hidden>,
    /// How tokens are fetched.
    pub grant: Given<Grant>,
}

/// A part that may be left as it is: whoever changes an address does not know the secrets any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given<T> {
    /// As it is.
    Kept,
    /// None from now on.
    Removed,
    /// This one from now on.
    Set(T),
}

impl<T> Given<T> {
    fn or(self, known: Option<T>) -> Option<T> {
        match self {
            Given::Kept => known,
            Given::Removed => None,
            Given::Set(new) => Some(new),
        }
    }
}

impl Settings {
    /// Makes an endpoint, or changes one. `fresh` is its signing secret if it is new; one that is there keeps its own, and stays
    /// paused.
    #[must_use]
    pub fn put(known: Option<Settings>, wanted: Wanted, fresh: Hidden) -> Settings {
        let Wanted { url, events, token, grant } = wanted;
        match known {
            None => {
                let (token, grant) = (token.or(None), grant.or(None));
                Settings { url, events, flow: Flow::Open, token, secret: fresh, old_secret: None, grant }
            }
            Some(known) => {
                let (token, grant) = (token.or(known.token), grant.or(known.grant));
                Settings {
                    url,
                    events,
                    token,
                    grant,
                    flow: known.flow,
                    secret: known.secret,
                    old_secret: known.old_secret,
                }
            }
        }
    }

    /// Lets notices go out, or wait.
    #[must_use]
    pub fn with_flow(self, flow: Flow) -> Settings {
        Settings { flow, ..self }
    }

    /// Signs with a new secret, and with the one before it until that is dropped. One that was older than both goes.
    #[must_use]
    pub fn with_secret(self, fresh: Hidden) -> Settings {
        let old_secret = Some(self.secret);
        Settings { secret: fresh, old_secret, ..self }
    }

    /// Signs with the newest secret alone.
    #[must_use]
    pub fn without_old_secret(self) -> Settings {
        Settings { old_secret: None, ..self }
    }

    /// Shows a new token from now on: there is room for one only.
    #[must_use]
    pub fn with_token(self, fresh: Hidden) -> Settings {
        Settings { token: Some(fresh), ..self }
    }
}

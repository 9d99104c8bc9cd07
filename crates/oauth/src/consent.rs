//! What a person let an app have. Codes and refresh tokens carry it, and nothing that the app says later changes it.

use serde::{Deserialize, Serialize};

use crate::{
    launch::LaunchContext,
    scope::{LastingScope, Scope},
};

/// What a person let an app have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// All tokens that come of it.
    pub family: Family,
    /// The app.
    pub client_id: String,
    /// Who agreed: what ID tokens call `sub`.
    pub user: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Where the app was launched.
    pub context: LaunchContext,
}

/// The number of a consent: 128 bits of chance. When one token of the family turns out to be stolen, all of them go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Family(pub [u8; 16]);

/// How long an app may go on without asking the person again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasting {
    /// As long as its first token.
    Once,
    /// While the person is logged in.
    WhileLoggedIn,
    /// Until its refresh tokens end.
    Long,
}

impl Consent {
    /// Whether refresh tokens come with it. Source: SMART App Launch 2.2, "Scopes for requesting a refresh token".
    #[must_use]
    pub fn lasting(&self) -> Lasting {
        let has = |lasting| self.scopes.iter().any(|scope| scope.parse() == Ok(Scope::Lasting(lasting)));
        match (has(LastingScope::Offline), has(LastingScope::Online)) {
            (true, _) => Lasting::Long,
            (false, true) => Lasting::WhileLoggedIn,
            (false, false) => Lasting::Once,
        }
    }
}

#[cfg(test)]
pub(crate) fn consent(scopes: &[&str]) -> Consent {
    Consent {
        family: Family([7; 16]),
        client_id: "app".to_owned(),
        user: "ada".to_owned(),
        scopes: scopes.iter().map(ToString::to_string).collect(),
        context: LaunchContext { patient: Some("1".to_owned()), ..LaunchContext::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::{Lasting, consent};

    #[test]
    fn refresh_tokens_come_with_the_scope_that_asks_for_them() {
        assert_eq!(consent(&["patient/*.rs", "Offline_access"]).lasting(), Lasting::Once);
        assert_eq!(consent(&["online_access"]).lasting(), Lasting::WhileLoggedIn);
        assert_eq!(consent(&["online_access", "offline_access"]).lasting(), Lasting::Long);
    }
}

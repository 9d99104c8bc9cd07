//! Who may ask for tokens.

use std::collections::HashMap;

use baton_exchange::id::PartnerId;
use baton_oauth::client::SecretHash;

use crate::config::Partner;

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// The partner behind it.
    pub partner: PartnerId,
    /// What its tokens may hold.
    pub scopes: Vec<String>,
    secret: Option<SecretHash>,
}

/// All registered clients by their client id.
#[derive(Debug, Default)]
pub struct Clients(HashMap<String, Client>);

impl Clients {
    /// The clients of these partners.
    #[must_use]
    pub fn of(partners: &[Partner]) -> Clients {
        let client = |partner: &Partner| Client {
            partner: PartnerId::from(partner.id.get_ref().0.as_str()),
            scopes: partner.scopes.iter().map(|scope| scope.0.clone()).collect(),
            secret: partner.client_secret.as_ref().map(|secret| SecretHash::of(&secret.0)),
        };
        Clients(partners.iter().map(|partner| (partner.client_id().to_owned(), client(partner))).collect())
    }

    /// The client that these credentials belong to. Takes the same time whether the client or its secret is wrong.
    #[must_use]
    pub fn authenticated(&self, credentials: &baton_oauth::client::Credentials) -> Option<&Client> {
        let client = self.0.get(&credentials.client_id);
        let fits = credentials.fit(client.and_then(|client| client.secret.as_ref()));
        client.filter(|_| fits)
    }

    /// Whether a partner is still registered: tokens outlive a restart, and configurations change.
    #[must_use]
    pub fn knows(&self, partner: &PartnerId) -> bool {
        self.0.values().any(|client| client.partner == *partner)
    }
}

//! Who may ask for tokens.

use std::collections::{HashMap, HashSet};

use baton_exchange::id::PartnerId;
use baton_oauth::client::{Credentials, SecretHash};

use super::keys::Keys;
use crate::config::Partner;

/// A registered client.
pub struct Client {
    /// The partner behind it.
    pub partner: PartnerId,
    /// What its tokens may hold.
    pub scopes: Vec<String>,
    /// The secret that it has, and the one that it had.
    secrets: Vec<SecretHash>,
    pub(super) keys: Option<Keys>,
}

/// All registered clients by their client id.
#[derive(Default)]
pub struct Clients {
    clients: HashMap<String, Client>,
    partners: HashSet<PartnerId>,
}

impl Clients {
    /// The clients of these partners.
    #[must_use]
    pub fn of(partners: &[Partner]) -> Clients {
        let client = |partner: &Partner| Client {
            partner: PartnerId::from(partner.id.get_ref().0.as_str()),
            scopes: partner.scopes.iter().map(|scope| scope.0.clone()).collect(),
            secrets: [&partner.client_secret, &partner.old_client_secret]
                .into_iter()
                .flatten()
                .map(|secret| SecretHash::of(&secret.0))
                .collect(),
            keys: Keys::of(partner),
        };
        let clients: HashMap<String, Client> =
            partners.iter().map(|partner| (partner.client_id().to_owned(), client(partner))).collect();
        let partners = clients.values().map(|client| client.partner.clone()).collect();
        Clients { clients, partners }
    }

    /// The client of that id.
    #[must_use]
    pub fn get(&self, client_id: &str) -> Option<&Client> {
        self.clients.get(client_id)
    }

    /// The client that these credentials belong to. Takes the same time whether the client or its secret is wrong.
    #[must_use]
    pub fn authenticated(&self, credentials: &Credentials) -> Option<&Client> {
        let client = self.get(&credentials.client_id);
        let secret = |place: usize| client.and_then(|client| client.secrets.get(place));
        let fits = credentials.fit(secret(0)) | credentials.fit(secret(1));
        client.filter(|_| fits)
    }

    /// Whether a partner is still registered: tokens outlive a restart, and configurations change.
    #[must_use]
    pub fn knows(&self, partner: &PartnerId) -> bool {
        self.partners.contains(partner)
    }
}

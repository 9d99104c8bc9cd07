//! Who may ask for tokens.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use baton_exchange::{access::AccessToken, id::PartnerId};
use baton_oauth::{
    client::{Credentials, SecretHash},
    scope::granted,
};

use super::{keys::Keys, verify::Tokens};
use crate::{
    config::{Partner, origins_of},
    tls::{CertificateFingerprint, Shown, certificate_is_of},
};

/// A registered client.
pub struct Client {
    /// The partner behind it.
    pub partner: PartnerId,
    /// What its tokens may hold.
    pub scopes: Vec<String>,
    /// The secret that it has, and the one that it had.
    secrets: Vec<SecretHash>,
    pub(super) keys: Option<Arc<Keys>>,
    /// Certificates that it is bound to.
    certificates: Vec<CertificateFingerprint>,
}

/// All registered clients by their client id, as one configuration has them. Those that are disabled are not among them.
#[derive(Default)]
pub struct Clients {
    clients: HashMap<String, Arc<Client>>,
    partners: HashMap<PartnerId, Arc<Client>>,
    /// Those that are disabled, by their client id.
    disabled: HashMap<String, PartnerId>,
    /// Where their pages come from.
    pub origins: Arc<HashSet<String>>,
    /// Tokens that were looked up. What they are good for is what this configuration says.
    pub(super) tokens: Tokens,
}

impl Clients {
    /// The clients of these partners. Keys that were fetched before are kept, so that nobody waits for them again, or is
    /// refused because they cannot be fetched just now.
    #[must_use]
    pub fn of(partners: &[Partner], before: Option<&Clients>) -> Clients {
        let mut clients = Clients { origins: origins_of(partners.iter()), ..Clients::default() };
        for partner in partners {
            let (id, name) = (partner.client_id(), PartnerId::from(partner.id.get_ref().0.as_str()));
            if partner.disabled {
                clients.disabled.insert(id.to_owned(), name);
                continue;
            }
            let known = before.and_then(|before| before.get(id)?.keys.clone());
            let client = Arc::new(Client {
                partner: name.clone(),
                scopes: partner.scopes.iter().map(|scope| scope.0.clone()).collect(),
                secrets: partner.secrets().collect(),
                keys: known.filter(|keys| keys.are_fetched_for(partner)).or_else(|| Keys::of(partner).map(Arc::new)),
                certificates: partner.certificates.clone(),
            });
            clients.partners.insert(name, client.clone());
            clients.clients.insert(id.to_owned(), client);
        }
        clients
    }

    /// The client of that id.
    #[must_use]
    pub fn get(&self, client_id: &str) -> Option<&Arc<Client>> {
        self.clients.get(client_id)
    }

    /// The partner behind a client id, disabled or not.
    #[must_use]
    pub(super) fn partner(&self, client_id: &str) -> Option<&PartnerId> {
        self.get(client_id).map(|client| &client.partner).or_else(|| self.disabled.get(client_id))
    }

    /// How what a connection showed fits a partner. Nothing fits one that is not registered any more, or disabled.
    #[must_use]
    pub fn shown(&self, partner: &PartnerId, peer: Option<&CertificateFingerprint>) -> Shown {
        self.partners.get(partner).map_or(Shown::Foreign, |client| certificate_is_of(&client.certificates, peer))
    }

    /// The client that these credentials belong to. Takes the same time whether the client or its secret is wrong.
    #[must_use]
    pub fn authenticated(&self, credentials: &Credentials) -> Option<&Arc<Client>> {
        let client = self.get(&credentials.client_id);
        let secret = |place: usize| client.and_then(|client| client.secrets.get(place));
        let fits = credentials.fit(secret(0)) | credentials.fit(secret(1));
        client.filter(|_| fits)
    }

    /// The client id of a partner.
    #[must_use]
    pub fn id_of(&self, partner: &PartnerId) -> Option<&str> {
        self.clients.iter().find(|(_, client)| client.partner == *partner).map(|(id, _)| id.as_str())
    }

    /// What a token may be used for now: tokens outlive a restart, and configurations change. Nothing when its partner is not
    /// registered, or disabled.
    #[must_use]
    pub(super) fn scopes_of(&self, token: &AccessToken) -> Option<Vec<String>> {
        let client = self.partners.get(&token.partner)?;
        // what a user let a client have is between those two
        if token.family.is_some() || token.context.is_some() {
            return Some(token.scopes.clone());
        }
        Some(granted(&client.scopes, Some(&token.scopes.join(" "))).unwrap_or_default())
    }
}

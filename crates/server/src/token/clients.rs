//! Who may ask for tokens: partners' systems for themselves, apps for people.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use baton_exchange::{
    access::{AccessToken, may_limit},
    id::{ExchangeId, PartnerId},
    search::References,
};
use baton_oauth::{
    authorize,
    client::{Credentials, SecretHash},
    scope::{granted, still},
};

use super::{
    kept::{KeptToken, read},
    keys::Keys,
    verify::Tokens,
};
use crate::{
    config::{App, Config, HttpUrl, Partner, origins_of},
    tls::{CertificateFingerprint, Shown, certificate_is_of},
};

/// A registered client.
pub struct Client {
    /// Its client id.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// What its tokens may hold.
    pub scopes: Vec<String>,
    /// How the exchanges keep references that it may use: as ours where one of them does. A scope that another cannot decide opens
    /// nothing there.
    references: References,
    /// The secret that it has, and the one that it had.
    secrets: Vec<SecretHash>,
    pub(super) keys: Option<Arc<Keys>>,
    /// Certificates that it is bound to.
    certificates: Vec<CertificateFingerprint>,
}

impl Client {
    /// Whether it has nothing to authenticate with: what it redeems has to prove the rest.
    #[must_use]
    pub fn is_public(&self) -> bool {
        match &self.kind {
            Kind::System(_) => false,
            Kind::App(registered) => registered.is_public,
        }
    }

    /// The scopes that it gets of those that it asks for in its own name.
    #[must_use]
    pub(super) fn granted(&self, asked: Option<&str>) -> Option<Vec<String>> {
        granted(&self.scopes, asked, &|scope| may_limit(scope, self.references).is_ok())
    }

    /// The partner in whose name it acts when it acts for itself, or whose app it is.
    #[must_use]
    pub fn partner(&self) -> Option<&PartnerId> {
        match &self.kind {
            Kind::System(partner) => Some(partner),
            Kind::App(registered) => registered.partner.as_ref(),
        }
    }
}

/// What a client is.
pub enum Kind {
    /// A partner's own system.
    System(PartnerId),
    /// An app, which has nothing but what people let it have.
    App(Arc<Registered>),
}

/// What an app is registered with.
pub struct Registered {
    /// What it may ask for, and where its users are sent back to.
    pub app: authorize::App,
    /// What people call it.
    pub name: String,
    /// Whose app it is.
    pub partner: Option<PartnerId>,
    /// Where it may be used.
    pub exchanges: HashSet<ExchangeId>,
    /// Where it is launched from here.
    pub launch_url: Option<String>,
    /// Whether it has nothing to authenticate with.
    pub is_public: bool,
}

impl Registered {
    /// What is left of scopes that a person let it have: configurations change.
    #[must_use]
    pub fn still(&self, scopes: &[String]) -> Vec<String> {
        self.app.still(scopes).unwrap_or_default()
    }
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
    /// The clients of a configuration. Keys that were fetched before are kept, so that nobody waits for them again, or is
    /// refused because they cannot be fetched just now.
    #[must_use]
    pub fn of(config: &Config, before: Option<&Clients>) -> Clients {
        let origins = origins_of(config.partners.iter(), config.apps_enabled());
        let mut clients = Clients { origins, ..Clients::default() };
        let known = |id: &str| before.and_then(|before| before.get(id)?.keys.clone());
        for partner in &config.partners {
            let (id, name) = (partner.client_id(), PartnerId::from(partner.id.get_ref().0.as_str()));
            if partner.disabled {
                clients.disabled.insert(id.to_owned(), name);
                continue;
            }
            let client = Arc::new(system(config, partner, known(id)));
            clients.partners.insert(name, client.clone());
            clients.clients.insert(id.to_owned(), client);
        }
        for one in config.apps_enabled() {
            let client = app(config, one, known(&one.id.get_ref().0));
            clients.clients.insert(client.id.clone(), Arc::new(client));
        }
        clients
    }

    /// The client of that id.
    #[must_use]
    pub fn get(&self, client_id: &str) -> Option<&Arc<Client>> {
        self.clients.get(client_id)
    }

    /// The app of that id.
    #[must_use]
    pub fn app(&self, client_id: &str) -> Option<&Arc<Registered>> {
        match &self.get(client_id)?.kind {
            Kind::App(registered) => Some(registered),
            Kind::System(_) => None,
        }
    }

    /// All apps.
    pub fn apps(&self) -> impl Iterator<Item = &Arc<Registered>> {
        self.clients.values().filter_map(|client| match &client.kind {
            Kind::App(registered) => Some(registered),
            Kind::System(_) => None,
        })
    }

    /// Whether somebody is registered under a client id, disabled or not.
    #[must_use]
    pub(super) fn is_registered(&self, client_id: &str) -> bool {
        self.clients.contains_key(client_id) || self.disabled.contains_key(client_id)
    }

    /// The partner behind a client id, disabled or not.
    #[must_use]
    pub(super) fn partner(&self, client_id: &str) -> Option<&PartnerId> {
        self.get(client_id).map_or_else(|| self.disabled.get(client_id), |client| client.partner())
    }

    /// How what a connection showed fits a partner. Nothing fits one that is not registered any more, or disabled.
    #[must_use]
    pub fn shown(&self, partner: &PartnerId, peer: Option<&CertificateFingerprint>) -> Shown {
        self.partners.get(partner).map_or(Shown::Foreign, |client| certificate_is_of(&client.certificates, peer))
    }

    /// The client that these credentials belong to. Takes the same time whether the client or its secret is wrong.
    #[must_use]
    pub fn authenticated(&self, credentials: &Credentials) -> Option<&Arc<Client>> {
        let secrets = |client: &&Arc<Client>| [0, 1].map(|place| client.secrets.get(place).copied());
        credentials.whose(|client_id| self.get(client_id), secrets)
    }

    /// The client id of a partner's system.
    #[must_use]
    pub fn id_of(&self, partner: &PartnerId) -> Option<&str> {
        let is_its = |client: &&Arc<Client>| matches!(&client.kind, Kind::System(one) if one == partner);
        self.clients.values().find(is_its).map(|client| client.id.as_str())
    }

    /// What a token may be used for now: tokens outlive a restart, and configurations change. Nothing when its partner is not
    /// registered, or disabled.
    #[must_use]
    pub(super) fn scopes_of(&self, token: &AccessToken) -> Option<Vec<String>> {
        let client = self.partners.get(&token.partner)?;
        if let Some(context) = &token.context {
            // what a person let an app have, as far as the app may still be let have it
            let kept = read::<KeptToken>(context)?;
            return Some(self.app(&kept.client_id)?.still(&token.scopes));
        }
        Some(still(&client.scopes, &token.scopes))
    }

    /// Whether there are apps at all: without them nobody logs in here.
    #[must_use]
    pub fn has_apps(&self) -> bool {
        self.apps().next().is_some()
    }

    /// Whether a partner is registered, and not disabled.
    #[must_use]
    pub fn knows(&self, partner: &PartnerId) -> bool {
        self.partners.contains_key(partner)
    }
}

fn system(config: &Config, partner: &Partner, before: Option<Arc<Keys>>) -> Client {
    let keys = || Keys::of(partner.jwks.as_ref(), partner.jwks_file.as_ref(), partner.jwks_url.as_ref());
    Client {
        id: partner.client_id().to_owned(),
        kind: Kind::System(PartnerId::from(partner.id.get_ref().0.as_str())),
        scopes: partner.scopes.iter().map(|scope| scope.0.clone()).collect(),
        references: config.references(&partner.exchanges),
        secrets: partner.secrets().collect(),
        keys: still_good(before, partner.jwks_url.as_ref()).or_else(|| keys().map(Arc::new)),
        certificates: partner.certificates.clone(),
    }
}

fn app(config: &Config, app: &App, before: Option<Arc<Keys>>) -> Client {
    let keys = || Keys::of(app.jwks.as_ref(), app.jwks_file.as_ref(), app.jwks_url.as_ref());
    let id = app.id.get_ref().0.clone();
    let scopes: Vec<String> = app.scopes.iter().map(|scope| scope.0.clone()).collect();
    let registered = Registered {
        app: authorize::App {
            client_id: id.clone(),
            redirect_uris: app.redirect_uris.iter().map(|uri| uri.0.clone()).collect(),
            scopes: scopes.clone(),
        },
        name: app.name.clone(),
        partner: app.partner.as_ref().map(|partner| PartnerId::from(partner.get_ref().0.as_str())),
        exchanges: app.exchanges.iter().map(|name| ExchangeId::from(name.get_ref().0.as_str())).collect(),
        launch_url: app.launch_url.as_ref().map(|url| url.0.clone()),
        is_public: app.public,
    };
    Client {
        id,
        kind: Kind::App(Arc::new(registered)),
        scopes,
        references: config.references(&app.exchanges),
        secrets: app.secrets().collect(),
        keys: still_good(before, app.jwks_url.as_ref()).or_else(|| keys().map(Arc::new)),
        // those of a partner are its own system's: an app runs elsewhere
        certificates: Vec::new(),
    }
}

/// Keys that were fetched before from where they are published now, too.
fn still_good(before: Option<Arc<Keys>>, url: Option<&HttpUrl>) -> Option<Arc<Keys>> {
    before.filter(|keys| keys.are_fetched_from(url))
}

//! The addresses at which the server listens: what each is called, what of the whole is served there, and how many may come.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::{
    config::{Config, DialectName, Part},
    http::route::{Place, Route},
    limit::Connections,
};

/// Which of the addresses: that of `[server]` first, then each `[[listener]]` in the order of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListenerNumber(usize);

impl ListenerNumber {
    /// That of `[server]`.
    pub const SERVER: ListenerNumber = ListenerNumber(0);

    /// That of a `[[listener]]`, counted from 0.
    #[must_use]
    pub fn of_listener(index: usize) -> ListenerNumber {
        ListenerNumber(index + 1)
    }

    /// Its place among the `[[listener]]`; nothing for that of `[server]`.
    #[must_use]
    pub fn of_listeners(self) -> Option<usize> {
        self.0.checked_sub(1)
    }

    /// Those of a configuration.
    pub fn all(config: &Config) -> impl Iterator<Item = ListenerNumber> + use<> {
        (0..=config.listeners.len()).map(ListenerNumber)
    }
}

/// Who gets tokens at a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tokens {
    /// Nobody: none are of use here.
    None,
    /// Systems.
    Systems,
    /// Systems, and apps by what people say, who log in at one address only.
    SystemsAndApps,
}

/// One of them, as it is served.
pub struct Listener {
    /// What it is called, without a slash at the end.
    pub public_url: String,
    /// Places for connections.
    pub connections: Arc<Semaphore>,
    /// Connections by address.
    pub connections_of: Arc<Connections>,
    parts: Vec<Part>,
    tokens: Tokens,
}

/// All of them.
pub struct Listeners(Vec<Listener>);

impl Listeners {
    /// Those of a configuration; that of `[server]` is called `public_url`.
    #[must_use]
    pub fn of(config: &Config, public_url: &str) -> Listeners {
        let made = |number: ListenerNumber| Listener {
            public_url: match number {
                ListenerNumber::SERVER => public_url.to_owned(),
                other => config.public_url(other),
            },
            connections: Arc::new(Semaphore::new(
                usize::try_from(config.limits.connections_max.0).unwrap_or(usize::MAX),
            )),
            connections_of: Connections::new(config.limits.address_connections_max.0),
            parts: config.parts_of(number),
            tokens: tokens(config, number),
        };
        Listeners(ListenerNumber::all(config).map(made).collect())
    }

    /// One of them. A number that is not there would be a fault of ours; what it asks for is then not served elsewhere either.
    #[must_use]
    pub fn at(&self, number: ListenerNumber) -> &Listener {
        &self.0[number.0]
    }
}

impl Listener {
    /// Whether a route that is no other listener's is served here.
    #[must_use]
    pub fn serves(&self, route: &Route) -> bool {
        match route {
            Route::Live | Route::Ready => self.parts.contains(&Part::Health),
            Route::Metrics => self.parts.contains(&Part::Metrics),
            Route::Oauth(place) => match self.tokens {
                Tokens::None => false,
                Tokens::Systems => !place.is_for_apps(),
                Tokens::SystemsAndApps => true,
            },
            Route::Exchange(_, Place::Launch(_), _) => self.has_people(),
            Route::Exchange(..) | Route::Locator(..) | Route::Unknown => true,
        }
    }

    /// Whether people log in here.
    #[must_use]
    pub fn has_people(&self) -> bool {
        self.tokens == Tokens::SystemsAndApps
    }
}

/// A locator looks at audit tokens, which are made elsewhere.
fn tokens(config: &Config, number: ListenerNumber) -> Tokens {
    let wants_tokens = config
        .exchanges
        .iter()
        .filter(|exchange| config.listener_of(exchange) == number)
        .any(|exchange| *exchange.dialect.get_ref() != DialectName::Nrl);
    match (number, wants_tokens) {
        (ListenerNumber::SERVER, _) => Tokens::SystemsAndApps,
        (_, true) => Tokens::Systems,
        (_, false) => Tokens::None,
    }
}

//! `[[listener]]`: more addresses to listen on, each with its own certificates and its own part of what is served.

use serde::Deserialize;
use toml::Spanned;

use super::{ClientCert, Config, Exchange, Id, Listen, PublicUrl, ServerTls};
use crate::listener::ListenerNumber;

/// One more address to listen on.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    /// Its name, for people.
    pub id: Spanned<Id>,
    /// Address and port; port 0 takes any free port.
    pub listen: Spanned<Listen>,
    /// What it is called by those who come there; without it, the address that it listens on.
    pub public_url: Option<PublicUrl>,
    /// Its certificates; with them, HTTPS.
    pub tls: Option<ServerTls>,
    /// Exchanges that are served here and nowhere else.
    #[serde(default)]
    pub exchanges: Vec<Spanned<Id>>,
    /// What is served here besides.
    #[serde(default)]
    pub serves: Vec<Part>,
}

/// What belongs to the server and not to an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// `/health/live` and `/health/ready`.
    Health,
    /// `/metrics`.
    Metrics,
}

impl Config {
    /// Where an exchange is served.
    #[must_use]
    pub fn listener_of(&self, exchange: &Exchange) -> ListenerNumber {
        let id = exchange.id.get_ref();
        let binds = |listener: &Listener| listener.exchanges.iter().any(|name| name.get_ref() == id);
        self.listeners.iter().position(binds).map_or(ListenerNumber::SERVER, ListenerNumber::of_listener)
    }

    /// The listener of that number; nothing for the one of `[server]`.
    #[must_use]
    pub fn listener(&self, number: ListenerNumber) -> Option<&Listener> {
        number.of_listeners().and_then(|index| self.listeners.get(index))
    }

    /// The certificates of a listener.
    #[must_use]
    pub fn tls_of(&self, number: ListenerNumber) -> Option<&ServerTls> {
        match self.listener(number) {
            None => self.server.tls.as_ref(),
            Some(listener) => listener.tls.as_ref(),
        }
    }

    /// Whether who comes to a listener has shown a certificate.
    #[must_use]
    pub fn requires_certificates(&self, number: ListenerNumber) -> bool {
        let asks = |tls: &ServerTls| tls.client_ca.is_some() && tls.client_cert() == ClientCert::Required;
        self.tls_of(number).is_some_and(asks)
    }

    /// What a listener is called: as configured, or by its address. Of port 0 only a server that listens knows more.
    #[must_use]
    pub fn public_url(&self, number: ListenerNumber) -> String {
        let (public, listen) = match self.listener(number) {
            None => (&self.server.public_url, &self.server.listen),
            Some(listener) => (&listener.public_url, listener.listen.get_ref()),
        };
        let scheme = if self.tls_of(number).is_some() { "https" } else { "http" };
        public.as_ref().map_or_else(|| format!("{scheme}://{}", listen.0), |public| public.0.clone())
    }

    /// What a listener serves besides exchanges. `[server]` has what nobody else has, unless it says itself what; health tells
    /// nothing, and whoever balances load asks for it where the load is.
    #[must_use]
    pub fn parts_of(&self, number: ListenerNumber) -> Vec<Part> {
        if let Some(listener) = self.listener(number) {
            return listener.serves.clone();
        }
        let metrics_elsewhere = self.listeners.iter().any(|listener| listener.serves.contains(&Part::Metrics));
        let others = if metrics_elsewhere { vec![Part::Health] } else { vec![Part::Health, Part::Metrics] };
        self.server.serves.clone().unwrap_or(others)
    }
}

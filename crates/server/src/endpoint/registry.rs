//! The endpoints as this process has seen them, and all that follows from them: to whom notices are written, and where they go.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use baton_dialects::ontario::{Directory, Told};
use baton_exchange::{
    endpoint::Endpoint,
    id::{ExchangeId, PartnerId},
};
use baton_store::StoreError;

use crate::{app::App, delivery::Door, exchanged::Exchanged, live::Mounted};

/// How often each process looks for what others have changed.
pub const LOOK_EVERY: Duration = Duration::from_secs(2);

/// All endpoints that were registered.
#[derive(Debug, Default)]
pub struct Registry(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// The last change that was seen.
    serial: u64,
    endpoints: HashMap<(ExchangeId, PartnerId), Endpoint>,
}

impl Registry {
    /// Takes in what was changed since the last look, in this process or another.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn refresh(&self, app: &App) -> Result<(), StoreError> {
        let seen = self.known(|known| known.serial);
        let changed = app.store.endpoints(seen).await?;
        if !changed.is_empty() {
            self.known(|known| known.follow(app, changed));
            app.delivery.wake.ring();
        }
        Ok(())
    }

    /// The endpoint of a partner; one that was never stored when there is none.
    #[must_use]
    pub fn get(&self, exchange: &ExchangeId, partner: &PartnerId) -> Endpoint {
        let key = (exchange.clone(), partner.clone());
        let found = self.known(|known| known.endpoints.get(&key).cloned());
        found.unwrap_or_else(|| Endpoint::unknown(key.0, key.1))
    }

    /// Puts exchanges that are configured otherwise in their places, with all that was registered; new partners are told where
    /// they registered to be told. No change comes between.
    pub fn again<'l>(
        &self,
        new: &[(PartnerId, Arc<Door>)],
        made: impl FnOnce() -> Vec<(&'l Mounted<Exchanged>, Exchanged)>,
    ) {
        self.known(|known| {
            for (partner, door) in new {
                known.endpoints.values().filter(|its| its.partner == *partner).for_each(|its| door.follow(its));
            }
            for (place, exchange) in made() {
                known.overlay(&exchange);
                place.replace(exchange);
            }
        });
    }

    fn known<T>(&self, work: impl FnOnce(&mut Known) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Known {
    /// Two looks at once may bring the same change twice, or an older one late: those are passed over.
    fn follow(&mut self, app: &App, changed: Vec<Endpoint>) {
        let new: Vec<Endpoint> = changed.into_iter().filter(|endpoint| endpoint.serial > self.serial).collect();
        for endpoint in &new {
            self.serial = endpoint.serial;
            if let Some(door) = app.delivery.door(&endpoint.partner) {
                door.follow(endpoint);
            }
            self.endpoints.insert((endpoint.exchange.clone(), endpoint.partner.clone()), endpoint.clone());
        }
        for exchange in app.exchanges.iter().map(Mounted::now) {
            if new.iter().any(|endpoint| endpoint.exchange == exchange.mount.exchange) {
                self.overlay(&exchange);
            }
        }
    }

    fn overlay(&self, exchange: &Exchanged) {
        let its = self.endpoints.values().filter(|endpoint| endpoint.exchange == exchange.mount.exchange);
        exchange.replace_directory(overlaid(&exchange.mount.directory, its));
    }
}

/// The partners as configured, each told where it registered to be told.
#[must_use]
pub fn overlaid<'e>(configured: &Directory, endpoints: impl Iterator<Item = &'e Endpoint>) -> Directory {
    let mut directory = configured.clone();
    for endpoint in endpoints {
        let Some(settings) = &endpoint.settings else { continue };
        if let Some(mut registered) = configured.get(&endpoint.partner).cloned() {
            registered.told = Some(Told { url: settings.url.clone(), events: settings.events.clone() });
            directory.put(registered);
        }
    }
    directory
}

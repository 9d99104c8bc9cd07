//! One partner's endpoint, taken from a configuration and its store.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use baton_dialects::ontario::{Directory, Told};
use baton_exchange::{
    audit::{AuditRecord, Deed, Operation},
    endpoint::{Endpoint, Flow},
    id::{ExchangeId, Home, PartnerId},
    refusal::Refusal,
};
use baton_store::{Committed, Store};
use serde_json::Value;

use super::{Unable, Which};
use crate::{
    clock::{Clock, beside},
    config::{Config, DialectName, Exchange},
    delivery::Door,
    directory::directory,
    egress::{Egress, EgressRules, PrivateAddresses},
    endpoint::{Act, Addresses, act::random, changed, notice_of_trial, overlaid, shown, shown_configured, trial_of},
    failure::Failure,
    operator::operated,
};

/// How often a change is tried again when somebody else was faster.
const TRIES_MAX: u32 = 5;

/// Where one endpoint is looked after.
pub(super) struct Desk {
    config: Config,
    store: Arc<dyn Store>,
    clock: Clock,
    exchange: ExchangeId,
    partner: PartnerId,
    configured: Directory,
}

impl Desk {
    pub(super) async fn open(which: &Which) -> Result<Desk, Unable> {
        let config = Config::load(&which.config)?;
        let exchange = chosen(&config, which).map_err(Unable::Unknown)?;
        let id = ExchangeId::from(exchange.id.get_ref().0.as_str());
        let configured = directory(&config, exchange);
        let store = config.store.open().await?;
        let partner = PartnerId::from(which.partner.as_str());
        let clock = beside(&*store, Clock::of_machine()).await?;
        Ok(Desk { config, store, clock, exchange: id, partner, configured })
    }

    pub(super) fn addresses(&self) -> Addresses {
        match self.config.delivery.allow_private_addresses {
            true => PrivateAddresses::Allowed,
            false => PrivateAddresses::Refused,
        }
    }

    /// The endpoint as it is, and whom the exchange tells where.
    async fn seen(&self) -> Result<(Endpoint, Directory), Unable> {
        let all: Vec<Endpoint> = self.store.endpoints(0).await?;
        let mut its: Vec<Endpoint> = all.into_iter().filter(|endpoint| endpoint.exchange == self.exchange).collect();
        let directory = overlaid(&self.configured, its.iter());
        let place = its.iter().position(|endpoint| endpoint.partner == self.partner);
        let unknown = || Endpoint::unknown(self.exchange.clone(), self.partner.clone());
        Ok((place.map_or_else(unknown, |place| its.swap_remove(place)), directory))
    }

    pub(super) async fn show(&self) -> Result<Value, Unable> {
        let (endpoint, _) = self.seen().await?;
        let told = self.configured.get(&self.partner).and_then(|registered| registered.told.as_ref());
        let found = shown(&endpoint, None).or_else(|| told.map(shown_configured));
        found.ok_or_else(|| Refusal::NoSuchResource.into())
    }

    /// Does something, and shows what there is then.
    pub(super) async fn act(&self, act: &Act) -> Result<Option<Value>, Unable> {
        for _ in 0..TRIES_MAX {
            let (known, directory) = self.seen().await?;
            let done = changed(known, act, &directory, self.clock.now(), random()?)?;
            let line = self.line();
            if self.store.put_endpoint(done.endpoint.clone(), line).await? == Committed::Done {
                self.store.hasten(self.partner.clone(), self.clock.now()).await?;
                return Ok(shown(&done.endpoint, done.fresh.as_ref()));
            }
        }
        Err(Failure::Contended(TRIES_MAX).into())
    }

    /// The line of a change, to be written with it.
    fn line(&self) -> AuditRecord {
        let operation = Operation { partner: Some(self.partner.clone()), ..Operation::of(Deed::EndpointChanged) };
        // endpoints are of exchanges where several work on the same referrals
        operated(Home::shared(&self.exchange), &self.exchange, self.clock.now(), operation)
    }

    pub(super) async fn test(&self) -> Result<(bool, Value), Unable> {
        let is_it = |partner: &&crate::config::Partner| partner.id.get_ref().0 == self.partner.as_str();
        let partner = self.config.partners.iter().find(is_it).ok_or(Refusal::NoSuchResource)?;
        let door = Door::of(&self.config, partner, self.config.delivery.timeout.0);
        door.follow(&self.seen().await?.0);
        let egress = Egress::new(EgressRules::of(&self.config)?);
        let notice = notice_of_trial(&self.exchange, &self.partner, self.clock.now());
        let outcome = trial_of(&egress, &self.clock, &door, &notice).await;
        outcome.ok_or_else(|| Refusal::NoSuchResource.into())
    }
}

/// The exchange that is meant.
fn chosen<'c>(config: &'c Config, which: &Which) -> Result<&'c Exchange, String> {
    let partner = &which.partner;
    let tells = |exchange: &&Exchange| {
        *exchange.dialect.get_ref() == DialectName::Ontario
            && config.partners_of(exchange).any(|its| its.id.get_ref().0 == *partner)
    };
    let all: Vec<&Exchange> = config.exchanges.iter().filter(tells).collect();
    let ids = all.iter().map(|exchange| exchange.id.get_ref().0.as_str()).collect::<Vec<_>>().join(", ");
    match (which.exchange.as_deref(), all.as_slice()) {
        (_, []) => Err(format!("no exchange tells a partner `{partner}`: it has to be one of an ontario exchange")),
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("several exchanges tell `{partner}`, say which with --exchange: {ids}")),
        (Some(wanted), _) => {
            let found = all.iter().find(|exchange| exchange.id.get_ref().0 == wanted).copied();
            found.ok_or_else(|| format!("no exchange `{wanted}` tells `{partner}`: there is {ids}"))
        }
    }
}

/// A line for each endpoint, registered or configured.
pub(super) async fn lines(config: &Path) -> Result<Vec<String>, Unable> {
    let config = Config::load(config)?;
    let store = config.store.open().await?;
    let mut lines: BTreeMap<(String, String), String> = BTreeMap::new();
    for exchange in config.exchanges.iter().filter(|exchange| *exchange.dialect.get_ref() == DialectName::Ontario) {
        let (directory, id) = (directory(&config, exchange), exchange.id.get_ref().0.clone());
        for partner in config.partners_of(exchange).map(|partner| partner.id.get_ref().0.clone()) {
            let registered = directory.get(&PartnerId::from(partner.as_str()));
            if let Some(told) = registered.and_then(|registered| registered.told.as_ref()) {
                lines.insert((id.clone(), partner.clone()), line(&partner, &id, "configured", told));
            }
        }
    }
    for endpoint in store.endpoints(0).await? {
        let Some(settings) = endpoint.settings else { continue };
        let state = match settings.flow {
            Flow::Open => "open",
            Flow::Paused => "paused",
        };
        let (exchange, partner) = (endpoint.exchange.as_str().to_owned(), endpoint.partner.as_str().to_owned());
        let told = Told { url: settings.url, events: settings.events };
        let line = line(&partner, &exchange, state, &told);
        lines.insert((exchange, partner), line);
    }
    Ok(lines.into_values().collect())
}

fn line(partner: &str, exchange: &str, state: &str, told: &Told) -> String {
    format!("{partner}  {exchange}  {state}  {}  {}", told.url, told.events.join(","))
}

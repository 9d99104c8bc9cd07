//! Where something is sent from: the exchange, the own partner, and the state of a server that does not serve.

use std::sync::Arc;

use baton_dialects::{Mount, ontario::Role};
use baton_exchange::id::{ExchangeId, PartnerId};

use super::{Args, Unable};
use crate::{
    app::App,
    clock::{Clock, beside},
    config::{Config, DialectName, Exchange, Partner},
    directory::roles,
    egress::{Egress, EgressRules},
    listener::ListenerNumber,
};

/// An exchange, and who sends to whom there.
pub(super) struct Place {
    pub(super) app: Arc<App>,
    pub(super) mount: Arc<Mount>,
    pub(super) from: PartnerId,
    /// The name of the sender for people.
    pub(super) name: String,
    pub(super) to: Option<PartnerId>,
}

impl Place {
    /// Opens what the configuration names.
    ///
    /// # Errors
    /// [`Unable`], with what to change.
    pub(super) async fn open(args: &Args) -> Result<Place, Unable> {
        let config = Config::load(&args.config)?;
        let unfit = |what| Unable::Place { file: args.config.display().to_string(), what };
        let from = own(&config, args.from.as_deref()).map_err(unfit)?;
        let exchange = exchange(&config, from, args.exchange.as_deref()).map_err(unfit)?;
        let id = ExchangeId::from(exchange.id.get_ref().0.as_str());
        let public_url = config.public_url(ListenerNumber::SERVER);
        let egress = Egress::new(EgressRules::of(&config)?);
        let store = config.store.open().await?;
        let clock = beside(&*store, Clock::of_machine()).await?;
        baton_store::clear_again(&*store, clock.now()).await?;
        let secret = store.blind_secret().await?;
        let app = App::new(&config, &public_url, store, clock, egress, &secret);
        // where partners want to be told may be registered in the store
        app.endpoints.refresh(&app).await?;
        let mount = app.exchange(&id).map(|exchange| exchange.mount_now());
        let mount = mount.ok_or_else(|| unfit(format!("the exchange `{id}` is not mounted")))?;
        let to = args.to.as_deref().map(PartnerId::from);
        if let Some(to) = to.as_ref().filter(|to| !mount.directory.get(to).is_some_and(|it| it.is(Role::Target))) {
            let all: Vec<&str> = mount.directory.with_role(Role::Target).map(|it| it.partner.as_str()).collect();
            return Err(unfit(format!("`{to}` is no target of `{id}`: there are {}", all.join(", "))));
        }
        let (name, from) = (from.name.clone(), PartnerId::from(from.id.get_ref().0.as_str()));
        Ok(Place { app: Arc::new(app), mount, from, name, to })
    }
}

/// The own partner that is meant.
fn own<'c>(config: &'c Config, wanted: Option<&str>) -> Result<&'c Partner, String> {
    let sends = |it: &&Partner| it.own && !it.disabled && roles(it).any(|role| role == Role::Source);
    let all: Vec<&Partner> = config.partners.iter().filter(sends).collect();
    let ids = all.iter().map(|partner| partner.id.get_ref().0.as_str()).collect::<Vec<_>>().join(", ");
    match (wanted, all.as_slice()) {
        (_, []) => {
            Err("it has no partner of Baton's own: a [[partner]] with own = true and roles = [\"source\"]".to_owned())
        }
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("it has several own partners, say which with --from: {ids}")),
        (Some(wanted), _) => {
            let found = all.iter().find(|partner| partner.id.get_ref().0 == wanted);
            found.copied().ok_or_else(|| format!("`{wanted}` is no own partner: there is {ids}"))
        }
    }
}

/// The exchange that is meant, of those for which the sender is registered.
fn exchange<'c>(config: &'c Config, from: &Partner, wanted: Option<&str>) -> Result<&'c Exchange, String> {
    let is_its = |exchange: &&Exchange| {
        *exchange.dialect.get_ref() == DialectName::Ontario
            && from.exchanges.iter().any(|id| id.get_ref() == exchange.id.get_ref())
    };
    let all: Vec<&Exchange> = config.exchanges.iter().filter(is_its).collect();
    let ids = all.iter().map(|exchange| exchange.id.get_ref().0.as_str()).collect::<Vec<_>>().join(", ");
    let name = &from.id.get_ref().0;
    match (wanted, all.as_slice()) {
        (_, []) => Err(format!("`{name}` is registered for no ontario exchange")),
        (None, [only]) => Ok(only),
        (None, _) => Err(format!("`{name}` is registered for several exchanges, say which with --exchange: {ids}")),
        (Some(wanted), _) => {
            let found = all.iter().find(|exchange| exchange.id.get_ref().0 == wanted);
            found.copied().ok_or_else(|| format!("`{name}` is not registered for `{wanted}`: there is {ids}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Config, exchange, own};

    fn config(own: &[&str]) -> Config {
        let mut text = String::new();
        for id in ["east", "west"] {
            text.push_str(&format!("[[exchange]]\nid = \"{id}\"\ndialect = \"ontario\"\npath = \"/{id}\"\n"));
        }
        for id in own {
            text.push_str(&format!(
                "[[partner]]\nid = \"{id}\"\nname = \"P\"\nown = true\nroles = [\"source\"]\nexchanges = [\"east\", \"west\"]\n"
            ));
        }
        Config::parse(&text, "f").expect("it is usable")
    }

    #[test]
    fn only_an_own_partner_can_send() {
        assert!(own(&config(&[]), None).is_err_and(|why| why.contains("own = true")));
        assert!(own(&config(&["a", "b"]), None).is_err_and(|why| why.contains("--from: a, b")));
        assert!(own(&config(&["a", "b"]), Some("c")).is_err_and(|why| why.contains("`c` is no own partner")));
        assert!(own(&config(&["a"]), None).is_ok() && own(&config(&["a", "b"]), Some("b")).is_ok());
    }

    #[test]
    fn of_several_exchanges_one_has_to_be_named() {
        let config = config(&["a"]);
        let from = &config.partners[0];
        assert!(exchange(&config, from, None).is_err_and(|why| why.contains("--exchange: east, west")));
        assert!(exchange(&config, from, Some("north")).is_err_and(|why| why.contains("not registered for `north`")));
        assert!(exchange(&config, from, Some("west")).is_ok());
    }
}

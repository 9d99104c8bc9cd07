//! A configuration that is read again while the server runs: what of it takes effect now, and what needs a restart.

use toml::Spanned;

use crate::config::{Config, Exchange, Id, JwtCheck, Limits, Listener, ServerTls};

/// What becomes of it.
pub struct Merged {
    /// The new configuration, with the old one's parts where those cannot be changed now.
    pub config: Config,
    /// What has changed and needs a restart, in the words of the file.
    pub waiting: Vec<String>,
}

/// Brings a new configuration together with the one that is running. Exchanges stay the same ones, at their places and in their
/// order; all that is said about them and about partners is new.
#[must_use]
pub fn merged(running: &Config, new: Config) -> Merged {
    let mut waiting = Vec::new();
    let mut note = |has_changed: bool, what: &str| {
        if has_changed {
            waiting.push(what.to_owned());
        }
    };
    note(running.server.listen != new.server.listen, "server.listen");
    note(running.server.public_url != new.server.public_url, "server.public_url");
    note(running.server.tls != new.server.tls, "[server.tls]");
    note(running.server.serves != new.server.serves, "server.serves");
    note(running.server.proxies != new.server.proxies, "server.proxies");
    note(running.store != new.store, "[store]");
    note(running.audit != new.audit, "[audit]");
    // places that somebody has cannot be taken away; the entries are only counted
    let limits = Limits { bundle_entries_max: new.limits.bundle_entries_max, ..running.limits.clone() };
    note(limits != new.limits, "[limits] (all but bundle_entries_max)");
    note(running.delivery != new.delivery, "[delivery]");
    note(running.egress != new.egress, "[egress]");
    for added in new.exchanges.iter().filter(|exchange| same(running, exchange).is_none()) {
        note(true, &format!("exchange {}, which is added", added.id.get_ref().0));
    }
    waiting.extend(listeners(&running.listeners, &new.listeners));
    let exchanges: Vec<Exchange> = running.exchanges.iter().map(|old| kept(running, old, &new, &mut waiting)).collect();
    let (mut partners, mut apps) = (new.partners, new.apps);
    // who is to use an exchange that waits does not use it yet
    let is_there = |name: &Spanned<Id>| exchanges.iter().any(|exchange| exchange.id.get_ref() == name.get_ref());
    partners.iter_mut().for_each(|partner| partner.exchanges.retain(is_there));
    apps.iter_mut().for_each(|app| app.exchanges.retain(is_there));
    let config = Config {
        server: running.server.clone(),
        listeners: running.listeners.clone(),
        store: running.store.clone(),
        audit: running.audit.clone(),
        limits,
        delivery: running.delivery.clone(),
        egress: running.egress.clone(),
        login: new.login,
        exchanges,
        partners,
        apps,
        organizations: new.organizations,
    };
    Merged { config, waiting }
}

/// An exchange as it goes on.
fn kept(running: &Config, old: &Exchange, new: &Config, waiting: &mut Vec<String>) -> Exchange {
    let id = &old.id.get_ref().0;
    let Some(found) = same(new, old) else {
        waiting.push(format!("exchange {id}, which is taken out"));
        return old.clone();
    };
    if found.path != old.path {
        waiting.push(format!("path of exchange {id}"));
    }
    if found.bridge != old.bridge {
        waiting.push(format!("bridge of exchange {id}"));
    }
    Exchange {
        path: old.path.clone(),
        bridge: old.bridge.clone(),
        jwt: jwt(running, old, new, found, waiting),
        ..found.clone()
    }
}

/// What audit tokens are worth depends on who is let in: where that needs a restart, this waits for it.
fn jwt(running: &Config, old: &Exchange, new: &Config, found: &Exchange, waiting: &mut Vec<String>) -> JwtCheck {
    if found.jwt != old.jwt && door(running, old) != door(new, found) {
        waiting.push(format!("jwt of exchange {}, whose listener changes, too", old.id.get_ref().0));
        return old.jwt;
    }
    found.jwt
}

/// Where those come in who use an exchange, and what is asked of them there.
fn door<'c>(config: &'c Config, exchange: &Exchange) -> (Option<&'c str>, Option<&'c ServerTls>) {
    let number = config.listener_of(exchange);
    (config.listener(number).map(|listener| listener.id.get_ref().0.as_str()), config.tls_of(number))
}

/// What of the listeners waits: each that is added, taken out or changed.
fn listeners(running: &[Listener], new: &[Listener]) -> Vec<String> {
    let find = |all: &'_ [Listener], id: &Listener| all.iter().find(|one| one.id == id.id).cloned();
    let added = new.iter().filter(|one| find(running, one).is_none());
    let mut waiting: Vec<String> =
        added.map(|one| format!("listener {}, which is added", one.id.get_ref().0)).collect();
    for old in running {
        let id = &old.id.get_ref().0;
        match find(new, old) {
            None => waiting.push(format!("listener {id}, which is taken out")),
            Some(found) if found != *old => waiting.push(format!("listener {id}")),
            Some(_) => {}
        }
    }
    waiting
}

/// The exchange of the same name in another configuration. With another dialect it is another exchange.
fn same<'c>(config: &'c Config, exchange: &Exchange) -> Option<&'c Exchange> {
    config.exchanges.iter().find(|other| other.id == exchange.id && other.dialect == exchange.dialect)
}

#[cfg(test)]
mod tests {
    use super::{Config, JwtCheck, merged};

    fn config(text: &str) -> Config {
        Config::parse(text, "test.toml").unwrap_or_else(|error| panic!("{error}"))
    }

    fn exchange(id: &str, more: &str) -> String {
        format!("[[exchange]]\nid = \"{id}\"\ndialect = \"ontario\"\n{more}\n")
    }

    #[track_caller]
    fn check_waiting(running: &str, new: &str, expected: &[&str]) {
        assert_eq!(merged(&config(running), config(new)).waiting, expected);
    }

    #[test]
    fn what_holds_for_the_whole_process_needs_a_restart() {
        check_waiting("", "", &[]);
        check_waiting(
            "",
            "[server]\nlisten = \"127.0.0.1:1\"\npublic_url = \"http://a\"\n",
            &["server.listen", "server.public_url"],
        );
        check_waiting("", "[server.tls]\ncert = \"c\"\nkey = \"k\"\n", &["[server.tls]"]);
        check_waiting("", "[store]\nkeys = \"other\"\n", &["[store]"]);
        check_waiting("[delivery]\ntimeout = \"1s\"\n", "[egress]\nextra_roots = \"r\"\n", &["[delivery]", "[egress]"]);
        check_waiting("", "[audit]\nwitness_every = \"1h\"\n", &["[audit]"]);
        let limits = ["[limits] (all but bundle_entries_max)"];
        check_waiting("", "[limits]\nrequests_per_second = 1\nbundle_entries_max = 1\n", &limits);
        check_waiting("", "[limits]\nbundle_entries_max = 1\n", &[]);
    }

    fn listener(id: &str, more: &str) -> String {
        format!("[[listener]]\nid = \"{id}\"\nlisten = \"127.0.0.1:0\"\nserves = [\"health\"]\n{more}")
    }

    #[test]
    fn listeners_need_a_restart_each_by_its_name() {
        let running = listener("a", "") + &listener("b", "") + &listener("c", "");
        let new = listener("c", "") + &listener("a", "public_url = \"https://a.example\"\n") + &listener("d", "");
        check_waiting(&running, &new, &["listener d, which is added", "listener a", "listener b, which is taken out"]);
        check_waiting("", "[server]\nserves = []\n", &["server.serves"]);
        check_waiting("", "[server]\nproxies = [\"10.0.0.7\"]\n", &["server.proxies"]);
    }

    /// Threat: T37
    #[test]
    fn unsigned_tokens_wait_for_the_listener_that_asks_for_certificates() {
        let locator =
            |jwt: &str| format!("[[exchange]]\nid = \"n\"\ndialect = \"nrl\"\npath = \"/n\"\njwt = \"{jwt}\"\n");
        let tls = "exchanges = [\"n\"]\n[listener.tls]\ncert = \"c\"\nkey = \"k\"\nclient_ca = \"a\"\n";
        let jwt = |running: &str, new: &str| merged(&config(running), config(new)).config.exchanges[0].jwt;
        let (open, closed) = (locator("signed"), locator("unsigned") + &listener("spine", tls));
        let waiting = ["listener spine, which is added", "jwt of exchange n, whose listener changes, too"];
        check_waiting(&open, &closed, &waiting);
        assert_eq!(jwt(&open, &closed), JwtCheck::Signed);
        // where the listener is there already, it takes effect
        let signed = locator("signed") + &listener("spine", tls);
        assert_eq!(jwt(&signed, &closed), JwtCheck::Unsigned);
    }

    #[test]
    fn what_names_an_exchange_that_waits_takes_effect_without_it() {
        let partner = "[[partner]]\nid = \"p\"\nname = \"P\"\nexchanges = [\"a\", \"b\"]\n";
        let (running, new) = (exchange("a", "path = \"/a\""), exchange("b", "path = \"/b\""));
        let merged = merged(&config(&running), config(&(running.clone() + &new + partner))).config;
        let names: Vec<_> = merged.partners[0].exchanges.iter().map(|name| name.get_ref().0.as_str()).collect();
        assert_eq!((names, merged.check()), (vec!["a"], Ok(())));
    }

    /// A certificate that a listener would ask for after a restart is asked for by none until then.
    #[test]
    fn what_makes_sense_with_a_restart_only_is_found() {
        let new = "[server.tls]\ncert = \"c\"\nkey = \"k\"\nclient_ca = \"a\"\n[[partner]]\nid = \"p\"\nname = \"P\"\n\
                   exchanges = []\ncertificates = [\"FINGERPRINT\"]\n";
        let new = config(&new.replace("FINGERPRINT", &"0".repeat(64)));
        let wrong = merged(&config(""), new).config.check().expect_err("nobody could show one");
        assert!(wrong.contains("client_ca"), "{wrong}");
    }

    #[test]
    fn exchanges_stay_where_they_are() {
        let running = exchange("a", "path = \"/a\"") + &exchange("b", "path = \"/b\"");
        let new = exchange("c", "path = \"/c\"") + &exchange("b", "path = \"/x\"\nmode = \"strict\"");
        let waiting = ["exchange c, which is added", "exchange a, which is taken out", "path of exchange b"];
        check_waiting(&running, &new, &waiting);
        let merged = merged(&config(&running), config(&new)).config;
        let kept: Vec<_> = merged.exchanges.iter().map(|it| (it.path.get_ref().0.as_str(), it.mode)).collect();
        assert_eq!(kept, [("/a", crate::config::ModeName::Compat), ("/b", crate::config::ModeName::Strict)]);
    }
}

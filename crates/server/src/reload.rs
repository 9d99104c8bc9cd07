//! A configuration that is read again while the server runs: what of it takes effect now, and what needs a restart.

use crate::config::{Config, Exchange, Limits};

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
    let exchanges = running.exchanges.iter().map(|old| kept(old, &new, &mut waiting)).collect();
    let config = Config {
        server: running.server.clone(),
        store: running.store.clone(),
        audit: running.audit.clone(),
        limits,
        delivery: running.delivery.clone(),
        egress: running.egress.clone(),
        exchanges,
        partners: new.partners,
        apps: new.apps,
        organizations: new.organizations,
    };
    Merged { config, waiting }
}

/// An exchange as it goes on.
fn kept(old: &Exchange, new: &Config, waiting: &mut Vec<String>) -> Exchange {
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
    Exchange { path: old.path.clone(), bridge: old.bridge.clone(), ..found.clone() }
}

/// The exchange of the same name in another configuration. With another dialect it is another exchange.
fn same<'c>(config: &'c Config, exchange: &Exchange) -> Option<&'c Exchange> {
    config.exchanges.iter().find(|other| other.id == exchange.id && other.dialect == exchange.dialect)
}

#[cfg(test)]
mod tests {
    use super::{Config, merged};

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

//! Who is registered for an exchange whose partners work on the same referrals, made from the configuration.

use baton_dialects::ontario::{Directory, Registered, Role, Shape, Told, Unknown, Version};
use baton_exchange::id::PartnerId;

use crate::config::{self, Config, Exchange, Orphans, Partner, ReplyShape};

/// The partners of an exchange, with what they may be and how they are spoken to.
#[must_use]
pub fn directory(config: &Config, exchange: &Exchange) -> Directory {
    let mut directory = Directory::default();
    config.partners_of(exchange).map(registered).for_each(|partner| directory.put(partner));
    directory
}

fn registered(partner: &Partner) -> Registered {
    Registered {
        partner: PartnerId::from(partner.id.get_ref().0.as_str()),
        name: partner.name.clone(),
        roles: roles(partner).collect(),
        own: partner.own,
        version: match version(partner) {
            config::Version::V010 => Version::V010,
            config::Version::V011 => Version::V011,
            config::Version::Erec => Version::Erec,
        },
        reply: partner.reply.map(|reply| match reply {
            ReplyShape::Echo => Shape::Echo,
            ReplyShape::Message => Shape::Message,
            ReplyShape::Outcome => Shape::Outcome,
            ReplyShape::Status => Shape::Status,
        }),
        unknown: match partner.orphans {
            Orphans::Refuse => Unknown::Refuse,
            Orphans::Accept => Unknown::Accept,
        },
        told: partner.notify.as_ref().map(|notify| Told { url: notify.url.0.clone(), events: notify.events.clone() }),
    }
}

/// The edition that a partner speaks: the one that new ones are told to use, unless it says another.
/// Source: spec of Ontario, "Versions and tags".
#[must_use]
pub fn version(partner: &Partner) -> config::Version {
    partner.version.unwrap_or(config::Version::V011)
}

/// What a partner may be in such an exchange. The start warns of one that may be nothing.
pub fn roles(partner: &Partner) -> impl Iterator<Item = Role> {
    partner.roles.iter().filter_map(|role| match role {
        config::Role::Source => Some(Role::Source),
        config::Role::Target => Some(Role::Target),
        config::Role::ThirdParty => Some(Role::ThirdParty),
        config::Role::Provider | config::Role::Consumer => None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Config, Role, Shape, Unknown, Version, directory};

    const CONFIG: &str = r#"
[[exchange]]
id = "ontario"
dialect = "ontario"
path = "/ontario"
[[exchange]]
id = "other"
dialect = "ontario"
path = "/other"
[[partner]]
id = "cedar"
name = "Cedar"
exchanges = ["ontario"]
roles = ["source", "provider"]
[[partner]]
id = "lakeside"
name = "Lakeside"
exchanges = ["ontario", "other"]
roles = ["source", "target", "third-party"]
version = "0.10"
reply = "status"
orphans = "accept"
notify = { url = "https://lakeside.example.org/in", events = ["notify-update-status"] }
"#;

    #[test]
    fn a_partner_is_registered_as_it_is_configured() {
        let config = Config::parse(CONFIG, "f").unwrap();
        let directory = directory(&config, &config.exchanges[0]);
        let lakeside = directory.get(&"lakeside".into()).expect("it is registered");
        assert_eq!((lakeside.name.as_str(), lakeside.version), ("Lakeside", Version::V010));
        assert_eq!(lakeside.roles, [Role::Source, Role::Target, Role::ThirdParty]);
        assert_eq!((lakeside.reply, lakeside.unknown), (Some(Shape::Status), Unknown::Accept));
        let told = lakeside.told.as_ref().expect("it wants to be told");
        assert_eq!(told.url, "https://lakeside.example.org/in");
        assert!(told.wants("notify-update-status") && !told.wants("notify-add-appointment"));
    }

    #[test]
    fn who_says_little_has_the_documented_defaults() {
        let config = Config::parse(CONFIG, "f").unwrap();
        let directory = directory(&config, &config.exchanges[0]);
        let cedar = directory.get(&"cedar".into()).expect("it is registered");
        assert_eq!((cedar.version, cedar.reply, cedar.unknown), (Version::V011, None, Unknown::Refuse));
        assert_eq!((cedar.roles.as_slice(), &cedar.told), (&[Role::Source][..], &None));
    }

    #[test]
    fn partners_of_other_exchanges_are_not_registered() {
        let config = Config::parse(CONFIG, "f").unwrap();
        assert_eq!(directory(&config, &config.exchanges[1]).get(&"cedar".into()), None);
    }
}

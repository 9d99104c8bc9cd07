//! Bridges between exchanges: what has to be true of both ends.

use super::{
    Config, DialectName, Exchange, Role,
    check::{Fault, fault},
};

/// Each bridge leads from a netsmart exchange to an ontario exchange that knows all its partners as sources.
pub(super) fn check(config: &Config) -> Result<(), Fault> {
    config.exchanges.iter().try_for_each(|exchange| check_one(config, exchange))
}

fn check_one(config: &Config, from: &Exchange) -> Result<(), Fault> {
    let Some(bridge) = &from.bridge else { return Ok(()) };
    let id = &bridge.get_ref().0;
    if *from.dialect.get_ref() != DialectName::Netsmart {
        return Err(fault(
            bridge,
            "`bridge` is a key of netsmart exchanges: theirs are the messages that it knows".to_owned(),
        ));
    }
    let is_end = |to: &&Exchange| to.id.get_ref() == bridge.get_ref() && *to.dialect.get_ref() == DialectName::Ontario;
    let Some(to) = config.exchanges.iter().find(is_end) else {
        return Err(fault(bridge, format!("`bridge` names the id of an ontario exchange, and `{id}` is none")));
    };
    for partner in config.partners_of(from) {
        let is_there = config.partners_of(to).any(|other| other.id.get_ref() == partner.id.get_ref());
        if !is_there || !partner.roles.contains(&Role::Source) {
            let (name, from) = (&partner.id.get_ref().0, &from.id.get_ref().0);
            let message = format!(
                "what `{name}` sends to `{from}` goes on to `{id}`: it needs `{id}` among its exchanges and the role `source`"
            );
            return Err(fault(&partner.id, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[track_caller]
    fn check(from: &str, to: &str, partner: &str, says: Option<&str>) {
        let text = format!(
            "[[exchange]]\nid = \"n\"\ndialect = \"{from}\"\npath = \"/n\"\nbridge = \"{to}\"\n\
             [[exchange]]\nid = \"o\"\ndialect = \"ontario\"\npath = \"/o\"\n\
             [[partner]]\nid = \"clinic\"\nname = \"Clinic\"\n{partner}\n"
        );
        let error = Config::parse(&text, "f").err().map(|error| error.to_string());
        match (says, error) {
            (None, error) => assert_eq!(error, None),
            (Some(says), error) => assert!(error.as_deref().is_some_and(|error| error.contains(says)), "{error:?}"),
        }
    }

    #[test]
    fn a_bridge_leads_from_netsmart_to_ontario_with_all_its_partners() {
        let both = "exchanges = [\"n\", \"o\"]\nroles = [\"source\"]";
        check("ontario", "o", both, Some("f:5:10: `bridge` is a key of netsmart"));
        check("netsmart", "n", both, Some("`n` is none"));
        check("netsmart", "o", "exchanges = [\"n\"]\nroles = [\"source\"]", Some("what `clinic` sends to `n`"));
        check("netsmart", "o", "exchanges = [\"n\", \"o\"]", Some("the role `source`"));
        check("netsmart", "o", both, None);
    }
}

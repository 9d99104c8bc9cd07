//! Who is registered for an exchange: each partner's roles, its version of the guide, and where it wants to be told what.
//! Source: contract, `[[partner]]`; spec of Ontario, 1.7 "endpoint registration".

use std::collections::BTreeMap;

use baton_exchange::id::PartnerId;

/// An edition of the guide. Source: spec of Ontario, "Versions and tags".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// 0.10
    V010,
    /// 0.11 and 0.12: same events.
    V011,
    /// CA:eReC, the pan-Canadian guide.
    Erec,
}

/// What a system may be in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// It refers ("RMS Source").
    Source,
    /// It is referred to ("RMS Target").
    Target,
    /// It is told.
    ThirdParty,
}

/// The shape of an answer to what was accepted. Source: spec of Ontario, 1.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A Bundle, no message, with what was submitted and the Task.
    Echo,
    /// A response message.
    Message,
    /// An OperationOutcome.
    Outcome,
    /// The HTTP status alone.
    Status,
}

/// What is said of a message whose referral is not there. It is kept in both cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Unknown {
    /// 404: the sender may try again.
    #[default]
    Refuse,
    /// 202: it is put into effect when the referral comes.
    Accept,
}

/// A place where a partner wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The address.
    pub url: String,
    /// Codes of the events that it wants, in its own version's words; `*` for all.
    pub events: Vec<String>,
}

impl Told {
    /// Whether it wants an event.
    #[must_use]
    pub fn wants(&self, event: &str) -> bool {
        self.events.iter().any(|wanted| wanted == "*" || wanted == event)
    }
}

/// A partner as an exchange knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    /// Which one.
    pub partner: PartnerId,
    /// Its name for people.
    pub name: String,
    /// What it may be; several are possible.
    pub roles: Vec<Role>,
    /// Whether it is Baton itself: a desk whose people work in it, and no other system.
    pub own: bool,
    /// What it speaks.
    pub version: Version,
    /// How it wants to be answered; nothing for the version's own way.
    pub reply: Option<Shape>,
    /// What it hears of messages whose referral is not there.
    pub unknown: Unknown,
    /// Where it wants to be told; nothing for one that asks.
    pub told: Option<Told>,
}

impl Registered {
    /// Whether it may be that.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// All partners of an exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    partners: BTreeMap<PartnerId, Registered>,
}

impl Directory {
    /// Puts a partner in, in the place of what was known of it.
    pub fn put(&mut self, registered: Registered) {
        self.partners.insert(registered.partner.clone(), registered);
    }

    /// What is known of a partner.
    #[must_use]
    pub fn get(&self, partner: &PartnerId) -> Option<&Registered> {
        self.partners.get(partner)
    }

    /// All that may be that, in the order of their ids.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &Registered> {
        self.partners.values().filter(move |registered| registered.is(role))
    }
}

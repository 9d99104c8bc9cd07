//! Who calls: the audit token, the two numbers, the certificate and the role, in this order.
//! Source: NRL "API Update Interaction", "Update Request Headers"; docs/dialects/nrl.md, "Order of checks".

use baton_exchange::{
    access::{LocatorRole, System, may_act_as},
    audit::{Agent, Interaction},
    time::Timestamp,
};

use super::{
    Locator,
    fault::Fault,
    token::{self, Holder, Token, Use, Verify},
};

/// What a request's head says of its caller.
#[derive(Clone, Copy)]
pub struct Head<'h> {
    /// `Authorization`.
    pub authorization: Option<&'h str>,
    /// `fromASID`.
    pub from_asid: Option<&'h str>,
    /// `toASID`.
    pub to_asid: Option<&'h str>,
    /// Checks signatures.
    pub verify: Verify<'h>,
    /// Whether the connection's certificate is one of a system's.
    pub has_certificate_of: &'h dyn Fn(&System) -> bool,
}

/// A caller that may go on.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Its system.
    pub system: System,
    /// What the audit keeps of its token.
    pub agent: Agent,
    pub(super) holder: Holder,
}

/// A caller that may not, as far as it is known.
#[derive(Clone, Debug)]
pub struct NotAdmitted {
    /// Why.
    pub fault: Fault,
    /// What the audit keeps of its token.
    pub agent: Agent,
    /// Its system.
    pub system: Option<System>,
}

impl From<Fault> for Box<NotAdmitted> {
    fn from(fault: Fault) -> Box<NotAdmitted> {
        Box::new(NotAdmitted { fault, agent: Agent::default(), system: None })
    }
}

/// Decides whether a caller may ask for an interaction at all.
///
/// # Errors
/// The first thing that is wrong, with what is known of the caller.
pub fn admit(
    locator: &Locator,
    head: &Head<'_>,
    interaction: Interaction,
    now: Timestamp,
) -> Result<Admitted, Box<NotAdmitted>> {
    let claims = token::read(locator, head.authorization, head.verify)?;
    let token = token::check(locator, &claims, use_of(interaction))?;
    let agent = token.agent.clone();
    let known = head.from_asid.map(str::trim).and_then(|asid| locator.directory.system(asid));
    let system = known.map(|registered| registered.system.clone());
    match checked(locator, head, interaction, &token, system.as_ref(), now) {
        Ok(system) => Ok(Admitted { system, agent, holder: token.holder }),
        Err(fault) => Err(Box::new(NotAdmitted { fault, agent, system })),
    }
}

fn checked(
    locator: &Locator,
    head: &Head<'_>,
    interaction: Interaction,
    token: &Token,
    system: Option<&System>,
    now: Timestamp,
) -> Result<System, Fault> {
    let system = system.ok_or(Fault::FromAsid)?;
    if !(head.has_certificate_of)(system) {
        return Err(Fault::Certificate);
    }
    if head.to_asid.map(str::trim) != Some(locator.spine_asid.as_str()) {
        return Err(Fault::ToAsid);
    }
    must_be_sender(locator, token, system)?;
    token::check_times(locator, token, now)?;
    may(locator, system, interaction)?;
    Ok(system.clone())
}

/// A token that was made for another system would make the audit worthless.
pub(super) fn must_be_sender(locator: &Locator, token: &Token, system: &System) -> Result<(), Fault> {
    if token.asid == system.asid || !locator.wording.compares_sender() {
        return Ok(());
    }
    Err(Fault::SystemNotSender { asid: token.asid.clone() })
}

fn may(locator: &Locator, system: &System, interaction: Interaction) -> Result<(), Fault> {
    let role = match interaction {
        Interaction::Create | Interaction::Update | Interaction::Delete | Interaction::Audit | Interaction::Export => {
            LocatorRole::Provider
        }
        Interaction::Search if locator.wording.lets_providers_search() => return Ok(()),
        Interaction::Read | Interaction::Search | Interaction::Retrieve => LocatorRole::Consumer,
        Interaction::Other => return Ok(()),
    };
    may_act_as(system, role).map_err(Fault::from)
}

fn use_of(interaction: Interaction) -> Use {
    match interaction {
        Interaction::Create | Interaction::Update | Interaction::Delete => Use::Write,
        Interaction::Read | Interaction::Search | Interaction::Audit | Interaction::Export | Interaction::Other => {
            Use::Read
        }
        Interaction::Retrieve => Use::Fetch,
    }
}

impl Admitted {
    /// Refuses a citizen who asks about another patient.
    pub(super) fn may_see(&self, locator: &Locator, number_is: impl FnOnce(&str) -> bool) -> Result<(), Fault> {
        match &self.holder {
            Holder::Citizen(number) if locator.wording.compares_patient() && !number_is(number) => {
                Err(Fault::NotThatPatient)
            }
            Holder::Citizen(_) | Holder::Professional | Holder::Unattended => Ok(()),
        }
    }
}

//! Who is who at a locator: systems by their number, organisations by their code.
//! Source: NRL "Directory" (the Spine Directory Service); here it is the configuration.

use std::collections::HashMap;

use baton_exchange::{access::System, pointer::Ods};

/// A system as the locator's gate knows it.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Who it is, and what it may do.
    pub system: System,
    /// Addresses under which its records may be fetched.
    pub endpoints: Vec<String>,
}

/// What the locator knows of systems and organisations.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    systems: HashMap<String, Registered>,
    /// Whether each may be a custodian.
    organizations: HashMap<Ods, Custody>,
}

/// Whether an organisation may be a custodian.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Custody {
    /// It is known, and answers for no pointers.
    None,
    /// It may answer for pointers.
    Provider,
}

impl Directory {
    /// Adds a system; its organisation is known from then on.
    pub fn add_system(&mut self, registered: Registered) {
        self.add_organization_of(&registered.system);
        self.systems.insert(registered.system.asid.clone(), registered);
    }

    /// Adds the organisation of a system that is kept out itself: there may be pointers that it answers for.
    pub fn add_organization_of(&mut self, system: &System) {
        let custody = match system.roles.contains(&baton_exchange::access::LocatorRole::Provider) {
            true => Custody::Provider,
            false => Custody::None,
        };
        self.add_organization(system.ods.clone(), custody);
    }

    /// Adds an organisation. One that may be a custodian stays so.
    pub fn add_organization(&mut self, ods: Ods, custody: Custody) {
        let known = self.organizations.entry(ods).or_insert(custody);
        *known = custody.max(*known);
    }

    /// The system with a number.
    #[must_use]
    pub fn system(&self, asid: &str) -> Option<&Registered> {
        self.systems.get(asid)
    }

    /// Whether an organisation may be a custodian; nothing when it is not known.
    #[must_use]
    pub fn custody(&self, ods: &Ods) -> Option<Custody> {
        self.organizations.get(ods).copied()
    }
}

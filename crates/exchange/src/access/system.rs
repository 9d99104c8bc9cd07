//! A system that a record locator knows, and what it may do there.

use crate::pointer::Ods;
use crate::{id::PartnerId, refusal::Refusal};

/// What a system does at a record locator. Source: NRL "Pointer Overview", actors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocatorRole {
    /// It makes pointers to its own records.
    Provider,
    /// It finds pointers.
    Consumer,
}

/// A partner's system at a record locator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct System {
    /// The partner.
    pub partner: PartnerId,
    /// The number of the system.
    pub asid: String,
    /// The organisation that it acts for.
    pub ods: Ods,
    /// What it may do; both is possible.
    pub roles: Vec<LocatorRole>,
}

impl System {
    /// Whether it may speak for an organisation: only for its own.
    #[must_use]
    pub fn acts_for(&self, organization: &Ods) -> bool {
        self.ods == *organization
    }
}

/// Decides whether a system may do what a role does.
///
/// # Errors
/// [`Refusal::RoleMissing`] when it has not that role.
pub fn may_act_as(system: &System, role: LocatorRole) -> Result<(), Refusal> {
    if system.roles.contains(&role) { Ok(()) } else { Err(Refusal::RoleMissing) }
}

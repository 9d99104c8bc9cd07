//! Sends messages of several partners to the rules and looks at what becomes of their referrals.
//! Source: spec of Ontario, all sections; docs/dialects/ontario.md.

mod bundle;
mod composed;
mod contents;
mod convergence;
mod labour;
mod letter;
mod life;
mod memory;
mod naming;
mod onward;
mod part;
mod replied;
mod reply;
mod target;
mod world;

pub(super) use bundle::{Letter, add_number, remove, system_of};
pub(super) use life::{forward, life};
pub(super) use world::{Answer, World, source, target, third};

use super::events::VERSIONS;

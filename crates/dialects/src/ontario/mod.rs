//! Ontario eReferral: referrals that a source sends and a target works on, told to all who have a part in them, in the
//! version that each of them speaks: 0.10, 0.11/0.12 and CA:eReC.
//! Source: seeds/000 "Update Referral", seeds/003 "Integration Methods", the guide 0.10 to 0.12, CA:eReC 1.1; what they leave
//! open is decided in docs/dialects/ontario.md.

mod arrive;
mod case;
mod compose;
mod contents;
mod desk;
mod directory;
mod envelope;
mod event;
mod events;
mod focus;
mod html;
mod identity;
mod keep;
mod message;
mod metadata;
mod names;
mod outcomes;
mod paper;
mod quirks;
mod replied;
mod reply;
mod rules;
pub mod sample;
mod settle;
mod summary;
mod target;
mod task;
mod tell;
mod telling;
mod thin;
mod work;
mod written;

#[cfg(test)]
mod tests;

pub(crate) use arrive::arrive;
pub(crate) use case::keys_of;
pub(crate) use compose::add_event;
pub use directory::{Directory, Registered, Role, Shape, Told, Unknown, Version};
pub use envelope::{Envelope, Unsendable, envelope};
pub(crate) use metadata::{capability_statement, conformance_resources};
pub(crate) use outcomes::outcomes;
pub use paper::{PAPER_BYTES_MAX, paper_bytes, passed_as};
pub use replied::{Answers, answers};
pub(crate) use settle::settle;
pub use tell::{PUT_BUNDLE, may_still_hear};

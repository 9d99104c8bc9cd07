//! Ontario eReferral: referrals that a source sends and a target works on, told to all who have a part in them, in the
//! version that each of them speaks: 0.10, 0.11/0.12 and CA:eReC.
//! Source: seeds/000 "Update Referral", seeds/003 "Integration Methods", the guide 0.10 to 0.12, CA:eReC 1.1; what they leave
//! open is decided in docs/dialects/ontario.md.

mod directory;
mod events;
mod html;
mod metadata;
mod paper;
mod telling;

pub use directory::{Directory, Registered, Role, Shape, Told, Unknown, Version};

//! The rules: what may be accepted, what happens next, what must be remembered.
//!
//! Everything here is a plain function from what arrived and what is known to a decision or a refusal. Nothing does
//! I/O, reads a clock or rolls dice: time and new ids are parameters.

pub mod access;
pub mod audit;
pub mod decision;
pub mod delivery;
pub mod endpoint;
pub mod erasure;
pub mod id;
pub mod message;
pub mod notice;
pub mod pointer;
pub mod referral;
pub mod refusal;
pub mod resource;
pub mod search;
pub mod time;

//! Netsmart Referral Manager: referrals by two FHIR R4 messages.
//! Source: Netsmart "Submit Service Request Message", "Update Service Request Message", "Process Message Operation", "Common
//! Errors"; what they leave open is decided in docs/dialects/netsmart.md.

mod address;
mod arrive;
mod contents;
mod identity;
mod metadata;
mod reply;
mod resource;
mod rules;
pub mod sample;
mod settle;
mod tables;

pub(crate) use arrive::arrive;
pub(crate) use metadata::{capability_statement, conformance_resources};
pub(crate) use settle::settle;
pub(crate) use tables::outcomes;

#[cfg(test)]
mod tests;

//! The wire: what FHIR data looks like, in JSON and XML, for every version that a guide asks for.
//!
//! Nothing here does I/O, reads a clock or rolls dice. A document is a lossless [`tree::Tree`]; the definitions of a
//! FHIR version are data ([`definitions`]); what is wrong with a document is a list of [`finding::Finding`]s.

pub mod attachment;
pub mod binary;
mod budget;
pub mod bundle;
pub mod canonical;
pub mod check;
mod decimal;
pub mod definitions;
pub mod encounter;
pub mod entity;
pub mod feed;
pub mod finding;
pub mod format;
pub mod json;
pub mod listing;
pub mod message;
pub mod outcome;
pub mod patch;
pub mod path;
pub mod patient;
pub mod reading;
pub mod reference;
pub mod search;
pub mod search_codes;
pub mod search_shape;
pub mod search_values;
pub mod tree;
pub mod xml;

#[cfg(test)]
mod testing;

//! FHIR XML: bytes to a tree in the shape of JSON and back, by the definitions.
//! Source: FHIR R4, "XML Representation of Resources".

mod content;
mod element;
mod read;
pub mod rules;
mod write;

pub use read::read;
pub use write::write;

const FHIR: &str = "http://hl7.org/fhir";

#[cfg(test)]
mod tests;

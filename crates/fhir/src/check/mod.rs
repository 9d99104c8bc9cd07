//! Compares a document with FHIR's definitions, and in compat repairs what partners are known to send.

mod narrative;

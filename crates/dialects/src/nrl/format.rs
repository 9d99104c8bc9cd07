//! JSON or XML, asked for and sent.
//! Source: NRL "Interaction Content Types", "Unsupported Media Type".

use baton_fhir::format::{ContentType, Format, accept_any, content_type};

use super::{FHIR_VERSION, FORMAT, Locator, fault::Fault};

/// The format of an answer: `_format` wins, then Accept, then XML.
///
/// # Errors
/// [`Fault::MediaType`] when what is asked for cannot be given.
pub fn wanted(locator: &Locator, accept: Option<&str>, parameter: Option<&str>) -> Result<Format, Fault> {
    match accept_any(accept, parameter, FHIR_VERSION, FORMAT, FORMAT) {
        Some(format) => Ok(format),
        None if parameter.is_none_or(str::is_empty) && locator.wording.overlooks_accept() => Ok(FORMAT),
        None => Err(Fault::MediaType),
    }
}

/// The format of a body.
///
/// # Errors
/// [`Fault::MediaType`] for all that is neither.
pub fn sent(header: Option<&str>) -> Result<Format, Fault> {
    match content_type(header, FHIR_VERSION) {
        ContentType::Fhir(format) => Ok(format),
        ContentType::Form | ContentType::Unsupported => Err(Fault::MediaType),
    }
}

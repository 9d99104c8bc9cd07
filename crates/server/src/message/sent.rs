//! What a body is, by its Content-Type.

use baton_dialects::{Mode, PatchLanguage};
use baton_exchange::refusal::Refusal;
use baton_fhir::format::{ContentType, Format, content_type};
use hyper::{Method, header::CONTENT_TYPE};

use crate::{
    exchanged::Exchanged,
    http::{dispatch::Asked, route::Place},
};

/// What a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) format: Format,
    /// Whether it came under a form's name, which compat lets pass for messages and warns of.
    pub(super) as_form: bool,
    /// In which language its changes are written, if it is a patch.
    pub(super) language: PatchLanguage,
}

/// Reads the Content-Type of a body that is sent to a place.
///
/// # Errors
/// [`Refusal::UnsupportedContentType`]
pub(super) fn sent(exchange: &Exchanged, at: &Place, asked: &Asked<'_>) -> Result<Sent, Refusal> {
    let header = asked.header(CONTENT_TYPE);
    let sent = Sent { format: Format::Json, as_form: false, language: PatchLanguage::FhirPath };
    if asked.head.method == Method::PATCH && is_json_patch(header) {
        return Ok(Sent { language: PatchLanguage::Json, ..sent });
    }
    let may_be_form = exchange.mount.mode == Mode::Compat && *at == Place::ProcessMessage;
    match content_type(header, exchange.mount.dialect.fhir_version()) {
        ContentType::Fhir(format) => Ok(Sent { format, ..sent }),
        ContentType::Form if may_be_form => Ok(Sent { as_form: true, ..sent }),
        ContentType::Form | ContentType::Unsupported => {
            Err(Refusal::UnsupportedContentType { content_type: header.map(str::to_owned) })
        }
    }
}

/// Whether a Content-Type is that of JSON Patch, which is always UTF-8. Source: RFC 6902, section 6.
fn is_json_patch(header: Option<&str>) -> bool {
    header.is_some_and(|value| {
        let name = value.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("application/json-patch+json")
    })
}

#[cfg(test)]
mod tests {
    use super::is_json_patch;

    #[test]
    fn json_patch_has_a_type_of_its_own() {
        for header in ["application/json-patch+json", "Application/JSON-Patch+JSON; charset=utf-8"] {
            assert!(is_json_patch(Some(header)), "{header}");
        }
        for header in [None, Some(""), Some("application/json"), Some("application/merge-patch+json")] {
            assert!(!is_json_patch(header), "{header:?}");
        }
    }
}

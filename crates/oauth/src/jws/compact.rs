//! Takes a signed token apart, and believes nothing of it. Source: RFC 7515, sections 3.1 and 5.2.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::json;

/// A token in three parts, whose signature nobody has looked at.
#[derive(Clone)]
pub(crate) struct Compact {
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
    /// What the signature covers.
    pub(crate) signed: String,
    /// In base64url.
    pub(crate) signature: String,
}

/// Where a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotCompact {
    Parts,
    Header,
    Claims,
}

impl Compact {
    /// Reads exactly three parts in base64url without padding, the first two of them JSON objects.
    pub(crate) fn read(token: &str) -> Result<Compact, NotCompact> {
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotCompact::Parts);
        };
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| NotCompact::Parts);
        if bytes(signature)?.is_empty() {
            return Err(NotCompact::Parts);
        }
        Ok(Compact {
            header: json::object(&bytes(header)?).ok_or(NotCompact::Header)?,
            claims: json::object(&bytes(claims)?).ok_or(NotCompact::Claims)?,
            signed: format!("{header}.{claims}"),
            signature: signature.to_owned(),
        })
    }
}

//! Under which type a paper goes on that came from elsewhere: as what it says it is only when it is that.
//! Source: docs/dialects/ontario.md, "Attachments"; Ocean "attachments" (types).

use baton_exchange::refusal::Refusal;

use super::{
    content::{Content, content},
    label::{essence, holds},
};

/// The type for bytes of which nothing is known.
const UNKNOWN: &str = "application/octet-stream";

/// The type under which a paper may be handed on: the one that its document declares, when its bytes are of that type.
///
/// ```
/// use baton_dialects::ontario::passed_as;
/// assert_eq!(passed_as(Some("application/pdf; q=1"), b"%PDF-1.7"), Ok("application/pdf".to_owned()));
/// assert_eq!(passed_as(Some("application/pdf"), b"GIF89a"), Ok("application/octet-stream".to_owned()));
/// ```
///
/// # Errors
/// [`Refusal::PaperHarmful`] for a program, and for a page that says it is something else.
pub fn passed_as(declared: Option<&str>, bytes: &[u8]) -> Result<String, Refusal> {
    let declared = declared.map(essence).unwrap_or_default();
    let found = content(bytes);
    let fits = holds(&declared).is_some_and(|(_, holds)| holds.contains(&found));
    match found {
        Content::Program | Content::Script => Err(Refusal::PaperHarmful),
        Content::Html | Content::Svg if !fits => Err(Refusal::PaperHarmful),
        _ if fits => Ok(declared),
        _ => Ok(UNKNOWN.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, UNKNOWN, passed_as};

    #[test]
    fn what_harms_is_not_handed_on_whatever_it_says() {
        for (declared, bytes) in [
            (Some("application/pdf"), &b"MZ\x90\0\x03\0\0\0"[..]),
            (Some("text/plain"), b"<html><script>alert(1)</script>"),
            (None, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            (Some("text/plain"), b"#!/bin/sh\nrm -r /"),
        ] {
            assert_eq!(passed_as(declared, bytes), Err(Refusal::PaperHarmful), "{declared:?}");
        }
    }

    #[test]
    fn a_paper_is_what_it_says_only_when_it_is_that() {
        assert_eq!(passed_as(Some("image/PNG"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").as_deref(), Ok("image/png"));
        for declared in [None, Some("image/jpeg"), Some("made/up"), Some("x\r\nSet-Cookie: a")] {
            assert_eq!(passed_as(declared, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").as_deref(), Ok(UNKNOWN), "{declared:?}");
        }
        assert_eq!(passed_as(Some("application/pdf"), b"").as_deref(), Ok(UNKNOWN));
    }
}

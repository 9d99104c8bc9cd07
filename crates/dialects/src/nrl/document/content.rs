//! Where the record is, and what it is like there.
//! Source: NRL "Pointer FHIR Resource", content, retrieval URL, content stability, retrieval format.

use baton_exchange::time::Timestamp;
use baton_fhir::tree::Node;

use super::{
    coding::{self, Version},
    profile::Wrongs,
};
use crate::nrl::{Locator, fault::Fault, reference::Subject, values::Member};

const STABILITY: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-NRL-ContentStability-1";
const RETRIEVAL_MODE: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-NRLS-RecordRetrievalMode-2";

/// Checks codes: how stable the content is, and in which format it comes.
pub(super) fn codes(locator: &Locator, content: Node<'_>, record_type: Option<&Member>, wrongs: &mut Wrongs) {
    stability(locator, content, wrongs);
    let Some(format) = content.get("format") else {
        if !locator.wording.is_before_class() {
            wrongs.missing(content, "format");
        }
        return;
    };
    if locator.wording.is_before_class() {
        return;
    }
    let member = coding::of_coding(locator, format, &locator.values.format, Version::Allowed, wrongs);
    if let (Some(member), Some(record_type)) = (member, record_type)
        && !record_type.formats.is_empty()
        && !record_type.formats.contains(&member.code)
    {
        wrongs.because(format, "records of this type do not come in this format");
    }
}

fn stability(locator: &Locator, content: Node<'_>, wrongs: &mut Wrongs) {
    let extensions = || content.each("extension");
    let named = |url: &str| extensions().filter(|extension| extension.str("url") == Some(url)).count();
    if locator.wording.is_before_class() && named(RETRIEVAL_MODE) > 0 {
        return;
    }
    let extension = extensions().find(|extension| extension.str("url") == Some(STABILITY));
    let (Some(extension), 1) = (extension, named(STABILITY)) else {
        match extension {
            None => wrongs.missing(content, "extension"),
            Some(again) => wrongs.because(again, "the content stability has to be given exactly once"),
        };
        return;
    };
    match extension.get("valueCodeableConcept") {
        None => wrongs.missing(extension, "valueCodeableConcept"),
        Some(concept) => {
            let set = &locator.values.content_stability;
            coding::of_concept(locator, concept, set, Version::Allowed, wrongs);
        }
    }
}

/// Checks the attachment: a type of media and an address that holds for whoever fetches it.
pub(super) fn attachment(
    locator: &Locator,
    content: Node<'_>,
    subject: Option<&Subject>,
    now: Timestamp,
    wrongs: &mut Wrongs,
) {
    // a missing attachment is reported by FHIR's own rules
    let Some(attachment) = content.get("attachment") else { return };
    let media_type = attachment.str("contentType");
    if !media_type.is_some_and(is_media_type) {
        wrongs.member(attachment, "contentType", element("contenttype"));
    }
    let url = attachment.str("url").unwrap_or_default();
    if !is_absolute(url) {
        wrongs.member(attachment, "url", element("url"));
    } else if let Some(reason) = harmful(url).or_else(|| unfit(locator, url, subject)) {
        let fault = Fault::ElementBecause { element: "url".to_owned(), reason: reason.to_owned() };
        wrongs.member(attachment, "url", fault);
    }
    let made = attachment.str("creation").and_then(first_moment);
    if locator.wording.checks_creation() && made.is_some_and(|made| made > now) {
        wrongs.member(attachment, "creation", element("content.attachment.creation"));
    }
}

/// The first moment of a dateTime: of a date, in UTC.
fn first_moment(date_time: &str) -> Option<Timestamp> {
    const REST: &str = "0000-01-01T00:00:00Z";
    Timestamp::parse(date_time)
        .or_else(|| REST.get(date_time.len()..).and_then(|rest| Timestamp::parse(&format!("{date_time}{rest}"))))
}

fn element(element: &str) -> Fault {
    Fault::Element { element: element.to_owned() }
}

/// A type and a subtype, with parameters perhaps. Source: BCP 13.
fn is_media_type(text: &str) -> bool {
    let is_token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    let name = text.split(';').next().unwrap_or_default().trim_end();
    name.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
}

/// A scheme and something behind it. Source: RFC 3986, section 4.3.
fn is_absolute(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once(':') else { return false };
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let is_clean = !url.contains(|char: char| char.is_whitespace() || char.is_control());
    let has_place = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            rest.strip_prefix("//").is_some_and(|place| !place.starts_with(['/', '?', '#', ':']) && !place.is_empty())
        }
        _ => !rest.is_empty(),
    };
    is_scheme && is_clean && has_place
}

/// Schemes that hold or run something themselves, or lead into the reader's own machine. The guide knows more schemes than
/// http and https (`tel:` for a contact), so that it is these that are refused and not all others.
const HARMFUL: [&str; 8] = ["about", "blob", "data", "file", "filesystem", "javascript", "vbscript", "view-source"];

/// Why an address must not reach somebody who follows it.
fn harmful(url: &str) -> Option<&'static str> {
    let scheme = url.split(':').next().unwrap_or_default();
    let is_harmful = HARMFUL.iter().any(|harmful| scheme.eq_ignore_ascii_case(harmful));
    is_harmful.then_some("the scheme of the address must be one that leads to a record")
}

/// Why an absolute address is no address of a record.
fn unfit(locator: &Locator, url: &str, subject: Option<&Subject>) -> Option<&'static str> {
    if !locator.wording.checks_addresses() {
        return None;
    }
    if host(url).is_some_and(|host| locator.ssp_hosts.iter().any(|proxy| proxy.eq_ignore_ascii_case(host))) {
        return Some("the address must be the record's own, without that of the secure proxy");
    }
    if subject.is_some_and(|subject| url.contains(subject.number())) {
        return Some("the address must not have the patient's number in it");
    }
    None
}

/// The host of an address, without user and port.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    Some(match place.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => place,
    })
}

//! Codes of the profile: one coding each, whole, and out of its value set.
//! Source: NRL "Pointer FHIR Resource", bindings; "Supported Pointer Types".

use baton_fhir::tree::Node;

use super::profile::Wrongs;
use crate::nrl::{
    Displays, Locator,
    values::{Member, ValueSet},
};

/// Whether a coding may say which version of its system it is of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Allowed,
    Forbidden,
}

/// The one coding of a CodeableConcept.
pub(super) fn of_concept<'v>(
    locator: &Locator,
    concept: Node<'_>,
    set: &'v ValueSet,
    version: Version,
    wrongs: &mut Wrongs,
) -> Option<&'v Member> {
    let mut codings = concept.each("coding");
    match (codings.next(), codings.next()) {
        (Some(coding), None) => return of_coding(locator, coding, set, version, wrongs),
        (None, _) => wrongs.missing(concept, "coding"),
        (Some(_), Some(second)) => wrongs.because(second, "there has to be exactly one coding"),
    }
    None
}

/// A coding: system, code and display, all of them as the value set has them.
pub(super) fn of_coding<'v>(
    locator: &Locator,
    coding: Node<'_>,
    set: &'v ValueSet,
    version: Version,
    wrongs: &mut Wrongs,
) -> Option<&'v Member> {
    let parts = ["system", "code", "display"].map(|name| (name, coding.str(name)));
    if let Some((name, _)) = parts.iter().find(|(_, part)| part.is_none()) {
        wrongs.missing(coding, name);
        return None;
    }
    let [system, code, display] = parts.map(|(_, part)| part.unwrap_or_default());
    match (fitting(locator, system, code, display, set), coding.get("version")) {
        (Ok(_), Some(given)) if version == Version::Forbidden => {
            wrongs.because(given, "a version of the code system must not be given");
            None
        }
        (Ok(member), _) => Some(member),
        (Err(reason), _) => {
            wrongs.because(coding, &reason);
            None
        }
    }
}

/// The member of a value set that a coding is, or why it is none.
fn fitting<'v>(
    locator: &Locator,
    system: &str,
    code: &str,
    display: &str,
    set: &'v ValueSet,
) -> Result<&'v Member, String> {
    if system != set.system {
        return Err(format!("the system has to be {}", set.system));
    }
    let member = set.member(code).ok_or("the code is not in the value set of this element")?;
    if is_compared(locator) && !is_display(locator, member, display) {
        return Err(format!("the display of {} has to be \"{}\"", member.code, member.display));
    }
    Ok(member)
}

fn is_compared(locator: &Locator) -> bool {
    locator.displays == Displays::Exact && locator.wording.compares_displays()
}

/// The older pages print the fully specified name, which ends in what kind of thing it is.
fn is_display(locator: &Locator, member: &Member, display: &str) -> bool {
    let specified = |rest: &str| rest.starts_with(" (") && rest.ends_with(')');
    display == member.display
        || (locator.wording.is_before_class() && display.strip_prefix(member.display.as_str()).is_some_and(specified))
}

//! Bytes to a tree, and what the base rules of FHIR say of it.
//! Source: NRL "Invalid Request Message", "Invalid Resource (Create, Supersede)"; FHIR STU3, "JSON" and "XML".

use baton_fhir::{
    check::{self, Options},
    finding::Finding,
    format::Format,
    json,
    reading::{ReadLimits, Reading},
    tree::Tree,
    xml,
};

use crate::{
    Mode,
    nrl::{
        Locator,
        fault::Fault,
        fhir,
        outcome::{Refused, Wrong},
    },
};

/// A body that could be read.
pub(in crate::nrl) struct Read {
    pub(in crate::nrl) tree: Tree,
    findings: Vec<Finding>,
}

fn reading(locator: &Locator) -> Reading {
    match locator.mode {
        Mode::Compat => Reading::Repair,
        Mode::Strict => Reading::Strict,
    }
}

/// Reads a body.
///
/// # Errors
/// [`Fault::BodyUnreadable`] for an empty one, [`Fault::BodyMalformed`] with the place for one that is no document.
pub(in crate::nrl) fn read(locator: &Locator, body: &[u8], format: Format) -> Result<Read, Refused> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Fault::BodyUnreadable.into());
    }
    let limits = ReadLimits::default();
    let (read, name) = match format {
        Format::Json => (json::read(body, reading(locator), &limits), "JSON"),
        Format::Xml => (xml::read(body, fhir(), reading(locator), &limits), "XML"),
    };
    match read {
        Ok(read) => Ok(Read { tree: read.tree, findings: read.findings }),
        Err(finding) => {
            let place = finding.position.map(|position| format!("{position}: ")).unwrap_or_default();
            let reason = format!("{place}{}", finding.diagnostics);
            let fault = Fault::BodyMalformed { format: name, reason };
            Err(Wrong {
                fault,
                expression: finding.expression.clone(),
                position: finding.position,
                finding: Some(*finding),
            }
            .into())
        }
    }
}

/// What the base rules say: what is wrong, and what was repaired.
pub(super) fn base(locator: &Locator, read: &mut Read) -> (Vec<Wrong>, Vec<Finding>) {
    let mut findings = std::mem::take(&mut read.findings);
    findings.append(&mut check::document(&mut read.tree, fhir(), &Options::new(reading(locator))));
    let (refusing, mut warnings): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|finding| finding.severity.refuses());
    warnings.dedup();
    (refusing.into_iter().filter(|finding| !is_ours_to_say(finding)).map(wrong).collect(), warnings)
}

/// What the base rules say of a patch: what was repaired. Operations behind the first one do not count.
///
/// # Errors
/// All that is wrong with it.
pub(in crate::nrl) fn operation(locator: &Locator, mut read: Read) -> Result<Vec<Finding>, Refused> {
    let is_of_another = |expression: &Option<String>| {
        let number = expression.as_deref().and_then(|path| path.strip_prefix("Parameters.parameter["));
        number.is_some_and(|number| !number.starts_with("0]"))
    };
    let (mut wrongs, mut warnings) = base(locator, &mut read);
    wrongs.retain(|wrong| !is_of_another(&wrong.expression));
    warnings.retain(|warning| !is_of_another(&warning.expression));
    if wrongs.is_empty() { Ok(warnings) } else { Err(Refused(wrongs)) }
}

/// FHIR wants a pointer to say when it was indexed, and the locator says so: a new one need not. What it is called, its
/// version and its time are ignored, whatever is sent.
fn is_ours_to_say(finding: &Finding) -> bool {
    match finding.expression.as_deref() {
        Some("DocumentReference.indexed") => finding.rule.id == check::rules::REQUIRED.id,
        Some("DocumentReference.id" | "DocumentReference.meta.versionId" | "DocumentReference.meta.lastUpdated") => {
            true
        }
        _ => false,
    }
}

/// The guide names an element without indexes and without the resource that it is in.
fn wrong(finding: Finding) -> Wrong {
    let expression = finding.expression.clone();
    let element = element(expression.as_deref().unwrap_or_default());
    let reason = finding.diagnostics.to_string();
    let fault = match (of_guide(&element, &finding), element.is_empty()) {
        (Some(fault), _) => fault,
        (None, true) => Fault::ElementBecause { element: "DocumentReference".to_owned(), reason },
        (None, false) => Fault::ElementBecause { element, reason },
    };
    Wrong { fault, expression, position: finding.position, finding: Some(finding) }
}

/// What the guide says of an element that is wrong already by FHIR's own rules; nothing where it has no words of its own.
fn of_guide(element: &str, finding: &Finding) -> Option<Fault> {
    let named = |element: &str| Some(Fault::Element { element: element.to_owned() });
    if !finding.expression.as_ref().is_some_and(|path| path.starts_with("DocumentReference.")) {
        return None;
    }
    let is_empty = finding.rule.id == check::rules::EMPTY_OBJECT.id;
    match element {
        "meta.profile" => Some(Fault::Profile),
        "masterIdentifier.system" => Some(Fault::MasterIncomplete { element: "system" }),
        "masterIdentifier.value" => Some(Fault::MasterIncomplete { element: "value" }),
        "status" => Some(Fault::StatusNotNew),
        "subject.reference" => named("subject"),
        "author.reference" => named("author"),
        "custodian.reference" => named("custodian"),
        "relatesTo.target.reference" | "relatesTo.target.identifier.system" | "relatesTo.target.identifier.value" => {
            named(element)
        }
        "content.attachment.contentType" => named("contenttype"),
        "content.attachment.url" => named("url"),
        "context.period.start" => Some(Fault::Period),
        "meta" if is_empty => Some(Fault::Profile),
        "masterIdentifier" if is_empty => Some(Fault::MasterIncomplete { element: "system" }),
        "subject" | "author" | "custodian" if is_empty => named(element),
        "context.period" if is_empty => Some(Fault::Period),
        _ => None,
    }
}

/// The path of an element without indexes and without its resource.
fn element(expression: &str) -> String {
    let path = expression.split_once('.').map_or("", |(_, path)| path);
    let mut element = String::with_capacity(path.len());
    let mut depth = 0_usize;
    for char in path.chars() {
        match char {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => element.push(char),
            _ => {}
        }
    }
    element
}

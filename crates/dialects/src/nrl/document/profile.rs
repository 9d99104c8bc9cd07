//! The profile, looked at in the order of the reference server, so that what it would say stands first.
//! Source: NRL "Pointer FHIR Resource"; NRL-DocumentReference-1; docs/dialects/nrl.md, "Create".

use baton_exchange::{pointer::Ods, time::Timestamp};
use baton_fhir::tree::{Node, Position, Tree};

use super::{
    For, Identifier, TargetName,
    coding::{self, Version},
    content, target,
};
use crate::nrl::{
    Locator,
    fault::Fault,
    outcome::Wrong,
    reference::{Organization, Subject, organization},
    values::Member,
};

const PROFILE: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-1";
/// The same model with weaker bindings, in which the reference server's data is.
const PREFERRED: &str = "https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-Pref-1";

/// What a pointer says that rules look at.
pub(super) struct Parts {
    pub(super) subject: Subject,
    pub(super) author: Ods,
    pub(super) custodian: Ods,
    pub(super) record_type: String,
    pub(super) master: Option<Identifier>,
    pub(super) target: Option<TargetName>,
}

/// All that is wrong so far. A place that was complained of is not complained of again.
pub(super) struct Wrongs<'w>(&'w mut Vec<Wrong>);

impl Wrongs<'_> {
    fn push(&mut self, fault: Fault, path: String, position: Option<Position>) {
        if !self.0.iter().any(|known| is_said(known, &fault, &path)) {
            self.0.push(Wrong { position, ..Wrong::at(fault, path) });
        }
    }

    /// A node is not as it has to be.
    pub(super) fn at(&mut self, node: Node<'_>, fault: Fault) {
        self.push(fault, node.path(), node.position());
    }

    /// A member, which may be missing, is not as it has to be.
    pub(super) fn member(&mut self, parent: Node<'_>, name: &str, fault: Fault) {
        let position = parent.get(name).unwrap_or(parent).position();
        self.push(fault, format!("{}.{name}", parent.path()), position);
    }

    /// A member that has to be there.
    pub(super) fn missing(&mut self, parent: Node<'_>, name: &str) {
        let element = without_indexes(&format!("{}.{name}", parent.path()));
        let reason = format!("{element} is missing");
        self.member(parent, name, Fault::ElementBecause { element, reason });
    }

    /// An element that is not as it has to be, and there is more to say.
    pub(super) fn because(&mut self, node: Node<'_>, reason: &str) {
        let element = without_indexes(&node.path());
        self.at(node, Fault::ElementBecause { element, reason: reason.to_owned() });
    }
}

/// Whether a place, or what is inside it, was complained of, or the same was said of what it is in.
fn is_said(known: &Wrong, fault: &Fault, path: &str) -> bool {
    let Some(place) = known.expression.as_deref() else { return false };
    place == path || (known.fault == *fault && (place.starts_with(path) || path.starts_with(place)))
}

fn without_indexes(path: &str) -> String {
    let path = path.strip_prefix("DocumentReference.").unwrap_or(path);
    let parts = path.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
    parts.collect()
}

/// Checks a document against the profile. Gives what rules look at, when all of it could be read.
pub(super) fn check(
    locator: &Locator,
    tree: &Tree,
    purpose: For,
    now: Timestamp,
    wrongs: &mut Vec<Wrong>,
) -> Option<Parts> {
    let document = tree.root();
    if document.resource_type() != Some("DocumentReference") {
        if wrongs.is_empty() || document.resource_type().is_some() {
            let reason = "a DocumentReference was expected".to_owned();
            let fault = Fault::ElementBecause { element: "DocumentReference".to_owned(), reason };
            wrongs.insert(0, Wrong::at(fault, document.path()));
        }
        return None;
    }
    let mut wrongs = Wrongs(wrongs);
    let record_type = codes(locator, document, &mut wrongs);
    match purpose {
        For::Creation => profile(locator, document, &mut wrongs),
        // older pointers have older profiles, or none
        For::Import => {}
    }
    let master = master(document, &mut wrongs);
    match purpose {
        For::Creation => status(document, &mut wrongs),
        For::Import => {}
    }
    let subject = subject(document, &mut wrongs);
    let author = author(document, &mut wrongs);
    let custodian = custodian(document, &mut wrongs);
    let target = target::target(locator, document, &mut wrongs);
    for content in document.each("content") {
        content::attachment(locator, content, subject.as_ref(), now, &mut wrongs);
    }
    period(document, &mut wrongs);
    Some(Parts { subject: subject?, author: author?, custodian: custodian?, record_type: record_type?, master, target })
}

/// Everything that has a value set.
fn codes(locator: &Locator, document: Node<'_>, wrongs: &mut Wrongs) -> Option<String> {
    let values = &locator.values;
    let record_type = match document.get("type") {
        Some(concept) => coding::of_concept(locator, concept, &values.record_type, Version::Forbidden, wrongs),
        None => {
            wrongs.missing(document, "type");
            None
        }
    };
    class(locator, document, record_type, wrongs);
    for content in document.each("content") {
        content::codes(locator, content, record_type, wrongs);
    }
    practice_setting(locator, document, wrongs);
    record_type.map(|member| member.code.clone())
}

fn practice_setting(locator: &Locator, document: Node<'_>, wrongs: &mut Wrongs) {
    let context = document.get("context");
    if let Some(concept) = context.and_then(|context| context.get("practiceSetting")) {
        coding::of_concept(locator, concept, &locator.values.practice_setting, Version::Allowed, wrongs);
    } else if !locator.wording.is_before_class() {
        let (parent, name) = context.map_or((document, "context"), |context| (context, "practiceSetting"));
        wrongs.missing(parent, name);
    }
}

fn class(locator: &Locator, document: Node<'_>, record_type: Option<&Member>, wrongs: &mut Wrongs) {
    let Some(concept) = document.get("class") else {
        if !locator.wording.is_before_class() {
            wrongs.missing(document, "class");
        }
        return;
    };
    let class = coding::of_concept(locator, concept, &locator.values.record_class, Version::Allowed, wrongs);
    let expected = record_type.and_then(|member| member.class.as_deref());
    if let (Some(class), Some(expected)) = (class, expected)
        && class.code != expected
        && locator.wording.compares_class()
    {
        wrongs.because(concept, "the class does not fit the type");
    }
}

fn profile(locator: &Locator, document: Node<'_>, wrongs: &mut Wrongs) {
    let mut profiles = document.get("meta").into_iter().flat_map(|meta| meta.each("profile"));
    let is_taken =
        |profile: &str| profile == PROFILE || (profile == PREFERRED && locator.wording.takes_preferred_profile());
    let is_right = match (profiles.next(), profiles.next()) {
        (Some(only), None) => only.as_str().is_some_and(is_taken),
        // the older pages do not ask for one
        (None, _) => locator.wording.is_before_class(),
        (Some(_), Some(_)) => false,
    };
    if !is_right {
        match document.get("meta") {
            Some(meta) => wrongs.member(meta, "profile", Fault::Profile),
            None => wrongs.push(Fault::Profile, "DocumentReference.meta.profile".to_owned(), document.position()),
        }
    }
}

fn master(document: Node<'_>, wrongs: &mut Wrongs) -> Option<Identifier> {
    let master = document.get("masterIdentifier")?;
    let member = |name: &str| master.str(name).filter(|text| !text.trim().is_empty());
    let element = match (member("system"), member("value")) {
        (Some(system), Some(value)) => {
            return Some(Identifier { system: system.to_owned(), value: value.to_owned() });
        }
        (None, _) => "system",
        (_, None) => "value",
    };
    wrongs.member(master, element, Fault::MasterIncomplete { element });
    None
}

fn status(document: Node<'_>, wrongs: &mut Wrongs) {
    // a missing one, or a code that FHIR does not have, is reported by FHIR's own rules
    if document.str("status").is_some_and(|status| status != "current") {
        wrongs.member(document, "status", Fault::StatusNotNew);
    }
}

fn subject(document: Node<'_>, wrongs: &mut Wrongs) -> Option<Subject> {
    let subject = document.get("subject");
    let Some((subject, reference)) = subject.and_then(|subject| Some((subject, subject.str("reference")?))) else {
        plain(document, "subject", wrongs);
        return None;
    };
    no_display(subject, wrongs);
    let of_body = |fault| match fault {
        Fault::SubjectForm => Fault::SubjectFormOfBody,
        other => other,
    };
    Subject::parse(reference).map_err(|fault| wrongs.member(subject, "reference", of_body(fault))).ok()
}

fn author(document: Node<'_>, wrongs: &mut Wrongs) -> Option<Ods> {
    let mut authors = document.each("author");
    match (authors.next(), authors.next()) {
        (Some(author), None) => return named_organization(author, "author", wrongs),
        (None, _) => plain(document, "author", wrongs),
        (Some(_), Some(second)) => wrongs.because(second, "there has to be exactly one author"),
    }
    None
}

fn custodian(document: Node<'_>, wrongs: &mut Wrongs) -> Option<Ods> {
    let custodian = document.get("custodian");
    if custodian.is_none() {
        plain(document, "custodian", wrongs);
    }
    custodian.and_then(|custodian| named_organization(custodian, "custodian", wrongs))
}

fn named_organization(node: Node<'_>, name: &str, wrongs: &mut Wrongs) -> Option<Ods> {
    no_display(node, wrongs);
    let invalid = || Fault::Element { element: name.to_owned() };
    let fault = match node.str("reference").map(organization) {
        Some(Some(Organization::Code(ods))) => return Some(ods),
        Some(Some(Organization::NoCode)) | None => invalid(),
        Some(None) => Fault::OrganizationForm,
    };
    wrongs.member(node, "reference", fault);
    None
}

/// The guide says no more than the element's name of these.
fn plain(document: Node<'_>, name: &str, wrongs: &mut Wrongs) {
    let fault = Fault::Element { element: name.to_owned() };
    wrongs.member(document, name, fault);
}

fn no_display(reference: Node<'_>, wrongs: &mut Wrongs) {
    if let Some(display) = reference.get("display") {
        wrongs.because(display, "a display must not be given here");
    }
}

fn period(document: Node<'_>, wrongs: &mut Wrongs) {
    // a start that is no dateTime is reported by FHIR's own rules
    if let Some(period) = document.at(&["context", "period"]).filter(|period| period.str("start").is_none()) {
        wrongs.at(period, Fault::Period);
    }
}

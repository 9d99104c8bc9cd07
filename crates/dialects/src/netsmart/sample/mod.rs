//! Messages to show and to measure with: invented people and places, in the shape that the guide asks for.
//! Source: Netsmart "Submit Service Request Message", its sample payload: the shape, not the content.

use std::sync::LazyLock;

use baton_fhir::{
    json,
    reading::{ReadLimits, Reading},
};

/// What tells one sample message from another.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    /// Public address of the mount that it goes to.
    pub base: &'a str,
    /// `Bundle.id`.
    pub bundle: &'a str,
    /// `MessageHeader.id`.
    pub header: &'a str,
    /// `ServiceRequest.id`: the referral.
    pub request: &'a str,
    /// `Patient.id`.
    pub patient: &'a str,
    /// The value of the patient's identifier.
    pub mrn: &'a str,
}

/// Opens a referral: eleven resources, one of each type that the guide lists, valid in both modes.
#[must_use]
pub fn submit(ids: &Ids<'_>) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("submit.json")));
    filled(&TEMPLATE, ids)
}

/// Updates that referral: another priority and one more note.
#[must_use]
pub fn update(ids: &Ids<'_>) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("update.json")));
    filled(&TEMPLATE, ids)
}

/// A submission with three faults: a reference that leads nowhere, a status that FHIR does not have, and a date in another
/// form.
#[must_use]
pub fn refused(ids: &Ids<'_>) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("refused.json")));
    filled(&TEMPLATE, ids)
}

/// The templates are laid out for people; on the wire nobody sends the white space.
fn compact(text: &str) -> String {
    let read =
        json::read(text.as_bytes(), Reading::Strict, &ReadLimits::default()).expect("a test reads each template");
    let mut written = Vec::with_capacity(text.len());
    json::write(read.tree.root(), &mut written);
    String::from_utf8(written).expect("JSON is UTF-8")
}

fn filled(template: &str, ids: &Ids<'_>) -> String {
    let gaps = [
        ("{base}", ids.base),
        ("{bundle}", ids.bundle),
        ("{header}", ids.header),
        ("{request}", ids.request),
        ("{patient}", ids.patient),
        ("{mrn}", ids.mrn),
    ];
    gaps.iter().fold(template.to_owned(), |text, (gap, value)| text.replace(gap, value))
}

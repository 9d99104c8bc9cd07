//! Messages to show and to measure with: invented people and places, in the shape that the guide asks for.
//! Source: Netsmart "Submit Service Request Message", its sample payload: the shape, not the content.

use std::sync::LazyLock;

use crate::sample::{compact, filled};

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
    of(&TEMPLATE, ids)
}

/// Updates that referral: another priority and one more note.
#[must_use]
pub fn update(ids: &Ids<'_>) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("update.json")));
    of(&TEMPLATE, ids)
}

/// A submission with three faults: a reference that leads nowhere, a status that FHIR does not have, and a date in another
/// form.
#[must_use]
pub fn refused(ids: &Ids<'_>) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("refused.json")));
    of(&TEMPLATE, ids)
}

fn of(template: &str, ids: &Ids<'_>) -> String {
    let gaps = [
        ("{base}", ids.base),
        ("{bundle}", ids.bundle),
        ("{header}", ids.header),
        ("{request}", ids.request),
        ("{patient}", ids.patient),
        ("{mrn}", ids.mrn),
    ];
    filled(template, &gaps)
}

//! Messages to show and to measure with: invented people and places, in the shape that the guide 0.10 asks for.
//! Source: spec of Ontario, 1.3, 5 and 6: the shape, not the content.

use std::sync::LazyLock;

use crate::sample::{compact, filled};

/// What tells one sample message from another.
#[derive(Clone, Copy, Debug)]
pub struct Ids<'a> {
    /// Public address of the exchange that it goes to.
    pub base: &'a str,
    /// `Bundle.id`, a UUID.
    pub bundle: &'a str,
    /// `MessageHeader.id`, a UUID.
    pub header: &'a str,
    /// The source's number of the referral.
    pub request: &'a str,
    /// The patient's health card number.
    pub hcn: &'a str,
    /// When it was made, a FHIR instant.
    pub now: &'a str,
}

/// Opens a referral to the partner `centre-e`.
#[must_use]
pub fn submit(ids: &Ids<'_>) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("submit.json")));
    of(&TEMPLATE, ids)
}

/// Withdraws it.
#[must_use]
pub fn revoke(ids: &Ids<'_>) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("revoke.json")));
    of(&TEMPLATE, ids)
}

/// Books a first visit, which the patient has not confirmed yet. `request` is the referral's id here.
#[must_use]
pub fn visit(request: &str) -> String {
    static TEMPLATE: LazyLock<String> = LazyLock::new(|| compact(include_str!("visit.json")));
    filled(&TEMPLATE, &[("{request}", request)])
}

fn of(template: &str, ids: &Ids<'_>) -> String {
    let gaps = [
        ("{base}", ids.base),
        ("{bundle}", ids.bundle),
        ("{header}", ids.header),
        ("{request}", ids.request),
        ("{hcn}", ids.hcn),
        ("{now}", ids.now),
    ];
    filled(template, &gaps)
}

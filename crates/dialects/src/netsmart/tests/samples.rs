//! The samples are what they claim to be.

use super::{BOTH, World, check_accepted, check_refused, ids, submission, update, value};
use crate::netsmart::sample;

#[test]
fn the_sample_opens_a_referral_and_has_nothing_to_warn_of() {
    BOTH.iter().for_each(|mode| check_accepted(*mode, &submission("b-1"), &[]));
}

#[test]
fn the_sample_updates_that_referral() {
    for mode in BOTH {
        let mut world = World::new(mode);
        world.accept(&submission("b-1"));
        assert_eq!(world.accept(&update("b-2")).warnings, 0);
    }
}

#[test]
fn the_faulty_sample_has_three_faults() {
    let message = value(&sample::refused(&ids("b-1")));
    let faults = [
        "fhir-code Bundle.entry[1].resource.status",
        "ref-dangling Bundle.entry[1].resource.locationReference[0]",
        "fhir-value Bundle.entry[2].resource.birthDate",
    ];
    BOTH.iter().for_each(|mode| check_refused(*mode, &message, 400, &faults));
}

#[test]
fn the_sample_has_eleven_resources_in_12_to_13_kb() {
    let text = sample::submit(&ids("7d0f2c1e-6a0a-4c53-9a57-2f5d0a6c1005"));
    assert_eq!(value(&text)["entry"].as_array().map(Vec::len), Some(11));
    assert!((12_000..13_000).contains(&text.len()), "{}", text.len());
}

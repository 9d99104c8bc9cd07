//! Pointers that are taken over.

use baton_exchange::{
    audit::Interaction,
    id::MessageId,
    pointer::{Bucket, PointerState, Stamp, SubjectKey},
    time::Timestamp,
};
use baton_fhir::format::Format;
use serde_json::{Value, json};

use super::{NOW, created, edited, locator, pointer, said};
use crate::nrl::{Body, Imported, Refused, Voice, Wording, imported};

fn taken(body: &Value) -> Result<Imported, Refused> {
    let text = body.to_string();
    imported(&locator(), Body { bytes: text.as_bytes(), format: Format::Json }, NOW)
}

#[test]
fn the_same_line_gives_the_same_pointer_again() {
    let once = taken(&pointer()).map_err(|_| "refused").expect("it is taken").pointer;
    let again = taken(&pointer()).map_err(|_| "refused").expect("it is taken").pointer;
    assert_eq!(once, again);
    assert_eq!(once.id.bucket(), Bucket::of(SubjectKey::of("9876543210")));
    let other = taken(&edited(|body| body["description"] = json!("x"))).map_err(|_| "refused").expect("taken").pointer;
    assert_ne!(once.id, other.id);
}

#[test]
fn an_id_of_this_locator_is_kept_and_others_are_not() {
    let own = created(&locator(), &pointer(), vec![None, None]).map_err(|_| "refused").expect("made").written.remove(0);
    let exported: Value = serde_json::from_slice(&own.body).expect("JSON");
    let back = taken(&exported).map_err(|_| "refused").expect("it is taken").pointer;
    assert_eq!((back.id, back.created, back.master), (own.id, own.created, own.master));
    let foreign =
        taken(&edited(|body| body["id"] = json!("c037a0cb-0c77-4976-83a1-a5d2703e6aa3-23325861873450086113")));
    let foreign = foreign.map_err(|_| "refused").expect("it is taken").pointer;
    assert_ne!(foreign.id.to_string(), "c037a0cb-0c77-4976-83a1-a5d2703e6aa3-23325861873450086113");
}

#[test]
fn any_state_and_older_profiles_are_taken() {
    for (status, state) in
        [("superseded", PointerState::Superseded), ("entered-in-error", PointerState::EnteredInError)]
    {
        let line = edited(|body| {
            body["status"] = json!(status);
            body.as_object_mut().expect("object").remove("meta");
        });
        assert_eq!(taken(&line).map_err(|_| "refused").expect("it is taken").pointer.state, state);
    }
}

#[test]
fn what_is_wrong_with_a_line_is_said() {
    let line = edited(|body| {
        body["custodian"]["reference"] = json!("https://directory.spineservices.nhs.uk/STU3/Organization/ZZ");
    });
    let (_, code, _) = said(&locator(), &taken(&line).map(drop).expect_err("it is refused"));
    assert_eq!(code, "ORGANISATION_NOT_FOUND Organisation not found");
    let line = edited(|body| body["status"] = json!("x"));
    let (_, code, _) = said(&locator(), &taken(&line).map(drop).expect_err("it is refused"));
    assert_eq!(code, "INVALID_RESOURCE Resource is invalid : status");
}

#[test]
fn a_pointer_of_a_locator_keeps_its_version_and_its_times_and_its_body_to_the_byte() {
    let mut own =
        created(&locator(), &pointer(), vec![None, None]).map_err(|_| "refused").expect("made").written.remove(0);
    own.version = 2;
    own.state = PointerState::EnteredInError;
    own.updated = Timestamp(own.created.0 + 5_000_000);
    own.body = crate::nrl::as_left(&own).expect("it can be read");
    let exported: Value = serde_json::from_slice(&own.body).expect("JSON");
    let later = Timestamp(NOW.0 + 1_000_000_000_000);
    let line = Body { bytes: &own.body, format: Format::Json };
    let back = imported(&locator(), line, later).map_err(|_| "refused").expect("it is taken");
    assert_eq!(back.stamp, Stamp::Before);
    assert_eq!((back.pointer.version, back.pointer.updated), (2, own.updated));
    assert_eq!(String::from_utf8(back.pointer.body).ok(), String::from_utf8(own.body.clone()).ok(), "{exported}");
}

#[test]
fn a_pointer_from_elsewhere_begins_with_version_1_and_sorts_by_its_creation() {
    let indexed = |moment: &str, id: &str| {
        let line = edited(|body| {
            body["id"] = json!(id);
            body["indexed"] = json!(moment);
            body["meta"]["versionId"] = json!("7");
        });
        taken(&line).map_err(|_| "refused").expect("it is taken")
    };
    let (early, late) = (indexed("2019-05-01T10:00:00Z", "b"), indexed("2020-05-01T10:00:00+01:00", "a"));
    assert_eq!((early.pointer.version, early.stamp), (1, Stamp::Now));
    assert!(early.pointer.id < late.pointer.id);
    assert_eq!(late.pointer.created.to_string(), "2020-05-01T09:00:00.000Z");
}

#[test]
fn a_remark_names_rule_code_and_place_and_nothing_that_was_written() {
    let line = edited(|body| {
        body["subject"]["reference"] = json!("https://demographics.spineservices.nhs.uk/STU3/Patient/9876543211");
        body["content"][0]["format"]["display"] = json!("9876543210");
        body["9876543210"] = json!("9876543210");
    });
    let strict = crate::nrl::Locator { mode: crate::Mode::Strict, ..locator() };
    let text = line.to_string();
    let refused = imported(&strict, Body { bytes: text.as_bytes(), format: Format::Json }, NOW);
    let voice = Voice { wording: Wording::First, interaction: Interaction::Create, message: MessageId([1; 16]) };
    let remarks = voice.remarks(&refused.map(drop).expect_err("it is refused"));
    let said: Vec<String> = remarks
        .iter()
        .map(|remark| format!("{} {} {}", remark.rule.id, remark.code, remark.expression.as_deref().unwrap_or("-")))
        .collect();
    let expected = [
        "fhir-unknown-element INVALID_RESOURCE DocumentReference",
        "nrl-element INVALID_RESOURCE DocumentReference.content[0].format",
        "nrl-number INVALID_NHS_NUMBER DocumentReference.subject.reference",
    ];
    assert_eq!(said, expected);
    assert!(!format!("{remarks:?}").contains("987654321"), "{remarks:?}");
}

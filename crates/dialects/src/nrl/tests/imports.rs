//! Pointers that are taken over.

use baton_exchange::pointer::{Bucket, PointerState, SubjectKey};
use baton_fhir::format::Format;
use serde_json::{Value, json};

use super::{NOW, created, edited, locator, pointer, said};
use crate::nrl::{Body, Imported, Refused, imported};

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

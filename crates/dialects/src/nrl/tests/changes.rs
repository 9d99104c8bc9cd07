//! What becomes of pointers that are there.

use baton_exchange::{
    decision::Assert,
    pointer::{Pointer, PointerState},
};
use baton_fhir::format::Format;
use serde_json::{Value, json};

use super::{NOW, created, edited, locator, pointer, provider, said, worded};
use crate::nrl::{Body, By, Done, Locator, Named, Ready, Refused, Settled, Voice, Wording, settle};
use baton_exchange::{audit::Interaction, id::MessageId};

fn kept(locator: &Locator, edit: impl FnOnce(&mut Value)) -> Pointer {
    let mut settled = created(locator, &edited(edit), vec![None, None]).map_err(|_| "refused").expect("it is made");
    settled.written.remove(0)
}

fn ready(named: Named, verb: Done) -> Ready {
    const PATCH: &str = r#"{"resourceType": "Parameters", "parameter": [{"name": "operation", "part": [
        {"name": "type", "valueCode": "replace"}, {"name": "path", "valueString": "DocumentReference.status"},
        {"name": "value", "valueString": "entered-in-error"}]}]}"#;
    match verb {
        Done::Removed => Ready::Delete(named),
        Done::Created | Done::Updated => {
            let body = Body { bytes: PATCH.as_bytes(), format: Format::Json };
            Ready::update(&locator(), named, body).map_err(|_| "refused").expect("the patch is right")
        }
    }
}

fn settled(locator: &Locator, ready: &Ready, known: Option<Pointer>) -> Result<Settled, Refused> {
    let caller = provider(locator);
    settle(locator, ready, vec![known], &By { caller: &caller, new_id: ([1; 16], [1; 10]), now: NOW })
}

fn body(pointer: &Pointer) -> Value {
    serde_json::from_slice(&pointer.body).expect("JSON")
}

#[test]
fn a_withdrawn_pointer_says_so_in_its_second_version() {
    let before = kept(&locator(), |_| {});
    let named = Named::id(&before.id.to_string());
    let settled =
        settled(&locator(), &ready(named, Done::Updated), Some(before.clone())).map_err(|_| "refused").expect("it may");
    let after = &settled.written[0];
    assert_eq!((after.state, after.version), (PointerState::EnteredInError, 2));
    let (before, after) = (body(&before), body(after));
    assert_eq!((&after["status"], &after["meta"]["versionId"]), (&json!("entered-in-error"), &json!("2")));
    assert_eq!(
        (&after["id"], &after["content"], &after["indexed"]),
        (&before["id"], &before["content"], &before["indexed"])
    );
}

#[test]
fn a_location_and_an_address_are_told_as_the_edition_has_them() {
    for (wording, location, text) in [
        (Wording::First, true, "Successfully updated resource DocumentReference"),
        (Wording::Phase2, true, "Successfully updated resource DocumentReference"),
        (Wording::Newest, false, "Successfully updated resource DocumentReference: URL"),
        (Wording::Workbench, false, "Successfully updated resource DocumentReference"),
        (Wording::Reference, false, "Successfully updated resource DocumentReference: URL"),
    ] {
        let locator = worded(wording);
        let before = kept(&locator, |_| {});
        let url = format!("https://nrl.example.org/nrl/DocumentReference/{}", before.id);
        let named = Named::id(&before.id.to_string());
        let settled =
            settled(&locator, &ready(named, Done::Updated), Some(before)).map_err(|_| "refused").expect("it may");
        assert_eq!(settled.location(&locator), location.then(|| url.clone()), "{wording:?}");
        let voice = Voice { wording, interaction: Interaction::Update, message: MessageId([1; 16]) };
        let address = settled.address(&locator).expect("an address");
        let answer = voice.done(Done::Updated, &address, &[]);
        let issue = answer.outcome.root().each("issue").next().expect("an issue");
        assert_eq!(issue.str("diagnostics"), Some(text.replace("URL", &url).as_str()), "{wording:?}");
        assert_eq!((answer.status, answer.code.as_str()), (200, "RESOURCE_UPDATED"));
    }
}

#[test]
fn a_new_pointer_is_located_by_a_search_in_the_older_pages() {
    let settled = created(&worded(Wording::Phase2), &pointer(), vec![None, None]).map_err(|_| "refused").expect("made");
    let location = settled.location(&worded(Wording::Phase2)).expect("a location");
    assert!(location.starts_with("https://nrl.example.org/nrl/DocumentReference?_id="), "{location}");
}

#[test]
fn what_is_not_there_is_called_as_the_caller_called_it() {
    let check = |named: Named, says: &str| {
        let refused = settled(&locator(), &ready(named, Done::Removed), None).map(drop).expect_err("nothing is there");
        let (status, code, issues) = said(&locator(), &refused);
        assert_eq!((status, code.as_str()), (404, "NO_RECORD_FOUND No record found"));
        assert_eq!(issues[0], says);
    };
    check(Named::id("x"), "- No record found for supplied DocumentReference identifier - x.");
    let subject = crate::nrl::Subject::parse(super::PATIENT).expect("a patient");
    let master = Named::Master { subject, identifier: ("s".to_owned(), "v".to_owned()) };
    check(master, "- No record found for supplied DocumentReference masterIdentifier - s|v and patient – 9876543210");
}

#[test]
fn another_organisations_pointer_is_left_alone() {
    let before = kept(&locator(), |_| {});
    let foreign = Pointer { custodian: super::ods("RXA"), ..before };
    for done in [Done::Updated, Done::Removed] {
        let named = Named::id(&foreign.id.to_string());
        let refused = settled(&locator(), &ready(named, done), Some(foreign.clone())).map(drop).expect_err("not ours");
        let (status, code, issues) = said(&locator(), &refused);
        assert_eq!((status, code.as_str()), (400, "INVALID_RESOURCE Resource is invalid : fromASID"));
        assert_eq!(issues[0], "fromASID The Custodian ODS code is not affiliated with the sender ASID.");
        assert_eq!(said(&worded(Wording::Workbench), &refused).0, 403);
    }
}

#[test]
fn a_pointer_takes_the_place_of_another_in_one_commit() {
    let old = kept(&locator(), |_| {});
    let reference = format!("https://nrl.example.org/nrl/STU3/DocumentReference/{}", old.id);
    let target = json!([{"code": "replaces", "target": {"reference": reference}}]);
    let new = edited(|body| {
        body["masterIdentifier"]["value"] = json!("urn:oid:4.5.6");
        body["relatesTo"] = target;
    });
    let settled = created(&locator(), &new, vec![None, Some(old)]).map_err(|_| "refused").expect("it may");
    let states: Vec<_> = settled.written.iter().map(|pointer| (pointer.state, pointer.version)).collect();
    assert_eq!(states, [(PointerState::Current, 1), (PointerState::Superseded, 2)]);
    assert_eq!(body(&settled.written[1])["status"], json!("superseded"));
    assert_eq!(body(&settled.written[0])["relatesTo"], new["relatesTo"]);
    assert!(matches!(settled.asserts[..], [Assert::NoPointer { .. }, Assert::PointerAt { version: 1, .. }]));
}

#[test]
fn what_is_to_be_superseded_is_named_properly() {
    let check = |relates_to: Value, element: &str, place: &str| {
        let body = edited(|body| body["relatesTo"] = relates_to);
        let refused = created(&locator(), &body, vec![None, None]).map(drop).expect_err("it is refused");
        let (_, code, issues) = said(&locator(), &refused);
        assert_eq!(code, format!("INVALID_RESOURCE Resource is invalid : {element}"));
        assert!(issues[0].starts_with(place), "{issues:?}");
    };
    let place = "DocumentReference.relatesTo[0].target";
    check(
        json!([{"code": "appends", "target": {"reference": "https://x.example/1"}}]),
        "relatesTo.code",
        "DocumentReference.relatesTo[0].code ",
    );
    check(json!([{"code": "replaces", "target": {"display": "x"}}]), "relatesTo.target", place);
    check(
        json!([{"code": "replaces", "target": {"reference": "x"}}]),
        "relatesTo.target.reference",
        &format!("{place}.reference"),
    );
    check(
        json!([{"code": "replaces", "target": {"identifier": {"value": "v"}}}]),
        "relatesTo.target.identifier.system",
        place,
    );
    check(
        json!([{"code": "replaces", "target": {"identifier": {"system": "s"}}}]),
        "relatesTo.target.identifier.value",
        place,
    );
    check(
        json!([{"code": "replaces", "target": {"identifier": {"system": "s", "value": " "}}}]),
        "relatesTo.target.identifier.value",
        &format!("{place}.identifier.value Resource is invalid : relatesTo.target.identifier.value"),
    );
    check(
        json!([{"code": "replaces", "target": {"reference": ""}}]),
        "relatesTo.target.reference",
        &format!("{place}.reference Resource is invalid : relatesTo.target.reference"),
    );
    let nothing = json!({"code": "replaces", "target": {"reference": "https://x.example/DocumentReference/1"}});
    check(json!([nothing]), "relatesTo.target", place);
    check(json!([nothing, nothing]), "relatesTo", "DocumentReference.relatesTo[1] ");
}

//! Every place of a locator × {no token, garbage, wrong scope, wrong role, other owner, the right one}.

use baton_server::http::route::PointerPlace;
use serde_json::{Value, json};

use super::{AMS01, PATIENT, RR8, RXA, by, code, create, creation, pointer, reading, server, withdrawal, writing};
use crate::harness::{Ask, JSON, Server};

/// Each place has a number here, so that a new one does not compile until it is in [`places`].
fn number(place: &PointerPlace) -> usize {
    match place {
        PointerPlace::Metadata => 0,
        PointerPlace::Pointers(_) => 1,
        PointerPlace::Search(_) => 2,
        PointerPlace::Pointer(_) => 3,
        PointerPlace::Record(_) => 4,
        PointerPlace::Trail => 5,
        PointerPlace::Unknown => 6,
    }
}

/// Places that ask who calls, with each of their methods.
fn places(id: &str) -> Vec<(&'static str, String)> {
    vec![
        ("GET", format!("/nrl/DocumentReference?subject={PATIENT}")),
        ("POST", "/nrl/DocumentReference".to_owned()),
        ("PATCH", format!("/nrl/DocumentReference?subject={PATIENT}&identifier=urn:ietf:rfc:3986%7Curn:oid:1.2.1")),
        ("DELETE", format!("/nrl/DocumentReference?subject={PATIENT}&identifier=urn:ietf:rfc:3986%7Curn:oid:1.2.1")),
        ("POST", "/nrl/STU3/DocumentReference/_search".to_owned()),
        ("GET", format!("/nrl/STU3/DocumentReference/{id}")),
        ("PATCH", format!("/nrl/DocumentReference/{id}")),
        ("DELETE", format!("/nrl/DocumentReference/{id}")),
        ("GET", "/nrl/AuditEvent".to_owned()),
        ("GET", "/nrl/SSP/https%3A%2F%2Fp1.nhs.uk%2Fplan.pdf".to_owned()),
    ]
}

fn untouched(server: &Server, id: &str) {
    let read = reading(AMS01, &format!("/DocumentReference/{id}")).send(server);
    assert_eq!((read.status, read.member("meta/versionId").as_str()), (200, "1"));
}

#[test]
fn each_place_is_in_the_matrix() {
    let path = |target: &str| target.trim_start_matches("/nrl").split('?').next().unwrap_or_default().to_owned();
    let mut numbers: Vec<usize> =
        places("x").iter().map(|(_, target)| number(&PointerPlace::of(&path(target)))).collect();
    numbers.extend(["/metadata", "/nothing"].map(|path| number(&PointerPlace::of(path))));
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (0..7).collect::<Vec<_>>());
}

/// Threat: T44
#[test]
fn without_a_good_token_nothing_is_served_or_changed() {
    let server = server();
    let id = create(&server, 1);
    for (method, target) in places(&id) {
        for shown in [None, Some("Bearer abc"), Some("Basic abc"), Some("Bearer a.b.c")] {
            let ask = Ask::new(method, &target).json().header("Content-Type", JSON).body("");
            let ask = match shown {
                Some(shown) => ask.header("Authorization", shown),
                None => ask,
            };
            let answer = ask.header("fromASID", RR8.0).header("toASID", "999999999999").send(&server);
            answer.check_refusal(400, "structure");
            assert_eq!(code(&answer), "MISSING_OR_INVALID_HEADER", "{method} {target}");
        }
    }
    untouched(&server, &id);
}

/// Threat: T40
#[test]
fn a_scope_covers_its_own_interactions_only() {
    let server = server();
    let id = create(&server, 1);
    for (method, target) in places(&id) {
        for scope in ["patient/DocumentReference.read", "patient/DocumentReference.write", "patient/*.read"] {
            let fits = match (method, target.as_str()) {
                (_, target) if target.contains("/SSP/") => "patient/*.read",
                (_, target) if target.ends_with("_search") => "patient/DocumentReference.read",
                ("GET", _) => "patient/DocumentReference.read",
                _ => "patient/DocumentReference.write",
            };
            if scope != fits {
                let ask = by(RR8, Ask::new(method, &target), scope).header("Content-Type", JSON).body("");
                ask.send(&server).check_refusal(400, "structure");
            }
        }
    }
    untouched(&server, &id);
}

#[test]
fn consumers_change_nothing_and_providers_read_nothing() {
    let server = server();
    let id = create(&server, 1);
    for ask in [
        writing(AMS01, "POST", "/DocumentReference").header("Content-Type", JSON).body(pointer(2).to_string()),
        writing(AMS01, "DELETE", &format!("/DocumentReference/{id}")),
        writing(AMS01, "PATCH", &format!("/DocumentReference/{id}"))
            .header("Content-Type", JSON)
            .body(super::WITHDRAWAL),
        reading(RR8, &format!("/DocumentReference/{id}")),
        reading(RR8, &format!("/DocumentReference?subject={PATIENT}")),
        reading(AMS01, "/AuditEvent"),
    ] {
        let answer = ask.send(&server);
        answer.check_refusal(403, "forbidden");
        assert_eq!(code(&answer), "ACCESS_DENIED");
    }
    untouched(&server, &id);
}

/// Threat: T39
#[test]
fn only_the_custodian_changes_a_pointer() {
    let server = server();
    let id = create(&server, 1);
    for ask in [
        writing(RXA, "DELETE", &format!("/DocumentReference/{id}")),
        writing(RXA, "PATCH", &format!("/DocumentReference/{id}")).header("Content-Type", JSON).body(super::WITHDRAWAL),
        writing(RXA, "POST", "/DocumentReference").header("Content-Type", JSON).body(pointer(2).to_string()),
    ] {
        let answer = ask.send(&server);
        answer.check_refusal(400, "invalid");
        assert_eq!(answer.member("issue/0/details/coding/0/display"), "Resource is invalid : fromASID");
    }
    untouched(&server, &id);
    assert_eq!(withdrawal(&id).send(&server).status, 200);
}

/// Neither the pointer that there was nor the one that there would be may be another custodian's.
/// Threat: T39, T52
#[test]
fn a_pointer_is_not_taken_over_by_what_a_new_one_says_of_it() {
    let server = server();
    let (mine, others) = (create(&server, 1), pointer(2));
    let organization = "https://directory.spineservices.nhs.uk/STU3/Organization/RXA";
    let replacing = |custodian: Option<&str>, target: Value| {
        let mut new = others.clone();
        if let Some(custodian) = custodian {
            new["custodian"]["reference"] = json!(custodian);
            new["author"][0]["reference"] = json!(custodian);
        }
        new["relatesTo"] = json!([{"code": "replaces", "target": target}]);
        new.to_string()
    };
    let by_id = json!({"reference": format!("https://locator.example.org/nrl/DocumentReference/{mine}")});
    let by_number = json!({"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.1"}});
    let numbered = format!("/DocumentReference?subject={PATIENT}&identifier=urn:ietf:rfc:3986%7Curn:oid:1.2.1");
    let post = |body: String| writing(RXA, "POST", "/DocumentReference").header("Content-Type", JSON).body(body);
    let moving = super::WITHDRAWAL.replace("DocumentReference.status", "DocumentReference.custodian.reference");
    for ask in [
        post(replacing(Some(organization), by_id.clone())),
        post(replacing(Some(organization), by_number.clone())),
        post(replacing(None, by_id)),
        post(replacing(None, by_number)),
        writing(RXA, "DELETE", &numbered),
        writing(RXA, "PATCH", &numbered).header("Content-Type", JSON).body(super::WITHDRAWAL),
        writing(RR8, "PATCH", &numbered)
            .header("Content-Type", JSON)
            .body(moving.replace("entered-in-error", organization)),
        writing(RR8, "PUT", &format!("/DocumentReference/{mine}"))
            .header("Content-Type", JSON)
            .body(others.to_string()),
    ] {
        let answer = ask.send(&server);
        assert!((400..500).contains(&answer.status), "{}", answer.text());
        assert_eq!(answer.member("resourceType"), "OperationOutcome", "nothing of the pointer is shown");
        untouched(&server, &mine);
        let found = reading(AMS01, &format!("/DocumentReference?subject={PATIENT}")).send(&server);
        assert_eq!(found.member("total"), "1", "nothing was made beside it");
    }
    assert_eq!(creation(&pointer(2)).send(&server).member("resourceType"), "OperationOutcome");
}

/// Threat: T38
#[test]
fn a_header_that_stands_twice_names_nobody() {
    let server = server();
    let id = create(&server, 1);
    for (name, value) in
        [("fromASID", AMS01.0), ("fromASID", RR8.0), ("toASID", "1"), ("Authorization", "Bearer a.b.c")]
    {
        let read = reading(AMS01, &format!("/DocumentReference/{id}")).header(name, value).send(&server);
        let issue = if name == "Authorization" { "structure" } else { "invalid" };
        read.check_refusal(400, issue);
        assert_eq!(
            (code(&read).as_str(), read.member("issue/0/expression/0").as_str()),
            ("MISSING_OR_INVALID_HEADER", name)
        );
    }
    untouched(&server, &id);
}

#[test]
fn what_the_locator_says_of_itself_is_public() {
    let server = server();
    let answer = Ask::get("/nrl/metadata").json().send(&server);
    assert_eq!((answer.status, answer.member("fhirVersion").as_str()), (200, "3.0.1"));
    let asked = Ask::new("OPTIONS", "/nrl/DocumentReference").send(&server);
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (204, Some("*")));
    for (target, header) in
        [("/nrl/DocumentReference", "fromASID"), ("/nrl/SSP/https%3A%2F%2Fp1.nhs.uk", "Ssp-TraceID")]
    {
        let asked = Ask::new("OPTIONS", target).send(&server);
        let allowed = asked.header("access-control-allow-headers").unwrap_or_default();
        assert!(allowed.contains(header), "{target}: {allowed}");
    }
}

#[test]
fn other_methods_and_places_are_refused_in_the_guides_words() {
    let server = server();
    let put = writing(RR8, "PUT", "/DocumentReference/x").body("").send(&server);
    put.check_refusal(405, "not-supported");
    assert_eq!(put.header("allow"), Some("GET, HEAD, PATCH, DELETE"));
    let nowhere = reading(AMS01, "/Observation").send(&server);
    nowhere.check_refusal(404, "not-found");
    assert_eq!(code(&nowhere), "NO_RECORD_FOUND");
    assert_eq!(creation(&pointer(1)).send(&server).status, 201);
    let head = by(
        AMS01,
        Ask::new("HEAD", &format!("/nrl/DocumentReference?subject={PATIENT}")),
        "patient/DocumentReference.read",
    );
    assert_eq!(head.send(&server).status, 200);
}

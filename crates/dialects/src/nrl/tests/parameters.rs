//! What an address asks for.

use baton_exchange::pointer::PointerId;

use super::{admitted_with, consumer, consumer_claims, locator, provider, said, unsigned, worded};
use crate::nrl::{Asked, Locator, Named, Request, Subject, Verb, Wanted, Wording, request};
use baton_exchange::audit::Interaction;
use serde_json::json;

const PATIENT: (&str, &str) = ("subject", super::PATIENT);
const MASTER: (&str, &str) = ("identifier", "urn:ietf:rfc:3986|urn:oid:1.2");
const ID: &str = "019abcde-f012-7345-89ab-cdef01234567-bab70707070707070707";

fn asked(
    locator: &Locator,
    verb: Verb,
    id: Option<&str>,
    query: &[(&str, &str)],
) -> Result<Request, (u16, String, String)> {
    let query: Vec<(String, String)> =
        query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let by = if matches!(verb, Verb::Get | Verb::PostSearch) { consumer(locator) } else { provider(locator) };
    request(locator, &by, &Asked { verb, id, query: &query }).map_err(|refused| {
        let (status, code, issues) = said(locator, &refused);
        (status, code, issues[0].clone())
    })
}

#[track_caller]
fn check(verb: Verb, id: Option<&str>, query: &[(&str, &str)], says: &str) {
    let refused = asked(&locator(), verb, id, query).map(drop);
    assert_eq!(refused, Err((400, "INVALID_PARAMETER Invalid parameter".to_owned(), says.to_owned())), "{query:?}");
}

#[test]
fn one_pointer_is_named_in_one_way() {
    check(Verb::Patch, None, &[], "id Invalid parameter: id");
    check(Verb::Delete, None, &[], "_id Invalid parameter: _id");
    check(Verb::Delete, None, &[("_id", "")], "_id Invalid parameter: _id");
    check(Verb::Delete, None, &[("_id", ID), PATIENT], "_id Invalid parameter: _id");
    check(Verb::Patch, Some(ID), &[PATIENT, MASTER], "- Invalid query parameters for Update by Logical Id");
    check(Verb::Delete, Some(ID), &[("_id", ID)], "- Invalid query parameters for Delete by Logical Id");
    check(Verb::Patch, None, &[PATIENT], "identifier Invalid parameter: identifier");
    check(Verb::Patch, None, &[MASTER], "subject Invalid parameter: subject");
    check(Verb::Patch, None, &[PATIENT, MASTER, MASTER], "identifier Invalid parameter: identifier");
    for neither in [[("subject", ""), ("identifier", "")], [("subject", "x"), ("identifier", "|x")]] {
        check(Verb::Patch, None, &neither, "id Invalid parameter: id");
        check(Verb::Delete, None, &neither, "_id Invalid parameter: _id");
    }
    check(Verb::Patch, None, &[("identifier", "x")], "id Invalid parameter: id");
    check(Verb::Patch, None, &[("_id", ID)], "_id Invalid parameter: _id");
    check(Verb::Patch, Some(ID), &[("colour", "red")], "colour Invalid parameter: colour");
    let form = "identifier The given parameter identifier does not confirm to the expected format - [system]|[value]";
    for identifier in ["urn:oid:1", "|urn:oid:1", "urn:ietf:rfc:3986|", ""] {
        check(Verb::Delete, None, &[PATIENT, ("identifier", identifier)], form);
    }
}

#[test]
fn a_patient_and_an_identifier_that_are_both_no_good_name_nothing() {
    let elsewhere = ("subject", "https://example.org/Patient/9876543210");
    for identifier in [None, Some(("identifier", "urn:oid:1")), Some(("identifier", ""))] {
        let query: Vec<_> = [elsewhere].into_iter().chain(identifier).collect();
        check(Verb::Patch, None, &query, "id Invalid parameter: id");
        check(Verb::Delete, None, &query, "_id Invalid parameter: _id");
    }
    check(Verb::Patch, None, &[("identifier", "urn:oid:1")], "id Invalid parameter: id");
    let form = "subject The given resource URL does not conform to the expected format - https://demographics.spineservices.nhs.uk/STU3/Patient/[NHS Number]";
    check(Verb::Patch, None, &[elsewhere, MASTER], form);
}

#[test]
fn both_ways_of_naming_are_understood() {
    let by_id = asked(&locator(), Verb::Patch, Some(ID), &[("_format", "json")]);
    assert!(matches!(by_id, Ok(Request::Update(Named::Id { id: Some(id), .. })) if id.to_string() == ID));
    let by_master = asked(&locator(), Verb::Delete, None, &[PATIENT, MASTER]);
    let expected = Subject::parse(super::PATIENT).expect("a patient");
    assert!(matches!(by_master, Ok(Request::Delete(Named::Master { subject, .. })) if subject == expected));
    assert!(matches!(
        asked(&locator(), Verb::Delete, None, &[("_id", "x")]),
        Ok(Request::Delete(Named::Id { id: None, .. }))
    ));
}

#[test]
fn a_wrong_number_of_an_update_is_what_the_edition_says() {
    let wrong = ("subject", "https://demographics.spineservices.nhs.uk/STU3/Patient/9876543211");
    let text = "subject The NHS number does not conform to the NHS Number format: 9876543211";
    for (wording, code) in [
        (Wording::First, "INVALID_NHS_NUMBER Invalid NHS number"),
        (Wording::Newest, "INVALID_PARAMETER Invalid parameter"),
        (Wording::Reference, "INVALID_PARAMETER Invalid parameter"),
    ] {
        let refused = asked(&worded(wording), Verb::Patch, None, &[wrong, MASTER]).map(drop);
        assert_eq!(refused, Err((400, code.to_owned(), text.to_owned())));
    }
}

#[test]
fn a_search_is_by_patient_or_by_id_alone() {
    check(Verb::Get, None, &[], "subject Missing parameter: subject");
    check(Verb::Get, None, &[("_id", ID), PATIENT], "_id Invalid parameter: _id");
    check(Verb::Get, None, &[("_id", "")], "_id Invalid parameter: _id");
    check(Verb::Get, None, &[PATIENT, PATIENT], "subject Invalid parameter: subject");
    check(Verb::Get, None, &[PATIENT, ("colour", "red")], "colour Invalid parameter: colour");
    check(Verb::Get, Some(ID), &[("colour", "red")], "colour Invalid parameter: colour");
    let formats = [("_format", "json"), ("_format", "xml")];
    for (verb, id) in [(Verb::Get, Some(ID)), (Verb::Get, None), (Verb::Post, None), (Verb::Patch, Some(ID))] {
        check(verb, id, &formats, "_format Invalid parameter: _format");
    }
    assert!(matches!(
        asked(&locator(), Verb::Get, None, &[("_id", ID), ("_format", "xml")]),
        Ok(Request::SearchById(_))
    ));
}

#[test]
fn filters_are_checked_before_anything_is_looked_for() {
    let with = |name: &'static str, value: &'static str| [PATIENT, (name, value)];
    let organization = "custodian The given resource URL does not conform to the expected format - https://directory.spineservices.nhs.uk/STU3/Organization/[ODS Code]";
    check(Verb::Get, None, &with("custodian", "https://example.org/Organization/RR8"), organization);
    check(
        Verb::Get,
        None,
        &with("custodian", "https://directory.spineservices.nhs.uk/STU3/Organization/"),
        organization,
    );
    let directory = "https://directory.spineservices.nhs.uk/STU3/Organization/";
    for code in ["ZZZZZ", "RGD", "AMS01"] {
        let reference = format!("{directory}{code}");
        let refused = asked(&locator(), Verb::Get, None, &[PATIENT, ("custodian", &reference)]).map(drop);
        let text = "custodian Invalid parameter: custodian".to_owned();
        assert_eq!(refused, Err((400, "INVALID_PARAMETER Invalid parameter".to_owned(), text)));
    }
    check(
        Verb::Get,
        None,
        &with("type.coding", "http://loinc.org|736253002"),
        "type.coding The given terminology system is not of the expected value - http://snomed.info/sct",
    );
    check(
        Verb::Get,
        None,
        &with("type", "736253002"),
        "type.coding The given terminology system is not of the expected value - http://snomed.info/sct",
    );
    check(
        Verb::Get,
        None,
        &with("type", "http://snomed.info/sct|123"),
        "type.coding The given code is not from the expected terminology system - http://snomed.info/sct",
    );
    check(Verb::Get, None, &with("_summary", "true"), "_summary Unsupported search parameter - _summary=true");
    let counted = [PATIENT, ("_summary", "count"), ("type", "http://snomed.info/sct|736253002")];
    check(Verb::Get, None, &counted, "type Unsupported search parameter - type=http://snomed.info/sct|736253002");
    for count in ["", "-1", "x", "1.5"] {
        let refused = asked(&locator(), Verb::Get, None, &[PATIENT, ("_count", count)]);
        assert!(matches!(refused, Err((400, _, text)) if text == "_count Invalid parameter: _count"), "{count}");
    }
}

#[test]
fn a_search_is_understood_in_all_its_forms() {
    let find = |query: &[(&str, &str)]| match asked(&locator(), Verb::PostSearch, None, query) {
        Ok(Request::Search(find)) => find,
        other => panic!("{other:?}"),
    };
    let all = find(&[PATIENT]);
    assert_eq!((all.subject.number(), all.wanted, all.size), ("9876543210", Wanted::Pointers, 500));
    for name in ["type", "type.coding"] {
        let typed = find(&[PATIENT, (name, "http://snomed.info/sct|736253002")]);
        assert_eq!(typed.record_type.as_deref(), Some("736253002"));
    }
    for (name, value) in [
        ("custodian", "https://directory.spineservices.nhs.uk/STU3/Organization/rr8"),
        ("custodian.identifier", "https://fhir.nhs.uk/Id/ods-organization-code|RR8"),
    ] {
        assert_eq!(find(&[PATIENT, (name, value)]).custodian, Some(super::ods("RR8")));
    }
    let page = find(&[PATIENT, ("_count", "7"), ("_after", ID)]);
    assert_eq!((page.size, page.after), (7, PointerId::parse(ID)));
    assert_eq!(find(&[PATIENT, ("_count", "99999999999999999999")]).size, 500);
    assert_eq!(find(&[PATIENT, ("_count", "0")]).wanted, Wanted::Count);
    assert_eq!(find(&[PATIENT, ("_summary", "count"), ("_format", "json")]).wanted, Wanted::Count);
}

/// Threat: T41
#[test]
fn a_citizen_finds_no_other_patients_pointers() {
    let mut citizen = consumer_claims();
    citizen.as_object_mut().expect("claims").remove("requesting_user");
    citizen["requesting_patient"] = json!("https://fhir.nhs.net/Id/nhs-number|9876543210");
    citizen["sub"] = citizen["requesting_patient"].clone();
    citizen["reason_for_request"] = json!("patientaccess");
    let check = |locator: &Locator, number: &str, may: bool| {
        let by =
            admitted_with(locator, Some(&unsigned(&citizen)), "200000000115", Interaction::Search).expect("may ask");
        let subject = format!("https://demographics.spineservices.nhs.uk/STU3/Patient/{number}");
        let query = [("subject".to_owned(), subject)];
        assert_eq!(request(locator, &by, &Asked { verb: Verb::Get, id: None, query: &query }).is_ok(), may, "{number}");
    };
    check(&locator(), "9876543210", true);
    check(&locator(), "2686033207", false);
    check(&worded(Wording::Newest), "2686033207", true);
}

#[test]
fn the_workbench_has_one_text_for_whatever_it_cannot_read() {
    let workbench = worded(Wording::Workbench);
    for (verb, text) in [
        (Verb::Patch, "Malformed Create syntax. NRLS Create command invalid syntax."),
        (Verb::Delete, "Malformed Create syntax. NRLS Create command invalid syntax."),
    ] {
        // the voice of these tests is that of a create
        let refused = asked(&workbench, verb, None, &[]).map(drop);
        assert!(matches!(refused, Err((400, code, said)) if code == "BAD_REQUEST Bad Request" && said.ends_with(text)));
    }
}

//! What a new pointer has to be.

use super::{check_refused, coding, created, edited, locator, pointer, read, said, worded};
use crate::{
    Mode,
    nrl::{Displays, Locator, Wording},
};
use baton_exchange::pointer::PointerState;
use serde_json::{Value, json};

#[track_caller]
fn check_element(body: &Value, element: &str, first: &str) {
    check_refused(&locator(), body, &format!("INVALID_RESOURCE Resource is invalid : {element}"), first);
}

fn without(pointers: &[&str]) -> Vec<Value> {
    let remove = |path: &&str| {
        edited(|body| {
            let (parent, name) = path.rsplit_once('/').expect(path);
            body.pointer_mut(parent).and_then(Value::as_object_mut).expect(parent).remove(name).expect(path);
        })
    };
    pointers.iter().map(remove).collect()
}

#[test]
fn what_is_mandatory_is_named_when_it_is_missing() {
    let paths = [
        ("/status", "status", "DocumentReference.status The status of a new DocumentReference can only be \"current\""),
        ("/type", "type", "DocumentReference.type DocumentReference.type is missing"),
        ("/class", "class", "DocumentReference.class class is missing"),
        ("/subject", "subject", "DocumentReference.subject Resource is invalid : subject"),
        ("/author", "author", "DocumentReference.author Resource is invalid : author"),
        ("/custodian", "custodian", "DocumentReference.custodian Resource is invalid : custodian"),
        ("/content", "content", "DocumentReference.content DocumentReference.content is missing"),
        (
            "/content/0/extension",
            "content.extension",
            "DocumentReference.content[0].extension content.extension is missing",
        ),
        ("/content/0/format", "content.format", "DocumentReference.content[0].format content.format is missing"),
        (
            "/content/0/attachment/contentType",
            "contenttype",
            "DocumentReference.content[0].attachment.contentType Resource is invalid : contenttype",
        ),
        ("/content/0/attachment/url", "url", "DocumentReference.content[0].attachment.url Resource is invalid : url"),
        ("/context", "context", "DocumentReference.context context is missing"),
        (
            "/context/practiceSetting",
            "context.practiceSetting",
            "DocumentReference.context.practiceSetting context.practiceSetting is missing",
        ),
        (
            "/type/coding/0/display",
            "type.coding.display",
            "DocumentReference.type.coding[0].display type.coding.display is missing",
        ),
    ];
    for (path, element, first) in paths {
        check_element(&without(&[path])[0], element, first);
    }
}

#[test]
fn the_texts_of_the_reference_server_are_kept() {
    let profile = edited(|body| body["meta"]["profile"][0] = json!("https://example.org/other"));
    let text = "There must be a single profile of the value https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-1 or https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-Pref-1";
    check_element(&profile, "meta.Profile", &format!("DocumentReference.meta.profile {text}"));
    let master = edited(|body| body["masterIdentifier"] = json!({"value": "1"}));
    let text = "If the masterIdentifier is supplied then the value and system properties are mandatory";
    check_element(&master, "masterIdentifier.system", &format!("DocumentReference.masterIdentifier.system {text}"));
    let status = edited(|body| body["status"] = json!("superseded"));
    let text = "The status of a new DocumentReference can only be \"current\"";
    check_element(&status, "status", &format!("DocumentReference.status {text}"));
    let period = edited(|body| body["context"]["period"] = json!({"end": "2017-03-07"}));
    let text = "When included the period element must have a valid start dateTime.";
    check_element(&period, "context.period", &format!("DocumentReference.context.period {text}"));
}

#[test]
fn the_guides_text_is_first_also_where_fhirs_own_rules_say_no() {
    let profile = "There must be a single profile of the value https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-1 or https://fhir.nhs.uk/STU3/StructureDefinition/NRL-DocumentReference-Pref-1";
    let master = "If the masterIdentifier is supplied then the value and system properties are mandatory";
    let status = "The status of a new DocumentReference can only be \"current\"";
    let period = "When included the period element must have a valid start dateTime.";
    let cases = [
        ("/meta", json!({}), "meta.Profile", profile),
        ("/meta/profile/0", json!(" x"), "meta.Profile", profile),
        ("/masterIdentifier", json!({}), "masterIdentifier.system", master),
        ("/masterIdentifier/system", json!(""), "masterIdentifier.system", master),
        ("/masterIdentifier/value", json!("  "), "masterIdentifier.value", master),
        ("/status", json!("draft"), "status", status),
        ("/status", json!(1), "status", status),
        ("/subject", json!({}), "subject", "Resource is invalid : subject"),
        ("/subject/reference", json!(""), "subject", "Resource is invalid : subject"),
        ("/author/0", json!({}), "author", "Resource is invalid : author"),
        ("/author/0/reference", json!(""), "author", "Resource is invalid : author"),
        ("/custodian/reference", json!(""), "custodian", "Resource is invalid : custodian"),
        (
            "/content/0/attachment/contentType",
            json!("application/pdf "),
            "contenttype",
            "Resource is invalid : contenttype",
        ),
        ("/content/0/attachment/url", json!("https://p1.nhs.uk/a plan.pdf"), "url", "Resource is invalid : url"),
        ("/context/period", json!({}), "context.period", period),
        ("/context/period/start", json!("soon"), "context.period", period),
    ];
    for (place, value, element, text) in cases {
        let body = edited(|body| *body.pointer_mut(place).expect(place) = value);
        let refused = created(&locator(), &body, vec![None, None]).map(drop).expect_err(place);
        let (status, code, issues) = said(&locator(), &refused);
        assert_eq!((status, code), (400, format!("INVALID_RESOURCE Resource is invalid : {element}")), "{place}");
        let same = issues.iter().filter(|issue| issue.ends_with(text)).count();
        assert!(issues[0].ends_with(text) && same == 1, "{place}: {issues:?}");
    }
}

#[test]
fn what_exactly_is_wrong_stands_behind_the_guides_text() {
    let body = edited(|body| body["content"][0]["attachment"]["url"] = json!("https://p1.nhs.uk/a plan.pdf"));
    let refused = created(&locator(), &body, vec![None, None]).map(drop).expect_err("it is refused");
    let (_, _, issues) = said(&locator(), &refused);
    assert_eq!(issues.len(), 2, "{issues:?}");
    assert!(issues[1].ends_with("url: an address without white space was expected"), "{issues:?}");
}

/// Threat: T71
#[test]
fn an_id_a_version_and_a_time_are_ignored_whatever_they_are() {
    let cases = [
        ("/id", json!("x y")),
        ("/id", json!("")),
        ("/meta/versionId", json!(99)),
        ("/meta/versionId", json!("no version")),
        ("/meta/lastUpdated", json!("yesterday")),
    ];
    for (place, value) in cases {
        let (parent, name) = place.rsplit_once('/').expect(place);
        let body = edited(|body| body.pointer_mut(parent).expect(parent)[name] = value.clone());
        let settled = created(&locator(), &body, vec![None, None]).map_err(|_| "refused").expect(place);
        let kept: Value = serde_json::from_slice(&settled.written[0].body).expect("JSON");
        assert_ne!(kept.pointer(place), Some(&value), "{place}");
    }
    let indexed = edited(|body| body["indexed"] = json!("2016-03-08"));
    assert!(created(&locator(), &indexed, vec![None, None]).is_err(), "what is indexed has to be an instant");
}

#[test]
fn patients_and_organisations_are_named_by_fixed_addresses() {
    let subject = |reference: &str| edited(|body| body["subject"]["reference"] = json!(reference));
    let form = "The given resource URL does not conform to the expected format - https://demographics.spineservices.nhs.uk/STU3/Patient/[NHS Number]";
    let place = "DocumentReference.subject.reference";
    check_refused(
        &locator(),
        &subject("https://example.org/Patient/9876543210"),
        "INVALID_PARAMETER Invalid parameter",
        &format!("{place} {form}"),
    );
    let number = "The NHS number does not conform to the NHS Number format: 9876543211";
    let wrong = subject("https://demographics.spineservices.nhs.uk/STU3/Patient/9876543211");
    check_refused(&locator(), &wrong, "INVALID_NHS_NUMBER Invalid NHS number", &format!("{place} {number}"));
    let author = |reference: &str| edited(|body| body["author"][0]["reference"] = json!(reference));
    let place = "DocumentReference.author[0].reference";
    let form = "The given resource URL does not conform to the expected format - https://directory.spineservices.nhs.uk/STU3/Organization/[ODS Code]";
    check_refused(
        &locator(),
        &author("https://example.org/Organization/RGD"),
        "INVALID_PARAMETER Invalid parameter",
        &format!("{place} {form}"),
    );
    let empty = author("https://directory.spineservices.nhs.uk/STU3/Organization/");
    check_element(&empty, "author", &format!("{place} Resource is invalid : author"));
    let unknown = author("https://directory.spineservices.nhs.uk/STU3/Organization/ZZZZZ");
    let text = "The ODS code in the custodian and/or author element is not resolvable - ZZZZZ";
    check_refused(&locator(), &unknown, "ORGANISATION_NOT_FOUND Organisation not found", &format!("{place} {text}"));
}

#[test]
fn a_display_beside_a_fixed_address_is_refused() {
    let body = edited(|body| body["custodian"]["display"] = json!("x"));
    check_element(&body, "custodian.display", "DocumentReference.custodian.display a display must not be given here");
}

#[test]
fn codes_come_whole_out_of_their_value_sets() {
    let typed = |coding: Value| edited(|body| body["type"] = coding);
    let place = "DocumentReference.type.coding[0]";
    let cases = [
        (
            coding("http://loinc.org", "736253002", "Mental health crisis plan"),
            "the system has to be http://snomed.info/sct",
        ),
        (coding("http://snomed.info/sct", "1", "x"), "the code is not in the value set of this element"),
        (
            coding("http://snomed.info/sct", "736253002", "mental health crisis plan"),
            "the display of 736253002 has to be \"Mental health crisis plan\"",
        ),
    ];
    for (coding, text) in cases {
        check_element(&typed(coding), "type.coding", &format!("{place} {text}"));
    }
    let mut versioned = coding("http://snomed.info/sct", "736253002", "Mental health crisis plan");
    versioned["coding"][0]["version"] = json!("1");
    let text = "a version of the code system must not be given";
    check_element(&typed(versioned), "type.coding.version", &format!("{place}.version {text}"));
}

#[test]
fn class_and_format_have_to_fit_the_type() {
    let class = edited(|body| body["class"] = coding("http://snomed.info/sct", "1102421000000108", "Observations"));
    check_element(&class, "class", "DocumentReference.class the class does not fit the type");
    for wording in [Wording::Newest, Wording::Reference] {
        assert!(created(&worded(wording), &class, vec![None, None]).is_ok(), "{wording:?}");
    }
    let chart = edited(|body| {
        let display = "Royal College of Physicians NEWS2 (National Early Warning Score 2) chart";
        body["type"] = coding("http://snomed.info/sct", "1363501000000100", display);
        body["class"] = coding("http://snomed.info/sct", "1102421000000108", "Observations");
        body["content"][0]["format"]["code"] = json!("urn:nhs-ic:record-contact");
        body["content"][0]["format"]["display"] = json!("Contact details (HTTP Unsecured)");
    });
    let text = "records of this type do not come in this format";
    check_element(&chart, "content.format", &format!("DocumentReference.content[0].format {text}"));
}

#[test]
fn an_address_is_absolute_and_the_records_own() {
    let at = |url: &str| edited(|body| body["content"][0]["attachment"]["url"] = json!(url));
    let place = "DocumentReference.content[0].attachment.url";
    for url in ["/reports/1.pdf", "reports", "https://", "https:///x", "https://?x", "HTTPS:x", "1http://a"] {
        check_element(&at(url), "url", &format!("{place} Resource is invalid : url"));
    }
    let proxied = "the address must be the record's own, without that of the secure proxy";
    for url in
        ["https://proxy.nhs.uk/https%3A%2F%2Fp1.nhs.uk", "https://PROXY.nhs.uk:443/x", "https://u@proxy.nhs.uk/x"]
    {
        check_element(&at(url), "url", &format!("{place} {proxied}"));
        assert!(created(&worded(Wording::Phase2), &at(url), vec![None, None]).is_ok(), "{url}");
    }
    let number = "the address must not have the patient's number in it";
    check_element(&at("https://p1.nhs.uk/9876543210.pdf"), "url", &format!("{place} {number}"));
    for url in ["https://proxy.nhs.uk.example.org/x", "http://p1.nhs.uk", "tel:0123456"] {
        assert!(created(&locator(), &at(url), vec![None, None]).is_ok(), "{url}");
    }
}

/// Threat: T73
#[test]
fn an_address_that_runs_or_holds_something_itself_is_refused_in_every_wording() {
    let at = |url: &str| edited(|body| body["content"][0]["attachment"]["url"] = json!(url));
    let says =
        "DocumentReference.content[0].attachment.url the scheme of the address must be one that leads to a record";
    for url in [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "javascript://p1.nhs.uk/%0aalert(1)",
        "vbscript:x",
        "data:text/html,<script>alert(1)</script>",
        "file:///etc/passwd",
        "blob:https://p1.nhs.uk/x",
        "view-source:https://p1.nhs.uk",
    ] {
        check_element(&at(url), "url", says);
        assert!(created(&worded(Wording::Phase2), &at(url), vec![None, None]).is_err(), "{url}");
    }
}

#[test]
fn the_workbench_takes_no_attachment_from_the_future() {
    let made = |at: &str| edited(|body| body["content"][0]["attachment"]["creation"] = json!(at));
    for at in ["2027-01-15T08:00:01Z", "2027-01-16", "2027-02", "2028"] {
        assert!(created(&worded(Wording::Workbench), &made(at), vec![None, None]).is_err(), "{at}");
        assert!(created(&locator(), &made(at), vec![None, None]).is_ok(), "{at}");
    }
    for at in ["2027-01-15T08:00:00Z", "2027-01-15", "2027-01", "2027"] {
        assert!(created(&worded(Wording::Workbench), &made(at), vec![None, None]).is_ok(), "{at}");
    }
}

#[test]
fn all_that_is_wrong_is_said_at_once_and_what_the_guide_looks_at_first_is_first() {
    let body = edited(|body| {
        body["meta"] = json!({});
        body["meta"]["profile"] = json!(["x"]);
        body["status"] = json!("superseded");
        body["author"] = json!([{"reference": "x"}]);
        body["class"] = coding("http://snomed.info/sct", "1", "x");
        body["content"][0]["attachment"]["url"] = json!("x");
    });
    let refused = created(&locator(), &body, vec![None, None]).map(drop).expect_err("much is wrong");
    let (_, _, issues) = said(&locator(), &refused);
    let places: Vec<&str> = issues.iter().filter_map(|issue| issue.split(' ').next()).collect();
    let expected = [
        "DocumentReference.class.coding[0]",
        "DocumentReference.meta.profile",
        "DocumentReference.status",
        "DocumentReference.author[0].reference",
        "DocumentReference.content[0].attachment.url",
    ];
    assert_eq!(places, expected);
}

#[test]
fn what_is_no_document_is_refused_with_its_place() {
    let check = |body: &str, expected: &[&str]| {
        let refused = read(&locator(), body).map(drop).expect_err("it is refused");
        let (status, code, issues) = said(&locator(), &refused);
        assert_eq!((status, code.as_str()), (400, "INVALID_REQUEST_MESSAGE Invalid Request Message"), "{body}");
        let issues: Vec<&str> = issues.iter().map(String::as_str).collect();
        assert!(issues.len() == expected.len(), "{issues:?}");
        assert!(issues.iter().zip(expected).all(|(issue, expected)| issue.contains(expected)), "{issues:?}");
    };
    check("", &["Invalid Request Message"]);
    check(" \n", &["Invalid Request Message"]);
    check("{\"resourceType\": ", &["Invalid Request Message", "line 1, column"]);
    check("[1]", &["Invalid Request Message", "line 1, column 1"]);
}

#[test]
fn another_resource_is_no_pointer() {
    let refused = read(&locator(), "{\"resourceType\": \"Patient\"}").map(drop).expect_err("it is refused");
    let (status, code, issues) = said(&locator(), &refused);
    assert_eq!((status, code.as_str()), (400, "INVALID_RESOURCE Resource is invalid : DocumentReference"));
    assert_eq!(issues, ["Patient a DocumentReference was expected"]);
}

#[test]
fn compat_repairs_the_pages_own_slips_and_strict_refuses_them() {
    let body = edited(|body| body["content"][0]["extension"] = body["content"][0]["extension"][0].take());
    let ready = read(&locator(), &body.to_string()).map_err(|_| "refused").expect("it is repaired");
    let rules: Vec<&str> = ready.warnings().iter().map(|warning| warning.rule.id).collect();
    assert_eq!(rules, ["json-repair-array"]);
    let strict = Locator { mode: Mode::Strict, ..locator() };
    assert!(read(&strict, &body.to_string()).is_err());
}

#[test]
fn displays_may_be_any_where_the_operator_says_so() {
    let body = edited(|body| body["type"]["coding"][0]["display"] = json!("x"));
    assert!(created(&Locator { displays: Displays::Any, ..locator() }, &body, vec![None, None]).is_ok());
    let specified = edited(|body| {
        body["type"]["coding"][0]["display"] = json!("Mental health crisis plan (record artifact)");
    });
    assert!(created(&worded(Wording::Phase2), &specified, vec![None, None]).is_ok());
    assert!(created(&locator(), &specified, vec![None, None]).is_err());
}

#[test]
fn the_locator_says_what_is_its_to_say() {
    let body = edited(|body| {
        body["id"] = json!("mine");
        body["meta"]["versionId"] = json!("7");
        body["meta"]["lastUpdated"] = json!("2016-03-08T15:26:01Z");
        body["meta"]["tag"] = json!([{"code": "kept"}]);
        body["indexed"] = json!("2016-03-08T15:26:01Z");
        body["description"] = json!("kept");
    });
    let settled = created(&locator(), &body, vec![None, None]).map_err(|_| "refused").expect("it is made");
    let made = &settled.written[0];
    assert_eq!((made.state, made.version), (PointerState::Current, 1));
    let kept: Value = serde_json::from_slice(&made.body).expect("JSON");
    assert_eq!(kept["id"], json!(made.id.to_string()));
    assert_eq!(kept["meta"]["versionId"], json!("1"));
    assert_eq!(kept["meta"]["lastUpdated"], json!("2027-01-15T08:00:00.000Z"));
    assert_eq!(kept["indexed"], json!("2027-01-15T08:00:00.000Z"));
    assert_eq!((&kept["meta"]["tag"][0]["code"], &kept["description"]), (&json!("kept"), &json!("kept")));
    assert_eq!(kept["masterIdentifier"], pointer()["masterIdentifier"]);
}

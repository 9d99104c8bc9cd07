//! The decisions under "envelope" in docs/dialects/netsmart.md.

use baton_fhir::{finding::Severity, format::Format};
use serde_json::{Value, json};

use super::{
    BOTH, World, accepted, answer_of, check_accepted, check_refusal, check_refused, edited, mount, remove, resource,
    submission,
};
use crate::{Mode, Posted, Verdict, Way, arrive};

/// Sends text, which is refused.
#[track_caller]
fn check_text(mode: Mode, body: &[u8], status: u16, expected: &[&str]) {
    check_refusal(World::new(mode).post(body, Format::Json), status, expected);
}

fn text_with(old: &str, new: &str) -> String {
    let text = submission("b-1").to_string();
    assert!(text.contains(old), "{old}");
    text.replacen(old, new, 1)
}

#[test]
fn what_is_no_json_is_refused() {
    for mode in BOTH {
        for body in ["", "not json", "{\"resourceType\":\"Bundle\"", "{\"a\" 1}"] {
            check_text(mode, body.as_bytes(), 400, &["json-syntax -"]);
        }
        check_text(mode, b"{\"resourceType\":\"Bund\xFFle\"}", 400, &["json-encoding -"]);
        check_text(mode, b"[]", 400, &["json-root -"]);
        check_text(mode, b"42", 400, &["json-root -"]);
        check_text(mode, b"null", 400, &["json-root -"]);
        check_text(mode, b"{\"id\":\"a\"}", 400, &["json-resource-type -"]);
        let twice = text_with(r#""type":"message""#, r#""type":"batch","type":"message""#);
        check_text(mode, twice.as_bytes(), 400, &["json-duplicate-key -"]);
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_its_place() {
    let Verdict::Refused(refused) = World::new(Mode::Compat).post(b"{\n \"a\" 1}", Format::Json) else {
        panic!("it is no JSON");
    };
    assert_eq!(refused.findings[0].position.map(|at| at.line), Some(2));
    assert_eq!(refused.findings[0].severity, Severity::Fatal);
}

#[test]
fn nesting_has_a_limit() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    BOTH.iter().for_each(|mode| check_text(*mode, deep.as_bytes(), 400, &["json-depth -"]));
}

#[test]
fn comments_and_trailing_commas_are_repaired_in_compat_only() {
    let comment = text_with("{", "{ // a comment\n");
    let comma = text_with(r#""type":"message"}"#, r#""type":"message",}"#);
    for (text, rule) in [(comment, "json-repair-comment"), (comma, "json-repair-comma")] {
        check_refusal(World::new(Mode::Strict).post(text.as_bytes(), Format::Json), 400, &["json-syntax -"]);
        let answer = answer_of(&accepted(World::new(Mode::Compat).post(text.as_bytes(), Format::Json)));
        let outcome = answer["entry"].as_array().and_then(|entries| entries.last()).map(|entry| &entry["resource"]);
        let code = outcome.map(|outcome| outcome["issue"][0]["details"]["coding"][0]["code"].clone());
        assert_eq!(code, Some(json!(rule)));
    }
}

#[test]
fn null_empty_arrays_and_single_values_are_repaired_in_compat_only() {
    let null = edited(|message| resource(message, "Patient")["gender"] = Value::Null);
    let array = edited(|message| resource(message, "ServiceRequest")["extension"] = json!([]));
    let single = edited(|message| resource(message, "Patient")["name"][0]["suffix"] = json!("JR"));
    let (gender, extension) = ("Bundle.entry[2].resource.gender", "Bundle.entry[1].resource.extension");
    let suffix = "Bundle.entry[2].resource.name[0].suffix";
    for (message, rule, place) in [
        (&null, "json-repair-null", gender),
        (&array, "json-repair-empty-array", extension),
        (&single, "json-repair-array", suffix),
    ] {
        let finding = format!("{rule} {place}");
        check_refused(Mode::Strict, message, 400, &[&finding]);
        check_accepted(Mode::Compat, message, &[&finding]);
    }
}

#[test]
fn an_unknown_element_is_left_out_in_compat_and_refused_in_strict() {
    let message = edited(|message| resource(message, "Patient")["shoeSize"] = json!(41));
    check_refused(Mode::Strict, &message, 400, &["fhir-unknown-element Bundle.entry[2].resource.shoeSize"]);
    check_accepted(Mode::Compat, &message, &["json-repair-unknown-element Bundle.entry[2].resource.shoeSize"]);
}

#[test]
fn an_empty_string_is_refused_in_both_modes() {
    let message = edited(|message| resource(message, "Patient")["name"][0]["family"] = json!(""));
    let finding = "fhir-empty-string Bundle.entry[2].resource.name[0].family";
    BOTH.iter().for_each(|mode| check_refused(*mode, &message, 400, &[finding]));
}

#[test]
fn another_resource_than_a_bundle_is_refused() {
    let patient = json!({"resourceType": "Patient"});
    BOTH.iter().for_each(|mode| check_refused(*mode, &patient, 400, &["msg-bundle Patient"]));
}

#[test]
fn a_root_that_is_no_resource_of_fhir_is_refused_without_repeating_what_it_says() {
    for (root, place) in [("Referral", "Referral"), ("", "$this"), ("Quinn Testcase 1990", "$this")] {
        let message = json!({"resourceType": root});
        BOTH.iter().for_each(|mode| check_refused(*mode, &message, 400, &[&format!("fhir-resource-type {place}")]));
    }
}

#[test]
fn parameters_are_unwrapped_in_compat_and_refused_in_strict() {
    let wrapped =
        |bundle: Value| json!({"resourceType": "Parameters", "parameter": [{"name": "content", "resource": bundle}]});
    let message = wrapped(submission("b-1"));
    check_refused(Mode::Strict, &message, 400, &["msg-bundle Parameters"]);
    check_accepted(Mode::Compat, &message, &["msg-parameters Parameters"]);
    check_refused(Mode::Compat, &wrapped(json!({"resourceType": "Patient"})), 400, &["msg-bundle Parameters"]);
}

#[test]
fn the_type_of_the_bundle_is_message() {
    let document = edited(|message| message["type"] = json!("document"));
    let missing = edited(|message| remove(message, "type"));
    for mode in BOTH {
        check_refused(mode, &document, 400, &["msg-type Bundle.type"]);
        check_refused(mode, &missing, 400, &["msg-type-required Bundle.type"]);
    }
}

#[test]
fn a_message_without_header_is_refused_for_that_and_for_nothing_that_follows() {
    let without = edited(|message| _ = message["entry"].as_array_mut().expect("entries").remove(0));
    let behind = edited(|message| message["entry"].as_array_mut().expect("entries").swap(0, 1));
    for mode in BOTH {
        check_refused(mode, &without, 400, &["msg-header-first Bundle.entry[0].resource"]);
        check_refused(mode, &behind, 400, &["msg-header-first Bundle.entry[0].resource"]);
    }
}

#[test]
fn a_second_header_is_refused_as_a_whole() {
    let second = json!({"fullUrl": "https://ehr.example.org/fhir/MessageHeader/x", "resource": {"resourceType": "MessageHeader"}});
    let message = edited(|message| message["entry"].as_array_mut().expect("entries").push(second.clone()));
    let expected = ["card-MessageHeader Bundle.entry", "ref-orphan Bundle.entry[11].resource"];
    BOTH.iter().for_each(|mode| check_refused(*mode, &message, 422, &expected));
}

#[test]
fn a_message_has_entries() {
    let without = edited(|message| remove(message, "entry"));
    BOTH.iter().for_each(|mode| check_refused(*mode, &without, 400, &["msg-entry-required Bundle.entry"]));
    let empty = edited(|message| message["entry"] = json!([]));
    check_refused(Mode::Compat, &empty, 400, &["msg-entry-required Bundle.entry"]);
    let faults = ["json-repair-empty-array Bundle.entry", "msg-entry-required Bundle.entry"];
    check_refused(Mode::Strict, &empty, 400, &faults);
}

#[test]
fn the_invariants_of_a_message_hold_in_both_modes() {
    let total = edited(|message| message["total"] = json!(1));
    let request = edited(|message| message["entry"][1]["request"] = json!({"method": "POST", "url": "ServiceRequest"}));
    let response = edited(|message| message["entry"][1]["response"] = json!({"status": "201"}));
    let search = edited(|message| message["entry"][1]["search"] = json!({"mode": "match"}));
    let empty = edited(|message| {
        let entries = message["entry"].as_array_mut().expect("entries are an array");
        entries.push(json!({"fullUrl": "urn:uuid:7d0f2c1e-6a0a-4c53-9a57-2f5d0a6c1005"}));
    });
    for mode in BOTH {
        check_refused(mode, &total, 400, &["bdl-1 Bundle.total"]);
        check_refused(mode, &search, 400, &["bdl-2 Bundle.entry[1].search"]);
        check_refused(mode, &request, 400, &["bdl-3 Bundle.entry[1].request"]);
        check_refused(mode, &response, 400, &["bdl-4 Bundle.entry[1].response"]);
        check_refused(mode, &empty, 400, &["bdl-5 Bundle.entry[11]"]);
    }
}

#[test]
fn a_full_url_stands_once_and_names_no_version() {
    let twice = edited(|message| {
        let copy = message["entry"][5].clone();
        message["entry"].as_array_mut().expect("entries").push(copy);
    });
    let version = edited(|message| {
        message["entry"][6]["fullUrl"] = json!("https://ehr.example.org/fhir/Observation/obs-1/_history/1");
    });
    for mode in BOTH {
        let faults = ["bdl-7 Bundle.entry[11].fullUrl", "ref-orphan Bundle.entry[11].resource"];
        check_refused(mode, &twice, 400, &faults);
        check_refused(mode, &version, 400, &["bdl-8 Bundle.entry[6].fullUrl"]);
    }
}

#[test]
fn missing_full_urls_are_let_pass_in_compat_only() {
    let message = edited(|message| {
        for entry in message["entry"].as_array_mut().expect("entries") {
            remove(entry, "fullUrl");
        }
    });
    let places: Vec<String> = (0..11).map(|at| format!("fullurl-missing Bundle.entry[{at}].fullUrl")).collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    check_accepted(Mode::Compat, &message, &places);
    check_refused(Mode::Strict, &message, 400, &places);
}

#[test]
fn relative_full_urls_are_let_pass_in_compat_only() {
    let message = edited(|message| {
        for entry in message["entry"].as_array_mut().expect("entries") {
            let full_url = entry["fullUrl"].as_str().expect("text").replace("https://ehr.example.org/fhir/", "");
            entry["fullUrl"] = json!(full_url);
        }
    });
    let places: Vec<String> = (0..11).map(|at| format!("fullurl-relative Bundle.entry[{at}].fullUrl")).collect();
    let places: Vec<&str> = places.iter().map(String::as_str).collect();
    check_accepted(Mode::Compat, &message, &places);
    check_refused(Mode::Strict, &message, 400, &places);
}

#[test]
fn an_id_that_disagrees_with_the_full_url_is_let_pass_in_compat_only() {
    let message = edited(|message| resource(message, "PractitionerRole")["id"] = json!("1176"));
    let finding = "id-fullurl-mismatch Bundle.entry[9].resource.id";
    check_accepted(Mode::Compat, &message, &[finding]);
    check_refused(Mode::Strict, &message, 400, &[finding]);
}

#[test]
fn a_type_that_disagrees_with_the_full_url_is_refused_in_both_modes() {
    let message =
        edited(|message| message["entry"][9]["fullUrl"] = json!("https://ehr.example.org/fhir/Location/role-1"));
    for mode in BOTH {
        let Verdict::Refused(refused) = World::new(mode).send(&message) else { panic!("it is refused") };
        assert_eq!(refused.status, 400);
        assert!(refused.findings.iter().any(|it| it.rule.id == "id-fullurl-mismatch" && it.severity.refuses()));
    }
}

#[test]
fn a_header_without_source_is_let_pass_in_compat_only() {
    let source = edited(|message| remove(resource(message, "MessageHeader"), "source"));
    check_accepted(Mode::Compat, &source, &["fhir-required Bundle.entry[0].resource.source"]);
    check_refused(Mode::Strict, &source, 400, &["fhir-required Bundle.entry[0].resource.source"]);
    let endpoint = edited(|message| remove(&mut resource(message, "MessageHeader")["source"], "endpoint"));
    check_accepted(Mode::Compat, &endpoint, &["fhir-required Bundle.entry[0].resource.source.endpoint"]);
    check_refused(Mode::Strict, &endpoint, 400, &["fhir-required Bundle.entry[0].resource.source.endpoint"]);
}

#[test]
fn what_an_answer_could_quote_has_to_be_there() {
    let nothing = edited(|message| {
        remove(message, "id");
        remove(message, "identifier");
        message["entry"][0]["fullUrl"] = json!("urn:uuid:33333333-2222-4333-8444-555555555555");
        let header = resource(message, "MessageHeader");
        remove(header, "id");
        header["focus"][0]["reference"] = json!("https://ehr.example.org/fhir/ServiceRequest/sr-1");
    });
    check_refused(Mode::Compat, &nothing, 400, &["msg-id Bundle.id"]);
    check_refused(Mode::Strict, &nothing, 400, &["msg-header-id Bundle.entry[0].resource.id", "msg-id Bundle.id"]);
}

#[test]
fn the_next_best_id_is_quoted_in_compat_only() {
    let by_identifier = edited(|message| {
        remove(message, "id");
        message["identifier"]["value"] = json!("urn:uuid:7d0f2c1e-6a0a-4c53-9a57-2f5d0a6c1005");
    });
    let by_header = edited(|message| {
        remove(message, "id");
        remove(message, "identifier");
        resource(message, "MessageHeader")["id"] = json!("h-1");
        message["entry"][0]["fullUrl"] = json!("https://ehr.example.org/fhir/MessageHeader/h-1");
    });
    let quoted = |message| {
        answer_of(&World::new(Mode::Compat).accept(message))["entry"][0]["resource"]["response"]["identifier"].clone()
    };
    assert_eq!(quoted(&by_identifier), "7d0f2c1e-6a0a-4c53-9a57-2f5d0a6c1005");
    assert_eq!(quoted(&by_header), "h-1");
    for message in [by_identifier, by_header] {
        check_refused(Mode::Strict, &message, 400, &["msg-id Bundle.id"]);
    }
}

#[test]
fn strict_takes_the_id_of_the_header_from_a_restful_full_url_only() {
    let from_url = edited(|message| remove(resource(message, "MessageHeader"), "id"));
    check_accepted(Mode::Strict, &from_url, &[]);
    let from_urn = edited(|message| {
        remove(resource(message, "MessageHeader"), "id");
        message["entry"][0]["fullUrl"] = json!("urn:uuid:33333333-2222-4333-8444-555555555555");
    });
    check_refused(Mode::Strict, &from_urn, 400, &["msg-header-id Bundle.entry[0].resource.id"]);
    check_accepted(Mode::Compat, &from_urn, &[]);
}

#[test]
fn bad_dates_ids_and_scripts_are_refused_in_both_modes() {
    let date = edited(|message| resource(message, "Patient")["birthDate"] = json!("28.02.1990"));
    let id = edited(|message| resource(message, "Observation")["id"] = json!("a b"));
    let script = edited(|message| {
        let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>";
        resource(message, "Patient")["text"]["div"] = json!(div);
    });
    for mode in BOTH {
        check_refused(mode, &date, 400, &["fhir-value Bundle.entry[2].resource.birthDate"]);
        check_refused(mode, &script, 400, &["txt-1 Bundle.entry[2].resource.text.div"]);
    }
    let mismatch = "id-fullurl-mismatch Bundle.entry[6].resource.id";
    check_refused(Mode::Compat, &id, 400, &["fhir-value Bundle.entry[6].resource.id"]);
    check_refused(Mode::Strict, &id, 400, &["fhir-value Bundle.entry[6].resource.id", mismatch]);
}

/// Threat: T82
#[test]
fn one_entry_over_the_limit_is_refused_and_the_limit_is_not() {
    let with = |count: usize| {
        edited(|message| {
            for at in 11..count {
                let id = format!("org-{at}");
                let url = format!("https://ehr.example.org/fhir/Organization/{id}");
                let organization =
                    json!({"fullUrl": url, "resource": {"resourceType": "Organization", "id": id, "name": "x"}});
                message["entry"].as_array_mut().expect("entries").push(organization);
                let reference = json!({"reference": format!("Organization/{id}")});
                resource(message, "ServiceRequest")["performer"].as_array_mut().expect("performers").push(reference);
            }
        })
    };
    for mode in BOTH {
        check_accepted(mode, &with(20), &[]);
        check_refused(mode, &with(21), 422, &["msg-entries-max Bundle.entry"]);
    }
}

#[test]
fn a_body_of_the_other_format_is_sniffed_in_compat_and_refused_in_strict() {
    let json = submission("b-1").to_string();
    let xml = "<Patient xmlns=\"http://hl7.org/fhir\"/>";
    check_refusal(World::new(Mode::Strict).post(json.as_bytes(), Format::Xml), 400, &["body-format -"]);
    check_refusal(World::new(Mode::Strict).post(xml.as_bytes(), Format::Json), 400, &["body-format -"]);
    assert_eq!(accepted(World::new(Mode::Compat).post(json.as_bytes(), Format::Xml)).warnings, 1);
    check_refusal(World::new(Mode::Compat).post(xml.as_bytes(), Format::Json), 400, &["msg-bundle Patient"]);
}

#[test]
fn a_form_that_holds_json_or_xml_is_read_with_a_warning() {
    for body in [submission("b-1").to_string(), MINIMAL_XML.to_owned()] {
        let posted = Posted {
            body: body.into_bytes(),
            format: Format::Json,
            as_form: true,
            way: Way::Operation,
            referral_info: None,
        };
        let arrived = arrive(&mount(Mode::Compat), &"clinic-a".into(), posted);
        assert!(arrived.refused().is_none());
        let rules: Vec<_> = arrived.findings().iter().map(|finding| finding.rule.id).collect();
        assert_eq!(rules.iter().filter(|id| **id == "body-form").count(), 1, "{rules:?}");
    }
}

const MINIMAL_XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Bundle xmlns="http://hl7.org/fhir"><id value="x-1"/><type value="message"/>
<entry><fullUrl value="https://a.example/MessageHeader/h-1"/><resource><MessageHeader><id value="h-1"/>
<eventCoding><system value="http://ntst.com/fhir/message-events"/><code value="submit-service-request"/></eventCoding>
<source><endpoint value="https://a.example"/></source><focus><reference value="ServiceRequest/s-1"/></focus></MessageHeader></resource></entry>
<entry><fullUrl value="https://a.example/ServiceRequest/s-1"/><resource><ServiceRequest><id value="s-1"/><status value="active"/>
<intent value="order"/><subject><reference value="Patient/p-1"/></subject></ServiceRequest></resource></entry>
<entry><fullUrl value="https://a.example/Patient/p-1"/><resource><Patient><id value="p-1"/><active value="true"/></Patient></resource></entry>
</Bundle>"#;

#[test]
fn xml_is_read_like_json() {
    for mode in BOTH {
        let answer = answer_of(&accepted(World::new(mode).post(MINIMAL_XML.as_bytes(), Format::Xml)));
        assert_eq!(answer["entry"][2]["resource"]["active"], json!(true));
    }
    let entity = format!("<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>{}", &MINIMAL_XML[38..]);
    BOTH.iter().for_each(|mode| {
        check_refusal(World::new(*mode).post(entity.as_bytes(), Format::Xml), 400, &["xml-doctype -"]);
    });
}

#[test]
fn findings_stand_in_document_order() {
    let text = concat!(
        r#"{"resourceType":"Bundle","id":"b","type":"message","#,
        "\n",
        r#""entry":[{"fullUrl":"https://a.example/MessageHeader/h","resource":{"resourceType":"MessageHeader","id":"h","#,
        r#""eventCoding":{"system":"http://ntst.com/fhir/message-events","code":"x"},"#,
        "\n",
        r#""source":{"endpoint":"https://a.example"},"language":"a  b","#,
        "\n",
        r#""focus":[{"reference":"Patient/1"}]}}]}"#
    );
    let Verdict::Refused(refused) = World::new(Mode::Strict).post(text.as_bytes(), Format::Json) else {
        panic!("refused")
    };
    let rules: Vec<_> = refused.findings.iter().map(|finding| finding.rule.id).collect();
    assert_eq!(rules, ["evt-unknown", "fhir-value", "ref-dangling"]);
}

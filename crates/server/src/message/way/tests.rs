use std::sync::OnceLock;

use baton_dialects::{PatchLanguage, Way};
use baton_exchange::refusal::Refusal;
use hyper::{Request, http::request::Parts};

use super::{referral_info, way};
use crate::{
    http::{
        dispatch::Asked,
        peer::{Channel, Peer},
        query::Parameters,
        route::Place,
        trace::Trace,
    },
    listener::ListenerNumber,
};

fn head(method: &str, headers: &[(&str, &[u8])]) -> Parts {
    let request = headers.iter().fold(Request::builder().method(method), |request, (name, value)| {
        request.header(*name, hyper::header::HeaderValue::from_bytes(value).expect("a header's value"))
    });
    request.body(()).expect("a request").into_parts().0
}

/// The way of `METHOD path?query` with headers; its patches are FHIRPath.
fn read(line: &str, headers: &[(&str, &str)]) -> Result<Way, Refusal> {
    let (method, address) = line.split_once(' ').expect("a method and an address");
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    let head = head(method, &headers);
    let trace = Trace { request_id: String::new(), correlation_id: String::new() };
    let peer = Peer {
        from: [127, 0, 0, 1].into(),
        listener: ListenerNumber::SERVER,
        channel: Channel::Plain,
        certificate: None,
    };
    let asked =
        Asked { head: &head, trace: &trace, query: Parameters::parse(query.as_bytes()), form: OnceLock::new(), peer };
    way(&Place::of(path), &asked, PatchLanguage::FhirPath)
}

#[track_caller]
fn check_invalid(line: &str, headers: &[(&str, &str)], name: &str) {
    match read(line, headers) {
        Err(Refusal::ParameterInvalid { name: named, .. }) => assert_eq!(named, name, "{line}"),
        other => panic!("{line}: {other:?}"),
    }
}

#[track_caller]
fn check_unsupported(line: &str, headers: &[(&str, &str)], name: &str) {
    assert_eq!(read(line, headers), Err(Refusal::ParameterUnsupported { name: name.to_owned() }), "{line}");
}

#[test]
fn a_referral_is_named_once_in_the_address() {
    for query in ["", "?identifier=", "?identifier=urn:a%7C", "?identifier=1&identifier=1", "?identifier=1,2"] {
        check_invalid(&format!("PUT /ServiceRequest{query}"), &[], "identifier");
    }
}

/// Threat: T51
#[test]
fn what_is_not_looked_at_is_refused() {
    check_unsupported("PUT /ServiceRequest?identifier=1&status=active", &[], "status");
    check_unsupported("PUT /Bundle?identifier=1", &[], "identifier");
    check_unsupported("PUT /Task/1?_id=1", &[], "_id");
    check_unsupported("POST /Appointment?x=1", &[], "x");
    check_unsupported("POST /Appointment", &[("If-None-Exist", "identifier=1")], "If-None-Exist");
}

#[test]
fn a_version_is_said_as_it_was_read() {
    for header in ["", "1", "\"\"", "W/1", "W/\"a\"", "W/\"-1\"", "W/\"1", "W/\"1\", W/\"2\"", "\u{e9}"] {
        check_invalid("PUT /Task/1", &[("If-Match", header)], "If-Match");
    }
    check_invalid("PUT /Task/1", &[("If-Match", "W/\"1\""), ("If-Match", "W/\"2\"")], "If-Match");
}

#[test]
fn what_is_no_way_in_is_no_route() {
    for line in ["POST /Task/_search", "PUT /Task/1/_history/1", "PUT /metadata"] {
        assert_eq!(read(line, &[]), Err(Refusal::NoSuchRoute), "{line}");
    }
}

#[test]
fn the_operation_and_the_older_updates_are_messages() {
    assert_eq!(read("POST /$process-message?other=1", &[]), Ok(Way::Operation));
    assert_eq!(read("PUT /Bundle?_format=json&_pretty=true", &[]), Ok(Way::PutBundle));
    let put = |query: &str| read(&format!("PUT /ServiceRequest?identifier={query}"), &[]);
    let named = |system: Option<&str>, value: &str| {
        Ok(Way::PutRequest { system: system.map(str::to_owned), value: value.to_owned() })
    };
    assert_eq!(put("urn:a%7C1"), named(Some("urn:a"), "1"));
    assert_eq!(put("%7C1"), named(Some(""), "1"));
    assert_eq!(put("1%5C,2&_format=xml"), named(None, "1,2"));
}

#[test]
fn resources_are_made_replaced_and_patched() {
    let task = || ("Task".to_owned(), "t-1".to_owned());
    let if_match = |header| read("PUT /Task/t-1", &[("If-Match", header)]);
    assert_eq!(read("POST /Appointment", &[]), Ok(Way::Make { resource_type: "Appointment".to_owned() }));
    for (header, seen) in [("W/\"3\"", Some(3)), ("\"3\"", Some(3)), ("W/\"99999999999\"", Some(u32::MAX)), ("*", None)]
    {
        let (resource_type, id) = task();
        assert_eq!(if_match(header), Ok(Way::Replace { resource_type, id, seen }), "{header}");
    }
    let (resource_type, id) = task();
    let language = PatchLanguage::FhirPath;
    assert_eq!(read("PATCH /Task/t-1", &[]), Ok(Way::Patch { resource_type, id, seen: None, language }));
}

#[test]
fn what_people_shall_read_is_taken_as_it_came() {
    let info = |values: &[&[u8]]| {
        let headers: Vec<(&str, &[u8])> = values.iter().map(|value| ("additional_referral_info", *value)).collect();
        referral_info(&head("PUT", &headers).headers)
    };
    assert_eq!(info(&[]), None);
    assert_eq!(info(&[b"<p>a</p>", b"<p>b</p>"]).as_deref(), Some("<p>a</p>\n<p>b</p>"));
    assert_eq!(info(&["\u{e9}".as_bytes()]).as_deref(), Some("\u{e9}"));
    assert_eq!(info(&[b"\xe9"]).as_deref(), Some("\u{e9}"));
}

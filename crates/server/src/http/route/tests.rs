use hyper::Method;

use super::{Access, Base, OauthPlace, Place, PointerPlace, Route, Ways};

fn check(path: &str, expected: Place) {
    assert_eq!(Place::of(path), expected, "{path}");
}

fn words(resource_type: &str, id: &str) -> (String, String) {
    (resource_type.to_owned(), id.to_owned())
}

#[test]
fn what_is_no_route_is_unknown() {
    for path in [
        "/serviceRequest",
        "/$process",
        "/metadata/x",
        "//metadata",
        "/ServiceRequest//1",
        "/ServiceRequest/a_b",
        "/ServiceRequest/1/2",
        "/ServiceRequest/1/_history/2/3",
        "/ServiceRequest/1%2F2",
        "/ServiceRequest/%zz",
        "/ServiceRequest/%+1",
        "/ServiceRequest/%",
        "/Service-Request",
        "/STU3/DocumentReference",
    ] {
        check(path, Place::Unknown);
    }
}

#[test]
fn a_message_header_has_no_route() {
    for path in ["/MessageHeader", "/MessageHeader/1", "/MessageHeader/_search"] {
        check(path, Place::Unknown);
    }
}

#[test]
fn the_operation_is_served_for_the_system_only() {
    for path in ["/MessageHeader/$process-message", "/Bundle/1/%24process-message"] {
        check(path, Place::OperationElsewhere);
    }
}

#[test]
fn the_operation_may_be_encoded_misspelt_and_end_with_a_slash() {
    for path in ["/$process-message", "/%24process-message", "/$process-messages", "/%24process-messages/"] {
        check(path, Place::ProcessMessage);
    }
}

#[test]
fn each_place_has_its_path() {
    check("", Place::Base);
    check("/", Place::Base);
    check("/metadata", Place::Metadata);
    check("/.well-known/smart-configuration", Place::SmartConfiguration);
    check("/ServiceRequest", Place::Type("ServiceRequest".to_owned()));
    check("/ServiceRequest/", Place::Type("ServiceRequest".to_owned()));
    check("/ServiceRequest/_search", Place::TypeSearch("ServiceRequest".to_owned()));
    let (name, id) = words("ServiceRequest", "sr-1.x");
    check("/ServiceRequest/sr%2D1.x", Place::Instance(name.clone(), id.clone()));
    check("/ServiceRequest/sr-1.x/_history", Place::History(name.clone(), id.clone()));
    check("/ServiceRequest/sr-1.x/_history/2", Place::Version(name, id, "2".to_owned()));
}

#[test]
fn an_id_has_64_characters_at_most() {
    let id = "a".repeat(64);
    check(&format!("/Patient/{id}"), Place::Instance("Patient".to_owned(), id.clone()));
    check(&format!("/Patient/{id}a"), Place::Unknown);
}

#[test]
fn the_longest_base_wins() {
    let route = |path: &str| {
        let (plain, worked_on) =
            (Base::Exchange(0, "/a", Ways::Messages), Base::Exchange(1, "/a/b", Ways::MessagesAndRest));
        Route::of(path, [plain, worked_on, Base::Locator(0, "/a/c")].into_iter())
    };
    assert_eq!(route("/a/metadata"), Route::Exchange(0, Place::Metadata, Ways::Messages));
    assert_eq!(route("/a/c/metadata"), Route::Locator(0, PointerPlace::Metadata));
    assert_eq!(route("/a/b/metadata"), Route::Exchange(1, Place::Metadata, Ways::MessagesAndRest));
    assert_eq!(route("/a/bc/metadata"), Route::Exchange(0, Place::Unknown, Ways::Messages));
    assert_eq!(route("/ab/metadata"), Route::Unknown);
}

#[test]
fn the_server_has_routes_of_its_own() {
    let route = |path: &str| Route::of(path, std::iter::empty());
    assert_eq!(route("/health/live"), Route::Live);
    assert_eq!(route("/health/ready/"), Route::Ready);
    assert_eq!(route("/metrics"), Route::Metrics);
    assert_eq!(route("/oauth/token"), Route::Oauth(OauthPlace::Token));
    assert_eq!(route("/oauth/other"), Route::Unknown);
    assert_eq!(route("/"), Route::Unknown);
    assert_eq!(route(""), Route::Unknown);
}

fn access(line: &str) -> Access {
    let (method, path) = line.split_once(' ').expect("a method and a path");
    Place::of(path).access(&Method::from_bytes(method.as_bytes()).expect("a method"))
}

#[test]
fn only_discovery_is_public() {
    for path in ["/metadata", "/.well-known/smart-configuration", "/MessageDefinition", "/GraphDefinition/x"] {
        assert_eq!(access(&format!("GET {path}")), Access::Public, "{path}");
    }
    assert_eq!(access("POST /MessageDefinition/_search"), Access::Public);
    assert_eq!(access("POST /Patient/_search"), Access::Read);
    for path in ["/Patient", "/Patient/1", "/Patient/1/_history", "/Patient/1/_history/1", "/Bundle"] {
        assert_eq!(access(&format!("GET {path}")), Access::Read, "{path}");
        assert_eq!(access(&format!("HEAD {path}")), Access::Read, "{path}");
    }
}

#[test]
fn what_is_sent_asks_for_a_message_or_for_a_write() {
    for line in ["POST /$process-message", "PUT /Bundle", "PUT /ServiceRequest"] {
        assert_eq!(access(line), Access::Message, "{line}");
    }
    assert_eq!(access("POST /Appointment"), Access::Create);
    for line in ["PUT /Task/1", "PATCH /Task/1", "PUT /Appointment/1", "PATCH /Appointment/1"] {
        assert_eq!(access(line), Access::Update, "{line}");
    }
}

#[test]
fn a_route_takes_the_methods_that_it_names() {
    let operation = Route::Exchange(0, Place::ProcessMessage, Ways::Messages);
    assert_eq!(operation.allow(), Some("POST"));
    assert!(operation.takes(&Method::POST) && !operation.takes(&Method::GET));
    let bundles = Route::Exchange(0, Place::Type("Bundle".to_owned()), Ways::Messages);
    assert!(bundles.takes(&Method::HEAD) && !bundles.takes(&Method::POST) && !bundles.takes(&Method::PUT));
    assert_eq!(Route::Exchange(0, Place::Unknown, Ways::Messages).allow(), None);
}

#[test]
fn only_what_is_worked_on_takes_more_than_reading() {
    let check = |path: &str, ways, expected| assert_eq!(Place::of(path).allow(ways), expected, "{path} {ways:?}");
    for (path, expected) in [
        ("/Bundle", "PUT"),
        ("/ServiceRequest", "GET, HEAD, PUT"),
        ("/Appointment", "GET, HEAD, POST"),
        ("/Appointment/1", "GET, HEAD, PUT, PATCH"),
        ("/Task/1", "GET, HEAD, PUT, PATCH"),
    ] {
        check(path, Ways::MessagesAndRest, Some(expected));
        check(path, Ways::Messages, Some("GET, HEAD"));
    }
    for ways in [Ways::Messages, Ways::MessagesAndRest] {
        for path in [
            "/Task",
            "/Patient",
            "/ServiceRequest/1",
            "/Bundle/1",
            "/Task/1/_history",
            "/Task/1/_history/1",
            "/metadata",
        ] {
            check(path, ways, Some("GET, HEAD"));
        }
        for path in ["/$process-message", "/Task/_search"] {
            check(path, ways, Some("POST"));
        }
        for path in ["", "/nothing", "/Task/$process-message"] {
            check(path, ways, None);
        }
    }
}

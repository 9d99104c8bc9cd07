use super::{Origin, Target, TargetFault};

#[track_caller]
fn check_refused(address: &str, fault: TargetFault) {
    assert_eq!(Target::parse(address), Err(fault), "{address}");
}

#[track_caller]
fn check_origin(address: &str, origin: &str) {
    assert_eq!(Origin::of(address).map(|origin| origin.to_string()).as_deref(), Ok(origin), "{address}");
}

#[test]
fn user_information_is_refused() {
    for address in [
        "https://p1.nhs.uk@evil.example/",
        "https://p1.nhs.uk:443@evil.example/",
        "https://@evil.example/",
        "https://:@evil.example/",
        "https://a:b@c@evil.example/",
    ] {
        check_refused(address, TargetFault::Userinfo);
    }
}

#[test]
fn what_others_read_otherwise_is_refused() {
    for address in [
        "https://p1.nhs.uk\\@evil.example/",
        "https:\\\\evil.example/",
        " https://p1.nhs.uk/",
        "https://p1.nhs.uk/a b",
        "https://p1.nhs.uk/\r\nX: y",
        "https://p1.nhs\t.uk/",
        "https://p1.nhs.uk/\0",
    ] {
        check_refused(address, TargetFault::Characters);
    }
}

#[test]
fn what_is_no_absolute_http_address_is_refused() {
    for address in ["", "/path", "p1.nhs.uk", "https:p1.nhs.uk", "https:///p1.nhs.uk", "https://", "https://p1:99999/"]
    {
        check_refused(address, TargetFault::NotAbsolute);
    }
    for address in ["ftp://p1.nhs.uk/", "file://p1.nhs.uk/etc", "gopher://p1.nhs.uk/", "ssp://p1.nhs.uk/"] {
        check_refused(address, TargetFault::Scheme);
    }
    check_refused("https://p1.nhs.uk/#part", TargetFault::Fragment);
    check_refused("https://p1.nhs.uk/#", TargetFault::Fragment);
}

#[test]
fn spelling_makes_no_other_origin() {
    for address in ["https://p1.nhs.uk", "HTTPS://P1.NHS.UK:443/a?b=c", "https://p1.nhs.uk:0443/"] {
        check_origin(address, "https://p1.nhs.uk:443");
    }
    check_origin("http://p1.nhs.uk/", "http://p1.nhs.uk:80");
    check_origin("https://[::1]:8443/", "https://[::1]:8443");
}

/// Threat: T94
#[test]
fn numbers_in_disguise_are_addresses() {
    for host in ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "①②⑦.0.0.1", "127.0.0.1."] {
        check_origin(&format!("http://{host}/"), "http://127.0.0.1:80");
    }
}

/// Threat: T96
#[test]
fn what_begins_alike_is_another_origin() {
    let registered = Origin::of("https://p1.nhs.uk").unwrap();
    for address in [
        "https://p1.nhs.uk.evil.example/",
        "https://p1.nhs.ukevil.example/",
        "https://p1.nhs.uk./",
        "https://p1.nhs.uk:8443/",
        "https://p1.nhs.uk:4430/",
        "http://p1.nhs.uk/",
        "http://p1.nhs.uk:443/",
        "https://nhs.uk/",
        "https://xp1.nhs.uk/",
    ] {
        assert_ne!(Origin::of(address).unwrap(), registered, "{address}");
    }
}

#[test]
fn the_path_is_sent_and_never_printed() {
    let target = Target::parse("https://p1.nhs.uk/record/9000000009?a=%2Fb").unwrap();
    assert_eq!(target.uri().unwrap().to_string(), "https://p1.nhs.uk:443/record/9000000009?a=%2Fb");
    assert_eq!(format!("{target:?}"), "https://p1.nhs.uk:443/…");
}

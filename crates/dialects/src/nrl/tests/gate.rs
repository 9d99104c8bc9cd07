//! Who may fetch what from where.

use super::{NOW, claims, locator, unsigned};
use crate::nrl::{Fault, GateHead, open_gate};

fn head(token: &str) -> GateHead<'_> {
    GateHead {
        authorization: Some(token),
        from: Some("200000000115"),
        to: Some("200000000118"),
        trace: Some("t-1"),
        interaction: Some("urn:nhs:names:services:nrl:DocumentReference.content.read"),
        verify: None,
        has_certificate_of: &|_| true,
    }
}

fn token() -> String {
    unsigned(&claims("200000000115", "AMS01", "patient/*.read"))
}

fn check(head: &GateHead<'_>, address: &str, expected: Fault) {
    let fault = open_gate(&locator(), head, address, NOW).map(drop).map_err(|not| not.fault);
    assert_eq!(fault, Err(expected), "{address}");
}

#[test]
fn the_checks_come_in_their_order() {
    let token = token();
    let at = "https://rr8.nhs.uk/a";
    let reading = unsigned(&claims("200000000115", "AMS01", "patient/DocumentReference.read"));
    let scope = Fault::ScopeWrong { value: "patient/DocumentReference.read".to_owned(), expected: "patient/*.read" };
    check(&GateHead { from: None, ..head(&reading) }, at, scope);
    check(&GateHead { from: None, to: None, ..head(&token) }, at, Fault::SspFrom);
    check(&GateHead { to: Some("1"), trace: None, ..head(&token) }, at, Fault::SspTo);
    check(&GateHead { trace: Some(" "), interaction: None, ..head(&token) }, at, Fault::SspTrace);
    check(&GateHead { interaction: Some("x"), to: Some("200000000115"), ..head(&token) }, at, Fault::SspInteraction);
    check(&GateHead { to: Some("200000000115"), ..head(&token) }, "https://x.example", Fault::SspProvider);
    let providers = unsigned(&claims("200000000118", "RR8", "patient/*.read"));
    check(&GateHead { from: Some("200000000118"), ..head(&providers) }, at, Fault::SspInteraction);
}

#[test]
fn only_the_registered_place_itself_is_behind_the_gate() {
    let token = token();
    for address in [
        "https://rr8.nhs.uk.evil.example/a",
        "https://rr8.nhs.uk@evil.example/a",
        "https://user@rr8.nhs.uk/a",
        "https://:secret@rr8.nhs.uk/a",
        "http://rr8.nhs.uk/a",
        "https://rr8.nhs.uk:8443/a",
        "https://evil.example/?https://rr8.nhs.uk/a",
        "https://rxa.nhs.uk/a",
        "https://rr8.nhs.uk/a#b",
        "rr8.nhs.uk/a",
        "",
    ] {
        check(&head(&token), address, Fault::SspHost { url: address.to_owned() });
    }
    for address in ["https://rr8.nhs.uk/a/b.pdf?c=d", "https://RR8.nhs.uk:443/"] {
        let fetch = open_gate(&locator(), &head(&token), address, NOW).map_err(|not| not.fault).expect(address);
        assert_eq!(fetch.endpoint.as_str(), "https://rr8.nhs.uk/");
    }
}

#[test]
fn the_token_is_of_the_system_that_fetches() {
    let other = unsigned(&claims("200000000118", "RR8", "patient/*.read"));
    let fault = Fault::SystemNotSender { asid: "200000000118".to_owned() };
    check(&head(&other), "https://rr8.nhs.uk/a", fault);
}

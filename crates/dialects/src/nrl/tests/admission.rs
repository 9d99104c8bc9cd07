//! Who may ask for what.

use baton_exchange::{access::LocatorRole, audit::Interaction, refusal::Refusal};

use super::{NOW, admitted_with, claims, consumer_claims, locator, provider_claims, unsigned, worded};
use crate::nrl::{Fault, Head, Wording, admit};

fn head(token: &str) -> Head<'_> {
    Head {
        authorization: Some(token),
        from_asid: Some("200000000118"),
        to_asid: Some("999999999999"),
        verify: None,
        has_certificate_of: &|_| true,
    }
}

fn check(head: &Head<'_>, expected: Fault) {
    let fault = admit(&locator(), head, Interaction::Create, NOW).map(drop).map_err(|not| not.fault);
    assert_eq!(fault, Err(expected));
}

#[test]
fn both_numbers_have_to_be_right_and_the_first_fault_counts() {
    let token = unsigned(&provider_claims());
    for from_asid in [None, Some(""), Some("000000000001")] {
        check(&Head { from_asid, to_asid: None, ..head(&token) }, Fault::FromAsid);
    }
    for to_asid in [None, Some(""), Some("200000000118")] {
        check(&Head { to_asid, ..head(&token) }, Fault::ToAsid);
    }
    check(&Head { authorization: None, from_asid: None, ..head(&token) }, Fault::TokenMissing);
}

#[test]
fn the_certificate_is_the_senders() {
    let token = unsigned(&provider_claims());
    check(&Head { has_certificate_of: &|_| false, to_asid: None, ..head(&token) }, Fault::Certificate);
    check(&Head { has_certificate_of: &|_| false, from_asid: None, ..head(&token) }, Fault::FromAsid);
}

#[test]
fn each_interaction_has_its_role() {
    let missing = Fault::Refusal(Refusal::RoleMissing);
    let (reading, writing) = ("patient/DocumentReference.read", "patient/DocumentReference.write");
    for (interaction, scope, role) in [
        (Interaction::Create, writing, LocatorRole::Provider),
        (Interaction::Update, writing, LocatorRole::Provider),
        (Interaction::Delete, writing, LocatorRole::Provider),
        (Interaction::Audit, reading, LocatorRole::Provider),
        (Interaction::Read, reading, LocatorRole::Consumer),
        (Interaction::Search, reading, LocatorRole::Consumer),
    ] {
        for (asid, code, has) in
            [("200000000118", "RR8", LocatorRole::Provider), ("200000000115", "AMS01", LocatorRole::Consumer)]
        {
            let token = unsigned(&claims(asid, code, scope));
            let admitted = admitted_with(&locator(), Some(&token), asid, interaction).map(drop);
            assert_eq!(admitted, if has == role { Ok(()) } else { Err(missing.clone()) }, "{interaction:?} {asid}");
        }
    }
    let token = unsigned(&claims("200000000118", "RR8", reading));
    assert!(admitted_with(&worded(Wording::Phase2), Some(&token), "200000000118", Interaction::Search).is_ok());
}

#[test]
fn what_is_known_of_a_refused_caller_is_told() {
    let token = unsigned(&consumer_claims());
    let head = Head { from_asid: Some("200000000115"), to_asid: None, ..head(&token) };
    let Err(refused) = admit(&locator(), &head, Interaction::Search, NOW) else { panic!("it is refused") };
    assert_eq!((refused.agent.system.as_str(), refused.agent.organization.as_str()), ("200000000115", "AMS01"));
    assert_eq!(refused.agent.user, "4387293874928");
    assert_eq!(refused.system.map(|system| system.partner), Some("ams".into()));
}

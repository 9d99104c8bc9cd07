//! The tables are whole: every refusal is worded, every rule that is lowered exists.

use std::collections::BTreeSet;

use baton_exchange::{
    pointer::Ods,
    referral::{Part, Stage},
    refusal::Refusal,
};
use baton_fhir::{bundle, check, reference};

use crate::{
    Dialect,
    leniency::entry_of,
    netsmart::{
        rules,
        tables::{Does, guide, leniency},
    },
    refuse,
};

/// One of each. The table itself cannot lack a row: it has a field for each refusal.
fn all() -> Vec<(Refusal, u16, &'static str)> {
    vec![
        (Refusal::NotAuthenticated { presented: false }, 401, "security"),
        (Refusal::TokenExpired, 401, "expired"),
        (
            Refusal::MissingScope { needed: vec!["system/Messaging.write".to_owned()], granted: Vec::new() },
            403,
            "forbidden",
        ),
        (Refusal::ExchangeForbidden, 403, "forbidden"),
        (Refusal::MethodNotAllowed { allow: "POST" }, 405, "not-supported"),
        (Refusal::NoSuchRoute, 404, "not-found"),
        (Refusal::OperationNotHere, 404, "not-supported"),
        (Refusal::NoBatch, 400, "not-supported"),
        (Refusal::NoSuchResource, 404, "not-found"),
        (Refusal::NotAcceptable { accept: "text/html".to_owned() }, 406, "not-supported"),
        (Refusal::UnsupportedContentType { content_type: None }, 415, "not-supported"),
        (Refusal::UnsupportedEncoding, 415, "not-supported"),
        (Refusal::BodyTooLarge { bytes_max: 10 }, 413, "too-long"),
        (Refusal::BodyIncomplete, 400, "incomplete"),
        (Refusal::BodyTooSlow, 408, "timeout"),
        (Refusal::BodyNotInflatable, 400, "structure"),
        (Refusal::HeadTooLarge, 431, "too-long"),
        (Refusal::RequestInvalid, 400, "invalid"),
        (Refusal::ParameterInvalid { name: "async".to_owned(), expected: "true or false" }, 400, "value"),
        (Refusal::ParameterUnsupported { name: "x".to_owned() }, 400, "not-supported"),
        (Refusal::AsyncUnsupported, 422, "not-supported"),
        (Refusal::ResponseUrlWithoutAsync, 400, "invalid"),
        (Refusal::TooManyRequests { retry_after_secs: 1 }, 429, "throttled"),
        (Refusal::MessageResubmitted, 409, "duplicate"),
        (Refusal::EnvelopeReused, 409, "duplicate"),
        (Refusal::ContentChanged, 409, "duplicate"),
        (Refusal::ReferralExists { request_id: "a".to_owned() }, 409, "duplicate"),
        (Refusal::UnknownReferral { request_id: "a".to_owned() }, 404, "not-found"),
        (Refusal::OtherPatient, 409, "conflict"),
        (Refusal::Outdated, 409, "conflict"),
        (Refusal::ReferralOver, 422, "business-rule"),
        (Refusal::Gone, 410, "deleted"),
        (Refusal::FormerTarget, 403, "forbidden"),
        (Refusal::NotYourPart { needed: Part::Target }, 403, "forbidden"),
        (Refusal::EventNotYours { event: "e".to_owned() }, 403, "forbidden"),
        (Refusal::NoSuchMove { from: Stage::EnteredInError, to: Stage::Accepted }, 422, "business-rule"),
        (Refusal::VersionOutdated, 412, "conflict"),
        (Refusal::SeveralReferrals, 412, "conflict"),
        (Refusal::AddressMismatch, 400, "value"),
        (Refusal::PaperElsewhere, 404, "not-found"),
        (Refusal::PaperUnavailable { status: Some(500) }, 502, "transient"),
        (Refusal::PaperTooLarge { bytes_max: 1 }, 502, "too-long"),
        (Refusal::PaperHarmful, 502, "security"),
        (Refusal::RoleMissing, 403, "forbidden"),
        (Refusal::NoSuchPointer, 404, "not-found"),
        (Refusal::NotCustodian, 403, "forbidden"),
        (Refusal::NotCurrent, 422, "business-rule"),
        (Refusal::MasterIdentifierTaken, 409, "duplicate"),
        (Refusal::SupersedesNothing, 422, "not-found"),
        (Refusal::SupersedesOtherPatient, 422, "business-rule"),
        (Refusal::SupersedesUnidentified, 422, "business-rule"),
        (Refusal::SupersedesOtherIdentifier, 422, "business-rule"),
        (Refusal::SupersedesOtherCustodian { custodian: Ods::parse("RR8").expect("a code") }, 422, "business-rule"),
    ]
}

#[test]
fn every_refusal_has_its_status_its_code_and_a_rule_of_its_own() {
    let mut ids = BTreeSet::new();
    for (refusal, status, code) in all() {
        let refused = refuse(Dialect::Netsmart, &refusal);
        let [finding] = refused.findings.as_slice() else { panic!("{refusal:?} has one finding") };
        assert_eq!((refused.status, finding.rule.code.as_str()), (status, code), "{refusal:?}");
        assert!(finding.severity.refuses() && !finding.rule.text.is_empty(), "{refusal:?}");
        assert!(ids.insert(finding.rule.id), "{} is used twice", finding.rule.id);
    }
}

#[test]
fn a_missing_scope_is_named() {
    let refusal = Refusal::MissingScope {
        needed: vec!["a/B.c".to_owned(), "a/B.*".to_owned()],
        granted: vec!["x/Y.z".to_owned()],
    };
    let refused = refuse(Dialect::Netsmart, &refusal);
    assert_eq!(refused.findings[0].diagnostics, "one of a/B.c, a/B.* is needed; granted: x/Y.z");
}

#[test]
fn a_referral_that_exists_hints_at_the_update() {
    let refused = refuse(Dialect::Netsmart, &Refusal::ReferralExists { request_id: "sr-1".to_owned() });
    assert!(refused.findings[0].rule.text.contains("update-service-request"));
    assert!(refused.findings[0].diagnostics.contains("sr-1"));
}

#[test]
fn what_a_caller_wrote_is_printed_short_and_plain() {
    let refused =
        refuse(Dialect::Netsmart, &Refusal::NotAcceptable { accept: format!("a\n\u{202e}{}", "b".repeat(500)) });
    assert_eq!(refused.findings[0].diagnostics, format!("Accept: a??{}", "b".repeat(197)));
}

#[test]
fn every_rule_that_is_lowered_exists() {
    let known = [
        bundle::rules::FULL_URL_MISSING.id,
        bundle::rules::FULL_URL_RELATIVE.id,
        bundle::rules::FULL_URL_MISMATCH.id,
        check::rules::REQUIRED.id,
        reference::rules::ORPHAN.id,
        rules::UNLISTED.id,
        crate::rules::BODY_FORM.id,
        crate::rules::BODY_FORMAT.id,
        crate::rules::PARAMETERS.id,
        rules::DEFINITION.id,
    ];
    let lowered: BTreeSet<&str> = leniency().rules().collect();
    assert_eq!(lowered, known.into_iter().collect());
}

#[test]
fn both_events_and_their_moves_are_known() {
    let guide = guide();
    let event = |code| guide.event(Some("http://ntst.com/fhir/message-events"), Some(code)).map(|event| event.does);
    assert_eq!(event("submit-service-request"), Some(Does::Submit));
    assert_eq!(event("update-service-request"), Some(Does::Update));
    assert_eq!(event("cancel-service-request"), None);
}

#[test]
fn every_link_of_the_table_is_a_reference_of_fhir_to_a_listed_type() {
    let fhir = crate::netsmart::arrive::fhir();
    for listed in &guide().resources {
        for (element, target) in &listed.links {
            let found = fhir.resource(&listed.resource_type).and_then(|of| of.element(element));
            let targets =
                found.map(|found| &found.type_ref.targets).unwrap_or_else(|| panic!("{element} is no element"));
            assert!(
                targets.is_empty() || targets.contains(&target.as_str()),
                "{}.{element}: {target}",
                listed.resource_type
            );
            assert!(guide().listed(target).is_some(), "{target}");
        }
    }
}

#[test]
fn a_listed_type_allows_its_numbers_and_no_others() {
    let guide = guide();
    let allowed = |name| {
        (0..4).filter(|count| guide.listed(name).is_some_and(|listed| listed.allows(*count))).collect::<Vec<_>>()
    };
    assert_eq!(allowed("Patient"), [1]);
    assert_eq!(allowed("Condition"), [0, 1, 2, 3]);
}

#[test]
fn the_entry_of_a_place_is_read() {
    assert_eq!(entry_of("Bundle.entry[12].resource.subject"), Some(12));
    assert_eq!(entry_of("Bundle.type"), None);
    assert_eq!(entry_of("Patient.name[0]"), None);
}

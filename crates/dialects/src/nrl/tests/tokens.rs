//! What an audit token has to claim, and the texts of the reference server when it does not.

use super::{NOW, admitted_with, claims, consumer_claims, locator, provider_claims, said, unsigned, worded};
use crate::{
    Mode,
    nrl::{Locator, Refused, TokenTimes, TokenTrust, Wording},
};
use baton_exchange::audit::Interaction;
use serde_json::{Value, json};

fn refused(locator: &Locator, authorization: Option<&str>, interaction: Interaction) -> String {
    let from = if interaction == Interaction::Search { "200000000115" } else { "200000000118" };
    let fault = admitted_with(locator, authorization, from, interaction).map(drop).expect_err("it is refused");
    let (status, code, issues) = said(locator, &Refused::from(fault));
    let expected = "MISSING_OR_INVALID_HEADER There is a required header missing or invalid";
    assert_eq!((status, code.as_str()), (400, expected));
    issues[0].trim_start_matches("- ").to_owned()
}

#[track_caller]
fn check_claim(claim: &str, value: Value, text: &str) {
    check_claims(&consumer_claims(), claim, value, Interaction::Search, text);
}

#[track_caller]
fn check_claims(claims: &Value, claim: &str, value: Value, interaction: Interaction, text: &str) {
    let mut claims = claims.clone();
    let all = claims.as_object_mut().expect("claims are an object");
    match value {
        Value::Null => drop(all.remove(claim)),
        value => drop(all.insert(claim.to_owned(), value)),
    }
    assert_eq!(refused(&locator(), Some(&unsigned(&claims)), interaction), text, "{claim}");
}

#[test]
fn a_token_has_three_sections_and_claims_in_the_second() {
    let check = |header: Option<&str>, text: &str| assert_eq!(refused(&locator(), header, Interaction::Search), text);
    for none in [None, Some(""), Some("Bearer"), Some("Bearer "), Some("Basic abc")] {
        check(none, "The Authorisation header must be supplied");
    }
    for sections in ["Bearer a.b", "Bearer a.b.c.d", "Bearer a"] {
        check(Some(sections), "The JWT associated with the Authorisation header must have the 3 sections");
    }
    check(Some("Bearer a.."), "The JWT associated with the Authorisation header must have a body of claims.");
    for unreadable in ["Bearer a.!!.", "Bearer a.bm8.", "Bearer a.W10."] {
        check(Some(unreadable), "The Authorisation header must be supplied as a valid JWT.");
    }
}

#[test]
fn a_missing_claim_is_named() {
    for claim in [
        "iss",
        "aud",
        "iat",
        "exp",
        "sub",
        "requesting_user",
        "requesting_system",
        "reason_for_request",
        "scope",
        "requesting_organization",
    ] {
        let text =
            format!("The mandatory claim {claim} from the JWT associated with the Authorisation header is missing");
        check_claim(claim, Value::Null, &text);
        check_claim(claim, json!(""), &text);
        check_claim(claim, json!(" "), &text);
        check_claim(claim, json!(["x"]), &text);
    }
    for claim in ["iat", "exp"] {
        let text =
            format!("The mandatory claim {claim} from the JWT associated with the Authorisation header is missing");
        for value in [json!("1800000000"), json!(1.5), json!(1e300), json!(true)] {
            check_claim(claim, value, &text);
        }
    }
}

/// Threat: T38
#[test]
fn claims_have_their_form_and_fit_each_other() {
    let user = "https://fhir.nhs.uk/Id/sds-role-profile-id|1";
    let sub = "https://fhir.nhs.uk/Id/sds-role-profile-id|4387293874928";
    check_claim("sub", json!(user), &format!("requesting_user ({sub}) and sub ({user}) claim's values must match"));
    let form = "requesting_system (200000000115) must be of the form [https://fhir.nhs.uk/Id/accredited-system|[ASID]]";
    check_claim("requesting_system", json!("200000000115"), form);
    let unknown = "https://fhir.nhs.uk/Id/accredited-system|1";
    check_claim("requesting_system", json!(unknown), "The ASID defined in the requesting_system (1) is unknown");
    check_claim("reason_for_request", json!("x"), "reason_for_request (x) must be 'directcare'");
    let scope = "must match either 'patient/DocumentReference.read' or 'patient/DocumentReference.write'";
    for other in ["patient/DocumentReference.write", "organization/*.read", "patient/*.read"] {
        check_claim("scope", json!(other), &format!("scope ({other}) {scope}"));
    }
    let organization = |code: &str| json!(format!("https://fhir.nhs.uk/Id/ods-organization-code|{code}"));
    check_claim(
        "requesting_organization",
        organization("ZZZZZ"),
        "The ODS code defined in the requesting_organization (ZZZZZ) is unknown",
    );
    let tied =
        "requesting_system ASID (200000000115) is not associated with the requesting_organization ODS code (RR8)";
    check_claim("requesting_organization", organization("RR8"), tied);
    let form =
        "requesting_organization (RR8) must be of the form [https://fhir.nhs.uk/Id/ods-organization-code|[ODSCode]";
    check_claim("requesting_organization", json!("RR8"), form);
}

/// Threat: T38
#[test]
fn a_token_is_of_the_system_that_sends() {
    let other = claims("200000000120", "RXA", "patient/DocumentReference.write");
    let text = "requesting_system ASID (200000000120) is not the system that sends the request";
    assert_eq!(refused(&locator(), Some(&unsigned(&other)), Interaction::Create), text);
    for wording in [Wording::Newest, Wording::Reference] {
        assert!(admitted_with(&worded(wording), Some(&unsigned(&other)), "200000000118", Interaction::Create).is_ok());
    }
}

#[test]
fn a_token_is_good_for_five_minutes() {
    let now = NOW.secs();
    let check = |iat: i64, exp: i64, text: Option<&str>| {
        let mut claims = provider_claims();
        (claims["iat"], claims["exp"]) = (json!(iat), json!(exp));
        let token = unsigned(&claims);
        match text {
            Some(text) => {
                let said = format!("The JWT associated with the Authorisation header is not valid now: {text}");
                assert_eq!(refused(&locator(), Some(&token), Interaction::Create), said);
                let ignoring = Locator { times: TokenTimes::Ignored, ..locator() };
                assert!(admitted_with(&ignoring, Some(&token), "200000000118", Interaction::Create).is_ok());
            }
            None => {
                assert!(
                    admitted_with(&locator(), Some(&token), "200000000118", Interaction::Create).is_ok(),
                    "{iat} {exp}"
                );
            }
        }
    };
    check(now + 31, now + 300, Some("iat is in the future"));
    check(now, now - 1, Some("exp is before iat"));
    check(now - 400, now - 31, Some("exp has passed"));
    check(now, now + 331, Some("exp is more than five minutes from now"));
    check(now + 30, now + 330, None);
    check(now - 400, now - 30, None);
    check(i64::MIN, now + 1, None);
    check(i64::MAX, i64::MAX, Some("iat is in the future"));
}

#[test]
fn nobody_needs_to_attend_when_a_provider_keeps_its_pointers() {
    let mut alone = provider_claims();
    alone["sub"] = alone["requesting_system"].clone();
    alone.as_object_mut().expect("claims").remove("requesting_user");
    assert!(admitted_with(&locator(), Some(&unsigned(&alone)), "200000000118", Interaction::Update).is_ok());
    for other in ["https://fhir.nhs.uk/Id/accredited-system|1", "x"] {
        alone["sub"] = json!(other);
        let text = format!(
            "requesting_system (https://fhir.nhs.uk/Id/accredited-system|200000000118) and sub ({other}) claim's values must match"
        );
        assert_eq!(refused(&locator(), Some(&unsigned(&alone)), Interaction::Update), text);
    }
    alone["sub"] = provider_claims()["sub"].clone();
    let text = "The mandatory claim requesting_user from the JWT associated with the Authorisation header is missing";
    assert_eq!(refused(&locator(), Some(&unsigned(&alone)), Interaction::Update), text);
    let mut reading = consumer_claims();
    reading["sub"] = reading["requesting_system"].clone();
    let text = "The mandatory claim requesting_user from the JWT associated with the Authorisation header is missing";
    check_claims(&reading, "requesting_user", Value::Null, Interaction::Search, text);
}

#[test]
fn a_citizen_asks_for_a_reason_of_its_own_and_changes_nothing() {
    let mut citizen = consumer_claims();
    citizen.as_object_mut().expect("claims").remove("requesting_user");
    citizen["requesting_patient"] = json!("https://fhir.nhs.net/Id/nhs-number|9876543210");
    citizen["sub"] = json!("http://fhir.nhs.net/Id/nhs-number|9876543210");
    citizen["reason_for_request"] = json!("patientaccess");
    assert!(admitted_with(&locator(), Some(&unsigned(&citizen)), "200000000115", Interaction::Read).is_ok());
    check_claims(
        &citizen,
        "reason_for_request",
        json!("directcare"),
        Interaction::Search,
        "reason_for_request (directcare) must be 'patientaccess'",
    );
    let form = "act (x) must be of the form [https://fhir.nhs.net/Id/nhs-number|[NHSNumber]]";
    check_claims(&citizen, "act", json!({"sub": "x"}), Interaction::Search, form);
    let both = "The claim requesting_patient from the JWT associated with the Authorisation header must not be given together with requesting_user";
    for user in [json!("x"), json!(5)] {
        check_claims(&citizen, "requesting_user", user, Interaction::Search, both);
    }
    let mut nulls = citizen.clone();
    (nulls["requesting_user"], nulls["act"]) = (json!(null), json!(null));
    assert!(admitted_with(&locator(), Some(&unsigned(&nulls)), "200000000115", Interaction::Read).is_ok());
    let user = "The mandatory claim requesting_user from the JWT associated with the Authorisation header is missing";
    assert_eq!(refused(&worded(Wording::Phase2), Some(&unsigned(&citizen)), Interaction::Search), user);
    let strict = Locator { mode: Mode::Strict, ..locator() };
    assert!(admitted_with(&strict, Some(&unsigned(&citizen)), "200000000115", Interaction::Read).is_err());
}

#[test]
fn strict_takes_no_slips() {
    let strict = Locator { mode: Mode::Strict, ..locator() };
    let token = unsigned(&consumer_claims());
    let bare = token.trim_start_matches("Bearer ");
    assert!(admitted_with(&locator(), Some(bare), "200000000115", Interaction::Read).is_ok());
    assert!(admitted_with(&strict, Some(bare), "200000000115", Interaction::Read).is_err());
    assert!(admitted_with(&worded(Wording::Workbench), Some(bare), "200000000115", Interaction::Read).is_err());
    let mut slip = consumer_claims();
    slip["scope"] = json!("patient/Documentreference.read");
    assert!(admitted_with(&locator(), Some(&unsigned(&slip)), "200000000115", Interaction::Read).is_ok());
    assert!(admitted_with(&strict, Some(&unsigned(&slip)), "200000000115", Interaction::Read).is_err());
    assert!(
        admitted_with(&locator(), Some(&token.replace("Bearer", "BEARER")), "200000000115", Interaction::Read).is_ok()
    );
}

/// Threat: T37
#[test]
fn where_signatures_count_an_unsigned_token_is_worth_nothing() {
    let signed = Locator { trust: TokenTrust::Signed, ..locator() };
    let text = "The JWT associated with the Authorisation header must be signed with a key that is known here";
    let token = unsigned(&provider_claims());
    assert_eq!(refused(&signed, Some(&token), Interaction::Create), text);
    assert_eq!(refused(&signed, Some(&format!("{token}x")), Interaction::Create), text);
}

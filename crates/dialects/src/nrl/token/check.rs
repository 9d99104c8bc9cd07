//! The claims of a token, in the order in which the reference server looks at them.
//! Source: NRL "Access Tokens and Audit (JWT)", claims and error scenarios.

use baton_exchange::{audit::Agent, pointer::Ods};

use super::{Holder, Token, Use, claims::Claims};
use crate::{
    Mode,
    nrl::{
        Locator,
        fault::{Claim, Fault},
    },
};

const USER: Claim = "requesting_user";
const PATIENT: Claim = "requesting_patient";
const SYSTEM: Claim = "requesting_system";
const ORGANIZATION: Claim = "requesting_organization";

const USER_SYSTEM: &str = "https://fhir.nhs.uk/Id/sds-role-profile-id|";
const PATIENT_SYSTEM: &str = "https://fhir.nhs.net/Id/nhs-number|";
const SYSTEM_SYSTEM: &str = "https://fhir.nhs.uk/Id/accredited-system|";
const ORGANIZATION_SYSTEM: &str = "https://fhir.nhs.uk/Id/ods-organization-code|";

/// Checks what a token claims, for one use.
pub(crate) fn check(locator: &Locator, claims: &Claims, wanted: Use) -> Result<Token, Fault> {
    claims.text("iss")?;
    claims.text("aud")?;
    let (issued, expires) = (claims.seconds("iat")?, claims.seconds("exp")?);
    let sub = claims.text("sub")?;
    let holder = holder(locator, claims, sub, wanted)?;
    let asid = system(locator, claims, sub, &holder)?;
    let reason = reason(claims, &holder)?;
    scope(locator, claims, wanted)?;
    let ods = organization(locator, claims, asid)?;
    let user = match holder {
        Holder::Professional => valued(locator, claims.some_text(USER).unwrap_or_default(), USER_SYSTEM),
        // a citizen is the patient whom the line is about anyway
        Holder::Citizen(_) | Holder::Unattended => None,
    };
    let agent = Agent {
        system: asid.to_owned(),
        organization: ods.as_str().to_owned(),
        user: user.unwrap_or("NotProvided").to_owned(),
        reason: reason.to_owned(),
    };
    Ok(Token { holder, asid: asid.to_owned(), ods, agent, issued, expires })
}

fn holder(locator: &Locator, claims: &Claims, sub: &str, wanted: Use) -> Result<Holder, Fault> {
    match (claims.some_text(USER), claims.some_text(PATIENT)) {
        (Some(_), Some(_)) => Err(Fault::ClaimUnexpected { claim: PATIENT, other: USER }),
        (Some(user), None) => professional(locator, user, sub),
        (None, Some(patient)) if wanted != Use::Write => citizen(locator, claims, patient, sub),
        (None, None) if may_be_unattended(locator, sub, wanted) => Ok(Holder::Unattended),
        (None, _) => Err(Fault::ClaimMissing { claim: USER }),
    }
}

/// Nobody needs to attend when a provider's system keeps its pointers up to date: then `sub` is a system. The reference
/// server asks for a user only where `sub` is one.
fn may_be_unattended(locator: &Locator, sub: &str, wanted: Use) -> bool {
    if locator.wording.lets_users_be_absent() {
        return valued(locator, sub, USER_SYSTEM).is_none();
    }
    wanted == Use::Write && valued(locator, sub, SYSTEM_SYSTEM).is_some()
}

fn professional(locator: &Locator, user: &str, sub: &str) -> Result<Holder, Fault> {
    must_match(locator, USER, user, sub)?;
    let form = "https://fhir.nhs.uk/Id/sds-role-profile-id|[SDSRoleProfileID]";
    must_have_form(locator, USER, user, USER_SYSTEM, form).map(|_| Holder::Professional)
}

fn citizen(locator: &Locator, claims: &Claims, patient: &str, sub: &str) -> Result<Holder, Fault> {
    must_match(locator, PATIENT, patient, sub)?;
    let form = "https://fhir.nhs.net/Id/nhs-number|[NHSNumber]";
    let number = must_have_form(locator, PATIENT, patient, PATIENT_SYSTEM, form)?;
    if let Some(actor) = claims.actor() {
        must_have_form(locator, "act", actor, PATIENT_SYSTEM, form)?;
    }
    Ok(Holder::Citizen(number.to_owned()))
}

fn system<'c>(locator: &Locator, claims: &'c Claims, sub: &str, holder: &Holder) -> Result<&'c str, Fault> {
    let system = claims.text(SYSTEM)?;
    if *holder == Holder::Unattended {
        must_match(locator, SYSTEM, system, sub)?;
    }
    let form = "https://fhir.nhs.uk/Id/accredited-system|[ASID]";
    let asid = must_have_form(locator, SYSTEM, system, SYSTEM_SYSTEM, form)?;
    match locator.directory.system(asid) {
        Some(_) => Ok(asid),
        None => Err(Fault::SystemUnknown { asid: asid.to_owned() }),
    }
}

fn reason<'c>(claims: &'c Claims, holder: &Holder) -> Result<&'c str, Fault> {
    let expected = match holder {
        Holder::Professional | Holder::Unattended => "directcare",
        Holder::Citizen(_) => "patientaccess",
    };
    let reason = claims.text("reason_for_request")?;
    if reason == expected { Ok(reason) } else { Err(Fault::ReasonWrong { value: reason.to_owned(), expected }) }
}

fn scope(locator: &Locator, claims: &Claims, wanted: Use) -> Result<(), Fault> {
    const EITHER: &str = "either 'patient/DocumentReference.read' or 'patient/DocumentReference.write'";
    let (scope, expected) = match wanted {
        Use::Read => ("patient/DocumentReference.read", EITHER),
        Use::Write => ("patient/DocumentReference.write", EITHER),
        Use::Fetch => ("patient/*.read", "patient/*.read"),
    };
    let value = claims.text("scope")?;
    let is = |scope: &str| match locator.mode {
        // the pages' own examples write it with a small r
        Mode::Compat => value.eq_ignore_ascii_case(scope),
        Mode::Strict => value == scope,
    };
    let fits = is(scope) || (wanted == Use::Fetch && locator.wording.fetches_by_writing() && is("patient/*.write"));
    if fits { Ok(()) } else { Err(Fault::ScopeWrong { value: value.to_owned(), expected }) }
}

fn organization(locator: &Locator, claims: &Claims, asid: &str) -> Result<Ods, Fault> {
    let organization = claims.text(ORGANIZATION)?;
    let form = "https://fhir.nhs.uk/Id/ods-organization-code|[ODSCode]";
    let code = must_have_form(locator, ORGANIZATION, organization, ORGANIZATION_SYSTEM, form)?;
    let known = Ods::parse(code).filter(|ods| locator.directory.custody(ods).is_some());
    let ods = known.ok_or_else(|| Fault::OrganizationUnknown { ods: code.to_owned() })?;
    match locator.directory.system(asid) {
        Some(registered) if registered.system.acts_for(&ods) => Ok(ods),
        _ => Err(Fault::OrganizationNotTied { asid: asid.to_owned(), ods: code.to_owned() }),
    }
}

fn must_match(locator: &Locator, claim: Claim, value: &str, sub: &str) -> Result<(), Fault> {
    if is_same(locator, value, sub) {
        return Ok(());
    }
    Err(Fault::ClaimDiffers { claim, value: value.to_owned(), sub: sub.to_owned() })
}

fn must_have_form<'v>(
    locator: &Locator,
    claim: Claim,
    value: &'v str,
    system: &str,
    form: &'static str,
) -> Result<&'v str, Fault> {
    valued(locator, value, system).ok_or_else(|| Fault::ClaimForm { claim, value: value.to_owned(), form })
}

/// The pages' own examples mix the two schemes.
fn is_same(locator: &Locator, one: &str, other: &str) -> bool {
    match locator.mode {
        Mode::Compat => without_scheme(one) == without_scheme(other),
        Mode::Strict => one == other,
    }
}

/// What stands behind a system; nothing when another system or nothing does.
fn valued<'v>(locator: &Locator, value: &'v str, system: &str) -> Option<&'v str> {
    let rest = match locator.mode {
        Mode::Compat => without_scheme(value).strip_prefix(without_scheme(system)),
        Mode::Strict => value.strip_prefix(system),
    };
    rest.filter(|rest| !rest.is_empty())
}

fn without_scheme(value: &str) -> &str {
    value.strip_prefix("https:").or_else(|| value.strip_prefix("http:")).unwrap_or(value)
}

//! The claims of an assertion, once its signature is good. Source: RFC 7519, section 4.1; RFC 7523, section 3.

use serde_json::{Map, Value};

use super::{ASSERTION_SECS_MAX, AssertionRefusal, Expected, SKEW_SECS, name};

/// The number of an assertion and when it expires.
pub(super) fn check_claims(
    claims: &Map<String, Value>,
    expected: &Expected<'_>,
) -> Result<(String, i64), AssertionRefusal> {
    let for_us = |audience: &str| expected.audiences.contains(&audience);
    if !claims.get("aud").and_then(Value::as_str).is_some_and(for_us) {
        return Err(AssertionRefusal::Audience);
    }
    let expires = time(claims, "exp")?.ok_or(AssertionRefusal::NoExpiry)?;
    if expires <= expected.now {
        return Err(AssertionRefusal::Expired);
    }
    if expires > expected.now + ASSERTION_SECS_MAX + SKEW_SECS {
        return Err(AssertionRefusal::ExpiresTooLate);
    }
    for claim in ["iat", "nbf"] {
        if time(claims, claim)?.is_some_and(|time| time > expected.now + SKEW_SECS) {
            return Err(AssertionRefusal::FromTheFuture);
        }
    }
    let jti = name(claims, "jti").ok_or(AssertionRefusal::NoNumber)?;
    Ok((jti, expires))
}

/// A time that is a whole number of seconds since 1970. RFC 7519 allows fractions; libraries that took a text or a fraction
/// for no time at all skipped the check (CVE-2026-25537), so anything else is refused by name.
fn time(claims: &Map<String, Value>, claim: &str) -> Result<Option<i64>, AssertionRefusal> {
    let Some(value) = claims.get(claim) else { return Ok(None) };
    let secs = value.as_u64().and_then(|secs| i64::try_from(secs).ok());
    secs.map(Some).ok_or(AssertionRefusal::NoTime)
}

//! The header `Retry-After`: seconds, or a date. Source: RFC 9110, section 10.2.3.

use crate::time::Timestamp;

/// The moment that a header asks to wait for. Nothing when it says none; what lies in the past is now.
#[must_use]
pub fn retry_after(header: &str, now: Timestamp) -> Option<Timestamp> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        // more digits than a number has still mean "late"
        return Some(now.plus_secs(header.parse().unwrap_or(i64::MAX)));
    }
    Timestamp::of_http_date(header).map(|moment| moment.max(now))
}

//! The ids by which both sides find a request again.

use hyper::{HeaderMap, header::HeaderValue};

/// Longer ids are replaced by one of ours.
pub(crate) const ID_CHARS_MAX: usize = 200;

/// The ids of one request. Both come back in every answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The caller's `X-Request-ID`, or a new UUID.
    pub request_id: String,
    /// The caller's `X-Correlation-ID`, or the request id.
    pub correlation_id: String,
}

impl Trace {
    /// Reads the ids of a request; `fresh` makes one where the caller has none that can be used.
    pub fn of(headers: &HeaderMap, fresh: impl FnOnce() -> String) -> Trace {
        let request_id = usable(headers.get("x-request-id")).unwrap_or_else(fresh);
        let correlation_id = usable(headers.get("x-correlation-id")).unwrap_or_else(|| request_id.clone());
        Trace { request_id, correlation_id }
    }
}

/// An id that can stand in a log line and in a header: printable ASCII.
fn usable(value: Option<&HeaderValue>) -> Option<String> {
    let id = value?.to_str().ok()?.trim();
    let printable = id.bytes().all(|byte| matches!(byte, 0x20..=0x7E));
    (printable && (1..=ID_CHARS_MAX).contains(&id.len())).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Trace;
    use hyper::HeaderMap;

    fn check(headers: &[(&'static str, &str)], request_id: &str, correlation_id: &str) {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| {
                (
                    hyper::header::HeaderName::from_static(name),
                    hyper::header::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
                )
            })
            .collect();
        let trace = Trace::of(&headers, || "fresh".to_owned());
        assert_eq!(
            (trace.request_id.as_str(), trace.correlation_id.as_str()),
            (request_id, correlation_id),
            "{headers:?}"
        );
    }

    #[test]
    fn an_id_that_cannot_be_printed_is_replaced() {
        check(&[("x-request-id", "naïve")], "fresh", "fresh");
        check(&[("x-request-id", "a\tb")], "fresh", "fresh");
        check(&[("x-request-id", "")], "fresh", "fresh");
    }

    #[test]
    fn an_id_may_have_200_characters() {
        let long = "r".repeat(200);
        check(&[("x-request-id", &long)], &long, &long);
        check(&[("x-request-id", &format!("{long}r"))], "fresh", "fresh");
    }

    #[test]
    fn both_ids_of_the_caller_are_kept() {
        check(&[("x-request-id", "r"), ("x-correlation-id", "c")], "r", "c");
        check(&[("x-correlation-id", "c")], "fresh", "c");
        check(&[("x-request-id", "r")], "r", "r");
    }
}

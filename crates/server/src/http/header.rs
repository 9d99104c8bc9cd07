//! Headers that say one thing. Who sends one twice may have somebody on the way believe the other one, so none is believed.
//! Source: RFC 9110, section 5.3 (a header that is no list stands there once).

use hyper::{HeaderMap, header::HeaderName};

/// A header's text; nothing when it is not there, empty when it is no text or stands there twice, which nothing takes for a value.
#[must_use]
pub fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().unwrap_or_default()),
        (Some(_), Some(_)) => Some(""),
    }
}

#[cfg(test)]
mod tests {
    use hyper::{
        HeaderMap,
        header::{CONTENT_TYPE, HeaderValue},
    };

    use super::only;

    /// Threat: T09
    #[test]
    fn of_two_headers_none_is_believed() {
        let mut headers = HeaderMap::new();
        assert_eq!(only(&headers, &CONTENT_TYPE), None);
        headers.append(CONTENT_TYPE, HeaderValue::from_static("a"));
        assert_eq!(only(&headers, &CONTENT_TYPE), Some("a"));
        headers.append(CONTENT_TYPE, HeaderValue::from_static("a"));
        assert_eq!(only(&headers, &CONTENT_TYPE), Some(""));
        headers.insert(CONTENT_TYPE, HeaderValue::from_bytes(b"\xff").expect("it may be sent"));
        assert_eq!(only(&headers, &CONTENT_TYPE), Some(""));
    }
}

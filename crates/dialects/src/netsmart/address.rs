//! Compares addresses by host and port, never by how their text begins.
//! Source: RFC 3986, section 3.2; FHIR R4 MessageHeader.destination.

/// Host in small letters and port of an `http` or `https` address; nothing for addresses without a host, such as `urn:…`.
pub(super) fn host_of(url: &str) -> Option<(String, u16)> {
    let (scheme, rest) = url.split_once("://")?;
    let default_port = match scheme.to_ascii_lowercase().as_str() {
        "https" => 443,
        "http" => 80,
        _ => 0,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // what stands before an @ says who, not where
    let place = authority.rsplit_once('@').map_or(authority, |(_, place)| place);
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(0)),
        _ => (place, default_port),
    };
    (!host.is_empty()).then(|| (host.trim_end_matches('.').to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::host_of;

    fn check(one: &str, other: &str, is_same: bool) {
        assert!(host_of(one).is_some(), "{one}");
        assert_eq!(host_of(one) == host_of(other), is_same, "{one} and {other}");
    }

    #[test]
    fn another_host_or_port_is_another_place() {
        check("https://a.example/x", "https://a.example.net/x", false);
        check("https://a.example", "https://aa.example", false);
        check("https://a.example", "https://a.example@b.example/", false);
        check("https://a.example:8443/x", "https://a.example/x", false);
        check("http://a.example/x", "https://a.example/x", false);
        check("https://a.example:x/", "https://a.example/", false);
    }

    #[test]
    fn path_letter_case_user_and_default_port_do_not_matter() {
        check("https://a.example/x", "https://A.Example/y?z#w", true);
        check("https://a.example/x", "HTTPS://user:pass@a.example:443", true);
        check("http://[::1]/x", "http://[::1]:80/", true);
        check("http://localhost:8080/x", "http://localhost:8080", true);
    }

    #[test]
    fn what_has_no_host_has_none() {
        for address in ["urn:oid:1.2.3", "mailto:a@b.example", "https:///x", "a.example/x", ""] {
            assert_eq!(host_of(address), None, "{address}");
        }
    }
}

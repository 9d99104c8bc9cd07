//! Headers of one connection alone, which end at this server. Source: RFC 9110, 7.6.1 and 10.1.1.

use hyper::{
    HeaderMap,
    header::{
        CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE,
    },
};

const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Takes away the headers of one connection, those that `Connection` names among them.
pub fn strip_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().chain(&HOP_BY_HOP) {
        headers.remove(name);
    }
}

/// Leaves what is meant for the other end. Who it is and how long the body is follow from the call itself, and the body is
/// there: nobody has to be asked whether it may come.
pub(super) fn for_request(headers: &mut HeaderMap) {
    strip_hop_by_hop(headers);
    for name in [HOST, CONTENT_LENGTH, EXPECT] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::{HeaderMap, HeaderName, for_request, strip_hop_by_hop};

    fn left(strip: fn(&mut HeaderMap), headers: &[(&str, &str)]) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        strip(&mut map);
        let mut names: Vec<String> = map.keys().map(ToString::to_string).collect();
        names.sort();
        names
    }

    const SENT: &[(&str, &str)] = &[
        ("connection", "close, X-Of-This-Hop"),
        ("connection", "x-and-this"),
        ("x-of-this-hop", "1"),
        ("x-and-this", "1"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("proxy-authorization", "Basic eA=="),
        ("te", "trailers"),
        ("trailer", "x-sum"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "h2c"),
        ("host", "evil.example"),
        ("content-length", "7"),
        ("expect", "100-continue"),
        ("accept", "*/*"),
    ];

    #[test]
    fn headers_of_one_connection_are_left_out() {
        assert_eq!(left(strip_hop_by_hop, SENT), ["accept", "content-length", "expect", "host"]);
    }

    #[test]
    fn a_request_names_its_host_and_length_itself() {
        assert_eq!(left(for_request, SENT), ["accept"]);
    }
}

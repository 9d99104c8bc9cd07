//! The other end of a connection, as far as the connection itself tells, and a proxy that the operator has named.

use std::net::{IpAddr, SocketAddr};

use hyper::{HeaderMap, header::HeaderName};

use crate::{listener::ListenerNumber, tls::CertificateFingerprint};

/// Who is at the other end. What headers say of it counts when a named proxy sends them: anybody else can, too.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The address that it calls from; of a request that a named proxy brings, that of whom it brings it for.
    pub from: IpAddr,
    /// Where it came in.
    pub listener: ListenerNumber,
    /// How it is spoken to.
    pub channel: Channel,
    /// The certificate that it showed when it connected.
    pub certificate: Option<CertificateFingerprint>,
}

/// How a client is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// HTTP.
    Plain,
    /// HTTPS.
    Tls,
}

/// Where proxies write down for whom they call, each behind what it was told itself.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

impl Peer {
    /// Who is behind these proxies. A named proxy is believed about the one who called it, and no further: what stands before that
    /// is what somebody said.
    #[must_use]
    pub fn behind(self, proxies: &[IpAddr], headers: &HeaderMap) -> Peer {
        let is_proxy = |address: &IpAddr| proxies.contains(&address.to_canonical());
        if !is_proxy(&self.from) {
            return self;
        }
        let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default());
        let entries: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut addresses = entries.iter().rev().map(|entry| address_of(entry));
        // what is no address ends it: then it is the proxy itself that is known
        match addresses.find(|address| !address.as_ref().is_some_and(is_proxy)) {
            Some(Some(from)) => Peer { from, ..self },
            Some(None) | None => self,
        }
    }
}

/// The address in an entry, which some proxies write with its port.
fn address_of(entry: &str) -> Option<IpAddr> {
    let bare = || entry.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(entry).parse().ok();
    let address = bare().or_else(|| entry.parse().ok().map(|with_port: SocketAddr| with_port.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, header::HeaderValue};

    use super::{Channel, FORWARDED_FOR, IpAddr, ListenerNumber, Peer};

    const PROXIES: [&str; 2] = ["10.0.0.7", "2001:db8::7"];

    #[track_caller]
    fn check(from: &str, lines: &[&str], expected: &str) {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        let peer =
            Peer { from: address(from), listener: ListenerNumber::SERVER, channel: Channel::Plain, certificate: None };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).expect("a header"));
        }
        assert_eq!(peer.behind(&PROXIES.map(address), &headers).from, address(expected), "{from} {lines:?}");
    }

    /// Threat: T42
    #[test]
    fn what_others_than_named_proxies_say_does_not_count() {
        check("192.0.2.1", &["198.51.100.1"], "192.0.2.1");
        check("10.0.0.8", &["198.51.100.1", "10.0.0.7"], "10.0.0.8");
        check("2001:db8::8", &["198.51.100.1"], "2001:db8::8");
    }

    /// Threat: T42
    #[test]
    fn a_named_proxy_is_believed_about_who_called_it_and_no_further() {
        check("10.0.0.7", &["192.0.2.9"], "192.0.2.9");
        check("::ffff:10.0.0.7", &["192.0.2.9"], "192.0.2.9");
        // whoever called the proxy had written something there already
        check("10.0.0.7", &["198.51.100.1, 192.0.2.9"], "192.0.2.9");
        check("10.0.0.7", &["198.51.100.1", "192.0.2.9"], "192.0.2.9");
        check("10.0.0.7", &["10.0.0.7, 192.0.2.9"], "192.0.2.9");
        // from one proxy to the next
        check("10.0.0.7", &["198.51.100.1, 192.0.2.9, 2001:db8::7"], "192.0.2.9");
        check("2001:db8::7", &["192.0.2.9,10.0.0.7", "10.0.0.7"], "192.0.2.9");
    }

    #[test]
    fn an_entry_may_have_a_port_and_what_is_no_address_says_nothing() {
        for (entry, expected) in [
            ("192.0.2.9:1234", "192.0.2.9"),
            ("[2001:db8::9]:1234", "2001:db8::9"),
            ("[2001:db8::9]", "2001:db8::9"),
            ("2001:db8::9", "2001:db8::9"),
            ("::ffff:192.0.2.9", "192.0.2.9"),
            ("unknown", "10.0.0.7"),
            ("192.0.2.9, unknown", "10.0.0.7"),
            ("192.0.2.9,", "10.0.0.7"),
            ("", "10.0.0.7"),
            ("10.0.0.7", "10.0.0.7"),
        ] {
            check("10.0.0.7", &[entry], expected);
        }
        check("10.0.0.7", &[], "10.0.0.7");
    }
}

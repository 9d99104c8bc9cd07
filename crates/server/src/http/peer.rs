//! The other end of a connection, as far as the connection itself tells.

use std::net::IpAddr;

use crate::{listener::ListenerNumber, tls::CertificateFingerprint};

/// Who is at the other end. What a proxy says of it in headers does not count: anybody can send those.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// The address that it calls from.
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

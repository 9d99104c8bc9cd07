//! Where a call goes: an origin that is compared exactly, and the path at it that is never printed.

use std::fmt::{Display, Formatter};

use hyper::Uri;
use url::Url;

/// How an origin is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Without TLS.
    Http,
    /// With TLS.
    Https,
}

impl Scheme {
    /// As in an address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// Scheme, host and port. Two are one origin when all three are equal, and never because one begins like the other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    scheme: Scheme,
    /// In lower case; an IPv6 address in brackets.
    host: String,
    port: u16,
}

impl Origin {
    /// The origin of an address, whatever its path is.
    ///
    /// # Errors
    /// [`TargetFault`] when it cannot be called.
    pub fn of(address: &str) -> Result<Origin, TargetFault> {
        Target::parse(address).map(|target| target.origin)
    }

    /// How it is spoken to.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Its host.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port, also where the address left it out.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}:{}", self.scheme.as_str(), self.host, self.port)
    }
}

/// Why an address cannot be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetFault {
    /// It is no absolute address with a host.
    #[error("it is no absolute address")]
    NotAbsolute,
    /// It is neither http nor https.
    #[error("it is neither http nor https")]
    Scheme,
    /// It has a user or a password, which readers take for the host.
    #[error("it has user information")]
    Userinfo,
    /// It has a fragment, which is never sent.
    #[error("it has a fragment")]
    Fragment,
    /// It has spaces, control characters or backslashes, which others read otherwise.
    #[error("it has characters that have to be percent-encoded")]
    Characters,
}

/// An absolute http or https address.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    origin: Origin,
    path_and_query: String,
}

impl Target {
    /// Reads an address.
    ///
    /// # Errors
    /// [`TargetFault`] for what cannot be called, or would be read in two ways.
    pub fn parse(address: &str) -> Result<Target, TargetFault> {
        if address.chars().any(|c| c.is_whitespace() || c.is_control() || c == '\\') {
            return Err(TargetFault::Characters);
        }
        // the parser forgives a missing or a third slash; who wrote it meant something else
        let (_, after) = address.split_once("://").ok_or(TargetFault::NotAbsolute)?;
        let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return Err(TargetFault::NotAbsolute);
        }
        if authority.contains('@') {
            return Err(TargetFault::Userinfo);
        }
        let url = Url::parse(address).map_err(|_| TargetFault::NotAbsolute)?;
        let scheme = match url.scheme() {
            "http" => Scheme::Http,
            "https" => Scheme::Https,
            _ => return Err(TargetFault::Scheme),
        };
        if url.fragment().is_some() {
            return Err(TargetFault::Fragment);
        }
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return Err(TargetFault::NotAbsolute);
        };
        let origin = Origin { scheme, host: host.to_owned(), port };
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Ok(Target { origin, path_and_query: format!("{}{query}", url.path()) })
    }

    /// Whom it calls.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The address as HTTP's library wants it, made of the parts that were checked and not of the text.
    pub(super) fn uri(&self) -> Result<Uri, TargetFault> {
        let Origin { scheme, host, port } = &self.origin;
        let uri = Uri::builder()
            .scheme(scheme.as_str())
            .authority(format!("{host}:{port}"))
            .path_and_query(self.path_and_query.as_str());
        uri.build().map_err(|_| TargetFault::Characters)
    }
}

/// The path may name a person's record.
impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/…", self.origin)
    }
}

#[cfg(test)]
mod tests;

//! Values of the configuration that are more than a text or a number.

use std::{net::IpAddr, time::Duration};

use serde::Deserialize;
use url::Url;

macro_rules! from_text {
    ($($name:ident),+) => {$(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                $name::read(&text).map_err(serde::de::Error::custom)
            }
        }
    )+};
}
use crate::{delivery::SigningKey, query::OfficerKey};

from_text!(
    SigningKey, OfficerKey, Delay, BasePath, BaseUrl, HttpUrl, Listen, PublicUrl, WebOrigin, StoreUrl, Scope, Id,
    Secret
);

/// A duration: a number and a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay(pub Duration);

impl Delay {
    fn read(text: &str) -> Result<Delay, String> {
        let wrong = || format!("`{text}` is no duration: a whole number and a unit (ms, s, m, h), as in \"30s\"");
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
        let millis = match &text[digits..] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(wrong()),
        };
        number.checked_mul(millis).map(|millis| Delay(Duration::from_millis(millis))).ok_or_else(wrong)
    }

    /// Whole seconds.
    #[must_use]
    pub fn secs(self) -> i64 {
        i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX)
    }
}

/// The path under which an exchange is mounted, such as `/netsmart/v4`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasePath(pub String);

/// First segments that belong to the server itself.
const OWN_SEGMENTS: [&str; 4] = ["health", "metrics", "oauth", ".well-known"];

impl BasePath {
    fn read(text: &str) -> Result<BasePath, String> {
        let Some(inner) = text.strip_prefix('/') else {
            return Err(format!("`{text}` must start with a slash, as in \"/netsmart/v4\""));
        };
        if inner.is_empty() || inner.ends_with('/') {
            return Err(format!("`{text}` must not end with a slash, as in \"/netsmart/v4\""));
        }
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        for segment in inner.split('/') {
            if segment.is_empty() || segment == "." || segment == ".." || !segment.chars().all(unreserved) {
                return Err(format!("`{text}` must be made of letters, digits and -._~ between single slashes"));
            }
        }
        let first = inner.split('/').next().unwrap_or_default();
        if OWN_SEGMENTS.contains(&first) {
            return Err(format!("`/{first}` belongs to the server itself: take another path"));
        }
        Ok(BasePath(text.to_owned()))
    }
}

/// An absolute HTTP address that others stand under, without query and without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(pub String);

impl BaseUrl {
    fn read(text: &str) -> Result<BaseUrl, String> {
        HttpUrl::read(text).map(|HttpUrl(text)| BaseUrl(text.trim_end_matches('/').to_owned()))
    }
}

/// What those call a server who come to it: such an address, written as they write it, since it is compared letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(pub String);

impl PublicUrl {
    fn read(text: &str) -> Result<PublicUrl, String> {
        let HttpUrl(text) = HttpUrl::read(text)?;
        let bare = |text: &str| text.trim_end_matches('/').to_owned();
        let written = Url::parse(&text).map_or_else(|_| text.clone(), String::from);
        match bare(&written) == bare(&text) {
            true => Ok(PublicUrl(bare(&text))),
            false => Err(format!("`{text}` is written `{}` by those who call it: write it so", bare(&written))),
        }
    }
}

/// An absolute HTTP address without query, as it was written: with a slash at its end it is another one than without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpUrl(pub String);

impl HttpUrl {
    fn read(text: &str) -> Result<HttpUrl, String> {
        let right = "an absolute http or https address, as in \"https://referrals.example.org\"";
        let url = Url::parse(text).map_err(|error| format!("`{text}` is no address ({error}): {right}"))?;
        let plain = url.query().is_none() && url.fragment().is_none();
        let plain = plain && url.username().is_empty() && url.password().is_none();
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() || !plain {
            return Err(format!("this is not {right}"));
        }
        Ok(HttpUrl(text.to_owned()))
    }
}

/// Where pages of a browser come from, spelt as browsers spell it: they are compared letter by letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebOrigin(pub String);

impl WebOrigin {
    fn read(text: &str) -> Result<WebOrigin, String> {
        let right = "the origin of pages is scheme, host and, where it is not the usual one, port, as in \"https://app.example.org\"";
        // a star is a letter like others in a host, and would be understood as more
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && !text.contains('*'));
        match url.map(|url| url.origin().ascii_serialization()) {
            Some(origin) if origin == text => Ok(WebOrigin(origin)),
            Some(origin) => Err(format!("`{text}` is no origin, `{origin}` is one: {right}")),
            None => Err(format!("`{text}` is no origin: {right}")),
        }
    }
}

/// Host and port to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen(pub String);

impl Listen {
    /// Whether only this machine reaches it.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let host = self.0.rsplit_once(':').map_or("", |(host, _)| host);
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        host == "localhost" || address.is_some_and(|address| address.is_loopback())
    }

    fn read(text: &str) -> Result<Listen, String> {
        match text.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(Listen(text.to_owned())),
            _ => Err(format!("`{text}` is no address and port, as in \"127.0.0.1:8080\" (port 0: any free port)")),
        }
    }
}

/// Which store, and where it is. It may hold a password and prints without what follows its scheme.
#[derive(Clone, PartialEq, Eq)]
pub struct StoreUrl(pub String);

impl StoreUrl {
    fn read(text: &str) -> Result<StoreUrl, String> {
        let known = ["sqlite:", "postgres://", "postgresql://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        match known {
            Some(rest) if !rest.is_empty() => Ok(StoreUrl(text.to_owned())),
            _ => Err("this is no store: \"sqlite:PATH\" or \"postgres://user:pass@host/db\"".to_owned()),
        }
    }
}

impl std::fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StoreUrl({}:…)", self.0.split(':').next().unwrap_or_default())
    }
}

/// A scope that tokens may hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope(pub String);

impl Scope {
    fn read(text: &str) -> Result<Scope, String> {
        if baton_oauth::scope::is_scope(text) {
            return Ok(Scope(text.to_owned()));
        }
        Err(format!("`{text}` is no scope: one word without spaces or quotes, as in \"system/Messaging.write\""))
    }
}

/// The name of an exchange or of a partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Id(pub String);

/// Ids become labels, columns and parts of keys.
const ID_CHARS_MAX: usize = 64;

impl Id {
    fn read(text: &str) -> Result<Id, String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        if text.is_empty() || text.len() > ID_CHARS_MAX || !text.chars().all(allowed) {
            return Err(format!("`{text}` is no id: 1 to {ID_CHARS_MAX} letters, digits and -._"));
        }
        Ok(Id(text.to_owned()))
    }
}

/// A secret. Prints as `…`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl Secret {
    fn read(text: &str) -> Result<Secret, String> {
        if text.is_empty() { Err("a secret must not be empty".to_owned()) } else { Ok(Secret(text.to_owned())) }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

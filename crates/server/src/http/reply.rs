//! An answer before it is put on the wire.

use std::{collections::BTreeSet, io::Write};

use baton_exchange::id::{PartnerId, ReferralId};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http_body_util::{Either, Full};
use hyper::{
    Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
        REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    },
};

use super::trace::Trace;
use crate::{
    app::App,
    egress::EgressBody,
    work::{LARGE_BYTES, Room, aside},
};

/// Answers below this size are not worth compressing.
const GZIP_BYTES_MIN: usize = 1024;

/// What a browser may do with an answer that it shows as a page: load nothing, run nothing, and show it in no other page. Pages
/// that are meant to be pages say their own.
const POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The same for what others wrote: it must not act as a page of this server.
pub const FOREIGN_POLICY: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// Who may keep an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Nobody: it may hold personal data or secrets.
    Never,
    /// Anybody, after asking again: what the server says about itself.
    Public,
}

/// What the audit has of an answer, or still needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accounting {
    /// The commit behind the answer wrote its line.
    Written,
    /// A line is still to be written: something of these referrals is shown.
    Shows(BTreeSet<ReferralId>),
}

/// What goes on the wire: bytes of our own, or a body that passes through.
pub type Outgoing = Either<Full<Bytes>, EgressBody>;

/// An answer.
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    media_type: Option<&'static str>,
    body: Bytes,
    is_zipped: bool,
    /// A body that is passed on as it comes, instead of `body`.
    passed: Option<EgressBody>,
    keeping: Keeping,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What the audit has of it.
    pub accounting: Accounting,
    /// The room in which it was made.
    pub(crate) room: Option<Room>,
}

impl Reply {
    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Reply {
        Reply {
            status,
            media_type: None,
            body: Bytes::new(),
            is_zipped: false,
            passed: None,
            keeping: Keeping::Never,
            headers: Vec::new(),
            accounting: Accounting::Shows(BTreeSet::new()),
            room: None,
        }
    }

    /// An answer with a body of a media type.
    #[must_use]
    pub fn with_body(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Reply {
        Reply { media_type: Some(media_type), body: body.into(), ..Reply::empty(status) }
    }

    /// An answer with a body whose type is only known now.
    #[must_use]
    pub fn typed(status: StatusCode, media_type: &str, body: impl Into<Bytes>) -> Reply {
        Reply { body: body.into(), ..Reply::empty(status) }.header(CONTENT_TYPE, media_type)
    }

    /// An answer of somebody else that is passed on. What type it is stands in its headers.
    #[must_use]
    pub fn passed(status: StatusCode, body: EgressBody) -> Reply {
        Reply { passed: Some(body), ..Reply::empty(status) }
    }

    /// The same answer, for the audit to know what it shows, or that it knows.
    #[must_use]
    pub fn accounting(self, accounting: Accounting) -> Reply {
        Reply { accounting, ..self }
    }

    /// The same answer, with the room in which it was made.
    #[must_use]
    pub(crate) fn made_in(self, room: impl Into<Option<Room>>) -> Reply {
        Reply { room: room.into(), ..self }
    }

    /// The same answer, for anybody to keep.
    #[must_use]
    pub fn public(self) -> Reply {
        Reply { keeping: Keeping::Public, ..self }
    }

    /// The same answer with a header more. Values that cannot stand in a header are left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Reply {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.push((name, value));
        }
        self
    }

    /// How many bytes it has, of those that are its own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len()
    }

    /// The same answer, compressed when the caller takes gzip and it is worth it.
    #[must_use]
    pub async fn zipped(self, app: &App, partner: Option<&PartnerId>, takes_gzip: bool) -> Reply {
        if !takes_gzip || self.body.len() <= GZIP_BYTES_MIN {
            return self;
        }
        let body = self.body.clone();
        match aside(app, partner, body.len() > LARGE_BYTES, move || gzip(&body)).await {
            Ok(Some(body)) => Reply { body, is_zipped: true, ..self },
            Ok(None) | Err(_) => self,
        }
    }

    /// The same answer, with something that lives as long as its body: until the last of it has been given to the system.
    #[must_use]
    pub(crate) fn held_with(self, room: Room) -> Reply {
        Reply { body: Bytes::from_owner(Held { bytes: self.body, _room: room }), ..self }
    }

    /// The answer as it goes on the wire.
    #[must_use]
    pub fn into_response(self, trace: &Trace) -> Response<Outgoing> {
        let policy = if self.passed.is_some() { FOREIGN_POLICY } else { POLICY };
        let mut response = Response::new(match self.passed {
            Some(passed) => Either::Right(passed),
            None => Either::Left(Full::new(self.body)),
        });
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(12);
        if let Some(media_type) = self.media_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        }
        if self.is_zipped {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        match self.keeping {
            Keeping::Never => {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            }
            Keeping::Public => {
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
                headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
            }
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // pages that are meant to be pages say their own
        for (name, value) in [(REFERRER_POLICY, "no-referrer"), (CONTENT_SECURITY_POLICY, policy)] {
            if !self.headers.iter().any(|(said, _)| *said == name) {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        for (name, id) in [("x-request-id", &trace.request_id), ("x-correlation-id", &trace.correlation_id)] {
            if let Ok(id) = HeaderValue::from_str(id) {
                headers.insert(HeaderName::from_static(name), id);
            }
        }
        headers.extend(self.headers);
        response
    }
}

/// Bytes that have a place.
struct Held {
    bytes: Bytes,
    _room: Room,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Compressed with little effort; nothing when it does not become smaller.
fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().filter(|zipped| zipped.len() < body.len()).map(Bytes::from)
}

/// Whether a caller takes gzip, by its `Accept-Encoding`.
#[must_use]
pub fn takes_gzip(accept_encoding: Option<&str>) -> bool {
    accept_encoding.is_some_and(|header| {
        header.split(',').any(|coding| {
            let mut parts = coding.split(';').map(str::trim);
            let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
            is_gzip && !parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::takes_gzip;

    #[test]
    fn gzip_is_used_where_it_is_asked_for() {
        assert!(takes_gzip(Some("deflate, gzip;q=0.5")));
        assert!(takes_gzip(Some("GZIP")));
        for header in [None, Some(""), Some("identity"), Some("gzip;q=0"), Some("xgzip"), Some("br, gzip; q=0.0")] {
            assert!(!takes_gzip(header), "{header:?}");
        }
    }
}

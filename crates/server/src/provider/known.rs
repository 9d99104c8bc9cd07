//! What is known of a provider: its document and its keys, fetched when they are needed and kept for a while.

use std::sync::{Arc, Mutex, PoisonError};

use baton_oauth::{
    jwks_cache::{COOL_DOWN_SECS, FRESH_SECS, KEPT_SECS_MAX},
    provider::{Document, document_url},
};
use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{ACCEPT, HeaderValue},
};

use super::Trouble;
use crate::{
    config::WebOrigin,
    egress::{Egress, EgressRequest, Origin, Purpose, Target},
    log::with_sources,
    token::{LIMITS, Published},
};

/// A provider as it was found.
pub(super) struct Found {
    pub(super) document: Document,
    pub(super) token_endpoint: Target,
    pub(super) keys: Arc<Published>,
    at: i64,
}

/// What is known of a provider.
pub(super) struct Known {
    issuer: String,
    origins: Vec<WebOrigin>,
    /// Its issuer's origin and the others that the operator named.
    pub(super) purpose: Purpose,
    looked: Mutex<Looked>,
    /// Held by the one that looks.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Looked {
    found: Option<Arc<Found>>,
    /// When a look failed last.
    failed: Option<i64>,
}

impl Known {
    /// Nothing yet, of this issuer.
    pub(super) fn of(issuer: &str, origins: &[WebOrigin]) -> Option<Known> {
        let mut allowed = vec![Origin::of(issuer).ok()?];
        for origin in origins {
            allowed.push(Origin::of(&origin.0).ok()?);
        }
        let purpose = Purpose::new(allowed, LIMITS);
        let (issuer, origins) = (issuer.to_owned(), origins.to_vec());
        Some(Known { issuer, origins, purpose, looked: Mutex::default(), flight: Default::default() })
    }

    pub(super) fn is_of_same(&self, other: &Known) -> bool {
        self.issuer == other.issuer && self.origins == other.origins
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The provider as it is now, or was not long ago. One look in half a minute where looks fail; what was found before is
    /// good for a day then.
    pub(super) async fn found(&self, egress: &Egress, now: i64) -> Result<Arc<Found>, Trouble> {
        if let Some(known) = self.known(now) {
            return known;
        }
        let _flight = self.flight.lock().await;
        // somebody else may have looked meanwhile
        if let Some(known) = self.known(now) {
            return known;
        }
        let looked = self.look(egress, now).await;
        let mut before = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        match looked {
            Ok(found) => {
                let found = Arc::new(found);
                *before = Looked { found: Some(found.clone()), failed: None };
                Ok(found)
            }
            Err(trouble) => {
                before.failed = Some(now);
                let kept = before.found.clone().filter(|found| now < found.at + KEPT_SECS_MAX);
                if kept.is_some() {
                    tracing::warn!("what was known of the provider stays: {}", with_sources(&trouble));
                }
                kept.ok_or(trouble)
            }
        }
    }

    fn known(&self, now: i64) -> Option<Result<Arc<Found>, Trouble>> {
        let looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let rests = looked.failed.is_some_and(|failed| (failed..failed + COOL_DOWN_SECS).contains(&now));
        let good_for = if rests { KEPT_SECS_MAX } else { FRESH_SECS };
        match looked.found.as_ref().filter(|found| (found.at..found.at + good_for).contains(&now)) {
            Some(found) => Some(Ok(found.clone())),
            None if rests => Some(Err(Trouble::Resting)),
            None => None,
        }
    }

    async fn look(&self, egress: &Egress, now: i64) -> Result<Found, Trouble> {
        let target =
            Target::parse(&document_url(&self.issuer)).map_err(|_| Trouble::Address("openid-configuration"))?;
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("application/json"))]);
        let request = EgressRequest { method: Method::GET, target, headers, body: Bytes::new() };
        let response = egress.send(&self.purpose, request).await?;
        if response.status != StatusCode::OK {
            let status = response.status.as_u16();
            return Err(Trouble::Status { what: "openid-configuration", status, said: None });
        }
        let document = Document::read(&response.body.collect(LIMITS.bytes_max).await?, &self.issuer)?;
        let token_endpoint = self.allowed("token_endpoint", &document.token_endpoint)?;
        self.allowed("jwks_uri", &document.jwks_uri)?;
        let before = self.looked.lock().unwrap_or_else(PoisonError::into_inner).found.clone();
        let same = before.filter(|found| found.document.jwks_uri == document.jwks_uri).map(|found| found.keys.clone());
        let keys = match same {
            Some(keys) => keys,
            None => Arc::new(Published::at(&document.jwks_uri).ok_or(Trouble::Address("jwks_uri"))?),
        };
        Ok(Found { document, token_endpoint, keys, at: now })
    }

    /// An address that the operator let us call: the document alone does not say where our secret may go.
    fn allowed(&self, what: &'static str, address: &str) -> Result<Target, Trouble> {
        let target = Target::parse(address).map_err(|_| Trouble::Address(what))?;
        match self.purpose.allows(target.origin()) {
            true => Ok(target),
            false => Err(Trouble::Origin(what, target.origin().to_string())),
        }
    }
}

//! Public keys of a client: those that the configuration has, or those that the client publishes.
//! Source: SMART App Launch 2.2, "Client Authentication: Asymmetric"; spec of security, 2.2 and T30.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use baton_exchange::time::Timestamp;
use baton_oauth::{
    jwks_cache::{KeyCache, Next},
    jws::KeySet,
};
use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{ACCEPT, AGE, CACHE_CONTROL, HeaderName, HeaderValue},
};

use crate::{
    config::{ClientKeyFile, HttpUrl, KeysInPlace},
    egress::{AnswerLimits, Egress, EgressRequest, EgressResponse, Purpose, Target},
    log::with_sources,
};

/// How long a set of keys may take, and how large it may be. Source: spec of security, 1.3.
pub(crate) const LIMITS: AnswerLimits = AnswerLimits { time: Duration::from_secs(5), bytes_max: 64 * 1024 };

/// Where the keys of a client are.
pub(super) enum Keys {
    /// The operator has them.
    Held(KeySet),
    /// The client publishes them.
    Published(Box<Published>),
}

impl Keys {
    /// As the configuration has it; nothing for a client without keys.
    pub(super) fn of(jwks: Option<&KeysInPlace>, file: Option<&ClientKeyFile>, url: Option<&HttpUrl>) -> Option<Keys> {
        match jwks.map(|keys| &keys.0).or(file.map(|keys| &keys.0)) {
            Some(keys) => Some(Keys::Held(keys.clone())),
            None => Published::at(&url?.0).map(|keys| Keys::Published(Box::new(keys))),
        }
    }

    /// Whether they are fetched from that address.
    pub(super) fn are_fetched_from(&self, address: Option<&HttpUrl>) -> bool {
        self.url().is_some_and(|url| address.is_some_and(|address| address.0 == url))
    }

    /// Where they are published.
    pub(super) fn url(&self) -> Option<&str> {
        match self {
            Keys::Held(_) => None,
            Keys::Published(published) => Some(&published.url),
        }
    }

    /// The set in which a key of that name may be. Nothing when there is none or it cannot be had now.
    pub(super) async fn with(&self, kid: &str, egress: &Egress, now: Timestamp) -> Option<KeySet> {
        match self {
            Keys::Held(keys) => Some(keys.clone()),
            Keys::Published(published) => published.with(kid, egress, now.secs()).await,
        }
    }
}

/// Keys at an address.
pub(crate) struct Published {
    url: String,
    target: Target,
    purpose: Purpose,
    known: Mutex<Fetched>,
    /// Held by the one that fetches. Who needs a key that is known does not wait for it.
    flight: tokio::sync::Mutex<()>,
}

/// What is known of published keys.
#[derive(Default)]
struct Fetched {
    cache: KeyCache,
    /// How many fetches have ended.
    ended: u64,
    /// What the last one gave to those who waited for it.
    last: Option<KeySet>,
}

impl Published {
    /// Nothing for an address that cannot be called, which the check of the configuration has refused.
    pub(crate) fn at(url: &str) -> Option<Published> {
        let target = Target::parse(url).ok()?;
        let purpose = Purpose::new([target.origin().clone()], LIMITS);
        Some(Published { url: url.to_owned(), target, purpose, known: Mutex::default(), flight: Default::default() })
    }

    /// The set in which a key of that name may be. Nothing when there is none or it cannot be had now.
    pub(crate) async fn with(&self, kid: &str, egress: &Egress, now: i64) -> Option<KeySet> {
        let ended = match self.known(kid, now) {
            Known::Yes(keys) => return keys,
            Known::No { ended } => ended,
        };
        let _flight = self.flight.lock().await;
        // who waited has what was fetched meanwhile: else those who wait would fetch one after the other
        if let Some(landed) = self.landed_since(ended) {
            return match self.known(kid, now) {
                Known::Yes(keys) => keys,
                Known::No { .. } => landed,
            };
        }
        let fetched = self.fetch(egress, now).await;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.ended += 1;
        known.last = match fetched {
            Ok((keys, cache)) => {
                known.cache = cache;
                Some(keys)
            }
            Err(reason) => {
                tracing::warn!("keys at {:?} cannot be had: {reason}", self.target.origin());
                known.cache = std::mem::take(&mut known.cache).failed(now);
                // keys that were known before may still be good
                match known.cache.next(kid, now) {
                    Next::Serve(keys) => Some(keys.clone()),
                    Next::Fetch | Next::Refuse => None,
                }
            }
        };
        known.last.clone()
    }

    fn known(&self, kid: &str, now: i64) -> Known {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.cache.next(kid, now) {
            Next::Serve(keys) => Known::Yes(Some(keys.clone())),
            Next::Refuse => Known::Yes(None),
            Next::Fetch => Known::No { ended: known.ended },
        }
    }

    /// What a fetch gave that ended after so many others; nothing when none did.
    fn landed_since(&self, ended: u64) -> Option<Option<KeySet>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        (known.ended != ended).then(|| known.last.clone())
    }

    async fn fetch(&self, egress: &Egress, now: i64) -> Result<(KeySet, KeyCache), String> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/jwk-set+json, application/json"));
        let request = EgressRequest { method: Method::GET, target: self.target.clone(), headers, body: Bytes::new() };
        let response = egress.send(&self.purpose, request).await.map_err(|error| with_sources(&error))?;
        let EgressResponse { status, headers, body } = response;
        if status != StatusCode::OK {
            return Err(format!("the answer is {}", status.as_u16()));
        }
        let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
        let bytes = body.collect(LIMITS.bytes_max).await.map_err(|error| with_sources(&error))?;
        let published = std::str::from_utf8(&bytes).map_err(|_| "the answer is no text".to_owned())?;
        let keys = KeySet::published(published).map_err(|error| error.to_string())?;
        let cache = KeyCache::fetched(keys.clone(), text(CACHE_CONTROL), text(AGE), now);
        Ok((keys, cache))
    }
}

/// Whether it is known, without asking anybody, in which set a key is.
enum Known {
    Yes(Option<KeySet>),
    /// And how many fetches have ended so far.
    No {
        ended: u64,
    },
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use baton_testkit::signer::EC;
    use serde_json::json;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::{Egress, Published};
    use crate::egress::{EgressRules, PrivateAddresses};

    /// A client that publishes keys which may not be kept: its address, and how often somebody looked.
    async fn client() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let (looks, keys) = (Arc::<AtomicUsize>::default(), json!({"keys": [EC.jwk()]}).to_string());
        let counted = looks.clone();
        let head = format!("HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: {}\r\n\r\n", keys.len());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {
                    counted.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(format!("{head}{keys}").as_bytes()).await.expect("the caller listens");
                }
            }
        });
        (format!("http://{address}/keys"), looks)
    }

    /// Also where it was later when they came.
    /// Threat: T30
    #[tokio::test]
    async fn who_waited_for_keys_has_what_was_fetched_meanwhile() {
        let (url, looks) = client().await;
        let published = Published::at(&url).expect("an address");
        let egress = Egress::new(EgressRules { private: PrivateAddresses::Allowed, ..EgressRules::default() });
        let with = |now| published.with(EC.kid, &egress, now);
        let (first, second, third) = tokio::join!(with(100), with(110), with(120));
        assert!([first, second, third].iter().all(|keys| keys.as_ref().is_some_and(|keys| keys.names(EC.kid))));
        assert_eq!(looks.load(Ordering::SeqCst), 1);
    }
}

//! Calls to other systems: each goes through [`Egress`], to an origin that was registered, at an address that may be called.

mod address;
mod answer;
mod connect;
mod error;
mod headers;
mod origin;
mod purpose;
mod resolve;
mod rules;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Method, Request};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::{Instant, timeout_at};

pub use address::{PrivateAddresses, Standing, standing};
pub use answer::{EgressBody, EgressResponse};
pub use error::EgressError;
pub use headers::strip_hop_by_hop;
pub use origin::{Origin, Scheme, Target, TargetFault};
pub use purpose::{AnswerLimits, Purpose};
pub use resolve::{Resolve, Resolved, SystemResolver};
pub use rules::EgressRules;

use connect::Connector;

/// How large the head of an answer may be.
const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;
/// Connections that are kept for the next call, and for how long.
const IDLE_CONNECTIONS_MAX: usize = 2;
const IDLE_TIME: Duration = Duration::from_secs(30);

/// A call to be made.
#[derive(Clone)]
pub struct EgressRequest {
    /// What is asked; `CONNECT` is never sent.
    pub method: Method,
    /// Of whom.
    pub target: Target,
    /// Headers that are meant for the other end; those of one connection alone are left out.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Headers hold tokens, and bodies hold people.
impl std::fmt::Debug for EgressRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.method, self.target)
    }
}

/// The one way out. Follows no redirects, knows no proxies, unpacks nothing.
pub struct Egress {
    client: Client<Connector, Full<Bytes>>,
}

impl Egress {
    /// With the resolver of the system.
    #[must_use]
    pub fn new(rules: EgressRules) -> Egress {
        Egress::with_resolver(rules, Arc::new(SystemResolver))
    }

    /// With a resolver of one's own, for tests.
    #[must_use]
    pub fn with_resolver(rules: EgressRules, resolver: Arc<dyn Resolve>) -> Egress {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIME)
            .pool_max_idle_per_host(IDLE_CONNECTIONS_MAX)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .http1_max_headers(HEADERS_MAX)
            .build(Connector::new(rules, resolver));
        Egress { client }
    }

    /// Makes a call. The answer's body comes as it arrives, within the limits of the purpose.
    ///
    /// # Errors
    /// [`EgressError::NotAllowed`] when the purpose does not know the origin, before anything is resolved or sent; the other
    /// kinds for what goes wrong on the way. An answer of any status is an answer.
    pub async fn send(&self, purpose: &Purpose, request: EgressRequest) -> Result<EgressResponse, EgressError> {
        let host = request.target.origin().host().to_owned();
        if !purpose.allows(request.target.origin()) || request.method == Method::CONNECT {
            return Err(EgressError::NotAllowed { host });
        }
        let limits = purpose.limits();
        let until = Instant::now() + limits.time;
        match timeout_at(until, self.client.request(outgoing(request)?)).await {
            Err(_) => Err(EgressError::Timeout { host, limit: limits.time }),
            Ok(Err(error)) => Err(EgressError::of_client(host, &error)),
            Ok(Ok(response)) => Ok(EgressResponse::new(response, host, limits, until)),
        }
    }
}

fn outgoing(request: EgressRequest) -> Result<Request<Full<Bytes>>, EgressError> {
    let EgressRequest { method, target, mut headers, body } = request;
    headers::for_request(&mut headers);
    let mut outgoing = Request::new(Full::new(body));
    *outgoing.method_mut() = method;
    *outgoing.uri_mut() = target.uri()?;
    *outgoing.headers_mut() = headers;
    Ok(outgoing)
}

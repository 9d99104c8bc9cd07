//! Connects to an address that was checked, and to no other; then shakes hands in TLS.

use std::{
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::{net::TcpStream, time::timeout};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, pki_types::ServerName},
};
use tower_service::Service;

use super::{EgressError, EgressRules, PrivateAddresses, Resolve, TargetFault, address::may_be_called};
use crate::tls::{ALPN, Wire, provider};

/// How many addresses of a host are tried.
const ADDRESSES_MAX: usize = 4;

/// Makes connections for hyper's client, which keeps them for later calls.
#[derive(Clone)]
pub(super) struct Connector(Arc<Connect>);

struct Connect {
    resolver: Arc<dyn Resolve>,
    private: PrivateAddresses,
    tls: TlsConnector,
    time: Duration,
}

impl Connector {
    pub(super) fn new(rules: EgressRules, resolver: Arc<dyn Resolve>) -> Connector {
        let EgressRules { private, roots, connect_time } = rules;
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("the provider speaks TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![ALPN.to_vec()];
        Connector(Arc::new(Connect { resolver, private, tls: Arc::new(config).into(), time: connect_time }))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = EgressError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Wire>, EgressError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), EgressError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connect = self.0.clone();
        Box::pin(async move {
            let host = uri.host().unwrap_or_default();
            match timeout(connect.time, connect.wire(&uri, host)).await {
                Ok(wire) => wire.map(TokioIo::new),
                Err(_) => Err(EgressError::Timeout { host: host.to_owned(), limit: connect.time }),
            }
        })
    }
}

impl Connect {
    async fn wire(&self, uri: &Uri, host: &str) -> Result<Wire, EgressError> {
        // targets have always both
        let (Some(scheme), Some(port)) = (uri.scheme_str(), uri.port_u16()) else {
            return Err(TargetFault::NotAbsolute.into());
        };
        let host_name = host.trim_start_matches('[').trim_end_matches(']');
        let addresses = self.addresses(host, host_name).await?;
        let stream = self.tcp(host, &addresses, port).await?;
        if scheme == "http" {
            return Ok(Wire::Plain(stream));
        }
        let name = ServerName::try_from(host_name.to_owned()).map_err(|_| TargetFault::NotAbsolute)?;
        match self.tls.connect(name, stream).await {
            Ok(stream) => Ok(Wire::Tls(Box::new(stream.into()))),
            Err(error) => Err(EgressError::of_handshake(host.to_owned(), &error)),
        }
    }

    /// The addresses of a host that may be called. Others are as if they were not there: networks with DNS64 add one to
    /// every name.
    async fn addresses(&self, host: &str, host_name: &str) -> Result<Vec<IpAddr>, EgressError> {
        let unreachable = |kind| EgressError::Unreachable { host: host.to_owned(), kind };
        let found = match host_name.parse() {
            Ok(address) => vec![address],
            Err(_) => self.resolver.resolve(host_name).await.map_err(|error| unreachable(error.kind()))?,
        };
        if found.is_empty() {
            return Err(unreachable(io::ErrorKind::NotFound));
        }
        let allowed: Vec<IpAddr> =
            found.into_iter().filter(|address| may_be_called(*address, self.private)).take(ADDRESSES_MAX).collect();
        if allowed.is_empty() { Err(EgressError::ForbiddenAddress { host: host.to_owned() }) } else { Ok(allowed) }
    }

    /// Connects to the first address that answers. Each has its share of the time.
    async fn tcp(&self, host: &str, addresses: &[IpAddr], port: u16) -> Result<TcpStream, EgressError> {
        let share = self.time / u32::try_from(addresses.len()).unwrap_or(u32::MAX).max(1);
        let mut failed = EgressError::ForbiddenAddress { host: host.to_owned() };
        for address in addresses {
            #[expect(clippy::disallowed_methods, reason = "this is the egress, and the address was checked")]
            let connecting = TcpStream::connect(SocketAddr::new(*address, port));
            failed = match timeout(share, connecting).await {
                Ok(Ok(stream)) => {
                    // small calls should not wait for one another; without it they are slower, not wrong
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => EgressError::Unreachable { host: host.to_owned(), kind: error.kind() },
                Err(_) => EgressError::Timeout { host: host.to_owned(), limit: self.time },
            };
        }
        Err(failed)
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

//! Names to addresses. What is found is checked and then connected to, so that a second answer changes nothing.

use std::{future::Future, io, net::IpAddr, pin::Pin};

/// The addresses of a name, later.
pub type Resolved = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of a name.
pub trait Resolve: Send + Sync {
    /// All addresses of a host that is no address itself.
    fn resolve(&self, host: &str) -> Resolved;
}

/// What the system knows.
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> Resolved {
        let host = host.to_owned();
        Box::pin(async move {
            #[expect(clippy::disallowed_methods, reason = "this is the egress, which checks what is found")]
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

//! A network to PostgreSQL that says nothing any more: what is sent is taken, and no answer comes.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use baton_store::StoreError;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Duration, timeout},
};
use tokio_postgres::{Config, config::Host};

use crate::postgres_server::Server;

/// What stands between: it passes on what comes, or swallows it.
async fn between(to: String, is_silent: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = connect(&to).await;
            let ((near_out, near_in), (far_out, far_in)) = (near.into_split(), far.into_split());
            tokio::spawn(pass_on(near_out, far_in, Arc::clone(&is_silent)));
            tokio::spawn(pass_on(far_out, near_in, Arc::clone(&is_silent)));
        }
    });
    here
}

#[expect(clippy::disallowed_methods, reason = "a stand-in for a network, which no egress is for")]
async fn connect(to: &str) -> TcpStream {
    TcpStream::connect(to).await.unwrap()
}

async fn pass_on(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, is_silent: Arc<AtomicBool>) {
    let mut bytes = [0; 8192];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        if !is_silent.load(Ordering::SeqCst) && to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

/// A database whose network is silent is unavailable within ten seconds, whatever is stuck, and comes back without a restart.
pub async fn silent(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let url = server.url(&database);
    let config: Config = url.parse().unwrap();
    let Some(Host::Tcp(host)) = config.get_hosts().first() else { return };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let (direct, is_silent) = (format!("{host}:{port}"), Arc::new(AtomicBool::new(false)));
    let through = url.replace(&direct, &between(direct.clone(), Arc::clone(&is_silent)).await);
    let store = baton_store::open_with_keys(&through, &server.keys()).await.unwrap();
    store.ready().await.unwrap();
    is_silent.store(true, Ordering::SeqCst);
    // as of a request that is given up
    assert!(timeout(Duration::from_millis(1_500), store.ready()).await.is_err());
    let answer = timeout(Duration::from_secs(10), store.ready()).await;
    assert!(matches!(answer, Ok(Err(StoreError::Unavailable(_)))), "{answer:?}");
    is_silent.store(false, Ordering::SeqCst);
    timeout(Duration::from_secs(10), store.ready()).await.unwrap().unwrap();
}

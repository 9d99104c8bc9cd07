//! Takes connections, serves requests on them, and ends them in order.

use std::{convert::Infallible, sync::Arc, time::Duration};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{dispatch, patience::Patient, reply::Outgoing};
use crate::{
    app::App,
    log::with_sources,
    tls::{CertificateFingerprint, ListenerTls, Wire},
};

/// How long a head may take, and how long a connection may be idle.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a client may take nothing of an answer.
const WRITE_TIME: Duration = Duration::from_secs(30);
/// How long requests under way may take once the server is told to stop.
pub const DRAIN_TIME: Duration = Duration::from_secs(30);
/// How many connections there may be; more wait in the system's queue.
const CONNECTIONS_MAX: usize = 4096;
/// How large the head of a request may be.
const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;

/// A connection that requests can come on.
struct Accepted {
    wire: Wire,
    /// The certificate that the client showed.
    peer: Option<CertificateFingerprint>,
    /// One of [`CONNECTIONS_MAX`].
    place: OwnedSemaphorePermit,
}

/// Serves until told to stop, then lets requests under way finish. With TLS, nothing else is spoken.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Arc<ListenerTls>>,
    app: Arc<App>,
    mut stop: oneshot::Receiver<()>,
) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    // each on its own, so that a slow one holds up nobody
    let mut handshakes = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            (stream, place) = accept(&listener, &places) => match &tls {
                None => Accepted { wire: Wire::Plain(stream), peer: None, place },
                Some(tls) => {
                    handshakes.spawn(shake(tls.clone(), stream, place));
                    continue;
                }
            },
            Some(shaken) = handshakes.join_next() => match shaken {
                Ok(Some(accepted)) => accepted,
                Ok(None) | Err(_) => continue,
            },
            _ = &mut stop => break,
        };
        let Accepted { wire, peer, place } = accepted;
        let connection = graceful.watch(connection(wire, peer, app.clone()));
        tokio::spawn(async move {
            // what goes wrong on a connection is the client's affair; requests are logged on their own
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    drop(handshakes);
    if timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish within {DRAIN_TIME:?} and were cut off");
    }
}

/// Waits for a place and for a connection.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!("could not set TCP_NODELAY: {error}");
                }
                return (stream, place);
            }
            Err(error) => {
                // such as too many open files: it passes when connections end
                tracing::warn!("could not take a connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Takes a connection through its handshake. One that fails is the client's affair, told to those who look for it.
async fn shake(tls: Arc<ListenerTls>, stream: TcpStream, place: OwnedSemaphorePermit) -> Option<Accepted> {
    match tls.shake(stream).await {
        Ok((wire, peer)) => Some(Accepted { wire, peer, place }),
        Err(error) => {
            tracing::debug!("a connection was refused: {}", with_sources(&error));
            None
        }
    }
}

type Handled = std::pin::Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Infallible>> + Send>>;

fn connection(
    wire: Wire,
    peer: Option<CertificateFingerprint>,
    app: Arc<App>,
) -> http1::Connection<
    TokioIo<Patient>,
    impl hyper::service::HttpService<Incoming, ResBody = Outgoing, Error = Infallible, Future = Handled>,
> {
    let service = service_fn(move |request: Request<Incoming>| -> Handled {
        let app = app.clone();
        Box::pin(async move { Ok(dispatch::answer(app, request, peer).await) })
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_header_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        // a client that closes its sending side early still gets its refusal
        .half_close(true)
        .serve_connection(TokioIo::new(Patient::new(wire, WRITE_TIME)), service)
}

//! Takes connections, serves requests on them, and ends them in order.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
    time::{sleep, timeout},
};

use super::{dispatch, patience::Patient};
use crate::app::App;

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

/// Serves until told to stop, then lets requests under way finish.
pub async fn serve(listener: TcpListener, app: Arc<App>, mut stop: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            _ = &mut stop => break,
        };
        let (stream, place) = accepted;
        let connection = connection(stream, app.clone());
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // what goes wrong on a connection is the client's affair; requests are logged on their own
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish within {DRAIN_TIME:?} and were cut off");
    }
}

/// Waits for a place and for a connection.
async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, tokio::sync::OwnedSemaphorePermit) {
    let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return (stream, place),
            Err(error) => {
                // such as too many open files: it passes when connections end
                tracing::warn!("could not take a connection: {error}");
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

type Handled = std::pin::Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;

fn connection(
    stream: TcpStream,
    app: Arc<App>,
) -> http1::Connection<
    TokioIo<Patient>,
    impl hyper::service::HttpService<Incoming, ResBody = Full<Bytes>, Error = Infallible, Future = Handled>,
> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!("could not set TCP_NODELAY: {error}");
    }
    let service = service_fn(move |request: Request<Incoming>| -> Handled {
        let app = app.clone();
        Box::pin(async move { Ok(dispatch::answer(app, request).await) })
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_header_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        // a client that closes its sending side early still gets its refusal
        .half_close(true)
        .serve_connection(TokioIo::new(Patient::new(stream, WRITE_TIME)), service)
}

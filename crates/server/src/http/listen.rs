//! Serves requests on connections, and ends them in order.

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use hyper::{Request, Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet, time::timeout};

use super::{
    accept::{Placed, Taken, accept},
    dispatch,
    patience::Patient,
    peer::{Channel, Peer},
    reply::Outgoing,
};
use crate::{
    app::App,
    listener::ListenerNumber,
    log::with_sources,
    tls::{ListenerTls, Wire},
};

/// How long a head may take, and how long a connection may be idle.
pub const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a client may take nothing of an answer.
pub const WRITE_TIME: Duration = Duration::from_secs(30);
/// How long requests under way may take once the server is told to stop.
pub const DRAIN_TIME: Duration = Duration::from_secs(30);
/// How large the head of a request may be.
pub const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How many headers it may have.
pub const HEADERS_MAX: usize = 100;

/// A socket that takes connections.
pub struct Open {
    /// Which of the listeners it is.
    pub number: ListenerNumber,
    /// Itself.
    pub socket: TcpListener,
    /// With it, nothing but TLS is spoken.
    pub tls: Option<Arc<ListenerTls>>,
}

/// A connection that requests can come on.
struct Accepted {
    wire: Wire,
    peer: Peer,
    place: Placed,
}

/// Serves until told to stop, then lets requests under way finish. Those that do not in time end with this.
pub async fn serve(open: Open, app: Arc<App>, mut stop: oneshot::Receiver<()>) {
    let Open { number, socket, tls } = open;
    let listener = app.listeners.at(number);
    let graceful = GracefulShutdown::new();
    // each on its own, so that a slow one holds up nobody
    let (mut handshakes, mut connections) = (JoinSet::new(), JoinSet::new());
    loop {
        let accepted = tokio::select! {
            taken = accept(&socket, listener, &app.metrics) => match &tls {
                None => plain(number, taken),
                Some(tls) => {
                    handshakes.spawn(shake(number, tls.clone(), taken));
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
        // those that have ended
        while connections.try_join_next().is_some() {}
        connections.spawn(async move {
            // what goes wrong on a connection is the client's affair; requests are logged on their own
            let _ = connection.await;
            drop(place);
        });
    }
    drop(socket);
    drop(handshakes);
    if timeout(DRAIN_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish within {DRAIN_TIME:?} and were cut off");
    }
}

fn plain(listener: ListenerNumber, taken: Taken) -> Accepted {
    let from: IpAddr = taken.from.ip();
    let peer = Peer { from, listener, channel: Channel::Plain, certificate: None };
    Accepted { wire: Wire::Plain(taken.stream), peer, place: taken.place }
}

/// Takes a connection through its handshake. One that fails is the client's affair, told to those who look for it.
async fn shake(listener: ListenerNumber, tls: Arc<ListenerTls>, taken: Taken) -> Option<Accepted> {
    let Taken { stream, from, place } = taken;
    match tls.shake(stream).await {
        Ok((wire, certificate)) => {
            let peer = Peer { from: from.ip(), listener, channel: Channel::Tls, certificate };
            Some(Accepted { wire, peer, place })
        }
        Err(error) => {
            tracing::debug!("a connection was refused: {}", with_sources(&error));
            None
        }
    }
}

type Handled = std::pin::Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Infallible>> + Send>>;

fn connection(
    wire: Wire,
    peer: Peer,
    app: Arc<App>,
) -> http1::Connection<
    TokioIo<Patient<Wire>>,
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

#[cfg(test)]
mod ends;
#[cfg(test)]
mod slow;
#[cfg(test)]
mod tests;

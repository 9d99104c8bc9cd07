//! Takes connections from the system, as many as there may be.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::OwnedSemaphorePermit,
    time::sleep,
};

use crate::{
    limit::ConnectionPlace,
    listener::Listener,
    metrics::{Limited, Metrics},
};

/// How long to wait when the system gives no connection, such as when there are too many open files: it passes when others end.
const BACK_OFF: Duration = Duration::from_millis(100);

/// A connection on which nothing was said yet.
pub(super) struct Taken {
    pub(super) stream: TcpStream,
    pub(super) from: SocketAddr,
    pub(super) place: Placed,
}

/// Its places among all connections and among those of its address, until this is dropped.
pub(super) struct Placed {
    _of_all: OwnedSemaphorePermit,
    _of_address: ConnectionPlace,
}

/// Waits for a place and for a connection. Those that have to wait do so in the system's queue; those of an address that has all
/// that it may are closed at once, before they cost anything.
pub(super) async fn accept(socket: &TcpListener, listener: &Listener, metrics: &Metrics) -> Taken {
    let of_all = listener.connections.clone().acquire_owned().await.expect("the semaphore is never closed");
    let mut told = false;
    loop {
        match socket.accept().await {
            Ok((stream, from)) => match listener.connections_of.place(from.ip()) {
                Some(of_address) => {
                    if let Err(error) = stream.set_nodelay(true) {
                        tracing::debug!("could not set TCP_NODELAY: {error}");
                    }
                    return Taken { stream, from, place: Placed { _of_all: of_all, _of_address: of_address } };
                }
                None => metrics.limited(Limited::Connections),
            },
            Err(error) => wait(&error, &mut told).await,
        }
    }
}

/// Once is enough to say so: the log must not fill the disk while there are no files.
async fn wait(error: &io::Error, told: &mut bool) {
    if !*told {
        tracing::warn!("could not take a connection, and will try again and again: {error}");
        *told = true;
    }
    sleep(BACK_OFF).await;
}

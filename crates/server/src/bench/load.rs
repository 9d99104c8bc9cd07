//! The senders: keep-alive connections that send one request after the other and wait for each answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use hyper::Method;

use super::{
    BenchError,
    side::{Side, SideName},
    slices::Slice,
};
use crate::client::Client;

/// Tokens live for five minutes; after this long there are new ones.
const TOKEN_TIME: Duration = Duration::from_secs(200);

/// What senders send.
pub trait Requests: Send + Sync + 'static {
    /// The request with this number; each number comes once.
    fn request(&self, number: u64) -> Request;

    /// Gives all connections a token, and what else requests to Baton have in common.
    fn authorize(&self, clients: &mut [Client]) -> impl Future<Output = Result<(), BenchError>>;
}

/// One request, and what it has to be answered with.
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// What the body is; empty where there is none.
    pub content_type: &'static str,
    /// The body.
    pub body: Bytes,
    /// The status of a good answer.
    pub status: u16,
}

/// Senders to one side.
pub struct Load<R> {
    clients: Vec<Client>,
    requests: Arc<R>,
    sent: Arc<AtomicU64>,
    which: SideName,
    token_since: Instant,
}

impl<R: Requests> Load<R> {
    /// Connects all senders.
    pub async fn connect(side: &Side, connections: u16, requests: R) -> Result<Load<R>, BenchError> {
        let mut clients = Vec::new();
        for _ in 0..connections {
            clients.push(Client::connect(side.address()).await?);
        }
        let mut load = Load {
            clients,
            requests: Arc::new(requests),
            sent: Arc::default(),
            which: side.which(),
            token_since: Instant::now(),
        };
        load.authorize().await?;
        Ok(load)
    }

    async fn authorize(&mut self) -> Result<(), BenchError> {
        self.token_since = Instant::now();
        match self.which {
            SideName::Baton => self.requests.authorize(&mut self.clients).await,
            // it asks nobody who they are
            SideName::Bare => Ok(()),
        }
    }

    /// Sends requests until there were `count` of them or the time is over; gives how long it took and the latency of each in
    /// microseconds. An answer other than the good one ends the benchmark.
    pub async fn send(&mut self, count: u64, time: Option<Duration>) -> Result<(f64, Vec<u32>), BenchError> {
        if self.token_since.elapsed() > TOKEN_TIME {
            self.authorize().await?;
        }
        let start = Instant::now();
        let (until, left) = (time.map(|time| start + time), Arc::new(AtomicU64::new(count)));
        let mut senders = Vec::new();
        for client in self.clients.drain(..) {
            senders.push(tokio::spawn(send_all(client, self.requests.clone(), self.sent.clone(), left.clone(), until)));
        }
        let mut latencies = Vec::new();
        for sender in senders {
            let done = sender.await.map_err(|_| BenchError::Side("a sender panicked".to_owned()))?;
            let (client, of_sender) = done?;
            self.clients.push(client);
            latencies.extend(of_sender);
        }
        Ok((start.elapsed().as_secs_f64(), latencies))
    }

    /// A slice of time, or of requests where `count` comes first.
    pub async fn slice(&mut self, side: &Side, count: u64, time: Duration) -> Result<Slice, BenchError> {
        let before = side.processor_time()?;
        let (seconds, latencies) = self.send(count, Some(time)).await?;
        Ok(Slice { side: self.which, seconds, latencies, processor: side.processor_time()? - before })
    }

    /// How many requests the side has accepted in all.
    pub fn accepted(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

async fn send_all<R: Requests>(
    mut client: Client,
    requests: Arc<R>,
    sent: Arc<AtomicU64>,
    left: Arc<AtomicU64>,
    until: Option<Instant>,
) -> Result<(Client, Vec<u32>), BenchError> {
    let mut latencies = Vec::new();
    let take = |left: u64| left.checked_sub(1);
    while until.is_none_or(|until| Instant::now() < until)
        && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    {
        let Request { method, path, content_type, body, status } =
            requests.request(sent.fetch_add(1, Ordering::Relaxed));
        let start = Instant::now();
        let answer = client.send(method, &path, content_type, body).await?;
        if answer.status != status {
            return Err(BenchError::Side(format!("a request was answered with {}", answer.status)));
        }
        latencies.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok((client, latencies))
}

//! The bad clients. Each does the same again and again until it is told to stop.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    runtime::{Builder, Runtime},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{BASE, connected, message};
use crate::{
    bench::{BenchError, side::Side},
    client::{Client, token},
};

/// What the bad clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Send a head, a byte each second
    Heads,
    /// Send a body, a byte each second, where nobody asks who they are
    Bodies,
    /// The same with messages of a partner
    Messages,
    /// Ask for large answers and take nothing of them
    Readers,
    /// Send messages as fast as they are answered
    Greedy,
}

/// How long the number is that makes an answer large.
const LARGE: usize = 500_000;
/// Addresses of this machine that they come from: ports of one would not last.
const ADDRESSES: u8 = 16;
/// Somebody who is still not cut off after so long is not waited for.
const LONG: Duration = Duration::from_secs(60);

/// What became of connections: how often each end was seen, and how long it took.
#[derive(Debug, Default)]
pub struct Seen(pub BTreeMap<String, Vec<Duration>>);

/// Bad clients who are ready.
#[derive(Clone)]
pub struct Attack {
    kind: Kind,
    to: SocketAddr,
    token: String,
    seen: Arc<Mutex<Seen>>,
}

/// Bad clients at work. They have a thread of their own, so that they do not keep the good one from seeing its answers.
pub struct Flood {
    attack: Attack,
    clients: JoinSet<()>,
    thread: Runtime,
}

impl Attack {
    /// Gets what they need.
    pub async fn prepare(kind: Kind, side: &Side) -> Result<Attack, BenchError> {
        let mut client = Client::connect(side.address()).await?;
        let text = token(&mut client, "greedy", "greedy-secret").await?;
        let token = text.ok_or_else(|| BenchError::Side("Baton gave no token".to_owned()))?;
        if kind == Kind::Readers {
            let body = message(&side.address().to_string(), "large", &"9".repeat(LARGE));
            let mut greedy = connected(side, "greedy", 1).await?;
            let sent = greedy[0].post(&format!("{BASE}/$process-message"), "application/fhir+json", body).await?;
            let read = greedy[0].get(&format!("{BASE}/Patient")).await?;
            if !sent.is_success() || read.body.len() < LARGE {
                return Err(BenchError::Side(format!("no large answer: {}, {}", sent.status, read.status)));
            }
        }
        Ok(Attack { kind, to: side.address(), token, seen: Arc::default() })
    }

    /// Lets them begin.
    pub fn begin(self, clients: usize) -> Result<Flood, BenchError> {
        let thread = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let thread = thread.map_err(|source| BenchError::Outside { what: "could not start a thread", source })?;
        let mut running = JoinSet::new();
        for number in 0..clients {
            running.spawn_on(self.clone().again_and_again(number), thread.handle());
        }
        Ok(Flood { attack: self, clients: running, thread })
    }

    async fn again_and_again(self, number: usize) {
        for turn in 0_u64.. {
            let start = Instant::now();
            let end = match self.kind {
                Kind::Greedy => self.ask(number, turn).await,
                _ => self.crawl(number).await,
            };
            self.note(end.unwrap_or_else(|error| format!("{:?}", error.kind())), start.elapsed());
            // a client that gets nowhere does not become a loop
            sleep(Duration::from_millis(if self.kind == Kind::Greedy { 0 } else { 100 })).await;
        }
    }

    fn note(&self, end: String, after: Duration) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).0.entry(end).or_default().push(after);
    }

    async fn connect(&self, number: usize) -> std::io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        if self.kind == Kind::Readers {
            socket.set_recv_buffer_size(4096)?;
        }
        let last = u8::try_from(number % usize::from(ADDRESSES)).unwrap_or_default();
        socket.bind(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, last + 2)), 0))?;
        #[expect(clippy::disallowed_methods, reason = "a server of the benchmark's own, at its address")]
        socket.connect(self.to).await
    }

    fn head(&self) -> String {
        let (host, token) = (self.to, &self.token);
        let form = "Content-Type: application/x-www-form-urlencoded";
        let fhir = "Content-Type: application/fhir+json";
        match self.kind {
            Kind::Heads => format!("GET {BASE}/metadata HTTP/1.1\r\nHost: {host}\r\nX-Slow: "),
            Kind::Bodies => {
                format!("POST /oauth/token HTTP/1.1\r\nHost: {host}\r\n{form}\r\nContent-Length: 1000\r\n\r\n")
            }
            Kind::Messages | Kind::Greedy => format!(
                "POST {BASE}/$process-message HTTP/1.1\r\nHost: {host}\r\n{fhir}\r\nAuthorization: Bearer {token}\r\n\
                 Content-Length: 20000\r\n\r\n"
            ),
            Kind::Readers => {
                format!("GET {BASE}/Patient HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n")
            }
        }
    }

    /// One connection of somebody who is slow, until it is closed; gives the status that was read, or how it ended.
    async fn crawl(&self, number: usize) -> std::io::Result<String> {
        let mut stream = self.connect(number).await?;
        stream.write_all(self.head().as_bytes()).await?;
        if self.kind == Kind::Readers {
            return self.take_nothing(stream).await;
        }
        let mut answer = [0; 512];
        let start = Instant::now();
        while start.elapsed() < LONG {
            match timeout(Duration::from_secs(1), stream.read(&mut answer)).await {
                Ok(Ok(0)) => return Ok("closed".to_owned()),
                Ok(Ok(bytes)) => {
                    let text = String::from_utf8_lossy(&answer[..bytes]);
                    return Ok(text.split(' ').nth(1).unwrap_or("no status").to_owned());
                }
                Ok(Err(error)) => return Err(error),
                Err(_) => stream.write_all(b"a").await?,
            }
        }
        Ok("never cut".to_owned())
    }

    /// Looks at the connection without reading: it is over when the other side resets it.
    async fn take_nothing(&self, stream: TcpStream) -> std::io::Result<String> {
        let start = Instant::now();
        while start.elapsed() < LONG {
            sleep(Duration::from_millis(500)).await;
            if let Some(error) = stream.take_error()? {
                return Err(error);
            }
            // a server that closes in order leaves its end at the end of what was not read: writing tells
            if stream.try_write(b"\r\n").is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock) {
                return Ok("closed".to_owned());
            }
        }
        Ok("never cut".to_owned())
    }

    /// One message, on a connection of its own each time.
    async fn ask(&self, number: usize, turn: u64) -> std::io::Result<String> {
        let body = message(&self.to.to_string(), &format!("greedy-{number}-{turn}"), "mrn");
        let head = self.head().replace("Content-Length: 20000", &format!("Content-Length: {}", body.len()));
        let mut stream = self.connect(number).await?;
        stream.write_all(format!("{head}{body}").as_bytes()).await?;
        let mut answer = [0; 512];
        let bytes = stream.read(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer[..bytes]).split(' ').nth(1).unwrap_or("closed").to_owned())
    }
}

impl Flood {
    /// Stops them; gives what they saw.
    pub async fn end(self) -> Seen {
        let Flood { attack, mut clients, thread } = self;
        clients.shutdown().await;
        thread.shutdown_background();
        std::mem::take(&mut *attack.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

//! The senders: keep-alive connections that send one message after the other and wait for each answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use baton_dialects::netsmart::sample::{Ids, submit};

use super::{
    BenchError,
    side::{SECRET, Side, SideName},
};
use crate::client::{Client, token};

const PATH: &str = "/netsmart/v4/$process-message";
/// Stand in a sample where each message gets ids of its own.
const BUNDLE: &str = "\u{1}";
const HEADER: &str = "\u{2}";
const REQUEST: &str = "\u{3}";
const PATIENT: &str = "\u{4}";
/// Tokens live for five minutes; after this long a new one is fetched.
const TOKEN_TIME: Duration = Duration::from_secs(200);

/// Senders to one side.
pub struct Load {
    clients: Vec<Client>,
    template: Arc<str>,
    sent: Arc<AtomicU64>,
    which: SideName,
    token_since: Instant,
}

impl Load {
    /// Connects all senders, with a token where the side wants one.
    pub async fn connect(side: &Side, connections: u16) -> Result<Load, BenchError> {
        let mut clients = Vec::new();
        for _ in 0..connections {
            clients.push(Client::connect(side.address()).await?);
        }
        let base = format!("http://{}/netsmart/v4", side.address());
        let ids = Ids { base: &base, bundle: BUNDLE, header: HEADER, request: REQUEST, patient: PATIENT, mrn: PATIENT };
        let mut load = Load {
            clients,
            template: submit(&ids).into(),
            sent: Arc::default(),
            which: side.which(),
            token_since: Instant::now(),
        };
        load.authorize().await?;
        Ok(load)
    }

    async fn authorize(&mut self) -> Result<(), BenchError> {
        if self.which == SideName::Bare {
            return Ok(());
        }
        let Some(first) = self.clients.first_mut() else {
            return Ok(());
        };
        let Some(token) = token(first, "bench", SECRET).await? else {
            return Err(BenchError::Side("Baton gave no token".to_owned()));
        };
        self.clients.iter_mut().for_each(|client| client.authorize(&token));
        self.token_since = Instant::now();
        Ok(())
    }

    /// Sends messages until there were `count` of them or the time is over; gives how long it took and the latency of each in
    /// microseconds. An answer other than 200 ends the benchmark.
    pub async fn send(&mut self, count: u64, time: Option<Duration>) -> Result<(f64, Vec<u32>), BenchError> {
        if self.token_since.elapsed() > TOKEN_TIME {
            self.authorize().await?;
        }
        let start = Instant::now();
        let (until, left) = (time.map(|time| start + time), Arc::new(AtomicU64::new(count)));
        let mut senders = Vec::new();
        for client in self.clients.drain(..) {
            senders.push(tokio::spawn(send_all(client, self.template.clone(), self.sent.clone(), left.clone(), until)));
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

    /// How many messages the side has accepted in all.
    pub fn accepted(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How long a message is.
    pub fn message_bytes(&self) -> usize {
        fill(&self.template, u64::from(u32::MAX)).len()
    }
}

async fn send_all(
    mut client: Client,
    template: Arc<str>,
    sent: Arc<AtomicU64>,
    left: Arc<AtomicU64>,
    until: Option<Instant>,
) -> Result<(Client, Vec<u32>), BenchError> {
    let mut latencies = Vec::new();
    let take = |left: u64| left.checked_sub(1);
    while until.is_none_or(|until| Instant::now() < until)
        && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    {
        let message = fill(&template, sent.fetch_add(1, Ordering::Relaxed));
        let start = Instant::now();
        let answer = client.post(PATH, "application/fhir+json", message).await?;
        if answer.status != 200 {
            return Err(BenchError::Side(format!("a message was answered with {}", answer.status)));
        }
        latencies.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok((client, latencies))
}

/// A message with ids of its own.
fn fill(template: &str, number: u64) -> String {
    let mut message = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some(at) = rest.find(['\u{1}', '\u{2}', '\u{3}', '\u{4}']) {
        message.push_str(&rest[..at]);
        let kind = match rest.as_bytes()[at] {
            1 => "bench-bundle-",
            2 => "bench-header-",
            3 => "bench-request-",
            _ => "bench-patient-",
        };
        message.push_str(kind);
        message.push_str(&format!("{number:010}"));
        rest = &rest[at + 1..];
    }
    message.push_str(rest);
    message
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn each_message_has_ids_of_its_own() {
        assert_eq!(fill("<\u{1}|\u{3}>", 7), "<bench-bundle-0000000007|bench-request-0000000007>");
    }
}

//! Clients that crawl or ask too much beside one that does neither: what the good one feels of it, and what the server spends.

mod attack;
mod report;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use baton_dialects::netsmart::sample::{Ids, submit};
use tokio::time::{MissedTickBehavior, interval, sleep};

use self::{
    attack::{Attack, Kind},
    report::{Report, Slice, Spent},
};
use super::{
    BenchError,
    folder::Folder,
    side::{Side, SideName, Task},
};
use crate::client::{Client, token};

/// The exchange, one partner that behaves and one that does not, and places for more connections than a flood has.
pub const EXCHANGE: &str = r#"
[limits]
connections_max = 15000
address_connections_max = 15000
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
[[partner]]
id = "polite"
name = "Polite"
exchanges = ["netsmart"]
client_secret = "polite-secret"
scopes = ["system/Messaging.write", "system/*.read"]
[[partner]]
id = "greedy"
name = "Greedy"
exchanges = ["netsmart"]
client_secret = "greedy-secret"
scopes = ["system/Messaging.write", "system/*.read"]
"#;

const BASE: &str = "/netsmart/v4";
/// Connections of the good client, and how often each of them sends: far from all that the server could do.
const POLITE: usize = 4;
const EVERY: Duration = Duration::from_millis(40);

/// What to measure.
#[derive(clap::Args, Clone, Debug)]
#[command(after_help = "Example:\n  baton bench flood heads --clients 10000 --seconds 20\n\n\
Both processes need more open files than there are clients (ulimit -n).")]
pub struct FloodArgs {
    /// What the bad clients do
    kind: Kind,
    /// How many of them there are
    #[arg(long, default_value_t = 1_000)]
    clients: usize,
    /// For how long, and for how long before and afterwards
    #[arg(long, default_value_t = 15)]
    seconds: u64,
}

/// Measures and prints.
pub fn run(args: &FloodArgs) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let measured = match runtime {
        Ok(runtime) => runtime.block_on(super::unless_stopped(measure(args))),
        Err(source) => Err(BenchError::Outside { what: "could not start", source }),
    };
    match measured {
        Ok(report) => {
            print!("{}", report.text());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("baton bench: {}", crate::log::with_sources(&error));
            ExitCode::FAILURE
        }
    }
}

async fn measure(args: &FloodArgs) -> Result<Report, BenchError> {
    let side = Side::start(SideName::Baton, Task::Flood, Folder::make("flood")?, 0)?;
    let mut polite = Polite::connect(&side).await?;
    let attack = Attack::prepare(args.kind, &side).await?;
    let time = Duration::from_secs(args.seconds);
    // the first requests find nothing in any cache
    polite.slice(&side, Duration::from_secs(2)).await?;
    let before = polite.slice(&side, time).await?;
    let flood = attack.begin(args.clients)?;
    // until all are there
    sleep(Duration::from_secs(3)).await;
    let during = polite.slice(&side, time).await?;
    let seen = flood.end().await;
    // what was in work ends
    sleep(Duration::from_secs(2)).await;
    let after = polite.slice(&side, time).await?;
    Ok(Report { kind: args.kind, clients: args.clients, before, during, after, seen })
}

/// The good client: a few connections, each of which sends a message now and then and waits for its answer.
struct Polite {
    clients: Vec<Client>,
    sent: Arc<AtomicU64>,
}

impl Polite {
    async fn connect(side: &Side) -> Result<Polite, BenchError> {
        let clients = connected(side, "polite", POLITE).await?;
        Ok(Polite { clients, sent: Arc::default() })
    }

    /// What it feels for some time, and the most that the server spends meanwhile.
    async fn slice(&mut self, side: &Side, time: Duration) -> Result<Slice, BenchError> {
        let until = Instant::now() + time;
        let senders: Vec<_> = self
            .clients
            .drain(..)
            .map(|client| tokio::spawn(send(client, side.address().to_string(), self.sent.clone(), until)))
            .collect();
        let mut most = Spent::default();
        while Instant::now() < until {
            most = most.or(Spent::of(side.pid()));
            sleep(Duration::from_millis(200)).await;
        }
        let mut latencies = Vec::new();
        for sender in senders {
            let (client, of_one) = sender.await.map_err(|_| BenchError::Side("a sender panicked".to_owned()))??;
            self.clients.push(client);
            latencies.extend(of_one);
        }
        Ok(Slice { latencies, most, left: Spent::of(side.pid()) })
    }
}

/// Connections of a partner with a token.
async fn connected(side: &Side, partner: &str, count: usize) -> Result<Vec<Client>, BenchError> {
    let mut clients = Vec::new();
    for _ in 0..count {
        clients.push(Client::connect(side.address()).await?);
    }
    if let Some(first) = clients.first_mut() {
        let text = token(first, partner, &format!("{partner}-secret")).await?;
        let text = text.ok_or_else(|| BenchError::Side("Baton gave no token".to_owned()))?;
        clients.iter_mut().for_each(|client| client.authorize(&text));
    }
    Ok(clients)
}

async fn send(
    mut client: Client,
    host: String,
    sent: Arc<AtomicU64>,
    until: Instant,
) -> Result<(Client, Vec<u32>), BenchError> {
    let mut latencies = Vec::new();
    let mut pace = interval(EVERY);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < until {
        pace.tick().await;
        let body = message(&host, &format!("polite-{}", sent.fetch_add(1, Ordering::Relaxed)), "mrn");
        let start = Instant::now();
        let answer = client.post(&format!("{BASE}/$process-message"), "application/fhir+json", body).await?;
        if !answer.is_success() {
            return Err(BenchError::Side(format!("the good client was answered with {}", answer.status)));
        }
        latencies.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    Ok((client, latencies))
}

/// A message whose ids hold a text, with a number of a patient that may be long.
fn message(host: &str, id: &str, mrn: &str) -> String {
    let [bundle, header, request, patient] = ["b", "h", "r", "p"].map(|kind| format!("{kind}-{id}"));
    let base = format!("http://{host}{BASE}");
    submit(&Ids { base: &base, bundle: &bundle, header: &header, request: &request, patient: &patient, mrn })
}

//! Starts a server inside this process, and stops it in order.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use baton_exchange::{
    decision::{Batch, Change},
    time::Timestamp,
};
use baton_store::{Store, StoreError};
use tokio::{
    net::TcpListener,
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use crate::{
    app::App,
    clock::{Clock, Trust, WAY_BACK, guarded, keep, put_down, put_down_last},
    config::{Config, DialectName, Listener, PublicUrl},
    delivery::deliver,
    egress::{Egress, EgressRules},
    endpoint::LOOK_EVERY,
    failure::Failure,
    http::listen::{self, Open},
    listener::ListenerNumber,
    log::with_sources,
    reload::{Merged, merged},
    tls::{ListenerTls, TlsFileError},
    tree::{GrowError, Signer, Tending},
    warnings,
};

/// How often expired answers and tokens are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60);

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {listen}")]
    Listen {
        /// The address, as configured.
        listen: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A certificate or a key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsFileError),
    /// The audit cannot be signed.
    #[error(transparent)]
    Audit(#[from] GrowError),
    /// The store cannot be opened.
    #[error("cannot open the store")]
    Store(#[source] StoreError),
    /// The machine's clock is so far behind that one of the two has to be wrong.
    #[error(
        "the machine's clock is {hours} hours earlier than the latest time that the database knows: set the clock right; if it \
         was that later time that was wrong, {WAY_BACK}"
    )]
    Clock {
        /// How far it is behind.
        hours: i64,
    },
}

/// A server that takes requests.
pub struct Running {
    /// Where it listens, as `http://HOST:PORT` or `https://HOST:PORT`.
    pub url: String,
    /// The address itself.
    pub address: SocketAddr,
    /// The other addresses, in the order of the configuration.
    pub listeners: Vec<Listening>,
    app: Arc<App>,
    /// What takes effect now.
    config: Config,
    servers: Vec<Serving>,
    chores: Vec<JoinHandle<()>>,
    stop_delivery: oneshot::Sender<()>,
    delivery: JoinHandle<()>,
    /// What lets the tree of the audit grow, where there is a key for it.
    tending: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// One more address at which a server listens.
pub struct Listening {
    /// Its name in the configuration.
    pub id: String,
    /// Where it listens, as `http://HOST:PORT` or `https://HOST:PORT`.
    pub url: String,
    /// The address itself.
    pub address: SocketAddr,
}

/// What serves at one address.
struct Serving {
    tls: Option<Arc<ListenerTls>>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Running {
    /// Reads certificates and keys again, for the connections from now on. Where they are of no use, the old ones stay.
    pub fn reload_certificates(&self) {
        let all: Vec<_> = self.servers.iter().filter_map(|serving| serving.tls.as_ref()).collect();
        if all.is_empty() {
            tracing::info!("there is no certificate to read again");
        }
        // one of no use does not keep the others from being changed
        for tls in all {
            match tls.reload() {
                Ok(()) => tracing::info!("certificates were read again: {}", tls.table()),
                Err(error) => tracing::error!("the old certificates stay: {error}"),
            }
        }
    }

    /// Takes in another configuration, without an interruption, and says in the log what of it needs a restart. Where what takes
    /// effect now makes no sense without what waits, nothing does. Waits for nothing; within a runtime.
    pub fn reload(&mut self, config: Config) {
        let Merged { config, waiting } = merged(&self.config, config);
        if let Err(why) = config.check() {
            let waiting = waiting.join(", ");
            tracing::error!(
                "the old configuration stays until a restart, since without what needs one ({waiting}): {why}"
            );
            return;
        }
        warnings::log(&config);
        self.app.take_in(&config);
        let all = config.partners.len();
        let disabled = config.partners.iter().filter(|partner| partner.disabled).count();
        tracing::info!("the configuration was read again: {all} partners, {disabled} of them disabled");
        for what in waiting {
            tracing::warn!("changed, and needs a restart: {what}");
        }
        self.config = config;
    }

    /// Takes no more connections and begins no more deliveries, lets those under way finish (for at most 30 s), and returns.
    pub async fn stop(self) {
        // a server that ended by itself listens no more, which is what is wanted
        let _ = self.stop_delivery.send(());
        let mut ending = vec![self.delivery];
        for Serving { stop, server, .. } in self.servers {
            let _ = stop.send(());
            ending.push(server);
        }
        // all of them have been told, and end beside each other
        for task in ending {
            if task.await.is_err() {
                tracing::error!("the server did not end in order");
            }
        }
        // what ended last has its line, too
        if let Some((stop, tending)) = self.tending {
            let _ = stop.send(());
            if tending.await.is_err() {
                tracing::error!("the tree of the audit did not end in order");
            }
        }
        for chore in self.chores {
            chore.abort();
        }
        put_down_last(&self.app).await;
    }
}

/// Starts a server with the store that the configuration names.
///
/// # Errors
/// [`StartError`] when the store cannot be opened, the address not be listened on, a certificate not be used, or the clock not be
/// believed.
pub async fn start(config: Config) -> Result<Running, StartError> {
    start_trusting(config, Trust::Database).await
}

/// The same, where an operator may have said which time is right.
///
/// # Errors
/// As [`start`].
pub async fn start_trusting(config: Config, trust: Trust) -> Result<Running, StartError> {
    let store = config.store.open().await.map_err(StartError::Store)?;
    let tending = Tending::of(&config, &*store).await?;
    let clock = guarded(&*store, Clock::of_machine(), trust).await?;
    start_signed(config, store, clock, Some(tending)).await
}

/// The secret of this deployment with which search keys and the numbers of events are blinded. The store's is only asked for, and so
/// made, where there is an exchange that needs it; else the key of the audit knows one that every server of the deployment has.
///
/// # Errors
/// When the store cannot be asked.
pub(crate) async fn blinding(
    config: &Config,
    store: &dyn Store,
    signer: Option<&Signer>,
) -> Result<[u8; 32], StoreError> {
    let is_needed = config.exchanges.iter().any(|exchange| *exchange.dialect.get_ref() == DialectName::Ontario);
    if is_needed {
        return store.blind_secret().await;
    }
    if let Some(signer) = signer {
        return Ok(signer.secret("blinding"));
    }
    // nothing is named lastingly without a key
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|_| StoreError::Bug("the system has no randomness".to_owned()))?;
    Ok(secret)
}

/// Starts a server with a store and a clock of one's own.
///
/// # Errors
/// [`StartError`] when the address cannot be listened on, or a certificate not be used.
pub async fn start_with(config: Config, store: Arc<dyn Store>, clock: Clock) -> Result<Running, StartError> {
    let clock = guarded(&*store, clock, Trust::Database).await?;
    start_signed(config, store, clock, None).await
}

/// The same with a key that signs the audit: without one its tree does not grow.
async fn start_signed(
    config: Config,
    store: Arc<dyn Store>,
    clock: Clock,
    tending: Option<Tending>,
) -> Result<Running, StartError> {
    let egress = Egress::new(EgressRules::of(&config)?);
    let mut opened = Vec::new();
    for number in ListenerNumber::all(&config) {
        opened.push(open(&config, number).await?);
    }
    let urls: Vec<(String, SocketAddr)> = opened.iter().map(|(_, url, address)| (url.clone(), *address)).collect();
    let called = called(&config, &urls);
    clear_again(&*store, clock.now()).await?;
    warnings::log(&config);
    let signer = tending.as_ref().and_then(Tending::signer);
    let secret = blinding(&config, &*store, signer).await.map_err(StartError::Store)?;
    let app = Arc::new(App::new(&called, &called.public_url(ListenerNumber::SERVER), store, clock, egress, &secret));
    // before anything is told, it has to be known where
    app.endpoints.refresh(&app).await.map_err(StartError::Store)?;
    put_down(&app).await;
    let chores = vec![
        chore("forgetting what expired", &app, forget),
        chore("following endpoints", &app, follow),
        chore("keeping the time", &app, keep),
    ];
    let tending = tending.map(|tending| {
        let (stop, stopped) = oneshot::channel();
        (stop, tokio::spawn(tending.run(app.clone(), stopped)))
    });
    let (stop_delivery, delivery_stopped) = oneshot::channel();
    let delivery = tokio::spawn(deliver(app.clone(), delivery_stopped));
    let servers = opened.into_iter().map(|(open, ..)| serving(open, &app)).collect();
    let mut urls = urls.into_iter();
    let (url, address) = urls.next().expect("the first is that of [server]");
    let listening =
        |(listener, (url, address)): (&Listener, _)| Listening { id: listener.id.get_ref().0.clone(), url, address };
    let listeners = config.listeners.iter().zip(urls).map(listening).collect();
    Ok(Running { url, address, listeners, app, config, servers, chores, stop_delivery, delivery, tending })
}

/// Listens where the configuration says, without taking a connection yet; gives the ready URL and the address, too.
async fn open(config: &Config, number: ListenerNumber) -> Result<(Open, String, SocketAddr), StartError> {
    let listener = config.listener(number);
    let table = listener.map_or_else(|| "server.tls".to_owned(), |it| format!("listener.{}.tls", it.id.get_ref().0));
    let tls = config.tls_of(number).map(|files| ListenerTls::open_of(&table, files)).transpose()?.map(Arc::new);
    let listen = &listener.map_or(&config.server.listen, |listener| listener.listen.get_ref()).0;
    let failed = |source| StartError::Listen { listen: listen.clone(), source };
    let socket = TcpListener::bind(listen).await.map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    Ok((Open { number, socket, tls }, format!("{scheme}://{address}"), address))
}

/// The configuration in which each listener without a public URL is called by where it listens.
fn called(config: &Config, urls: &[(String, SocketAddr)]) -> Config {
    let mut config = config.clone();
    let names = std::iter::once(&mut config.server.public_url)
        .chain(config.listeners.iter_mut().map(|listener| &mut listener.public_url));
    for (name, (url, _)) in names.zip(urls) {
        name.get_or_insert_with(|| PublicUrl(url.clone()));
    }
    config
}

fn serving(open: Open, app: &Arc<App>) -> Serving {
    let (stop, stopped) = oneshot::channel();
    let tls = open.tls.clone();
    Serving { tls, stop, server: tokio::spawn(listen::serve(open, app.clone(), stopped)) }
}

/// A database that was restored from a copy knows nothing of what was revoked since; the key file does.
async fn clear_again(store: &dyn Store, now: Timestamp) -> Result<(), StartError> {
    let cleared = baton_store::clear_again(store, now).await.map_err(StartError::Store)?;
    if cleared > 0 {
        tracing::warn!(
            "{cleared} referrals that were revoked after this copy of the database was made are cleared again"
        );
    }
    Ok(())
}

/// Work beside the requests that goes on for ever. Where a piece of it ends after all, by a panic, it is begun again, and the others
/// do not notice.
fn chore<F>(name: &'static str, app: &Arc<App>, begin: impl Fn(Arc<App>) -> F + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = Arc::clone(app);
    tokio::spawn(async move {
        loop {
            // what is in it ends with this task
            let mut going = JoinSet::new();
            going.spawn(begin(Arc::clone(&app)));
            going.join_next().await;
            tracing::error!("{name} ended and is begun again");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
}

/// Forgets what expired, again and again. Several servers on one store may do so at the same time.
async fn forget(app: Arc<App>) {
    loop {
        tokio::time::sleep(FORGET_EVERY).await;
        if let Err(failure) = forget_expired(&app).await {
            tracing::warn!("could not forget what expired: {}", with_sources(&failure));
        }
        if let Err(failure) = forget_told(&app).await {
            tracing::warn!("could not forget what was told: {}", with_sources(&failure));
        }
    }
}

/// Forgets all that expired, some at a time, so that nobody who is writing waits for long. As often as it takes: else whoever
/// begins more in a minute than one time takes away would fill the store.
async fn forget_expired(app: &App) -> Result<(), Failure> {
    let before = app.clock.now();
    while app.in_time(app.store.is_anything_expired(before)).await? {
        let changes = vec![Change::ForgetExpired(before)];
        app.in_time(app.store.commit(Batch { asserts: Vec::new(), changes })).await?;
    }
    Ok(())
}

/// Forgets notices that were delivered so long ago that nobody catches up with them.
async fn forget_told(app: &App) -> Result<(), Failure> {
    let kept = i64::try_from(app.keep_delivered.as_micros()).unwrap_or(i64::MAX);
    let before = Timestamp(app.clock.now().0.saturating_sub(kept));
    while app.in_time(app.store.forget_told(before)).await? > 0 {}
    Ok(())
}

/// Sees which endpoints other processes have changed.
async fn follow(app: Arc<App>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Err(failure) = app.in_time(app.endpoints.refresh(&app)).await {
            tracing::warn!("could not see which endpoints were changed: {}", with_sources(&failure));
        }
    }
}

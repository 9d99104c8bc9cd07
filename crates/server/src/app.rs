//! What every request needs: the exchanges, the store, the clients, the limits.

use std::{future::Future, net::IpAddr, num::NonZero, sync::Arc, time::Duration};

use baton_exchange::{
    audit::AuditRecord,
    decision::{Batch, Change},
    id::{ExchangeId, PartnerId},
};
use baton_store::{Committed, Store, StoreError};
use tokio::{sync::Semaphore, time::timeout};

use crate::{
    account::Passwords,
    authorize::Guesses,
    clock::Clock,
    config::{Config, DialectName, Exchange},
    delivery::Delivery,
    egress::{Egress, PrivateAddresses},
    endpoint::Registry,
    exchanged::{Exchanged, exchanged, ways_of},
    failure::Failure,
    http::route::{Base, Route},
    limit::{Fair, Limiter, Places},
    listener::{Listener, ListenerNumber, Listeners},
    live::{Live, Mounted},
    locator::{Located, located},
    log::with_sources,
    metrics::Metrics,
    provider::Logins,
    query::Queries,
    signing::Signing,
    token::{Clients, Registered},
    tree::Health,
};

/// How long work on one request may take once its body is there.
pub const WORK_TIME: Duration = Duration::from_secs(30);

/// How many test calls are made at the same time: partners cannot have Baton call others as often as they like.
pub(crate) const TRIALS_MAX: usize = 8;
/// How many of them one partner has.
pub(crate) const TRIALS_OF_PARTNER_MAX: usize = 2;

/// How many papers are fetched from partners at the same time; each may be as large as papers are.
pub(crate) const FETCHES_MAX: usize = 16;
/// How many of them one partner has: who keeps a paper may take a minute to give it.
pub(crate) const FETCHES_OF_PARTNER_MAX: usize = 4;

/// How many reads of the audit are answered at the same time: each looks at many lines, and others wait for the store.
pub(crate) const AUDIT_READS_MAX: usize = 2;
/// How many of them one partner has, so that the others need not wait for all that it asks.
pub(crate) const AUDIT_READS_OF_PARTNER_MAX: usize = 1;

/// How many commits for partners are under way at the same time: many of them share a flush of the disk.
pub(crate) const COMMITS_MAX: NonZero<usize> = NonZero::new(1024).expect("it is not 0");
/// How many of them one partner has while others work, too: everybody waits for all that shares a flush.
pub(crate) const COMMITS_OF_PARTNER_MAX: NonZero<usize> = NonZero::new(8).expect("it is not 0");

/// How many pages of searches and histories are made at the same time; each may hold 16 MiB of what is stored before it is counted.
pub(crate) const PAGES_MAX: NonZero<usize> = NonZero::new(8).expect("it is not 0");

/// How much memory the bodies in work may take together, in KiB.
pub(crate) const WORK_KIB_MAX: usize = 512 * 1024;

/// How much of that the bodies of one partner may take, so that there is always something left for the others.
pub(crate) const PARTNER_KIB_MAX: u32 = 256 * 1024;

/// A running server's state. Nothing in it is needed by another process.
pub struct App {
    /// What it is called at `[server]`, without a slash at the end.
    pub public_url: String,
    /// The mounted APIs, in the order of the configuration.
    pub exchanges: Vec<Mounted<Exchanged>>,
    /// The mounted record locators, in the order of the configuration.
    pub locators: Vec<Mounted<Located>>,
    /// The memory.
    pub store: Arc<dyn Store>,
    /// Who may ask for tokens.
    pub clients: Live<Clients>,
    /// How people log in.
    pub logins: Live<Logins>,
    /// What ID tokens are signed with.
    pub signing: Signing,
    /// Wrong guesses of passwords.
    pub(crate) guesses: Guesses,
    /// The check of passwords.
    pub(crate) passwords: Passwords,
    /// Counters.
    pub metrics: Metrics,
    /// The time.
    pub clock: Clock,
    /// How the tree over the audit is.
    pub tree: Health,
    /// What the audit keeps of searches.
    pub queries: Queries,
    /// Calls to other systems.
    pub egress: Egress,
    /// Notices on their way to partners.
    pub delivery: Delivery,
    /// Where partners registered to be told.
    pub endpoints: Registry,
    /// Where they may.
    pub addresses: PrivateAddresses,
    /// Places for test calls.
    pub trials: Places,
    /// Places for papers that are fetched from partners.
    pub fetches: Places,
    /// Places for reads of the audit.
    pub audit_reads: Places,
    /// How long notices that were delivered are kept.
    pub keep_delivered: Duration,
    /// Bytes of a body.
    pub body_bytes_max: usize,
    /// Places for bodies in work, one for each KiB.
    pub places: Arc<Semaphore>,
    /// What each client may ask for.
    pub limiter: Limiter,
    /// Turns of partners at the processor.
    pub steps: Fair,
    /// Turns at commits.
    pub commits: Fair,
    /// Turns at what takes a processor for long.
    pub large_steps: Fair,
    /// Turns at pages that are made of what is stored.
    pub pages: Fair,
    /// Where it listens.
    pub listeners: Listeners,
    /// Who is believed about whom they call for.
    pub proxies: Vec<IpAddr>,
    /// With what search keys of referrals are blinded.
    secret: [u8; 32],
}

impl App {
    /// The state of a server that is called `public_url`. With `secret` the search keys of referrals are blinded.
    #[must_use]
    pub fn new(
        config: &Config,
        public_url: &str,
        store: Arc<dyn Store>,
        clock: Clock,
        egress: Egress,
        secret: &[u8; 32],
    ) -> App {
        let (locators, exchanges) = by_kind(config);
        let path = |it: &Exchange| it.path.get_ref().0.clone();
        let listeners = Listeners::of(config, public_url);
        let here = |it: &Exchange| listeners.at(config.listener_of(it));
        let exchanges: Vec<_> = exchanges
            .into_iter()
            .map(|it| Mounted::new(config.listener_of(it), path(it), exchanged(config, it, here(it), secret)))
            .collect();
        let locators: Vec<_> = locators
            .into_iter()
            .map(|it| Mounted::new(config.listener_of(it), path(it), located(config, it, &here(it).public_url)))
            .collect();
        App {
            public_url: public_url.to_owned(),
            exchanges,
            locators,
            store,
            clients: Live::new(Clients::of(config, None)),
            logins: Live::new(Logins::of(config, public_url, None)),
            signing: Signing::beside(&config.store.key_file(), clock.clone()),
            guesses: Guesses::default(),
            passwords: Passwords::default(),
            metrics: Metrics::default(),
            tree: Health::default(),
            queries: Queries::of(&config.audit),
            clock,
            egress,
            delivery: Delivery::of(config),
            endpoints: Registry::default(),
            addresses: match config.delivery.allow_private_addresses {
                true => PrivateAddresses::Allowed,
                false => PrivateAddresses::Refused,
            },
            trials: Places::new(TRIALS_MAX, TRIALS_OF_PARTNER_MAX),
            fetches: Places::new(FETCHES_MAX, FETCHES_OF_PARTNER_MAX),
            audit_reads: Places::new(AUDIT_READS_MAX, AUDIT_READS_OF_PARTNER_MAX),
            keep_delivered: config.delivery.keep_delivered.0,
            body_bytes_max: config.limits.body_bytes_max.0,
            places: Arc::new(Semaphore::new(WORK_KIB_MAX)),
            limiter: Limiter::of(&config.limits, PARTNER_KIB_MAX),
            large_steps: Fair::new(processors()),
            pages: Fair::new(PAGES_MAX),
            steps: Fair::new(processors()),
            commits: Fair::shared(COMMITS_MAX, COMMITS_OF_PARTNER_MAX),
            listeners,
            proxies: config.server.proxies.iter().map(IpAddr::to_canonical).collect(),
            secret: *secret,
        }
    }

    /// Takes in another configuration, of the same exchanges in the same order. Requests that began before it end as they
    /// began; what waits for partners whose endpoints have changed is hastened afterwards.
    pub fn take_in(self: &Arc<Self>, config: &Config) {
        let clients = Clients::of(config, Some(&self.clients.now()));
        // first of all, so that who is disabled is out
        self.clients.replace(clients);
        self.logins.replace(Logins::of(config, &self.public_url, Some(&self.logins.now())));
        let (locators, exchanges) = by_kind(config);
        for (place, locator) in self.locators.iter().zip(locators) {
            place.replace(located(config, locator, &self.here(place).public_url));
        }
        let met = self.delivery.take_in(config, self.clock.now());
        self.endpoints.again(&met.new, || {
            let made = |(place, it): (_, &Exchange)| (place, exchanged(config, it, self.here(place), &self.secret));
            self.exchanges.iter().zip(exchanges).map(made).collect()
        });
        self.delivery.wake.ring();
        // files and the store may be slow, and whoever reloads hears nothing else meanwhile, such as that the server is to stop
        let app = self.clone();
        tokio::spawn(async move {
            app.signing.again().await;
            for partner in &met.eased {
                app.hasten(partner).await;
            }
        });
    }

    /// The listener at which something is mounted.
    fn here<T>(&self, place: &Mounted<T>) -> &Listener {
        self.listeners.at(place.listener())
    }

    /// A mounted API by its name.
    #[must_use]
    pub fn exchange(&self, id: &ExchangeId) -> Option<Arc<Exchanged>> {
        self.exchanges.iter().map(Mounted::now).find(|exchange| exchange.mount.exchange == *id)
    }

    /// A registered app by its client id.
    #[must_use]
    pub fn registered(&self, client_id: &str) -> Option<Arc<Registered>> {
        self.clients.now().app(client_id).cloned()
    }

    /// The route of a path at a listener. What is served at others is not there, in the same words as what is nowhere.
    #[must_use]
    pub fn route(&self, path: &str, at: ListenerNumber) -> Route {
        let route = Route::of(path, self.bases(at));
        if self.listeners.at(at).serves(&route) { route } else { Route::Unknown }
    }

    /// What is mounted where.
    fn bases(&self, at: ListenerNumber) -> impl Iterator<Item = Base<'_>> {
        let exchanges = self.exchanges.iter().enumerate().filter(move |(_, it)| it.listener() == at);
        let locators = self.locators.iter().enumerate().filter(move |(_, it)| it.listener() == at);
        exchanges
            .map(|(number, it)| Base::Exchange(number, it.path(), ways_of(it.now().mount.dialect)))
            .chain(locators.map(|(number, it)| Base::Locator(number, it.path())))
    }

    /// Commits a batch, and wakes the workers when there is something to tell.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub async fn commit(&self, batch: Batch) -> Result<Committed, StoreError> {
        let tells = batch.changes.iter().any(|change| matches!(change, Change::PutNotice(_)));
        let committed = self.store.commit(batch).await?;
        if tells && committed == Committed::Done {
            self.delivery.wake.ring();
        }
        Ok(committed)
    }

    /// Writes a line of the audit by itself.
    ///
    /// # Errors
    /// As [`Store::commit`], or [`Failure::Deadline`].
    pub async fn write_line(&self, line: AuditRecord) -> Result<(), Failure> {
        let batch = Batch { asserts: Vec::new(), changes: vec![Change::PutAudit(line)] };
        match self.in_time(self.store.commit(batch)).await? {
            Committed::Done => Ok(()),
            Committed::Outdated => Err(Failure::Bug("a batch without asserts was outdated".to_owned())),
        }
    }

    /// What waits for a partner's next moment is due now: something about its endpoint has changed.
    pub async fn hasten(&self, partner: &PartnerId) {
        let resent = self.store.hasten(partner.clone(), self.clock.now());
        match self.in_time(resent).await {
            Ok(_) => self.delivery.wake.ring(),
            Err(error) => tracing::warn!("could not hasten notices: {}", with_sources(&error)),
        }
    }

    /// Waits for an answer, but not for ever.
    ///
    /// # Errors
    /// What the work itself says, or [`Failure::Deadline`].
    pub async fn in_time<T, E: Into<Failure>>(&self, work: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
        match timeout(WORK_TIME, work).await {
            Ok(done) => done.map_err(Into::into),
            Err(_) => Err(Failure::Deadline(WORK_TIME)),
        }
    }
}

/// How many processors there are, as far as the system says.
pub(crate) fn processors() -> NonZero<usize> {
    std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN)
}

/// Record locators, and exchanges of messages.
fn by_kind(config: &Config) -> (Vec<&Exchange>, Vec<&Exchange>) {
    config.exchanges.iter().partition(|exchange| *exchange.dialect.get_ref() == DialectName::Nrl)
}

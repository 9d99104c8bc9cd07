//! From a URL to a pool of connections.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::time::timeout;
use tokio_postgres::{Config, NoTls, config::SslMode};

use crate::StoreError;

/// Connections that one process holds at most.
const CONNECTIONS_MAX: usize = 16;
/// How long a question waits for a free connection, and a connection for the server.
const WAIT: Duration = Duration::from_secs(4);

/// How long the other side may leave unsaid that it got what was sent: a network that drops silently would else be noticed after a
/// quarter of an hour.
const UNHEARD: Duration = Duration::from_secs(10);
/// The same for who only waits for an answer: asked after so long, so often, and so many times. Together no longer than that.
const KEEPALIVE: (Duration, Duration, u32) = (Duration::from_secs(5), Duration::from_secs(2), 2);
/// A connection that was last taken so long ago is asked whether it still answers before it is given to somebody...
const SILENT: Duration = Duration::from_secs(1);
/// ...and has so long to do it.
const ANSWERS: Duration = Duration::from_secs(2);

/// For each session: an acknowledged commit is on disk; nothing waits or runs without end. Plans are kept, and one that reads
/// a whole table is only good as long as that is small: so none does where there is an index.
/// What others see of a commit is decided by locks and not by a level that a database may have been given.
const SESSION: &str = "-c synchronous_commit=on -c default_transaction_isolation=read\\ committed -c lock_timeout=4000 -c statement_timeout=15000 \
                       -c idle_in_transaction_session_timeout=30000 -c client_min_messages=warning \
                       -c enable_seqscan=off -c jit=off";

/// A pool for the database of a URL. Connects to nothing yet.
///
/// # Errors
///
/// `Unavailable` when the URL cannot be read, or asks for encryption, which is not supported yet.
pub(super) fn pool(url: &str) -> Result<Pool, StoreError> {
    // The parser's error may quote the URL, and so the password.
    let unreadable = |_| StoreError::Unavailable("the postgres URL cannot be read".into());
    let mut config: Config = url.parse().map_err(unreadable)?;
    if !matches!(config.get_ssl_mode(), SslMode::Disable | SslMode::Prefer) {
        let text = "encrypted connections to PostgreSQL are not supported yet: leave out sslmode, or connect through a \
                    tunnel";
        return Err(StoreError::Unavailable(text.into()));
    }
    let options = config.get_options().map_or_else(|| SESSION.to_owned(), |given| format!("{SESSION} {given}"));
    config.options(options).application_name("baton").connect_timeout(WAIT);
    let (idle, every, times) = KEEPALIVE;
    config.tcp_user_timeout(UNHEARD).keepalives_idle(idle).keepalives_interval(every).keepalives_retries(times);
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, NoTls, recycling))
        .max_size(CONNECTIONS_MAX)
        .pre_recycle(still_answers())
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|_| StoreError::Bug("the pool of connections cannot be built".into()))
}

/// Looks whether a connection still answers: a question that was given up may stand in it, or a network be gone that says nothing.
/// Those that are busy are not asked, since each question would be one round trip more. When one does not answer, all that were
/// taken before it was asked go too: each by itself would be waited for.
fn still_answers() -> Hook {
    let lost: Arc<Mutex<Option<Instant>>> = Arc::default();
    Hook::async_fn(move |client, metrics| {
        let (lost, taken) = (Arc::clone(&lost), metrics.recycled.unwrap_or(metrics.created));
        Box::pin(async move {
            let silent = || HookError::message("a connection that does not answer");
            let is_lost = lost.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|lost| taken <= lost);
            if is_lost {
                return Err(silent());
            }
            let asked = Instant::now();
            if asked.saturating_duration_since(taken) < SILENT {
                return Ok(());
            }
            if matches!(timeout(ANSWERS, client.simple_query("")).await, Ok(Ok(_))) {
                return Ok(());
            }
            *lost.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked);
            Err(silent())
        })
    })
}

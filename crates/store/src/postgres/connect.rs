//! From a URL to a pool of connections.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::{Config, NoTls, config::SslMode};

use crate::StoreError;

/// Connections that one process holds at most.
const CONNECTIONS_MAX: usize = 16;
/// How long a question waits for a free connection, and a connection for the server.
const WAIT: Duration = Duration::from_secs(4);

/// For each session: an acknowledged commit is on disk; nothing waits or runs without end. Plans are kept, and one that reads
/// a whole table is only good as long as that is small: so none does where there is an index.
const SESSION: &str = "-c synchronous_commit=on -c lock_timeout=4000 -c statement_timeout=15000 \
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
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    Pool::builder(Manager::from_config(config, NoTls, recycling))
        .max_size(CONNECTIONS_MAX)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|_| StoreError::Bug("the pool of connections cannot be built".into()))
}

//! A second PostgreSQL that follows the one of the tests by its log.

use std::{
    net::TcpListener,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_postgres::{Client, NoTls};

use crate::postgres_server::Server;

/// Far away: it has caught up long before.
const LONG: Duration = Duration::from_secs(60);

/// A server that streams what another one writes. It ends when it is dropped.
pub struct Standby {
    server: Arc<Server>,
    data: PathBuf,
    port: u16,
}

impl Standby {
    /// Within the folder of a server of our own; nothing where the program for it is not installed.
    pub async fn of(server: &Arc<Server>) -> Option<Standby> {
        let folder = server.folder()?;
        let data = folder.join("standby");
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let standby = Standby { server: Arc::clone(server), data, port };
        let copy = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"];
        let from = ["--dbname", &server.url("postgres"), "--pgdata", standby.words()];
        let Some(is_made) = server.run("pg_basebackup", &[copy, from].concat()) else {
            println!("skipped: no standby is looked at, for pg_basebackup is not installed");
            return None;
        };
        assert!(is_made, "the standby could not be made");
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=300 -p {port} -k {}",
            folder.to_str().unwrap()
        );
        let log = folder.join("standby-log");
        let start = ["start", "--wait", "--silent", "-D", standby.words(), "-o", &options, "-l", log.to_str().unwrap()];
        assert_eq!(server.run("pg_ctl", &start), Some(true), "the standby does not start");
        Some(standby)
    }

    /// Its folder.
    pub fn data(&self) -> &PathBuf {
        &self.data
    }

    fn words(&self) -> &str {
        self.data.to_str().unwrap()
    }

    async fn client(&self) -> Client {
        let url = format!("postgres://baton@127.0.0.1:{}/postgres", self.port);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Waits until it has all that the first server has written by now, and has it in its files.
    pub async fn catch_up(&self, first: &Client) {
        let written: String = first.query_one("SELECT pg_current_wal_lsn()::text", &[]).await.unwrap().get(0);
        let (client, begun) = (self.client().await, Instant::now());
        let ask = format!("SELECT pg_last_wal_replay_lsn() >= '{written}'::pg_lsn");
        while !client.query_one(&ask, &[]).await.unwrap().get::<_, bool>(0) {
            assert!(begun.elapsed() < LONG, "the standby does not catch up");
        }
        client.batch_execute("CHECKPOINT").await.unwrap();
    }
}

impl Drop for Standby {
    fn drop(&mut self) {
        let _ = self.server.run("pg_ctl", &["stop", "--mode=immediate", "--silent", "-D", self.words()]);
    }
}

//! A PostgreSQL server for tests: the one that `BATON_TEST_POSTGRES` names, else one of our own in a temporary folder.

use std::{
    env, fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use baton_store::Store;
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// A server on which databases may be made.
pub struct Server {
    /// URL without the database.
    base: String,
    /// The database to connect to for making others.
    first: String,
    databases: AtomicU32,
    /// For the key file, which all databases share.
    keys: TempDir,
    /// Only of a server of our own.
    own: Option<Own>,
}

struct Own {
    folder: TempDir,
    programs: PathBuf,
    process: Child,
}

/// The server, or nothing when there is none.
pub async fn find() -> Option<Server> {
    if let Ok(url) = env::var("BATON_TEST_POSTGRES") {
        let (base, first) = url.rsplit_once('/').expect("BATON_TEST_POSTGRES ends with /database");
        return Some(Server::new(base.into(), first.into(), None));
    }
    let programs = programs()?;
    let folder = tempfile::Builder::new().prefix("baton-postgres-").tempdir().unwrap();
    let data = folder.path().join("data");
    let user = unprivileged();
    if let Some((uid, gid)) = user {
        chown(folder.path(), Some(uid), Some(gid)).unwrap();
    }
    let made = command(&programs, "initdb", user)
        .args(["--auth=trust", "--username=baton", "--no-sync", "--encoding=UTF8", "--locale=C", "-D"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = command(&programs, "postgres", user)
        .args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", "max_connections=300", "-p"])
        .arg(port.to_string())
        .arg("-k")
        .arg(folder.path())
        .arg("-D")
        .arg(&data)
        .stderr(fs::File::create(folder.path().join("log")).unwrap())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let own = Own { folder, programs, process };
    let server = Server::new(format!("postgres://baton@127.0.0.1:{port}"), "postgres".into(), Some(own));
    server.wait_until_it_answers().await;
    Some(server)
}

/// The folder with the newest PostgreSQL.
fn programs() -> Option<PathBuf> {
    let on_path = env::var_os("PATH").into_iter().flat_map(|path| env::split_paths(&path).collect::<Vec<_>>());
    let mut debian: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    debian.sort();
    debian.into_iter().rev().chain(on_path).find(|folder| folder.join("initdb").is_file())
}

/// PostgreSQL refuses to run as root: then it runs as `postgres`, or else as `nobody`.
fn unprivileged() -> Option<(u32, u32)> {
    let me = std::os::unix::fs::MetadataExt::uid(&fs::metadata("/proc/self").ok()?);
    if me != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let ids = users.lines().find(|line| line.starts_with("postgres:")).and_then(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
    });
    Some(ids.unwrap_or((65_534, 65_534)))
}

fn command(programs: &Path, program: &str, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(programs.join(program));
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid).current_dir("/");
    }
    command
}

impl Server {
    fn new(base: String, first: String, own: Option<Own>) -> Server {
        Server { base, first, databases: AtomicU32::new(0), keys: tempfile::tempdir().unwrap(), own }
    }

    async fn wait_until_it_answers(&self) {
        for _ in 0..300 {
            if tokio_postgres::connect(&self.url(&self.first), NoTls).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let log = self.own.as_ref().map(|own| fs::read_to_string(own.folder.path().join("log")));
        panic!("PostgreSQL does not answer: {log:?}");
    }

    /// The URL of a database.
    pub fn url(&self, database: &str) -> String {
        format!("{}/{database}", self.base)
    }

    /// A client of one database.
    pub async fn client(&self, database: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(database), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Makes an empty database and gives back its name.
    pub async fn fresh_database(&self) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("baton_test_{}_{number}", std::process::id());
        self.client(&self.first).await.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        name
    }

    /// Opens the store of a database.
    pub async fn open(&self, database: &str) -> Result<Arc<dyn Store>, baton_store::StoreError> {
        baton_store::open_with_keys(&self.url(database), &self.keys()).await
    }

    /// Opens it with a key file of one's own.
    pub async fn open_with(&self, database: &str, keys: &Path) -> Result<Arc<dyn Store>, baton_store::StoreError> {
        baton_store::open_with_keys(&self.url(database), keys).await
    }

    /// Makes a copy of a database, as one does for a backup. Whoever is connected to it is sent away.
    pub async fn copy(&self, database: &str) -> String {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("baton_test_{}_{number}", std::process::id());
        let first = self.client(&self.first).await;
        let end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = $1";
        first.query(end, &[&database]).await.unwrap();
        first.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {database}")).await.unwrap();
        name
    }

    /// The key file.
    pub fn keys(&self) -> PathBuf {
        self.keys.path().join("baton.keys")
    }

    /// The folder with all that a server of our own writes.
    pub fn folder(&self) -> Option<&Path> {
        self.own.as_ref().map(|own| own.folder.path())
    }

    /// Runs one of the programs of a server of our own as its user, and says whether it ended well; nothing when it is not there.
    pub fn run(&self, program: &str, words: &[&str]) -> Option<bool> {
        let own = self.own.as_ref().filter(|own| own.programs.join(program).is_file())?;
        let mut command = command(&own.programs, program, unprivileged());
        let status = command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).status();
        Some(status.unwrap().success())
    }

    pub async fn fresh_store(&self) -> Arc<dyn Store> {
        let database = self.fresh_database().await;
        self.open(&database).await.unwrap()
    }

    /// Takes the databases away from a server that is not ours.
    pub async fn clean_up(&self) {
        if self.own.is_some() {
            return;
        }
        let client = self.client(&self.first).await;
        for number in 0..self.databases.load(Ordering::Relaxed) {
            let name = format!("baton_test_{}_{number}", std::process::id());
            client.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await.unwrap();
        }
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let stopped = command(&self.programs, "pg_ctl", unprivileged())
            .args(["stop", "--mode=immediate", "--silent", "-D"])
            .arg(self.folder.path().join("data"))
            .status();
        if !stopped.is_ok_and(|status| status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

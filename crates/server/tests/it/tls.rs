//! TLS and mutual TLS of the listener: who gets in, what is spoken, and certificates that change under way.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use baton_server::{
    config::{Config, ServerTls},
    tls::{CertificateFingerprint, HandshakeError, ListenerTls},
};
use baton_store::MemoryStore;
use tempfile::TempDir;
use tokio_rustls::{
    TlsConnector,
    rustls::{
        AlertDescription, ClientConfig, ClientConnection, Error as TlsError, StreamOwned,
        pki_types::{CertificateDer, ServerName},
    },
};

use crate::{
    certificates::{Authority, Certified},
    harness::{CONFIG, Server},
};

pub const NAME: &str = "referrals.example.org";

/// The files of a server, and who signed them.
pub struct Files {
    folder: TempDir,
    pub authority: Authority,
    pub clients: Authority,
}

impl Files {
    pub fn new() -> Files {
        let (authority, clients) = (Authority::new("Servers"), Authority::new("Clients"));
        let folder = tempfile::tempdir().expect("a temporary folder");
        authority.server(NAME).write(folder.path());
        std::fs::write(folder.path().join("clients.pem"), &clients.pem).expect("the folder is ours");
        Files { folder, authority, clients }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The table `[server.tls]` with more keys.
    fn table(&self, more: &str) -> String {
        let (cert, key) = (self.path("server.pem"), self.path("server.key"));
        format!("[server.tls]\ncert = \"{cert}\"\nkey = \"{key}\"\n{more}\n")
    }

    /// The same for a `[[listener]]` above it.
    pub fn mutual_of_listener(&self) -> String {
        self.mutual().replace("[server.tls]", "[listener.tls]")
    }

    /// Puts another certificate in the place of the server's.
    pub fn renew(&self) -> Certified {
        let renewed = self.authority.server(NAME);
        renewed.write(self.folder.path());
        renewed
    }

    pub fn mutual(&self) -> String {
        self.table(&format!("client_ca = \"{}\"", self.path("clients.pem")))
    }

    pub fn optional(&self) -> String {
        format!("{}client_cert = \"optional\"\n", self.mutual())
    }

    fn server(&self, table: &str) -> Server {
        Server::with(&format!("{CONFIG}{table}"), Arc::new(MemoryStore::default()))
    }

    fn listener(&self, table: &str) -> ListenerTls {
        ListenerTls::open(&tls_of(table)).expect("usable files")
    }
}

fn tls_of(table: &str) -> ServerTls {
    Config::parse(table, "test.toml").expect("a configuration").server.tls.expect("with TLS")
}

pub type Tls = StreamOwned<ClientConnection, TcpStream>;

pub fn connect(address: &str, config: ClientConfig) -> Tls {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("the time is not zero");
    let name = ServerName::try_from(NAME).expect("a name");
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).expect("a configuration"), stream)
}

/// Asks whether the server lives; gives the status.
pub fn ask(tls: &mut Tls) -> io::Result<String> {
    tls.write_all(b"GET /health/live HTTP/1.1\r\nHost: referrals.example.org\r\n\r\n")?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"live\n") {
        let mut byte = [0];
        tls.read_exact(&mut byte)?;
        answer.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or_default().to_owned())
}

pub fn shown(tls: &Tls) -> CertificateDer<'static> {
    tls.conn.peer_certificates().expect("a server has one")[0].clone().into_owned()
}

#[track_caller]
fn check_served(address: &str, config: ClientConfig) {
    assert_eq!(ask(&mut connect(address, config)).expect("an answer"), "200");
}

/// Checks that a client is refused in TLS, with that alert.
#[track_caller]
fn check_refused(address: &str, config: ClientConfig, alert: AlertDescription) {
    let error = ask(&mut connect(address, config)).expect_err("no answer");
    let reason = error.get_ref().and_then(|cause| cause.downcast_ref::<TlsError>());
    assert_eq!(reason, Some(&TlsError::AlertReceived(alert)), "{error}");
}

#[test]
fn without_authorities_for_clients_none_is_asked_for_a_certificate() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    check_served(&server.address, files.authority.trusting(None));
    check_served(&server.address, files.authority.trusting(Some(&files.clients.client("Clinic A"))));
}

#[test]
fn in_mutual_tls_a_client_without_a_certificate_is_refused() {
    let files = Files::new();
    let server = files.server(&files.mutual());
    check_refused(&server.address, files.authority.trusting(None), AlertDescription::CertificateRequired);
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let files = Files::new();
    let foreign = Authority::new("Clients").client("Clinic A");
    for table in [files.mutual(), files.optional()] {
        let server = files.server(&table);
        check_refused(&server.address, files.authority.trusting(Some(&foreign)), AlertDescription::DecryptError);
    }
}

#[test]
fn a_certificate_for_servers_is_refused_from_a_client() {
    let files = Files::new();
    let server = files.server(&files.mutual());
    let wrong = files.clients.server("clinic-a.example.org");
    let error = ask(&mut connect(&server.address, files.authority.trusting(Some(&wrong)))).expect_err("no answer");
    assert!(error.to_string().contains("alert"), "{error}");
}

#[test]
fn a_certificate_of_the_right_authority_is_let_in() {
    let files = Files::new();
    let client = files.clients.client("Clinic A");
    for table in [files.mutual(), files.optional()] {
        let server = files.server(&table);
        check_served(&server.address, files.authority.trusting(Some(&client)));
    }
}

#[test]
fn an_optional_certificate_may_be_left_out() {
    let files = Files::new();
    let server = files.server(&files.optional());
    check_served(&server.address, files.authority.trusting(None));
}

/// A handshake with a client that shows a certificate or none: the fingerprint that the server sees.
async fn seen(tls: &ListenerTls, config: ClientConfig) -> Option<CertificateFingerprint> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let client = async {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_nonblocking(true).expect("it is open");
        let stream = tokio::net::TcpStream::from_std(stream).expect("a stream");
        TlsConnector::from(Arc::new(config)).connect(ServerName::try_from(NAME).expect("a name"), stream).await
    };
    let server = async { tls.shake(listener.accept().await.expect("a connection").0).await };
    let (client, server) = tokio::join!(client, server);
    client.expect("trust");
    server.expect("trust").1
}

#[tokio::test]
async fn the_fingerprint_of_the_clients_certificate_is_seen() {
    let files = Files::new();
    let (tls, client) = (files.listener(&files.optional()), files.clients.client("Clinic A"));
    let fingerprint = CertificateFingerprint::of(&client.der());
    assert_eq!(seen(&tls, files.authority.trusting(Some(&client))).await, Some(fingerprint));
    assert_eq!(seen(&tls, files.authority.trusting(None)).await, None);
}

#[tokio::test]
async fn a_resumed_session_keeps_the_certificate() {
    let files = Files::new();
    let (tls, client) = (files.listener(&files.mutual()), files.clients.client("Clinic A"));
    let config = files.authority.trusting(Some(&client));
    let first = seen(&tls, config.clone()).await;
    assert_eq!((first.is_some(), seen(&tls, config).await), (true, first));
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn a_half_open_handshake_is_cut() {
    let files = Files::new();
    let tls = files.listener(&files.table(""));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut silent = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    // the beginning of a record that never ends
    silent.write_all(&[0x16, 0x03, 0x01, 0x02, 0x00, 0x01]).unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let error = tls.shake(stream).await.map(|_| ()).unwrap_err();
    assert!(matches!(error, HandshakeError::Timeout(limit) if limit == Duration::from_secs(10)), "{error}");
    assert_eq!(silent.read(&mut [0; 16]).unwrap_or(0), 0, "the connection is closed");
}

/// Threat: T88
#[test]
fn half_open_handshakes_hold_up_nobody() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    let silent: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    check_served(&server.address, files.authority.trusting(None));
    drop(silent);
}

#[test]
fn a_stop_does_not_wait_for_handshakes() {
    let files = Files::new();
    let mut server = files.server(&files.table(""));
    let mut silent = TcpStream::connect(&server.address).unwrap();
    check_served(&server.address, files.authority.trusting(None));
    server.stop();
    assert_eq!(silent.read(&mut [0; 16]).unwrap_or(0), 0, "the connection is closed");
}

#[test]
fn plain_http_gets_an_alert_and_no_answer() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    let mut plain = TcpStream::connect(&server.address).unwrap();
    plain.write_all(b"GET /health/live HTTP/1.1\r\nHost: referrals.example.org\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    // the server may reset what it will not read
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

/// What a server says first to the greeting of a client that knows TLS up to a version.
fn said_to(address: &str, minor: u8) -> [u8; 7] {
    let mut hello = vec![3, minor];
    hello.extend([7; 32]);
    // no session; the suite ECDHE-ECDSA with AES-128-GCM; no compression
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    // extensions: the group and the signature that go with it
    hello.extend([0, 16, 0, 10, 0, 4, 0, 2, 0, 23, 0, 13, 0, 4, 0, 2, 4, 3]);
    let length = u8::try_from(hello.len()).expect("it is short");
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.write_all(&[&[0x16, 3, 1, 0, length + 4, 1, 0, 0, length], &hello[..]].concat()).expect("it is open");
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).expect("an answer");
    answer
}

/// Threat: T102
#[test]
fn tls_older_than_1_2_is_refused() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    for minor in [0, 1, 2] {
        let answer = said_to(&server.address, minor);
        // an alert, fatal, protocol_version
        assert_eq!((answer[0], answer[5], answer[6]), (21, 2, 70), "SSL 3.{minor}: {answer:?}");
    }
    assert_eq!(said_to(&server.address, 3)[0], 22, "the same greeting for TLS 1.2 is answered by a handshake");
}

/// Threat: T86
#[test]
fn http_1_1_is_agreed_on_and_nothing_else() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    let mut config = files.authority.trusting(None);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut tls = connect(&server.address, config.clone());
    ask(&mut tls).unwrap();
    assert_eq!(tls.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
    config.alpn_protocols = vec![b"h2".to_vec()];
    check_refused(&server.address, config, AlertDescription::NoApplicationProtocol);
}

#[test]
fn a_client_that_ends_its_side_early_still_gets_its_answer() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    let mut tls = connect(&server.address, files.authority.trusting(None));
    tls.write_all(b"GET /health/live HTTP/1.1\r\nHost: referrals.example.org\r\n\r\n").unwrap();
    tls.conn.send_close_notify();
    let mut answer = String::new();
    tls.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("live\n"), "{answer}");
}

#[test]
fn a_new_certificate_is_used_from_the_next_connection_on() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    let mut before = connect(&server.address, files.authority.trusting(None));
    ask(&mut before).unwrap();
    let renewed = files.authority.server(NAME);
    assert_ne!(shown(&before), renewed.der());
    renewed.write(files.folder.path());
    server.reload();
    let mut after = connect(&server.address, files.authority.trusting(None));
    ask(&mut after).unwrap();
    assert_eq!(shown(&after), renewed.der());
    assert_eq!(ask(&mut before).unwrap(), "200", "open connections go on");
}

#[test]
fn a_new_certificate_that_is_unusable_leaves_the_old_one() {
    let files = Files::new();
    let server = files.server(&files.table(""));
    let mut before = connect(&server.address, files.authority.trusting(None));
    ask(&mut before).unwrap();
    // the certificate is new and the key is not
    std::fs::write(files.folder.path().join("server.pem"), files.authority.server(NAME).pem).unwrap();
    server.reload();
    let mut after = connect(&server.address, files.authority.trusting(None));
    ask(&mut after).unwrap();
    assert_eq!(shown(&after), shown(&before));
}

#[test]
fn an_authority_that_was_taken_out_lets_nobody_in_any_more() {
    let files = Files::new();
    let server = files.server(&files.mutual());
    let config = files.authority.trusting(Some(&files.clients.client("Clinic A")));
    check_served(&server.address, config.clone());
    std::fs::write(files.folder.path().join("clients.pem"), Authority::new("Others").pem).unwrap();
    server.reload();
    // with what it remembers of its session, too
    assert!(ask(&mut connect(&server.address, config)).is_err());
}

#[track_caller]
fn check_unusable(table: &str, key: &str, file: &str, says: &str) {
    let error = ListenerTls::open(&tls_of(table)).map(|_| ()).expect_err(says);
    assert_eq!((error.key.as_str(), error.file.as_str()), (key, file));
    assert!(error.to_string().starts_with(&format!("`{key}` names {file}: ")), "{error}");
    assert!(error.reason.contains(says), "{says} expected: {error}");
}

#[test]
fn an_unusable_file_is_named_with_its_key() {
    let files = Files::new();
    let (cert, key, authorities) = (files.path("server.pem"), files.path("server.key"), files.path("clients.pem"));
    let other = files.authority.server(NAME);
    let table = files.mutual();
    let with = |name: &str, text: &str| std::fs::write(files.folder.path().join(name), text).unwrap();
    with("clients.pem", "nothing");
    check_unusable(&table, "server.tls.client_ca", &authorities, "holds no certificate");
    with("clients.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    check_unusable(&table, "server.tls.client_ca", &authorities, "no usable certificate");
    with("server.key", &other.pem);
    check_unusable(&table, "server.tls.key", &key, "holds no private key");
    with("server.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    check_unusable(&files.table(""), "server.tls.key", &key, "is of no use");
    with("server.key", &other.key);
    check_unusable(&files.table(""), "server.tls.key", &key, "not the key of the certificate");
    with("server.pem", &other.key);
    check_unusable(&table, "server.tls.cert", &cert, "holds no certificate");
    with("server.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
    check_unusable(&table, "server.tls.cert", &cert, "no PEM");
    std::fs::remove_file(files.folder.path().join("server.pem")).unwrap();
    check_unusable(&table, "server.tls.cert", &cert, "cannot be read");
}

fn program(folder: &Path, config: &str) -> Command {
    std::fs::write(folder.join("baton.toml"), config).expect("the folder is ours");
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command.args(["serve", "--config", "baton.toml"]).current_dir(folder).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

const PROGRAM: &str = "[server]\nlisten = \"127.0.0.1:0\"\n[server.tls]\ncert = \"server.pem\"\nkey = \"server.key\"\n";

#[test]
fn an_unusable_certificate_ends_the_program_with_status_2() {
    let folder = tempfile::tempdir().unwrap();
    let output = program(folder.path(), PROGRAM).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("`server.tls.cert` names server.pem: it cannot be read"), "{errors}");
    assert!(output.stdout.is_empty(), "it was never ready");
    let output = program(folder.path(), "[egress]\nextra_roots = \"none.pem\"\n").output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("`egress.extra_roots` names none.pem: it cannot be read"), "{errors}");
}

/// A program that does not outlive its test.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        // it has ended already when all went well
        let _ = self.0.kill();
    }
}

fn signal(started: &Started, name: &str) {
    let killed = Command::new("kill").arg(name).arg(started.0.id().to_string()).status().expect("kill is there");
    assert!(killed.success());
}

fn line_with(lines: &mut impl BufRead, part: &str) {
    let mut line = String::new();
    while !line.contains(part) {
        line.clear();
        assert_ne!(lines.read_line(&mut line).expect("text"), 0, "{part} was never written");
    }
}

#[test]
fn the_ready_line_says_https_and_sighup_reads_the_files_again() {
    let files = Files::new();
    let mut started = Started(program(files.folder.path(), PROGRAM).spawn().unwrap());
    let mut log = BufReader::new(started.0.stderr.take().unwrap());
    let mut line = String::new();
    BufReader::new(started.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("ready https://").unwrap_or_default();
    assert!(address.parse::<SocketAddr>().is_ok(), "{line}");
    let now = |address: &str| -> CertificateDer<'static> {
        let mut tls = connect(address, files.authority.trusting(None));
        ask(&mut tls).unwrap();
        shown(&tls)
    };
    let renewed: Certified = files.authority.server(NAME);
    assert_ne!(now(address), renewed.der());
    renewed.write(files.folder.path());
    signal(&started, "-HUP");
    line_with(&mut log, "certificates were read again");
    assert_eq!(now(address), renewed.der());
    std::fs::write(files.folder.path().join("server.key"), "").unwrap();
    signal(&started, "-HUP");
    line_with(&mut log, "the old certificates stay: `server.tls.key` names server.key");
    assert_eq!(now(address), renewed.der());
    signal(&started, "-TERM");
    assert_eq!(started.0.wait().unwrap().code(), Some(0));
}

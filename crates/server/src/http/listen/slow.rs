//! Clients that take large answers slowly. What they have not taken yet is counted, and not kept for ever.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use baton_exchange::{
    decision::{Batch, Change},
    id::{Home, PartnerId, ReferralId},
    resource::NewResource,
    time::Timestamp,
};
use baton_store::{MemoryStore, Store};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::sleep,
};

use super::{App, Open, WRITE_TIME, serve};
use crate::{
    app::PARTNER_KIB_MAX,
    clock::Clock,
    config::Config,
    egress::{Egress, EgressRules},
    listener::ListenerNumber,
};

const CONFIG: &str = r#"
[[exchange]]
id = "n"
dialect = "netsmart"
path = "/n"
[[partner]]
id = "a"
name = "A"
exchanges = ["n"]
client_secret = "secret-of-a"
scopes = ["system/Messaging.write", "system/*.read"]
"#;

/// More than the system's buffers take.
const BYTES: usize = 9 << 20;

/// A server, until the sender says so.
pub(super) async fn listening_until() -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let (address, _, stop, server) = serving(Arc::new(MemoryStore::default())).await;
    (address, stop, server)
}

/// A server with one large document, for as long as the sender lives.
async fn listening() -> (SocketAddr, Arc<App>, oneshot::Sender<()>) {
    let store = Arc::new(MemoryStore::default());
    let mut body = br#"{"resourceType":"Binary","id":"b","contentType":"text/plain","data":""#.to_vec();
    body.resize(BYTES, b'A');
    body.extend(br#""}"#);
    let resource = NewResource { resource_type: "Binary".to_owned(), id: "b".to_owned(), body, keys: Vec::new() };
    let (home, referral, at) = (Home::of(&"n".into(), &"a".into()), ReferralId([1; 16]), Timestamp(0));
    let changes = vec![Change::ReplaceResources { home, referral, at, resources: vec![resource] }];
    store.commit(Batch { asserts: Vec::new(), changes }).await.expect("the store is well");
    let (address, app, stop, _) = serving(store).await;
    (address, app, stop)
}

async fn serving(store: Arc<MemoryStore>) -> (SocketAddr, Arc<App>, oneshot::Sender<()>, JoinHandle<()>) {
    let config = Config::parse(CONFIG, "test.toml").unwrap_or_else(|error| panic!("{error}"));
    let egress = Egress::new(EgressRules::default());
    let app = Arc::new(App::new(&config, "http://localhost", store, Clock::of_machine(), egress, &[0; 32]));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    let (stop, stopped) = oneshot::channel();
    let open = Open { number: ListenerNumber::SERVER, socket: listener, tls: None };
    let server = tokio::spawn(serve(open, app.clone(), stopped));
    (address, app, stop, server)
}

#[expect(clippy::disallowed_methods, reason = "a client of the listener, which no egress is for")]
pub(super) async fn connect(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("it may be small");
    socket.connect(address).await.expect("it listens")
}

pub(super) async fn token(address: SocketAddr) -> String {
    let form = "grant_type=client_credentials&client_id=a&client_secret=secret-of-a";
    let head = "POST /oauth/token HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/x-www-form-urlencoded";
    let ask = format!("{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{form}", form.len());
    let (mut stream, mut answer) = (connect(address).await, String::new());
    stream.write_all(ask.as_bytes()).await.unwrap();
    stream.read_to_string(&mut answer).await.unwrap();
    let (_, rest) = answer.split_once("\"access_token\":\"").expect("a token");
    rest.split('"').next().unwrap_or_default().to_owned()
}

/// Asks for the document, and gives the connection with the status that came.
async fn ask(address: SocketAddr, token: &str) -> (TcpStream, String) {
    let head = "GET /n/Binary/b HTTP/1.1\r\nHost: a.example\r\nAccept: application/fhir+json\r\nConnection: close";
    let mut stream = connect(address).await;
    stream.write_all(format!("{head}\r\nAuthorization: Bearer {token}\r\n\r\n").as_bytes()).await.unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).await.unwrap();
    (stream, String::from_utf8_lossy(&status).into_owned())
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn what_a_client_has_not_taken_yet_has_its_place_until_it_has() {
    let (address, app, _stop) = listening().await;
    let (token, free) = (token(address).await, app.places.available_permits());
    let (mut slow, status) = ask(address, &token).await;
    assert_eq!(status, "HTTP/1.1 200");
    assert_eq!((free - app.places.available_permits()) >> 10, BYTES >> 20, "in MiB");
    let kib_max = PARTNER_KIB_MAX - (BYTES >> 10) as u32 - 1024;
    let others = app.limiter.memory(&PartnerId::from("a"), kib_max).expect("there is more");
    let (mut refused, status) = ask(address, &token).await;
    let mut rest = String::new();
    refused.read_to_string(&mut rest).await.unwrap();
    assert!(status == "HTTP/1.1 503" && rest.contains("retry-after: 1"), "{status}{rest}");
    drop(others);
    let mut taken = Vec::new();
    slow.read_to_end(&mut taken).await.unwrap();
    assert!(taken.len() > BYTES);
    assert_eq!(app.places.available_permits(), free);
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_of_a_large_answer_gives_its_place_back() {
    let (address, app, _stop) = listening().await;
    let (token, free) = (token(address).await, app.places.available_permits());
    let (_slow, status) = ask(address, &token).await;
    assert!(status == "HTTP/1.1 200" && app.places.available_permits() < free);
    sleep(WRITE_TIME + Duration::from_secs(1)).await;
    assert_eq!(app.places.available_permits(), free);
}

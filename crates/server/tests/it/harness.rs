//! A server inside the test, a clock that stands still, and the smallest HTTP client that is of use.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use baton_exchange::time::Timestamp;
use baton_server::{Running, clock::Clock, config::Config, start_with};
use baton_store::{MemoryStore, Store};
use tokio::runtime::Runtime;

/// 2026-01-15T14:30:00Z
pub const BEGIN_MICROS: i64 = 1_768_487_400_000_000;

/// Two exchanges; a clinic with all rights, one beside it, one that may only write, and one of the other exchange only.
pub const CONFIG: &str = r#"
[server]
listen = "127.0.0.1:0"
public_url = "https://referrals.example.org"
[limits]
body_bytes_max = 100000
[[exchange]]
id = "netsmart"
dialect = "netsmart"
path = "/netsmart/v4"
[[exchange]]
id = "strict"
dialect = "netsmart"
path = "/strict/v4"
mode = "strict"
[[partner]]
id = "clinic-a"
name = "Clinic A"
exchanges = ["netsmart", "strict"]
client_secret = "secret-of-clinic-a"
scopes = ["system/Messaging.write", "system/*.read"]
[[partner]]
id = "clinic-b"
name = "Clinic B"
exchanges = ["netsmart", "strict"]
client_secret = "secret-of-clinic-b"
scopes = ["system/Messaging.write", "system/*.read"]
[[partner]]
id = "scribe"
name = "Scribe"
exchanges = ["netsmart"]
client_secret = "secret-of-scribe"
scopes = ["system/ServiceRequest.write"]
[[partner]]
id = "stranger"
name = "Stranger"
exchanges = ["strict"]
client_secret = "secret-of-stranger"
scopes = ["system/Messaging.write", "system/*.read"]
[[partner]]
id = "keys-only"
name = "Keys"
exchanges = ["netsmart"]
jwks_url = "https://keys.example.org/jwks"
scopes = ["system/Messaging.write"]
"#;

/// A running server. It stops when it is dropped.
pub struct Server {
    runtime: Runtime,
    running: Option<Running>,
    pub address: String,
    now: Arc<AtomicI64>,
}

impl Server {
    /// With [`CONFIG`] and a store of its own.
    pub fn new() -> Server {
        Server::with(CONFIG, Arc::new(MemoryStore::default()))
    }

    /// With a configuration and a store.
    pub fn with(config: &str, store: Arc<dyn Store>) -> Server {
        let config = Config::parse(config, "test.toml").unwrap_or_else(|error| panic!("{error}"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let now = Arc::new(AtomicI64::new(BEGIN_MICROS));
        let told = now.clone();
        let clock = Clock::of(move || Timestamp(told.load(Ordering::SeqCst)));
        let running = runtime.block_on(start_with(config, store, clock)).expect("a free port");
        Server { address: running.address.to_string(), runtime, running: Some(running), now }
    }

    /// Lets time pass.
    pub fn pass(&self, secs: i64) {
        self.now.fetch_add(secs * 1_000_000, Ordering::SeqCst);
    }

    /// Stops the server and waits until it is done.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }

    /// Has certificates read again.
    pub fn reload(&self) {
        self.running.as_ref().expect("the server runs").reload_certificates();
    }

    /// Has another configuration taken in.
    pub fn reconfigure(&mut self, config: &str) {
        let config = Config::parse(config, "test.toml").unwrap_or_else(|error| panic!("{error}"));
        let running = self.running.as_mut().expect("the server runs");
        self.runtime.block_on(async { running.reload(config) });
    }

    /// A token of a partner, with all its scopes.
    pub fn token(&self, partner: &str) -> String {
        let form = format!("grant_type=client_credentials&client_id={partner}&client_secret=secret-of-{partner}");
        let answer = Ask::post("/oauth/token").header("Content-Type", FORM).body(form).send(self);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.member("access_token")
    }

    /// A request to an exchange, as clinic A and in JSON.
    pub fn as_clinic_a(&self, ask: Ask) -> Answer {
        let token = self.token("clinic-a");
        ask.bearer(&token).json().send(self)
    }

    /// The address of one of the other listeners.
    pub fn address_of(&self, listener: &str) -> String {
        let all = &self.running.as_ref().expect("the server runs").listeners;
        all.iter().find(|one| one.id == listener).expect("it was configured").address.to_string()
    }

    /// A connection that stays open.
    pub fn connect(&self) -> Connection {
        Connection::to(&self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

pub const FORM: &str = "application/x-www-form-urlencoded";
pub const JSON: &str = "application/fhir+json";

/// A request to be sent.
#[derive(Clone, Debug)]
pub struct Ask {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Ask {
    pub fn new(method: &str, target: &str) -> Ask {
        Ask { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: None }
    }

    pub fn get(target: &str) -> Ask {
        Ask::new("GET", target)
    }

    pub fn post(target: &str) -> Ask {
        Ask::new("POST", target).body("")
    }

    /// A message in JSON.
    pub fn message(base: &str, body: &str) -> Ask {
        Ask::post(&format!("{base}/$process-message")).header("Content-Type", JSON).body(body)
    }

    pub fn header(mut self, name: &str, value: &str) -> Ask {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Ask {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Asks for an answer in JSON.
    pub fn json(self) -> Ask {
        self.header("Accept", JSON)
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Ask {
        self.body = Some(body.into());
        self
    }

    /// Sends it on a connection of its own.
    pub fn send(&self, server: &Server) -> Answer {
        self.send_on(&mut server.connect())
    }

    /// Sends it on an open connection.
    pub fn send_on(&self, connection: &mut Connection) -> Answer {
        connection.write(&self.head(self.body.as_ref().map(Vec::len)));
        connection.write(self.body.as_deref().unwrap_or_default());
        connection.read(&self.method)
    }

    /// The head on the wire, with a declared length where there is one.
    pub fn head(&self, length: Option<usize>) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: referrals.example.org\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = length {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// An open connection.
pub struct Connection {
    reader: BufReader<TcpStream>,
}

impl Connection {
    /// To a server that listens there.
    pub fn to(address: &str) -> Connection {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("the time is not zero");
        Connection { reader: BufReader::new(stream) }
    }

    /// A server that refuses may close before it has read everything, so that a failed write says nothing.
    pub fn write(&mut self, bytes: &[u8]) {
        let _ = self.reader.get_mut().write_all(bytes);
    }

    /// Says that nothing more will be sent.
    pub fn finish(&mut self) {
        self.reader.get_ref().shutdown(std::net::Shutdown::Write).expect("the connection is open");
    }

    /// Reads one answer to a request with that method.
    pub fn read(&mut self, method: &str) -> Answer {
        let status_line = self.line();
        let status = status_line.split(' ').nth(1).and_then(|status| status.parse().ok());
        let status: u16 = status.unwrap_or_else(|| panic!("no status line: {status_line:?}"));
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut answer = Answer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().expect("a length"));
        if method != "HEAD" && status >= 200 {
            answer.body.resize(length, 0);
            self.reader.read_exact(&mut answer.body).expect("the whole answer");
        }
        answer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).expect("an answer");
        line.trim_end().to_owned()
    }

    /// Whether the server has closed the connection.
    pub fn is_closed(&mut self) -> bool {
        matches!(self.reader.fill_buf(), Ok([]) | Err(_))
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Answers are the same whenever they come: `Date` is the real one, and a second may end between two of them.
impl PartialEq for Answer {
    fn eq(&self, other: &Answer) -> bool {
        let lasting = |answer: &Answer| -> Vec<(String, String)> {
            let headers = answer.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("date"));
            headers.cloned().collect()
        };
        (self.status, lasting(self), &self.body) == (other.status, lasting(other), &other.body)
    }
}

impl Eq for Answer {}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn value(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A text in the JSON of the body, by a JSON pointer without its first slash.
    pub fn member(&self, pointer: &str) -> String {
        let value = self.value();
        let found = value.pointer(&format!("/{pointer}")).unwrap_or_else(|| panic!("no {pointer} in {value}"));
        found.as_str().map_or_else(|| found.to_string(), str::to_owned)
    }

    /// Checks that this is a proper refusal of that status and issue code.
    #[track_caller]
    pub fn check_refusal(&self, status: u16, code: &str) {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.member("resourceType"), "OperationOutcome");
        assert_eq!(self.member("issue/0/code"), code, "{}", self.text());
        for pointer in ["issue/0/details/text", "issue/0/diagnostics"] {
            assert!(!self.member(pointer).is_empty(), "{pointer} is empty");
        }
        assert!(self.header("x-request-id").is_some() && self.header("x-correlation-id").is_some());
        assert_eq!(self.header("cache-control"), Some("no-store"));
    }
}

/// A small message with a number in all its ids.
pub fn message(event: &str, number: u32) -> String {
    let header = format!(
        r#"{{"fullUrl":"https://ehr.example.org/MessageHeader/mh-{event}-{number}","resource":{{"resourceType":"MessageHeader","id":"mh-{event}-{number}","eventCoding":{{"system":"http://ntst.com/fhir/message-events","code":"{event}-service-request"}},"source":{{"endpoint":"https://ehr.example.org/fhir"}},"focus":[{{"reference":"ServiceRequest/sr-{number}"}}]}}}}"#
    );
    let request = format!(
        r#"{{"fullUrl":"https://ehr.example.org/ServiceRequest/sr-{number}","resource":{{"resourceType":"ServiceRequest","id":"sr-{number}","identifier":[{{"system":"urn:test:referral","value":"R-{number}"}}],"status":"active","intent":"proposal","subject":{{"reference":"Patient/pat-{number}"}}}}}}"#
    );
    let patient = format!(
        r#"{{"fullUrl":"https://ehr.example.org/Patient/pat-{number}","resource":{{"resourceType":"Patient","id":"pat-{number}","name":[{{"family":"Testcase"}}]}}}}"#
    );
    format!(
        r#"{{"resourceType":"Bundle","id":"{event}-{number}","type":"message","entry":[{header},{request},{patient}]}}"#
    )
}

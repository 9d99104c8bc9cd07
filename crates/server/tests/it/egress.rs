//! The one way out: who is called, at which address, and what an evil receiver can do. Source: threats T94 to T97 and T102.

use std::{
    future::pending,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use baton_server::{
    config::Config,
    egress::{
        AnswerLimits, Egress, EgressError, EgressRequest, EgressResponse, EgressRules, Origin, PrivateAddresses,
        Purpose, Resolve, Resolved, Target, TargetFault,
    },
};
use bytes::Bytes;
use hyper::{HeaderMap, Method, header::HeaderValue};
use tokio::{net::TcpListener, time::timeout};

use crate::{
    certificates::{Authority, Certified},
    receiver::Receiver,
};

/// Far away: what is expected comes before.
const LONG: Duration = Duration::from_secs(20);
/// Soon over: what is expected never comes.
const SHORT: Duration = Duration::from_millis(100);

/// Gives every name the same addresses, and counts how often it is asked.
struct Names {
    addresses: Vec<IpAddr>,
    asked: Arc<AtomicUsize>,
}

impl Resolve for Names {
    fn resolve(&self, _: &str) -> Resolved {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let addresses = self.addresses.clone();
        Box::pin(async move { Ok(addresses) })
    }
}

fn names(addresses: &[&str]) -> Arc<Names> {
    let addresses = addresses.iter().map(|address| address.parse().expect(address)).collect();
    Arc::new(Names { addresses, asked: Arc::default() })
}

fn private() -> EgressRules {
    EgressRules { private: PrivateAddresses::Allowed, connect_time: LONG, ..EgressRules::default() }
}

/// Calls loopback under every name.
fn egress() -> Egress {
    Egress::with_resolver(private(), names(&["127.0.0.1"]))
}

const LIMITS: AnswerLimits = AnswerLimits { time: LONG, bytes_max: 100 };

fn only(address: &str, limits: AnswerLimits) -> Purpose {
    Purpose::new([Origin::of(address).expect(address)], limits)
}

fn request(address: &str) -> EgressRequest {
    let target = Target::parse(address).expect(address);
    EgressRequest { method: Method::GET, target, headers: HeaderMap::new(), body: Bytes::new() }
}

/// Calls an address that is registered.
async fn call(egress: &Egress, address: &str, limits: AnswerLimits) -> Result<EgressResponse, EgressError> {
    egress.send(&only(address, limits), request(address)).await
}

async fn fault(egress: &Egress, address: &str, limits: AnswerLimits) -> EgressError {
    let whole = async {
        let response = call(egress, address, limits).await?;
        response.body.collect(limits.bytes_max).await
    };
    timeout(2 * LONG, whole).await.expect("an end").expect_err("no whole answer")
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

#[tokio::test]
async fn a_registered_origin_is_called_and_its_answer_comes_back() {
    let other = Receiver::answering(
        "HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\nX-Kept: 1\r\nConnection: X-Gone\r\nX-Gone: 1\r\nKeep-Alive: timeout=5\r\n\r\nhello",
    )
    .listen()
    .await;
    let address = format!("http://p1.example:{}/in?a=%2Fb", other.port());
    let mut headers = HeaderMap::new();
    for (name, value) in [("x-kept", "1"), ("te", "trailers"), ("host", "evil.example"), ("content-length", "7")] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let request =
        EgressRequest { method: Method::POST, headers, body: Bytes::from_static(b"news"), ..request(&address) };
    let response = egress().send(&only(&address, LIMITS), request).await.unwrap();
    assert_eq!(response.status, 202);
    let names: Vec<&str> = response.headers.keys().map(|name| name.as_str()).collect();
    assert_eq!(names, ["content-length", "x-kept"]);
    assert_eq!(response.body.collect(100).await.unwrap(), "hello");
    let heard = other.heard();
    assert!(heard.starts_with("POST /in?a=%2Fb HTTP/1.1\r\n") && heard.ends_with("\r\n\r\nnews"), "{heard}");
    assert!(heard.contains(&format!("host: p1.example:{}\r\n", other.port())), "{heard}");
    assert!(heard.contains("content-length: 4\r\n") && heard.contains("x-kept: 1\r\n"), "{heard}");
    assert!(!heard.contains("evil") && !heard.contains("te:"), "{heard}");
}

/// Threat: T96
#[tokio::test]
async fn an_origin_that_begins_like_a_registered_one_is_not_called() {
    let other = Receiver::answering(OK).listen().await;
    let resolver = names(&["127.0.0.1"]);
    let egress = Egress::with_resolver(private(), resolver.clone());
    let port = other.port();
    let purpose = only(&format!("http://p1.nhs.uk:{port}"), LIMITS);
    for address in [
        format!("http://p1.nhs.uk.evil.example:{port}/"),
        format!("http://p1.nhs.ukevil.example:{port}/"),
        format!("http://xp1.nhs.uk:{port}/"),
        format!("http://nhs.uk:{port}/"),
        format!("http://p1.nhs.uk.:{port}/"),
        "http://p1.nhs.uk/".to_owned(),
        format!("https://p1.nhs.uk:{port}/"),
        format!("http://127.0.0.1:{port}/"),
    ] {
        let error = egress.send(&purpose, request(&address)).await.map(|_| ()).unwrap_err();
        assert!(matches!(error, EgressError::NotAllowed { .. }), "{address}: {error}");
    }
    let connect = EgressRequest { method: Method::CONNECT, ..request(&format!("http://p1.nhs.uk:{port}/")) };
    let error = egress.send(&purpose, connect).await.map(|_| ()).unwrap_err();
    assert_eq!(error, EgressError::NotAllowed { host: "p1.nhs.uk".to_owned() });
    assert_eq!((resolver.asked.load(Ordering::SeqCst), other.connections()), (0, 0), "nothing was even looked up");
    assert_eq!(egress.send(&purpose, request(&format!("HTTP://P1.NHS.UK:{port}/"))).await.unwrap().status, 200);
}

/// Threat: T96
#[test]
fn a_user_in_front_of_the_host_is_no_target() {
    assert_eq!(Target::parse("https://p1.nhs.uk@evil.example/"), Err(TargetFault::Userinfo));
    let error = EgressError::from(TargetFault::Userinfo);
    assert_eq!(error.to_string(), "the address cannot be called: it has user information");
}

/// Threat: T94
#[tokio::test]
async fn a_private_address_is_not_connected_to() {
    let other = Receiver::answering(OK).listen().await;
    for found in [&["127.0.0.1"][..], &["::1", "127.0.0.1"], &["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"]] {
        let egress = Egress::with_resolver(EgressRules::default(), names(found));
        let error = fault(&egress, &format!("http://p1.example:{}/", other.port()), LIMITS).await;
        assert_eq!(error, EgressError::ForbiddenAddress { host: "p1.example".to_owned() }, "{found:?}");
    }
    assert_eq!(other.connections(), 0);
}

/// Threat: T94
#[tokio::test]
async fn an_address_in_place_of_a_name_is_checked_as_well() {
    let other = Receiver::answering(OK).listen().await;
    let egress = Egress::with_resolver(EgressRules::default(), names(&[]));
    let port = other.port();
    for host in ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::ffff:7f00:1]", "0.0.0.0", "①②⑦.1"]
    {
        let error = fault(&egress, &format!("http://{host}:{port}/"), LIMITS).await;
        assert!(matches!(error, EgressError::ForbiddenAddress { .. }), "{host}: {error}");
    }
    assert_eq!(other.connections(), 0);
}

/// Threat: T94
#[tokio::test]
async fn localhost_is_found_by_the_system_and_refused() {
    let other = Receiver::answering(OK).listen().await;
    let address = format!("http://localhost:{}/", other.port());
    let error = fault(&Egress::new(EgressRules::default()), &address, LIMITS).await;
    assert_eq!((error, other.connections()), (EgressError::ForbiddenAddress { host: "localhost".to_owned() }, 0));
}

/// Threat: T95
#[tokio::test]
async fn of_mixed_addresses_only_those_that_may_be_are_called() {
    let other = Receiver::answering(OK).listen().await;
    let mixed = names(&["169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1", "127.0.0.1"]);
    let egress = Egress::with_resolver(private(), mixed);
    assert_eq!(call(&egress, &format!("http://p1.example:{}/", other.port()), LIMITS).await.unwrap().status, 200);
    assert_eq!(other.connections(), 1);
}

#[tokio::test]
async fn a_dead_address_does_not_hide_a_living_one() {
    let other = Receiver::answering(OK).listen().await;
    // the receiver listens at one address of loopback alone
    let egress = Egress::with_resolver(private(), names(&["127.0.0.2", "127.0.0.1"]));
    assert_eq!(call(&egress, &format!("http://p1.example:{}/", other.port()), LIMITS).await.unwrap().status, 200);
}

/// Threat: T95
#[tokio::test]
async fn a_name_is_looked_up_once_for_a_connection_that_is_used_again() {
    let other = Receiver::answering(OK).listen().await;
    let resolver = names(&["127.0.0.1"]);
    let egress = Egress::with_resolver(private(), resolver.clone());
    let address = format!("http://p1.example:{}/", other.port());
    for _ in 0..3 {
        let response = call(&egress, &address, LIMITS).await.unwrap();
        assert_eq!(response.body.collect(100).await.unwrap(), "hello");
    }
    assert_eq!((resolver.asked.load(Ordering::SeqCst), other.connections()), (1, 1));
}

/// Threat: T96
#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let inner = Receiver::answering(OK).listen().await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("http://p2.example:{}/secret", inner.port());
        let answer = format!("HTTP/1.1 {status} Away\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        let other = Receiver::answering(&answer).listen().await;
        let address = format!("http://p1.example:{}/", other.port());
        let both = Purpose::new([Origin::of(&address).unwrap(), Origin::of(&location).unwrap()], LIMITS);
        assert_eq!(egress().send(&both, request(&address)).await.unwrap().status, status);
    }
    assert_eq!(inner.connections(), 0);
}

fn too_large(bytes_max: u64) -> EgressError {
    EgressError::TooLarge { host: "p1.example".to_owned(), bytes_max }
}

/// Threat: T97
#[tokio::test]
async fn an_answer_may_be_as_large_as_the_limit_and_no_larger() {
    for (length, fits) in [(100, true), (101, false)] {
        let body = "x".repeat(length);
        let declared = format!("Content-Length: {length}\r\n\r\n{body}");
        let chunked = format!("Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n");
        for rest in [declared, chunked] {
            let other = Receiver::answering(&format!("HTTP/1.1 200 OK\r\n{rest}")).listen().await;
            let response = call(&egress(), &format!("http://p1.example:{}/", other.port()), LIMITS).await.unwrap();
            // the status is known in any case: who was told has been told
            assert_eq!(response.status, 200);
            let read = response.body.collect(1000).await;
            assert_eq!(read.map(|bytes| bytes.len()), if fits { Ok(length) } else { Err(too_large(100)) }, "{rest}");
        }
    }
}

#[tokio::test]
async fn a_caller_may_want_less_than_the_limit() {
    let other = Receiver::answering(OK).listen().await;
    let response = call(&egress(), &format!("http://p1.example:{}/", other.port()), LIMITS).await.unwrap();
    assert_eq!(response.body.collect(4).await, Err(too_large(4)));
}

/// Threat: T97
#[tokio::test]
async fn an_endless_answer_is_cut_at_the_limit() {
    let chunks = Receiver {
        answer: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
        endless: b"5\r\nhello\r\n".to_vec(),
        tls: None,
    };
    let other = chunks.listen().await;
    assert_eq!(fault(&egress(), &format!("http://p1.example:{}/", other.port()), LIMITS).await, too_large(100));
}

/// Threat: T97
#[tokio::test]
async fn an_endless_head_is_cut() {
    for endless in ["X-More: 0123456789abcdef0123456789abcdef\r\n", "X"] {
        let head = Receiver { answer: b"HTTP/1.1 200 OK\r\n".to_vec(), endless: endless.repeat(100).into(), tls: None };
        let other = head.listen().await;
        let error = fault(&egress(), &format!("http://p1.example:{}/", other.port()), LIMITS).await;
        assert!(matches!(error, EgressError::TooLarge { .. } | EgressError::Protocol { .. }), "{error}");
    }
}

fn late(limit: Duration) -> EgressError {
    EgressError::Timeout { host: "p1.example".to_owned(), limit }
}

const SOON: AnswerLimits = AnswerLimits { time: SHORT, bytes_max: 1_000_000_000 };

/// Threat: T97
#[tokio::test]
async fn a_receiver_that_does_not_end_is_left() {
    let silent = Receiver::default();
    let half_head = Receiver::answering("HTTP/1.1 200 OK\r\nContent-");
    let half_body = Receiver::answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe");
    let informs = Receiver { endless: b"HTTP/1.1 102 Processing\r\n\r\n".to_vec(), ..Receiver::default() };
    let drips = Receiver {
        answer: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
        endless: b"1\r\nx\r\n".to_vec(),
        tls: None,
    };
    for receiver in [silent, half_head, half_body, informs, drips] {
        let other = receiver.listen().await;
        let error = fault(&egress(), &format!("http://p1.example:{}/", other.port()), SOON).await;
        assert_eq!(error, late(SHORT));
    }
}

#[tokio::test]
async fn a_handshake_or_a_name_that_does_not_come_is_left() {
    struct Silent;
    impl Resolve for Silent {
        fn resolve(&self, _: &str) -> Resolved {
            Box::pin(pending())
        }
    }
    let rules = || EgressRules { connect_time: SHORT, ..private() };
    let silent = Receiver::default().listen().await;
    let address = format!("https://p1.example:{}/", silent.port());
    let egress = Egress::with_resolver(rules(), names(&["127.0.0.1"]));
    assert_eq!(fault(&egress, &address, LIMITS).await, late(SHORT));
    assert_eq!(fault(&Egress::with_resolver(rules(), Arc::new(Silent)), &address, LIMITS).await, late(SHORT));
}

#[tokio::test]
async fn a_host_that_is_not_there_cannot_be_reached() {
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = fault(&egress(), &format!("http://p1.example:{}/", nowhere.port()), LIMITS).await;
    let refused = io::ErrorKind::ConnectionRefused;
    assert_eq!(error, EgressError::Unreachable { host: "p1.example".to_owned(), kind: refused });
    let error = fault(&Egress::with_resolver(private(), names(&[])), "http://p1.example/", LIMITS).await;
    assert_eq!(error, EgressError::Unreachable { host: "p1.example".to_owned(), kind: io::ErrorKind::NotFound });
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    for answer in ["220 mail.example ESMTP\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "\x15\x03\x03\x00\x02"]
    {
        let other = Receiver::answering(answer).listen().await;
        let error = fault(&egress(), &format!("http://p1.example:{}/", other.port()), LIMITS).await;
        assert!(matches!(error, EgressError::Protocol { .. }), "{answer:?}: {error}");
    }
}

/// Calls a receiver with that certificate by a name, trusting an authority.
async fn over_tls(authority: &Authority, certified: &Certified, name: &str) -> (Result<u16, EgressError>, String) {
    let other = Receiver::answering(OK).certified(certified).listen().await;
    let rules = EgressRules { roots: authority.roots(), ..private() };
    let egress = Egress::with_resolver(rules, names(&["127.0.0.1"]));
    let called = call(&egress, &format!("https://{name}:{}/record", other.port()), LIMITS).await;
    (called.map(|response| response.status.as_u16()), other.heard())
}

#[tokio::test]
async fn a_certificate_of_a_trusted_authority_and_the_right_name_is_accepted() {
    let authority = Authority::new("Servers");
    let (called, heard) = over_tls(&authority, &authority.server("p1.example"), "p1.example").await;
    assert_eq!(called, Ok(200));
    assert!(heard.starts_with("GET /record HTTP/1.1"), "{heard}");
    let by_address = over_tls(&authority, &authority.server("127.0.0.1"), "127.0.0.1").await;
    assert_eq!(by_address.0, Ok(200));
}

/// Threat: T102
#[tokio::test]
async fn without_trust_nothing_is_sent() {
    let (authority, other) = (Authority::new("Servers"), Authority::new("Servers"));
    for (what, certified) in [
        ("another name", authority.server("p2.example")),
        ("another authority", other.server("p1.example")),
        ("an old certificate", authority.expired_server("p1.example")),
        ("a certificate for clients", authority.client("p1.example")),
        ("a name above", authority.server("example")),
        ("a name that begins like it", authority.server("p1.example.evil")),
        ("a name within it", authority.server("x.p1.example")),
        ("all names within it", authority.server("*.p1.example")),
        ("another address", authority.server("127.0.0.1")),
        ("signed by itself", Authority::new("p1.example").itself()),
        ("signed by a certificate that is no authority", authority.signed_by_a_server("p1.example")),
        ("a certificate that is not valid yet", authority.future_server("p1.example")),
    ] {
        let (called, heard) = over_tls(&authority, &certified, "p1.example").await;
        assert!(matches!(called, Err(EgressError::Tls { .. })), "{what}: {called:?}");
        assert_eq!(heard, "", "{what}");
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_is_not_trusted_unless_it_is_configured() {
    let authority = Authority::new("Servers");
    let other = Receiver::answering(OK).certified(&authority.server("p1.example")).listen().await;
    let address = format!("https://p1.example:{}/", other.port());
    let error = fault(&egress(), &address, LIMITS).await;
    assert!(matches!(error, EgressError::Tls { .. }), "{error}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.pem");
    std::fs::write(&file, &authority.pem).unwrap();
    let text = format!("[delivery]\nallow_private_addresses = true\n[egress]\nextra_roots = \"{}\"\n", file.display());
    let config = Config::parse(&text, "test.toml").unwrap();
    let rules = EgressRules { connect_time: LONG, ..EgressRules::of(&config).unwrap() };
    let egress = Egress::with_resolver(rules, names(&["127.0.0.1"]));
    assert_eq!(call(&egress, &address, LIMITS).await.unwrap().status, 200);
}

/// Threat: T102
#[tokio::test]
async fn a_receiver_without_tls_is_no_https() {
    let other = Receiver::answering(OK).listen().await;
    let error = fault(&egress(), &format!("https://p1.example:{}/", other.port()), LIMITS).await;
    assert!(matches!(error, EgressError::Tls { .. }), "{error}");
    assert!(!other.heard().contains("GET"));
}

/// Threat: T103
#[tokio::test]
async fn errors_name_the_host_and_never_the_record() {
    let other = Receiver::answering("no HTTP\r\n\r\n").listen().await;
    let nowhere = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for (scheme, port) in [("http", other.port()), ("https", other.port()), ("http", nowhere.port())] {
        let address = format!("{scheme}://p1.example:{port}/record/9000000009?nhs=9000000009");
        let error = fault(&egress(), &address, SOON).await;
        let mut asked = request(&address);
        asked.headers.insert("authorization", HeaderValue::from_static("Bearer 9000000009"));
        asked.body = Bytes::from_static(b"9000000009");
        let printed = format!("{error} {error:?} {asked:?}");
        assert!(printed.contains("p1.example") && !printed.contains("9000000009"), "{printed}");
    }
}

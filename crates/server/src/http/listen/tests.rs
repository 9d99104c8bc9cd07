//! Connections that say nothing, too little, or nothing more. The clock is the runtime's own and goes on when nobody works.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
    time::sleep,
};

use super::{App, HEAD_TIME, ListenerNumber, Open, serve};
use crate::{
    clock::Clock,
    config::Config,
    egress::{Egress, EgressRules},
};

/// A listener on a free port, for as long as the sender lives.
async fn listening(config: &str) -> (SocketAddr, oneshot::Sender<()>) {
    let (address, stop) = listening_at(config, &[ListenerNumber::SERVER]).await.remove(0);
    (address, stop)
}

/// Several listeners of one server.
async fn listening_at(config: &str, numbers: &[ListenerNumber]) -> Vec<(SocketAddr, oneshot::Sender<()>)> {
    let config = Config::parse(config, "test.toml").unwrap_or_else(|error| panic!("{error}"));
    let (store, egress) = (Arc::new(baton_store::MemoryStore::default()), Egress::new(EgressRules::default()));
    let app = Arc::new(App::new(&config, "http://localhost", store, Clock::of_machine(), egress, &[0; 32]));
    let mut all = Vec::new();
    for number in numbers {
        let socket = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = socket.local_addr().expect("it listens");
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(serve(Open { number: *number, socket, tls: None }, app.clone(), stopped));
        all.push((address, stop));
    }
    all
}

#[expect(clippy::disallowed_methods, reason = "a client of the listener, which no egress is for")]
async fn connect(address: SocketAddr) -> TcpStream {
    TcpSocket::new_v4().expect("a socket").connect(address).await.expect("it listens")
}

const HEAD: &[u8] = b"GET /health/live HTTP/1.1\r\nHost: a.example\r\n\r\n";

async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 1024]).await, Ok(0) | Err(_))
}

async fn status(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    while !answer.ends_with(b"live\n") {
        let byte = stream.read_u8().await.expect("an answer");
        answer.push(byte);
    }
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn a_head_may_take_ten_seconds_and_no_longer() {
    let (address, _stop) = listening("").await;
    let (first, last) = HEAD.split_at(HEAD.len() - 1);
    let mut slow = connect(address).await;
    slow.write_all(first).await.unwrap();
    sleep(HEAD_TIME - Duration::from_millis(10)).await;
    slow.write_all(last).await.unwrap();
    assert_eq!(status(&mut slow).await, "200");
    let mut slower = connect(address).await;
    slower.write_all(first).await.unwrap();
    sleep(HEAD_TIME + Duration::from_millis(10)).await;
    assert!(is_closed(&mut slower).await);
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn a_connection_on_which_nothing_is_said_is_cut() {
    let (address, _stop) = listening("").await;
    let mut silent = connect(address).await;
    assert!(is_closed(&mut silent).await);
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn a_connection_may_be_idle_for_ten_seconds_and_no_longer() {
    let (address, _stop) = listening("").await;
    let mut idle = connect(address).await;
    for _ in 0..2 {
        idle.write_all(HEAD).await.unwrap();
        assert_eq!(status(&mut idle).await, "200");
        sleep(HEAD_TIME - Duration::from_millis(10)).await;
    }
    sleep(Duration::from_millis(20)).await;
    assert!(is_closed(&mut idle).await);
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn connections_over_the_limit_wait_until_others_end() {
    let (address, _stop) = listening("[limits]\nconnections_max = 2\n").await;
    let (mut first, mut second) = (connect(address).await, connect(address).await);
    for stream in [&mut first, &mut second] {
        stream.write_all(HEAD).await.unwrap();
        assert_eq!(status(stream).await, "200");
    }
    let mut third = connect(address).await;
    third.write_all(HEAD).await.unwrap();
    // it is answered when one of the others was idle for too long
    assert_eq!(status(&mut third).await, "200");
    assert!(is_closed(&mut first).await && is_closed(&mut second).await);
}

/// Threat: T90
#[tokio::test(start_paused = true)]
async fn connections_of_an_address_over_its_limit_are_closed_at_once() {
    let (address, _stop) = listening("[limits]\naddress_connections_max = 2\n").await;
    let (mut first, mut second) = (connect(address).await, connect(address).await);
    for stream in [&mut first, &mut second] {
        stream.write_all(HEAD).await.unwrap();
        assert_eq!(status(stream).await, "200");
    }
    let mut third = connect(address).await;
    assert!(is_closed(&mut third).await);
    first.write_all(HEAD).await.unwrap();
    assert_eq!(status(&mut first).await, "200", "those that are open go on");
}

/// Threat: T70
#[tokio::test(start_paused = true)]
async fn operators_get_in_where_they_have_an_address_of_their_own_however_full_the_others_are() {
    let text = "[limits]\nconnections_max = 1\naddress_connections_max = 1\n\
                [[listener]]\nid = \"operators\"\nlisten = \"127.0.0.1:0\"\nserves = [\"health\"]\n";
    let both = listening_at(text, &[ListenerNumber::SERVER, ListenerNumber::of_listener(0)]).await;
    let mut full = connect(both[0].0).await;
    full.write_all(HEAD).await.unwrap();
    assert_eq!(status(&mut full).await, "200");
    let mut operator = connect(both[1].0).await;
    operator.write_all(HEAD).await.unwrap();
    assert_eq!(status(&mut operator).await, "200");
    full.write_all(HEAD).await.unwrap();
    assert_eq!(status(&mut full).await, "200", "it was not cut for that");
}

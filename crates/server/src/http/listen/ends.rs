//! A server that is told to stop, and a request that is under way then.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::{Instant, sleep, sleep_until},
};

use super::{
    DRAIN_TIME,
    slow::{connect, listening_until, token},
};

/// Sends a message whose last byte comes so long after the server was told to stop; gives the status, if there was one, and how long
/// the server went on.
async fn answered(last: Duration) -> (Option<String>, Duration) {
    let (address, stop, server) = listening_until().await;
    let token = token(address).await;
    let head = "POST /n/$process-message HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/fhir+json";
    // no slower than a body may be
    let pieces = last.as_secs().max(1) as usize;
    let ask = format!("{head}\r\nContent-Length: {}\r\nAuthorization: Bearer {token}\r\n\r\n", pieces * 2048 + 1);
    let mut stream = connect(address).await;
    stream.write_all(ask.as_bytes()).await.unwrap();
    // the head is taken
    sleep(Duration::from_millis(1)).await;
    stop.send(()).expect("it serves");
    let told = Instant::now();
    let server = tokio::spawn(async move {
        server.await.expect("it ends in order");
        told.elapsed()
    });
    for _ in 0..pieces {
        stream.write_all(&[b' '; 2048]).await.unwrap();
        sleep(Duration::from_millis(900)).await;
    }
    sleep_until(told + last).await;
    // who was cut off may hear so already now
    let _ = stream.write_all(b"x").await;
    let (mut status, took) = ([0; 12], server.await.expect("it ends"));
    let read = stream.read_exact(&mut status).await;
    (read.is_ok().then(|| String::from_utf8_lossy(&status[9..]).into_owned()), took)
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_at_a_stop_has_thirty_seconds_and_no_longer() {
    let (status, took) = answered(DRAIN_TIME - Duration::from_millis(10)).await;
    assert_eq!(status.as_deref(), Some("400"), "it was read to its end");
    assert!(took < DRAIN_TIME, "{took:?}");
    let (status, took) = answered(DRAIN_TIME + Duration::from_millis(10)).await;
    assert_eq!((status, took.as_secs()), (None, DRAIN_TIME.as_secs()));
}

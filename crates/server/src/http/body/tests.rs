use std::{
    io::Write,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use baton_exchange::refusal::Refusal;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use hyper::{
    HeaderMap,
    body::{Body, Frame},
    header::HeaderValue,
};
use tokio::{
    sync::oneshot,
    time::{Sleep, sleep},
};

use super::{Inbound, LEFTOVER_BYTES_MAX, LEFTOVER_TIME, Packing, Sink, announced};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpack(packing: Packing, bytes_max: usize, pieces: &[&[u8]]) -> Result<Vec<u8>, Refusal> {
    let mut sink = Sink::new(packing, bytes_max, 0);
    pieces.iter().try_for_each(|piece| sink.take(piece))?;
    sink.finish()
}

fn check_announced(headers: &[(&'static str, &'static str)], expected: Result<(Packing, Option<usize>), Refusal>) {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (hyper::header::HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
    assert_eq!(announced(&headers, 100), expected, "{headers:?}");
}

#[test]
fn a_declared_length_over_the_limit_is_refused() {
    let too_large = Err(Refusal::BodyTooLarge { bytes_max: 100 });
    check_announced(&[("content-length", "101")], too_large.clone());
    check_announced(&[("content-length", "99999999999999999999999")], too_large);
    check_announced(&[("content-length", "100")], Ok((Packing::Plain, Some(100))));
    check_announced(&[], Ok((Packing::Plain, None)));
}

#[test]
fn other_packings_are_refused() {
    for name in ["deflate", "br", "gzip, gzip"] {
        check_announced(&[("content-encoding", name)], Err(Refusal::UnsupportedEncoding));
    }
    check_announced(&[("content-encoding", "GZip")], Ok((Packing::Gzip, None)));
    check_announced(&[("content-encoding", "identity")], Ok((Packing::Plain, None)));
}

/// Threat: T09
#[test]
fn of_two_packings_none_is_believed() {
    for (first, second) in [("gzip", "gzip"), ("identity", "gzip"), ("", "gzip")] {
        let mut headers = HeaderMap::new();
        headers.append("content-encoding", HeaderValue::from_static(first));
        headers.append("content-encoding", HeaderValue::from_static(second));
        assert_eq!(announced(&headers, 100), Err(Refusal::UnsupportedEncoding), "{first} {second}");
    }
}

#[test]
fn a_body_is_counted_while_it_comes() {
    let too_large = Err(Refusal::BodyTooLarge { bytes_max: 4 });
    assert_eq!(unpack(Packing::Plain, 4, &[b"abc", b"de"]), too_large);
    assert_eq!(unpack(Packing::Plain, 4, &[b"abc", b"d"]), Ok(b"abcd".to_vec()));
}

/// Threat: T80
#[test]
fn what_a_body_inflates_to_counts() {
    let (bomb, limit) = (gzip(&vec![b' '; 1_000_001]), 1_000_000);
    assert!(bomb.len() < 2_000, "it is small on the wire");
    assert_eq!(unpack(Packing::Gzip, limit, &[&bomb]), Err(Refusal::BodyTooLarge { bytes_max: limit }));
    let fits = gzip(&vec![b' '; limit]);
    assert_eq!(unpack(Packing::Gzip, limit, &[&fits]).map(|bytes| bytes.len()), Ok(limit));
}

#[test]
fn gzip_that_is_broken_or_cut_is_refused() {
    let packed = gzip(b"a message");
    assert_eq!(unpack(Packing::Gzip, 100, &[b"not gzip at all"]), Err(Refusal::BodyNotInflatable));
    assert_eq!(unpack(Packing::Gzip, 100, &[&packed[..packed.len() - 3]]), Err(Refusal::BodyNotInflatable));
    assert_eq!(unpack(Packing::Gzip, 100, &[]), Err(Refusal::BodyNotInflatable));
}

#[test]
fn gzip_in_pieces_is_put_together() {
    let packed = gzip(b"a message");
    let (head, tail) = packed.split_at(7);
    assert_eq!(unpack(Packing::Gzip, 100, &[head, tail]), Ok(b"a message".to_vec()));
}

/// A body that arrives in equal pieces, one after each pause.
struct Dripping {
    pieces: u32,
    piece: Vec<u8>,
    every: Duration,
    pause: Option<Pin<Box<Sleep>>>,
    /// Told by a body that nobody wants any more: whether it was taken to its end.
    told: Option<oneshot::Sender<bool>>,
    ended: bool,
}

impl Dripping {
    fn new(pieces: u32, piece: Vec<u8>, every: Duration) -> Dripping {
        Dripping { pieces, piece, every, pause: None, told: None, ended: false }
    }
}

impl Drop for Dripping {
    fn drop(&mut self) {
        self.told.take().map(|told| told.send(self.ended));
    }
}

impl Body for Dripping {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if self.pieces == 0 {
            self.ended = true;
            return Poll::Ready(None);
        }
        let every = self.every;
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(every)));
        std::task::ready!(pause.as_mut().poll(cx));
        self.pause = None;
        self.pieces -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(self.piece.clone())))))
    }
}

async fn check_pace(pieces: u32, bytes: usize, every_ms: u64, expected: Result<usize, Refusal>) {
    let (piece, every) = (vec![b'x'; bytes], Duration::from_millis(every_ms));
    let mut body = Inbound::new(Dripping::new(pieces, piece, every), &HeaderMap::new());
    let read = body.read(Packing::Plain, 1_000_000, None).await;
    assert_eq!(read.map(|body| body.len()), expected, "{bytes} bytes every {every_ms} ms");
}

/// Threat: T88
#[tokio::test(start_paused = true)]
async fn a_body_that_comes_too_slowly_is_refused() {
    check_pace(2, 10, 10_001, Err(Refusal::BodyTooSlow)).await;
    check_pace(100, 500, 1_000, Err(Refusal::BodyTooSlow)).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_has_ten_seconds_and_then_one_for_each_kib() {
    check_pace(1, 10, 9_999, Ok(10)).await;
    check_pace(100, 1024, 1_000, Ok(102_400)).await;
}

/// Threat: T80
#[tokio::test(start_paused = true)]
async fn a_packed_body_that_inflates_to_nothing_for_ever_is_refused() {
    let piece = gzip(b"");
    let (fit, bytes_max) = (5, 5 * piece.len());
    for (pieces, expected) in [(fit + 1, Err(Refusal::BodyTooLarge { bytes_max })), (fit, Ok(Vec::new()))] {
        let pieces = u32::try_from(pieces).unwrap();
        let dripping = Dripping::new(pieces, piece.clone(), Duration::from_millis(1));
        let read = Inbound::new(dripping, &HeaderMap::new()).read(Packing::Gzip, bytes_max, None).await;
        assert_eq!(read, expected, "{pieces} members");
    }
}

/// Whether a body that was refused is taken off the connection to its end, so that the connection goes on.
async fn is_taken(pieces: u32, bytes: u64, every: Duration) -> bool {
    let (told, taken) = oneshot::channel();
    let mut dripping = Dripping::new(pieces, vec![b'x'; usize::try_from(bytes).unwrap()], every);
    dripping.told = Some(told);
    Inbound::new(dripping, &HeaderMap::new()).put_aside();
    taken.await.expect("it is dropped in the end")
}

/// Threat: T81, T88
#[tokio::test(start_paused = true)]
async fn of_a_refused_body_16_mib_are_taken_in_five_seconds_and_no_more() {
    let (millisecond, quarter) = (Duration::from_millis(1), LEFTOVER_BYTES_MAX / 4);
    assert!(is_taken(4, quarter, millisecond).await);
    assert!(!is_taken(4, quarter + 1, millisecond).await, "four bytes too many");
    assert!(!is_taken(5, quarter, millisecond).await);
    let fifth = LEFTOVER_TIME / 5;
    assert!(is_taken(5, 1, fifth - millisecond).await);
    assert!(!is_taken(5, 1, fifth + millisecond).await, "five milliseconds too late");
}

//! A connection that gives up on a client that takes its answer too slowly.

use std::{
    future::Future,
    io::{Error, ErrorKind, Result},
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// The slowest pace at which a client may take an answer, once it has taken nothing for long. The largest answers are taken within
/// minutes by it, and not within hours.
pub const BYTES_PER_SEC_MIN: u64 = 32 * 1024;

/// A stream whose writes fail when the other side takes nothing for some time, or so little again and again that it would
/// never end.
pub struct Patient<S> {
    stream: S,
    patience: Duration,
    /// Runs only while a write waits.
    clock: Option<Pin<Box<Sleep>>>,
    /// Since when the client has something to take, and how much of it it took.
    behind: Option<Behind>,
}

#[derive(Clone, Copy)]
struct Behind {
    since: Instant,
    bytes: u64,
}

impl<S> Patient<S> {
    /// Wraps a stream.
    #[must_use]
    pub fn new(stream: S, patience: Duration) -> Patient<S> {
        Patient { stream, patience, clock: None, behind: None }
    }

    fn written(&mut self, cx: &mut Context<'_>, progress: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if let (Poll::Ready(Ok(bytes)), Some(behind)) = (&progress, &mut self.behind) {
            behind.bytes = behind.bytes.saturating_add(*bytes as u64);
        }
        self.watch(cx, progress)
    }

    fn flushed(&mut self, cx: &mut Context<'_>, progress: Poll<Result<()>>) -> Poll<Result<()>> {
        if progress.is_ready() {
            self.behind = None;
        }
        self.watch(cx, progress)
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, progress: Poll<Result<T>>) -> Poll<Result<T>> {
        if progress.is_ready() {
            self.clock = None;
            return progress;
        }
        let until = self.until(Instant::now());
        let clock = self.clock.get_or_insert_with(|| Box::pin(sleep_until(until)));
        match clock.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client takes nothing"))),
            Poll::Pending => Poll::Pending,
        }
    }

    /// Until when the client has to take something: its patience from now, and no longer than the slowest pace allows.
    fn until(&mut self, now: Instant) -> Instant {
        let behind = *self.behind.get_or_insert(Behind { since: now, bytes: 0 });
        let paced = behind.since + self.patience + Duration::from_secs(behind.bytes / BYTES_PER_SEC_MIN);
        paced.min(now + self.patience)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.written(cx, progress)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_flush(cx);
        self.flushed(cx, progress)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        let progress = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch(cx, progress)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[std::io::IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let progress = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.written(cx, progress)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::sleep,
    };

    use super::{Duration, ErrorKind, Patient};

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Writes to a client that takes so many bytes after each pause; gives what becomes of it.
    async fn written(bytes: usize, taken: usize, pause: Duration) -> Result<(), ErrorKind> {
        let (mut client, server) = duplex(taken);
        let mut server = Patient::new(server, PATIENCE);
        let reader = tokio::spawn(async move {
            let mut piece = vec![0; taken];
            loop {
                sleep(pause).await;
                if client.read_exact(&mut piece).await.is_err() {
                    return;
                }
            }
        });
        let written = server.write_all(&vec![b'x'; bytes]).await.map_err(|error| error.kind());
        reader.abort();
        written
    }

    /// Threat: T88
    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_given_up_after_thirty_seconds() {
        assert_eq!(written(30, 10, Duration::from_millis(30_001)).await, Err(ErrorKind::TimedOut));
        assert_eq!(written(20, 10, Duration::from_millis(29_999)).await, Ok(()));
    }

    /// Threat: T88
    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_less_than_32_kib_each_second_is_given_up() {
        assert_eq!(written(900_000, 30_000, Duration::from_secs(1)).await, Ok(()), "the first seconds are given");
        assert_eq!(written(32_000_000, 29_000, Duration::from_secs(1)).await, Err(ErrorKind::TimedOut));
        assert_eq!(written(32_000_000, 32 * 1024, Duration::from_secs(1)).await, Ok(()));
    }
}

//! Reads a body within its limits: declared length, counted length, pace, and what it inflates to.

use std::{io::Write, time::Duration};

use baton_exchange::refusal::Refusal;
use bytes::Bytes;
use flate2::write::MultiGzDecoder;
use http_body_util::BodyExt;
use hyper::{
    HeaderMap,
    body::{Body, Incoming},
    header::{CONTENT_ENCODING, CONTENT_LENGTH, EXPECT},
};
use tokio::time::{Instant, timeout_at};

use super::header::only;

/// How long a body may take before its pace counts.
pub(crate) const GRACE: Duration = Duration::from_secs(10);
/// The slowest pace after that.
pub(crate) const BYTES_PER_SEC_MIN: u64 = 1024;
/// What is still taken, unread, of a body that was refused, so that the connection can be used again.
pub(crate) const LEFTOVER_BYTES_MAX: u64 = 16 * 1024 * 1024;
pub(crate) const LEFTOVER_TIME: Duration = Duration::from_secs(5);

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    Plain,
    /// With gzip.
    Gzip,
}

/// Looks at what a head says about the body, before a byte of it is read: how it is packed, and how long it is.
///
/// # Errors
/// [`Refusal::BodyTooLarge`] when its declared length is over the limit, [`Refusal::UnsupportedEncoding`] for other packings, for
/// several, and where the header stands twice.
pub fn announced(headers: &HeaderMap, bytes_max: usize) -> Result<(Packing, Option<usize>), Refusal> {
    // hyper has checked that it is one number; one that does not fit is too large all the same
    let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let declared = declared.map(|length| length.trim().parse().unwrap_or(usize::MAX));
    if declared.is_some_and(|declared| declared > bytes_max) {
        return Err(Refusal::BodyTooLarge { bytes_max });
    }
    match only(headers, &CONTENT_ENCODING).map(str::trim) {
        None => Ok((Packing::Plain, declared)),
        Some("") if headers.get_all(CONTENT_ENCODING).iter().all(|value| value.is_empty()) => {
            Ok((Packing::Plain, declared))
        }
        Some(name) if name.eq_ignore_ascii_case("identity") => Ok((Packing::Plain, declared)),
        Some(name) if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") => {
            Ok((Packing::Gzip, declared))
        }
        Some(_) => Err(Refusal::UnsupportedEncoding),
    }
}

/// The body of a request: read once, or put aside.
pub struct Inbound<B = Incoming> {
    incoming: Option<B>,
    /// The client waits to be told to send it.
    held_back: bool,
}

impl<B: Body<Data = Bytes> + Send + Unpin + 'static> Inbound<B> {
    /// A body that nobody has looked at.
    #[must_use]
    pub fn new(incoming: B, headers: &HeaderMap) -> Inbound<B> {
        Inbound { incoming: Some(incoming), held_back: headers.contains_key(EXPECT) }
    }

    /// Reads the whole body and unpacks it.
    ///
    /// # Errors
    /// A refusal when it is too large, too slow, ends early or cannot be unpacked.
    pub async fn read(
        &mut self,
        packing: Packing,
        bytes_max: usize,
        expected: Option<usize>,
    ) -> Result<Vec<u8>, Refusal> {
        let mut sink = Sink::new(packing, bytes_max, expected.unwrap_or_default());
        self.held_back = false;
        let Some(incoming) = self.incoming.as_mut() else {
            return Ok(Vec::new());
        };
        let (start, mut received) = (Instant::now(), 0_u64);
        loop {
            let until = start + GRACE + Duration::from_secs(received / BYTES_PER_SEC_MIN);
            let data = match timeout_at(until, incoming.frame()).await {
                Err(_) => Err(Refusal::BodyTooSlow),
                Ok(None) => break,
                Ok(Some(Err(_))) => Err(Refusal::BodyIncomplete),
                Ok(Some(Ok(frame))) => Ok(frame.into_data().unwrap_or_else(|_| Bytes::new())),
            };
            let data = match data {
                Ok(data) => data,
                Err(refusal) => {
                    // what cannot be read to its end cannot be skipped either
                    self.incoming = None;
                    return Err(refusal);
                }
            };
            received += data.len() as u64;
            // what is packed may inflate to nothing at all, again and again
            if received > bytes_max as u64 {
                return Err(Refusal::BodyTooLarge { bytes_max });
            }
            sink.take(&data)?;
        }
        self.incoming = None;
        sink.finish()
    }

    /// Takes what is left of a refused body off the connection without looking at it, so that the client gets to read
    /// the answer and can use the connection again. What is too much or too slow costs it the connection.
    pub fn put_aside(self) {
        let Some(mut incoming) = self.incoming.filter(|incoming| !self.held_back && !incoming.is_end_stream()) else {
            return;
        };
        tokio::spawn(async move {
            let until = Instant::now() + LEFTOVER_TIME;
            let mut left = LEFTOVER_BYTES_MAX;
            while let Ok(Some(Ok(frame))) = timeout_at(until, incoming.frame()).await {
                let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
                let Some(rest) = left.checked_sub(bytes) else { return };
                left = rest;
            }
        });
    }
}

/// Where the bytes go: never more than the limit, however small the packed form is.
enum Sink {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
}

impl Sink {
    fn new(packing: Packing, bytes_max: usize, expected: usize) -> Sink {
        let capped = Capped { bytes: Vec::with_capacity(expected.min(bytes_max)), bytes_max, overflown: false };
        match packing {
            Packing::Plain => Sink::Plain(capped),
            Packing::Gzip => Sink::Gzip(Box::new(MultiGzDecoder::new(capped))),
        }
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Refusal> {
        let (written, capped) = match self {
            Sink::Plain(capped) => (capped.write_all(data), &*capped),
            Sink::Gzip(decoder) => (decoder.write_all(data), decoder.get_ref()),
        };
        written.map_err(|_| capped.refusal())
    }

    fn finish(self) -> Result<Vec<u8>, Refusal> {
        match self {
            Sink::Plain(capped) => Ok(capped.bytes),
            Sink::Gzip(mut decoder) => match decoder.try_finish() {
                Ok(()) => decoder.finish().map(|capped| capped.bytes).map_err(|_| Refusal::BodyNotInflatable),
                Err(_) => Err(decoder.get_ref().refusal()),
            },
        }
    }
}

/// A buffer that fails when more is written than its limit.
struct Capped {
    bytes: Vec<u8>,
    bytes_max: usize,
    overflown: bool,
}

impl Capped {
    fn refusal(&self) -> Refusal {
        if self.overflown { Refusal::BodyTooLarge { bytes_max: self.bytes_max } } else { Refusal::BodyNotInflatable }
    }
}

impl Write for Capped {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if data.len() > self.bytes_max - self.bytes.len() {
            self.overflown = true;
            return Err(std::io::Error::other("over the limit"));
        }
        self.bytes.extend_from_slice(data);
        Ok(data.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;

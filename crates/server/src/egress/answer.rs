//! The answer to a call: its head, and a body that is cut when it is too long or too slow.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::{
    HeaderMap, Response, StatusCode,
    body::{Body, Frame, Incoming, SizeHint},
};
use tokio::time::{Instant, Sleep, sleep_until};

use super::{AnswerLimits, EgressError, strip_hop_by_hop};

/// What came back.
pub struct EgressResponse {
    /// Its status, whatever it is: redirects too, which are not followed.
    pub status: StatusCode,
    /// Its headers without those of the connection.
    pub headers: HeaderMap,
    /// Its body, not yet read.
    pub body: EgressBody,
}

impl EgressResponse {
    pub(super) fn new(response: Response<Incoming>, host: String, limits: AnswerLimits, until: Instant) -> Self {
        let (mut head, incoming) = response.into_parts();
        strip_hop_by_hop(&mut head.headers);
        let body =
            EgressBody { incoming, host, limits, left: limits.bytes_max, deadline: Box::pin(sleep_until(until)) };
        EgressResponse { status: head.status, headers: head.headers, body }
    }
}

/// A body that is read as it comes. After an error nothing more of it is worth reading.
pub struct EgressBody {
    incoming: Incoming,
    host: String,
    limits: AnswerLimits,
    left: u64,
    deadline: Pin<Box<Sleep>>,
}

impl EgressBody {
    /// Reads all of it, if it has at most so many bytes.
    ///
    /// # Errors
    /// [`EgressError::TooLarge`] for more, [`EgressError::Timeout`] when it does not come in time.
    pub async fn collect(mut self, bytes_max: u64) -> Result<Bytes, EgressError> {
        if bytes_max < self.left {
            (self.left, self.limits.bytes_max) = (bytes_max, bytes_max);
        }
        let mut bytes = BytesMut::new();
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                bytes.extend_from_slice(&data);
            }
        }
        Ok(bytes.freeze())
    }

    fn too_large(&self) -> EgressError {
        EgressError::TooLarge { host: self.host.clone(), bytes_max: self.limits.bytes_max }
    }
}

impl Body for EgressBody {
    type Data = Bytes;
    type Error = EgressError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, EgressError>>> {
        let this = &mut *self;
        // first, or one byte now and then would keep it open for ever
        if this.deadline.as_mut().poll(cx).is_ready() {
            let (host, limit) = (this.host.clone(), this.limits.time);
            return Poll::Ready(Some(Err(EgressError::Timeout { host, limit })));
        }
        if this.incoming.size_hint().lower() > this.left {
            return Poll::Ready(Some(Err(this.too_large())));
        }
        let frame = match ready!(Pin::new(&mut this.incoming).poll_frame(cx)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(EgressError::of_http(this.host.clone(), &error)))),
            Some(Ok(frame)) => frame,
        };
        let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
        match this.left.checked_sub(bytes) {
            Some(left) => {
                this.left = left;
                Poll::Ready(Some(Ok(frame)))
            }
            None => Poll::Ready(Some(Err(this.too_large()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

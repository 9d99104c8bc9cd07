//! The body of a request to a locator: read within its limits, and worked on where it holds up nobody.

use baton_dialects::nrl::{Body, sent};
use baton_exchange::id::PartnerId;
use baton_fhir::format::Format;
use hyper::header::CONTENT_TYPE;

use super::{Cx, trouble::Trouble};
use crate::{
    app::App,
    failure::Failure,
    http::body::{Inbound, Packing, announced},
    work::{self, LARGE_BYTES, Room},
};

/// A body, and what its Content-Type says.
pub(super) struct Read {
    bytes: Vec<u8>,
    format: Format,
}

/// Reads a body. Its place is taken as long as it is worked on.
pub(super) async fn read(cx: &Cx<'_>, partner: &PartnerId, body: &mut Inbound) -> Result<(Read, Room), Trouble> {
    let format = sent(cx.asked.header(CONTENT_TYPE))?;
    let bytes_max = cx.app.body_bytes_max;
    let (packing, declared) = announced(&cx.asked.head.headers, bytes_max)?;
    let size = if packing == Packing::Plain { declared.unwrap_or(bytes_max) } else { bytes_max };
    let place = work::place(cx.app, partner, size)?;
    let bytes = body.read(packing, bytes_max, declared).await?;
    Ok((Read { bytes, format }, place))
}

/// Works on a body, beside the threads that serve connections when it is large.
pub(super) async fn aside<T: Send + 'static>(
    app: &App,
    partner: &PartnerId,
    read: Read,
    work: impl FnOnce(Body<'_>) -> T + Send + 'static,
) -> Result<T, Failure> {
    let large = read.bytes.len() > LARGE_BYTES;
    work::aside(app, Some(partner), large, move || work(Body { bytes: &read.bytes, format: read.format })).await
}

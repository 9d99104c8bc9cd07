//! `GET {base}/Binary/{id}`: the paper itself, for who does not ask for a FHIR resource.
//! Source: FHIR R4 Binary, "Serving Binary Resources using the RESTful API".

use baton_dialects::ontario::paper_bytes;
use baton_exchange::{
    access::{Caller, Reach},
    refusal::Refusal,
};
use baton_fhir::{binary::binary, format::Format};
use hyper::{
    StatusCode,
    header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, ETAG},
};

use super::{Reader, Sight};
use crate::{
    app::App,
    exchanged::Exchanged,
    http::{
        dispatch::Asked,
        refuse::Problem,
        reply::{FOREIGN_POLICY, Reply},
    },
    visit::shown,
};

/// The type of what says none, or none that could stand in a header.
const UNKNOWN: &str = "application/octet-stream";

/// Whether the caller wants the paper and not the resource: it names neither FHIR nor its formats.
#[must_use]
pub fn is_wanted_raw(asked: &Asked<'_>) -> bool {
    let names_fhir =
        |accept: &str| ["fhir", "application/json", "application/xml", "text/xml"].iter().any(|it| accept.contains(it));
    let accepts = asked.listed(&ACCEPT);
    asked.query.get("_format").is_none() && !accepts.is_some_and(|accepts| names_fhir(&accepts.to_ascii_lowercase()))
}

/// Reads a paper of a referral in which the caller has a part. A browser keeps it as a file and runs nothing in it, whatever it
/// says it is.
///
/// # Errors
/// As any read; a paper that is no base64 was refused when it came.
pub async fn paper(app: &App, exchange: &Exchanged, caller: &Caller, reach: Reach, id: &str) -> Result<Reply, Problem> {
    let sight = Sight::of(&exchange.mount, caller, reach);
    let reader = Reader { app, exchange, partner: &caller.partner, sight, format: Format::Json };
    let (stored, tree, room) = reader.resource("Binary", id, None).await?;
    let binary = binary(tree.root());
    let bytes = decoded(binary.data.unwrap_or_default())?;
    let content_type = binary.content_type.filter(|text| text.is_ascii() && text.contains('/')).unwrap_or(UNKNOWN);
    let reply = raw(bytes, content_type).header(ETAG, format!("W/\"{}\"", stored.version));
    Ok(reply.accounting(shown([&stored.referral])).made_in(room))
}

/// The bytes of a paper that is inside a resource.
///
/// # Errors
/// [`Refusal::NoSuchResource`] for what is no base64; it was refused when it came.
pub(super) fn decoded(data: &str) -> Result<Vec<u8>, Refusal> {
    paper_bytes(data).ok_or(Refusal::NoSuchResource)
}

/// A paper as the answer. A browser keeps it as a file and runs nothing in it.
pub(super) fn raw(bytes: Vec<u8>, content_type: &str) -> Reply {
    Reply::typed(StatusCode::OK, content_type, bytes)
        .header(CONTENT_DISPOSITION, "attachment")
        .header(CONTENT_SECURITY_POLICY, FOREIGN_POLICY)
}

//! Fetches a paper from the partner that keeps it, with the token that this partner wants to see.
//! Source: guide 0.10.1, DocumentReference (`attachment.url` for later fetch from a secure server).

use baton_dialects::ontario::PAPER_BYTES_MAX;
use baton_exchange::{id::ExchangeId, refusal::Refusal};
use bytes::Bytes;
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{ACCEPT, AUTHORIZATION, HeaderValue, USER_AGENT},
};
use tokio::time::timeout;

use super::{attempt::AGENT, door::Door};
use crate::{
    clock::Clock,
    egress::{AnswerLimits, Egress, EgressError, EgressRequest, EgressResponse, Purpose, Target},
};

/// The paper at an address of a partner: one where it is told, too, as far as scheme, host and port say.
///
/// # Errors
/// [`Refusal::PaperElsewhere`] when the partner has no such address, before anything is called; [`Refusal::PaperUnavailable`] when
/// it does not answer with 200 in time, [`Refusal::PaperTooLarge`] when it answers with too much.
pub async fn fetch_paper(
    egress: &Egress,
    clock: &Clock,
    door: &Door,
    exchange: &ExchangeId,
    address: &str,
) -> Result<Bytes, Refusal> {
    let target = Target::parse(address).map_err(|_| Refusal::PaperElsewhere)?;
    let endpoint = door.endpoint(exchange).filter(|endpoint| endpoint.target.origin() == target.origin());
    let endpoint = endpoint.ok_or(Refusal::PaperElsewhere)?;
    let limits = AnswerLimits { time: door.timeout, bytes_max: PAPER_BYTES_MAX };
    let purpose = Purpose::new([target.origin().clone()], limits);
    let request = |token: Option<&HeaderValue>| EgressRequest {
        method: Method::GET,
        target: target.clone(),
        headers: headers(token),
        body: Bytes::new(),
    };
    let fetched = async {
        let called = endpoint.call(egress, clock, &purpose, request).await;
        read(called.map_err(|_| Refusal::PaperUnavailable { status: None })?).await
    };
    // a token may have to be fetched first, perhaps twice
    timeout(door.timeout * 2, fetched).await.unwrap_or(Err(Refusal::PaperUnavailable { status: None }))
}

async fn read(response: EgressResponse) -> Result<Bytes, Refusal> {
    if response.status != StatusCode::OK {
        return Err(Refusal::PaperUnavailable { status: Some(response.status.as_u16()) });
    }
    response.body.collect(PAPER_BYTES_MAX).await.map_err(|error| match error {
        EgressError::TooLarge { .. } => Refusal::PaperTooLarge { bytes_max: PAPER_BYTES_MAX },
        _ => Refusal::PaperUnavailable { status: None },
    })
}

fn headers(token: Option<&HeaderValue>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(USER_AGENT, AGENT);
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, token.clone());
    }
    headers
}

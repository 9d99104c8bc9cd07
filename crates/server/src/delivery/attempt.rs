//! One attempt to tell one partner.

use baton_dialects::ontario::PUT_BUNDLE;
use baton_exchange::{
    delivery::{Heard, Trouble, retry_after},
    notice::Notice,
    time::Timestamp,
};
use baton_fhir::outcome::says_duplicate;
use bytes::Bytes;
use hyper::{
    HeaderMap, Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT},
};

use tokio::time::timeout;

use super::{
    door::Door,
    reply::{self, REST_TIME},
    signature::sign,
    target::{ANSWER_BYTES_MAX, Endpoint},
};
use crate::{
    clock::Clock,
    egress::{Egress, EgressError, EgressRequest, EgressResponse},
};

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
pub(super) const AGENT: HeaderValue = HeaderValue::from_static(concat!("baton/", env!("CARGO_PKG_VERSION")));

/// Sends a notice, once. Who the partner is was decided when the notice was written; whether it is still registered is decided
/// now. Gives the body of a good answer, too.
pub(super) async fn attempt(egress: &Egress, clock: &Clock, door: &Door, notice: &Notice) -> (Heard, Bytes) {
    let (Some(endpoint), Some(content_type)) = (door.endpoint(&notice.exchange), door.content_type(&notice.exchange))
    else {
        return (Heard::Nothing(Trouble::NoEndpoint), Bytes::new());
    };
    // a token may have to be fetched first, perhaps twice: all of it has to end while the notice is leased
    let limit = endpoint.purpose.limits().time + REST_TIME;
    match timeout(limit, send(egress, clock, &endpoint, &content_type, notice)).await {
        Ok(heard) => heard,
        Err(_) => (Heard::Nothing(Trouble::Timeout), Bytes::new()),
    }
}

async fn send(
    egress: &Egress,
    clock: &Clock,
    endpoint: &Endpoint,
    content_type: &HeaderValue,
    notice: &Notice,
) -> (Heard, Bytes) {
    let request = |token: Option<&HeaderValue>| EgressRequest {
        method: method(notice),
        target: endpoint.target.clone(),
        headers: headers(endpoint, content_type, token, notice, clock.now()),
        body: Bytes::copy_from_slice(&notice.body),
    };
    match endpoint.call(egress, clock, &endpoint.purpose, request).await {
        Ok(response) => heard(response, notice, clock.now()).await,
        Err(trouble) => (Heard::Nothing(trouble), Bytes::new()),
    }
}

/// A message is posted; what has no event in the partner's version is put. Source: seeds/000, "Update Referral".
fn method(notice: &Notice) -> Method {
    if notice.event == PUT_BUNDLE { Method::PUT } else { Method::POST }
}

fn headers(
    endpoint: &Endpoint,
    content_type: &HeaderValue,
    token: Option<&HeaderValue>,
    notice: &Notice,
    now: Timestamp,
) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, content_type.clone());
    headers.insert(USER_AGENT, AGENT);
    let mut put = |name, text: String| {
        // ids, numbers and base64 are always values of headers
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    };
    put(WEBHOOK_ID, notice.id.to_string());
    put(WEBHOOK_TIMESTAMP, now.secs().to_string());
    if !endpoint.keys.is_empty() {
        // several while the receiver changes from one to the other
        let signed = endpoint.keys.iter().map(|key| sign(key, notice.id, now, &notice.body));
        put(WEBHOOK_SIGNATURE, signed.collect::<Vec<_>>().join(" "));
    }
    if let Some(token) = token {
        headers.insert(AUTHORIZATION, token.clone());
    }
    headers
}

/// What an answer says. If its body does not come, the status has to do.
async fn heard(response: EgressResponse, notice: &Notice, now: Timestamp) -> (Heard, Bytes) {
    let status = response.status.as_u16();
    let header = response.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
    let retry_after = header.and_then(|text| retry_after(text, now));
    if response.status.is_success() {
        let body = reply::body_of(notice, response.body).await;
        return (reply::heard(status, &body), body);
    }
    let duplicate = response.body.collect(ANSWER_BYTES_MAX).await.is_ok_and(|body| says_duplicate(&body));
    (Heard::Answer { status, duplicate, retry_after }, Bytes::new())
}

pub(super) fn trouble(error: &EgressError) -> Trouble {
    match error {
        EgressError::NoTarget(_) | EgressError::NotAllowed { .. } | EgressError::ForbiddenAddress { .. } => {
            Trouble::Forbidden
        }
        EgressError::Unreachable { .. } => Trouble::Unreachable,
        EgressError::Timeout { .. } => Trouble::Timeout,
        EgressError::Tls { .. } => Trouble::Untrusted,
        EgressError::TooLarge { .. } | EgressError::Protocol { .. } => Trouble::Broken,
    }
}

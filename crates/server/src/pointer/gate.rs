//! Fetches a record for a consumer, from where its provider registered it. What comes back passes through as it comes.
//! Source: NRL "Retrieval", "Spine Secure Proxy".

use std::time::Duration;

use baton_dialects::nrl::{Fault, Fetch, GateHead, open_gate};
use hyper::{
    HeaderMap, StatusCode,
    header::{
        ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue,
        IF_MODIFIED_SINCE, IF_NONE_MATCH, RANGE, REFERRER_POLICY, SET_COOKIE, STRICT_TRANSPORT_SECURITY,
        X_CONTENT_TYPE_OPTIONS,
    },
};

use super::{
    Cx, Kept, Worked,
    account::Account,
    caller::{certificate_of, header_of, in_turn, verify_of},
    trouble::Trouble,
};
use crate::{
    egress::{AnswerLimits, EgressError, EgressRequest, Origin, Purpose, Target},
    http::reply::Reply,
};

/// How long a record may take, and how long it may be.
const LIMITS: AnswerLimits = AnswerLimits { time: Duration::from_secs(60), bytes_max: 512 * 1024 * 1024 };

const SSP_TRACE: HeaderName = HeaderName::from_static("ssp-traceid");
const SSP_FROM: HeaderName = HeaderName::from_static("ssp-from");
const SSP_TO: HeaderName = HeaderName::from_static("ssp-to");
const SSP_INTERACTION: HeaderName = HeaderName::from_static("ssp-interactionid");

/// What a consumer's request tells the provider.
const PASSED: [HeaderName; 11] = [
    ACCEPT,
    ACCEPT_LANGUAGE,
    AUTHORIZATION,
    IF_MODIFIED_SINCE,
    IF_NONE_MATCH,
    RANGE,
    SSP_TRACE,
    SSP_FROM,
    SSP_TO,
    SSP_INTERACTION,
    HeaderName::from_static("x-request-id"),
];

/// What this server says of an answer itself, whatever the provider says: in a browser the answer comes from here.
const OWN: [HeaderName; 8] = [
    CACHE_CONTROL,
    X_CONTENT_TYPE_OPTIONS,
    CONTENT_SECURITY_POLICY,
    REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY,
    SET_COOKIE,
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-correlation-id"),
];

/// Opens the gate and passes on what is behind it.
pub(super) async fn fetch(cx: &Cx<'_>, address: &str, account: &mut Account) -> Result<Worked, Trouble> {
    let address = match cx.asked.head.uri.query() {
        // a query that was not percent-encoded belongs to the record's address all the same
        Some(query) => format!("{address}?{query}"),
        None => address.to_owned(),
    };
    let opened = opened(cx, &address, account);
    let (fetch, _turn) = in_turn(cx, account, opened).await?;
    let unreachable = |error: EgressError| Fault::RecordUnreachable { reason: error.to_string() };
    let origin = Origin::of(fetch.endpoint.as_str()).map_err(|fault| unreachable(fault.into()))?;
    let target = Target::parse(fetch.url.as_str()).map_err(|fault| unreachable(fault.into()))?;
    let request = EgressRequest {
        method: cx.asked.head.method.clone(),
        target,
        headers: passed(&cx.asked.head.headers, &cx.located.locator.base),
        body: bytes::Bytes::new(),
    };
    // the audit has its line before a byte of the record is asked for
    account.keep(cx, 200, String::new()).await?;
    let response = cx.app.egress.send(&Purpose::new([origin], LIMITS), request).await.map_err(unreachable)?;
    if response.status != StatusCode::OK {
        // and one of what came instead, under the same id
        account.keep(cx, response.status.as_u16(), String::new()).await?;
    }
    let mut reply = Reply::passed(response.status, response.body);
    let is_own = |name: &HeaderName| OWN.contains(name) || name.as_str().starts_with("access-control-");
    for (name, value) in response.headers.iter().filter(|(name, _)| !is_own(name)) {
        if let Ok(value) = value.to_str() {
            reply = reply.header(name.clone(), value);
        }
    }
    Ok(Worked { reply, kept: Kept::Already })
}

fn opened(cx: &Cx<'_>, address: &str, account: &mut Account) -> Result<Fetch, Trouble> {
    let [authorization, from, to, trace, interaction] =
        [&AUTHORIZATION, &SSP_FROM, &SSP_TO, &SSP_TRACE, &SSP_INTERACTION].map(|name| cx.asked.listed(name));
    let (verify, has_certificate_of) = (verify_of(cx), certificate_of(cx));
    let head = GateHead {
        authorization: authorization.as_deref(),
        from: from.as_deref(),
        to: to.as_deref(),
        trace: trace.as_deref(),
        interaction: interaction.as_deref(),
        verify: verify.as_deref(),
        has_certificate_of: &has_certificate_of,
    };
    match open_gate(&cx.located.locator, &head, address, account.now()) {
        Ok(fetch) => {
            account.by(Some(&fetch.system), &fetch.agent);
            Ok(fetch)
        }
        Err(not_admitted) => {
            account.by(not_admitted.system.as_ref(), &not_admitted.agent);
            Err(header_of(not_admitted.fault, "Ssp-From").into())
        }
    }
}

/// Headers for the provider, and that the request came through here. Source: RFC 7239.
fn passed(headers: &HeaderMap, base: &str) -> HeaderMap {
    let mut passed = HeaderMap::new();
    for name in PASSED {
        if let Some(value) = headers.get(&name) {
            passed.insert(name, value.clone());
        }
    }
    let scheme = base.split("://").next().unwrap_or("http");
    let host = base.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if let Ok(forwarded) = HeaderValue::from_str(&format!("by=_baton;for=_consumer;host=\"{host}\";proto={scheme}")) {
        passed.insert(HeaderName::from_static("forwarded"), forwarded);
    }
    passed
}

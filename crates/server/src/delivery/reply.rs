//! What partners say in good answers to notices: what became of the message, and where the referral is.
//!
//! An answer never makes a failure of a delivery, unless it is a message that says that the one it answers was not processed.

use std::{sync::Arc, time::Duration};

use baton_dialects::{
    Posted, Way,
    ontario::{Answers, answers},
};
use baton_exchange::{access::Caller, delivery::Heard, notice::Notice};
use baton_fhir::{
    format::Format,
    message::{ResponseCode, Said},
};
use bytes::Bytes;
use tokio::time::timeout;

use super::target::ANSWER_BYTES_MAX;
use crate::{
    app::App,
    egress::{EgressBody, EgressError},
    failure::Failure,
    http::refuse::Problem,
    log::with_sources,
    message,
};

/// How much of an answer is read that says where a referral is: it may hold all that was sent, but for large papers.
pub(super) const REPLY_BYTES_MAX: u64 = 1024 * 1024;
/// How long the rest of a good answer is waited for that nobody needs, so that its connection can be used again.
pub(super) const REST_TIME: Duration = Duration::from_millis(200);
/// How long the rest of an answer is waited for that says where a referral is. Its status has said what counts for delivery.
const REPLY_TIME: Duration = Duration::from_secs(2);

/// The body of a good answer, as far as it is of use. One that does not come in time or is too large is none: the status says it.
pub(super) async fn body_of(notice: &Notice, body: EgressBody) -> Bytes {
    match answers(&notice.event) {
        Answers::Work => {
            let read = timeout(REPLY_TIME, body.collect(REPLY_BYTES_MAX)).await;
            let (partner, id) = (&notice.partner, notice.id);
            match read {
                Ok(Ok(body)) => return body,
                Ok(Err(EgressError::TooLarge { .. })) => tracing::warn!(
                    %partner,
                    "the answer to notice {id} is larger than {REPLY_BYTES_MAX} bytes: what it says of the referral is not known"
                ),
                Ok(Err(error)) => {
                    tracing::warn!(%partner, "the answer to notice {id} was not read: {}", with_sources(&error));
                }
                Err(_) => tracing::warn!(%partner, "the answer to notice {id} did not come within {REPLY_TIME:?}"),
            }
            Bytes::new()
        }
        Answers::Clearing | Answers::Nothing => {
            let read = timeout(REST_TIME, body.collect(ANSWER_BYTES_MAX)).await;
            read.ok().and_then(Result::ok).unwrap_or_default()
        }
    }
}

/// What a good answer with that body says of the notice. Source: FHIR R4 MessageHeader.response.
pub(super) fn heard(status: u16, body: &[u8]) -> Heard {
    let said = Said::read(body);
    match said.code {
        ResponseCode::TransientError if !said.is_duplicate => Heard::Postponed,
        ResponseCode::FatalError if !said.is_duplicate => Heard::Refused,
        ResponseCode::Ok | ResponseCode::TransientError | ResponseCode::FatalError => {
            Heard::Answer { status, duplicate: false, retry_after: None }
        }
    }
}

/// Puts an answer into effect. Whatever comes of it, the notice is delivered; what it says that people should see is logged, in
/// codes alone.
pub async fn settle(app: &App, notice: &Notice, body: Bytes) {
    let (partner, id) = (&notice.partner, notice.id);
    let remarks = Said::read(&body).remarks;
    if !remarks.is_empty() {
        let (count, codes) = (remarks.len(), remarks.join(", "));
        tracing::warn!(%partner, referral.id = %notice.referral, "the answer to notice {id} has {count} remarks: {codes}");
    }
    if let Err(failure) = known(app, notice, body).await {
        tracing::warn!(%partner, "the answer to notice {id} was lost: {}", with_sources(&failure));
    }
}

/// Puts what a partner has said of a notice into effect, or that it knows it. What is refused of it changes nothing, and is logged.
///
/// # Errors
/// When the machine could not. It may be said again then, and once more when nobody knows whether it was.
pub async fn known(app: &App, notice: &Notice, body: Bytes) -> Result<(), Failure> {
    let (partner, id) = (&notice.partner, notice.id);
    let is_of_use = match answers(&notice.event) {
        Answers::Work => !body.is_empty(),
        Answers::Clearing => true,
        Answers::Nothing => false,
    };
    let Some(exchange) = app.exchange(&notice.exchange).filter(|_| is_of_use) else { return Ok(()) };
    let caller = Caller::system(partner.clone(), Vec::new());
    let way = Way::Reply { referral: notice.referral, event: notice.event.clone(), told: notice.created };
    let posted = Posted { format: format(&body), body: body.to_vec(), as_form: false, way, referral_info: None };
    let taken = message::take(app, &exchange.mount_now(), Arc::new(caller), posted, id.to_string()).await;
    match taken {
        Ok(taken) => tracing::debug!(%partner, "the answer to notice {id} was taken: {}", taken.action),
        Err(Problem::Failure(failure)) => return Err(failure),
        Err(Problem::Refused(refused)) => {
            let rules: Vec<&str> = refused.findings.iter().map(|finding| finding.rule.id).collect();
            tracing::warn!(%partner, "the answer to notice {id} was not taken: {}", rules.join(", "));
        }
        Err(Problem::Refusal(_)) => tracing::warn!(%partner, "the answer to notice {id} was not taken"),
    }
    Ok(())
}

/// By its first character: some say JSON and mean XML.
fn format(body: &[u8]) -> Format {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'<') => Format::Xml,
        _ => Format::Json,
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, heard};

    fn answer(code: &str, issue: &str) -> String {
        format!(
            r#"{{"resourceType":"Bundle","type":"message","entry":[
                {{"resource":{{"resourceType":"MessageHeader","response":{{"code":"{code}"}}}}}},
                {{"resource":{{"resourceType":"OperationOutcome","issue":[{{"severity":"error","code":"{issue}"}}]}}}}]}}"#
        )
    }

    #[test]
    fn an_answer_that_says_no_is_no_delivery() {
        assert_eq!(heard(200, answer("transient-error", "throttled").as_bytes()), Heard::Postponed);
        assert_eq!(heard(200, answer("fatal-error", "invalid").as_bytes()), Heard::Refused);
    }

    #[test]
    fn any_other_good_answer_is_a_delivery() {
        let good = Heard::Answer { status: 200, duplicate: false, retry_after: None };
        for body in ["", "OK", "{\"a\":", &answer("ok", "processing"), &answer("fatal-error", "duplicate")] {
            assert_eq!(heard(200, body.as_bytes()), good, "{body}");
        }
    }
}

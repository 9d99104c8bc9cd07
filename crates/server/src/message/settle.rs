//! The loop around the rules: ask, decide, commit, and again when what was decided is outdated.

use std::{sync::Arc, time::Instant};

use baton_dialects::{Arrived, Context, Mount, NewIds, Verdict as Decided, settle as decide};
use baton_exchange::{
    access::Caller,
    id::{MessageId, ReferralId},
};
use baton_store::Committed;

use crate::{
    app::App,
    clock::{ordered_id, random_id},
    failure::Failure,
    http::refuse::Problem,
    metrics::Verdict,
};

/// How often a decision may turn out to be outdated. Each time another sender was faster, so somebody makes progress.
const TRIES_MAX: u32 = 16;

/// A message with its answer.
pub(super) struct Answered {
    /// HTTP status.
    pub(super) status: u16,
    /// The answer as compact FHIR JSON, as the receipt keeps it; empty without one.
    pub(super) answer: Vec<u8>,
    pub(super) verdict: Verdict,
    /// What was done, as a word for counters; empty for a replay.
    pub(super) action: &'static str,
}

/// Settles a message. What is refused changes nothing.
pub(super) async fn settle(
    app: &App,
    mount: &Arc<Mount>,
    arrived: Arrived,
    caller: &Arc<Caller>,
    request_id: &str,
) -> Result<Answered, Problem> {
    let ids = new_ids();
    for _ in 0..TRIES_MAX {
        let now = app.clock.now();
        let Some(question) = arrived.question(now) else {
            // without an identity there can be no receipt, so nothing wins over the findings
            let refused = arrived.refused().ok_or_else(|| Failure::Bug("a message without identity was not refused".to_owned()))?;
            return Err(refused.into());
        };
        let known = app.store.known(question).await?;
        let cx = Context { caller, now, ids: &ids, request_id };
        let accepted = match decide(mount, &arrived, &known, &cx) {
            Decided::Replay { status, answer } => {
                return Ok(Answered { status, answer, verdict: Verdict::Replayed, action: "" });
            }
            Decided::Refused(refused) => return Err(refused.into()),
            Decided::Accept(accepted) => accepted,
        };
        let answer = accepted.answer_json().to_vec();
        let began = Instant::now();
        match app.store.commit(accepted.batch).await? {
            Committed::Done => {
                app.metrics.commit_time.observe(began.elapsed());
                let (status, action) = (accepted.status, accepted.action.as_str());
                return Ok(Answered { status, answer, verdict: Verdict::Accepted, action });
            }
            Committed::Outdated => {}
        }
    }
    Err(Failure::Contended(TRIES_MAX).into())
}

fn new_ids() -> NewIds {
    NewIds {
        message: MessageId(ordered_id()),
        referral: ReferralId(ordered_id()),
        answer_bundle: random_id(),
        answer_header: random_id(),
        answer_outcome: random_id(),
    }
}

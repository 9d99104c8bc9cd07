//! The loop around the rules: ask, decide, commit, and again when what was decided is outdated.

use std::{sync::Arc, time::Instant};

use baton_dialects::{Arrived, Context, Made, Mount, NewIds, Verdict as Decided, bridge, settle as decide};
use baton_exchange::{
    access::{Caller, Reach},
    decision::Change,
    id::{MessageId, ReferralId},
};
use baton_store::Committed;

use crate::{
    app::App,
    clock::{ordered_id, random_id},
    failure::Failure,
    http::refuse::Problem,
    metrics::Verdict,
    work::{Room, aside},
};

/// How often a decision may turn out to be outdated. Each time another sender was faster, so somebody makes progress; this many
/// may change one referral at the same time before the last of them is told to come back.
const TRIES_MAX: u32 = 256;

/// A message with its answer.
pub(super) struct Answered {
    /// HTTP status.
    pub(super) status: u16,
    /// The answer as compact FHIR JSON, as the receipt keeps it where there is one; empty without an answer.
    pub(super) answer: Vec<u8>,
    pub(super) verdict: Verdict,
    /// What was done, as a word for counters; empty for a replay.
    pub(super) action: &'static str,
    /// The resource that was made or changed, where one was asked for by its address.
    pub(super) made: Option<Made>,
    /// The referral that it was about, as far as there is one.
    pub(super) referral: Option<ReferralId>,
    /// Whether its commit wrote a line of the audit.
    pub(super) is_told: bool,
}

/// What a decision needs besides the message and what is known of it.
pub(super) struct By {
    pub(super) mount: Arc<Mount>,
    pub(super) caller: Arc<Caller>,
    /// How far it may write.
    pub(super) reach: Reach,
    pub(super) ids: NewIds,
    pub(super) request_id: String,
    /// Whether to decide beside the threads that serve connections.
    pub(super) large: bool,
}

/// Settles a message. What is refused changes nothing. An answer that needs more room than there is for the message has it before anything
/// is done.
pub(super) async fn settle(
    app: &App,
    arrived: Arrived,
    by: By,
    mut room: Option<&mut Room>,
) -> Result<Answered, Problem> {
    let (arrived, by) = (Arc::new(arrived), Arc::new(by));
    for _ in 0..TRIES_MAX {
        let now = app.clock.now();
        let Some(question) = arrived.question(now) else {
            // without an identity there can be no receipt, so nothing wins over the findings
            let refused = arrived
                .refused()
                .ok_or_else(|| Failure::Bug("a message without identity was not refused".to_owned()))?;
            return Err(refused.into());
        };
        let known = app.store.known(question).await?;
        let seen = known.by_envelope.as_ref().map(|receipt| receipt.referral);
        let (message, sender) = (arrived.clone(), by.clone());
        let decided = aside(app, Some(&by.caller.partner), by.large, move || {
            let By { mount, caller, reach, ids, request_id, .. } = &*sender;
            decide(mount, &message, &known, &Context { caller, reach, now, ids, request_id })
        });
        let mut accepted = match decided.await? {
            Decided::Replay { status, answer } => {
                return Ok(Answered {
                    status,
                    answer,
                    verdict: Verdict::Replayed,
                    action: "",
                    made: None,
                    referral: seen,
                    is_told: false,
                });
            }
            Decided::Refused(refused) => return Err(refused.into()),
            Decided::Accept(accepted) => accepted,
        };
        if let Some(to) = app.exchange(&by.mount.exchange).and_then(|exchange| exchange.bridge.clone()) {
            bridge::carry(&arrived, &mut accepted, &to);
        }
        let answer = accepted.answer_json().into_owned();
        room.as_mut().map_or(Ok(()), |room| room.grow(app, answer.len()))?;
        let is_told = accepted.batch.changes.iter().any(|change| matches!(change, Change::PutAudit(_)));
        let began = Instant::now();
        let turn = app.commits.place(&by.caller.partner).await;
        let committed = app.commit(accepted.batch).await;
        drop(turn);
        match committed? {
            Committed::Done => {
                app.metrics.commit_time.observe(began.elapsed());
                let (status, action) = (accepted.status, accepted.action.as_str());
                // what is kept until its referral comes may be refused all the same
                let verdict = if status < 400 { Verdict::Accepted } else { Verdict::Refused };
                return Ok(Answered {
                    status,
                    answer,
                    verdict,
                    action,
                    made: accepted.made,
                    referral: Some(accepted.referral),
                    is_told,
                });
            }
            Committed::Outdated => {}
        }
    }
    Err(Failure::Contended(TRIES_MAX).into())
}

/// Ids for what one message may write. They may be tried again, because what is outdated is not written.
pub(super) fn new_ids() -> NewIds {
    NewIds {
        message: MessageId(ordered_id()),
        referral: ReferralId(ordered_id()),
        answer_bundle: random_id(),
        answer_header: random_id(),
        answer_outcome: random_id(),
    }
}

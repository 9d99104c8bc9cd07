//! Replaces a referral in full, or takes it back.

use super::{Decision, Referral, ReferralState, Statement, is_same_patient, patient::remembered};
use crate::{audit::AuditAction, decision::Assert, refusal::Refusal, time::Timestamp};

/// Replaces what a referral says.
///
/// # Errors
/// [`Refusal::UnknownReferral`], [`Refusal::ReferralOver`], [`Refusal::OtherPatient`] or [`Refusal::Outdated`], in this
/// order. Source: docs/dialects/netsmart.md, "updates".
pub fn update(known: Option<&Referral>, statement: &Statement, now: Timestamp) -> Result<Decision, Refusal> {
    next(known, statement, now, ReferralState::Active, AuditAction::Updated)
}

/// Takes a referral back: the guide has no event for it, an update whose request is `revoked` or `entered-in-error` says
/// so. What that update carries replaces the referral like any other.
///
/// # Errors
/// As [`update`].
pub fn cancel(known: Option<&Referral>, statement: &Statement, now: Timestamp) -> Result<Decision, Refusal> {
    next(known, statement, now, ReferralState::Cancelled, AuditAction::Cancelled)
}

fn next(
    known: Option<&Referral>,
    statement: &Statement,
    now: Timestamp,
    state: ReferralState,
    action: AuditAction,
) -> Result<Decision, Refusal> {
    let Some(known) = known else {
        return Err(Refusal::UnknownReferral { request_id: statement.request_id.clone() });
    };
    if known.state == ReferralState::Cancelled {
        return Err(Refusal::ReferralOver);
    }
    if !is_same_patient(&known.patient, &statement.patient) {
        return Err(Refusal::OtherPatient);
    }
    if is_older(statement, known) {
        return Err(Refusal::Outdated);
    }
    let assert = Assert::ReferralAt { home: known.home, id: known.id, version: known.version };
    let referral = Referral {
        patient: remembered(&known.patient, &statement.patient),
        state,
        version: known.version + 1,
        // a message that does not say its time must not make room for one that is older than what is stored
        sent: statement.sent.or(known.sent),
        changed: statement.changed.or(known.changed),
        updated: now,
        ..known.clone()
    };
    Ok(Decision { assert, referral, action })
}

/// Compares what both messages say: when they were made, or else when their requests were changed.
fn is_older(statement: &Statement, known: &Referral) -> bool {
    match (statement.sent, known.sent) {
        (Some(now), Some(before)) => now < before,
        _ => statement.changed.zip(known.changed).is_some_and(|(now, before)| now < before),
    }
}

//! Opens a referral.

use super::{Decision, Referral, ReferralState, Statement};
use crate::{audit::AuditAction, decision::Assert, id::ReferralId, refusal::Refusal, time::Timestamp};

/// Opens a referral under an id that is new.
///
/// # Errors
/// [`Refusal::ReferralExists`] when its source has submitted this ServiceRequest before, cancelled or not: what is known
/// is changed by updates. Source: docs/dialects/netsmart.md, "updates".
pub fn submit(
    known: Option<&Referral>,
    statement: &Statement,
    id: ReferralId,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if known.is_some() {
        return Err(Refusal::ReferralExists { request_id: statement.request_id.clone() });
    }
    let assert = Assert::NoReferral { home: statement.home, request_id: statement.request_id.clone() };
    let referral = Referral {
        id,
        home: statement.home,
        exchange: statement.exchange.clone(),
        source: statement.source.clone(),
        request_id: statement.request_id.clone(),
        patient: statement.patient.clone(),
        state: ReferralState::Active,
        version: 1,
        sent: statement.sent,
        changed: statement.changed,
        updated: now,
        course: None,
    };
    Ok(Decision { assert, referral, action: AuditAction::Submitted })
}

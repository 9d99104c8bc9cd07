//! A database that was restored from a copy, beside the key file of today: what was revoked after the copy was made is in it as
//! if it were alive. Its keys say otherwise, for a destroyed key stays destroyed; so they are the ledger of revocations.
//! Source: spec of security, 6.3 (9) and 6.4 R7.

use baton_exchange::{
    audit::{Actor, AuditAction, AuditRecord, Audited},
    decision::{Assert, Batch, Change},
    id::{Home, MessageId, ReferralId},
    referral::{Referral, ReferralState},
    time::Timestamp,
};

use crate::{Committed, Page, ReferralQuestion, Store, StoreError};

/// The request id of the audit's lines.
const RESTORED: &str = "restored";

/// Somebody whose key was destroyed and who stands in the database as alive: a referral, or a message that waits for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keyless {
    /// Where it lives.
    pub home: Home,
    /// Its id.
    pub id: [u8; 16],
}

/// Clears once more whatever was cleared after this copy of the database was made, and says how many referrals that were.
/// To be done before anything is served; where nothing was restored it finds nothing to do. The key file of another database has
/// destroyed keys, too: with one a store does not open, since the database has the fingerprint of its own.
///
/// # Errors
///
/// As of any question and commit.
pub async fn clear_again(store: &dyn Store, now: Timestamp) -> Result<u64, StoreError> {
    let mut cleared = 0;
    for Keyless { home, id } in store.keyless().await? {
        let question = ReferralQuestion { id: Some(ReferralId(id)), ..ReferralQuestion::all(home) };
        let (found, _) = store.referrals(question, Page { size: 1, after: None }).await?;
        let Some(listed) = found.into_iter().next() else {
            let changes = vec![Change::DropOrphans { home, ids: vec![MessageId(id)] }];
            store.commit(Batch { asserts: Vec::new(), changes }).await?;
            continue;
        };
        // another process that starts at the same time may be faster
        if store.commit(revoke(listed.referral, now)).await? == Committed::Done {
            cleared += 1;
        }
    }
    Ok(cleared)
}

/// As the revoke did it then. Who withdrew it is no longer known, and everybody has been told.
fn revoke(mut referral: Referral, now: Timestamp) -> Batch {
    let (home, id, version) = (referral.home, referral.id, referral.version);
    referral.version += 1;
    referral.state = ReferralState::Revoked;
    referral.updated = now;
    referral.patient.clear();
    referral.changed = None;
    if let Some(course) = &mut referral.course {
        course.clear();
    }
    let line = AuditRecord {
        home,
        at: now,
        exchange: referral.exchange.clone(),
        partner: None,
        actor: Actor::default(),
        message: MessageId(id.0),
        request_id: RESTORED.to_owned(),
        query: None,
        what: Audited::Referral { action: AuditAction::Revoked, referral: id },
    };
    Batch {
        asserts: vec![Assert::ReferralAt { home, id, version }],
        changes: vec![Change::Erase { home, referral: id }, Change::PutReferral(referral), Change::PutAudit(line)],
    }
}

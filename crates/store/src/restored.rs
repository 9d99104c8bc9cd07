//! A database that was restored from a copy, beside the key file of today: what was revoked after the copy was made is in it as
//! if it were alive. Its keys say otherwise, for a destroyed key stays destroyed; so they are the ledger of revocations.
//! Source: spec of security, 6.3 (9) and 6.4 R7.

use std::collections::{BTreeSet, HashSet};

use baton_exchange::{
    audit::{AuditAction, AuditRecord, Audited},
    decision::{Assert, Batch, Change},
    id::{Home, MessageId, ReferralId},
    message::{CaseNames, MessageQuestion, ReceiptKey},
    referral::{Referral, ReferralState},
    time::Timestamp,
};

use crate::{Committed, Page, ReferralQuestion, Store, StoreError};

/// How many referrals are listed at once.
const PAGE_SIZE: u32 = 500;

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
/// destroyed keys, too: so nothing is cleared unless a living referral can be read with the keys that are here.
///
/// # Errors
///
/// `Corrupt` when the key file is that of another database, or when there is nothing by which that could be told; and as of any
/// question and commit.
pub async fn clear_again(store: &dyn Store, now: Timestamp) -> Result<u64, StoreError> {
    let keyless = store.keyless().await?;
    prove_keys(store, &keyless).await?;
    let mut cleared = 0;
    for Keyless { home, id } in keyless {
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

/// Reads a living referral, if there is something to clear. What is sealed opens with its own key and no other.
async fn prove_keys(store: &dyn Store, keyless: &[Keyless]) -> Result<(), StoreError> {
    let gone: HashSet<[u8; 16]> = keyless.iter().map(|one| one.id).collect();
    let homes: BTreeSet<Home> = keyless.iter().map(|one| one.home).collect();
    for home in &homes {
        let mut after = None;
        loop {
            let page = Page { size: PAGE_SIZE, after };
            let (listed, next) = store.referrals(ReferralQuestion::all(*home), page).await?;
            for referral in listed.into_iter().map(|listed| listed.referral).filter(|it| may_prove(it, &gone)) {
                let cases = store.known(by_id(&referral)).await?.cases;
                if cases.iter().any(|case| !case.resources.is_empty()) {
                    return Ok(());
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    if homes.is_empty() {
        return Ok(());
    }
    Err(StoreError::Corrupt(
        "no living referral can be read with this key file: it may be that of another database".into(),
    ))
}

/// Whether a referral lives, by itself, and is not among those without a key.
fn may_prove(referral: &Referral, gone: &HashSet<[u8; 16]>) -> bool {
    let links = referral.course.as_ref().map(|course| &course.links);
    let is_alone = links.is_none_or(|links| links.replaces.is_none() && links.replaced_by.is_none());
    referral.state != ReferralState::Revoked && is_alone && !gone.contains(&referral.id.0)
}

fn by_id(referral: &Referral) -> MessageQuestion {
    MessageQuestion {
        home: referral.home,
        envelope: ReceiptKey([0; 16]),
        message: None,
        request_id: None,
        names: Some(CaseNames { id: Some(referral.id), ..CaseNames::default() }),
        now: referral.updated,
    }
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
        message: MessageId(id.0),
        request_id: RESTORED.to_owned(),
        what: Audited::Referral { action: AuditAction::Revoked, referral: id },
    };
    Batch {
        asserts: vec![Assert::ReferralAt { home, id, version }],
        changes: vec![Change::Erase { home, referral: id }, Change::PutReferral(referral), Change::PutAudit(line)],
    }
}

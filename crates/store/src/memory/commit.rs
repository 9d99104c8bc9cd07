//! Writes a batch when its asserts hold.

use baton_exchange::{
    access::{AccessChange, Account},
    decision::{Assert, Batch, Change},
    id::Home,
    message::Receipt,
    notice::Notice,
    pointer::PointerName,
    referral::Referral,
    time::Timestamp,
};

use super::{State, has_key, notice::Queued};
use crate::{
    Committed, StoreError,
    batch::{FORGET_MAX, home_of},
};

pub(super) fn commit(state: &mut State, batch: Batch) -> Result<Committed, StoreError> {
    let home = home_of(&batch)?;
    for assert in &batch.asserts {
        if !holds(state, home, assert)? {
            return Ok(Committed::Outdated);
        }
    }
    for change in batch.changes {
        if !apply(state, change)? {
            return Ok(Committed::Outdated);
        }
    }
    Ok(Committed::Done)
}

fn holds(state: &State, home: Option<Home>, assert: &Assert) -> Result<bool, StoreError> {
    Ok(match assert {
        Assert::NoReceipt { keys, now } => {
            let home = home.ok_or_else(|| StoreError::Bug("a batch whose rows have no home".into()))?;
            state.receipt(home, *now, |receipt| keys.iter().any(|key| has_key(receipt, *key))).is_none()
        }
        Assert::NoReferral { home, request_id } => {
            state.referral(*home, |referral| referral.request_id == *request_id).is_none()
        }
        Assert::NoNames { home, names, seen, orphans, now } => state.none_has_names(*home, names, seen, orphans, *now),
        Assert::ReferralAt { home, id, version } => {
            state.referral(*home, |referral| referral.id == *id && referral.version == *version).is_some()
        }
        Assert::NoPointer { home, subject, master } => {
            state.pointer(&PointerName::Master { home: *home, subject: *subject, master: *master }).is_none()
        }
        Assert::PointerAt { home, id, version } => {
            let pointer = state.pointer(&PointerName::Id { home: *home, id: *id });
            pointer.is_some_and(|pointer| pointer.version == *version)
        }
    })
}

/// False when what is there does not let the change be made: another commit was first.
fn apply(state: &mut State, change: Change) -> Result<bool, StoreError> {
    match change {
        Change::PutReceipt(receipt) => return Ok(put_receipt(state, receipt)),
        Change::PutReferral(referral) => return Ok(put_referral(state, referral)),
        Change::ReplaceResources { home, referral, at, resources } => {
            state.replace_resources(home, referral, at, resources);
        }
        Change::PutResources { home, referral, at, resources, left_out } => {
            state.put_resources(home, referral, at, resources, &left_out)?;
        }
        Change::PutNames { home, referral, names } => state.put_names(home, referral, names),
        Change::PutOrphan(orphan) => state.put_orphan(orphan),
        Change::DropOrphans { home, ids } => state.drop_orphans(home, &ids),
        Change::Erase { home, referral } => state.erase(home, referral)?,
        Change::PutPointer(pointer) => return Ok(state.put_pointer(pointer)),
        Change::AdoptPointer(pointer) => return Ok(state.adopt_pointer(pointer)),
        Change::PutNotice(notice) => put_notice(state, notice)?,
        Change::Redact(lines) => return Ok(state.redact(&lines)),
        Change::PutAudit(record) => state.audit.push(record),
        Change::Access(change) => return Ok(put_access(state, change)),
        Change::ForgetExpired(before) => forget_expired(state, before),
    }
    Ok(true)
}

fn put_receipt(state: &mut State, receipt: Receipt) -> bool {
    let same = |other: &Receipt| {
        other.home == receipt.home
            && (other.identity.envelope == receipt.identity.envelope
                || (receipt.identity.message.is_some() && other.identity.message == receipt.identity.message))
    };
    if state.receipts.iter().any(|other| same(other) && other.expires > receipt.received) {
        return false;
    }
    state.receipts.retain(|other| !same(other));
    state.receipts.push(receipt);
    true
}

fn put_referral(state: &mut State, referral: Referral) -> bool {
    let taken = |other: &Referral| other.request_id == referral.request_id && other.id != referral.id;
    if state.referral(referral.home, taken).is_some() {
        return false;
    }
    let same = |other: &&mut Referral| other.home == referral.home && other.id == referral.id;
    match state.referrals.iter_mut().find(same) {
        None => state.referrals.push(referral),
        Some(earlier) if earlier.version + 1 == referral.version => *earlier = referral,
        Some(_) => return false,
    }
    true
}

fn put_access(state: &mut State, change: AccessChange) -> bool {
    match change {
        AccessChange::PutToken(token) => {
            state.tokens.retain(|other| other.hash != token.hash);
            state.tokens.push(token);
        }
        AccessChange::DropToken(hash) => state.tokens.retain(|token| token.hash != hash),
        AccessChange::PutTicket(ticket) => {
            let before = state.tickets.iter().find(|other| other.key == ticket.key).map_or(0, |other| other.version);
            if before + 1 != ticket.version {
                return false;
            }
            state.tickets.retain(|other| other.key != ticket.key);
            state.tickets.push(ticket);
        }
        AccessChange::PutAccount(account) => {
            let same = |other: &Account| other.login == account.login;
            let before = state.accounts.iter().find(|other| same(other)).map_or(0, |other| other.version);
            let is_taken = |other: &Account| other.elsewhere.is_some() && other.elsewhere == account.elsewhere;
            if before + 1 != account.version || state.accounts.iter().any(|other| !same(other) && is_taken(other)) {
                return false;
            }
            state.accounts.retain(|other| !same(other));
            state.accounts.push(account);
        }
        AccessChange::EndFamily(family) => {
            state.tokens.retain(|token| token.family != Some(family));
            state.tickets.retain(|ticket| ticket.family != Some(family));
        }
    }
    true
}

fn put_notice(state: &mut State, notice: Notice) -> Result<(), StoreError> {
    if state.notices.iter().any(|queued| queued.notice.id == notice.id) {
        return Err(StoreError::Bug("a notice with the id of another".into()));
    }
    state.notices.push(Queued::new(notice));
    Ok(())
}

fn forget_expired(state: &mut State, before: Timestamp) {
    forget(&mut state.receipts, before, |receipt| receipt.expires);
    forget(&mut state.orphans, before, |orphan| orphan.expires);
    forget(&mut state.tokens, before, |token| token.expires);
    forget(&mut state.tickets, before, |ticket| ticket.expires);
}

/// Whether there is anything for [`forget_expired`].
pub(super) fn is_anything_expired(state: &State, before: Timestamp) -> bool {
    let receipts = state.receipts.iter().map(|receipt| receipt.expires);
    let orphans = state.orphans.iter().map(|orphan| orphan.expires);
    let tokens = state.tokens.iter().map(|token| token.expires);
    let tickets = state.tickets.iter().map(|ticket| ticket.expires);
    receipts.chain(orphans).chain(tokens).chain(tickets).any(|expires| expires <= before)
}

/// Takes the first expired ones away, by the moment at which they expired.
fn forget<T>(rows: &mut Vec<T>, before: Timestamp, expires: impl Fn(&T) -> Timestamp) {
    let mut moments: Vec<Timestamp> = rows.iter().map(&expires).filter(|moment| *moment <= before).collect();
    moments.sort();
    moments.truncate(FORGET_MAX);
    let Some(last) = moments.last().copied() else { return };
    let mut left = moments.len();
    rows.retain(|row| {
        let goes = left > 0 && expires(row) <= last;
        left -= usize::from(goes);
        !goes
    });
}

//! Everything that one message writes, in one batch: its receipt, what changed, what is told, the audit.
//! Source: design, "One commit carries everything"; spec of Ontario, 1.4 step 11.

use baton_exchange::{
    audit::{AuditAction, AuditRecord, Audited},
    decision::{Assert, Batch, Change},
    id::ReferralId,
    message::Receipt,
    resource::IndexKey,
};
use baton_fhir::{json, tree::Tree};

use super::{
    desk::Desk,
    event::Meant,
    events::Meaning,
    message::Checked,
    reply,
    settle::{Effect, clear},
    tell,
};
use crate::{Accepted, Arrived, Made, Refused, Way};

/// Answers a message that was put into effect on the desk.
pub(super) fn answered(
    desk: Desk<'_>,
    arrived: &Arrived,
    checked: &Checked<'_>,
    meant: Option<Meant>,
    effect: &Effect,
) -> Result<Accepted, Refused> {
    let (status, answer) = reply::answer(&desk, checked, meant, effect);
    let referral = effect.case.map(|place| desk.cases[place].referral.id);
    let mut batch = Batch::default();
    let receipt =
        referral.and_then(|referral| receipt(&desk, arrived, checked, meant, referral, status, answer.as_ref()));
    if let Some(receipt) = &receipt {
        let identity = &receipt.identity;
        let keys = [Some(identity.envelope), identity.message].into_iter().flatten().collect();
        batch.asserts.push(Assert::NoReceipt { keys, now: desk.cx.now });
    }
    if effect.case.is_some_and(|place| desk.cases[place].is_new()) {
        batch.asserts.push(no_names(&desk, checked.names.sure()));
    }
    batch.asserts.extend(names_that_are_new(&desk, &checked.names.sure()));
    let warnings = desk.findings.len();
    let action = effect.action;
    write(desk, &mut batch, receipt, action, referral);
    let referral = referral.unwrap_or(ReferralId([0; 16]));
    Ok(Accepted { batch, status, answer, action, referral, warnings, made: None })
}

/// Answers work on one resource.
pub(super) fn worked(desk: Desk<'_>, place: usize, effect: &Effect, answer: Tree, made: Made) -> Accepted {
    let referral = desk.cases[place].referral.id;
    let mut batch = Batch::default();
    let warnings = desk.findings.len();
    let (status, action) = (if made.is_new { 201 } else { 200 }, effect.action);
    write(desk, &mut batch, None, action, Some(referral));
    Accepted { batch, status, answer: Some(answer), action, referral, warnings, made: Some(made) }
}

/// Writes what a partner's answer said of a referral, and that it said so: there is nothing to answer.
pub(super) fn replied(desk: Desk<'_>, referral: ReferralId, action: AuditAction, names: &[IndexKey]) -> Accepted {
    let mut batch = Batch::default();
    batch.asserts.extend(names_that_are_new(&desk, names));
    write(desk, &mut batch, None, action, Some(referral));
    Accepted { batch, status: 204, answer: None, action, referral, warnings: 0, made: None }
}

/// Adds all that the desk holds. What is cleared is cleared first, so that what is written about the clearing stays.
fn write(
    mut desk: Desk<'_>,
    batch: &mut Batch,
    receipt: Option<Receipt>,
    action: AuditAction,
    referral: Option<ReferralId>,
) {
    let notices = tell::notices(&desk);
    let home = desk.home();
    for erased in std::mem::take(&mut desk.erased) {
        clear(&mut desk, erased);
        batch.changes.push(Change::Erase { home, referral: erased });
    }
    if let Some(referral) = referral {
        batch.changes.push(Change::PutAudit(AuditRecord {
            home,
            at: desk.cx.now,
            exchange: desk.mount.exchange.clone(),
            partner: Some(desk.cx.caller.partner.clone()),
            actor: desk.cx.caller.actor(),
            message: desk.cx.ids.message,
            request_id: desk.cx.request_id.to_owned(),
            query: None,
            what: Audited::Referral { action, referral },
        }));
    }
    batch.changes.extend(receipt.map(Change::PutReceipt));
    for case in std::mem::take(&mut desk.cases) {
        if case.is_changed() {
            batch.asserts.extend(case.assert());
        }
        batch.changes.extend(case.into_changes(desk.mount, desk.cx.now));
    }
    batch.changes.extend(notices.into_iter().map(Change::PutNotice));
    if !desk.settled.is_empty() {
        batch.changes.push(Change::DropOrphans { home, ids: desk.settled });
    }
}

/// What waits under a name that a referral is given is put into effect with it, or was seen not to be meant.
fn names_that_are_new(desk: &Desk<'_>, sure: &[IndexKey]) -> Option<Assert> {
    let given = desk.cases.iter().filter(|case| !case.is_new()).flat_map(|case| case.names());
    let names: Vec<_> = given.filter(|name| sure.contains(name)).copied().collect();
    (!names.is_empty()).then(|| no_names(desk, names))
}

/// A name that the message gives to its referral leads to no other that it was not compared with.
fn no_names(desk: &Desk<'_>, names: Vec<IndexKey>) -> Assert {
    Assert::NoNames {
        home: desk.home(),
        names,
        seen: desk.seen(),
        orphans: desk.seen_orphans.clone(),
        now: desk.cx.now,
    }
}

/// What is remembered of a message. Of a revocation it is the answer alone: its body is what is to be cleared.
fn receipt(
    desk: &Desk<'_>,
    arrived: &Arrived,
    checked: &Checked<'_>,
    meant: Option<Meant>,
    referral: ReferralId,
    status: u16,
    answer: Option<&Tree>,
) -> Option<Receipt> {
    let message = arrived.message.as_ref().filter(|_| arrived.way == Way::Operation)?;
    let mut written = Vec::new();
    if let Some(answer) = answer {
        json::write(answer.root(), &mut written);
    }
    let is_revoke = meant.is_some_and(|meant| meant.meaning == Meaning::Revoke);
    Some(Receipt {
        id: desk.cx.ids.message,
        home: desk.home(),
        exchange: desk.mount.exchange.clone(),
        sender: checked.sender.clone(),
        referral,
        event: checked.heard.code.clone(),
        identity: message.identity.clone(),
        request: if is_revoke { Vec::new() } else { arrived.body.clone() },
        status,
        answer: written,
        received: desk.cx.now,
        expires: desk.cx.now.plus_secs(desk.mount.reliable_cache_secs),
    })
}

//! A target's answer takes effect: its Task moves the referral, its numbers name it, and the answer to a withdrawal says that the
//! target has cleared it, too.
//! Source: spec of Ontario, 1.2 and 1.5; spec of security, 6.3.

use baton_exchange::{
    audit::AuditAction,
    id::ReferralId,
    message::Known,
    referral::{Deed, may_do},
    refusal::Refusal,
    resource::IndexKey,
    time::Timestamp,
};
use baton_fhir::{bundle::Bundle, canonical::content_hash, reference::Index, tree::Node};

use super::{
    Hindered, orphan,
    turn::{advance, kept_beside, put_beside},
};
use crate::{
    Accepted, Arrived, Context, Dialect, Mount, Refused,
    ontario::{
        desk::{Desk, Said},
        keep::{Kept, Side, copy_of},
        replied::{Answers, answers, given, request_in, task_of},
        task::{self, add_identifiers, task_id},
        written,
    },
    refuse,
};

/// What was answered.
pub(super) struct To<'t> {
    pub(super) referral: ReferralId,
    pub(super) event: &'t str,
    /// When it was written.
    pub(super) told: Timestamp,
}

pub(super) fn settle(
    mount: &Mount,
    arrived: &Arrived,
    known: &Known,
    cx: &Context<'_>,
    to: &To<'_>,
) -> Result<Accepted, Refused> {
    let no = |refusal: Refusal| refuse(Dialect::Ontario, &refusal);
    let mut desk = Desk::of(mount, cx, known).ok_or_else(|| no(Refusal::RequestInvalid))?;
    let found = known.cases.iter().find(|case| case.referral.id == to.referral);
    let part = found.and_then(|case| case.referral.course.as_ref()?.part_of(&cx.caller.partner));
    let part = part.ok_or_else(|| no(Refusal::NoSuchResource))?;
    may_do(part, Deed::Move).map_err(no)?;
    let (action, names) = match (answers(to.event), desk.place_of(to.referral)) {
        (Answers::Clearing, _) => (AuditAction::Acknowledged, Vec::new()),
        (Answers::Work, Some(case)) => match take(&mut desk, arrived, known, case, to.told) {
            Ok(taken) => taken,
            Err(Hindered::Refused(refusal)) => return Err(no(refusal)),
            Err(Hindered::Faulty(refused)) => return Err(refused),
            Err(Hindered::Unknown { .. }) => return Err(no(Refusal::NoSuchResource)),
        },
        // it was withdrawn while the answer was on its way
        (Answers::Work, None) => return Err(no(Refusal::Gone)),
        (Answers::Nothing, _) => (AuditAction::Heard, Vec::new()),
    };
    Ok(written::replied(desk, to.referral, action, &names))
}

/// Takes from an answer what the target says in it. Gives the names under which the target may have said something before.
fn take(
    desk: &mut Desk<'_>,
    arrived: &Arrived,
    known: &Known,
    case: usize,
    told: Timestamp,
) -> Result<(AuditAction, Vec<IndexKey>), Hindered> {
    let Some(bundle) = arrived.tree.as_ref().and_then(|tree| Bundle::of(tree.root())) else {
        return Ok((AuditAction::Heard, Vec::new()));
    };
    let index = Index::new(&bundle);
    let partner = &desk.cx.caller.partner;
    let task = task_of(&index);
    let at = said_at(&bundle, task.and_then(|at| index.entries()[at].resource), told).min(desk.cx.now);
    let said = Said { by: partner, at };
    let names = given(desk.mount, partner, &index);
    desk.cases[case].add_names(names.all);
    desk.cases[case].hear_addresses(&index, partner);
    add_numbers(desk, case, &index);
    let action = match task {
        Some(at) => take_task(desk, &index, case, at, said)?,
        None => AuditAction::Heard,
    };
    // what the target said under its own number before anybody here knew that number
    orphan::settle(desk, case, known);
    Ok((action, names.sure))
}

/// When an answer was made: as it says, but never before what it answers was written, whatever the clock of the target is.
/// It does not depend on when it arrives: the same answer may come again, after later words of the target.
fn said_at(bundle: &Bundle<'_>, task: Option<Node<'_>>, told: Timestamp) -> Timestamp {
    let of_task = || task.and_then(|task| task.str("lastModified"));
    let updated = || bundle.node().at(&["meta", "lastUpdated"]).and_then(Node::as_str);
    let said = bundle.timestamp().or_else(of_task).or_else(updated).and_then(Timestamp::parse);
    said.map_or(told, |said| said.max(told))
}

/// The target's numbers stand beside those of the source, and go back with all that is told.
fn add_numbers(desk: &mut Desk<'_>, case: usize, index: &Index<'_>) {
    let standing = &mut desk.cases[case];
    let said = request_in(index).and_then(|at| index.entries()[at].resource);
    let (Some(said), Some(request)) = (said, standing.request()) else { return };
    let mut tree = copy_of(request.tree.root());
    add_identifiers(&mut tree, said);
    let id = standing.request_id();
    standing.put(Kept { resource_type: "ServiceRequest".to_owned(), id, tree });
}

fn take_task(
    desk: &mut Desk<'_>,
    index: &Index<'_>,
    case: usize,
    at: usize,
    said: Said<'_>,
) -> Result<AuditAction, Hindered> {
    let standing = &desk.cases[case];
    let id = task_id(standing.referral.id);
    let (Some(task), beside) = kept_beside(standing, index, request_in(index), at, &id, Side::Target) else {
        return Ok(AuditAction::Heard);
    };
    let before = standing.get("Task", &id).map(|held| held.tree.root());
    if !is_news(before, task.tree.root()) {
        keep_quietly(desk, case, &task, beside, said);
        return Ok(AuditAction::Heard);
    }
    let is_moved = advance(desk, case, task, beside, said)?;
    Ok(if is_moved { AuditAction::Moved } else { AuditAction::Heard })
}

/// Whether a Task says more than that the referral has arrived, which the source was told already.
fn is_news(before: Option<Node<'_>>, now: Node<'_>) -> bool {
    let differs = |name: &str| match (before.and_then(|before| before.get(name)), now.get(name)) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(now)) => content_hash(before) != content_hash(now),
    };
    ["status", "statusReason", "businessStatus", "description", "output", "note"].into_iter().any(differs)
}

/// Takes over what only the target and its numbers gain by, such as identifiers and its owner there.
fn keep_quietly(desk: &mut Desk<'_>, case: usize, task: &Kept, beside: Vec<Kept>, said: Said<'_>) {
    let standing = &mut desk.cases[case];
    let what = format!("Task/{}", task.id);
    if !standing.course.stamps.takes_whole(&what, said.at) {
        return;
    }
    let task = task::said(standing, &task.tree, said.at);
    put_beside(standing, beside, said);
    standing.course.stamps.put_whole(&what, said.at);
    standing.put(task);
}

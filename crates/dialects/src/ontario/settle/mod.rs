//! Decides what becomes of a message that is new and in order.
//! Source: spec of Ontario, 1.1 and 1.4 to 1.7.

mod book;
mod change;
mod correct;
mod forward;
mod orphan;
mod record;
mod replied;
mod revoke;
mod submit;
mod turn;
mod write;

pub(super) use book::put as put_appointment;
pub(super) use revoke::clear;
pub(super) use turn::{advance, put_task};

use baton_exchange::{
    audit::AuditAction,
    message::{Known, KnownCase},
    referral::{Course, Deed, Part, ReferralState, may_do},
    refusal::Refusal,
};

use super::{
    desk::{Desk, Said},
    event::{self, Meant},
    events::{Meaning, Spelling},
    message::Checked,
    written,
};
use crate::{Accepted, Arrived, Context, Dialect, Mount, Refused, Way, refuse};

/// What a message did.
pub(super) struct Effect {
    pub(super) action: AuditAction,
    /// The referral that it was about, by its place on the desk.
    pub(super) case: Option<usize>,
}

/// Why a message has no effect.
pub(super) enum Hindered {
    /// The rules say no.
    Refused(Refusal),
    /// What it says cannot be put into effect, in words of our own.
    Faulty(Refused),
    /// Its referral is not here, or not for its sender to know of.
    Unknown {
        /// Whether there is none at all, so that it is worth to keep the message.
        is_absent: bool,
    },
}

impl From<Refusal> for Hindered {
    fn from(refusal: Refusal) -> Hindered {
        Hindered::Refused(refusal)
    }
}

pub(crate) fn settle(mount: &Mount, arrived: &Arrived, known: &Known, cx: &Context<'_>) -> Result<Accepted, Refused> {
    if let Way::Reply { referral, event, told } = &arrived.way {
        return replied::settle(mount, arrived, known, cx, &replied::To { referral: *referral, event, told: *told });
    }
    if !matches!(arrived.way, Way::Operation | Way::PutBundle | Way::PutRequest { .. }) {
        return super::work::settle(mount, arrived, known, cx);
    }
    let tree = arrived.tree.as_ref();
    let checked = tree.and_then(|tree| Checked::of(mount, &cx.caller.partner, &arrived.way, tree, cx.now));
    let (Some(mut checked), Some(mut desk)) = (checked, Desk::of(mount, cx, known)) else {
        return Err(refuse(Dialect::Ontario, &Refusal::RequestInvalid));
    };
    checked.info.clone_from(&arrived.referral_info);
    desk.findings.clone_from(&arrived.findings);
    match effect(&mut desk, &checked, &arrived.way, known) {
        Ok((meant, effect)) => written::answered(desk, arrived, &checked, meant, &effect),
        Err(Hindered::Refused(refusal)) => Err(refuse(Dialect::Ontario, &refusal)),
        Err(Hindered::Faulty(refused)) => Err(refused),
        Err(Hindered::Unknown { is_absent }) => orphan::keep(desk, arrived, &checked, known, is_absent),
    }
}

/// Puts a message into effect on the desk. Nothing of it is written yet.
fn effect(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    way: &Way,
    known: &Known,
) -> Result<(Option<Meant>, Effect), Hindered> {
    let heard = &checked.heard;
    let nothing = Effect { action: AuditAction::Heard, case: None };
    if !heard.is_about_a_referral() {
        return Ok((None, nothing));
    }
    let opens = |meaning| matches!(meaning, Meaning::Submit | Meaning::Launch | Meaning::Record);
    let first = heard.meant_by(None);
    if let Ok(Some((meant, spelling))) = &first
        && opens(meant.meaning)
    {
        note_spelling(desk, checked, *meant, *spelling);
        let effect = opening(desk, checked, known, *meant)?;
        return Ok((Some(*meant), effect));
    }
    let found = match find(desk, checked, known) {
        Ok(found) => found,
        // who may not send such a message at all hears that, and nothing of referrals
        Err(unknown) => return Err(first.err().map_or(unknown, Hindered::Refused)),
    };
    let Some((meant, spelling)) = heard.meant_by(Some(found.part))? else { return Ok((None, nothing)) };
    if opens(meant.meaning) {
        let effect = opening(desk, checked, known, meant)?;
        return Ok((Some(meant), effect));
    }
    if let Way::PutRequest { system, value } = way {
        change::agrees(checked, system.as_deref(), value)?;
    }
    note_spelling(desk, checked, meant, spelling);
    if found.known.referral.state == ReferralState::Revoked {
        return Err(Refusal::Gone.into());
    }
    let Some(case) = desk.place_of(found.known.referral.id) else { return Err(Refusal::Gone.into()) };
    may_do(found.part, deed(meant.meaning, found.part))?;
    let action = going_on(desk, checked, case, meant.meaning, found.part)?;
    if !desk.cases[case].names().is_empty() {
        // a name that it has from now on may be what others wait under
        orphan::settle(desk, case, known);
    }
    Ok((Some(meant), Effect { action, case: Some(case) }))
}

/// What is said of a referral that is here.
fn going_on(
    desk: &mut Desk<'_>,
    checked: &Checked<'_>,
    case: usize,
    meaning: Meaning,
    part: Part,
) -> Result<AuditAction, Hindered> {
    let said = Said { by: &checked.sender, at: checked.at };
    match meaning {
        Meaning::Change => change::change(desk, checked, case, said),
        Meaning::Correct => correct::correct(desk, checked, case, said),
        Meaning::TakeUp | Meaning::Move | Meaning::AddAppointment | Meaning::ChangeAppointment => {
            turn::turn(desk, checked, case, said)
        }
        Meaning::Ask | Meaning::Answer | Meaning::Write => write::write(desk, checked, case, said, part),
        Meaning::Revoke => Ok(revoke::revoke(desk, checked, case, said)),
        Meaning::Inform | Meaning::Report | Meaning::Ignored => Ok(AuditAction::Heard),
        Meaning::Submit | Meaning::Launch | Meaning::Record => Ok(AuditAction::Heard),
    }
}

fn opening(desk: &mut Desk<'_>, checked: &Checked<'_>, known: &Known, meant: Meant) -> Result<Effect, Hindered> {
    match meant.meaning {
        Meaning::Record => record::record(desk, checked, known),
        Meaning::Launch => submit::launch(desk, checked, known),
        _ => submit::submit(desk, checked, known),
    }
}

fn note_spelling(desk: &mut Desk<'_>, checked: &Checked<'_>, meant: Meant, spelling: Spelling) {
    if let (Spelling::Variant, Some(row)) = (spelling, meant.row) {
        desk.findings.push(event::spelling(&checked.heard, row));
    }
}

/// A referral that its sender may know of.
pub(super) struct Found<'k> {
    pub(super) known: &'k KnownCase,
    pub(super) part: Part,
}

/// Finds the referral that a message means, among those in which its sender has a part. Of a chain of referrals that replaced
/// one another the last one is meant.
pub(super) fn find<'k>(desk: &Desk<'_>, checked: &Checked<'_>, known: &'k Known) -> Result<Found<'k>, Hindered> {
    let sender = &checked.sender;
    let part = |case: &KnownCase| case.referral.course.as_ref().and_then(|course| course.part_of(sender));
    let is_source = known.cases.iter().any(|case| part(case) == Some(Part::Source));
    let sent_by = if is_source { Part::Source } else { Part::Target };
    let meant = checked.names.meant(desk, &known.cases, sent_by);
    let mine: Vec<&KnownCase> = meant.iter().copied().filter(|case| part(case).is_some()).collect();
    let last: Vec<&KnownCase> = mine.iter().copied().map(|case| last_of(case, known, &part)).collect();
    let Some(first) = last.first() else {
        return Err(Hindered::Unknown { is_absent: meant.is_empty() });
    };
    if last.iter().any(|other| other.referral.id != first.referral.id) {
        return Err(Refusal::SeveralReferrals.into());
    }
    let part = part(first).ok_or(Hindered::Unknown { is_absent: false })?;
    Ok(Found { known: first, part })
}

/// The referral that took the place of this one, as far as its sender has a part in it.
fn last_of<'k>(case: &'k KnownCase, known: &'k Known, part: &impl Fn(&KnownCase) -> Option<Part>) -> &'k KnownCase {
    let mut last = case;
    // a chain is no longer than what is known
    for _ in 0..known.cases.len() {
        let next = last.referral.course.as_ref().and_then(|course: &Course| course.links.replaced_by);
        let next = next.and_then(|id| known.cases.iter().find(|case| case.referral.id == id));
        match next.filter(|next| part(next).is_some()) {
            Some(next) => last = next,
            None => break,
        }
    }
    last
}

fn deed(meaning: Meaning, part: Part) -> Deed {
    match meaning {
        Meaning::Change => Deed::Change,
        Meaning::Correct => Deed::Correct,
        Meaning::TakeUp | Meaning::Move => Deed::Move,
        Meaning::AddAppointment | Meaning::ChangeAppointment => Deed::Book,
        Meaning::Ask => Deed::Ask,
        Meaning::Answer => Deed::Answer,
        Meaning::Write if part == Part::Source => Deed::Ask,
        Meaning::Write => Deed::Answer,
        Meaning::Revoke => Deed::Revoke,
        Meaning::Submit | Meaning::Launch | Meaning::Record | Meaning::Inform | Meaning::Report | Meaning::Ignored => {
            Deed::Inform
        }
    }
}

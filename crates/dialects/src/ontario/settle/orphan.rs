//! Messages whose referral is not here: kept, and put into effect when the referral comes.
//! Source: spec of Ontario, 1.4 step 5 and 15 rows 2 and 7; contract, "not even its existence is told".

use baton_exchange::{
    audit::AuditAction,
    decision::{Assert, Batch, Change},
    message::{Known, Orphan, ReceiptKey},
    referral::{Part, may_do},
    refusal::Refusal,
    resource::IndexKey,
};
use baton_fhir::{finding::Finding, format::Format, outcome::outcome};

use super::{change, correct, deed, turn, write};
use crate::{
    Accepted, Arrived, Dialect, Posted, Refused, Way,
    ontario::{
        desk::{Desk, Said},
        directory::Unknown,
        events::Meaning,
        identity::sent_by,
        message::Checked,
        rules,
    },
    refuse,
};

/// How long a message waits for its referral, in seconds.
const WAIT_SECS: i64 = 30 * 24 * 60 * 60;

/// Answers a message without a referral, and keeps it where there is none at all. Whether there is one that its sender may not
/// know of cannot be told from the answer.
pub(super) fn keep(
    desk: Desk<'_>,
    arrived: &Arrived,
    checked: &Checked<'_>,
    known: &Known,
    is_absent: bool,
) -> Result<Accepted, Refused> {
    let names = checked.names.asked(sent_by(desk.mount, &checked.sender));
    let policy = desk.registered(&checked.sender).map(|registered| registered.unknown).unwrap_or_default();
    let waits = checked.heard.likely().is_some_and(|meant| may_wait(meant.meaning));
    let Some(message) =
        arrived.message.as_ref().filter(|_| arrived.way == Way::Operation && waits && !names.is_empty())
    else {
        return Err(refuse(Dialect::Ontario, &Refusal::NoSuchResource));
    };
    let mut batch = Batch::default();
    if is_absent {
        batch = waiting(&desk, checked, known, names, (message.identity.envelope, arrived.body.clone()));
    }
    let mut findings = arrived.findings.clone();
    let finding = Finding::new(
        &rules::ORPHAN,
        "the names of the referral are in MessageHeader.extension and ServiceRequest.identifier",
    );
    let status = match policy {
        Unknown::Refuse => {
            findings.push(finding);
            404
        }
        Unknown::Accept => {
            findings.push(finding.with(baton_fhir::finding::Severity::Warning));
            202
        }
    };
    Ok(Accepted {
        batch,
        status,
        answer: Some(outcome(&findings)),
        action: AuditAction::Heard,
        referral: desk.cx.ids.referral,
        warnings: findings.len(),
        made: None,
    })
}

/// Keeps a message, its envelope and its body, under the names of its referral.
fn waiting(
    desk: &Desk<'_>,
    checked: &Checked<'_>,
    known: &Known,
    names: Vec<IndexKey>,
    (envelope, request): (ReceiptKey, Vec<u8>),
) -> Batch {
    let (home, now) = (desk.home(), desk.cx.now);
    let orphan = Orphan {
        id: desk.cx.ids.message,
        home,
        exchange: desk.mount.exchange.clone(),
        sender: checked.sender.clone(),
        envelope,
        names: names.clone(),
        request,
        received: now,
        expires: now.plus_secs(WAIT_SECS),
    };
    let orphans = known.orphans.iter().map(|orphan| orphan.id).collect();
    Batch {
        asserts: vec![Assert::NoNames { home, names, seen: desk.seen(), orphans, now }],
        changes: vec![Change::PutOrphan(orphan)],
    }
}

/// Whether a message can wait. A revocation cannot: it would keep what it wants cleared; its sender is told to come back.
fn may_wait(meaning: Meaning) -> bool {
    match meaning {
        Meaning::Change
        | Meaning::Correct
        | Meaning::TakeUp
        | Meaning::Move
        | Meaning::AddAppointment
        | Meaning::ChangeAppointment
        | Meaning::Ask
        | Meaning::Answer
        | Meaning::Write => true,
        Meaning::Submit
        | Meaning::Launch
        | Meaning::Record
        | Meaning::Revoke
        | Meaning::Inform
        | Meaning::Report
        | Meaning::Ignored => false,
    }
}

/// Puts messages into effect that came before their referral. One whose sender has no such say now never will have.
pub(super) fn settle(desk: &mut Desk<'_>, case: usize, known: &Known) {
    for orphan in &known.orphans {
        if take(desk, case, orphan) {
            desk.settled.push(orphan.id);
        }
    }
}

/// Puts one into effect. False when it is about another referral.
fn take(desk: &mut Desk<'_>, case: usize, orphan: &Orphan) -> bool {
    let is_xml = orphan.request.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
    let posted = Posted {
        body: orphan.request.clone(),
        format: if is_xml { Format::Xml } else { Format::Json },
        as_form: false,
        way: Way::Operation,
        referral_info: None,
    };
    let arrived = crate::ontario::arrive(desk.mount, &orphan.sender, posted);
    let Some(tree) = arrived.tree.as_ref().filter(|_| arrived.refused().is_none()) else { return true };
    let Some(checked) = Checked::of(desk.mount, &orphan.sender, &Way::Operation, tree, orphan.received) else {
        return true;
    };
    let part = desk.cases[case].course.part_of(&orphan.sender);
    if !checked.names.lead_to(desk.mount, &desk.cases[case], part.unwrap_or(Part::Source)) {
        return false;
    }
    let Some(part) = part else { return true };
    let Ok(Some((meant, _))) = checked.heard.meant_by(Some(part)) else { return true };
    if may_do(part, deed(meant.meaning, part)).is_err() {
        return true;
    }
    let said = Said { by: &orphan.sender, at: checked.at };
    // what the rules refuse now they would have refused then
    let _ = match meant.meaning {
        Meaning::Change => change::change(desk, &checked, case, said),
        Meaning::Correct => correct::correct(desk, &checked, case, said),
        Meaning::TakeUp | Meaning::Move | Meaning::AddAppointment | Meaning::ChangeAppointment => {
            turn::turn(desk, &checked, case, said)
        }
        Meaning::Ask | Meaning::Answer | Meaning::Write => write::write(desk, &checked, case, said, part),
        Meaning::Submit
        | Meaning::Launch
        | Meaning::Record
        | Meaning::Revoke
        | Meaning::Inform
        | Meaning::Report
        | Meaning::Ignored => return true,
    };
    true
}

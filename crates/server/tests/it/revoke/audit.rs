//! R11: after a revoke the audit of a referral is complete, and holds nothing of anybody. Nothing links one line to the next yet, so
//! that their numbers have no gap is all that can be verified. Who reads a referral is not audited.

use std::fs;

use baton_dialects::ontario::sample::revoke;
use baton_exchange::audit::{AuditRecord, Audited};

use super::{World, filled, open, scanner};
use crate::place::runtime;

/// All lines of a world's audit, in their order and with their numbers.
fn lines(world: &World) -> Vec<(u64, AuditRecord)> {
    let store = open(world.folder.path());
    runtime().block_on(store.audit(0, 1_000)).expect("the store is well")
}

/// Who did what to the referral.
fn deeds(lines: &[(u64, AuditRecord)]) -> Vec<(&str, &'static str)> {
    let deed = |record: &AuditRecord| match &record.what {
        Audited::Referral { action, .. } => action.as_str(),
        Audited::Pointers(_) => "asked a locator",
    };
    lines.iter().map(|(_, it)| (it.partner.as_ref().map_or("", |partner| partner.as_str()), deed(it))).collect()
}

#[test]
fn after_a_revoke_the_audit_has_a_line_of_each_deed_and_nothing_of_anybody() {
    let world = World::new();
    assert_eq!(world.send("practice-d", &filled(revoke, "2")).status, 200);
    let lines = lines(&world);
    let expected = [
        ("practice-d", "submitted"),
        ("centre-e", "moved"),
        ("centre-e", "booked"),
        ("practice-d", "wrote"),
        ("practice-d", "revoked"),
    ];
    assert_eq!(deeds(&lines), expected);
    let numbers: Vec<u64> = lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=lines.len() as u64).collect::<Vec<_>>());
    let about = |record: &AuditRecord| match record.what {
        Audited::Referral { referral, .. } => Some(referral),
        Audited::Pointers(_) => None,
    };
    assert!(lines.iter().all(|(_, record)| about(record).is_some() && about(record) == about(&lines[0].1)));
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("audit"), format!("{lines:#?}")).expect("the folder is ours");
    assert_eq!(scanner().scan(folder.path()).expect("it can be read"), []);
}

//! R11: after a revoke the audit of a referral is complete, and holds nothing of anybody.

use std::{collections::BTreeSet, fs};

use baton_dialects::ontario::sample::revoke;
use baton_exchange::{
    audit::{AuditRecord, Audited},
    id::ReferralId,
};

use super::{World, filled, open, scanner};
use crate::place::runtime;

/// All lines of a world's audit, in their order and with their numbers.
fn lines(world: &World) -> Vec<(u64, AuditRecord)> {
    let store = open(world.folder.path());
    runtime().block_on(store.audit(0, 1_000)).expect("the store is well")
}

/// Who did what to the referral, or saw it.
fn deeds(lines: &[(u64, AuditRecord)]) -> Vec<(&str, &'static str)> {
    let deed = |record: &AuditRecord| match &record.what {
        Audited::Referral { action, .. } => Some(action.as_str()),
        Audited::Visit(visit) => (!visit.referrals.is_empty()).then_some(visit.errand.as_str()),
        Audited::Operator(operation) => Some(operation.deed.as_str()),
        Audited::Pointers(_) => Some("asked a locator"),
    };
    let deeds = lines.iter().filter_map(|(_, it)| Some((it.partner.as_ref()?.as_str(), deed(it)?)));
    deeds.collect()
}

#[test]
fn after_a_revoke_the_audit_has_a_line_of_each_deed_and_nothing_of_anybody() {
    let world = World::new();
    assert_eq!(world.send("practice-d", &filled(revoke, "2")).status, 200);
    let lines = lines(&world);
    let expected = [
        ("practice-d", "submitted"),
        ("practice-d", "search"),
        ("centre-e", "search"),
        ("centre-e", "moved"),
        ("centre-e", "booked"),
        ("practice-d", "wrote"),
        ("practice-d", "revoked"),
    ];
    assert_eq!(deeds(&lines), expected);
    let numbers: Vec<u64> = lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=lines.len() as u64).collect::<Vec<_>>());
    let about = |record: &AuditRecord| match &record.what {
        Audited::Referral { referral, .. } => vec![*referral],
        Audited::Visit(visit) => visit.referrals.clone(),
        Audited::Operator(_) | Audited::Pointers(_) => Vec::new(),
    };
    let all: BTreeSet<ReferralId> = lines.iter().flat_map(|(_, record)| about(record)).collect();
    assert_eq!(all.len(), 1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("audit"), format!("{lines:#?}")).expect("the folder is ours");
    assert_eq!(scanner().scan(folder.path()).expect("it can be read"), []);
}

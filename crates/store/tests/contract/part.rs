//! The part of the audit that a partner may see.

use std::sync::Arc;

use baton_exchange::{
    audit::{AuditRecord, Audited, Errand, PartQuestion},
    decision::Change,
};
use baton_store::{Page, PageToken, Store};

use crate::{
    sample::{all_of, audit, exchange, partner, referral_id, secs, visit},
    shared::{case, done, shared_home},
};

/// A line that lives where referrals are shared.
fn here(record: AuditRecord, by: &str) -> AuditRecord {
    AuditRecord { home: shared_home(), partner: Some(partner(by)), ..record }
}

/// Referral 1 is of a and b, referral 2 of a and c. Lines 1 to 5.
async fn write(store: &Arc<dyn Store>) {
    let lines = [
        here(audit(1), "a"),
        here(audit(2), "a"),
        here(AuditRecord { at: secs(3), ..visit(3, Errand::Search, &[1, 2]) }, "a"),
        here(visit(4, Errand::Read, &[1]), "b"),
        here(visit(5, Errand::Search, &[]), "c"),
    ];
    let referrals = [case(1, &["a", "b"]), case(2, &["a", "c"])];
    let changes = referrals.into_iter().map(Change::PutReferral).chain(lines.into_iter().map(Change::PutAudit));
    done(store, changes.collect()).await;
}

fn seen_by(reader: &str) -> PartQuestion {
    PartQuestion {
        exchange: exchange(),
        home: shared_home(),
        reader: partner(reader),
        is_shared: true,
        referral: None,
        agent: None,
        from: None,
        until: None,
    }
}

/// Numbers of lines, with how many referrals each tells of.
async fn told(store: &Arc<dyn Store>, question: PartQuestion) -> Vec<(u64, usize)> {
    let (lines, next) = store.part(question, all_of()).await.unwrap();
    assert_eq!(next, None);
    let about = |record: &AuditRecord| match &record.what {
        Audited::Visit(visit) => visit.referrals.len(),
        Audited::Referral { .. } | Audited::Operator(_) | Audited::Pointers(_) => 1,
    };
    lines.iter().map(|(number, record)| (*number, about(record))).collect()
}

pub async fn a_stranger_reads_only_what_it_did_itself(store: Arc<dyn Store>) {
    write(&store).await;
    assert!(told(&store, seen_by("d")).await.is_empty());
    assert_eq!(told(&store, PartQuestion { referral: Some(referral_id(1)), ..seen_by("c") }).await, []);
}

pub async fn a_party_reads_all_about_its_referrals_and_nothing_about_others(store: Arc<dyn Store>) {
    write(&store).await;
    assert_eq!(told(&store, seen_by("a")).await, [(1, 1), (2, 1), (3, 2), (4, 1)]);
    assert_eq!(told(&store, seen_by("b")).await, [(1, 1), (3, 1), (4, 1)]);
    assert_eq!(told(&store, seen_by("c")).await, [(2, 1), (3, 1), (5, 0)]);
}

pub async fn a_referral_an_agent_and_dates_narrow_it(store: Arc<dyn Store>) {
    write(&store).await;
    let of_one = PartQuestion { referral: Some(referral_id(1)), ..seen_by("a") };
    assert_eq!(told(&store, of_one).await, [(1, 1), (3, 2), (4, 1)]);
    assert_eq!(told(&store, PartQuestion { agent: Some(partner("b")), ..seen_by("a") }).await, [(4, 1)]);
    let early = PartQuestion { from: Some(secs(3)), until: Some(secs(4)), ..seen_by("a") };
    assert_eq!(told(&store, early).await, [(3, 2)]);
    assert_eq!(told(&store, PartQuestion { home: crate::sample::home(), ..seen_by("a") }).await, []);
}

pub async fn its_pages_lead_on_also_where_they_have_nothing(store: Arc<dyn Store>) {
    write(&store).await;
    let first = store.part(seen_by("a"), Page { size: 3, after: None }).await.unwrap();
    assert_eq!((first.0.len(), first.1), (3, Some(PageToken(3))));
    let rest = store.part(seen_by("a"), Page { size: 3, after: first.1 }).await.unwrap();
    assert_eq!((rest.0.len(), rest.0[0].0, rest.1), (1, 4, None));
    // more lines of others than are looked at for one page, and one of its own behind them
    let others = (0..5_000).map(|number| Change::PutAudit(here(visit(number, Errand::Search, &[]), "c")));
    done(&store, others.collect()).await;
    done(&store, vec![Change::PutAudit(here(visit(1, Errand::Read, &[1]), "b"))]).await;
    let (mut after, mut found) = (Some(PageToken(5)), Vec::new());
    while let Some(token) = after {
        let (lines, next) = store.part(seen_by("b"), Page { size: 3, after: Some(token) }).await.unwrap();
        found.extend(lines.into_iter().map(|(number, _)| number));
        after = next;
    }
    assert_eq!(found, [5_006]);
}

pub async fn referrals_count_among_what_is_looked_at_for_a_page(store: Arc<dyn Store>) {
    let shown: Vec<u32> = (0..500).collect();
    let lines = (0..12).map(|number| Change::PutAudit(here(visit(number, Errand::Search, &shown), "c")));
    done(&store, lines.collect()).await;
    let (lines, next) = store.part(seen_by("b"), all_of()).await.unwrap();
    assert_eq!((lines.len(), next), (0, Some(PageToken(10))));
    assert_eq!(store.part(seen_by("b"), Page { size: 3, after: next }).await.unwrap().1, None);
}

pub async fn one_line_is_read_by_whoever_sees_it(store: Arc<dyn Store>) {
    write(&store).await;
    let line = async |reader: &str, number| store.part_line(seen_by(reader), number).await.unwrap();
    let about = |record: AuditRecord| record.what.referrals().to_vec();
    assert_eq!(line("a", 3).await.map(about), Some(vec![referral_id(1), referral_id(2)]));
    assert_eq!(line("b", 3).await.map(about), Some(vec![referral_id(1)]));
    assert_eq!(
        (line("b", 2).await, line("d", 3).await, line("a", 0).await, line("a", 6).await),
        (None, None, None, None)
    );
}

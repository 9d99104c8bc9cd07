//! The audit.

use std::sync::Arc;

use baton_exchange::{
    audit::{Actor, AuditRecord, Audited, Deed, Errand, Operation, PartQuestion, Query, Sealed},
    decision::{Assert, Batch, Change},
};
use baton_store::{Committed, Page, Store};
use tokio::task::JoinSet;

use crate::sample::{NOW, audit, batch, exchange, home, look, partner, pointer, referral, referral_id, subject, visit};

async fn write(store: &Arc<dyn Store>, numbers: &[u32]) {
    let changes = numbers.iter().map(|number| Change::PutAudit(audit(*number))).collect();
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
}

pub async fn the_audit_of_an_empty_store_is_empty(store: Arc<dyn Store>) {
    assert!(store.audit(0, 10).await.unwrap().is_empty());
}

pub async fn lines_are_numbered_without_gaps_whatever_fails_between(store: Arc<dyn Store>) {
    write(&store, &[1, 2]).await;
    let asserts = vec![Assert::ReferralAt { home: home(), id: referral_id(1), version: 1 }];
    let outdated = Batch { asserts, changes: vec![Change::PutAudit(audit(3))] };
    assert_eq!(store.commit(outdated).await.unwrap(), Committed::Outdated);
    write(&store, &[4]).await;
    let put = || Change::PutReferral(referral(1));
    let conflicting = batch(vec![Change::PutAudit(audit(5)), put(), put()]);
    assert_eq!(store.commit(conflicting).await.unwrap(), Committed::Outdated);
    write(&store, &[6]).await;
    let lines = store.audit(0, 10).await.unwrap();
    assert_eq!(lines, [(1, audit(1)), (2, audit(2)), (3, audit(4)), (4, audit(6))]);
}

pub async fn lines_come_after_a_number_and_no_more_than_asked_for(store: Arc<dyn Store>) {
    write(&store, &[1, 2, 3, 4, 5]).await;
    let numbers = async |after, limit| {
        let lines = store.audit(after, limit).await.unwrap();
        lines.into_iter().map(|(number, _)| number).collect::<Vec<_>>()
    };
    assert_eq!((numbers(2, 2).await, numbers(4, 9).await, numbers(u64::MAX, 9).await), (vec![3, 4], vec![5], vec![]));
}

pub async fn a_visit_comes_back_whole(store: Arc<dyn Store>) {
    let shown = |number: u32| if number.is_multiple_of(2) { vec![1, 2, 3] } else { vec![] };
    let lines: Vec<AuditRecord> =
        (1..).zip(Errand::ALL).map(|(number, errand)| visit(number, errand, &shown(number))).collect();
    let changes = lines.iter().cloned().map(Change::PutAudit).collect();
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
    let kept: Vec<AuditRecord> = store.audit(0, 100).await.unwrap().into_iter().map(|(_, line)| line).collect();
    assert_eq!(kept, lines);
}

pub async fn what_an_operator_did_comes_back_whole_and_is_found_by_its_referral(store: Arc<dyn Store>) {
    let of = |deed| Operation { account: Some("chance".to_owned()), lines: 7, ..Operation::of(deed) };
    let about = Operation { referral: Some(referral_id(1)), before: Some(NOW), ..Operation::of(Deed::Redacted) };
    let operations = Deed::ALL.into_iter().map(of).chain([about]);
    let lines: Vec<AuditRecord> = (1..)
        .zip(operations)
        .map(|(number, it)| AuditRecord { partner: None, what: Audited::Operator(it), ..audit(number) })
        .collect();
    let changes = lines.iter().cloned().map(Change::PutAudit).collect();
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
    let kept: Vec<AuditRecord> = store.audit(0, 100).await.unwrap().into_iter().map(|(_, line)| line).collect();
    assert_eq!(kept, lines);
    let question = PartQuestion {
        exchange: exchange(),
        home: home(),
        reader: partner("clinic-a"),
        is_shared: false,
        referral: Some(referral_id(1)),
        agent: None,
        from: None,
        until: None,
    };
    let (found, _) = store.part(question, Page { size: 10, after: None }).await.unwrap();
    assert_eq!(found.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [Deed::ALL.len() as u64 + 1]);
}

pub async fn a_line_keeps_the_person_and_the_app_behind_the_partner(store: Arc<dyn Store>) {
    let person = || Actor::person("chance-1");
    let actors = [Actor::default(), Actor::app("viewer"), person(), person().through(Some("viewer"))];
    let lines: Vec<AuditRecord> = (1..)
        .zip(actors)
        .flat_map(|(number, actor)| {
            let looked = look(number + 10, subject(1), &[pointer(1)]);
            let shown = [audit(number), visit(number + 20, Errand::Read, &[1]), looked];
            shown.map(|line| AuditRecord { actor: actor.clone(), ..line })
        })
        .collect();
    let changes = lines.iter().cloned().map(|line| batch(vec![Change::PutAudit(line)]));
    for batch in changes {
        assert_eq!(store.commit(batch).await.unwrap(), Committed::Done);
    }
    let kept: Vec<AuditRecord> = store.audit(0, 100).await.unwrap().into_iter().map(|(_, line)| line).collect();
    assert_eq!(kept, lines);
}

pub async fn a_line_keeps_what_a_search_asked_and_what_was_sealed_of_it(store: Arc<dyn Store>) {
    let query = |sealed: Option<Vec<u8>>| Query { shape: "GET Task?status=…".to_owned(), sealed: sealed.map(Sealed) };
    let queries = [query(None), query(Some(Vec::new())), query(Some((0..=255).collect()))];
    let lines: Vec<AuditRecord> = (1..)
        .zip(queries)
        .flat_map(|(number, query)| {
            let lines = [visit(number, Errand::Search, &[1]), look(number + 10, subject(1), &[pointer(1)])];
            lines.map(|line| AuditRecord { query: Some(query.clone()), ..line })
        })
        .collect();
    for line in lines.iter().cloned() {
        assert_eq!(store.commit(batch(vec![Change::PutAudit(line)])).await.unwrap(), Committed::Done);
    }
    let kept: Vec<AuditRecord> = store.audit(0, 100).await.unwrap().into_iter().map(|(_, line)| line).collect();
    assert_eq!(kept, lines);
}

pub async fn racing_commits_leave_no_gap(store: Arc<dyn Store>) {
    let mut running = JoinSet::new();
    for number in 0..40 {
        let store = Arc::clone(&store);
        running.spawn(async move {
            write(&store, &[number]).await;
            store.audit(0, 1).await.unwrap();
        });
    }
    running.join_all().await;
    let lines = store.audit(0, 100).await.unwrap();
    let numbers: Vec<u64> = lines.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=40).collect::<Vec<_>>());
}

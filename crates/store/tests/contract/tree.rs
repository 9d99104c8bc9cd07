//! The tree over the audit.

use std::sync::Arc;

use baton_exchange::{
    audit::{AuditRecord, Checkpoint, Edge, Growth, Hash, Leaf, Personal, Query, Redacted, Salt, Sealed},
    decision::Change,
};
use baton_store::{Committed, Store};
use tokio::task::JoinSet;

use crate::sample::{NOW, audit, batch, look, pointer, subject};

fn leaf(number: u64) -> Leaf {
    let hash = |kind: u8| {
        let mut bytes = [kind; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Hash(bytes)
    };
    Leaf { hash: hash(1), link: hash(2), personal: Personal::Kept(Salt([number as u8; 16])) }
}

/// A tree of that size that grows to another.
fn growth(from: u64, to: u64) -> Growth {
    let mut edge = Edge::default();
    (1..=to).for_each(|number| edge.add(leaf(number).hash));
    let (link, note) = (leaf(to).link, format!("origin\n{to}\nroot\n"));
    let checkpoint = Checkpoint { at: NOW, edge, link, note };
    Growth { from, leaves: (from + 1..=to).map(leaf).collect(), checkpoint }
}

async fn grow(store: &Arc<dyn Store>, from: u64, to: u64) -> Committed {
    store.grow_tree(growth(from, to)).await.unwrap()
}

async fn sizes(store: &Arc<dyn Store>) -> Vec<u64> {
    store.checkpoints(0, 100).await.unwrap().iter().map(|checkpoint| checkpoint.edge.size()).collect()
}

pub async fn a_tree_that_never_grew_is_empty(store: Arc<dyn Store>) {
    assert_eq!(store.tree().await.unwrap(), None);
    assert!(store.leaves(0, 10).await.unwrap().is_empty() && sizes(&store).await.is_empty());
}

pub async fn a_tree_comes_back_as_it_grew(store: Arc<dyn Store>) {
    assert_eq!((grow(&store, 0, 3).await, grow(&store, 3, 5).await), (Committed::Done, Committed::Done));
    assert_eq!(store.tree().await.unwrap(), Some(growth(3, 5).checkpoint));
    let leaves: Vec<(u64, Leaf)> = (1..=5).map(|number| (number, leaf(number))).collect();
    assert_eq!(store.leaves(0, 10).await.unwrap(), leaves);
    assert_eq!(store.leaves(1, 2).await.unwrap(), leaves[1..3]);
    assert!(store.leaves(u64::MAX, 10).await.unwrap().is_empty());
}

pub async fn a_tree_that_has_grown_meanwhile_is_left_as_it_is(store: Arc<dyn Store>) {
    grow(&store, 0, 3).await;
    assert_eq!((grow(&store, 0, 4).await, grow(&store, 4, 6).await), (Committed::Outdated, Committed::Outdated));
    assert_eq!(store.tree().await.unwrap(), Some(growth(0, 3).checkpoint));
    assert_eq!(store.leaves(0, 10).await.unwrap().len(), 3);
}

fn query() -> Option<Query> {
    Some(Query { shape: "GET DocumentReference?subject=…".to_owned(), sealed: Some(Sealed(vec![7; 40])) })
}

pub async fn what_is_personal_in_lines_goes_with_its_salt_and_once_only(store: Arc<dyn Store>) {
    let lines: Vec<AuditRecord> = (1..=3).map(|number| look(number, subject(1), &[pointer(1)])).collect();
    let lines: Vec<AuditRecord> = lines
        .into_iter()
        .map(|line| AuditRecord { request_id: "of-a-caller".to_owned(), query: query(), ..line })
        .collect();
    for line in &lines {
        assert_eq!(store.commit(batch(vec![Change::PutAudit(line.clone())])).await.unwrap(), Committed::Done);
    }
    // a line has to have its number before it can be in the tree
    assert_eq!(store.audit(0, 10).await.unwrap().len(), 3);
    grow(&store, 0, 2).await;
    let redact = async |numbers: &[u64]| {
        let redacted = |number: &u64| Redacted { number: *number, withheld: Hash([*number as u8; 32]) };
        let changes = vec![Change::Redact(numbers.iter().map(redacted).collect()), Change::PutAudit(audit(9))];
        store.commit(batch(changes)).await.unwrap()
    };
    assert_eq!(redact(&[2, 3]).await, Committed::Outdated, "the third is not in the tree");
    assert_eq!(redact(&[2]).await, Committed::Done);
    assert_eq!((redact(&[2]).await, redact(&[1, 2]).await), (Committed::Outdated, Committed::Outdated));
    let mut without = lines[1].clone();
    without.drop_personal();
    assert!(!without.has_personal() && lines[1].has_personal());
    assert!(without.query.as_ref().is_some_and(|query| query.sealed.is_none() && !query.shape.is_empty()));
    let expected = [(1, lines[0].clone()), (2, without), (3, lines[2].clone()), (4, audit(9))];
    assert_eq!(store.audit(0, 10).await.unwrap(), expected);
    let dropped = Leaf { personal: Personal::Dropped(Hash([2; 32])), ..leaf(2) };
    assert_eq!(store.leaves(0, 10).await.unwrap(), [(1, leaf(1)), (2, dropped)]);
    assert_eq!(grow(&store, 2, 4).await, Committed::Done);
}

pub async fn of_racing_growths_each_size_is_reached_once(store: Arc<dyn Store>) {
    let mut running = JoinSet::new();
    for to in 1..=20 {
        let store = Arc::clone(&store);
        running.spawn(async move { grow(&store, 0, to).await });
    }
    let ends = running.join_all().await;
    assert_eq!(ends.into_iter().filter(|end| *end == Committed::Done).count(), 1);
    let newest = store.tree().await.unwrap().unwrap();
    assert_eq!(store.leaves(0, 100).await.unwrap().len() as u64, newest.edge.size());
}

pub async fn of_each_thousand_lines_a_checkpoint_is_kept(store: Arc<dyn Store>) {
    for (from, to) in [(0, 400), (400, 999), (999, 1_000), (1_000, 1_001), (1_001, 3_500), (3_500, 3_501)] {
        assert_eq!(grow(&store, from, to).await, Committed::Done);
    }
    assert_eq!(sizes(&store).await, [999, 1_001, 3_501]);
    let some = store.checkpoints(999, 1).await.unwrap();
    assert_eq!(some, [growth(1_000, 1_001).checkpoint]);
}

//! The tree over the audit.

use std::sync::Arc;

use baton_exchange::audit::{Checkpoint, Edge, Growth, Hash, Leaf, Salt};
use baton_store::{Committed, Store};
use tokio::task::JoinSet;

use crate::sample::NOW;

fn leaf(number: u64) -> Leaf {
    let hash = |kind: u8| {
        let mut bytes = [kind; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Hash(bytes)
    };
    Leaf { hash: hash(1), link: hash(2), salt: Salt([number as u8; 16]) }
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

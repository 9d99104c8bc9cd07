use std::sync::Arc;

use baton_exchange::{
    audit::{AuditAction, AuditRecord, Audited, Checkpoint, Edge, Hash},
    decision::{Batch, Change},
    id::{Home, MessageId, ReferralId},
    time::Timestamp,
};
use baton_store::{MemoryStore, Store};

use super::{GrowError, Grower, KeyFault, LINES_MAX};

const NOW: Timestamp = Timestamp(1);

struct World {
    folder: tempfile::TempDir,
    store: Arc<dyn Store>,
    grower: Grower,
}

impl World {
    async fn new() -> World {
        let (folder, store) = (tempfile::tempdir().expect("a temporary folder"), Arc::new(MemoryStore::default()));
        let grower = Grower::open(&*store, &folder.path().join("key")).await.expect("a key can be made");
        World { folder, store, grower }
    }

    /// As after a restart.
    async fn open(&self) -> Result<Grower, GrowError> {
        Grower::open(&*self.store, &self.folder.path().join("key")).await
    }

    async fn write(&self, lines: u32) {
        let line = |number: u32| {
            Change::PutAudit(AuditRecord {
                home: Home(1),
                at: NOW,
                exchange: "ontario".into(),
                partner: None,
                actor: baton_exchange::audit::Actor::default(),
                message: MessageId([1; 16]),
                request_id: number.to_string(),
                query: None,
                what: Audited::Referral { action: AuditAction::Moved, referral: ReferralId([1; 16]) },
            })
        };
        let batch = Batch { asserts: Vec::new(), changes: (0..lines).map(line).collect() };
        self.store.commit(batch).await.expect("the store is well");
    }

    async fn grow(&mut self) -> Result<u64, GrowError> {
        let newest = self.grower.grow(&*self.store, NOW).await?;
        Ok(newest.map_or(0, |checkpoint| checkpoint.edge.size()))
    }
}

#[tokio::test]
async fn a_tree_takes_in_what_is_there_and_goes_on_later() {
    let mut world = World::new().await;
    assert_eq!(world.grow().await.expect("it is well"), 0);
    world.write(LINES_MAX * 2).await;
    assert_eq!(world.grow().await.expect("it is well"), 2_000);
    world.write(1).await;
    assert_eq!((world.grow().await.expect("it is well"), world.grow().await.expect("it is well")), (2_001, 2_001));
    let checkpoints = world.store.checkpoints(0, 100).await.expect("the store is well");
    assert_eq!(checkpoints.iter().map(|checkpoint| checkpoint.edge.size()).collect::<Vec<_>>(), [1_000, 2_001]);
    for Checkpoint { edge, note, .. } in checkpoints {
        let signed = world.grower.signer.verifier().opened(&note).expect("we signed it");
        assert_eq!((signed.size, signed.root), (edge.size(), edge.root()));
    }
}

#[tokio::test]
async fn a_tree_of_another_key_does_not_grow() {
    let mut world = World::new().await;
    world.write(1).await;
    world.grow().await.expect("it is well");
    world.grower = World::new().await.grower;
    world.write(1).await;
    assert!(matches!(world.grow().await, Err(GrowError::Checkpoint { size: 1, .. })));
}

#[tokio::test]
async fn a_tree_that_was_larger_does_not_grow() {
    let mut world = World::new().await;
    world.write(2).await;
    world.grow().await.expect("it is well");
    world.store = Arc::new(MemoryStore::default());
    world.write(1).await;
    assert!(matches!(world.grow().await, Err(GrowError::Shrunk { size: 0, seen: 2 })));
}

/// Threat: T113
#[tokio::test]
async fn a_copy_of_the_store_from_before_does_not_go_on_after_a_restart() {
    let mut world = World::new().await;
    world.write(3).await;
    world.grow().await.expect("it is well");
    let newer = world.store;
    world.store = Arc::new(MemoryStore::default());
    world.write(2).await;
    // as it was signed when it had two lines
    let mut early = World::new().await;
    std::fs::copy(world.folder.path().join("key"), early.folder.path().join("key")).expect("it is ours");
    early.store = world.store.clone();
    early.grower = early.open().await.expect("it is the key");
    early.grow().await.expect("it is well");
    world.grower = world.open().await.expect("the key is there");
    assert!(matches!(world.grow().await, Err(GrowError::Shrunk { size: 2, seen: 3 })));
    world.store = newer;
    assert_eq!(world.grow().await.expect("it is the one that was seen"), 3);
}

/// Threat: T113
#[tokio::test]
async fn a_tree_whose_key_is_gone_gets_no_other() {
    let mut world = World::new().await;
    world.write(1).await;
    world.grow().await.expect("it is well");
    std::fs::remove_file(world.folder.path().join("key")).expect("it is ours");
    assert!(matches!(world.open().await, Err(GrowError::Key(KeyFault::Gone(_)))));
    assert!(!world.folder.path().join("key").exists());
}

#[tokio::test]
async fn another_edge_than_the_signed_one_is_not_signed_again() {
    let mut world = World::new().await;
    world.write(2).await;
    world.grow().await.expect("it is well");
    let signed = world.store.tree().await.expect("the store is well").expect("it has grown");
    let edge = Edge::of(2, vec![Hash([7; 32])]).expect("it has the size");
    assert!(matches!(world.grower.known(Some(&Checkpoint { edge, ..signed })), Err(GrowError::Edge { size: 2 })));
}

/// Another process without a memory of its own lets a copy from before go on past what was signed.
/// Threat: T113
#[tokio::test]
async fn a_copy_of_the_store_that_went_on_elsewhere_is_found_until_somebody_says_that_it_was_restored() {
    let mut world = World::new().await;
    world.write(3).await;
    world.grow().await.expect("it is well");
    let mut other = World::new().await;
    std::fs::copy(world.folder.path().join("key"), other.folder.path().join("key")).expect("it is ours");
    other.grower = other.open().await.expect("it is the key");
    other.write(2).await;
    other.grow().await.expect("it is well");
    other.write(3).await;
    other.grow().await.expect("it is well");
    world.store = other.store.clone();
    assert!(matches!(world.grow().await, Err(GrowError::Other { size: 5, seen: 3 })));
    world.grower = world.open().await.expect("the key is there");
    assert!(matches!(world.grow().await, Err(GrowError::Other { size: 5, seen: 3 })));
    std::fs::remove_file(world.grower.head.path()).expect("it is ours");
    assert_eq!(world.grow().await.expect("somebody said so"), 5);
}

#[tokio::test]
async fn who_was_away_looks_whether_the_tree_went_on_from_what_it_saw() {
    let mut world = World::new().await;
    world.write(3).await;
    world.grow().await.expect("it is well");
    let mut other = World { folder: tempfile::tempdir().expect("a temporary folder"), ..World::new().await };
    std::fs::copy(world.folder.path().join("key"), other.folder.path().join("key")).expect("it is ours");
    other.store = world.store.clone();
    other.grower = other.open().await.expect("it is the key");
    for lines in [LINES_MAX + 7, 1, 5] {
        other.write(lines).await;
        other.grow().await.expect("it is well");
        assert_eq!(world.grow().await.expect("it went on"), other.grow().await.expect("it went on"));
    }
    world.grower = world.open().await.expect("the key is there");
    other.write(1).await;
    other.grow().await.expect("it is well");
    assert_eq!(world.grow().await.expect("it went on"), u64::from(LINES_MAX) + 17);
}

//! R1, R3, R5, R8 and R9 on SQLite.

use std::time::{Duration, Instant};

use baton_exchange::{
    decision::{Batch, Change},
    referral::ReferralState,
};

use super::{
    place::{Place, commit},
    sample::{early, home, question, referral_id, revoke, submission, update},
};
use crate::{
    Committed, Looked, ResourceQuestion, Store,
    seal::{Care, Owner},
    sqlite::SqliteStore,
};

/// A referral with a history, and a message that nobody has put into effect.
pub(super) async fn fill(store: &SqliteStore) {
    commit(store, submission(1)).await;
    for version in 2..6 {
        commit(store, update(1, version)).await;
    }
    commit(store, early(1)).await;
}

#[tokio::test]
async fn the_scanner_finds_everything_in_a_store_without_seals() {
    let place = Place::new();
    let store = place.open(Care::NoSeals).unwrap();
    fill(&store).await;
    assert_eq!(place.missing(), Vec::<String>::new());
    drop(store);
    assert_eq!(place.missing(), Vec::<String>::new());
}

#[tokio::test]
async fn a_store_that_deletes_without_care_is_caught() {
    let place = Place::new();
    let store = place.open(Care::NoSealsNoOverwriting).unwrap();
    fill(&store).await;
    commit(&store, revoke(1, 6)).await;
    assert_ne!(place.traces(), Vec::<String>::new());
}

#[tokio::test]
async fn without_seals_too_rows_are_written_over_and_the_log_is_emptied() {
    let place = Place::new();
    let store = place.open(Care::NoSeals).unwrap();
    fill(&store).await;
    commit(&store, revoke(1, 6)).await;
    // The log is emptied beside the writer, soon.
    let begun = Instant::now();
    while !place.traces().is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{:#?}", place.traces());
        store.ready().await.unwrap();
    }
}

#[tokio::test]
async fn a_store_that_keeps_the_key_is_caught() {
    let place = Place::new();
    let store = place.open(Care::NoDestroying).unwrap();
    fill(&store).await;
    let key = place.key_of(referral_id(1).into()).unwrap();
    commit(&store, revoke(1, 6)).await;
    assert!(place.has(&key));
}

#[tokio::test]
async fn nothing_is_to_be_read_in_any_file_even_before_the_revoke() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    assert_eq!(place.traces(), Vec::<String>::new());
}

#[tokio::test]
async fn after_a_revoke_nothing_is_left_and_no_key() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    let key = place.key_of(referral_id(1).into()).unwrap();
    let of_early = place.key_of(super::sample::early_id(1).into()).unwrap();
    assert!(place.has(&key) && place.has(&of_early));
    commit(&store, revoke(1, 6)).await;
    assert!(!place.has(&key) && !place.has(&of_early));
    assert_eq!(place.traces(), Vec::<String>::new());
    drop(store);
    assert!(!place.has(&key) && !place.has(&of_early));
    assert_eq!(place.traces(), Vec::<String>::new());
}

#[tokio::test]
async fn a_crash_before_the_key_is_destroyed_is_finished_at_the_next_start() {
    let place = Place::new();
    let store = place.open(Care::NoDestroying).unwrap();
    fill(&store).await;
    let key = place.key_of(referral_id(1).into()).unwrap();
    commit(&store, revoke(1, 6)).await;
    drop(store);
    assert!(place.has(&key));
    let store = place.open(Care::Full).unwrap();
    assert!(!place.has(&key));
    check_revoked(&store).await;
    assert_eq!(place.traces(), Vec::<String>::new());
}

#[tokio::test]
async fn earlier_messages_that_come_again_bring_nothing_back() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    commit(&store, revoke(1, 6)).await;
    for batch in [submission(1), update(1, 2), update(1, 5), update(1, 6), revoke(1, 6)] {
        assert_eq!(store.commit(batch).await.unwrap(), Committed::Outdated);
    }
    check_revoked(&store).await;
    assert_eq!(place.traces(), Vec::<String>::new());
}

#[tokio::test]
async fn what_the_revoke_says_itself_can_be_read_and_sent() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    commit(&store, revoke(1, 6)).await;
    drop(store);
    let store = place.open(Care::Full).unwrap();
    let known = store.known(question(1, "revoke-1")).await.unwrap();
    let receipt = known.by_envelope.unwrap();
    assert_eq!(receipt.request, br#"{"resourceType":"Bundle","id":"revoke"}"#);
    let now = super::sample::NOW;
    let leases = store.lease_notices("hospital-b".into(), now, now.plus_secs(9), 9).await.unwrap();
    let bodies: Vec<_> = leases.iter().map(|lease| String::from_utf8_lossy(&lease.notice.body)).collect();
    assert_eq!(bodies, [r#"{"text":"a referral was revoked"}"#]);
}

#[tokio::test]
async fn a_second_revoke_is_as_good_as_the_first() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    commit(&store, revoke(1, 6)).await;
    let key = place.key_of(referral_id(1).into()).unwrap();
    let Batch { asserts, mut changes } = revoke(1, 7);
    changes.retain(|change| !matches!(change, Change::PutReceipt(_) | Change::PutNotice(_)));
    commit(&store, Batch { asserts, changes }).await;
    assert!(!place.has(&key));
    assert_eq!(place.key_of(Owner::from(referral_id(1))), None);
}

#[tokio::test]
async fn other_referrals_stay_as_they_are() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    commit(&store, submission(2)).await;
    commit(&store, revoke(1, 6)).await;
    let known = store.known(question(2, "submission-2")).await.unwrap();
    assert!(known.by_envelope.is_some() && known.cases[0].resources.len() == 2);
}

pub(super) async fn check_revoked(store: &SqliteStore) {
    let known = store.known(question(1, "submission-1")).await.unwrap();
    assert_eq!(known.by_envelope, None);
    assert_eq!((known.cases.len(), known.cases[0].referral.state), (1, ReferralState::Revoked));
    assert!(known.cases[0].resources.is_empty() && known.orphans.is_empty());
    let question = ResourceQuestion {
        home: home(),
        resource_type: "Patient".into(),
        id: "Patient-1".into(),
        version: None,
        seen_by: None,
    };
    assert_eq!(store.resource(question).await.unwrap(), Looked::Gone);
}

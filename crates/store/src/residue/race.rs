//! Revokes that meet others.

use std::sync::Arc;

use super::{
    place::{Place, commit},
    sample::{question, referral_id, revoke, submission, update},
};
use crate::{Committed, Store, seal::Care};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_never_finds_damage_while_its_referral_is_revoked() {
    let place = Place::new();
    let store = Arc::new(place.open(Care::Full).unwrap());
    for number in 1..30 {
        commit(store.as_ref(), submission(number)).await;
        let reader = tokio::spawn({
            let store = Arc::clone(&store);
            async move {
                for _ in 0..40 {
                    let known = store.known(question(number, &format!("submission-{number}"))).await.unwrap();
                    assert_eq!(known.cases.len(), 1);
                }
            }
        });
        commit(store.as_ref(), revoke(number, 2)).await;
        reader.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_update_that_meets_a_revoke_is_done_before_or_not_at_all() {
    let place = Place::new();
    let store = Arc::new(place.open(Care::Full).unwrap());
    for number in 1..30 {
        commit(store.as_ref(), submission(number)).await;
        let key = place.key_of(referral_id(number).into()).unwrap();
        let others = [update(number, 2), revoke(number, 2)].map(|batch| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.commit(batch).await.unwrap() })
        });
        let mut done = Vec::new();
        for other in others {
            done.push(other.await.unwrap());
        }
        done.sort_by_key(|committed| *committed == Committed::Outdated);
        assert_eq!(done, [Committed::Done, Committed::Outdated]);
        commit_if_there_is_need(store.as_ref(), number).await;
        assert!(!place.has(&key), "{number}");
    }
    assert_eq!(place.traces(), Vec::<String>::new());
}

/// The revoke once more, as its sender would when the update was first.
async fn commit_if_there_is_need(store: &impl Store, number: u8) {
    let _ = store.commit(revoke(number, 3)).await.unwrap();
}

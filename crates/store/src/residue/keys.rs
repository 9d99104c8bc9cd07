//! Who has a key, and what is said when one is missing.

use std::fs;

use baton_exchange::decision::{Batch, Change};

use super::{
    place::{Place, commit},
    sample::{NOW, early, early_id, home, question, referral_id, revoke, submission, update},
};
use crate::{
    Store,
    seal::{Care, Owner},
};

fn owner(number: u8) -> Owner {
    referral_id(number).into()
}

fn without(batch: Batch, is_left_out: fn(&Change) -> bool) -> Batch {
    Batch { changes: batch.changes.into_iter().filter(|change| !is_left_out(change)).collect(), ..batch }
}

/// The submission of a referral on which only one partner works.
fn simple(number: u8) -> Batch {
    let mut batch = submission(number);
    let own = baton_exchange::id::Home::of(&super::sample::exchange(), &super::sample::partner());
    batch.asserts.clear();
    batch.changes.retain(|change| !matches!(change, Change::PutNames { .. } | Change::PutResources { .. }));
    for change in &mut batch.changes {
        match change {
            Change::PutReferral(referral) => (referral.home, referral.course) = (own, None),
            Change::PutReceipt(receipt) => receipt.home = own,
            Change::PutNotice(notice) => notice.home = own,
            _ => {}
        }
    }
    batch
}

#[tokio::test]
async fn where_one_partner_works_alone_there_is_no_key_file() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, simple(1)).await;
    assert!(!place.keys().exists());
    assert_eq!(place.seals(), 0);
}

#[tokio::test]
async fn all_of_a_referral_has_one_key_and_each_referral_its_own() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, submission(1)).await;
    let key = place.key_of(owner(1)).unwrap();
    commit(&store, update(1, 2)).await;
    commit(&store, submission(2)).await;
    assert_eq!(place.key_of(owner(1)), Some(key.clone()));
    assert_ne!(place.key_of(owner(2)), Some(key));
    assert_eq!(place.seals(), 2);
}

#[tokio::test]
async fn a_message_that_is_put_into_effect_takes_its_key_along() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, early(1)).await;
    let key = place.key_of(early_id(1).into()).unwrap();
    let mut batch = submission(1);
    batch.changes.push(Change::DropOrphans { home: home(), ids: vec![early_id(1)] });
    commit(&store, batch).await;
    assert!(!place.has(&key) && place.key_of(owner(1)).is_some());
}

#[tokio::test]
async fn a_message_whose_referral_never_came_takes_its_key_along() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, early(1)).await;
    let key = place.key_of(early_id(1).into()).unwrap();
    let forget = Batch { asserts: Vec::new(), changes: vec![Change::ForgetExpired(NOW.plus_secs(4000))] };
    commit(&store, forget).await;
    assert!(!place.has(&key));
}

#[tokio::test]
async fn a_message_that_is_kept_already_needs_no_second_key() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, early(1)).await;
    commit(&store, early(1)).await;
    let known = store.known(question(1, "early-1")).await.unwrap();
    assert!(known.orphans[0].request.starts_with(b"{\"text\":"));
}

#[tokio::test]
async fn rows_of_destroyed_keys_go() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    for number in 1..9 {
        commit(&store, submission(number)).await;
        let quiet = |change: &Change| matches!(change, Change::PutReceipt(_) | Change::PutNotice(_));
        commit(&store, without(revoke(number, 2), quiet)).await;
    }
    commit(&store, submission(9)).await;
    assert_eq!(place.seals(), 1);
}

#[tokio::test]
async fn a_store_without_its_key_file_does_not_open() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, submission(1)).await;
    drop(store);
    fs::remove_file(place.keys()).unwrap();
    let error = place.open(Care::Full).err().map(|error| error.to_string());
    let text = "the store is damaged: the key file is missing on which the database relies: name it in [store] keys";
    assert_eq!(error.as_deref(), Some(text));
    assert!(!place.keys().exists());
}

#[tokio::test]
async fn a_living_referral_without_its_key_is_damage_for_reading_and_for_writing() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, submission(1)).await;
    let key = place.key_of(owner(1)).unwrap();
    let bytes = fs::read(place.keys()).unwrap();
    let at = bytes.windows(key.len()).position(|window| window == key).unwrap();
    let mut damaged = bytes;
    damaged[at - 8..at + 56].fill(0);
    fs::write(place.keys(), damaged).unwrap();
    let text = "the store is damaged: the key file has no key in slot 0";
    let known = store.known(question(1, "submission-1")).await.err().map(|error| error.to_string());
    let committed = store.commit(update(1, 2)).await.err().map(|error| error.to_string());
    assert_eq!((known.as_deref(), committed.as_deref()), (Some(text), Some(text)));
}

//! A database knows its key file again: it is neither read nor cleared by the keys of another one.

use std::fs;

use baton_exchange::decision::Change;

use super::{
    place::{Place, commit},
    sample::{early, referral_id, revoke, submission, update},
};
use crate::{Committed, Store, clear_again, seal::Care};

const OTHER: &str = "the store is damaged: the key file is that of another database: name the one that lies with this database, in [store] keys";
const SHUT: &str = "the store is damaged: nothing that is sealed in the database opens with this key file: name the one that lies \
                    with this database, in [store] keys";

/// A place with that many referrals.
async fn with(count: u8) -> Place {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    for number in 1..=count {
        commit(&store, submission(number)).await;
    }
    place
}

/// A place with that many referrals, and the key file of another one in which as many were submitted and one was revoked.
async fn with_keys_of_another(count: u8) -> Place {
    let (place, other) = (with(count).await, with(count).await);
    commit(&other.open(Care::Full).unwrap(), revoke(1, 2)).await;
    fs::copy(other.keys(), place.keys()).unwrap();
    place
}

#[track_caller]
fn check_shut(place: &Place, expected: &str) {
    let before = fs::read(place.keys()).unwrap();
    let error = place.open(Care::Full).err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(expected));
    assert_eq!(fs::read(place.keys()).unwrap(), before, "no key of the other file was touched");
}

#[tokio::test]
async fn a_store_with_the_key_file_of_another_one_does_not_open() {
    for count in [1, 3] {
        check_shut(&with_keys_of_another(count).await, OTHER);
    }
}

#[tokio::test]
async fn keys_that_a_crash_left_are_not_destroyed_in_the_file_of_another_one() {
    let (place, other) = (with(1).await, with(3).await);
    let store = place.open(Care::NoDestroying).unwrap();
    commit(&store, revoke(1, 2)).await;
    drop(store);
    fs::copy(other.keys(), place.keys()).unwrap();
    check_shut(&place, OTHER);
}

#[tokio::test]
async fn the_file_is_on_record_before_anything_is_sealed() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    assert!(!place.has_fingerprint() && !place.keys().exists());
    // sealed, and then not written
    assert_eq!(store.commit(update(1, 2)).await.unwrap(), Committed::Outdated);
    assert!(place.has_fingerprint() && place.seals() == 0);
}

#[tokio::test]
async fn the_file_is_on_record_before_anything_is_blinded_and_not_made_anew_then() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    store.blind_secret().await.unwrap();
    assert!(place.has_fingerprint());
    drop(store);
    fs::remove_file(place.keys()).unwrap();
    assert!(place.open(Care::Full).is_err());
    assert!(!place.keys().exists());
}

#[tokio::test]
async fn a_file_of_another_one_that_comes_while_the_store_is_open_seals_nothing() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    let second = place.open(Care::Full).unwrap();
    commit(&store, submission(1)).await;
    fs::copy(with(1).await.keys(), place.keys()).unwrap();
    let error = second.commit(submission(2)).await.err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(OTHER));
    assert_eq!(place.seals(), 1);
}

#[tokio::test]
async fn a_database_of_an_older_version_takes_the_file_that_opens_a_body() {
    let place = with(2).await;
    place.forget_fingerprint();
    drop(place.open(Care::Full).unwrap());
    assert!(place.has_fingerprint());
    fs::copy(with(2).await.keys(), place.keys()).unwrap();
    check_shut(&place, OTHER);
}

#[tokio::test]
async fn a_database_of_an_older_version_takes_no_file_that_opens_nothing() {
    for count in [1, 3] {
        let place = with_keys_of_another(count).await;
        place.forget_fingerprint();
        check_shut(&place, SHUT);
        assert!(!place.has_fingerprint());
    }
}

#[tokio::test]
async fn any_kind_of_body_will_do() {
    for kind in 0..3 {
        let (place, mut batch) = (Place::new(), submission(1));
        match kind {
            0 => batch.changes.retain(|change| !matches!(change, Change::PutReceipt(_))),
            1 => batch.changes.retain(|change| !matches!(change, Change::PutResources { .. })),
            _ => batch = early(1),
        }
        commit(&place.open(Care::Full).unwrap(), batch).await;
        place.forget_fingerprint();
        drop(place.open(Care::Full).unwrap());
        place.forget_fingerprint();
        fs::copy(with(1).await.keys(), place.keys()).unwrap();
        check_shut(&place, SHUT);
    }
}

#[tokio::test]
async fn one_damaged_key_says_nothing_about_the_file() {
    let place = with(2).await;
    place.forget_fingerprint();
    let key = place.key_of(referral_id(1).into()).unwrap();
    let mut bytes = fs::read(place.keys()).unwrap();
    let at = bytes.windows(key.len()).position(|window| window == key).unwrap();
    bytes[at] ^= 1;
    fs::write(place.keys(), bytes).unwrap();
    drop(place.open(Care::Full).unwrap());
    assert!(place.has_fingerprint());
}

#[tokio::test]
async fn a_database_of_an_older_version_in_which_nothing_is_left_to_open_takes_the_file_that_is_there() {
    let place = Place::new();
    let mut batch = submission(1);
    batch.changes.retain(|change| matches!(change, Change::PutReferral(_) | Change::PutNotice(_)));
    commit(&place.open(Care::Full).unwrap(), batch).await;
    place.forget_fingerprint();
    let store = place.open(Care::Full).unwrap();
    assert!(place.has_fingerprint());
    assert_eq!(clear_again(&store, super::sample::NOW).await.unwrap(), 0);
}

//! R7: a copy of the database from before the revoke, beside the key file of today.

use super::{
    place::{Place, commit},
    revoke::{check_revoked, fill},
    sample::{NOW, home, referral_id, revoke, submission},
};
use crate::{Page, ReferralQuestion, Store, StoreError, clear_again, seal::Care};

#[tokio::test]
async fn what_was_revoked_after_a_copy_was_made_is_cleared_again_when_it_is_restored() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    commit(&store, submission(2)).await;
    drop(store);
    let copy = place.copy();
    let store = place.open(Care::Full).unwrap();
    commit(&store, revoke(1, 6)).await;
    assert_eq!(store.keyless().await.unwrap(), []);
    drop(store);
    place.restore(&copy);
    let store = place.open(Care::Full).unwrap();
    // the referral, and the message that waited for it
    assert_eq!(store.keyless().await.unwrap().len(), 2);
    assert_eq!(clear_again(&store, NOW.plus_secs(60)).await.unwrap(), 1);
    check_revoked(&store).await;
    assert_eq!(place.traces(), Vec::<String>::new());
    let (left, _) = store.erasures(home(), None, Page { size: 9, after: None }).await.unwrap();
    assert_eq!(
        left.iter().map(|one| (one.referral, one.at)).collect::<Vec<_>>(),
        [(referral_id(1), NOW.plus_secs(60))]
    );
    assert_eq!(clear_again(&store, NOW.plus_secs(61)).await.unwrap(), 0, "once is enough");
    // others live on
    let other = ReferralQuestion { id: Some(referral_id(2)), ..ReferralQuestion::all(home()) };
    let (found, _) = store.referrals(other, Page { size: 1, after: None }).await.unwrap();
    assert_eq!(found[0].referral.version, 1);
}

/// A place with a copy in which two referrals live, beside the key file of today, in which both were revoked.
async fn with_all_revoked_since() -> Place {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    commit(&store, submission(1)).await;
    commit(&store, submission(2)).await;
    drop(store);
    let copy = place.copy();
    let store = place.open(Care::Full).unwrap();
    commit(&store, revoke(1, 2)).await;
    commit(&store, revoke(2, 2)).await;
    drop(store);
    place.restore(&copy);
    place
}

#[tokio::test]
async fn a_copy_in_which_everything_was_revoked_since_is_cleared_again_too() {
    let place = with_all_revoked_since().await;
    let store = place.open(Care::Full).unwrap();
    assert_eq!(clear_again(&store, NOW.plus_secs(60)).await.unwrap(), 2);
    let (left, _) = store.erasures(home(), None, Page { size: 9, after: None }).await.unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(place.traces(), Vec::<String>::new());
}

#[tokio::test]
async fn such_a_copy_of_an_older_version_does_not_open_since_no_body_says_whose_keys_these_are() {
    let place = with_all_revoked_since().await;
    place.forget_fingerprint();
    assert!(matches!(place.open(Care::Full), Err(StoreError::Corrupt(_))));
    assert!(!place.has_fingerprint());
}

#[tokio::test]
async fn a_restored_copy_that_is_not_cleared_again_is_caught() {
    let place = Place::new();
    let store = place.open(Care::Full).unwrap();
    fill(&store).await;
    drop(store);
    let copy = place.copy();
    let store = place.open(Care::Full).unwrap();
    commit(&store, revoke(1, 6)).await;
    drop(store);
    place.restore(&copy);
    let store = place.open(Care::Full).unwrap();
    let (left, _) = store.erasures(home(), None, Page { size: 9, after: None }).await.unwrap();
    assert!(left.is_empty(), "it stands there as if it were alive");
    assert_eq!(store.keyless().await.unwrap().len(), 2);
}

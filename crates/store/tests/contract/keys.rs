//! Where the key file is, and when it is made.

use std::path::Path;

use baton_exchange::decision::Change;
use baton_store::{default_keys, open_with_keys};

use crate::{
    fresh::SqliteFile,
    sample::submission,
    shared::{case, done, shared_receipt},
};

#[test]
fn the_key_file_is_beside_a_sqlite_file_and_in_the_current_folder_for_postgresql() {
    assert_eq!(default_keys("sqlite:data/baton.db"), Path::new("data/baton.db.keys"));
    assert_eq!(default_keys("postgres://baton@db/baton"), Path::new("baton.keys"));
}

#[tokio::test]
async fn the_key_file_is_made_with_the_first_referral_of_several_partners() {
    let file = SqliteFile::new();
    let keys = file.path().with_extension("db.keys");
    let store = file.open().await;
    store.commit(submission(1, vec![])).await.unwrap();
    assert!(!keys.exists());
    let receipt = Change::PutReceipt(shared_receipt("first", 2));
    done(&store, vec![Change::PutReferral(case(2, &["clinic-b"])), receipt]).await;
    assert!(keys.exists());
}

#[tokio::test]
async fn the_secret_stays_the_same_and_is_in_the_key_file_that_is_named() {
    let file = SqliteFile::new();
    let (url, keys) = (format!("sqlite:{}", file.path().display()), file.path().with_file_name("elsewhere"));
    let secret = open_with_keys(&url, &keys).await.unwrap().blind_secret().await.unwrap();
    assert!(keys.exists() && !file.path().with_extension("db.keys").exists());
    assert_eq!(open_with_keys(&url, &keys).await.unwrap().blind_secret().await.unwrap(), secret);
    assert_ne!(secret, [0; 32]);
}

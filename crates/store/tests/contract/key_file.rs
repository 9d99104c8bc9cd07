//! How processes and copies of a PostgreSQL database know their key file again.

use std::{path::Path, sync::Arc};

use baton_exchange::referral::ReferralState;
use baton_store::{Page, ReferralQuestion, Store, StoreError, clear_again};

use crate::{
    postgres_server::Server,
    residue::fill,
    sample::NOW,
    shared::{done, erase, shared_home},
};

/// Runs all of them, and names those that do not hold.
pub async fn broken(server: &Arc<Server>) -> Vec<&'static str> {
    let mut broken = Vec::new();
    if tokio::spawn(cleared_again(Arc::clone(server))).await.is_err() {
        broken.push("a_copy_in_which_everything_was_revoked_since_is_cleared_again");
    }
    if tokio::spawn(not_by_another(Arc::clone(server))).await.is_err() {
        broken.push("a_database_does_not_open_with_the_key_file_of_another");
    }
    if tokio::spawn(adopted(Arc::clone(server))).await.is_err() {
        broken.push("a_database_of_an_older_version_takes_the_file_that_opens_a_body");
    }
    if tokio::spawn(first_comes(Arc::clone(server))).await.is_err() {
        broken.push("of_processes_with_different_key_files_one_is_the_first");
    }
    broken
}

/// A database with a referral that lives, and a copy of it.
async fn with_copy(server: &Server) -> (String, String) {
    let database = server.fresh_database().await;
    fill(&server.open(&database).await.unwrap()).await;
    let copy = server.copy(&database).await;
    (database, copy)
}

async fn living(store: &Arc<dyn Store>) -> usize {
    let page = Page { size: 9, after: None };
    let (found, _) = store.referrals(ReferralQuestion::all(shared_home()), page).await.unwrap();
    found.iter().filter(|listed| listed.referral.state != ReferralState::Revoked).count()
}

async fn cleared_again(server: Arc<Server>) {
    let (database, copy) = with_copy(&server).await;
    done(&server.open(&database).await.unwrap(), vec![erase(1)]).await;
    let store = server.open(&copy).await.unwrap();
    assert_eq!(living(&store).await, 1, "it stands there as if it were alive");
    assert_eq!(clear_again(&*store, NOW).await.unwrap(), 1);
    assert_eq!((living(&store).await, store.keyless().await.unwrap().len()), (0, 0));
}

#[track_caller]
fn check_refused(opened: Result<Arc<dyn Store>, StoreError>, expected: &str) {
    let error = opened.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(matches!(error.split_once(expected), Some(("the store is damaged: ", _))), "{error}");
}

const OTHER: &str = "the key file is that of another database";
const SHUT: &str = "nothing that is sealed in the database opens with this key file";

/// A key file with a destroyed key where the database has a living referral.
async fn keys_of_another(server: &Server, folder: &Path) -> std::path::PathBuf {
    let (keys, database) = (folder.join("other.keys"), server.fresh_database().await);
    let store = server.open_with(&database, &keys).await.unwrap();
    fill(&store).await;
    done(&store, vec![erase(1)]).await;
    keys
}

async fn not_by_another(server: Arc<Server>) {
    let (folder, database) = (tempfile::tempdir().unwrap(), server.fresh_database().await);
    let (own, other) = (folder.path().join("own.keys"), keys_of_another(&server, folder.path()).await);
    fill(&server.open_with(&database, &own).await.unwrap()).await;
    check_refused(server.open_with(&database, &other).await, OTHER);
    server.client(&database).await.batch_execute("DELETE FROM key_file").await.unwrap();
    check_refused(server.open_with(&database, &other).await, SHUT);
    assert_eq!(living(&server.open_with(&database, &own).await.unwrap()).await, 1, "nothing was cleared");
}

async fn adopted(server: Arc<Server>) {
    let (folder, database) = (tempfile::tempdir().unwrap(), server.fresh_database().await);
    let other = keys_of_another(&server, folder.path()).await;
    fill(&server.open(&database).await.unwrap()).await;
    server.client(&database).await.batch_execute("DELETE FROM key_file").await.unwrap();
    let (one, two) = tokio::join!(server.open(&database), server.open(&database));
    assert!(one.is_ok() && two.is_ok());
    check_refused(server.open_with(&database, &other).await, OTHER);
}

async fn first_comes(server: Arc<Server>) {
    let (folder, database) = (tempfile::tempdir().unwrap(), server.fresh_database().await);
    let names = ["a", "a", "b", "b"].map(|name| folder.path().join(name));
    let mut stores = Vec::new();
    for keys in &names {
        stores.push(server.open_with(&database, keys).await.unwrap());
    }
    let asked = stores.into_iter().map(|store| tokio::spawn(async move { store.blind_secret().await.ok() }));
    let mut secrets = Vec::new();
    for task in asked.collect::<Vec<_>>() {
        secrets.push(task.await.unwrap());
    }
    assert_eq!((secrets[0], secrets[2]), (secrets[1], secrets[3]), "who shares a file is of one mind");
    assert!(secrets[0].is_some() != secrets[2].is_some(), "one file is the database's");
}

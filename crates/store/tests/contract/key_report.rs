//! What is said of a key file and its database, which nobody changes by asking.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use baton_store::{Fit, KeyFileReport, KeyReport, Reliance, default_keys, key_report};

use crate::{
    fresh::SqliteFile,
    postgres_server::Server,
    residue::fill,
    shared::{done, erase},
};

/// Holds for a database with one referral and one early message, whose keys are two.
async fn check(url: &str, keys: &Path, revoked: u64, fit: Fit) {
    let KeyReport { file, reliance, fit: found } = key_report(url, keys).await.unwrap();
    let file = file.unwrap();
    assert_eq!((file.mode, file.destroyed, found), (0o600, revoked, fit));
    let Reliance { used, needed, is_recorded } = reliance.unwrap();
    assert!(used == 2 - revoked && is_recorded && needed <= file.made, "{used} of {needed} of {}", file.made);
}

#[tokio::test]
async fn before_the_first_key_there_is_little_to_say() {
    let file = SqliteFile::new();
    let (url, keys) = (format!("sqlite:{}", file.path().display()), file.path().with_extension("db.keys"));
    let nothing = KeyReport { file: None, reliance: None, fit: Fit::Unknown };
    assert_eq!(key_report(&url, &keys).await.unwrap(), nothing);
    assert!(!file.path().exists() && !keys.exists(), "looking makes nothing");
    drop(file.open().await);
    let empty = KeyReport { reliance: Some(Reliance::default()), ..nothing };
    assert_eq!(key_report(&url, &keys).await.unwrap(), empty);
}

#[tokio::test]
async fn a_database_beside_its_server_says_what_it_relies_on() {
    let file = SqliteFile::new();
    let url = format!("sqlite:{}", file.path().display());
    let (store, keys) = (file.open().await, default_keys(&url));
    fill(&store).await;
    check(&url, &keys, 0, Fit::Same).await;
    let other = SqliteFile::new();
    fill(&other.open().await).await;
    check(&url, &other.path().with_extension("db.keys"), 0, Fit::Other).await;
    drop(store);
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o640)).unwrap();
    let found = key_report(&url, &keys).await.unwrap().file;
    assert!(matches!(found, Some(KeyFileReport { mode: 0o640, .. })), "{found:?}");
    fs::remove_file(&keys).unwrap();
    let report = key_report(&url, &keys).await.unwrap();
    assert!(report.file.is_none() && report.reliance.is_some_and(|it| it.is_recorded));
}

#[tokio::test]
async fn keys_that_were_destroyed_are_counted() {
    let file = SqliteFile::new();
    let (url, store) = (format!("sqlite:{}", file.path().display()), file.open().await);
    fill(&store).await;
    done(&store, vec![erase(1)]).await;
    check(&url, &default_keys(&url), 2, Fit::Same).await;
}

/// The same on PostgreSQL.
pub async fn broken(server: &Arc<Server>) -> Vec<&'static str> {
    let server = Arc::clone(server);
    let task = tokio::spawn(async move {
        let (folder, database) = (tempfile::tempdir().unwrap(), server.fresh_database().await);
        let (url, keys) = (server.url(&database), folder.path().join("own.keys"));
        let report = key_report(&url, &keys).await.unwrap();
        assert_eq!((report.file, report.reliance), (None, Some(Reliance::default())));
        let store = server.open_with(&database, &keys).await.unwrap();
        fill(&store).await;
        check(&url, &keys, 0, Fit::Same).await;
        done(&store, vec![erase(1)]).await;
        check(&url, &keys, 2, Fit::Same).await;
    });
    if task.await.is_err() { vec!["a_database_beside_its_server_says_what_it_relies_on"] } else { Vec::new() }
}

//! What a SQLite file lives through: other programs, crashes, newer and older versions of this program.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use baton_exchange::{decision::Change, pointer::PointerState, resource::IndexKey};
use baton_store::{Committed, Store, StoreError};
use rusqlite::Connection;

use crate::{
    fresh::SqliteFile,
    sample::{NOW, batch, by_envelope, by_id, index_key, look, moved, pointer, resource, subject, submission, the},
    shared::{done, erase, orphan, put, put_names, seen},
};

async fn open(path: &Path) -> Result<std::sync::Arc<dyn Store>, StoreError> {
    baton_store::open(&format!("sqlite:{}", path.display())).await
}

/// Opening must fail with this text.
async fn check_refused(url: &str, expected: &str) {
    let error = baton_store::open(url).await.err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some(expected));
}

#[tokio::test]
async fn a_url_of_an_unknown_kind_is_refused() {
    let text = "the store is not available: the URL begins neither with sqlite: nor with postgres://";
    check_refused("mysql://localhost/baton", text).await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_and_its_log_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let file = SqliteFile::new();
    let store = open(&file.path()).await.unwrap();
    store.commit(submission(1, Vec::new())).await.unwrap();
    let modes: Vec<u32> = fs::read_dir(file.path().parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert!(modes.len() > 1 && modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
}

#[tokio::test]
async fn a_url_without_a_file_is_refused() {
    let text = "the store is not available: a sqlite URL names a file: sqlite:PATH";
    check_refused("sqlite:", text).await;
    check_refused("sqlite::memory:", text).await;
}

#[tokio::test]
async fn a_file_in_a_folder_that_does_not_exist_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/nowhere/baton.db", folder.path().display());
    check_refused(&url, "the store is not available: the folder of the database does not exist").await;
}

#[tokio::test]
async fn a_postgresql_url_that_asks_for_encryption_is_refused() {
    let text = "the store is not available: encrypted connections to PostgreSQL are not supported yet: leave out \
                sslmode, or connect through a tunnel";
    check_refused("postgres://baton:secret@localhost/baton?sslmode=require", text).await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let file = SqliteFile::new();
    fs::write(file.path(), vec![b'x'; 10_000]).unwrap();
    assert!(matches!(open(&file.path()).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn the_database_of_another_program_is_refused() {
    let file = SqliteFile::new();
    Connection::open(file.path()).unwrap().execute_batch("CREATE TABLE receipt (id)").unwrap();
    assert!(matches!(open(&file.path()).await, Err(StoreError::Corrupt(_))));
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let file = SqliteFile::new();
    drop(file.open().await);
    let change = "INSERT INTO migration VALUES (99, x'00')";
    Connection::open(file.path()).unwrap().execute_batch(change).unwrap();
    let error = open(&file.path()).await.err().map(|error| error.to_string()).unwrap();
    assert!(error.contains("schema 99"), "{error}");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_clean_stop() {
    let file = SqliteFile::new();
    let store = file.open().await;
    let sent = submission(1, vec![resource("Patient/p1", "", &[])]);
    assert_eq!(store.commit(sent).await.unwrap(), Committed::Done);
    drop(store);
    assert!(!file.path().with_extension("db-wal").exists(), "the log was moved into the file");
    let store = file.open().await;
    assert!(store.known(by_envelope("envelope-1", NOW)).await.unwrap().by_envelope.is_some());
    assert!(store.resource(the("Patient/p1")).await.unwrap().found().is_some());
}

/// A copy of the files at some moment is what a killed process, or a power cut, leaves behind.
#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let (file, left_behind) = (SqliteFile::new(), SqliteFile::new());
    let store = file.open().await;
    for number in 1..=20 {
        let sent = submission(number, vec![resource("Patient/p1", "", &[])]);
        assert_eq!(store.commit(sent).await.unwrap(), Committed::Done);
    }
    for extension in ["db", "db-wal"] {
        fs::copy(file.path().with_extension(extension), left_behind.path().with_extension(extension)).unwrap();
    }
    let reopened = left_behind.open().await;
    assert_eq!(reopened.audit(0, 100).await.unwrap().len(), 20);
    assert_eq!(reopened.resource(the("Patient/p1")).await.unwrap().found().unwrap().version, 20);
    assert!(reopened.known(by_envelope("envelope-20", NOW)).await.unwrap().by_envelope.is_some());
}

#[tokio::test]
async fn pointers_and_who_looked_at_them_are_there_after_a_kill() {
    let (file, left_behind) = (SqliteFile::new(), SqliteFile::new());
    let store = file.open().await;
    let line = look(1, subject(1), &[pointer(1)]);
    let changes = vec![Change::PutPointer(pointer(1)), Change::PutAudit(line.clone())];
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
    let withdrawn = moved(&pointer(1), PointerState::EnteredInError);
    let change = vec![Change::PutPointer(withdrawn.clone())];
    assert_eq!(store.commit(batch(change)).await.unwrap(), Committed::Done);
    for extension in ["db", "db-wal"] {
        fs::copy(file.path().with_extension(extension), left_behind.path().with_extension(extension)).unwrap();
    }
    drop(store);
    for kept in [file, left_behind] {
        let store = kept.open().await;
        assert_eq!(store.pointers(vec![by_id(&withdrawn)]).await.unwrap(), [Some(withdrawn.clone())]);
        assert_eq!(store.audit(0, 10).await.unwrap(), [(1, line.clone())]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_another_program_holds_the_write_lock_commits_fail_in_time_and_readers_go_on() {
    let file = SqliteFile::new();
    let store = file.open().await;
    assert_eq!(store.commit(submission(1, Vec::new())).await.unwrap(), Committed::Done);
    let other = Connection::open(file.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    let begun = Instant::now();
    let (first, second, ready) =
        tokio::join!(store.commit(submission(2, Vec::new())), store.commit(submission(3, Vec::new())), store.ready());
    assert!(matches!(first, Err(StoreError::Unavailable(_))) && matches!(second, Err(StoreError::Unavailable(_))));
    assert!(matches!(ready, Err(StoreError::Unavailable(_))));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(store.known(by_envelope("envelope-1", NOW)).await.unwrap().by_envelope.is_some());

    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(store.commit(submission(2, Vec::new())).await.unwrap(), Committed::Done);
    store.ready().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_waits_for_another_program_that_is_soon_done() {
    let file = SqliteFile::new();
    let store = file.open().await;
    let other = Connection::open(file.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (done, commit) = tokio::sync::oneshot::channel();
    let waiting = tokio::spawn(async move { done.send(store.commit(submission(1, Vec::new())).await.unwrap()) });
    tokio::task::yield_now().await;
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(commit.await.unwrap(), Committed::Done);
    waiting.await.unwrap().unwrap();
}

fn is_in_a_file(file: &SqliteFile, mark: IndexKey) -> bool {
    let has_mark = |bytes: Vec<u8>| bytes.windows(mark.0.len()).any(|part| part == mark.0);
    ["db", "db-wal"].iter().any(|extension| fs::read(file.path().with_extension(extension)).is_ok_and(has_mark))
}

/// Bodies are sealed, and searched for elsewhere; what a resource was found by is not, and is written over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_erased_is_in_no_file() {
    let file = SqliteFile::new();
    let store = file.open().await;
    for number in 1..=20 {
        let mark = if number == 7 { "mark" } else { "another mark" };
        let changes = vec![
            put_names(number, &[&format!("name-{number}")]),
            put(number, vec![resource(&format!("Task/t{number}"), "", &[mark])], &[]),
            Change::PutOrphan(orphan(number, &[&format!("name-{number}")])),
        ];
        done(&store, changes).await;
    }
    assert!(is_in_a_file(&file, index_key("mark")));
    done(&store, vec![erase(7)]).await;
    // The log is emptied beside the writer, soon.
    let begun = Instant::now();
    while is_in_a_file(&file, index_key("mark")) {
        assert!(begun.elapsed() < Duration::from_secs(20), "the log is emptied");
        store.ready().await.unwrap();
    }
    done(&store, vec![put(1, vec![resource("Task/t1", "again", &[])], &[])]).await;
    assert!(store.resource(seen("Task/t2", None)).await.unwrap().found().is_some());
}

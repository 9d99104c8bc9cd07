//! What is left of a revoked referral in the files of PostgreSQL: nothing that can be read, in its tables and its log alike, nor
//! in those of a standby, nor in a backup. It is R4 of the specification of security.
//!
//! The same bodies in a referral on which one partner works alone, which is not sealed, show that they would be found.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use baton_exchange::decision::Change;
use baton_store::Store;
use baton_testkit::residue::{Scanner, Trace};

use crate::{
    postgres_server::Server,
    sample::{batch, receipt, replace, resource, submission},
    shared::{case, done, erase, orphan, put, put_names, shared_notice, shared_receipt},
    standby::Standby,
};

const OPEN: &str = "Quillfeather of Heronsgate";
const SEALED: &str = "Thistlewood of Brackenbury";
const DICTIONARY: &[u8] = include_bytes!("../../data/dictionary-1.bin");

/// Runs all of them, and names those that do not hold.
pub async fn broken(server: &Arc<Server>) -> Vec<&'static str> {
    let mut broken = Vec::new();
    if tokio::spawn(nothing_is_left(Arc::clone(server))).await.is_err() {
        broken.push("nothing_of_a_revoked_referral_is_left_in_postgresql");
    }
    if tokio::spawn(finished_by_another(Arc::clone(server))).await.is_err() {
        broken.push("what_a_crash_left_is_finished_by_the_next_process_that_starts");
    }
    if tokio::spawn(gone_for_all(Arc::clone(server))).await.is_err() {
        broken.push("a_key_that_one_process_destroyed_is_gone_for_all");
    }
    broken
}

/// A referral of several partners, and an early message with its name.
pub async fn fill(store: &Arc<dyn Store>) {
    let mut receipt = shared_receipt("fill", 1);
    receipt.request = SEALED.into();
    let mut notice = shared_notice(1, 1, "clinic-b");
    notice.body = SEALED.into();
    let mut early = orphan(1, &["n"]);
    early.request = SEALED.into();
    let changes = vec![
        Change::PutReferral(case(1, &["clinic-b"])),
        put_names(1, &["n"]),
        put(1, vec![resource("Patient/1", SEALED, &[])], &[]),
        Change::PutReceipt(receipt),
        Change::PutNotice(notice),
        Change::PutOrphan(early),
    ];
    done(store, changes).await;
}

/// The same words in a referral that is not sealed.
async fn fill_open(store: &Arc<dyn Store>) {
    let mut open = receipt("open");
    open.request = OPEN.into();
    store.commit(batch(vec![Change::PutReceipt(open)])).await.unwrap();
    store.commit(submission(1, vec![])).await.unwrap();
    store.commit(batch(vec![replace(1, vec![resource("Patient/open", OPEN, &[])])])).await.unwrap();
}

async fn nothing_is_left(server: Arc<Server>) {
    let Some(folder) = server.folder() else { return };
    let standby = Standby::of(&server).await;
    let database = server.fresh_database().await;
    let store = server.open(&database).await.unwrap();
    fill_open(&store).await;
    fill(&store).await;
    let keys = keys(&server, &database).await;
    done(&store, vec![erase(1)]).await;
    let client = server.client(&database).await;
    client.batch_execute("CHECKPOINT").await.unwrap();
    let mut places = vec![folder.join("data/base"), folder.join("data/pg_wal")];
    if let Some(standby) = &standby {
        standby.catch_up(&client).await;
        places.extend([standby.data().join("base"), standby.data().join("pg_wal")]);
    }
    places.extend(dump(&server, &database, folder));
    let scanner = Scanner::default().dictionary(DICTIONARY).text("open", OPEN).text("sealed", SEALED);
    let scanner = keys.iter().fold(scanner, |scanner, key| scanner.bytes("key", key));
    let traces = scanner.scan(folder).unwrap();
    for place in &places {
        let is_there = |trace: &Trace| trace.file.starts_with(place) && trace.canary == "open";
        assert!(traces.iter().any(is_there), "what is not sealed would be found in {place:?}");
    }
    assert!(keys.len() == 2 && traces.iter().all(|trace| trace.canary == "open"), "{traces:#?}");
}

/// Writes backups of a database into the folder, in two forms, and says where.
fn dump(server: &Server, database: &str, folder: &Path) -> Vec<PathBuf> {
    let mut made = Vec::new();
    for (name, form) in [("dump.sql", "--format=plain"), ("dump", "--format=custom")] {
        let to = folder.join(name);
        let words = [form, "--dbname", &server.url(database), "--file", to.to_str().unwrap()];
        match server.run("pg_dump", &words) {
            Some(is_made) => assert!(is_made, "a backup could not be made"),
            None => {
                println!("skipped: no backup is looked at, for pg_dump is not installed");
                continue;
            }
        }
        made.push(to);
    }
    made
}

/// The bytes of all living keys of a database.
async fn keys(server: &Server, database: &str) -> Vec<Vec<u8>> {
    let rows = server.client(database).await.query("SELECT slot FROM seal WHERE state = 'live'", &[]).await.unwrap();
    let file = std::fs::read(server.keys()).unwrap();
    let key = |slot: i64| file[4096 + 64 * slot as usize + 8..][..32].to_vec();
    rows.iter().map(|row| key(row.get(0))).collect()
}

fn has(server: &Server, key: &[u8]) -> bool {
    let scanner = Scanner::default().bytes("key", key);
    !scanner.scan(&server.keys()).unwrap().is_empty()
}

async fn finished_by_another(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let store = server.open(&database).await.unwrap();
    fill(&store).await;
    let keys = keys(&server, &database).await;
    assert!(keys.len() == 2 && keys.iter().all(|key| has(&server, key)));
    // As the commit of an erasure leaves it when the process ends at once.
    let client = server.client(&database).await;
    client.batch_execute("UPDATE seal SET state = 'erased'").await.unwrap();
    drop(server.open(&database).await.unwrap());
    assert!(!keys.iter().any(|key| has(&server, key)));
    let left: i64 = client.query_one("SELECT count(*) FROM seal", &[]).await.unwrap().get(0);
    assert_eq!(left, 0);
}

async fn gone_for_all(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    fill(&stores[0]).await;
    let keys = keys(&server, &database).await;
    let question = || crate::shared::by_keys(&["n"]);
    let before = crate::shared::known(&stores[1], question()).await;
    assert_eq!((before.cases[0].resources.len(), before.orphans.len()), (1, 1));
    done(&stores[0], vec![erase(1)]).await;
    assert!(!keys.iter().any(|key| has(&server, key)));
    let after = crate::shared::known(&stores[1], question()).await;
    assert_eq!((after.cases[0].resources.len(), after.orphans.len()), (0, 0));
}

//! Databases of an older version of this program keep what is in them.

use std::sync::Arc;

use baton_exchange::{audit::AuditRecord, decision::Change};
use baton_store::{Committed, Store};
use rusqlite::{Connection, params};
use sha2::{Digest, Sha256};

use crate::{
    fresh::SqliteFile,
    postgres_server::Server,
    sample::{audit, batch, look, pointer, subject},
};

/// Schema 1 as it was released.
const SQLITE_1: &str = include_str!("../../src/migrations/sqlite/0001_first.sql");
const POSTGRES_1: &str = include_str!("../../src/migrations/postgres/0001_first.sql");
/// Values are put in here, since the columns are the same in both.
const COLUMNS: &str = "(home, at, exchange, partner, action, referral, message, request_id)";

/// Lines of the old schema are there, and new ones go on after them.
async fn check_audit_goes_on(store: Arc<dyn Store>) {
    let old = [(1, audit(1)), (2, audit(2))];
    assert_eq!(store.audit(0, 10).await.unwrap(), old);
    let new = look(3, subject(1), &[pointer(1)]);
    let changes = vec![Change::PutPointer(pointer(1)), Change::PutAudit(new.clone())];
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
    assert_eq!(store.audit(2, 10).await.unwrap(), [(3, new)]);
}

/// What schema 1 had in its columns of a line about a referral.
fn columns(record: &AuditRecord, referral: u32) -> (i64, i64, &str, &str, &'static str, [u8; 16], [u8; 16], &str) {
    let partner = record.partner.as_ref().unwrap().as_str();
    let referral = crate::sample::referral_id(referral).0;
    let AuditRecord { home, at, exchange, message, request_id, .. } = record;
    (home.0, at.0, exchange.as_str(), partner, "submitted", referral, message.0, request_id)
}

#[tokio::test]
async fn a_sqlite_file_of_schema_1_keeps_its_audit() {
    let file = SqliteFile::new();
    let old = Connection::open(file.path()).unwrap();
    old.execute_batch(&format!("PRAGMA application_id = {}; {SQLITE_1}", 0x4261_746e)).unwrap();
    old.execute_batch("CREATE TABLE migration (number INTEGER PRIMARY KEY, checksum BLOB NOT NULL) STRICT").unwrap();
    old.execute("INSERT INTO migration VALUES (1, ?1)", [Sha256::digest(SQLITE_1).to_vec()]).unwrap();
    for number in [1, 2] {
        let record = audit(number);
        let (home, at, exchange, partner, action, referral, message, request) = columns(&record, number);
        let insert = format!("INSERT INTO audit {COLUMNS} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        old.execute(&insert, params![home, at, exchange, partner, action, referral, message, request]).unwrap();
    }
    drop(old);
    check_audit_goes_on(file.open().await).await;
    check_reopens(&file).await;
}

/// The new schema is the one that the program expects at the next start.
async fn check_reopens(file: &SqliteFile) {
    assert_eq!(file.open().await.audit(0, 10).await.unwrap().len(), 3);
}

/// The same on PostgreSQL. One line has its number already and one has not.
pub async fn on_postgres(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let old = server.client(&database).await;
    old.batch_execute(POSTGRES_1).await.unwrap();
    old.batch_execute("CREATE TABLE migration (number bigint PRIMARY KEY, checksum bytea NOT NULL)").await.unwrap();
    old.execute("INSERT INTO migration VALUES (1, $1)", &[&Sha256::digest(POSTGRES_1).to_vec()]).await.unwrap();
    for number in [1, 2] {
        let record = audit(number);
        let (home, at, exchange, partner, action, referral, message, request) = columns(&record, number);
        let insert = format!("INSERT INTO audit {COLUMNS} VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
        let (referral, message) = (referral.to_vec(), message.to_vec());
        old.execute(&insert, &[&home, &at, &exchange, &partner, &action, &referral, &message, &request]).await.unwrap();
    }
    old.batch_execute("UPDATE audit SET number = 1 WHERE entry = 1").await.unwrap();
    check_audit_goes_on(server.open(&database).await.unwrap()).await;
}

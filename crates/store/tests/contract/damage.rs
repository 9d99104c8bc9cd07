//! What is damaged in a database harms nothing but itself. Source: spec of security, F07.

use std::sync::Arc;

use baton_exchange::{
    decision::Change,
    delivery::Trouble,
    id::{MessageId, PartnerId},
    notice::{Lease, Resend},
};
use baton_store::{ParkedQuestion, Store, StoreError};
use rusqlite::Connection;

use crate::{
    fresh::SqliteFile,
    postgres_server::Server,
    sample::{NOW, notice, page, partner, submission},
    shared::done,
};

const NOTICE: &str = "UPDATE notice SET body = substr(body, 1, 3) WHERE referral =
                      (SELECT referral FROM notice ORDER BY seq LIMIT 1)";
const LINE: &str = "UPDATE audit SET exchange = NULL";

async fn lease(store: &Arc<dyn Store>, partner: &PartnerId) -> Vec<u8> {
    let leases: Vec<Lease> = store.lease_notices(partner.clone(), NOW, NOW.plus_secs(60), 1).await.unwrap();
    leases.iter().map(|lease| lease.notice.id.0[15]).collect()
}

async fn queued(store: &Arc<dyn Store>) {
    done(store, vec![Change::PutNotice(notice(1, 1, "b")), Change::PutNotice(notice(2, 2, "b"))]).await;
}

/// The first of two notices is damaged: the other goes out, and people see the first, also after they had it sent again.
async fn check_notices(store: &Arc<dyn Store>) {
    let to = partner("b");
    for _ in 0..2 {
        let (first, second) = (lease(store, &to).await, lease(store, &to).await);
        assert!(first.len() <= 1 && second.is_empty(), "{first:?} {second:?}");
        let (parked, _) = store.parked_notices(ParkedQuestion::default(), page(10, None)).await.unwrap();
        let parked: Vec<_> = parked.iter().map(|parked| (parked.id.0[15], parked.trouble)).collect();
        assert_eq!(parked, [(1, Trouble::Damaged)]);
        assert_eq!(store.resend(Resend::AllParked, NOW, MessageId([9; 16])).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn a_damaged_notice_stands_in_nobodys_way() {
    let file = SqliteFile::new();
    let store = file.open().await;
    queued(&store).await;
    Connection::open(file.path()).unwrap().execute_batch(NOTICE).unwrap();
    check_notices(&store).await;
}

/// The same on PostgreSQL; and a line of the audit that somebody made unreadable is damage, and not a store that is away.
pub async fn on_postgres(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let store = server.open(&database).await.unwrap();
    queued(&store).await;
    let client = server.client(&database).await;
    client.batch_execute(&NOTICE.replace("substr(body, 1, 3)", "substring(body FROM 1 FOR 3)")).await.unwrap();
    check_notices(&store).await;
    store.commit(submission(1, Vec::new())).await.unwrap();
    assert!(!store.audit(0, 10).await.unwrap().is_empty());
    client.batch_execute(&format!("ALTER TABLE audit ALTER exchange DROP NOT NULL; {LINE}")).await.unwrap();
    let read = store.audit(0, 10).await;
    assert!(matches!(read, Err(StoreError::Corrupt(_))), "{read:?}");
}

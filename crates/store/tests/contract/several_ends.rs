//! What several processes on one PostgreSQL may not do to each other's readers.

use std::{collections::HashSet, sync::Arc};

use baton_exchange::{
    decision::Change,
    notice::{Attempted, ToldQuestion},
};
use baton_store::{Committed, Store};
use tokio::task::JoinSet;

use crate::{
    ends::{endpoint, told},
    postgres_server::Server,
    sample::{NOW, audit, batch, home, notice, partner, secs},
};

const WRITERS: u32 = 8;
const COMMITS_EACH: u32 = 25;
const NOTICES: u64 = (WRITERS * COMMITS_EACH) as u64;

/// Writers commit in whatever order while two readers go on from where they were: both see each notice once, those about one
/// referral in their order.
pub async fn read_while_others_write(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    let mut running = JoinSet::new();
    for writer in 0..WRITERS {
        let store = Arc::clone(&stores[writer as usize % 2]);
        running.spawn(async move {
            for place in 0..COMMITS_EACH {
                let number = place * WRITERS + writer + 1;
                let notices = vec![Change::PutNotice(notice(number, number % 5, "b"))];
                assert_eq!(store.commit(batch(notices)).await.unwrap(), Committed::Done);
            }
        });
    }
    let mut readers = JoinSet::new();
    for store in stores.clone() {
        readers.spawn(async move { read_all(&store).await });
    }
    running.join_all().await;
    let read = readers.join_all().await;
    assert_eq!(read[0], read[1]);
}

/// All that is told until as much was seen as is written, by pages.
async fn read_all(store: &Arc<dyn Store>) -> Vec<(u64, u8)> {
    let (mut seen, mut after) = (Vec::new(), 0);
    while (seen.len() as u64) < NOTICES {
        let page = told(store, after, 7).await;
        after = page.last().map_or(after, |(number, _)| *number);
        seen.extend(page);
    }
    assert!(seen.iter().map(|(number, _)| *number).eq(1..=NOTICES), "none is passed over, and none comes twice");
    seen
}

/// Notices are delivered, settled and numbered by several at once, and nobody is left waiting behind one that is done.
pub async fn settle_while_others_deliver(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    let notices = (1..=120).map(|number| Change::PutNotice(notice(number, number % 6, "b"))).collect();
    assert_eq!(stores[0].commit(batch(notices)).await.unwrap(), Committed::Done);
    let question = ToldQuestion { home: home(), partner: partner("b"), after: 0, limit: 1 };
    stores[0].told(question).await.unwrap();
    let mut running = JoinSet::new();
    for store in stores.clone() {
        running.spawn(async move { deliver_all(&store).await });
    }
    let settling = Arc::clone(&stores[1]);
    running.spawn(async move {
        for through in [10, 30, 60] {
            settling.settle_told(home(), partner("b"), through, audit(1)).await.unwrap();
        }
    });
    running.join_all().await;
    assert!(stores[0].backlogs().await.unwrap().is_empty());
}

async fn deliver_all(store: &Arc<dyn Store>) {
    loop {
        let leases = store.lease_notices(partner("b"), NOW, secs(60), 3).await.unwrap();
        if leases.is_empty() && store.backlogs().await.unwrap().is_empty() {
            return;
        }
        for lease in leases {
            // whether it still counts is not known: it may have been settled meanwhile
            store.attempted(lease.notice.id, lease.token, Attempted::Delivered).await.unwrap();
        }
    }
}

/// Changes of endpoints that are made at once have numbers of their own, seen in their order.
pub async fn change_endpoints_at_once(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    let mut running = JoinSet::new();
    for number in 0..12_usize {
        let store = Arc::clone(&stores[number % 2]);
        let wanted = endpoint(&format!("p{number}"), &format!("https://p{number}.example.org"));
        running.spawn(async move {
            while store.put_endpoint(wanted.clone(), audit(number as u32)).await.unwrap() == Committed::Outdated {}
        });
    }
    let mut seen = HashSet::new();
    let mut after = 0;
    while seen.len() < 12 {
        for endpoint in stores[0].endpoints(after).await.unwrap() {
            assert_eq!(endpoint.serial, after + 1, "none is seen before an earlier one");
            after = endpoint.serial;
            seen.insert(endpoint.partner);
        }
    }
    running.join_all().await;
}

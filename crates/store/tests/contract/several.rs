//! What only PostgreSQL lives through: several processes on one database, a server that goes away.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use baton_exchange::{
    audit::{Errand, TrailQuestion},
    decision::{Batch, Change},
    pointer::Pointer,
};
use baton_store::{Committed, Store, StoreError};
use tokio::task::{JoinHandle, JoinSet};

use crate::{
    damage, migration,
    pointer::supersede,
    postgres_server::Server,
    random::{any_history, check_like_the_model, runner},
    random_case,
    sample::{
        NOW, about, all, all_of, batch, by_envelope, locator, look, notice, ods, page, pointer, resource, secs,
        subject, submission, the, visit,
    },
    several_ends,
    shared::{case, no_names, orphan, put_names},
    silence,
};

/// Runs all of them, and names those that do not hold.
pub async fn broken(server: &Arc<Server>) -> Vec<&'static str> {
    let cases: Vec<(&str, JoinHandle<()>)> = vec![
        ("a_database_of_a_newer_program_is_refused", tokio::spawn(newer(Arc::clone(server)))),
        ("processes_that_start_at_once_make_the_tables_once", tokio::spawn(start_at_once(Arc::clone(server)))),
        ("processes_share_messages", tokio::spawn(share_messages(Arc::clone(server)))),
        ("processes_share_notices", tokio::spawn(share_notices(Arc::clone(server)))),
        ("processes_share_pointers", tokio::spawn(share_pointers(Arc::clone(server)))),
        ("thousands_of_lines_are_numbered_without_gaps", tokio::spawn(number_thousands(Arc::clone(server)))),
        ("lines_with_long_lists_are_numbered_in_parts", tokio::spawn(number_long_lists(Arc::clone(server)))),
        ("a_database_of_schema_1_keeps_its_audit", tokio::spawn(migration::on_postgres(Arc::clone(server)))),
        ("a_lost_connection_is_unavailable_and_then_replaced", tokio::spawn(lost(Arc::clone(server)))),
        ("what_is_damaged_stands_in_nobodys_way", tokio::spawn(damage::on_postgres(Arc::clone(server)))),
        ("a_silent_network_is_unavailable_and_then_heals", tokio::spawn(silence::silent(Arc::clone(server)))),
        ("a_commit_that_waits_too_long_is_unavailable", tokio::spawn(waits_too_long(Arc::clone(server)))),
        ("any_history_says_the_same_as_the_model", tokio::spawn(histories(Arc::clone(server)))),
        ("any_history_of_cases_says_the_same_as_the_model", tokio::spawn(case_histories(Arc::clone(server)))),
        (
            "a_reader_passes_over_nothing_while_others_write",
            tokio::spawn(several_ends::read_while_others_write(Arc::clone(server))),
        ),
        (
            "notices_are_settled_while_others_deliver",
            tokio::spawn(several_ends::settle_while_others_deliver(Arc::clone(server))),
        ),
        (
            "endpoints_that_are_changed_at_once_are_seen_in_order",
            tokio::spawn(several_ends::change_endpoints_at_once(Arc::clone(server))),
        ),
        ("processes_share_names", tokio::spawn(share_names(Arc::clone(server)))),
    ];
    let mut broken = Vec::new();
    for (name, case) in cases {
        if case.await.is_err() {
            broken.push(name);
        }
    }
    broken
}

async fn newer(server: Arc<Server>) {
    let database = server.fresh_database().await;
    drop(server.open(&database).await.unwrap());
    let client = server.client(&database).await;
    client.batch_execute("INSERT INTO migration VALUES (99, '')").await.unwrap();
    let error = server.open(&database).await.err().map(|error| error.to_string()).unwrap();
    assert!(error.contains("schema 99"), "{error}");
}

async fn start_at_once(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let mut starting = JoinSet::new();
    for _ in 0..4 {
        let (server, database) = (Arc::clone(&server), database.clone());
        starting.spawn(async move { server.open(&database).await.unwrap().ready().await.unwrap() });
    }
    starting.join_all().await;
}

async fn share_messages(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    let mut running = JoinSet::new();
    for number in 0..200_u32 {
        // Each message is sent to both.
        let store = Arc::clone(&stores[number as usize % 2]);
        let resources = vec![resource("Practitioner/shared", "", &["k"]), resource("Patient/p", "", &[])];
        running.spawn(async move { store.commit(submission(number / 2, resources)).await.unwrap() });
    }
    let done = running.join_all().await.into_iter().filter(|committed| *committed == Committed::Done).count();
    assert_eq!(done, 100);
    assert_eq!(stores[0].resource(the("Practitioner/shared")).await.unwrap().found().unwrap().version, 100);
    assert_eq!(stores[1].count(all("Patient")).await.unwrap(), 1);
    let numbers: Vec<u64> = stores[1].audit(0, 1000).await.unwrap().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=100).collect::<Vec<_>>());
}

async fn share_notices(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    let notices = (1..=50).map(|number| Change::PutNotice(notice(number, number, "b"))).collect();
    assert_eq!(stores[0].commit(batch(notices)).await.unwrap(), Committed::Done);
    let lease = |store: &Arc<dyn Store>| {
        let store = Arc::clone(store);
        async move { store.lease_notices("b".into(), NOW, secs(60), 30).await.unwrap().len() }
    };
    let (first, second) = tokio::join!(lease(&stores[0]), lease(&stores[1]));
    assert_eq!(first + second + lease(&stores[0]).await, 50);
}

async fn share_pointers(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    assert_eq!(stores[0].commit(batch(vec![Change::PutPointer(pointer(1))])).await.unwrap(), Committed::Done);
    for number in 1..20 {
        let new = [pointer(10 * number), pointer(10 * number + 1)];
        let old = stores[0].find_pointers(about(subject(1)), all_of()).await.unwrap().pointers.pop().unwrap();
        let (first, second) = tokio::join!(
            stores[0].commit(supersede(&old, &new[0])),
            stores[1].commit(supersede(&old, &Pointer { master: new[number as usize % 2].master, ..new[1].clone() })),
        );
        let done = [first.unwrap(), second.unwrap()].into_iter().filter(|committed| *committed == Committed::Done);
        assert_eq!(done.count(), 1);
        assert_eq!(stores[1].find_pointers(about(subject(1)), all_of()).await.unwrap().total, 1);
    }
}

/// More lines than are numbered at once, by processes that number them beside their commits while another one reads.
async fn number_thousands(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    let lines = || batch((0..4_000).map(|number| Change::PutAudit(look(number, subject(1), &[pointer(1)]))).collect());
    let write = async |store: &Arc<dyn Store>| {
        for _ in 0..2 {
            assert_eq!(store.commit(lines()).await.unwrap(), Committed::Done);
        }
    };
    tokio::join!(write(&stores[0]), write(&stores[1]));
    let numbers: Vec<u64> = stores[1].audit(0, 20_000).await.unwrap().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=16_000).collect::<Vec<_>>());
    let (exchange, owner) = (locator(), Some(ods("RR8")));
    let question = TrailQuestion { exchange, owner, patient: None, record_type: None, from: None, until: None };
    assert_eq!(stores[0].trail(question, page(20_000, None)).await.unwrap().0.len(), 16_000);
}

/// Lines that each tell of many referrals: what is written beside them has an end in each transaction.
async fn number_long_lists(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let store = server.open(&database).await.unwrap();
    let referrals: Vec<u32> = (0..500).collect();
    let lines = (0..200).map(|number| Change::PutAudit(visit(number, Errand::Search, &referrals)));
    assert_eq!(store.commit(batch(lines.collect())).await.unwrap(), Committed::Done);
    let numbers: Vec<u64> = store.audit(0, 1_000).await.unwrap().iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    // each transaction has left its own id with the rows that it wrote
    let ask = "SELECT max(written)::bigint, sum(written)::bigint FROM
                   (SELECT count(*) AS written FROM audit_referral GROUP BY xmin::text) parts";
    let row = server.client(&database).await.query_one(ask, &[]).await.unwrap();
    let (most, all): (i64, i64) = (row.get(0), row.get(1));
    assert!(most <= 20_500 && all == 100_000, "{most} of {all} at once");
}

async fn lost(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let store = server.open(&database).await.unwrap();
    store.ready().await.unwrap();
    let client = server.client(&database).await;
    let end_others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
    client.batch_execute(end_others).await.unwrap();
    // Whether the loss is noticed before or while the connection is used, no answer may be wrong.
    for _ in 0..20 {
        match store.commit(submission(1, Vec::new())).await {
            Ok(_) => break,
            Err(StoreError::Unavailable(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert!(store.known(by_envelope("envelope-1", NOW)).await.unwrap().by_envelope.is_some());
}

async fn waits_too_long(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let store = server.open(&database).await.unwrap();
    let client = server.client(&database).await;
    client.batch_execute("BEGIN; LOCK TABLE receipt IN SHARE MODE").await.unwrap();
    let begun = Instant::now();
    let committed = store.commit(submission(1, Vec::new())).await;
    assert!(matches!(committed, Err(StoreError::Unavailable(_))), "{committed:?}");
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
    assert!(store.known(by_envelope("envelope-1", NOW)).await.unwrap().by_envelope.is_none());
    client.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(store.commit(submission(1, Vec::new())).await.unwrap(), Committed::Done);
}

async fn histories(server: Arc<Server>) {
    let here = tokio::runtime::Handle::current();
    let checked = tokio::task::spawn_blocking(move || {
        runner(24).run(&any_history(), |steps| {
            here.block_on(async { check_like_the_model(server.fresh_store().await, steps).await })
        })
    });
    checked.await.unwrap().unwrap();
}

async fn case_histories(server: Arc<Server>) {
    let here = tokio::runtime::Handle::current();
    let checked = tokio::task::spawn_blocking(move || {
        runner(24).run(&random_case::any_batches(), |batches| {
            here.block_on(async { random_case::check_like_the_model(server.fresh_store().await, batches).await })
        })
    });
    checked.await.unwrap().unwrap();
}

/// A referral is submitted to one process, and a message about it comes to the other at the same time.
async fn share_names(server: Arc<Server>) {
    let database = server.fresh_database().await;
    let stores = [server.open(&database).await.unwrap(), server.open(&database).await.unwrap()];
    for number in 1..=60 {
        let name = format!("name-{number}");
        let asserts = || vec![no_names(&[&name], &[], NOW)];
        let submitted = vec![Change::PutReferral(case(number, &["a"])), put_names(number, &[&name])];
        let kept = vec![Change::PutOrphan(orphan(number, &[&name]))];
        let (first, second) = tokio::join!(
            stores[0].commit(Batch { asserts: asserts(), changes: submitted }),
            stores[1].commit(Batch { asserts: asserts(), changes: kept }),
        );
        let done = [first.unwrap(), second.unwrap()].into_iter().filter(|committed| *committed == Committed::Done);
        assert_eq!(done.count(), 1, "{number}");
    }
}

//! Batches: all of it or nothing, and only while the asserts hold.

use std::sync::Arc;

use baton_exchange::{
    decision::{Assert, Batch, Change},
    message::{Identity, Receipt},
    referral::Referral,
};
use baton_store::{Committed, Store, StoreError};
use tokio::task::JoinSet;

use crate::sample::{
    NOW, all, audit, batch, by_envelope, home, home_of, key, receipt, referral, referral_id, replace, resource,
    submission, the, version_of,
};

async fn done(store: &Arc<dyn Store>, batch: Batch) {
    assert_eq!(store.commit(batch).await.unwrap(), Committed::Done);
}

/// Commits something of every kind under one assert that does not hold, and looks whether any of it is there.
async fn check_nothing_is_written(store: Arc<dyn Store>, assert: Assert) {
    let lines = store.audit(0, 100).await.unwrap().len();
    let mut refused = submission(9, vec![resource("Patient/p9", "", &["k9"])]);
    refused.asserts.push(assert);
    assert_eq!(store.commit(refused).await.unwrap(), Committed::Outdated);
    let known = store.known(by_envelope("envelope-9", NOW)).await.unwrap();
    assert!(known.by_envelope.is_none() && store.resource(the("Patient/p9")).await.unwrap().found().is_none());
    assert_eq!(store.audit(0, 100).await.unwrap().len(), lines);
    assert_eq!(store.commit(submission(9, Vec::new())).await.unwrap(), Committed::Done);
}

pub async fn a_batch_that_names_two_homes_is_a_fault(store: Arc<dyn Store>) {
    let elsewhere = Receipt { home: home_of("clinic-b"), ..receipt("this") };
    let changes = vec![Change::PutReferral(referral(1)), Change::PutReceipt(elsewhere)];
    assert!(matches!(store.commit(batch(changes)).await, Err(StoreError::Bug(_))));
}

pub async fn a_receipt_asserted_away_that_is_there_writes_nothing(store: Arc<dyn Store>) {
    done(&store, submission(1, Vec::new())).await;
    let keys = vec![key("unknown"), key("envelope-1")];
    check_nothing_is_written(store, Assert::NoReceipt { keys, now: NOW }).await;
}

pub async fn a_referral_asserted_away_that_is_there_writes_nothing(store: Arc<dyn Store>) {
    done(&store, submission(1, Vec::new())).await;
    check_nothing_is_written(store, Assert::NoReferral { home: home(), request_id: "sr-1".into() }).await;
}

pub async fn a_referral_that_has_moved_on_writes_nothing(store: Arc<dyn Store>) {
    done(&store, submission(1, Vec::new())).await;
    done(&store, batch(vec![Change::PutReferral(Referral { version: 2, ..referral(1) })])).await;
    check_nothing_is_written(store, Assert::ReferralAt { home: home(), id: referral_id(1), version: 1 }).await;
}

pub async fn a_referral_that_is_not_there_is_at_no_version(store: Arc<dyn Store>) {
    check_nothing_is_written(store, Assert::ReferralAt { home: home(), id: referral_id(1), version: 1 }).await;
}

pub async fn a_second_receipt_with_a_living_key_is_outdated(store: Arc<dyn Store>) {
    done(&store, batch(vec![Change::PutReceipt(receipt("this"))])).await;
    let second = store.commit(batch(vec![Change::PutReceipt(receipt("this"))])).await.unwrap();
    assert_eq!(second, Committed::Outdated);
}

pub async fn an_envelope_key_is_not_free_as_a_message_key(store: Arc<dyn Store>) {
    let identity = Identity { message: Some(key("message")), ..receipt("envelope").identity };
    done(&store, batch(vec![Change::PutReceipt(Receipt { identity, ..receipt("envelope") })])).await;
    for name in ["envelope", "message"] {
        let asserts = vec![Assert::NoReceipt { keys: vec![key(name)], now: NOW }];
        let changes = vec![Change::PutAudit(audit(1))];
        assert_eq!(store.commit(Batch { asserts, changes }).await.unwrap(), Committed::Outdated, "{name}");
    }
}

pub async fn a_referral_is_only_put_in_its_next_version(store: Arc<dyn Store>) {
    done(&store, batch(vec![Change::PutReferral(referral(1))])).await;
    for (version, expected) in [(1, Committed::Outdated), (3, Committed::Outdated), (2, Committed::Done)] {
        let put = batch(vec![Change::PutReferral(Referral { version, ..referral(1) })]);
        assert_eq!(store.commit(put).await.unwrap(), expected, "version {version}");
    }
}

pub async fn a_request_id_belongs_to_one_referral(store: Arc<dyn Store>) {
    done(&store, batch(vec![Change::PutReferral(referral(1))])).await;
    let second = Referral { request_id: "sr-1".into(), ..referral(2) };
    assert_eq!(store.commit(batch(vec![Change::PutReferral(second)])).await.unwrap(), Committed::Outdated);
}

pub async fn a_conflict_takes_back_what_its_batch_wrote_before(store: Arc<dyn Store>) {
    done(&store, batch(vec![Change::PutReferral(referral(1))])).await;
    let changes = vec![
        Change::PutAudit(audit(1)),
        replace(1, vec![resource("Patient/p1", "", &[])]),
        Change::PutReferral(referral(1)),
    ];
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Outdated);
    let lines = store.audit(0, 10).await.unwrap();
    assert!(lines.is_empty() && store.resource(the("Patient/p1")).await.unwrap().found().is_none());
}

pub async fn of_two_racing_commits_of_one_message_one_is_done(store: Arc<dyn Store>) {
    for number in 1..20 {
        let submit = || submission(number, vec![resource("Patient/p1", "", &[])]);
        let (first, second) = tokio::join!(store.commit(submit()), store.commit(submit()));
        let mut both = [first.unwrap(), second.unwrap()];
        both.sort_by_key(|committed| *committed == Committed::Outdated);
        assert_eq!(both, [Committed::Done, Committed::Outdated]);
        assert_eq!(store.audit(0, 100).await.unwrap().len(), number as usize);
    }
}

/// Commits all at once and counts those that were done.
pub async fn race(store: &Arc<dyn Store>, batches: Vec<Batch>) -> usize {
    let mut running = JoinSet::new();
    for batch in batches {
        let store = Arc::clone(store);
        running.spawn(async move { store.commit(batch).await.unwrap() });
    }
    running.join_all().await.into_iter().filter(|committed| *committed == Committed::Done).count()
}

pub async fn of_many_racing_updates_of_one_referral_one_is_done(store: Arc<dyn Store>) {
    done(&store, submission(1, Vec::new())).await;
    let update = |number: u32| Batch {
        asserts: vec![Assert::ReferralAt { home: home(), id: referral_id(1), version: 1 }],
        changes: vec![
            Change::PutReferral(Referral { version: 2, ..referral(1) }),
            replace(1, vec![resource("Patient/p1", &number.to_string(), &[])]),
        ],
    };
    assert_eq!(race(&store, (0..30).map(update).collect()).await, 1);
    assert_eq!(store.resource(the("Patient/p1")).await.unwrap().found().unwrap().version, 1);
}

/// Every fourth repeats an earlier message, every tenth relies on a referral that is not there.
pub async fn of_two_hundred_racing_commits_exactly_the_right_ones_are_done(store: Arc<dyn Store>) {
    let mut batches = Vec::new();
    for number in 0..200 {
        let repeats = number % 4 == 3;
        let name = format!("Patient/p{number}");
        let mut batch = submission(if repeats { number - 1 } else { number }, vec![resource(&name, "", &["all"])]);
        if number % 10 == 0 {
            batch.asserts.push(Assert::ReferralAt { home: home(), id: referral_id(1000), version: 1 });
        }
        batches.push(batch);
    }
    // 150 messages, of which 20 (0, 10, 20, …) rely on something else. A message with the number 10 mod 20 has a
    // repeat that does not rely on it, and is done by that: 10, 30, …, 190.
    assert_eq!(race(&store, batches).await, 140);
    assert_eq!(store.count(all("Patient")).await.unwrap(), 140);
    assert_eq!(store.audit(0, 1000).await.unwrap().len(), 140);
}

pub async fn racing_commits_that_share_resources_give_each_a_version_of_its_own(store: Arc<dyn Store>) {
    let shared = |number: u32| {
        // Each in another order: this must not make them wait for each other in a circle.
        let mut resources: Vec<_> = ["Practitioner/a", "Organization/b", "Location/c", "Patient/d"]
            .map(|name| resource(name, "", &["k"]))
            .into();
        resources.rotate_left(number as usize % 4);
        submission(number, resources)
    };
    assert_eq!(race(&store, (0..40).map(shared).collect()).await, 40);
    for name in ["Practitioner/a", "Organization/b", "Location/c", "Patient/d"] {
        assert_eq!(store.resource(the(name)).await.unwrap().found().unwrap().version, 40);
        for version in 1..=40 {
            assert!(store.resource(version_of(name, version)).await.unwrap().found().is_some(), "{name} {version}");
        }
    }
}

pub async fn an_empty_batch_is_done(store: Arc<dyn Store>) {
    done(&store, Batch::default()).await;
}

pub async fn the_store_is_ready(store: Arc<dyn Store>) {
    store.ready().await.unwrap();
}

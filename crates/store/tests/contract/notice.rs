//! The outgoing queue.

use std::{collections::HashSet, sync::Arc};

use baton_exchange::{
    decision::Change,
    notice::{Attempted, Lease, LeaseToken, Notice},
    time::Timestamp,
};
use baton_store::{Committed, Store, StoreError};
use tokio::task::JoinSet;

use crate::sample::{NOW, batch, notice, notice_id, secs};

async fn queue(store: &Arc<dyn Store>, notices: Vec<Notice>) {
    let changes = notices.into_iter().map(Change::PutNotice).collect();
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
}

/// Leases for a minute.
async fn lease(store: &Arc<dyn Store>, now: Timestamp) -> Vec<Lease> {
    store.lease_notices(now, now.plus_secs(60), 10).await.unwrap()
}

/// The numbers of the notices that are given out at a moment.
async fn given(store: &Arc<dyn Store>, now: Timestamp) -> Vec<u8> {
    lease(store, now).await.iter().map(|lease| lease.notice.id.0[15]).collect()
}

async fn report(store: &Arc<dyn Store>, lease: &Lease, outcome: Attempted) -> bool {
    store.attempted(lease.notice.id, lease.token, outcome).await.unwrap()
}

pub async fn a_notice_is_not_given_out_before_it_is_due(store: Arc<dyn Store>) {
    queue(&store, vec![Notice { due: secs(10), ..notice(1, 1, "b") }]).await;
    assert_eq!((given(&store, secs(9)).await, given(&store, secs(10)).await), (vec![], vec![1]));
}

pub async fn a_notice_is_given_out_with_every_byte(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let given = lease(&store, NOW).await.pop().unwrap();
    let expected = (notice(1, 1, "b"), 1, secs(60));
    assert!((given.notice, given.attempt, given.until) == expected);
}

pub async fn a_leased_notice_is_not_given_out_again_before_its_time(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    assert_eq!((given(&store, NOW).await, given(&store, secs(59)).await), (vec![1], vec![]));
}

pub async fn a_lease_that_ran_out_is_given_to_another(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let first = lease(&store, NOW).await.pop().unwrap();
    let second = lease(&store, secs(60)).await.pop().unwrap();
    assert!(first.notice == second.notice && first.token != second.token && second.attempt == 2);
}

pub async fn an_overtaken_lease_counts_no_more(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let first = lease(&store, NOW).await.pop().unwrap();
    let second = lease(&store, secs(60)).await.pop().unwrap();
    assert!(!report(&store, &first, Attempted::Delivered).await);
    assert!(report(&store, &second, Attempted::Delivered).await);
    assert!(!report(&store, &second, Attempted::Delivered).await);
}

pub async fn a_lease_that_ran_out_but_was_not_overtaken_still_counts(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, Attempted::Delivered).await);
    assert!(given(&store, secs(3600)).await.is_empty());
}

pub async fn a_delivered_notice_is_done(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, Attempted::Delivered).await);
    assert!(given(&store, secs(86_400)).await.is_empty());
}

pub async fn a_failed_attempt_is_made_again_at_its_time(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, Attempted::Again(secs(30))).await);
    assert!(given(&store, secs(29)).await.is_empty());
    let again = lease(&store, secs(30)).await.pop().unwrap();
    assert_eq!((again.attempt, again.notice.due), (2, NOW));
}

pub async fn a_notice_waits_for_the_earlier_one_to_the_same_partner_about_the_same_referral(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), Notice { due: secs(-5), ..notice(2, 1, "b") }]).await;
    queue(&store, vec![notice(3, 1, "b")]).await;
    for (number, now) in [(1, NOW), (2, secs(1)), (3, secs(2))] {
        let held = lease(&store, now).await;
        assert_eq!(held.iter().map(|lease| lease.notice.id).collect::<Vec<_>>(), [notice_id(number)]);
        assert!(given(&store, now).await.is_empty());
        assert!(report(&store, &held[0], Attempted::Delivered).await);
    }
    assert!(given(&store, secs(3)).await.is_empty());
}

pub async fn a_parked_notice_holds_up_those_behind_it(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), notice(2, 1, "b")]).await;
    let held = lease(&store, NOW).await.pop().unwrap();
    assert!(report(&store, &held, Attempted::Parked).await);
    assert!(given(&store, secs(86_400)).await.is_empty());
}

pub async fn notices_to_other_partners_and_about_other_referrals_do_not_wait(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b"), notice(2, 1, "c"), notice(3, 2, "b"), notice(4, 1, "b")]).await;
    assert_eq!(given(&store, NOW).await, [1, 2, 3]);
}

pub async fn no_more_are_given_out_than_asked_for(store: Arc<dyn Store>) {
    queue(&store, (1..=5).map(|number| notice(number, number, "b")).collect()).await;
    let numbers = async |limit| store.lease_notices(NOW, secs(60), limit).await.unwrap().len();
    assert_eq!((numbers(0).await, numbers(2).await, numbers(9).await), (0, 2, 3));
}

pub async fn racing_workers_never_hold_the_same_notice(store: Arc<dyn Store>) {
    queue(&store, (1..=60).map(|number| notice(number, number % 20, "b")).collect()).await;
    let mut workers = JoinSet::new();
    for _ in 0..8 {
        let store = Arc::clone(&store);
        workers.spawn(async move {
            let mut held = Vec::new();
            loop {
                let leases = store.lease_notices(NOW, secs(60), 3).await.unwrap();
                if leases.is_empty() {
                    return held;
                }
                for lease in leases {
                    assert!(report(&store, &lease, Attempted::Delivered).await);
                    held.push(lease.notice.id);
                }
            }
        });
    }
    let held = workers.join_all().await.concat();
    let rest = lease_all(&store).await;
    let different: HashSet<_> = held.iter().chain(&rest).collect();
    assert_eq!((held.len() + rest.len(), different.len()), (60, 60));
}

/// What the workers left: one may see nothing while another has not reported yet.
async fn lease_all(store: &Arc<dyn Store>) -> Vec<baton_exchange::id::NoticeId> {
    let mut held = Vec::new();
    loop {
        let leases = lease(store, NOW).await;
        if leases.is_empty() {
            return held;
        }
        for lease in leases {
            assert!(report(store, &lease, Attempted::Delivered).await);
            held.push(lease.notice.id);
        }
    }
}

pub async fn a_report_on_an_unknown_notice_does_not_count(store: Arc<dyn Store>) {
    assert!(!store.attempted(notice_id(1), LeaseToken(0), Attempted::Delivered).await.unwrap());
    queue(&store, vec![notice(1, 1, "b")]).await;
    assert!(!store.attempted(notice_id(1), LeaseToken(0), Attempted::Delivered).await.unwrap());
    assert!(!store.attempted(notice_id(1), LeaseToken(u64::MAX), Attempted::Delivered).await.unwrap());
}

pub async fn a_second_notice_with_the_same_id_is_a_fault(store: Arc<dyn Store>) {
    queue(&store, vec![notice(1, 1, "b")]).await;
    let second = store.commit(batch(vec![Change::PutNotice(notice(1, 2, "c"))])).await;
    assert!(matches!(second, Err(StoreError::Bug(_))));
}

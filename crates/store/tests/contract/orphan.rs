//! Messages that come before their referral.

use std::sync::Arc;

use baton_exchange::{
    decision::{Assert, Batch, Change},
    id::MessageId,
    message::{MessageQuestion, Orphan},
};
use baton_store::{Committed, Store};
use tokio::task::JoinSet;

use crate::{
    sample::{NOW, id, key, secs},
    shared::{by_keys, case, cases, done, known, no_names, orphan, orphans, put_names, shared_home},
};

fn keep(number: u32, keys: &[&str]) -> Change {
    Change::PutOrphan(orphan(number, keys))
}

pub async fn an_orphan_comes_back_with_every_byte(store: Arc<dyn Store>) {
    let sent = Orphan { request: (0..=255).cycle().take(70_000).collect(), ..orphan(1, &["red", "blue", "red"]) };
    done(&store, vec![Change::PutOrphan(sent.clone())]).await;
    assert_eq!(known(&store, by_keys(&["blue"])).await.orphans, [sent]);
    assert!(orphans(&store, by_keys(&["green"])).await.is_empty());
}

pub async fn orphans_come_oldest_first_and_each_once(store: Arc<dyn Store>) {
    done(&store, vec![keep(3, &["red", "blue"]), keep(1, &["blue"]), keep(2, &["red"]), keep(4, &["green"])]).await;
    assert_eq!(orphans(&store, by_keys(&["red", "blue"])).await, [1, 2, 3]);
}

pub async fn a_second_orphan_in_the_same_envelope_is_not_kept(store: Arc<dyn Store>) {
    done(&store, vec![keep(1, &["red"])]).await;
    done(&store, vec![Change::PutOrphan(Orphan { envelope: key("orphan-1"), ..orphan(2, &["blue"]) })]).await;
    assert_eq!(orphans(&store, by_keys(&["red", "blue"])).await, [1]);
}

pub async fn an_orphan_is_not_known_from_the_moment_on_at_which_it_expires(store: Arc<dyn Store>) {
    done(&store, vec![keep(1, &["red"])]).await;
    let at = async |now| orphans(&store, MessageQuestion { now, ..by_keys(&["red"]) }).await.len();
    assert_eq!((at(secs(3599)).await, at(secs(3600)).await), (1, 0));
}

pub async fn dropped_and_expired_orphans_are_gone(store: Arc<dyn Store>) {
    let late = Orphan { expires: secs(3601), ..orphan(3, &["red"]) };
    done(&store, vec![keep(1, &["red"]), keep(2, &["red"]), Change::PutOrphan(late)]).await;
    let ids = vec![MessageId(id(2, 1)), MessageId(id(2, 9))];
    done(&store, vec![Change::DropOrphans { home: shared_home(), ids }]).await;
    assert_eq!(orphans(&store, by_keys(&["red"])).await, [2, 3]);
    done(&store, vec![Change::ForgetExpired(secs(3600))]).await;
    // Asked as of now, at which none has expired: what is gone is gone.
    assert_eq!(orphans(&store, by_keys(&["red"])).await, [3]);
    done(&store, vec![keep(1, &["red"])]).await;
    assert_eq!(orphans(&store, by_keys(&["red"])).await, [1, 3], "it may come again");
}

pub async fn no_more_than_two_hundred_and_fifty_six_orphans_are_shown(store: Arc<dyn Store>) {
    done(&store, (1..=300).map(|number| keep(number, &["red"])).collect()).await;
    let shown = orphans(&store, by_keys(&["red"])).await;
    assert_eq!(shown, (1..=256).collect::<Vec<_>>());
    // Else a flood of them would keep the referral away for ever.
    let submit = Batch { asserts: vec![no_names(&["red"], &shown, NOW)], changes: vec![put_names(1, &["red"])] };
    assert_eq!(store.commit(submit).await.unwrap(), Committed::Done);
}

async fn check_assert(store: &Arc<dyn Store>, assert: Assert, expected: Committed) {
    let batch = Batch { asserts: vec![assert], changes: Vec::new() };
    assert_eq!(store.commit(batch).await.unwrap(), expected);
}

pub async fn an_orphan_that_was_not_seen_fails_the_assert(store: Arc<dyn Store>) {
    done(&store, vec![keep(1, &["red"]), keep(2, &["red", "blue"])]).await;
    check_assert(&store, no_names(&["blue"], &[], NOW), Committed::Outdated).await;
    check_assert(&store, no_names(&["red"], &[2], NOW), Committed::Outdated).await;
    check_assert(&store, no_names(&["red", "blue"], &[1, 2, 3], NOW), Committed::Done).await;
    check_assert(&store, no_names(&["green"], &[], NOW), Committed::Done).await;
    check_assert(&store, no_names(&["red"], &[], secs(3600)), Committed::Done).await;
}

/// An orphan is kept while nobody has its name.
fn arrive(number: u32, keys: &[&str]) -> Batch {
    Batch { asserts: vec![no_names(keys, &[], NOW)], changes: vec![keep(number, keys)] }
}

/// A referral is submitted while no orphan waits for it.
fn submit(number: u32, keys: &[&str]) -> Batch {
    let changes = vec![Change::PutReferral(case(number, &["clinic-a"])), put_names(number, keys)];
    Batch { asserts: vec![no_names(keys, &[], NOW)], changes }
}

pub async fn of_a_referral_and_its_orphan_that_race_one_is_done(store: Arc<dyn Store>) {
    for number in 1..40 {
        let (one, other) = (format!("one-{number}"), format!("other-{number}"));
        let common = format!("common-{number}");
        let (first, second) = tokio::join!(
            store.commit(submit(number, &[&one, &common])),
            store.commit(arrive(number, &[&common, &other])),
        );
        let done = [first.unwrap(), second.unwrap()].into_iter().filter(|it| *it == Committed::Done).count();
        assert_eq!(done, 1, "{number}");
        let found = known(&store, by_keys(&[&common])).await;
        assert_eq!(found.cases.len() + found.orphans.len(), 1, "{number}");
    }
}

pub async fn of_many_racing_referrals_with_one_name_one_is_done(store: Arc<dyn Store>) {
    let mut running = JoinSet::new();
    for number in 1..=30 {
        let store = Arc::clone(&store);
        let own = format!("own-{number}");
        running.spawn(async move { store.commit(submit(number, &[&own, "red"])).await.unwrap() });
    }
    assert_eq!(running.join_all().await.into_iter().filter(|it| *it == Committed::Done).count(), 1);
    assert_eq!(cases(&store, by_keys(&["red"])).await.len(), 1);
}

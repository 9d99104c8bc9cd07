//! Resources that belong to one referral only.

use std::sync::Arc;

use baton_exchange::{
    decision::{Assert, Batch, Change},
    referral::Referral,
};
use baton_store::{Committed, Looked, Store, StoreError};

use crate::{
    sample::{all, all_of, page, referral_id, resource, text, with_keys},
    shared::{case, done, put, search_of, seen, shared_home},
};

async fn version(store: &Arc<dyn Store>, name: &str) -> u32 {
    store.resource(seen(name, None)).await.unwrap().found().map_or(0, |resource| resource.version)
}

async fn found(store: &Arc<dyn Store>, key: &str) -> Vec<String> {
    let question = search_of(with_keys("Task", &[&[key]]), None);
    store.search(question, all_of()).await.unwrap().0.into_iter().map(|resource| resource.id).collect()
}

pub async fn what_a_message_does_not_name_stays_as_it_is(store: Arc<dyn Store>) {
    let both = vec![resource("Task/t1", "first", &["red"]), resource("Task/t2", "kept", &["red"])];
    done(&store, vec![put(1, both, &[])]).await;
    done(&store, vec![put(1, vec![resource("Task/t1", "second", &["blue"])], &[])]).await;
    assert_eq!((version(&store, "Task/t1").await, version(&store, "Task/t2").await), (2, 1));
    let kept = store.resource(seen("Task/t2", None)).await.unwrap().found().unwrap();
    assert!(text(&kept.body).contains("kept"));
    assert_eq!((found(&store, "red").await, found(&store, "blue").await), (vec!["t2".into()], vec!["t1".into()]));
    assert_eq!(store.history(seen("Task/t2", None), page(9, None)).await.unwrap().0.len(), 1);
    assert_eq!(store.history(seen("Task/t1", None), page(9, None)).await.unwrap().0.len(), 2);
}

pub async fn what_is_left_out_is_in_the_history_only_until_it_comes_back(store: Arc<dyn Store>) {
    done(&store, vec![put(1, vec![resource("Task/t1", "", &["red"]), resource("Task/t2", "", &[])], &[])]).await;
    done(&store, vec![put(1, Vec::new(), &["Task/t1", "Task/unknown"])]).await;
    assert_eq!(store.resource(seen("Task/t1", None)).await.unwrap(), Looked::Nothing);
    assert!(found(&store, "red").await.is_empty());
    assert_eq!(store.count(search_of(all("Task"), None)).await.unwrap(), 1);
    assert_eq!(store.history(seen("Task/t1", None), page(9, None)).await.unwrap().0.len(), 1);
    done(&store, vec![put(1, vec![resource("Task/t1", "", &["red"])], &[])]).await;
    assert_eq!((version(&store, "Task/t1").await, found(&store, "red").await), (2, vec!["t1".into()]));
}

pub async fn of_one_that_is_named_and_left_out_the_new_version_counts(store: Arc<dyn Store>) {
    done(&store, vec![put(1, vec![resource("Task/t1", "", &["red"])], &[])]).await;
    done(&store, vec![put(1, vec![resource("Task/t1", "", &["blue"])], &["Task/t1"])]).await;
    assert_eq!(version(&store, "Task/t1").await, 2);
    assert_eq!((found(&store, "red").await.len(), found(&store, "blue").await.len()), (0, 1));
}

pub async fn one_that_is_named_twice_has_two_versions_and_the_last_counts(store: Arc<dyn Store>) {
    let twice = vec![resource("Task/t1", "", &["red"]), resource("Task/t1", "", &["blue"])];
    done(&store, vec![put(1, twice, &[])]).await;
    assert_eq!((version(&store, "Task/t1").await, found(&store, "red").await.len()), (2, 0));
}

pub async fn a_resource_of_another_referral_is_a_fault_and_is_not_left_out(store: Arc<dyn Store>) {
    done(&store, vec![put(1, vec![resource("Task/t1", "", &[])], &[])]).await;
    let taken = Batch { asserts: Vec::new(), changes: vec![put(2, vec![resource("Task/t1", "", &[])], &[])] };
    assert!(matches!(store.commit(taken).await, Err(StoreError::Bug(_))));
    done(&store, vec![put(2, Vec::new(), &["Task/t1"])]).await;
    assert_eq!(version(&store, "Task/t1").await, 1);
}

pub async fn a_change_of_a_referral_that_has_moved_on_writes_no_versions(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(case(1, &[])), put(1, vec![resource("Task/t1", "", &[])], &[])]).await;
    let change = |note: &str| Batch {
        asserts: vec![Assert::ReferralAt { home: shared_home(), id: referral_id(1), version: 1 }],
        changes: vec![
            Change::PutReferral(Referral { version: 2, ..case(1, &[]) }),
            put(1, vec![resource("Task/t1", note, &[])], &[]),
        ],
    };
    let (first, second) = tokio::join!(store.commit(change("a")), store.commit(change("b")));
    let done = [first.unwrap(), second.unwrap()].into_iter().filter(|it| *it == Committed::Done).count();
    assert_eq!((done, version(&store, "Task/t1").await), (1, 2));
}

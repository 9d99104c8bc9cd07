//! Referrals that are found by many names.

use std::sync::Arc;

use baton_exchange::{
    decision::{Batch, Change},
    message::{CaseNames, MessageQuestion},
    referral::{Course, Links, Referral},
};
use baton_store::{Committed, Store};

use crate::{
    sample::{NOW, by_envelope, home, index_key, referral_id, resource, secs},
    shared::{
        by, by_keys, case, cases, contents, course, done, erase, known, linked, names, no_names, no_names_but, orphan,
        put, put_names, shared_home, shared_receipt,
    },
};

pub async fn a_referral_comes_back_with_its_course(store: Arc<dyn Store>) {
    let mut sent = case(1, &["clinic-a", "clinic-b"]);
    done(&store, vec![Change::PutReferral(sent.clone()), put_names(1, &["red"])]).await;
    assert_eq!(known(&store, by_keys(&["red"])).await.cases[0].referral, sent);
    let links = Links { based_on: Some(referral_id(9)), ..Links::default() };
    sent = Referral { version: 2, course: Some(Course { links, ..course(&["clinic-b"]) }), ..sent };
    done(&store, vec![Change::PutReferral(sent.clone())]).await;
    assert_eq!(known(&store, by_keys(&["red"])).await.cases[0].referral, sent);
    let by_request = MessageQuestion { home: shared_home(), request_id: Some("sr-1".into()), ..by_envelope("x", NOW) };
    assert_eq!(known(&store, by_request).await.referral, Some(sent));
}

pub async fn nobody_is_known_by_a_name_that_nobody_has(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(case(1, &[])), put_names(1, &["red"])]).await;
    assert!(cases(&store, by_keys(&["blue"])).await.is_empty());
    assert!(cases(&store, by_keys(&[])).await.is_empty());
    assert!(cases(&store, MessageQuestion { home: home(), ..by_keys(&["red"]) }).await.is_empty());
}

pub async fn who_does_not_ask_by_names_is_told_no_cases(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(case(1, &[])), put_names(1, &["red"])]).await;
    done(&store, vec![Change::PutOrphan(orphan(1, &["red"]))]).await;
    let known = known(&store, MessageQuestion { names: None, ..by_keys(&[]) }).await;
    assert!(known.cases.is_empty() && known.orphans.is_empty());
}

pub async fn a_name_may_belong_to_several_and_be_given_twice(store: Arc<dyn Store>) {
    for number in [2, 1] {
        done(&store, vec![Change::PutReferral(case(number, &[])), put_names(number, &["red", "red"])]).await;
    }
    done(&store, vec![put_names(1, &["blue", "red"])]).await;
    let known = known(&store, by_keys(&["blue", "red", "green"])).await;
    let keys: Vec<_> = known.cases.iter().map(|case| case.keys.clone()).collect();
    assert_eq!(keys, [names(&["blue", "red"]), names(&["red"])]);
}

pub async fn a_referral_is_known_by_its_id_and_by_its_resources(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(case(1, &[])), put(1, vec![resource("Task/t1", "", &[])], &[])]).await;
    done(&store, vec![put(1, Vec::new(), &["Task/t1"])]).await;
    done(&store, vec![Change::PutReferral(case(2, &[]))]).await;
    let by_resource = |id: &str| CaseNames { resource: Some(("Task".into(), id.into())), ..CaseNames::default() };
    assert_eq!(cases(&store, by(by_resource("t1"))).await, [1], "even if it was left out");
    assert!(cases(&store, by(by_resource("t2"))).await.is_empty());
    let both = CaseNames { id: Some(referral_id(2)), ..by_resource("t1") };
    assert_eq!(cases(&store, by(both)).await, [1, 2]);
    let unknown = CaseNames { id: Some(referral_id(3)), ..CaseNames::default() };
    assert!(cases(&store, by(unknown)).await.is_empty());
}

/// Three that took each other's place, each with a name of its own and one that all have.
pub async fn a_chain_is_known_by_a_name_of_any_of_them(store: Arc<dyn Store>) {
    let chain = [linked(1, None, Some(2)), linked(2, Some(1), Some(3)), linked(3, Some(2), None)];
    for (number, referral) in (1..).zip(chain) {
        let own = format!("own-{number}");
        done(&store, vec![Change::PutReferral(referral), put_names(number, &["all", &own])]).await;
    }
    let follows = Links { based_on: Some(referral_id(3)), ..Links::default() };
    let beside = Referral { course: Some(Course { links: follows, ..course(&[]) }), ..case(4, &[]) };
    done(&store, vec![Change::PutReferral(beside), put_names(4, &["beside"])]).await;
    for name in ["all", "own-1", "own-2", "own-3"] {
        assert_eq!(cases(&store, by_keys(&[name])).await, [1, 2, 3], "{name}");
    }
    assert_eq!(cases(&store, by_keys(&["beside"])).await, [4], "what goes on beside is no part of the chain");
    let found = known(&store, by_keys(&["own-3"])).await.cases;
    let keys: Vec<_> = found.iter().map(|case| case.keys.len()).collect();
    assert_eq!(keys, [0, 0, 1], "each with the names that it has itself");
}

pub async fn a_chain_is_known_up_to_sixty_four(store: Arc<dyn Store>) {
    let link = |number: u32| linked(number, number.checked_sub(1).filter(|it| *it > 0), Some(number + 1));
    let changes = (1..=70).map(|number| Change::PutReferral(link(number))).collect();
    done(&store, changes).await;
    let first = CaseNames { id: Some(referral_id(1)), ..CaseNames::default() };
    assert_eq!(cases(&store, by(first)).await, (1..=64).collect::<Vec<_>>());
}

pub async fn a_circle_of_referrals_is_known_once(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(linked(1, Some(2), Some(2))), put_names(1, &["red"])]).await;
    done(&store, vec![Change::PutReferral(linked(2, Some(1), Some(1)))]).await;
    assert_eq!(cases(&store, by_keys(&["red"])).await, [1, 2]);
}

pub async fn a_case_has_all_its_current_resources_and_no_others(store: Arc<dyn Store>) {
    let sent = vec![resource("Task/t1", "first", &[]), resource("Patient/p1", "", &[]), resource("Task/t2", "", &[])];
    done(&store, vec![Change::PutReferral(case(1, &[])), put_names(1, &["red"]), put(1, sent, &[])]).await;
    done(&store, vec![Change::PutReferral(case(2, &[])), put(2, vec![resource("Task/t3", "", &[])], &[])]).await;
    let again = resource("Task/t1", "second", &[]);
    done(&store, vec![put(1, vec![again.clone()], &["Task/t2"])]).await;
    let known = known(&store, by_keys(&["red"])).await;
    assert_eq!(contents(&known.cases[0]), ["Task/t1 2", "Patient/p1 1"]);
    assert!(known.cases[0].resources[0].body == again.body && known.cases[0].resources[0].referral == referral_id(1));
}

pub async fn receipts_are_known_together_with_cases(store: Arc<dyn Store>) {
    let changes =
        vec![Change::PutReceipt(shared_receipt("this", 1)), Change::PutReferral(case(1, &[])), put_names(1, &["red"])];
    done(&store, changes).await;
    let known = known(&store, by_keys(&["red"])).await;
    assert!(known.by_envelope == Some(shared_receipt("this", 1)) && known.cases.len() == 1);
}

pub async fn names_asserted_away_that_a_referral_has_write_nothing(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(case(1, &[])), put_names(1, &["red"])]).await;
    let submit = |keys: &[&str]| Batch {
        asserts: vec![no_names(keys, &[], NOW)],
        changes: vec![Change::PutReferral(case(2, &[])), put_names(2, keys)],
    };
    assert_eq!(store.commit(submit(&["blue", "red"])).await.unwrap(), Committed::Outdated);
    assert!(cases(&store, by_keys(&["blue"])).await.is_empty());
    assert_eq!(store.commit(submit(&["blue"])).await.unwrap(), Committed::Done);
}

pub async fn a_name_of_a_referral_that_was_seen_is_no_surprise(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(case(1, &[])), put_names(1, &["red"])]).await;
    let submit = |seen: &[u32]| Batch {
        asserts: vec![no_names_but(&["red"], seen, NOW)],
        changes: vec![Change::PutReferral(case(2, &[])), put_names(2, &["red"])],
    };
    assert_eq!(store.commit(submit(&[3])).await.unwrap(), Committed::Outdated);
    assert_eq!(store.commit(submit(&[1])).await.unwrap(), Committed::Done);
}

/// Such as the number of a chart, or one that a system writes into all that it sends.
pub async fn a_name_of_very_many_is_a_name_of_none(store: Arc<dyn Store>) {
    let put = |number: u32| {
        vec![Change::PutReferral(case(number, &[])), put_names(number, &["chart", &format!("own-{number}")])]
    };
    for number in 1..=16 {
        done(&store, put(number)).await;
    }
    let both = || by_keys(&["chart", "own-3"]);
    assert_eq!(cases(&store, both()).await, (1..=16).collect::<Vec<_>>());
    done(&store, put(17)).await;
    assert_eq!(cases(&store, both()).await, [3]);
    assert_eq!(known(&store, both()).await.cases[0].keys, names(&["own-3"]));
    assert!(cases(&store, by_keys(&["chart"])).await.is_empty());
    let change = |names: &[&str], seen: &[u32], number: u32| Batch {
        asserts: vec![no_names_but(names, seen, NOW)],
        changes: vec![Change::PutReferral(case(number, &[]))],
    };
    assert_eq!(store.commit(change(&["chart", "own-3"], &[3], 18)).await.unwrap(), Committed::Done);
    assert_eq!(store.commit(change(&["chart", "own-3"], &[], 19)).await.unwrap(), Committed::Outdated);
    let sixty_four: Vec<u32> = (101..=164).collect();
    assert_eq!(store.commit(change(&["own-3"], &sixty_four, 20)).await.unwrap(), Committed::Done);
}

pub async fn names_of_a_revoked_referral_stay_taken(store: Arc<dyn Store>) {
    done(&store, vec![Change::PutReferral(case(1, &[])), put_names(1, &["red"])]).await;
    done(&store, vec![erase(1)]).await;
    let asserts = vec![no_names(&["red"], &[], secs(9))];
    let changes = vec![Change::PutOrphan(orphan(1, &["red"]))];
    assert_eq!(store.commit(Batch { asserts, changes }).await.unwrap(), Committed::Outdated);
    assert_eq!(known(&store, by_keys(&["red"])).await.cases[0].keys, [index_key("red")]);
}

//! What a partner sees: all of the referrals in which it has a part, and nothing else.

use std::sync::Arc;

use baton_exchange::{decision::Change, referral::Referral};
use baton_store::{Looked, SearchQuestion, Store};

use crate::{
    sample::{all, all_of, page, resource, with_keys},
    shared::{case, course, done, put, search_of, seen},
};

/// Odd ones are of a and b, even ones of a and c. Each has a task and a patient.
async fn send(store: &Arc<dyn Store>, number: u32) {
    let other = if number % 2 == 1 { "b" } else { "c" };
    let colour = if number.is_multiple_of(3) { "red" } else { "blue" };
    let resources = vec![
        resource(&format!("Task/t{number}"), "", &[colour, "all"]),
        resource(&format!("Patient/p{number}"), "", &["all"]),
    ];
    done(store, vec![Change::PutReferral(case(number, &["a", other])), put(number, resources, &[])]).await;
}

async fn ids(store: &Arc<dyn Store>, question: SearchQuestion) -> Vec<String> {
    let found = store.search(question.clone(), all_of()).await.unwrap().0;
    assert_eq!(store.count(question).await.unwrap(), found.len() as u64);
    found.into_iter().map(|resource| resource.id).collect()
}

pub async fn a_stranger_sees_nothing(store: Arc<dyn Store>) {
    send(&store, 1).await;
    for name in ["Task/t1", "Task/unknown"] {
        assert_eq!(store.resource(seen(name, Some("c"))).await.unwrap(), Looked::Nothing);
        assert!(store.history(seen(name, Some("c")), all_of()).await.unwrap().0.is_empty());
    }
    for question in
        [all("Task"), with_keys("Task", &[&["all"]]), SearchQuestion { ids: Some(vec!["t1".into()]), ..all("Task") }]
    {
        assert!(ids(&store, search_of(question.clone(), Some("c"))).await.is_empty());
        assert_eq!(ids(&store, search_of(question, Some("b"))).await, ["t1"]);
    }
}

pub async fn every_party_sees_the_resource_and_its_history(store: Arc<dyn Store>) {
    send(&store, 1).await;
    done(&store, vec![put(1, vec![resource("Task/t1", "", &[])], &[])]).await;
    for partner in [None, Some("a"), Some("b")] {
        let found = store.resource(seen("Task/t1", partner)).await.unwrap().found().unwrap();
        assert_eq!(found.version, 2);
        assert_eq!(store.history(seen("Task/t1", partner), all_of()).await.unwrap().0.len(), 2);
    }
}

pub async fn parties_come_and_go_with_the_referral(store: Arc<dyn Store>) {
    send(&store, 1).await;
    let next = Referral { version: 2, course: Some(course(&["c", "b"])), ..case(1, &[]) };
    done(&store, vec![Change::PutReferral(next)]).await;
    for (partner, expected) in [("a", 0), ("b", 1), ("c", 1)] {
        assert_eq!(ids(&store, search_of(all("Task"), Some(partner))).await.len(), expected, "{partner}");
        let looked = store.resource(seen("Task/t1", Some(partner))).await.unwrap();
        assert_eq!(looked.found().is_some(), expected == 1, "{partner}");
    }
}

pub async fn pages_of_a_partner_have_its_own_and_the_count_agrees(store: Arc<dyn Store>) {
    for number in 1..=12 {
        send(&store, number).await;
    }
    for (question, partner, expected) in [
        (all("Task"), "c", vec!["t2", "t4", "t6", "t8", "t10", "t12"]),
        (with_keys("Task", &[&["red"]]), "b", vec!["t3", "t9"]),
        (with_keys("Task", &[&["all"], &["blue"]]), "c", vec!["t2", "t4", "t8", "t10"]),
    ] {
        let question = search_of(question, Some(partner));
        assert_eq!(store.count(question.clone()).await.unwrap(), expected.len() as u64);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let (part, next) = store.search(question.clone(), page(2, after)).await.unwrap();
            assert!(part.len() == 2 || next.is_none());
            seen.extend(part.into_iter().map(|resource| resource.id));
            after = next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, expected);
    }
    assert_eq!(store.count(search_of(all("Task"), Some("a"))).await.unwrap(), 12);
    assert_eq!(store.count(search_of(all("Task"), None)).await.unwrap(), 12);
}

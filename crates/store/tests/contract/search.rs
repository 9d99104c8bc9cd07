//! Searches over what is current.

use std::sync::Arc;

use baton_exchange::{decision::Change, resource::NewResource};
use baton_store::{Committed, PageToken, SearchQuestion, Store};

use crate::{
    resource::of_mib,
    sample::{NOW, all, batch, home_of, page, referral_id, replace, resource, with_keys},
};

async fn send(store: &Arc<dyn Store>, referral: u32, resources: Vec<NewResource>) {
    assert_eq!(store.commit(batch(vec![replace(referral, resources)])).await.unwrap(), Committed::Done);
}

async fn found(store: &Arc<dyn Store>, question: SearchQuestion) -> Vec<String> {
    part(store, question, 100, None).await.0
}

async fn part(
    store: &Arc<dyn Store>,
    question: SearchQuestion,
    size: u32,
    after: Option<PageToken>,
) -> (Vec<String>, Option<PageToken>) {
    let (found, next) = store.search(question, page(size, after)).await.unwrap();
    (found.into_iter().map(|resource| resource.id).collect(), next)
}

fn with_ids(ids: &[&str]) -> SearchQuestion {
    SearchQuestion { ids: Some(ids.iter().map(|id| (*id).into()).collect()), ..all("Patient") }
}

/// Three patients of one referral, with two keys each.
async fn send_three(store: &Arc<dyn Store>) {
    let patients = vec![
        resource("Patient/p1", "", &["red", "round"]),
        resource("Patient/p2", "", &["red", "square"]),
        resource("Patient/p3", "", &["blue", "round"]),
    ];
    send(store, 1, patients).await;
}

pub async fn a_search_without_conditions_finds_the_current_ones_of_its_type(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/p1", "", &[]), resource("Coverage/c1", "", &[])]).await;
    send(&store, 2, vec![resource("Patient/p2", "", &[]), resource("Patient/gone", "", &[])]).await;
    send(&store, 2, vec![resource("Patient/p2", "", &[])]).await;
    assert_eq!(found(&store, all("Patient")).await, ["p1", "p2"]);
}

pub async fn a_search_finds_nothing_of_another_home(store: Arc<dyn Store>) {
    let resources = vec![resource("Patient/p1", "", &["k"])];
    let elsewhere =
        Change::ReplaceResources { home: home_of("clinic-b"), referral: referral_id(1), at: NOW, resources };
    assert_eq!(store.commit(batch(vec![elsewhere])).await.unwrap(), Committed::Done);
    assert!(found(&store, all("Patient")).await.is_empty());
    assert!(found(&store, with_keys("Patient", &[&["k"]])).await.is_empty());
}

pub async fn an_empty_set_of_keys_fits_nothing(store: Arc<dyn Store>) {
    send_three(&store).await;
    assert!(found(&store, with_keys("Patient", &[&["red"], &[]])).await.is_empty());
}

pub async fn no_ids_fit_nothing(store: Arc<dyn Store>) {
    send_three(&store).await;
    assert!(found(&store, with_ids(&[])).await.is_empty());
}

pub async fn keys_within_a_set_are_alternatives(store: Arc<dyn Store>) {
    send_three(&store).await;
    assert_eq!(found(&store, with_keys("Patient", &[&["square", "blue", "unknown"]])).await, ["p2", "p3"]);
}

pub async fn sets_must_all_fit(store: Arc<dyn Store>) {
    send_three(&store).await;
    assert_eq!(found(&store, with_keys("Patient", &[&["red"], &["round", "square"], &["round"]])).await, ["p1"]);
}

pub async fn ids_and_keys_must_both_fit(store: Arc<dyn Store>) {
    send_three(&store).await;
    let question = SearchQuestion { ids: with_ids(&["p3", "p2", "p9"]).ids, ..with_keys("Patient", &[&["red"]]) };
    assert_eq!(found(&store, question).await, ["p2"]);
}

pub async fn a_resource_is_found_by_the_keys_of_the_version_that_counts(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/p1", "", &["old", "both"])]).await;
    send(&store, 2, vec![resource("Patient/p1", "", &["new", "both"])]).await;
    let by = async |key: &str| found(&store, with_keys("Patient", &[&[key]])).await.len();
    assert_eq!((by("old").await, by("both").await, by("new").await), (0, 1, 1));
    send(&store, 2, Vec::new()).await;
    assert_eq!((by("old").await, by("both").await, by("new").await), (1, 1, 0));
    send(&store, 1, Vec::new()).await;
    assert_eq!((by("old").await, by("both").await, by("new").await), (0, 0, 0));
}

pub async fn a_resource_of_two_referrals_is_found_once(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Practitioner/d1", "", &["k"])]).await;
    send(&store, 2, vec![resource("Practitioner/d1", "", &["k"])]).await;
    let (found, _) = store.search(with_keys("Practitioner", &[&["k"]]), page(10, None)).await.unwrap();
    assert_eq!(found.iter().map(|resource| resource.version).collect::<Vec<_>>(), [2]);
}

pub async fn a_key_that_is_named_twice_finds_once(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/p1", "", &["k", "k"])]).await;
    assert_eq!(found(&store, with_keys("Patient", &[&["k", "k"]])).await, ["p1"]);
}

pub async fn results_come_in_the_order_of_first_acceptance(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/z", "", &["k"])]).await;
    send(&store, 2, vec![resource("Patient/a", "", &["k"])]).await;
    send(&store, 1, vec![resource("Patient/z", "", &["k"])]).await;
    assert_eq!(found(&store, all("Patient")).await, ["z", "a"]);
    assert_eq!(found(&store, with_keys("Patient", &[&["k"]])).await, ["z", "a"]);
    assert_eq!(found(&store, with_ids(&["a", "z"])).await, ["z", "a"]);
}

pub async fn pages_stay_in_place_while_resources_are_added(store: Arc<dyn Store>) {
    for number in 1..=5 {
        send(&store, number, vec![resource(&format!("Patient/p{number}"), "", &["k"])]).await;
    }
    let question = || with_keys("Patient", &[&["k"]]);
    let (first, next) = part(&store, question(), 2, None).await;
    send(&store, 1, vec![resource("Patient/p1", "", &["k"])]).await;
    send(&store, 6, vec![resource("Patient/p6", "", &["k"])]).await;
    let (second, next) = part(&store, question(), 2, Some(next.unwrap())).await;
    let (third, end) = part(&store, question(), 2, Some(next.unwrap())).await;
    assert_eq!((first.concat(), second.concat(), third.concat()), ("p1p2".into(), "p3p4".into(), "p5p6".into()));
    assert_eq!(end, None);
}

pub async fn a_full_last_page_has_no_next(store: Arc<dyn Store>) {
    send_three(&store).await;
    assert!(part(&store, all("Patient"), 2, None).await.1.is_some());
    assert_eq!(part(&store, all("Patient"), 3, None).await.1, None);
}

pub async fn a_page_of_a_search_has_16_mib_of_bodies_and_no_more(store: Arc<dyn Store>) {
    let resources = [8, 8, 1, 17, 1].into_iter().zip(1..);
    let resources = resources.map(|(mib, number)| of_mib(&format!("DocumentReference/d{number}"), mib));
    send(&store, 1, resources.collect()).await;
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let (found, next) = part(&store, all("DocumentReference"), 10, after).await;
        pages.push(found.concat());
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, ["d1d2", "d3", "d4", "d5"], "what is larger than a page comes alone");
    assert_eq!(store.count(all("DocumentReference")).await.unwrap(), 5);
}

pub async fn counting_agrees_with_searching(store: Arc<dyn Store>) {
    send_three(&store).await;
    for question in [all("Patient"), all("Coverage"), with_ids(&["p1"]), with_keys("Patient", &[&["red"], &["round"]])]
    {
        let found = found(&store, question.clone()).await.len() as u64;
        assert_eq!(store.count(question).await.unwrap(), found);
    }
}

//! Resources as versions.

use std::sync::Arc;

use baton_exchange::{
    decision::Change,
    resource::{NewResource, StoredResource},
};
use baton_store::{Committed, Page, PageToken, ResourceQuestion, Store};

use crate::sample::{NOW, batch, home, home_of, page, referral_id, replace, resource, text, the, version_of};

async fn send(store: &Arc<dyn Store>, referral: u32, resources: Vec<NewResource>) {
    assert_eq!(store.commit(batch(vec![replace(referral, resources)])).await.unwrap(), Committed::Done);
}

async fn find(store: &Arc<dyn Store>, question: ResourceQuestion) -> Option<StoredResource> {
    store.resource(question).await.unwrap().found()
}

/// The version that is current, 0 for none.
async fn current(store: &Arc<dyn Store>, name: &str) -> u32 {
    find(store, the(name)).await.map_or(0, |resource| resource.version)
}

async fn history(store: &Arc<dyn Store>, name: &str, page: Page) -> (Vec<u32>, Option<PageToken>) {
    let (found, next) = store.history(the(name), page).await.unwrap();
    (found.iter().map(|resource| resource.version).collect(), next)
}

pub async fn a_resource_that_was_never_sent_is_not_there(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/p1", "", &[])]).await;
    assert_eq!((current(&store, "Patient/p2").await, current(&store, "Person/p1").await), (0, 0));
}

pub async fn a_version_that_does_not_exist_is_not_there(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/p1", "", &[])]).await;
    assert!(find(&store, version_of("Patient/p1", 2)).await.is_none());
    assert!(find(&store, version_of("Patient/p1", 0)).await.is_none());
}

pub async fn a_resource_of_another_home_is_not_there(store: Arc<dyn Store>) {
    let resources = vec![resource("Patient/p1", "", &[])];
    let elsewhere =
        Change::ReplaceResources { home: home_of("clinic-b"), referral: referral_id(1), at: NOW, resources };
    assert_eq!(store.commit(batch(vec![elsewhere])).await.unwrap(), Committed::Done);
    assert_eq!(current(&store, "Patient/p1").await, 0);
}

pub async fn a_resource_comes_back_with_every_byte(store: Arc<dyn Store>) {
    let sent = resource("Patient/p1", "çà et là", &["k1"]);
    send(&store, 1, vec![sent.clone()]).await;
    let expected = StoredResource {
        home: home(),
        referral: referral_id(1),
        resource_type: "Patient".into(),
        id: "p1".into(),
        version: 1,
        updated: NOW,
        body: sent.body,
    };
    assert!(find(&store, the("Patient/p1")).await == Some(expected));
}

pub async fn versions_count_from_one_for_each_type_and_id(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/x", "", &[]), resource("Person/x", "", &[])]).await;
    send(&store, 1, vec![resource("Patient/x", "", &[]), resource("Person/y", "", &[])]).await;
    assert_eq!((current(&store, "Patient/x").await, current(&store, "Person/y").await), (2, 1));
}

pub async fn a_resource_that_an_update_leaves_out_is_only_found_by_version(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/p1", "", &[]), resource("Coverage/c1", "kept", &[])]).await;
    send(&store, 1, vec![resource("Patient/p1", "", &[])]).await;
    assert_eq!(current(&store, "Coverage/c1").await, 0);
    let old = find(&store, version_of("Coverage/c1", 1)).await.unwrap();
    assert!(text(&old.body).contains("kept"));
}

pub async fn a_resource_that_comes_back_goes_on_counting(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Coverage/c1", "", &[])]).await;
    send(&store, 1, Vec::new()).await;
    send(&store, 1, vec![resource("Coverage/c1", "", &[])]).await;
    assert_eq!(current(&store, "Coverage/c1").await, 2);
}

pub async fn of_a_resource_in_two_referrals_the_newest_counts(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Practitioner/d1", "first", &[])]).await;
    send(&store, 2, vec![resource("Practitioner/d1", "second", &[])]).await;
    let found = find(&store, the("Practitioner/d1")).await.unwrap();
    assert_eq!((found.version, found.referral), (2, referral_id(2)));
    send(&store, 1, vec![resource("Practitioner/d1", "third", &[])]).await;
    let found = find(&store, the("Practitioner/d1")).await.unwrap();
    assert_eq!((found.version, found.referral), (3, referral_id(1)));
}

pub async fn a_resource_that_one_referral_leaves_out_counts_as_the_other_has_it(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Practitioner/d1", "first", &[])]).await;
    send(&store, 2, vec![resource("Practitioner/d1", "second", &[])]).await;
    send(&store, 2, vec![resource("Practitioner/d1", "third", &[])]).await;
    send(&store, 2, Vec::new()).await;
    assert_eq!(current(&store, "Practitioner/d1").await, 1);
    send(&store, 1, Vec::new()).await;
    assert_eq!(current(&store, "Practitioner/d1").await, 0);
}

pub async fn a_resource_twice_in_one_message_has_two_versions_and_the_last_counts(store: Arc<dyn Store>) {
    send(&store, 1, vec![resource("Patient/p1", "first", &["a"]), resource("Patient/p1", "last", &["b"])]).await;
    let found = find(&store, the("Patient/p1")).await.unwrap();
    assert!(found.version == 2 && text(&found.body).contains("last"));
    send(&store, 1, Vec::new()).await;
    assert_eq!(current(&store, "Patient/p1").await, 0);
}

pub async fn the_history_has_all_versions_newest_first(store: Arc<dyn Store>) {
    for referral in [1, 1, 2] {
        send(&store, referral, vec![resource("Patient/p1", "", &[])]).await;
    }
    send(&store, 1, Vec::new()).await;
    assert_eq!(history(&store, "Patient/p1", page(10, None)).await, (vec![3, 2, 1], None));
}

pub async fn the_history_goes_on_where_the_last_page_ended(store: Arc<dyn Store>) {
    for _ in 0..5 {
        send(&store, 1, vec![resource("Patient/p1", "", &[])]).await;
    }
    let (first, next) = history(&store, "Patient/p1", page(2, None)).await;
    send(&store, 1, vec![resource("Patient/p1", "", &[])]).await;
    let (second, next) = history(&store, "Patient/p1", page(2, Some(next.unwrap()))).await;
    let (third, end) = history(&store, "Patient/p1", page(2, Some(next.unwrap()))).await;
    assert_eq!((first, second, third, end), (vec![5, 4], vec![3, 2], vec![1], None));
}

pub async fn a_large_body_comes_back(store: Arc<dyn Store>) {
    let mut large = resource("DocumentReference/d1", "", &[]);
    // Bytes that no codec makes smaller.
    let mut seed = 1_u64;
    let noise = std::iter::repeat_with(|| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 56) as u8
    });
    large.body.extend(noise.take(3 << 20));
    send(&store, 1, vec![large.clone()]).await;
    assert!(find(&store, the("DocumentReference/d1")).await.unwrap().body == large.body);
}

/// Of so many MiB.
pub fn of_mib(name: &str, mib: usize) -> NewResource {
    let mut large = resource(name, "", &[]);
    large.body.resize(mib << 20, b' ');
    large
}

pub async fn a_page_of_the_history_has_16_mib_of_bodies_and_no_more(store: Arc<dyn Store>) {
    for mib in [8, 17, 8, 8] {
        send(&store, 1, vec![of_mib("DocumentReference/d1", mib)]).await;
    }
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let (versions, next) = history(&store, "DocumentReference/d1", page(10, after)).await;
        pages.push(versions);
        after = next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(pages, [vec![4, 3], vec![2], vec![1]], "what is larger than a page comes alone");
}

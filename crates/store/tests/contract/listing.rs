//! Referrals in lists.

use std::sync::Arc;

use baton_exchange::{
    decision::Change,
    id::ReferralId,
    notice::Attempted,
    referral::{Course, Realm, Referral, Stage},
};
use baton_store::{ListedReferral, Page, ReferralQuestion, Store};

use crate::{
    sample::{partner, referral_id, secs},
    shared::{case, course, done, shared_home, shared_notice},
};

fn all() -> ReferralQuestion {
    ReferralQuestion::all(shared_home())
}

async fn page(
    store: &Arc<dyn Store>,
    question: ReferralQuestion,
    size: u32,
    after: Option<ReferralId>,
) -> Vec<ListedReferral> {
    store.referrals(question, Page { size, after }).await.unwrap().0
}

async fn ids(store: &Arc<dyn Store>, question: ReferralQuestion) -> Vec<ReferralId> {
    page(store, question, 50, None).await.into_iter().map(|listed| listed.referral.id).collect()
}

fn put(number: u32, target: &str, change: impl FnOnce(&mut Course)) -> Change {
    let mut course = course(&["clinic-a", target]);
    change(&mut course);
    Change::PutReferral(Referral { course: Some(course), ..case(number, &[]) })
}

pub async fn referrals_are_listed_by_stage_party_and_realm(store: Arc<dyn Store>) {
    done(&store, vec![put(1, "lakeside", |_| {})]).await;
    done(&store, vec![put(2, "lakeside", |course| course.stage = Stage::Accepted)]).await;
    done(&store, vec![put(3, "hillside", |course| course.realm = Realm::Test)]).await;
    let expected = |numbers: &[u32]| numbers.iter().map(|number| referral_id(*number)).collect::<Vec<_>>();
    assert_eq!(ids(&store, all()).await, expected(&[1, 2, 3]));
    assert_eq!(ids(&store, ReferralQuestion { stage: Some(Stage::Accepted), ..all() }).await, expected(&[2]));
    assert_eq!(ids(&store, ReferralQuestion { realm: Some(Realm::Live), ..all() }).await, expected(&[1, 2]));
    let party = |name| ReferralQuestion { party: Some(partner(name)), ..all() };
    assert_eq!(ids(&store, party("hillside")).await, expected(&[3]));
    assert_eq!(ids(&store, party("clinic-a")).await, expected(&[1, 2, 3]));
    assert_eq!(ids(&store, party("nobody")).await, expected(&[]));
    assert_eq!(ids(&store, ReferralQuestion { id: Some(referral_id(2)), ..all() }).await, expected(&[2]));
    let elsewhere = baton_exchange::id::Home(shared_home().0 ^ 1);
    assert_eq!(ids(&store, ReferralQuestion::all(elsewhere)).await, expected(&[]));
}

pub async fn a_list_of_referrals_goes_on_where_the_last_page_ended(store: Arc<dyn Store>) {
    for number in 1..=5 {
        done(&store, vec![put(number, if number == 3 { "hillside" } else { "lakeside" }, |_| {})]).await;
    }
    let question = || ReferralQuestion { party: Some(partner("lakeside")), ..all() };
    let (first, next) = store.referrals(question(), Page { size: 2, after: None }).await.unwrap();
    assert_eq!((first.len(), next), (2, Some(referral_id(2))));
    let (rest, next) = store.referrals(question(), Page { size: 2, after: next }).await.unwrap();
    let rest: Vec<_> = rest.into_iter().map(|listed| listed.referral.id).collect();
    assert_eq!((rest, next), (vec![referral_id(4), referral_id(5)], None));
}

pub async fn a_listed_referral_says_who_has_still_to_be_told(store: Arc<dyn Store>) {
    done(&store, vec![put(1, "lakeside", |_| {}), put(2, "lakeside", |_| {})]).await;
    let notices = [(1, 1, "lakeside"), (2, 1, "lakeside"), (3, 1, "clinic-a"), (4, 2, "lakeside")];
    let put = |(number, about, to)| Change::PutNotice(shared_notice(number, about, to));
    done(&store, notices.map(put).to_vec()).await;
    let lease = |name| store.lease_notices(partner(name), secs(60), secs(90), 1);
    let told = lease("clinic-a").await.unwrap().remove(0);
    assert!(store.attempted(told.notice.id, told.token, Attempted::Delivered).await.unwrap());
    let refused = lease("lakeside").await.unwrap().remove(0);
    let trouble = baton_exchange::delivery::Trouble::Refused;
    assert!(store.attempted(refused.notice.id, refused.token, Attempted::Parked(trouble)).await.unwrap());
    let listed = page(&store, ReferralQuestion { id: Some(referral_id(1)), ..all() }, 9, None).await.remove(0);
    let [untold] = listed.untold.as_slice() else { panic!("{:?}", listed.untold) };
    assert_eq!((untold.partner.as_str(), untold.waiting, untold.parked), ("lakeside", 1, 1));
}

//! Endpoints that are registered while an exchange is running, and what each partner was told.

use std::{collections::BTreeSet, sync::Arc};

use baton_exchange::{
    audit::Errand,
    decision::Change,
    endpoint::{Endpoint, Flow, Grant, Hidden, Settings},
    id::{Home, ReferralId},
    notice::{Attempted, Notice, Settled, Told, ToldQuestion},
    time::Timestamp,
};
use baton_store::{Committed, Store};

use crate::sample::{NOW, audit, batch, exchange, home, notice, partner, referral_id, secs, visit};

fn settings(url: &str) -> Settings {
    Settings {
        url: url.to_owned(),
        events: vec!["*".to_owned(), "PUT Bundle".to_owned()],
        flow: Flow::Open,
        token: Some(Hidden("token".to_owned())),
        secret: Hidden("secret".to_owned()),
        old_secret: None,
        grant: Some(Grant {
            token_url: "https://b.example.org/token".to_owned(),
            client_id: "baton".to_owned(),
            client_secret: Hidden("other".to_owned()),
            scope: None,
        }),
    }
}

/// The endpoint of a partner, which was not there before.
pub fn endpoint(to: &str, url: &str) -> Endpoint {
    let settings = Some(settings(url));
    Endpoint { exchange: exchange(), partner: partner(to), serial: 0, changed: NOW, settings }
}

async fn put(store: &Arc<dyn Store>, endpoint: &Endpoint) -> Committed {
    store.put_endpoint(endpoint.clone(), audit(1)).await.unwrap()
}

/// Pauses the endpoint of a partner that has one, or lets it go on.
async fn turn(store: &Arc<dyn Store>, to: &str, flow: Flow) {
    let all = store.endpoints(0).await.unwrap();
    let found = all.into_iter().find(|endpoint| endpoint.partner == partner(to)).unwrap();
    let settings = found.settings.clone().map(|settings| settings.with_flow(flow));
    assert_eq!(put(store, &Endpoint { settings, ..found }).await, Committed::Done);
}

pub async fn a_change_of_an_endpoint_has_its_line_and_one_that_was_outdated_has_none(store: Arc<dyn Store>) {
    let first = endpoint("b", "https://b.example.org");
    let put = async |endpoint: &Endpoint, number| store.put_endpoint(endpoint.clone(), audit(number)).await.unwrap();
    assert_eq!(put(&first, 1).await, Committed::Done);
    assert_eq!(put(&first, 2).await, Committed::Outdated, "it is there already");
    assert_eq!(put(&Endpoint { serial: 9, ..first.clone() }, 3).await, Committed::Outdated, "nobody has seen that one");
    assert_eq!(put(&endpoint("c", "https://b.example.org"), 4).await, Committed::Outdated, "the address is another's");
    assert_eq!(put(&Endpoint { serial: 1, ..first }, 5).await, Committed::Done);
    assert_eq!(store.audit(0, 10).await.unwrap(), [(1, audit(1)), (2, audit(5))]);
}

pub async fn an_endpoint_comes_back_with_all_of_it(store: Arc<dyn Store>) {
    let first = endpoint("b", "https://b.example.org");
    assert_eq!(put(&store, &first).await, Committed::Done);
    assert_eq!(store.endpoints(0).await.unwrap(), [Endpoint { serial: 1, ..first.clone() }]);
    let plain = Settings { events: Vec::new(), token: None, grant: None, ..settings("https://c.example.org") };
    let plain = Settings { old_secret: Some(Hidden("old".to_owned())), flow: Flow::Paused, ..plain };
    let plain = Endpoint { settings: Some(plain), ..endpoint("c", "") };
    assert_eq!(put(&store, &plain).await, Committed::Done);
    assert_eq!(store.endpoints(1).await.unwrap(), [Endpoint { serial: 2, ..plain }]);
}

pub async fn of_two_who_change_an_endpoint_one_is_outdated(store: Arc<dyn Store>) {
    assert_eq!(put(&store, &endpoint("b", "https://b.example.org")).await, Committed::Done);
    assert_eq!(put(&store, &endpoint("b", "https://again.example.org")).await, Committed::Outdated);
    let seen = Endpoint { serial: 1, ..endpoint("b", "https://new.example.org") };
    assert_eq!(put(&store, &seen).await, Committed::Done);
    assert_eq!(put(&store, &seen).await, Committed::Outdated);
    assert_eq!(store.endpoints(0).await.unwrap(), [Endpoint { serial: 2, ..seen }]);
}

pub async fn an_address_belongs_to_one_partner_of_an_exchange(store: Arc<dyn Store>) {
    let first = endpoint("b", "https://b.example.org");
    assert_eq!(put(&store, &first).await, Committed::Done);
    assert_eq!(put(&store, &endpoint("c", "https://b.example.org")).await, Committed::Outdated);
    let elsewhere = Endpoint { exchange: "other".into(), ..endpoint("c", "https://b.example.org") };
    assert_eq!(put(&store, &elsewhere).await, Committed::Done);
    assert_eq!(put(&store, &Endpoint { serial: 1, settings: None, ..first }).await, Committed::Done);
    assert_eq!(put(&store, &endpoint("c", "https://b.example.org")).await, Committed::Done);
}

pub async fn a_deleted_endpoint_is_seen_as_a_change(store: Arc<dyn Store>) {
    let first = endpoint("b", "https://b.example.org");
    put(&store, &first).await;
    let gone = Endpoint { serial: 1, settings: None, ..first };
    assert_eq!(put(&store, &gone).await, Committed::Done);
    assert_eq!(store.endpoints(1).await.unwrap(), [Endpoint { serial: 2, ..gone }]);
    assert!(store.endpoints(2).await.unwrap().is_empty());
}

async fn queue(store: &Arc<dyn Store>, notices: impl IntoIterator<Item = Notice>) {
    let changes = notices.into_iter().map(Change::PutNotice).collect();
    assert_eq!(store.commit(batch(changes)).await.unwrap(), Committed::Done);
}

/// The numbers in the ids of the notices that a lease gives, all at once.
async fn leased(store: &Arc<dyn Store>, to: &str) -> Vec<u8> {
    let leases = store.lease_notices(partner(to), NOW, secs(60), 10).await.unwrap();
    leases.iter().map(|lease| lease.notice.id.0[15]).collect()
}

pub async fn what_waits_for_a_paused_endpoint_is_not_given_out(store: Arc<dyn Store>) {
    put(&store, &endpoint("b", "https://b.example.org")).await;
    turn(&store, "b", Flow::Paused).await;
    let elsewhere = Notice { exchange: "other".into(), ..notice(3, 3, "b") };
    queue(&store, [notice(1, 1, "b"), notice(2, 2, "b"), elsewhere, notice(4, 4, "c")]).await;
    assert_eq!(leased(&store, "b").await, [3]);
    assert_eq!(leased(&store, "c").await, [4]);
    turn(&store, "b", Flow::Open).await;
    assert_eq!(leased(&store, "b").await, [1, 2]);
}

/// What a partner is told after a number: numbers of the count, and those in the ids.
pub async fn told(store: &Arc<dyn Store>, after: u64, limit: u32) -> Vec<(u64, u8)> {
    let question = ToldQuestion { home: home(), partner: partner("b"), after, limit };
    let Told { notices, last } = store.told(question).await.unwrap();
    assert!(notices.iter().all(|(number, _)| *number <= last));
    notices.into_iter().map(|(number, notice)| (number, notice.id.0[15])).collect()
}

async fn deliver(store: &Arc<dyn Store>) {
    for lease in store.lease_notices(partner("b"), NOW, secs(60), 10).await.unwrap() {
        assert!(store.attempted(lease.notice.id, lease.token, Attempted::Delivered).await.unwrap());
    }
}

pub async fn a_partner_reads_what_it_was_told_and_what_waits_in_order(store: Arc<dyn Store>) {
    assert!(told(&store, 0, 10).await.is_empty());
    queue(&store, [notice(1, 1, "b"), notice(2, 1, "b"), notice(3, 2, "c"), notice(4, 2, "b")]).await;
    deliver(&store).await;
    assert_eq!(told(&store, 0, 2).await, [(1, 1), (2, 2)]);
    assert_eq!(told(&store, 2, 10).await, [(3, 4)]);
    assert!(told(&store, 3, 10).await.is_empty());
    queue(&store, [notice(5, 2, "b")]).await;
    assert_eq!(told(&store, 3, 10).await, [(4, 5)]);
    let question = ToldQuestion { home: home(), partner: partner("b"), after: 3, limit: 10 };
    assert!(store.told(question).await.unwrap().notices[0].1 == notice(5, 2, "b"));
}

pub async fn what_is_sealed_is_read_with_every_byte(store: Arc<dyn Store>) {
    let shared = Home::shared(&exchange());
    let sealed = Notice { home: shared, ..notice(1, 1, "b") };
    queue(&store, [sealed.clone()]).await;
    let question = ToldQuestion { home: shared, partner: partner("b"), after: 0, limit: 10 };
    assert!(store.told(question).await.unwrap().notices[0].1 == sealed);
}

pub async fn numbers_of_what_was_erased_are_never_given_again(store: Arc<dyn Store>) {
    queue(&store, [notice(1, 1, "b"), notice(2, 2, "b")]).await;
    assert_eq!(told(&store, 0, 10).await, [(1, 1), (2, 2)]);
    let erase = Change::Erase { home: home(), referral: referral_id(2) };
    assert_eq!(store.commit(batch(vec![erase])).await.unwrap(), Committed::Done);
    queue(&store, [notice(3, 3, "b")]).await;
    assert_eq!(told(&store, 2, 10).await, [(3, 3)]);
    assert_eq!(told(&store, 0, 10).await, [(1, 1), (3, 3)]);
}

/// How many were not done before; each is named once.
async fn settle(store: &Arc<dyn Store>, through: u64) -> usize {
    let meant = store.unsettled(home(), partner("b"), through).await.unwrap();
    let settled = store.settle_told(home(), partner("b"), through, visit(1, Errand::CaughtUp, &[])).await.unwrap();
    let sorted = |mut all: Vec<Settled>| {
        all.sort_by_key(|one| one.id.0);
        all
    };
    assert_eq!(sorted(meant), sorted(settled.clone()), "they were named before");
    let ids: BTreeSet<_> = settled.iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), settled.len());
    assert!(settled.iter().all(|one| one.event == "notify-accepted"), "{settled:?}");
    settled.len()
}

pub async fn what_a_partner_knows_is_not_sent_any_more_and_calls_what_is_behind(store: Arc<dyn Store>) {
    queue(&store, (1..=4).map(|number| notice(number, 1, "b"))).await;
    queue(&store, [notice(5, 2, "b"), notice(6, 3, "b"), notice(7, 1, "c")]).await;
    assert_eq!(told(&store, 0, 10).await.len(), 6);
    let lease = store.lease_notices(partner("b"), NOW, secs(60), 1).await.unwrap().remove(0);
    assert_eq!(settle(&store, 3).await, 3);
    assert!(!store.attempted(lease.notice.id, lease.token, Attempted::Again(NOW)).await.unwrap(), "it is done");
    assert_eq!(settle(&store, 3).await, 0);
    let mut rest = leased(&store, "b").await;
    rest.sort_unstable();
    assert_eq!(rest, [4, 5, 6]);
    assert_eq!(leased(&store, "c").await, [7]);
}

pub async fn each_commit_that_makes_notices_done_says_of_which_referrals(store: Arc<dyn Store>) {
    let few = [notice(1, 1, "b"), notice(2, 1, "b"), notice(3, 3, "b"), notice(4, 4, "b")];
    queue(&store, few).await;
    assert_eq!(told(&store, 0, 10).await.len(), 4);
    assert_eq!((settle(&store, 3).await, settle(&store, 3).await), (3, 0), "where nothing is done there is no line");
    assert_eq!(store.audit(0, 10).await.unwrap(), [(1, visit(1, Errand::CaughtUp, &[1, 3]))]);
    // more than one commit takes
    queue(&store, (5..=1_500).map(|number| notice(number, number, "b"))).await;
    assert_eq!(told(&store, 1_499, 10).await, [(1_500, 220)]);
    assert_eq!(settle(&store, 1_500).await, 1_497);
    let lines = store.audit(1, 100).await.unwrap();
    let all: Vec<ReferralId> = lines.iter().flat_map(|(_, line)| line.what.referrals().to_vec()).collect();
    let each: BTreeSet<_> = all.iter().map(|referral| referral.0).collect();
    assert_eq!((all.len(), each.len()), (1_497, 1_497), "each is said once, in {} lines", lines.len());
}

pub async fn a_parked_notice_that_its_partner_knows_is_done(store: Arc<dyn Store>) {
    queue(&store, [notice(1, 1, "b"), notice(2, 1, "b")]).await;
    let lease = store.lease_notices(partner("b"), NOW, secs(60), 1).await.unwrap().remove(0);
    let parked = Attempted::Parked(baton_exchange::delivery::Trouble::Timeout);
    assert!(store.attempted(lease.notice.id, lease.token, parked).await.unwrap());
    assert_eq!(told(&store, 0, 10).await.len(), 2);
    assert_eq!(settle(&store, 2).await, 2);
    assert!(store.backlogs().await.unwrap().is_empty());
}

async fn forget(store: &Arc<dyn Store>, before: Timestamp) -> u64 {
    store.forget_told(before).await.unwrap()
}

pub async fn only_what_is_done_is_forgotten_after_its_time(store: Arc<dyn Store>) {
    queue(&store, [notice(1, 1, "b"), notice(2, 2, "b"), notice(3, 2, "b")]).await;
    deliver(&store).await;
    assert_eq!(forget(&store, NOW).await, 0);
    assert_eq!(forget(&store, secs(61)).await, 2);
    assert_eq!(told(&store, 0, 10).await, [(1, 3)]);
    assert_eq!(settle(&store, 1).await, 1);
    assert_eq!(forget(&store, secs(1)).await, 1);
    assert!(told(&store, 0, 10).await.is_empty());
}

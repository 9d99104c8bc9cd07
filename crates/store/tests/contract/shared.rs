//! The smallest things of an exchange where several parties work on the same referrals.

use std::sync::Arc;

use baton_exchange::{
    decision::{Assert, Batch, Change},
    id::{Home, MessageId, ReferralId},
    message::{CaseNames, Known, KnownCase, MessageQuestion, Orphan, Receipt},
    notice::Notice,
    referral::{Course, Links, Papers, Part, Party, Realm, Referral, Stage, Stamps},
    resource::{IndexKey, NewResource},
    time::Timestamp,
};
use baton_store::{Committed, ResourceQuestion, SearchQuestion, Store};

use crate::sample::{self, NOW, exchange, id, index_key, key, partner, referral_id, secs};

pub fn shared_home() -> Home {
    Home::shared(&exchange())
}

pub fn names(names: &[&str]) -> Vec<IndexKey> {
    names.iter().map(|name| index_key(name)).collect()
}

/// The course of a referral with these parties; the first is its source and the others are its targets.
pub fn course(parties: &[&str]) -> Course {
    let party = |(place, name): (usize, &&str)| {
        let part = if place == 0 { Part::Source } else { Part::Target };
        Party { partner: partner(name), part }
    };
    let mut stamps = Stamps::default();
    stamps.put_whole("ServiceRequest/1", NOW);
    Course {
        parties: parties.iter().enumerate().map(party).collect(),
        stage: Stage::Requested,
        realm: Realm::Live,
        links: Links::default(),
        stamps,
        stated: secs(-5),
        papers: Papers::default(),
    }
}

/// A referral in its first version.
pub fn case(number: u32, parties: &[&str]) -> Referral {
    Referral { home: shared_home(), course: Some(course(parties)), ..sample::referral(number) }
}

/// The same with links to others.
pub fn linked(number: u32, replaces: Option<u32>, replaced_by: Option<u32>) -> Referral {
    let links =
        Links { replaces: replaces.map(referral_id), replaced_by: replaced_by.map(referral_id), ..Links::default() };
    Referral { course: Some(Course { links, ..course(&["clinic-a"]) }), ..case(number, &[]) }
}

pub fn put_names(referral: u32, keys: &[&str]) -> Change {
    Change::PutNames { home: shared_home(), referral: referral_id(referral), names: names(keys) }
}

pub fn put(referral: u32, resources: Vec<NewResource>, left_out: &[&str]) -> Change {
    let split = |name: &&str| name.split_once('/').map(|(kind, id)| (kind.to_owned(), id.to_owned())).unwrap();
    let left_out = left_out.iter().map(split).collect();
    Change::PutResources { home: shared_home(), referral: referral_id(referral), at: NOW, resources, left_out }
}

pub fn erase(referral: u32) -> Change {
    Change::Erase { home: shared_home(), referral: referral_id(referral) }
}

/// A message that waits for its referral for an hour.
pub fn orphan(number: u32, keys: &[&str]) -> Orphan {
    Orphan {
        id: message_id(number),
        home: shared_home(),
        exchange: exchange(),
        sender: partner("clinic-b"),
        envelope: key(&format!("orphan-{number}")),
        names: names(keys),
        request: format!(r#"{{"resourceType":"Bundle","type":"message","id":"orphan-{number}"}}"#).into_bytes(),
        received: secs(i64::from(number)),
        expires: secs(3600),
    }
}

pub fn message_id(number: u32) -> MessageId {
    MessageId(id(2, number))
}

pub fn shared_receipt(envelope: &str, about: u32) -> Receipt {
    Receipt { home: shared_home(), referral: referral_id(about), ..sample::receipt(envelope) }
}

pub fn shared_notice(number: u32, about: u32, to: &str) -> Notice {
    Notice { home: shared_home(), ..sample::notice(number, about, to) }
}

pub fn no_names(keys: &[&str], seen: &[u32], now: Timestamp) -> Assert {
    let orphans = seen.iter().map(|number| message_id(*number)).collect();
    Assert::NoNames { home: shared_home(), names: names(keys), seen: Vec::new(), orphans, now }
}

pub fn no_names_but(keys: &[&str], seen: &[u32], now: Timestamp) -> Assert {
    let seen = seen.iter().map(|number| referral_id(*number)).collect();
    Assert::NoNames { home: shared_home(), names: names(keys), seen, orphans: Vec::new(), now }
}

pub async fn done(store: &Arc<dyn Store>, changes: Vec<Change>) {
    assert_eq!(store.commit(Batch { asserts: Vec::new(), changes }).await.unwrap(), Committed::Done);
}

/// What is known of a message that names its referral like this.
pub fn by(names: CaseNames) -> MessageQuestion {
    MessageQuestion { home: shared_home(), names: Some(names), ..sample::by_envelope("this", NOW) }
}

pub fn by_keys(keys: &[&str]) -> MessageQuestion {
    by(CaseNames { keys: names(keys), ..CaseNames::default() })
}

pub async fn known(store: &Arc<dyn Store>, question: MessageQuestion) -> Known {
    store.known(question).await.unwrap()
}

/// The numbers of the referrals that are known.
pub async fn cases(store: &Arc<dyn Store>, question: MessageQuestion) -> Vec<u32> {
    known(store, question).await.cases.iter().map(|case| number(case.referral.id)).collect()
}

/// The numbers of the orphans that are known.
pub async fn orphans(store: &Arc<dyn Store>, question: MessageQuestion) -> Vec<u32> {
    known(store, question).await.orphans.iter().map(|orphan| last_four(orphan.id.0)).collect()
}

/// The resources of a known referral, as `Type/id version`.
pub fn contents(case: &KnownCase) -> Vec<String> {
    let line = |it: &baton_exchange::resource::StoredResource| format!("{}/{} {}", it.resource_type, it.id, it.version);
    case.resources.iter().map(line).collect()
}

fn number(id: ReferralId) -> u32 {
    last_four(id.0)
}

fn last_four(id: [u8; 16]) -> u32 {
    u32::from_be_bytes([id[12], id[13], id[14], id[15]])
}

/// Asks for a resource, as a partner or as somebody who sees all.
pub fn seen(name: &str, by: Option<&str>) -> ResourceQuestion {
    ResourceQuestion { home: shared_home(), seen_by: by.map(partner), ..sample::the(name) }
}

/// A search of a partner, or of somebody who sees all.
pub fn search_of(question: SearchQuestion, by: Option<&str>) -> SearchQuestion {
    SearchQuestion { home: shared_home(), seen_by: by.map(partner), ..question }
}

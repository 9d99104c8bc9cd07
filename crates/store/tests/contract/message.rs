//! Receipts, and what is known about a message.

use std::sync::Arc;

use baton_exchange::{
    decision::Change,
    message::{Identity, Known, MessageQuestion, Receipt},
};
use baton_store::{Committed, Store};

use crate::sample::{NOW, batch, by_envelope, home_of, key, receipt, referral, secs};

async fn put(store: &Arc<dyn Store>, change: Change) {
    assert_eq!(store.commit(batch(vec![change])).await.unwrap(), Committed::Done);
}

async fn put_receipt(store: &Arc<dyn Store>, receipt: Receipt) {
    put(store, Change::PutReceipt(receipt)).await;
}

fn is_nothing(known: &Known) -> bool {
    known.by_envelope.is_none() && known.by_message.is_none() && known.referral.is_none()
}

pub async fn nothing_is_known_of_a_message_that_never_came(store: Arc<dyn Store>) {
    put_receipt(&store, receipt("another")).await;
    assert!(is_nothing(&store.known(by_envelope("this", NOW)).await.unwrap()));
}

pub async fn a_receipt_of_another_home_is_not_known(store: Arc<dyn Store>) {
    put_receipt(&store, Receipt { home: home_of("clinic-b"), ..receipt("this") }).await;
    assert!(is_nothing(&store.known(by_envelope("this", NOW)).await.unwrap()));
}

pub async fn a_receipt_is_not_known_from_the_moment_on_at_which_it_expires(store: Arc<dyn Store>) {
    put_receipt(&store, receipt("this")).await;
    let known_at = async |now| store.known(by_envelope("this", now)).await.unwrap().by_envelope.is_some();
    assert_eq!((known_at(secs(3599)).await, known_at(secs(3600)).await), (true, false));
}

pub async fn a_receipt_is_known_by_its_envelope_with_every_byte(store: Arc<dyn Store>) {
    let sent = Receipt { request: (0..=255).cycle().take(70_000).collect(), answer: vec![0; 300], ..receipt("this") };
    put_receipt(&store, sent.clone()).await;
    let known = store.known(by_envelope("this", NOW)).await.unwrap();
    assert!(known.by_envelope == Some(sent) && known.by_message.is_none());
}

pub async fn a_receipt_is_known_by_its_message(store: Arc<dyn Store>) {
    let identity = Identity { message: Some(key("message")), ..receipt("this").identity };
    let sent = Receipt { identity, ..receipt("this") };
    put_receipt(&store, sent.clone()).await;
    let question = MessageQuestion { message: Some(key("message")), ..by_envelope("another", NOW) };
    let known = store.known(question).await.unwrap();
    assert!(known.by_message == Some(sent) && known.by_envelope.is_none());
}

pub async fn an_answer_may_be_empty(store: Arc<dyn Store>) {
    let sent = Receipt { status: 204, answer: Vec::new(), ..receipt("this") };
    put_receipt(&store, sent.clone()).await;
    assert_eq!(store.known(by_envelope("this", NOW)).await.unwrap().by_envelope, Some(sent));
}

pub async fn a_referral_is_known_by_its_request_id(store: Arc<dyn Store>) {
    put(&store, Change::PutReferral(referral(1))).await;
    put(&store, Change::PutReferral(referral(2))).await;
    let ask = |request_id: &str| MessageQuestion { request_id: Some(request_id.into()), ..by_envelope("this", NOW) };
    let found = store.known(ask("sr-2")).await.unwrap().referral;
    assert_eq!((found, store.known(ask("sr-3")).await.unwrap().referral), (Some(referral(2)), None));
}

pub async fn an_expired_receipt_makes_room_for_one_with_the_same_keys(store: Arc<dyn Store>) {
    put_receipt(&store, receipt("this")).await;
    let later = Receipt { received: secs(3600), expires: secs(7200), status: 204, ..receipt("this") };
    put_receipt(&store, later.clone()).await;
    assert_eq!(store.known(by_envelope("this", secs(3600))).await.unwrap().by_envelope, Some(later));
}

pub async fn what_is_forgotten_is_the_receipt_and_not_the_referral(store: Arc<dyn Store>) {
    put_receipt(&store, receipt("old")).await;
    put_receipt(&store, Receipt { expires: secs(3601), ..receipt("young") }).await;
    put(&store, Change::PutReferral(referral(1))).await;
    put(&store, Change::ForgetExpired(secs(3600))).await;
    // Asked as of now, at which neither has expired: what is gone is gone.
    let old = store.known(by_envelope("old", NOW)).await.unwrap().by_envelope;
    let young = MessageQuestion { request_id: Some("sr-1".into()), ..by_envelope("young", NOW) };
    let young = store.known(young).await.unwrap();
    assert!(old.is_none() && young.by_envelope.is_some() && young.referral.is_some());
}

pub async fn changes_of_one_batch_are_made_in_their_order(store: Arc<dyn Store>) {
    let known = async |envelope| store.known(by_envelope(envelope, NOW)).await.unwrap().by_envelope;
    let (put, forget) = (|envelope| Change::PutReceipt(receipt(envelope)), Change::ForgetExpired(secs(3600)));
    store.commit(batch(vec![put("first"), forget.clone()])).await.unwrap();
    store.commit(batch(vec![forget, put("then")])).await.unwrap();
    assert!(known("first").await.is_none() && known("then").await.is_some());
    let later = Receipt { received: secs(3600), expires: secs(7200), ..receipt("this") };
    let both = batch(vec![put("this"), Change::PutReceipt(later.clone())]);
    assert_eq!(store.commit(both).await.unwrap(), Committed::Done);
    assert_eq!(known("this").await, Some(later));
}
